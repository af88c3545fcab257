"""Why a program may not call a path of Jira, and what to do about it."""

from enum import StrEnum

from portal.errors import PortalError

LONGEST = 2000


class Why(StrEnum):
    """Why a path is refused: the first eight because of how it is written, the others by what the key may."""

    EMPTY = "empty"
    LONG = "long"
    CHARACTERS = "characters"
    ENCODING = "encoding"
    ABSOLUTE = "absolute"
    SLASHES = "slashes"
    DOTS = "dots"
    SESSION = "session"
    METHOD = "method"
    NOT_NAMED = "not_named"
    READS_ONLY = "reads_only"
    ADMINISTRATIVE = "administrative"


SENTENCES = {
    Why.EMPTY: "Write the path of Jira behind proxy/, such as rest/api/2/myself.",
    Why.LONG: f"This path has more than {LONGEST} characters. Put what is long into the query or the body.",
    Why.CHARACTERS: "This path holds characters that no path has. Percent-encode them as UTF-8; control "
    "characters and backslashes are refused however they are encoded.",
    Why.ENCODING: "This path is not percent-encoded UTF-8, or encoded too often. Encode each name once.",
    Why.ABSOLUTE: "Write the path alone: no scheme, no host, and no slash at its beginning.",
    Why.SLASHES: "This path has an empty segment. Write single slashes.",
    Why.DOTS: "This path has a segment of dots, plain or encoded. Write the path that is meant.",
    Why.SESSION: "This path names a session of Jira, which may be somebody else's. Leave ;jsessionid out.",
    Why.METHOD: "The proxy sends GET, HEAD, POST, PUT, PATCH and DELETE.",
    Why.NOT_NAMED: "No path of this key covers this one. An admin can make a key that names it.",
    Why.READS_ONLY: "This key may only read from Jira. An admin can make a key that may write too.",
    Why.ADMINISTRATIVE: "This request changes users, permissions or settings of Jira. An admin can "
    "make a key that names this path; paths that cover all of the REST API do not.",
}


class PathRefused(PortalError):
    """A path may not be called. ``str(error)`` says what to do; ``why`` is for rules.

    ``pattern``: what an admin can name so that it may be called; "" where that would not help, or would need
    more than words of Jira's own.
    """

    def __init__(self, why: Why, pattern: str = "") -> None:
        super().__init__(SENTENCES[why])
        self.why, self.pattern = why, pattern
