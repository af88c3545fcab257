"""What people may type as e-mail address, name, slug or time zone.

Each ``clean_`` function gives the text as it is kept, or raises :class:`~portal.errors.FieldErrors` with
a sentence for the field of that name.
"""

import re
import unicodedata
from zoneinfo import available_timezones

from portal.errors import FieldErrors
from portal.visible import has_hidden, has_joiners, shows_something

EMAIL_LENGTH = 254
NAME_LENGTH = 120
SLUG_LENGTH = 40
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
SLUG = re.compile(r"[a-z0-9](-?[a-z0-9]){1,39}")
ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE", "GEORGIAN", "LISU"})
MIXED = (
    "This address mixes letters of several alphabets that look alike. Type it anew on your keyboard, in one "
    "alphabet on each side of the @."
)
HAS_HIDDEN = "Leave out characters that cannot be seen or that turn the text around."
# What programs put in the place of a character they could not read.
LOST = "\ufffd"
SHOWN_AS_LOST = f"A character was lost on its way here and shows as {LOST}. Type it anew."
# Names are written with them; in an address they only make it look like another one: blanks that Python takes
# for letters, and selectors of variants. With what is hidden, and joiners, that is all that shows nothing.
_UNSEEN = re.compile("[\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Not given to anybody yet, and private: what they look like is anybody's choice.
_NOBODYS = frozenset({"Cn", "Co"})
# Read once: every call looks through the files of the time zone database.
TIME_ZONES = tuple(sorted(available_timezones()))


def email_key(email: str) -> str:
    """The form under which an address is unique: compatibility forms and case make no difference (T59)."""
    folded = unicodedata.normalize("NFKC", email.strip()).casefold()
    return unicodedata.normalize("NFKC", folded).replace("\0", "\ufffd")


def clean_email(email: str) -> str:
    """An e-mail address, in shape only; that it is the person's own is shown by using the link sent there.

    Neither side of the @ mixes letters of several alphabets: one that does is made to be taken for another
    (Unicode TR 39). Names may mix them, as people's and companies' names do; nobody is found by a name.
    """
    email = unicodedata.normalize("NFC", email.strip())
    if not email:
        raise FieldErrors({"email": "Enter an e-mail address."})
    fits = len(email) <= EMAIL_LENGTH and len(email_key(email)) <= EMAIL_LENGTH
    if not (fits and _is_plain(email) and EMAIL.fullmatch(email)):
        raise FieldErrors({"email": "Enter an e-mail address in the form name@example.org."})
    if LOST in email:
        raise FieldErrors({"email": SHOWN_AS_LOST})
    if any(_is_mixed(side) for side in email.split("@")):
        raise FieldErrors({"email": MIXED})
    return email


def clean_name(name: str) -> str:
    """A name of a person or organisation: one line, 1 to 120 characters, nothing hidden. It reads as it is
    stored."""
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if not name:
        raise FieldErrors({"name": "Enter a name."})
    if len(name) > NAME_LENGTH:
        raise FieldErrors({"name": f"Enter a name of at most {NAME_LENGTH} characters."})
    if has_hidden(name):
        raise FieldErrors({"name": HAS_HIDDEN})
    if LOST in name:
        raise FieldErrors({"name": SHOWN_AS_LOST})
    if not shows_something(name):
        raise FieldErrors({"name": "Enter a name that can be seen."})
    return name


def clean_slug(slug: str) -> str:
    """The tenant's name in URLs."""
    if len(slug) > SLUG_LENGTH or not SLUG.fullmatch(slug):
        raise FieldErrors(
            {"slug": f"Use 2 to {SLUG_LENGTH} small letters and digits, with single hyphens between them."}
        )
    return slug


def clean_time_zone(name: str) -> str:
    """A time zone of the IANA database, such as ``Europe/Zurich``."""
    if name not in TIME_ZONES:
        raise FieldErrors({"time_zone": "Choose a time zone from the list, such as Europe/Zurich."})
    return name


def _is_plain(email: str) -> bool:
    is_seen = not (has_hidden(email) or has_joiners(email) or _UNSEEN.search(email))
    return is_seen and _NOBODYS.isdisjoint(map(unicodedata.category, email))


def _is_mixed(text: str) -> bool:
    """Whether there are letters of two of :data:`ALIKE`, whose letters look like one another's."""
    letters = (unicodedata.name(char, "") for char in unicodedata.normalize("NFKC", text) if char.isalpha())
    return len({name.split(" ")[0] for name in letters} & ALIKE) > 1
