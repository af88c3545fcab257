"""The part macros: values are text, links are http, times are said in full; colours can be read."""

import datetime as dt
import re
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from tests.look.conftest import STATIC

NOW = dt.datetime(2026, 11, 22, 9, 5, tzinfo=dt.UTC)
ATTACK = '"><img src=x onerror=alert(1)>'
CSS = (STATIC / "almoner.css").read_text()
TOKENS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", CSS))


@pytest.mark.parametrize("multiline", [True, False])
def test_a_value_to_copy_is_text(macro, multiline):
    html = macro("parts", "copy_value", "key", "Key", ATTACK, multiline)
    assert "<img" not in html
    assert "readonly" in html and 'data-copy="key"' in html


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://x"])
def test_only_http_addresses_become_links(macro, url):
    assert "href" not in macro("parts", "external_link", url, "Jira")


def test_a_link_out_keeps_our_page_to_itself(macro):
    assert 'rel="noopener noreferrer"' in macro("parts", "external_link", "https://jira.example.org", "Jira")


def test_a_moment_is_absolute_in_the_zone_of_the_reader(macro):
    html = macro("parts", "moment", NOW, ZoneInfo("Europe/Berlin"))
    assert html == '<time datetime="2026-11-22T09:05:00+00:00">22 Nov 2026, 10:05 CET</time>'


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (dt.timedelta(seconds=5), "under a minute ago"),
        (dt.timedelta(minutes=1), "1 minute ago"),
        (dt.timedelta(hours=3), "3 hours ago"),
        (dt.timedelta(days=-9), "in 9 days"),
        (dt.timedelta(days=-90), "in 3 months"),
        (dt.timedelta(days=-1824), "in 5 years"),
    ],
)
def test_time_ago_says_how_far_and_when(macro, gap, words):
    html = macro("parts", "time_ago", NOW - gap, NOW)
    assert words in html and "<time datetime=" in html


@pytest.mark.parametrize(("name", "initials"), [("Ada Okafor", "AO"), ("Cher", "C"), ("  ", "?")])
def test_initials(macro, name, initials):
    assert f">{initials}</span>" in macro("parts", "avatar", name)


def test_a_card_shows_what_jira_said_as_text(macro):
    issue = SimpleNamespace(
        key="SHOP-1",
        summary=ATTACK,
        type_name=ATTACK,
        status_name=ATTACK,
        assignee_name=ATTACK,
        estimate=0.5,
        epic_name=ATTACK,
        url=None,
    )
    html = macro("board", "issue_card", issue)
    assert "<img" not in html
    assert "0.5" in html and "SHOP-1" in html


def test_a_card_without_the_optional_parts(macro):
    issue = SimpleNamespace(
        key="SHOP-1",
        summary="Sum",
        type_name="Task",
        status_name="To Do",
        assignee_name=None,
        estimate=None,
        epic_name=None,
        url=None,
    )
    html = macro("board", "issue_card", issue)
    assert "Unassigned" in html and "Estimate" not in html and "Epic" not in html
    assert '<span class="issue-type">Task</span>' in html  # an icon alone says it to nobody for sure


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast of two tokens, WCAG 2.2."""
    light, dark = sorted((luminance(TOKENS[one]), luminance(TOKENS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TONES = ["success", "info", "warning", "danger", "neutral"]
PAIRS = [(tone, f"{tone}-tint") for tone in TONES] + [
    ("ink", "ground"),
    ("ink-soft", "ground"),
    ("ink-soft", "paper"),
    ("ink-soft", "tint"),
    ("brand", "paper"),
    ("brand", "ground"),
    ("brand", "brand-tint"),
    ("danger", "paper"),
    ("danger", "ground"),
]


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(text, ground):
    assert contrast(text, ground) >= 4.5  # WCAG 2.2 AA, 1.4.3


@pytest.mark.parametrize("edge", ["line-strong", "brand"])
def test_edges_of_fields_can_be_seen(edge):
    assert contrast(edge, "paper") >= 3  # WCAG 2.2 AA, 1.4.11
