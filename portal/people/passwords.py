"""Passwords: what may be one, and how they are kept (Argon2id, RFC 9106)."""

import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from portal.errors import FieldErrors

SHORTEST, LONGEST = 10, 256
# zxcvbn's scale of 0 to 4; 3 needs more than 10^8 guesses.
LEAST_SCORE = 3
# Its time grows faster than the text: a hostile text of this length takes it a second or two.
JUDGED_LENGTH = 64
EASY_TO_GUESS = (
    "This password is well known or easy to guess. Choose four words that do not belong together, "
    "without your name or e-mail address."
)

# The second recommended option of RFC 9106, section 4 (64 MiB, 3 passes). Tests put a cheap one here.
HASHER = PasswordHasher()


def _normal(password: str) -> bytes:
    """The same bytes however the keyboard composes an accent."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def check(password: str, about: tuple[str, ...], field: str = "password") -> None:
    """Raise :class:`FieldErrors` for ``field`` unless ``password`` may be used.

    ``about``: name and e-mail address of the person, which must not make up the password.
    """
    length = len(unicodedata.normalize("NFC", password))
    if length < SHORTEST:
        raise FieldErrors(
            {field: f"Choose a password of at least {SHORTEST} characters; four words will do."}
        )
    if length > LONGEST:
        raise FieldErrors({field: f"Choose a password of at most {LONGEST} characters."})
    words = [form for text in about for form in _forms(text)]
    judged = zxcvbn(password[:JUDGED_LENGTH], user_inputs=words, max_length=JUDGED_LENGTH)
    if judged["score"] < LEAST_SCORE:
        raise FieldErrors({field: EASY_TO_GUESS})


def _forms(text: str) -> list[str]:
    """A name or address whole, run together, and each of its words."""
    words = text.replace("@", " ").replace(".", " ").split()
    return [text, "".join(words), "".join(words[:2]), *words]


def hashed(password: str) -> str:
    """What is stored of a password. Slow on purpose: call it with no transaction open."""
    return HASHER.hash(_normal(password))


def verify(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the one stored. Takes as long when nothing is stored, and is then False."""
    right = _matches(stored or _dummy(HASHER), password[:LONGEST])
    return right and stored is not None and len(password) <= LONGEST


def renewed(stored: str, password: str) -> str:
    """``stored``, or a new hash of the password just verified where the parameters have changed since."""
    return hashed(password) if HASHER.check_needs_rehash(stored) else stored


def _matches(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=2)
def _dummy(hasher: PasswordHasher) -> str:
    """Verified for people who are not known, so that they take as long as those who are (T20)."""
    return hasher.hash(b"nobody has this password")
