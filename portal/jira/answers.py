"""What came back from a Jira, by name: exceptions and answers turned into ``JiraTrouble``."""

import re
import ssl
from collections.abc import Iterator
from email.message import Message
from html import unescape
from http.client import HTTPException, RemoteDisconnected
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.exceptions import ProxyError as RequestsProxyError
from urllib3.exceptions import DecodeError, ProxyError, ReadTimeoutError

from portal.jira.json_text import loads
from portal.jira.oauth_problems import oauth_trouble
from portal.jira.trouble import Code, JiraTrouble

__all__ = ["Code", "JiraTrouble", "json_answer", "trouble_from_exception", "trouble_from_response"]

# OpenSSL X509_V_ERR_*: not yet valid, expired; host name and IP address mismatch.
_VERIFY_EXPIRED = frozenset({9, 10})
_VERIFY_WRONG_HOST = frozenset({62, 64})
_MAX_PAUSE_SECONDS = 3600
_LOOKED_AT = 64 * 1024
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,500})", re.IGNORECASE)
_LOGIN = re.compile(r"os_username|login-form|type=[\"']?password|/login|saml|sso", re.IGNORECASE)


def trouble_from_exception(error: Exception) -> JiraTrouble:
    """Name what stopped a call before an answer was there. Walks the chain: libraries wrap causes several deep."""
    chain = list(_causes(error))
    for cause in chain:
        if isinstance(cause, JiraTrouble):
            return cause
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _certificate_trouble(cause)
    if any(isinstance(cause, ssl.SSLError) for cause in chain):
        return JiraTrouble(
            Code.TLS_OTHER, reason=next(c.reason for c in chain if isinstance(c, ssl.SSLError))
        )
    if any(isinstance(cause, ProxyError | RequestsProxyError) for cause in chain):
        return JiraTrouble(Code.PROXY_FAILED)
    if any(isinstance(cause, ReadTimeoutError | TimeoutError) for cause in chain):
        return JiraTrouble(Code.DEADLINE)
    if any(isinstance(cause, RemoteDisconnected | ConnectionError) for cause in chain):
        return JiraTrouble(Code.UNREACHABLE, reason="the connection was closed")
    if any(isinstance(cause, HTTPException | DecodeError) for cause in chain):
        return JiraTrouble(Code.BROKEN_ANSWER, reason="not proper HTTP")
    return JiraTrouble(Code.UNREACHABLE, reason=type(error).__name__)


def trouble_from_response(response: requests.Response) -> JiraTrouble | None:
    """Name what an answer with a status says, or None when it is a success (2xx that is not a login page)."""
    status = response.status_code
    if status < 300:
        return _disguised(response)
    if status < 400:
        return _redirected(response)
    if trouble := oauth_trouble(response):
        return trouble
    evidence: dict[str, Any] = {"status": status, "message": _message(response)}
    if status in {401, 403} and "AUTHENTICATION_DENIED" in response.headers.get("X-Seraph-LoginReason", ""):
        return JiraTrouble(Code.CAPTCHA, **evidence)
    if status == 404 and not _is_json(response):
        return JiraTrouble(Code.NOT_JIRA, **evidence)
    if status in {429, 503}:
        code = Code.RATE_LIMITED if status == 429 else Code.MAINTENANCE
        return JiraTrouble(code, retry_after=_pause(response), **evidence)
    if status >= 500:
        return JiraTrouble(Code.SERVER_ERROR, **evidence)
    return JiraTrouble(_BY_STATUS.get(status, Code.BAD_REQUEST), **evidence)


_BY_STATUS = {401: Code.UNAUTHORIZED, 403: Code.FORBIDDEN, 404: Code.NOT_FOUND}


def json_answer(response: requests.Response) -> object:
    """The JSON of a successful answer; JiraTrouble for everything else."""
    if trouble := trouble_from_response(response):
        raise trouble
    if not _is_json(response):
        raise _no_json(response)
    return loads(response.content)


def html_trouble(response: requests.Response) -> JiraTrouble:
    """A web page where data was expected: wrong base URL, or a sign-in in front of Jira."""
    page = response.content[:_LOOKED_AT].decode("utf-8", "replace")
    title = _TITLE.search(page)
    return JiraTrouble(
        Code.HTML_INSTEAD_OF_JSON,
        status=response.status_code,
        title=unescape(title.group(1)) if title else None,
        login_page="yes" if _LOGIN.search(page) else "no",
    )


def _disguised(response: requests.Response) -> JiraTrouble | None:
    """A 200 that is none: Jira says in headers that it refused the credentials (JRA-41559)."""
    reason = response.headers.get("X-Seraph-LoginReason", "")
    if "AUTHENTICATION_DENIED" in reason:
        return JiraTrouble(Code.CAPTCHA, status=response.status_code)
    if "AUTHENTICATED_FAILED" in reason:
        return JiraTrouble(Code.UNAUTHORIZED, status=response.status_code)
    if is_html(response):
        return html_trouble(response)
    return None


def _redirected(response: requests.Response) -> JiraTrouble:
    location = response.headers.get("Location", "")
    try:
        parts = urlsplit(location)
        target = f"{parts.scheme}://{parts.hostname}" if parts.hostname else "the same host"
    except ValueError:
        target = "an address that cannot be read"
    login_page = "yes" if _LOGIN.search(location) else "no"
    return JiraTrouble(Code.REDIRECTED, status=response.status_code, to=target, login_page=login_page)


def _no_json(response: requests.Response) -> JiraTrouble:
    kind = _content_type(response) or "no content type"
    return JiraTrouble(Code.BROKEN_ANSWER, status=response.status_code, content_type=kind)


def _message(response: requests.Response) -> str | None:
    """The first of Jira's own sentences in an error answer, if there is one."""
    if not _is_json(response):
        return None
    try:
        body = loads(response.content)
    except JiraTrouble:
        return None
    if not isinstance(body, dict):
        return None
    messages = body.get("errorMessages")
    first = messages[0] if isinstance(messages, list) and messages else body.get("message")
    return first if isinstance(first, str) else None


def _pause(response: requests.Response) -> int | None:
    """Seconds Jira asks to wait, 1 to 3600: a blocked user gets 2**63-1."""
    text = response.headers.get("Retry-After", "")
    if not text.isascii() or not text.isdigit():
        return None
    return min(max(int(text[:20]), 1), _MAX_PAUSE_SECONDS)


def is_html(response: requests.Response) -> bool:
    """Whether an answer is a web page, by what it says of itself or by how it begins."""
    start = response.content[:200].lstrip().lower()
    return _content_type(response) in {"text/html", "application/xhtml+xml"} or start.startswith(
        (b"<!doctype html", b"<html")
    )


def _is_json(response: requests.Response) -> bool:
    kind = _content_type(response)
    return kind == "application/json" or kind.endswith("+json")


def _content_type(response: requests.Response) -> str:
    header = Message()
    header["Content-Type"] = response.headers.get("Content-Type", "application/octet-stream")
    return header.get_content_type()


def _certificate_trouble(error: ssl.SSLCertVerificationError) -> JiraTrouble:
    code = Code.TLS_UNTRUSTED
    if error.verify_code in _VERIFY_EXPIRED:
        code = Code.TLS_EXPIRED
    elif error.verify_code in _VERIFY_WRONG_HOST:
        code = Code.TLS_WRONG_HOST
    return JiraTrouble(code, reason=error.verify_message)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and everything it wraps, as cause, context, argument or ``reason``."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, BaseException) and id(item) not in seen:
            seen.add(id(item))
            yield item
            waiting += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
