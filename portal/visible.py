"""What of a text can be seen: the one rule for what people type, and for what other programs say (T30, T59).

Hidden is what shows nothing, or turns the text around it about: control characters (NUL among them), halves
of characters (lone surrogates), marks of writing direction, what has no width, tags, and what Unicode says is
no character. Each is named, so that a newer Unicode in another Python changes nothing. Left out are joiners
and selectors of variants (U+200C, U+200D, U+FE00 to U+FE0F, U+E0100 to U+E01EF): Persian, Hindi, names in
Japanese and many emoji are written with them.

No goal: letters of several alphabets that look alike. Names of people and companies mix them rightly, and
nobody is found by a name. E-mail addresses, by which people are found, may not (:mod:`portal.people.texts`).
"""

import re
import unicodedata

HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff"
    "\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# Letters and signs that show nothing: fillers of Hangul, an empty pattern of Braille, and joiners.
_EMPTY = frozenset("\u115f\u1160\u2800\u3164\uffa0\u200c\u200d")


def has_hidden(text: str) -> bool:
    """Whether anything in a text of one line is hidden; line breaks and tabs are."""
    return HIDDEN.search(text) is not None


def without_hidden(text: str) -> str:
    """The rest of it, as a page may show it."""
    return HIDDEN.sub("", text)


def has_controls(text: str) -> bool:
    """The same for a long text, whose lines may be turned and broken: it stands alone where it is shown."""
    return _CONTROLS.search(text) is not None


def shows_something(text: str) -> bool:
    """Whether there is anything to be seen: more than blanks, and marks that need a letter to stand on."""
    return any(
        char not in _EMPTY and unicodedata.category(char)[0] not in "MZ" for char in without_hidden(text)
    )
