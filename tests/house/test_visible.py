"""What can be seen of a text: one rule, whoever wrote it (T30, T59)."""

import sys
import unicodedata

import pytest

from portal.jira.trouble import clean
from portal.visible import (
    HIDDEN,
    has_controls,
    has_hidden,
    has_joiners,
    shows_something,
    without_controls,
    without_hidden,
)

# Numbers and abbreviations of Arabic, Syriac and Kaithi: format characters that are seen.
SEEN_FORMATS = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
JOINERS = frozenset("\u200c\u200d")
# Letters and marks by their category, which show nothing or choose how the next one looks.
EMPTY_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f")
# Of writings whose signs have formats of their own, which break nothing outside them.
OF_SIGNS = range(0x13430, 0x13440)
HIDING = {
    "NUL": "a\x00b",
    "an escape": "a\x1b[2Jb",
    "a control of Latin-1": "a\x9fb",
    "a soft hyphen": "a\xadb",
    "half a character": "a\ud800b",
    "another half": "a\udfffb",
    "turned by an override": "a\u202eb",
    "turned by an isolate": "a\u2066b\u2069",
    "a mark of direction": "a\u200fb",
    "an Arabic mark of direction": "a\u061cb",
    "no width": "a\u200bb",
    "a word joiner": "a\u2060b",
    "an invisible plus": "a\u2064b",
    "a byte order mark": "\ufeffab",
    "a line separator": "a\u2028b",
    "a tag": "a\U000e0041b",
    "no character": "a\uffffb",
    "no character beyond the first plane": "a\U0001fffeb",
    "the last of all": "a\U0010ffffb",
    "a joiner of graphemes": "a\u034fb",
    "a filler of Hangul": "a\u115fb",
    "another filler": "a\u1160b",
    "a vowel of Khmer that is not written": "a\u17b5b",
    "a selector of Mongolian": "a\u180bb",
    "its last one": "a\u180fb",
}
SHOWING = {
    "Persian": "\u0645\u06cc\u200c\u0634\u0627",
    "Hindi": "\u0915\u094d\u200d\u0937",
    "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "a red heart": "\u2764\ufe0f",
    "a name in Japanese": "\u845b\U000e0100\u57ce",
    "Hebrew": "\u05e9\u05dc\u05d5\u05dd",
    "stacked accents": "Z\u0351\u036b",
    "a blank that does not break": "a\xa0b",
    "two alphabets": "\u0410cme",  # no goal: see the module
    "a character of tomorrow": "\U0001fadf\u0378",
    "a private one": "\uf8ff",
}
BLANK = [
    "",
    " ",
    "\u3000",
    "\u200b",
    "\u200d",
    "\u2800",
    "\u3164",
    "\u0301",
    "\ufe0f",
    "\u2800\u3164 \ufe0f",
    "\x00",
]


@pytest.mark.parametrize("what", HIDING)
def test_it_is_hidden(what: str) -> None:
    text = HIDING[what]
    assert has_hidden(text)
    assert without_hidden(text).replace("[2J", "") == "ab"
    assert not has_hidden(clean(text)) and shows_something(text)


@pytest.mark.parametrize("what", SHOWING)
def test_it_is_seen(what: str) -> None:
    text = SHOWING[what]
    assert (has_hidden(text), has_controls(text), shows_something(text)) == (False, False, True)
    assert without_hidden(text) == clean(text) == text


@pytest.mark.parametrize("text", BLANK)
def test_nothing_is_seen(text: str) -> None:
    assert not shows_something(text)


def test_the_rule_agrees_with_unicode() -> None:
    """All controls, halves, separators of lines, formats are hidden; no letter, number, sign or blank is."""
    kinds = {chr(number): unicodedata.category(chr(number)) for number in range(sys.maxunicode + 1)}
    known = {char for char, kind in kinds.items() if kind in ("Cc", "Cs", "Cf", "Zl", "Zp")}
    left = known - SEEN_FORMATS - JOINERS - set(map(chr, OF_SIGNS))
    assert {char for char in left if not HIDDEN.match(char)} == set()
    assert {
        char for char, kind in kinds.items() if kind[0] in "LMNPS" and HIDDEN.match(char)
    } == EMPTY_LETTERS
    assert {char for char, kind in kinds.items() if kind == "Zs" and HIDDEN.match(char)} == set()


def test_what_is_no_character_is_hidden_in_each_plane() -> None:
    ends = [number for number in range(sys.maxunicode + 1) if number & 0xFFFE == 0xFFFE]
    assert len(ends) == 34 and all(HIDDEN.match(chr(number)) for number in ends)
    assert not HIDDEN.match("\U0001fffd") and not HIDDEN.match("\U00020000")


def test_a_long_text_may_turn_and_break_its_own_lines() -> None:
    assert not has_controls("One\n\ttwo\u202e\u200f three\u2028")
    assert [mark for mark in "\x00\x0b\r\x1b\x7f\x85\ud83d" if not has_controls(f"a{mark}b")] == []


def test_of_a_long_text_only_controls_are_taken_out() -> None:
    kept = "a\tb\n\u05e9\u200f\u202b c\xad\u2028"
    assert without_controls(f"\0{kept}\x1b\r\ud83d") == kept


def test_joiners_are_told_apart() -> None:
    assert [has_joiners(f"a{mark}b") for mark in ("", "\u200c", "\u200d", "\ufe0f")] == [
        False,
        True,
        True,
        False,
    ]


def test_lines_are_joined_by_one_blank() -> None:
    assert clean("a\r\n\u202e\t\u200b\nb\u2028c") == "a b c"
