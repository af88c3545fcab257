"""Which paths of Jira a program may call: what was sent is read, and held to the patterns of its key (T27).

Jira may stand behind other servers, and each may decode, cut or join a path in its own way. So a path is read
twice, as the strictest and as the loosest of them would, and a rule must hold for both readings. What is sent
to Jira is the path as it came.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from portal.programs.jira_words import ADMINISTRATIVE, READ_BY_POST, VERSION, WORDS
from portal.programs.path_refusals import LONGEST, PathRefused, Why

PRESETS = ("rest/api", "rest/agile")
LONGEST_TEMPLATE = 200
MOST_PATTERNS, LONGEST_PATTERN = 50, 200
DECODINGS = 4  # nobody encodes a name oftener; each server on the way decodes once
WHOLE_PROJECT = frozenset({"archive", "delete", "restore"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})

_USUAL = re.compile(r"rest/(?:api|agile)/(?:[0-9]|latest|1\.0)(?:/[A-Za-z0-9_-]+)+")
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*")  # RFC 3986, 3.3
_BAD_ENCODING = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NO_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
_SESSION = re.compile(r";\s*jsessionid", re.IGNORECASE)  # Jira would take the request for whose it is
_PARAMETERS = re.compile(r"[;?#].*", re.DOTALL)
_BASE = re.compile(r"https?://[^/]+/+(?:[^?#]*?(?=(?<=/)rest/))?", re.IGNORECASE)
_NAMES = re.compile(r"[A-Za-z0-9._~@:+,=-]+|\*")
_ENDING = re.compile(r"(?<=.)\.(?:json|xml)\Z", re.IGNORECASE)


class JiraPath(NamedTuple):
    """A path of Jira that leads nowhere else, whoever reads it.

    ``raw``: as it was sent, and is sent on. ``segments``: as the loosest server reads it; decoded until
    nothing is left to decode, split at every slash, without parameters (``;…``) and the ending that names a
    format, which Jira's REST framework takes off. ``plain``: as the strictest does; decoded once.
    ``template``: its words of Jira's own, ``{}`` for all else, at most 200 characters: for the record.
    """

    raw: str
    segments: tuple[str, ...]
    plain: tuple[str, ...]
    template: str

    @property
    def readings(self) -> tuple[tuple[str, ...], ...]:
        """Both readings, or one where they are the same."""
        return (self.segments,) if self.segments == self.plain else (self.segments, self.plain)


def read_path(raw: str) -> JiraPath:
    """Read what stands behind ``proxy/`` in a request's target, before ``?``, exactly as it was sent.

    Raises :class:`PathRefused` for what could mean another place to one of the servers on the way.
    """
    if _is_usual(raw):
        segments = plain = tuple(raw.split("/"))
    else:
        segments = _loosely(raw)
        plain = tuple(unquote(one) for one in raw.removesuffix("/").split("/"))
    return JiraPath(raw, segments, plain, _template(segments))


def segments_of(raw: str) -> tuple[str, ...]:
    """:attr:`JiraPath.segments` of such a path alone, with the same refusals."""
    return tuple(raw.split("/")) if _is_usual(raw) else _loosely(raw)


def _is_usual(raw: str) -> bool:
    return _USUAL.fullmatch(raw) is not None and len(raw) <= LONGEST


def _check_writing(raw: str) -> None:
    if not raw:
        raise PathRefused(Why.EMPTY)
    if len(raw) > LONGEST:
        raise PathRefused(Why.LONG)
    if not _CHARACTERS.fullmatch(raw):
        raise PathRefused(Why.CHARACTERS)
    if _BAD_ENCODING.search(raw):
        raise PathRefused(Why.ENCODING)


def _loosely(raw: str) -> tuple[str, ...]:
    _check_writing(raw)
    # Some servers take wide dots and slashes for dots and slashes.
    text = unicodedata.normalize("NFKC", _decoded(raw))
    if _NO_NAME.search(text):
        raise PathRefused(Why.CHARACTERS)
    names = text.removesuffix("/").split("/")
    if ":" in names[0] or "@" in names[0] or text.startswith("/"):
        raise PathRefused(Why.ABSOLUTE)
    if _SESSION.search(text):
        raise PathRefused(Why.SESSION)
    names = [_PARAMETERS.sub("", name) for name in names]
    if not all(names):
        raise PathRefused(Why.SLASHES)
    if not all(name.strip(". ") for name in names):
        raise PathRefused(Why.DOTS)
    return (*names[:-1], _ENDING.sub("", names[-1]))


def _decoded(text: str) -> str:
    for _ in range(DECODINGS + 1):
        try:
            before, text = text, unquote(text, errors="strict")
        except UnicodeDecodeError:
            break
        if text == before:
            return text
    raise PathRefused(Why.ENCODING)


def _template(segments: tuple[str, ...]) -> str:
    known = [one if one in WORDS else "{}" for one in segments]
    if len(segments) > 2 and segments[0] == "rest" and VERSION.fullmatch(segments[2]):
        known[2] = segments[2]
    template = "/".join(known)
    return template if len(template) <= LONGEST_TEMPLATE else template[: LONGEST_TEMPLATE - 1] + "…"


def permit(path: JiraPath, method: str, patterns: tuple[str, ...], can_write: bool) -> None:
    """Raise :class:`PathRefused` unless a key with these patterns may send ``method`` to ``path``.

    ``patterns``: as :func:`read_patterns` gives them. ``can_write``: whether the key may write at all. What
    administers Jira is written only where a pattern itself holds the administrative word (T29).
    """
    if method not in METHODS:
        raise PathRefused(Why.METHOD)
    covering: Iterable[tuple[str, ...]] = _split(patterns)
    for reading in path.readings:
        covering = [one for one in covering if _covers(one, reading)]
    if not covering and method in ("GET", "HEAD") and _is_file(path, patterns):
        return
    if not covering:
        raise PathRefused(Why.NOT_NAMED, _nameable(path.template.split("/")[:2]))
    if reads(path, method):
        return
    if not can_write:
        raise PathRefused(Why.READS_ONLY)
    for reading in path.readings:
        place = _administrative_place(reading)
        names_it = _is_project_itself if _is_project_itself(reading) else _is_administered
        if place and not any(map(names_it, covering)):
            raise PathRefused(Why.ADMINISTRATIVE, _nameable(path.template.split("/")[:place]))


def reads(path: JiraPath, method: str) -> bool:
    """Whether such a request changes nothing in Jira."""
    return method in ("GET", "HEAD") or (method == "POST" and READ_BY_POST.fullmatch(path.raw) is not None)


def _is_file(path: JiraPath, patterns: tuple[str, ...]) -> bool:
    """Whether it is a file at an issue, for a key that may read all issues: a Jira Server keeps the files
    outside of its REST API, where ``content`` of an attachment leads."""
    is_file = all(reading[:2] == ("secure", "attachment") for reading in path.readings)
    return is_file and PRESETS[0] in patterns


@lru_cache(maxsize=4096)
def _split(patterns: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(pattern.split("/")) for pattern in patterns)


def _covers(pattern: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    beginning = segments[: len(pattern)]
    if beginning == pattern or "*" not in pattern:
        return beginning == pattern
    return len(beginning) == len(pattern) and all(
        wanted in ("*", segment) for wanted, segment in zip(pattern, beginning, strict=True)
    )


def _is_project_itself(segments: tuple[str, ...]) -> bool:
    """Whether this makes, changes or ends a whole project: what is sent names its schemes."""
    is_project = segments[:2] == ("rest", "api") and [*map(_word, segments[3:4])] == ["project"]
    return is_project and (len(segments) <= 5 or _word(segments[5]) in WHOLE_PROJECT)


def _is_administered(segments: tuple[str, ...]) -> bool:
    return any(map(_is_administrative, segments))


def _administrative_place(segments: tuple[str, ...]) -> int:
    """At which segment, from 1, writing to this becomes administrative; 0 where it does not."""
    if _is_project_itself(segments):
        return 4
    if segments[:2] == ("rest", "api") and segments[3:4] == ("issue",) and VERSION.fullmatch(segments[2]):
        return 0  # an issue's own parts; the names of its properties are anybody's
    named = segments[:-1] if _is_property(segments) else segments
    return next((place for place, one in enumerate(named, start=1) if _is_administrative(one)), 0)


def _is_property(segments: tuple[str, ...]) -> bool:
    """Whether it is one property of a comment, a board or the like: what programs keep there, by any name."""
    return len(segments) > 6 and segments[-2] == "properties"


def _is_administrative(segment: str) -> bool:
    word = _word(segment)
    return word in ADMINISTRATIVE or word.endswith(("scheme", "schemes"))


def _word(segment: str) -> str:
    return segment.partition(".")[0].strip().casefold()


def _nameable(parts: list[str]) -> str:
    """The pattern that begins like a template; "" where it would not begin and end with a word of Jira's."""
    return "" if "{}" in (parts[0], parts[-1]) else "/".join(parts).replace("{}", "*")


def read_patterns(text: str) -> list[str]:
    """The patterns an admin typed, one a line, as words between slashes; each once, in their order.

    A pattern covers the paths that begin with its segments; ``*`` stands for any one segment. Slashes around
    it, and what stands before ``rest/`` in an address, are taken off. ValueError with a sentence, which names
    the line.
    """
    lines = {number: line.strip() for number, line in enumerate(text.splitlines(), start=1)}
    found = list(dict.fromkeys(_read_pattern(number, line) for number, line in lines.items() if line))
    if len(found) > MOST_PATTERNS:
        raise ValueError(f"Enter at most {MOST_PATTERNS} paths; these are {len(found)}.")
    return found


def _read_pattern(number: int, line: str) -> str:
    pattern = _BASE.sub("", line, count=1).strip("/") if _BASE.match(line) else line.strip("/")
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(
            f"Line {number} has more than {LONGEST_PATTERN} characters. Shorten it with * for a segment."
        )
    segments = pattern.split("/")
    if segments[0] in ("", "*"):
        raise ValueError(f"Line {number} names no path. Begin it with a word, as rest/api does.")
    if not all(_NAMES.fullmatch(one) and one.strip(".") for one in segments):
        raise ValueError(
            f"Line {number} is no path. Use letters, digits and . _ ~ @ : + , = - between single slashes, "
            "and * for any one segment."
        )
    return pattern
