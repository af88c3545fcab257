"""What of a text can be seen: the one rule for what people type, and for what other programs say (T30, T59).

Hidden is what shows nothing, or turns the text around it about: control characters (NUL among them), halves
of characters (lone surrogates), marks of writing direction, what has no width, tags, what fills or chooses
without being seen (U+034F, fillers of Hangul, vowels of Khmer that are not written, selectors of Mongolian),
and the 66 code points that are no characters. Each is named, so that a newer Unicode in another Python
changes nothing. Left out are joiners and the other selectors of variants (U+200C, U+200D, U+FE00 to U+FE0F,
U+E0100 to U+E01EF): Persian, Hindi, names in Japanese and many emoji are written with them. So are blanks of
some width (U+2800, U+3164, U+FFA0), what is private, and what is not given to anybody yet.

No goal: letters of several alphabets that look alike. Names of people and companies mix them rightly, and
nobody is found by a name. E-mail addresses, by which people are found, may not, and hold nothing of what is
left out above (:mod:`portal.people.texts`).
"""

import re
import unicodedata

# The last two of each plane; those of the first are below.
_NO_CHARACTERS = "".join(
    chr(plane + last) for plane in range(0x10000, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    f"\U000e0000-\U000e00ff\U000e01f0-\U000e0fff{_NO_CHARACTERS}]"
)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_JOINERS = frozenset("\u200c\u200d")
# Letters and signs that show nothing: fillers of Hangul, an empty pattern of Braille, and joiners.
_EMPTY = _JOINERS | frozenset("\u2800\u3164\uffa0")


def has_hidden(text: str) -> bool:
    """Whether anything in a text of one line is hidden; line breaks and tabs are."""
    return HIDDEN.search(text) is not None


def without_hidden(text: str) -> str:
    """The rest of it, as a page may show it."""
    return HIDDEN.sub("", text)


def has_controls(text: str) -> bool:
    """The same for a long text, whose lines may be turned and broken: it stands alone where it is shown."""
    return _CONTROLS.search(text) is not None


def without_controls(text: str) -> str:
    """The rest of a long text, as it may be typed on."""
    return _CONTROLS.sub("", text)


def has_joiners(text: str) -> bool:
    """Whether there is one of those that names and prose are written with; elsewhere it was pasted unseen."""
    return not _JOINERS.isdisjoint(text)


def shows_something(text: str) -> bool:
    """Whether there is anything to be seen: more than blanks, and marks that need a letter to stand on."""
    return any(
        char not in _EMPTY and unicodedata.category(char)[0] not in "MZ" for char in without_hidden(text)
    )
