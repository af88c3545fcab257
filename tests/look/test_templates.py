"""What holds for every template, read as text: one layout, nothing inline, no icon that is not drawn."""

import re
from types import SimpleNamespace

import pytest

from tests.look.conftest import NOBODY, PERSON, STATIC, TEMPLATES

ALL = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
PAGES = [name for name in ALL if not name.startswith("macros/") and "/_" not in name and name != "base.html"]
PARTS = {  # of one folder, or of a tenant's pages and support's
    "audit/lines.html",
    "audit/timeline_parts.html",
    "audit/use_lines.html",
    "boards/cards.html",
    "boards/epic_parts.html",
    "boards/names.html",
    "boards/no_account.html",
    "boards/parts.html",
    "boards/sprint_parts.html",
    "boards/status_parts.html",
    "checklist/row.html",
    "ideas/parts.html",
}
LAYOUTS = tuple(
    f"{{% extends '{name}' %}}"
    for name in (
        "base.html",
        "profiles/layout.html",
        "guide/layout.html",
        "boards/layout.html",
        "boards/form.html",
    )
)
# Strangers get a page without nav, form or id; what is printed or sent is without them too.
STANDALONE = {"errors/not_found.html", "checklist/report.html"}
INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
UNESCAPED = re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\(")


@pytest.mark.parametrize("name", ALL)
def test_template_compiles(look, name):
    look.jinja_env.get_template(name)


@pytest.mark.parametrize("name", [name for name in PAGES if name not in STANDALONE | PARTS])
def test_page_extends_the_one_layout(name):
    text = (TEMPLATES / name).read_text().replace('"', "'")
    assert any(layout in text for layout in LAYOUTS)


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_inline_or_unescaped(name):
    text = (TEMPLATES / name).read_text()
    assert not INLINE.search(text), "the Content-Security-Policy blocks inline scripts and styles"
    assert not UNESCAPED.search(text), "names from Jira are only ever text (T16)"


def test_every_icon_is_drawn(look):
    drawn = set(re.findall(r'<symbol id="([a-z-]+)"', (STATIC / "icons.svg").read_text()))
    used = {word for name in ALL for word in re.findall(r"icon\('([a-z-]+)'", (TEMPLATES / name).read_text())}
    states = look.jinja_env.get_template("macros/states.html").module.STATES
    parts = look.jinja_env.get_template("macros/parts.html").module.TONE_ICONS
    types = look.jinja_env.get_template("macros/board.html").module.TYPE_ICONS
    used |= {state[2] for state in states.values()} | set(parts.values()) | set(types.values())
    assert used and used <= drawn


def test_states_use_tones_that_have_a_colour(look):
    css = (STATIC / "parts.css").read_text()
    tones = {state[1] for state in look.jinja_env.get_template("macros/states.html").module.STATES.values()}
    assert all(f".tone-{tone} " in css for tone in tones)


def test_patterns_render_with_one_heading_and_unique_ids(look):
    html = look.jinja_env.get_template("patterns.html").render(current_user=PERSON)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(re.findall("<h1", html)) == 1
    assert len(ids) == len(set(ids))


def test_slim_header_offers_nothing_to_nobody(look):
    html = look.jinja_env.get_template("errors/page.html").render(current_user=NOBODY, title="Stop", code=403)
    assert "Sign out" not in html and "<nav" not in html
    assert "<title>Stop · Almoner</title>" in html


def test_title_begins_with_error_when_the_form_has_one(look):
    wrong = SimpleNamespace(errors={"name": ["Enter a name."]})
    html = look.jinja_env.get_template("errors/page.html").render(
        current_user=PERSON, title="Stop", form=wrong
    )
    assert "<title>Error: Stop · Almoner</title>" in html


def test_not_found_tells_nothing_but_the_id_of_the_request(look):
    page = look.jinja_env.get_template("errors/not_found.html")
    html = page.render(current_user=PERSON, request_id="01JD7Z9K3M", nav=[{"label": "Home"}])
    assert html == page.render(current_user=NOBODY, request_id="01JD7Z9K3M")
    assert "name this request: <code>01JD7Z9K3M</code>" in html
    assert not re.search(r"<nav|<form", html)
