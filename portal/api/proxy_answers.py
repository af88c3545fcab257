"""What Jira answered, as a program gets it through the proxy (T28, T30)."""

import errno
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

import structlog
from flask import Response

from portal.api.asked import Asked
from portal.credentials.for_programs import Way
from portal.jira.answers import Code, JiraTrouble
from portal.jira.relay import CHUNK, Answer
from portal.jira.said import LEFT_OUT, without_secrets
from portal.programs.heard import as_response
from portal.programs.links import Signpost, rewrite, rewritten
from portal.web.documents import MARK

log = structlog.get_logger("almoner.proxy")

_CONTROLS = re.compile(r"[\x00-\x20\x7f]+")
LONGEST = 1024 * 1024 * 1024  # bytes of an answer
# Bytes of JSON, and of any error, that are here whole before any is passed on, so that what breaks off
# meanwhile is told. Each thread may hold as much, and three times that where it is little but links.
LONGEST_WHOLE = 256 * 1024
_EDGE = 8 * 1024  # bytes before a cut that stay here: a secret that ends behind it is longer in no writing
# All else stays here: cookies, and what a browser would take for the word of the portal.
PASSED_ON = (
    "Beta-RateLimit",
    "Beta-RateLimit-Policy",
    "Beta-Retry-After",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Type",
    "ETag",
    "Last-Modified",
    "RateLimit",
    "RateLimit-Policy",
    "RateLimit-Reason",
    "Retry-After",
    "X-Beta-RateLimit-Limit",
    "X-Beta-RateLimit-NearLimit",
    "X-Beta-RateLimit-Remaining",
    "X-Beta-RateLimit-Reset",
    "X-RateLimit-FillRate",
    "X-RateLimit-Interval-Seconds",
    "X-RateLimit-Limit",
    "X-RateLimit-NearLimit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-AREQUESTID",
    "X-AUSERNAME",
    "X-Seraph-LoginReason",
    "ATL-TraceId",
)
_PASSED_ON = {name.lower(): name for name in PASSED_ON}
# Words and numbers of HTTP's own, which a password may be as well. Nobody repeats there what was sent.
_OF_HTTP = re.compile(r"content-(?:encoding|language|type)|last-modified|.*(?:retry-after|ratelimit).*")


class Short(NamedTuple):
    """An answer that is here whole."""

    body: bytes
    status: int
    headers: list[tuple[str, str]]

    def response(self) -> Response:
        """As Flask sends it."""
        return Response(*self)


def answered(asked: Asked, answer: Answer, way: Way, here: str) -> Response | Short:
    """Jira's answer, its links leading through ``here``. Raises JiraTrouble, having let go of the answer."""
    row = way.row
    bases = tuple(dict.fromkeys(filter(None, (way.base.text, row.base_url, row.told_base_url))))
    signpost = Signpost(bases, here)
    try:
        body = _nothing(answer) if asked.method == "HEAD" else _body(answer, signpost)
        headers = list(_headers(answer, signpost))
    except BaseException:
        answer.close()
        raise
    if isinstance(body, bytes):
        answer.close()
        return Short(body, answer.status, headers)
    length = answer.told.get("content-length")
    if length and not _has_links(answer):  # with them changed it has another
        headers.append(("Content-Length", length))
    response = Response(body, answer.status, headers)
    response.call_on_close(lambda: _let_go(answer, asked.socket))
    return response


def _let_go(answer: Answer, sock: socket.socket | None) -> None:
    """The end of a streamed answer. Where it was cut, so is the connection: gunicorn would wait a while, in
    the one thread that takes new connections, for a program that reads no more to close it."""
    if sock is not None and not answer.is_over:
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
    answer.close()


def _headers(answer: Answer, signpost: Signpost) -> Iterator[tuple[str, str]]:
    yield MARK, "jira"
    came = _told(answer)
    for known, value in came.items():
        if known in _PASSED_ON:
            yield _PASSED_ON[known], value
    to = came.get("location", "")
    if to and _is_address(to) and (place := signpost.location(to, answer.call.url)):
        yield "Location", place
    if "content-type" not in came:
        yield "Content-Type", "application/octet-stream"  # Flask would say it is a page
    if "content-disposition" not in came and not _is_json(answer):
        yield "Content-Disposition", "attachment"  # no browser shows a page of Jira's as one of ours


def _told(answer: Answer) -> Mapping[str, str]:
    """The headers that may go on, each on one line. Where Jira did not do what was asked, they too may repeat
    what was sent."""
    known = {
        name: _on_one_line(value)
        for name, value in answer.told.items()
        if name in _PASSED_ON or name == "location"
    }
    if answer.status < 300:
        return known
    free = {name: value for name, value in known.items() if not _OF_HTTP.fullmatch(name)}
    lines = _without_what_was_sent(answer, "\n".join(free.values())).split("\n")
    return known | dict(zip(free, lines, strict=False))


def _on_one_line(value: str) -> str:
    """A header that was folded, as one line (RFC 9112, section 5.2), without what none may hold."""
    return _CONTROLS.sub(" ", value).strip(" ")


def _is_address(value: str) -> bool:
    """Whether it can be read; Werkzeug sends on no other."""
    try:
        port = urlsplit(value).port
    except ValueError:
        return False
    return port != 0


def _is_json(answer: Answer) -> bool:
    kind = answer.told.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _has_links(answer: Answer) -> bool:
    return _is_json(answer) and "content-encoding" not in answer.told


def _body(answer: Answer, signpost: Signpost) -> bytes | Iterator[bytes]:
    """Whole where it is short, or an error; JSON with its links led here."""
    _refuse_too_long(answer)
    has_links, is_error = _has_links(answer), answer.status >= 400
    limit = LONGEST_WHOLE if has_links or is_error else CHUNK
    seen = answer.peek(limit + 1)
    if is_error:
        seen = _error(answer, seen)
    elif len(seen) > limit:
        return rewritten(_stream(answer), signpost) if has_links else _stream(answer)
    return rewrite(seen, signpost) if has_links else seen


def _error(answer: Answer, seen: bytes) -> bytes:
    """What an error says, without what was sent. One that is longer ends here: its status is known, and what
    passes piece by piece could tell a secret by halves."""
    said = _without_what_was_sent(answer, seen.decode("latin-1")).encode("latin-1")
    return said if len(seen) <= LONGEST_WHOLE else said[:-_EDGE]


def _without_what_was_sent(answer: Answer, text: str) -> str:
    """A Jira that refuses a signature repeats what was signed, the account's token with it; others show on
    the page of any error what they were sent."""
    return without_secrets(as_response(answer), text).replace(LEFT_OUT, "***")


def _nothing(answer: Answer) -> Iterator[bytes]:
    """No body follows; the answer is over once that was read."""
    answer.peek(1)
    return iter(())


def _refuse_too_long(answer: Answer) -> None:
    length = answer.told.get("content-length", "")
    if length.isdigit() and int(length) > LONGEST:
        raise JiraTrouble(Code.TOO_LARGE, may_have_changed=answer.call.may_change, limit_bytes=LONGEST)


def _stream(answer: Answer) -> Iterator[bytes]:
    """What comes, as it comes. Where it breaks off, so does ours: half of a file must not look whole."""
    sent = 0
    try:
        while chunk := answer.read():
            sent += len(chunk)
            if sent > LONGEST:
                raise JiraTrouble(Code.TOO_LARGE, limit_bytes=LONGEST)
            yield chunk
    except JiraTrouble as trouble:
        log.warning("answer_broke_off", code=str(trouble.code), sent=sent)
        raise ConnectionResetError(errno.ECONNRESET, "Jira's answer broke off") from None
