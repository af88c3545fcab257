"""Text that must not be shown: keys, tokens, passwords."""

import hmac
from pathlib import Path
from typing import Any, NoReturn, Self

from portal.errors import StartRefused

_STARS = "********"


class Secret:
    """Holds a secret text and prints as stars wherever it goes.

    ``reveal()`` is the only way to the text, so that every place that uses a secret can be found
    by searching for that word. It cannot be iterated, pickled or turned into JSON.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    @classmethod
    def of(cls, text: str | bytes) -> Self:
        """Wrap ``text``; bytes are read as UTF-8. Raises UnicodeDecodeError for other bytes."""
        return cls(text.decode("utf-8") if isinstance(text, bytes) else text)

    def reveal(self) -> str:
        """The text itself."""
        return self.__text

    def __repr__(self) -> str:
        return f"Secret({_STARS})"

    def __str__(self) -> str:
        return _STARS

    def __format__(self, spec: str) -> str:
        return format(_STARS, spec)

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __eq__(self, other: object) -> bool:
        """Compare in constant time, so that the time taken does not tell how much is right."""
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__text.encode("utf-8"), other.__text.encode("utf-8"))

    __hash__ = None  # type: ignore[assignment]  # a hash kept somewhere would be an oracle for the text

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("A Secret is not pickled or copied. Seal its text with the key ring instead.")


def read_secret_file(path: Path, setting: str) -> Secret:
    """The secret in a file that the operator named in ``setting``, without blanks around it.

    Raises :class:`StartRefused` when it is missing, empty, no text, or can be read by others (T36).
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text:
        raise StartRefused(f"The file of {setting} is not there, is empty or cannot be read by this user.")
    if mode & 0o077:
        raise StartRefused(f"The file of {setting} can be read by others. Run: chmod 0400 {path}")
    return Secret(text)
