"""What a program sent through the proxy: the path exactly as it came, headers, query, body (T27, T28)."""

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus, unquote_to_bytes
from uuid import UUID

from flask import request
from werkzeug.exceptions import ClientDisconnected

from portal.api.asked import Asked, named
from portal.api.bodies import NO_CODING, in_time, is_coded, reading
from portal.config import LONGEST_RELAYED
from portal.jira.relay import CHUNK
from portal.programs.key_texts import ANYWHERE
from portal.programs.path_refusals import PathRefused, Why
from portal.programs.proxied import FORM
from portal.web.documents import Problem
from portal.web.program_access import refuse_key_in

WHOLE = 1024 * 1024  # up to so many bytes it is read before it is sent, so that it can be sent again
# All else stays here: who a request is from, and how it came, is between program and portal.
PASSED_ON = (
    "Accept",
    "Accept-Language",
    "Content-Type",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Unmodified-Since",
    "X-Atlassian-Token",
    "X-ExperimentalApi",
    "X-Force-Accept-Language",
)
_PASSED_ON = [(name, named(name)) for name in PASSED_ON]
# By these Jira would take the request for somebody else's, whatever its Authorization says.
SIGN_INS = frozenset({
    "os_username", "os_password", "os_authtype", "os_cookie", "access_token", "jwt", "xoauth_requestor_id",
})  # fmt: skip
# Jira reads parameters, those of the query too, in the charset of the body: in another they would be others.
CHARSETS = frozenset({"utf-8", "us-ascii", "iso-8859-1"})
_CHARSET = re.compile(r"charset[\s*]*=\s*[\"']?([^\"';,\s]*)")
_QUERY = re.compile(r"[!-~]*")
_OVERLAP = 100  # bytes: a key is shorter, and may lie across two pieces
Body = tuple[bytes | Iterator[bytes], int | None]


def sent_target(line: str, account_id: UUID) -> tuple[str, str]:
    """Path behind ``proxy/`` and query of a request target, as they stand in the request line.

    Raises :class:`PathRefused` where the beginning is spelled otherwise than the address of the proxy, and
    :class:`Problem` for a query that no Jira should see.
    """
    path, _, query = line.partition("?")
    beginning = f"/api/v1/alm-accounts/{account_id}/proxy/"
    if not path.lower().startswith(beginning):
        raise PathRefused(Why.ABSOLUTE)
    if not _QUERY.fullmatch(query) or "#" in query or _signs_in(query):
        raise Problem("query-unusable")
    _refuse_other_than_utf8(query)
    return path[len(beginning) :], query


def _signs_in(query: str) -> bool:
    names = (
        unquote_plus(pair.partition("=")[0]).strip().casefold() for pair in re.split("[&;]", query) if pair
    )
    return any(name in SIGN_INS or name.startswith("oauth_") for name in names)


def _refuse_other_than_utf8(pairs: str) -> None:
    """Jira would read other letters than were signed, and take the signature for a wrong one."""
    try:
        unquote_to_bytes(pairs).decode()
    except UnicodeDecodeError:
        raise Problem("query-unusable", "It is no UTF-8: percent-encode each letter by its UTF-8.") from None


def sent_headers(asked: Asked) -> list[tuple[str, str]]:
    """Those that go on. Raises :class:`Problem` for a charset in which Jira would read another query."""
    if not CHARSETS.issuperset(_CHARSET.findall((asked.header("Content-Type") or "").casefold())):
        raise Problem(
            "query-unusable", "In the charset of its Content-Type it could mean another one: send UTF-8."
        )
    sent = asked.environ
    return [(name, sent[known]) for name, known in _PASSED_ON if known in sent]


def sent_body() -> Body:
    """The body and its length: whole where it is short, else a stream. 413 for one that is too long, and for
    a form that is not short: Jira takes a sign-in from there too, and OAuth 1.0a signs it. 415 for one that
    is compressed, in which nobody sees what it is; ``KeyMisplaced`` where a program key stands in it, of a
    stream when it is met: Jira gets no end of that."""
    request.max_content_length = LONGEST_RELAYED + 1
    length = request.content_length
    if not length and "Transfer-Encoding" not in request.headers:
        return b"", 0
    if is_coded():
        raise Problem("body-compressed", headers=NO_CODING)
    is_form = request.mimetype == FORM
    if (length or 0) > (WHOLE if is_form else LONGEST_RELAYED):
        raise Problem("request-too-large")
    if is_form:
        return _form(length)
    if length is not None and length <= WHOLE:
        return _all(WHOLE, length), length
    return _stream(length), length


def _form(length: int | None) -> tuple[bytes, int]:
    body = _all(WHOLE, length)
    pairs = body.decode("latin-1")
    if _signs_in(pairs):
        raise Problem("query-unusable")
    _refuse_other_than_utf8(pairs.replace("+", " "))
    refuse_key_in(unquote_to_bytes(body), "body")
    return body, len(body)


def _all(limit: int, length: int | None) -> bytes:
    with reading():
        body = request.stream.read(limit + 1)
    _check_length(len(body), limit, length, is_over=True)
    refuse_key_in(body, "body")
    return body


def _stream(length: int | None) -> Iterator[bytes]:
    sent, before = 0, b""
    with in_time():  # its tenant holds the place of the call by now
        while chunk := request.stream.read(CHUNK):
            if ANYWHERE.search(before + chunk):
                chunk += request.stream.read(_OVERLAP)  # the rest of the key, by which its tenant is found
                refuse_key_in(before + chunk, "body")
            sent += len(chunk)
            _check_length(sent, LONGEST_RELAYED, length, is_over=False)
            before = (before + chunk)[-_OVERLAP:]
            yield chunk
    _check_length(sent, LONGEST_RELAYED, length, is_over=True)


def _check_length(came: int, limit: int, length: int | None, *, is_over: bool) -> None:
    if came > limit:
        raise Problem("request-too-large")
    if is_over and length not in (None, came):
        raise ClientDisconnected
