"""The heads of answers that are relayed, read in a tenth of the time the parser of mails takes for them."""

import http.client
import re
from collections.abc import Sequence
from email.parser import Parser
from typing import Any

_LONGEST_LINE = 65536
_MOST_LINES = 100
# A header in one piece, as every server sends them. Possessive: nothing is tried twice on a hostile line.
_PLAIN = re.compile(r"([!-9;-~]+):[ \t]*+([^\r\n]*+)\r?\n")


class RelayedResponse(http.client.HTTPResponse):
    """The library's, but for how its headers are read: past :func:`http.client.parse_headers`."""

    def begin(self) -> None:
        """Read the head. Raises what the library does for one that is broken."""
        library: Any = self
        version, status, reason = library._read_status()
        while status == 100:
            self._lines()
            version, status, reason = library._read_status()
        if not version.startswith("HTTP/1."):
            raise http.client.UnknownProtocol(version)
        self.code = self.status = status
        self.reason, self.version = reason.strip(), 10 if version == "HTTP/1.0" else 11
        self.headers = self.msg = read_headers(self._lines())
        self.chunked = (self.headers.get("Transfer-Encoding") or "").lower() == "chunked"
        self.chunk_left = None
        self.will_close = library._check_close()
        has_body = status not in (204, 304) and status >= 200 and library._method != "HEAD"
        self.length = self._length() if has_body else 0
        if not self.will_close and not self.chunked and self.length is None:
            self.will_close = True

    def _length(self) -> int | None:
        told = self.headers.get("Content-Length") or ""
        return int(told) if told.isascii() and told.isdigit() and not self.chunked else None

    def _lines(self) -> list[bytes]:
        """Up to and with the empty one."""
        lines: list[bytes] = []
        while True:
            line = self.fp.readline(_LONGEST_LINE + 1)
            lines.append(line)
            if len(line) > _LONGEST_LINE or len(lines) > _MOST_LINES:
                raise http.client.HTTPException("a head that is too long")
            if line in (b"\r\n", b"\n", b""):
                return lines


def read_headers(lines: Sequence[bytes]) -> http.client.HTTPMessage:
    """The headers of these lines, the empty one with them, as the library reads them."""
    headers = http.client.HTTPMessage()
    for line in lines[:-1]:
        found = _PLAIN.fullmatch(line.decode("latin-1"))
        if found is None:
            return Parser(_class=http.client.HTTPMessage).parsestr(b"".join(lines).decode("latin-1"))
        headers.set_raw(found[1], found[2])
    return headers
