"""What came back from a Jira, by name: exceptions and answers turned into ``JiraTrouble``."""

import re
import ssl
from collections.abc import Iterator
from email.message import Message
from html import unescape
from http.client import HTTPException, RemoteDisconnected
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
    """Name what stopped a call before an answer was there, walking what libraries wrap several deep."""
    chain = list(_causes(error))
    for cause in chain:
        if isinstance(cause, JiraTrouble):
            return cause
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _certificate_trouble(cause)
    for kinds, code, reason in _EXCEPTIONS:
        if any(isinstance(cause, kinds) for cause in chain):
            return JiraTrouble(code, reason=reason)
    return JiraTrouble(Code.UNREACHABLE, reason=type(error).__name__)


# In this order: a time-out and a TLS failure are OSErrors too, a dropped connection an HTTPException.
_EXCEPTIONS: tuple[tuple[tuple[type[Exception], ...], Code, str], ...] = (
    ((ssl.SSLError,), Code.TLS_OTHER, "the TLS handshake failed"),
    ((ProxyError, RequestsProxyError), Code.PROXY_FAILED, "the outbound proxy refused"),
    ((ReadTimeoutError, TimeoutError), Code.DEADLINE, "no answer in time"),
    ((RemoteDisconnected, ConnectionError), Code.UNREACHABLE, "the connection was closed"),
    ((HTTPException, DecodeError), Code.BROKEN_ANSWER, "not proper HTTP"),
)


def trouble_from_response(response: requests.Response) -> JiraTrouble | None:
    """Name what an answer with a status says, or None for a success (2xx that is not a login page)."""
    if response.status_code < 300:
        return _disguised(response)
    if response.status_code < 400:
        return _redirected(response)
    return oauth_trouble(response) or _by_status(response)


def _by_status(response: requests.Response) -> JiraTrouble:
    status = response.status_code
    code = _STATUSES.get(status, Code.SERVER_ERROR if status >= 500 else Code.BAD_REQUEST)
    if status == 404 and not _is_json(response):
        code = Code.NOT_JIRA
    if status in {401, 403} and "AUTHENTICATION_DENIED" in response.headers.get("X-Seraph-LoginReason", ""):
        code = Code.CAPTCHA
    retry_after = _pause(response) if status in {429, 503} else None
    message = _message(response)
    if status == 401 and message and "scope does not match" in message:  # Atlassian's gateway names none
        code = Code.SCOPE_MISMATCH
    return JiraTrouble(code, retry_after=retry_after, status=status, message=message)


_STATUSES = {
    401: Code.UNAUTHORIZED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    429: Code.RATE_LIMITED,
    503: Code.MAINTENANCE,
}


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
