"""Who reads pages, mails and refusals has one word for it: organisation, and its short name. The code says
tenant and slug."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from portal.audit import events
from tests.look.conftest import TEMPLATES

PORTAL = TEMPLATES.parent / "portal"
WORDS = re.compile(r"\b(?:tenants?|slugs?)\b", re.IGNORECASE)
REMARK, CODE = re.compile(r"{#.*?#}", re.DOTALL), re.compile(r"{[{%].*?[%}]}", re.DOTALL)
TAG, STRING = re.compile(r"<[^>]*>"), re.compile(r"'([^']*)'|\"([^\"]*)\"")
SHOWN = re.compile(r"\s(?:title|aria-label|placeholder|alt)=(?:'([^']*)'|\"([^\"]*)\")")
# What the operator alone reads, who types both words in commands.
TO_THE_OPERATOR = {
    " is suspended already. It goes on by: almoner resume-tenant ",
    "There is no tenant ",
    ". Check the slug, or make the tenant first.",
    "There is a tenant ",
    " already. Choose another slug.",
    "The person of this e-mail address belongs to a tenant, and support belongs to none. Use "
    "another address.",
}


def is_for_people(text: str) -> bool:
    """Whether a string of the code may be read on a page; a name has no blank, and begins small."""
    return " " in text.strip() or text.istitle()


def read_in_template(text: str) -> str:
    """What a template may put before people: its text, attributes that are read out, and strings of Jinja."""

    def strings(code: re.Match[str]) -> str:
        found = ("".join(one) for one in STRING.findall(code[0]))
        return " ".join(one.replace('"', "").replace("'", "") for one in found if is_for_people(one))

    text = CODE.sub(strings, REMARK.sub("", text))
    return " ".join([TAG.sub(" ", text), *("".join(one) for one in SHOWN.findall(text))])


def read_in_code(text: str) -> Iterator[str]:
    """The strings of a module that people may read, but for docstrings; of an f-string the fixed pieces."""
    tree = ast.parse(text)
    remarks = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for one in ast.walk(tree):
        is_string = isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in remarks
        if is_string and is_for_people(one.value):
            yield one.value


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.*")), ids=lambda path: path.name)
def test_people_read_organisation(path: Path) -> None:
    assert not WORDS.search(read_in_template(path.read_text()))


@pytest.mark.parametrize("folder", ["pages", "people", "audit", "alm_accounts", "boards", "web"])
def test_strings_of_the_code_say_organisation(folder: str) -> None:
    modules = sorted((PORTAL / folder).rglob("*.py"))
    read = [one for module in modules for one in read_in_code(module.read_text())]
    assert read and {one for one in read if WORDS.search(one)} <= TO_THE_OPERATOR


def test_the_record_says_organisation() -> None:
    titles = [one.title for one in (*events.TENANT.values(), *events.PORTAL.values())]
    assert titles and not [title for title in titles if "tenant" in title.casefold()]


@pytest.mark.parametrize(
    "text",
    [
        "<p>Your tenant</p>",
        '<p title="Your tenant">',
        "<p class='x' aria-label='All tenants'>",
        '<input placeholder="The slug">',
        '<p>{{ "Your tenant\'s people" if a else b }}</p>',
        "{{ field('Tenant') }}",
        "<p aria-label=\"{{ 'of the slug' }}\">",
    ],
)
def test_what_is_read_in_a_template_is_found(text: str) -> None:
    assert WORDS.search(read_in_template(text))


def test_what_nobody_reads_in_a_template_is_none() -> None:
    quiet = "{# The tenant. #}<p id='tenant' data-slug='x'>{{ place.tenant.slug }}</p>"
    assert not WORDS.search(read_in_template(quiet + "{{ url_for('tenants.show') }}"))


def test_what_is_read_in_code_is_found() -> None:
    code = """
        def made(row):
            "Of a tenant."
            row["tenant"] = "tenant.made"
            return Field("Slug", f"Choose {row} of your tenants")
    """
    found = {one for one in read_in_code(dedent(code)) if WORDS.search(one)}
    assert found == {"Slug", " of your tenants"}
