"""A path of Jira is taken only where nobody on the way could read it as another place (T27)."""

import posixpath
import re
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.programs.jira_words import WORDS
from portal.programs.path_refusals import SENTENCES, PathRefused, Why
from portal.programs.paths import LONGEST_TEMPLATE, PRESETS, permit, read_path
from tests.support.hostile_paths import DOTS, HOSTILE, ODD

# Of these a hostile path is made; "" beside another makes a doubled slash.
PIECES = [
    "rest", "api", "2", "issue", "user", "PLAT-1", "secure", "*", "", "/", "/", "/", "/", "%2f", "%2F",
    "%252f", "%5c", "\\", ";", ";x=1", "%3b", "?", "#", "%3f", "%23", "%", "%25", "2e", "e", "%00", "%0a",
    "@", ":", " ", "%20", "%c0%ae", "%ef%bc%8f", "\u00e4", ".json", "https:", "evil.example.org", *DOTS,
]  # fmt: skip


@pytest.mark.parametrize("why", sorted({why for _, why in HOSTILE}))
def test_hostile_paths(why: Why) -> None:
    for path in (path for path, expected in HOSTILE if expected is why):
        with pytest.raises(PathRefused) as refused:
            permit(read_path(path), "GET", PRESETS, can_write=True)
        assert (refused.value.why, str(refused.value)) == (why, SENTENCES[why]), path


def test_there_are_enough_of_them() -> None:
    assert len({path for path, _ in HOSTILE}) == len(HOSTILE) >= 200


def test_odd_names_go_as_they_are() -> None:
    for raw, template in ODD.items():
        path = read_path(raw)
        permit(path, "GET", PRESETS, can_write=False)
        assert (path.raw, path.template) == (raw, template)


def test_two_readings() -> None:
    path = read_path("rest/api/2/user;x/a%2Fb%253Fc/d.json")
    assert path.segments == ("rest", "api", "2", "user", "a", "b", "d")
    assert path.plain == ("rest", "api", "2", "user;x", "a/b%3Fc", "d.json")
    assert read_path("rest/api/2/user").readings == (("rest", "api", "2", "user"),)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["rest/api/2/issue/", "rest/api/2/", "rest/", ""]),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=9),
)
def test_what_is_taken_stays_below_its_pattern(beginning: str, pieces: list[str]) -> None:
    """As every server would resolve it that decodes up to six times, cuts parameters, and knows ``\\``."""
    raw, pattern = beginning + "".join(pieces), "rest/api/2/issue"
    try:
        permit(path := read_path(raw), "GET", (pattern,), can_write=False)
    except PathRefused:
        return
    for text in decodings(path.raw):
        for read in (text, text.replace("\\", "/"), re.sub(r"[;?#][^/]*", "", text)):
            place = posixpath.normpath("/ex/jira/pinned/" + read)
            assert place == f"/ex/jira/pinned/{pattern}" or place.startswith(f"/ex/jira/pinned/{pattern}/"), (
                raw
            )
    assert path.raw.isascii()
    assert path.raw == raw


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=60))
def test_a_template_holds_nothing_but_words_of_jira(names: list[str]) -> None:
    """No name, key or address of anybody, and no more than the record can hold."""
    raw = "rest/api/3/issue/" + "/".join("".join(f"%{byte:02x}" for byte in name.encode()) for name in names)
    try:
        template = read_path(raw).template
    except PathRefused:
        return
    assert len(template) <= LONGEST_TEMPLATE
    parts = template.removesuffix("…").split("/")
    assert parts[2] == "3"
    assert set(parts[:2] + parts[3:-1]) <= WORDS | {"{}"}
    assert any(known.startswith(parts[-1]) for known in WORDS | {"{}"})


def test_a_long_template_is_cut() -> None:
    template = read_path("rest/api/3/" + "mallory/" * 200).template
    assert len(template) == LONGEST_TEMPLATE
    assert template.startswith("rest/api/3/{}/{}/")
    assert template.endswith("…")


def decodings(text: str) -> list[str]:
    """What a server may see that decodes none to six times."""
    found = [text]
    for _ in range(6):
        found.append(unquote(found[-1], errors="replace"))
    return found
