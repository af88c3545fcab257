"""Answers of a Jira, read as RFC 9112 has them: chunks without what http.client lets pass, and, where they
are relayed, heads in a tenth of the time the parser of mails takes for them."""

import http.client
import re
import sys
from collections.abc import Sequence
from typing import Any

_LONGEST_HEAD = 65536
_MOST_LINES = 100
_MOST_AT_ONCE = 64 * 1024  # memory is taken for what may come, before it comes
_LONGEST_SIZE = 1024  # of a line with the size of a chunk, and words nobody reads
# A header in one piece, as every server sends them. Possessive: nothing is tried twice on a hostile line.
_PLAIN = re.compile(r"([!-9;-~]+):[ \t]*+([^\r\n\0]*+)\r?\n")
_NAME = re.compile(r"[!-9;-~]+")
_UNSAFE = re.compile(r"[\r\n\0]")
# Python would take -1, which is all that comes, and 0x2, +2 or 2_0, which others read as something else.
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")


class GuardedResponse(http.client.HTTPResponse):
    """The library's, but for how chunks are read."""

    def begin(self) -> None:
        """Read the head. Raises HTTPException for one that is broken."""
        super().begin()
        self.chunked = self.chunked and self._has_body

    @property
    def _has_body(self) -> bool:
        """Whether bytes may follow the head (RFC 9112, section 6.3), whatever it says of chunks."""
        library: Any = self
        return self.status >= 200 and self.status not in (204, 304) and library._method != "HEAD"

    def _lines(self) -> list[bytes]:
        """Up to and with the empty one."""
        lines: list[bytes] = []
        left = _LONGEST_HEAD
        while True:
            line = self.fp.readline(left)
            left -= len(line)
            lines.append(line)
            if not line.endswith(b"\n") or len(lines) > _MOST_LINES:
                raise http.client.HTTPException("a head that breaks off, or is too long")
            if line in (b"\r\n", b"\n"):
                return lines

    def read(self, amt: int | None = None) -> bytes:
        """The next ``amt`` bytes of the body, fewer at its end only. Raises HTTPException where it breaks off
        or its chunks are none."""
        if not self.chunked or self.fp is None:
            return super().read(amt)
        came = bytearray()  # a list of tiny chunks would take many times their size
        wanted = sys.maxsize if amt is None else amt
        while len(came) < wanted and (left := self._left_of_chunk()):
            part = self.fp.read(min(wanted - len(came), left, _MOST_AT_ONCE))
            if not part:
                raise http.client.IncompleteRead(b"")
            came += part
            self.chunk_left = left - len(part)
        return bytes(came)

    def _left_of_chunk(self) -> int:
        """0 behind the last one, whose trailers nobody needs."""
        if self.chunk_left == 0 and self.fp.read(2) != b"\r\n":
            raise http.client.HTTPException("a chunk that is longer than it says")
        if not self.chunk_left:
            size = _SIZE.fullmatch(self.fp.readline(_LONGEST_SIZE))
            if size is None:
                raise http.client.HTTPException("no size of a chunk")
            self.chunk_left = int(size[1], 16)
            if self.chunk_left == 0:
                self._lines()
                self.close()
        return self.chunk_left


class RelayedResponse(GuardedResponse):
    """The same, but for how its head is read. ``pairs``: its headers, their names in small letters;
    ``headers``: the first of each."""

    pairs: list[tuple[str, str]]
    headers: dict[str, str]  # type: ignore[assignment]  # the library asks for nothing but ``get``

    def begin(self) -> None:
        """Read the head, past those that only say that another one follows. Raises HTTPException for one that
        is broken."""
        library: Any = self
        version, status, reason = library._read_status()
        while 100 <= status < 200 and status != http.client.SWITCHING_PROTOCOLS:
            self._lines()
            version, status, reason = library._read_status()
        if not version.startswith("HTTP/1."):
            raise http.client.UnknownProtocol(version)
        self.code = self.status = status
        self.reason, self.version = reason.strip(), 10 if version == "HTTP/1.0" else 11
        self.pairs = [(name.lower(), value) for name, value in read_headers(self._lines())]
        self.headers = dict(reversed(self.pairs))
        coding = self.headers.get("transfer-encoding")
        self.chunked = self._has_body and (coding or "").lower() == "chunked"
        self.chunk_left = None
        # Section 6.1: HTTP/1.0 knows no coding, so whoever passed it on may have taken it for something else.
        self.will_close = library._check_close() or (coding is not None and self.version == 10)
        self.length = self._length() if self._has_body else 0
        if not self.will_close and not self.chunked and self.length is None:
            self.will_close = True

    def _length(self) -> int | None:
        told = self.headers.get("content-length", "")
        return int(told) if told.isascii() and told.isdigit() and not self.chunked else None


def read_headers(lines: Sequence[bytes]) -> list[tuple[str, str]]:
    """The headers of these lines, the empty one with them. What was folded is one line, and what no header
    may hold a blank (RFC 9110, section 5.5). Raises HTTPException for a line that is none: what follows it,
    one reader would take for headers and another would not."""
    headers: list[tuple[str, str]] = []
    for line in lines[:-1]:
        text = line.decode("latin-1")
        found = _PLAIN.fullmatch(text)
        headers.append((found[1], found[2].rstrip(" \t")) if found else _read_odd(text, headers))
    return headers


def _read_odd(line: str, before: list[tuple[str, str]]) -> tuple[str, str]:
    text = line.removesuffix("\n").removesuffix("\r")
    if text[0] in " \t" and before:
        name, value = before.pop()
        text = f"{name}:{value} {text.strip()}"
    name, colon, value = text.partition(":")
    name = name.rstrip(" \t")
    if not colon or not _NAME.fullmatch(name):
        raise http.client.HTTPException("a line that is no header")
    return name, _UNSAFE.sub(" ", value).strip(" \t")
