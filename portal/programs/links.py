"""Links in what Jira answers, by which programs go on: to Jira, and they have to lead through here (T26).

Clients follow ``self``, ``next`` and ``nextPage``, ``content`` of an attachment, and the header ``Location``.
One that leads to a path of that Jira which nobody could read as another place leads through the account's
proxy instead. Any other stays as it came; but where it leads to the portal itself, a program would go there
with its key, to another account perhaps, so it is taken away. What people wrote is never touched.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from portal.programs.path_refusals import PathRefused
from portal.programs.paths import segments_of

LONGEST_LINK = 8 * 1024  # bytes; a longer text is no link
# Brackets of one answer, with what may be links; of a real Jira's in some 20 MB. Looking at so many takes a
# second of a processor; behind them links stay as they are.
MOST_TOKENS = 1_000_000
# Brackets; or a text, with what shows that it is over and that it is a name. Nothing is looked at twice.
_TOKEN = rb'([\[{]++|[\]}]++)|"([^"\\]*+(?:\\.[^"\\]*+)*+)(?:(")(\s*+:)?|\\?\Z)'
_ANY = re.compile(_TOKEN, re.DOTALL)
# The next one, past all that is neither a bracket nor one of the names below.
_OF_USE = re.compile(
    rb'(?:[^"\[\]{}]++|"(?!(?:self|next(?:Page)?|content|properties|value)"|customfield_)[^"\\]*+")*+(?:%s)'
    % _TOKEN,
    re.DOTALL,
)
_REST_OF_TEXT = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+(")?', re.DOTALL)
_COLON = re.compile(rb"\s*+(:)?")
_OPENING = b"[{"

Segments = tuple[str, ...]
Names = Mapping[bytes, Callable[[Segments], bool]]


def _is_rest(segments: Segments) -> bool:
    return segments[0] == "rest"


def _is_file(segments: Segments) -> bool:
    of_rest = segments[:2] == ("rest", "api") and segments[3:5] == ("attachment", "content")
    return segments[:2] == ("secure", "attachment") or of_rest


# The members that are links of Jira's own, each with where it leads.
_LINKS: Names = MappingProxyType(
    {b"self": _is_rest, b"next": _is_rest, b"nextPage": _is_rest, b"content": _is_file}
)
# Without one of these no such member stands there: its name as it is, or in other letters. What address is
# its value cannot be searched for: that has too many writings.
_MAY_BE_LINKS = (b"\\u", *(b'"%s"' % name for name in _LINKS))
# In a custom field Jira puts its own people, versions and options, and an app whatever people type.
_IN_CUSTOM_FIELDS: Names = MappingProxyType({b"self": _is_rest})
# Below these stands what programs and people keep at an issue, a board, a comment.
_CUSTOM_FIELD = b"customfield_"
_KEPT_BY_PEOPLE = frozenset({b"properties", b"value"})
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_INTERFACE = "/api/"  # where programs' addresses begin
_UNSEEN = frozenset({"Cc", "Cf", "Mn"})  # categories of letters
_NONE: Names = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Signpost:
    """Where links lead. ``bases``: the addresses of that Jira; ``here``: that of the account's proxy."""

    bases: tuple[str, ...]
    here: str

    def led(self, link: str, may_go: Callable[[Segments], bool]) -> str:
        """The link through here where it leads to a path of that Jira which ``may_go``; "" where it leads
        to any other place of the portal; else as it is."""
        for base in self.bases:
            if link.startswith(base) and _is_path(link[len(base) :], may_go):
                return self.here + link[len(base) :]
        if link.startswith(self.here) and _is_path(link[len(self.here) :], may_go):
            return link
        # A content without a host is no attachment's: people wrote it.
        if may_go is not _is_file and not _SCHEME.match(link) and _climbs(link, urlsplit(self.here).path):
            return ""
        return "" if self._is_portal(link) else link

    def location(self, value: str, asked: str) -> str | None:
        """What the header ``Location`` says to a program, None where that is nothing.

        ``asked``: the address that Jira answered at, from which a place without a host is reckoned.
        """
        parts = urlsplit(value)
        if not parts.scheme and not parts.netloc:
            return self.led(urljoin(asked, value), bool) or None
        if parts.scheme not in ("", "http", "https") or not parts.netloc:
            return None
        return self.led(value, bool) or None

    def _is_portal(self, link: str) -> bool:
        own = urlsplit(self.here)
        ports = {own.port} if own.port else {None, 80, 443}
        # Browsers read a backslash as a slash, others as a letter of what stands before the host.
        for read in {link, link.replace("\\", "/")}:
            try:
                parts = urlsplit(read)
                host, port = _host(parts.hostname), parts.port
            except ValueError:
                return _host(own.hostname) in _host(read)  # who reads it otherwise might go there
            if _is_of_the_asked(parts) or (host == _host(own.hostname) and port in ports):
                return True
        return False


def _climbs(link: str, path: str) -> bool:
    """Whether a link without a scheme, joined with the address that a program asked, leads to a place of the
    portal's interface that is not below ``path``: from its root, or by dots."""
    plain = unquote(link).replace("\\", "/").partition("?")[0]
    if not {".", ".."}.isdisjoint(plain.split("/")):
        return True
    return plain.startswith(_INTERFACE) and not plain.startswith(f"{path}/")


def _is_of_the_asked(parts: SplitResult) -> bool:
    """Whether some read it as a path of the place they asked, which is the portal (WHATWG URL, 4.4)."""
    return parts.scheme in ("http", "https") and not parts.netloc


def _host(name: str | None) -> str:
    """A host as those read it who map other writings of its letters and dots (UTS 46), and leave out what
    is not seen."""
    plain = unquote(name or "")
    if not plain.isascii():
        seen = unicodedata.normalize("NFKC", plain).casefold()
        plain = "".join(one for one in seen if unicodedata.category(one) not in _UNSEEN)
        with suppress(UnicodeError):
            plain = plain.encode("idna").decode()
    return plain.rstrip(".").casefold()


def _is_path(rest: str, may_go: Callable[[Segments], bool]) -> bool:
    """Whether this, behind an address, is a path that the proxy would read, with or without a query."""
    if not rest.startswith("/"):
        return False
    try:
        return may_go(segments_of(rest[1:].partition("?")[0]))
    except PathRefused:
        return False


def rewrite(body: bytes, signpost: Signpost) -> bytes:
    """A whole JSON answer with its links led; the same object where no member is one."""
    if not any(written in body for written in _MAY_BE_LINKS):
        return body
    return _Json(signpost).feed(body, is_last=True)


def rewritten(pieces: Iterable[bytes], signpost: Signpost) -> Iterator[bytes]:
    """JSON that comes piece by piece with its links led; no more of it is held than a link is long."""
    reader = _Json(signpost)
    for piece in pieces:
        if led := reader.feed(piece):
            yield led
    if led := reader.feed(b"", is_last=True):
        yield led


class _Json:
    """Goes through JSON as it comes, however broken, and knows what each text is the value of."""

    def __init__(self, signpost: Signpost) -> None:
        self._signpost = signpost
        self._kept = b""  # the beginning of a text whose end is still to come
        self._is_inside = False  # a text that is too long to be kept
        self._last = b""  # a text at the end of a piece, which may be a name
        self._name = b""  # the name whose value comes next
        self._names = _LINKS  # what is a link here
        self._depth = 0
        self._outside: list[tuple[int, Names]] = []  # the depth that is left again, with what is a link there
        self._left = MOST_TOKENS

    def feed(self, piece: bytes, *, is_last: bool = False) -> bytes:
        """What can be written once this came too."""
        text, self._kept = self._kept + piece, b""
        if self._left <= 0:
            return text
        at, end = self._begin(text)
        written: list[bytes] = []
        done, last = 0, at
        while found := _ANY.search(text, at) if self._name else _OF_USE.match(text, at):
            at = found.end()
            self._left -= 1
            if found[1]:
                self._bracket(found[1])
            elif found[4]:
                self._name = _of_use(found[2])
            elif found[3]:
                if may_go := self._names.get(self._name):
                    written += (text[done : found.start(2)], self._led(found[2], may_go))
                    done = found.end(2)
                self._name, self._last, last = b"", found[2], at
            elif not is_last:
                end = self._cut(found, end)
        if text[last:end].strip():
            self._last = b""
        end = len(text) if is_last else end
        self._kept = text[end:]
        return b"".join((*written, text[done:end]))

    def _begin(self, text: bytes) -> tuple[int, int]:
        """Where the first token may stand, and where what can be written ends."""
        if self._is_inside and (rest := _REST_OF_TEXT.match(text)):
            self._is_inside = not rest[1]
            return rest.end(), rest.end() if self._is_inside else len(text)
        colon = _COLON.match(text)
        if colon and colon[1]:
            self._name = _of_use(self._last)
            return colon.end(), len(text)
        return 0, len(text)

    def _bracket(self, run: bytes) -> None:
        """Opening ones, of which the first may be the value of a name; or closing ones."""
        if run[0] in _OPENING:
            names = _NONE if self._name in _KEPT_BY_PEOPLE else self._names
            if names and self._name.startswith(_CUSTOM_FIELD):
                names = _IN_CUSTOM_FIELDS
            if len(names) < len(self._names):
                self._outside.append((self._depth, self._names))
                self._names = names
            self._depth += len(run)
        else:
            self._depth -= len(run)
            while self._outside and self._depth <= self._outside[-1][0]:
                _, self._names = self._outside.pop()
        self._name = b""

    def _cut(self, found: re.Match[bytes], end: int) -> int:
        """Where what can be written ends, before a text whose own end is still to come."""
        start = found.start(2) - 1
        if end - start <= LONGEST_LINK:
            return start
        self._is_inside, self._name, self._last = True, b"", b""
        return found.end(2)  # a backslash waits for what it stands before

    def _led(self, raw: bytes, may_go: Callable[[Segments], bool]) -> bytes:
        if b"\\" not in raw:
            link = raw.decode(errors="surrogateescape")
            return self._signpost.led(link, may_go).encode(errors="surrogateescape")
        link = _plain(raw).decode(errors="replace")
        led = self._signpost.led(link, may_go)
        return raw if led == link else json.dumps(led)[1:-1].encode()


def _of_use(raw: bytes) -> bytes:
    """A name that says what its value is; nothing for any other."""
    name = _plain(raw)
    is_known = name in _LINKS or name in _KEPT_BY_PEOPLE or name.startswith(_CUSTOM_FIELD)
    return name if is_known else b""


def _plain(raw: bytes) -> bytes:
    """A text as it is meant; as it stands where it cannot be read."""
    if b"\\" not in raw:
        return raw
    try:
        text: str = json.loads(b'"%s"' % raw)
    except ValueError:
        return raw
    return text.encode(errors="replace")
