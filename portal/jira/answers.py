"""What came back from a Jira, by name: exceptions and answers turned into ``JiraTrouble``."""

import re
import ssl
from collections.abc import Iterator
from email.message import Message
from html import unescape
from http.client import NO_CONTENT, HTTPException, RemoteDisconnected
from urllib.parse import urlsplit

import requests
from requests.exceptions import ProxyError as RequestsProxyError
from urllib3.exceptions import DecodeError, ProxyError, ReadTimeoutError

from portal.jira.json_text import loads
from portal.jira.oauth_problems import oauth_trouble
from portal.jira.readers import mapping
from portal.jira.said import said, without_sent
from portal.jira.trouble import Code, JiraTrouble

__all__ = ["Code", "JiraTrouble", "json_answer", "trouble_from_exception", "trouble_from_response"]

# OpenSSL X509_V_ERR_*: not yet valid, expired; host name and IP address mismatch.
_VERIFY_EXPIRED = frozenset({9, 10})
_VERIFY_WRONG_HOST = frozenset({62, 64})
# What Jira asks for is kept, up to a day: its own limits are spent by then ("Rate limiting" at
# developer.atlassian.com: per hour at most). Whatever is longer is no pause but a block, or a mistake; nobody
# tells when that is over, so it is looked at once a day.
_MAX_PAUSE_SECONDS = 24 * 3600
_LOOKED_AT = 64 * 1024
_MOST_FIELDS = 50
# Long enough for a whole token in it, so that none is cut before it is left out.
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,20000})", re.IGNORECASE)
# What Jira 8.16 and later says to every user name and password where an admin switched them off for calls
# (codeclou.io, "Disabling Basic Auth in Jira Data Center": 403, as JSON).
_BASIC_OFF = re.compile(rb"basic auth\w*\b[^<]{0,40}\bdisabled", re.IGNORECASE)
# What a site of Jira Cloud with an IP allow-list answers to all other networks, as JSON (Atlassian support,
# "Scope of IP allowlists in Atlassian Cloud").
_IP_REJECTED = re.compile(r"\bIP address\b.{0,60}\b(reject|not on the allow)", re.IGNORECASE)
# How the error pages of proxies begin: nginx, Apache httpd and HAProxy name the status first, as Jira and its
# Tomcat ("HTTP Status 503") do not; filters of addresses say what they are.
_PROXY_PAGE = re.compile(r"<(?:title|h1)>\s*(?:403|503)\b", re.IGNORECASE)
_FILTER_PAGE = re.compile(r"\baccess denied\b|\bIP address\b", re.IGNORECASE)
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
    elif status in {401, 403} and _BASIC_OFF.search(response.content[:_LOOKED_AT]):
        code = Code.BASIC_OFF
    elif _is_proxy_page(response):
        code = Code.IP_NOT_ALLOWED if status < 500 else Code.PROXY_PAGE
    retry_after = _pause(response) if status in {429, 503} else None
    body = _error_body(response)
    message = _message(response, body)
    if status == 401 and message and "scope does not match" in message:  # Atlassian's gateway names none
        code = Code.SCOPE_MISMATCH
    # Of the app or the site, till the full hour; all other reasons pass sooner (Atlassian, "Rate limiting").
    if status == 429 and "quota" in response.headers.get("RateLimit-Reason", ""):
        code = Code.QUOTA_SPENT
    if message and _IP_REJECTED.search(message):
        code = Code.IP_NOT_ALLOWED
    fields = _by_field(response, body)
    return JiraTrouble(
        code, retry_after=retry_after, fields=fields, status=status, message=message, pause=retry_after
    )


def _is_proxy_page(response: requests.Response) -> bool:
    """Whether an error page is of what stands before Jira: 502 and 504 never are Jira's own."""
    status = response.status_code
    if status not in {403, 502, 503, 504} or not is_html(response):
        return False
    page = response.content[:_LOOKED_AT].decode("utf-8", "replace")
    if status == 403 and _FILTER_PAGE.search(page):
        return True
    return status in {502, 504} or bool(_PROXY_PAGE.search(page))


_STATUSES = {
    401: Code.UNAUTHORIZED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    413: Code.TOO_MUCH,
    429: Code.RATE_LIMITED,
    503: Code.MAINTENANCE,
}


def json_answer(response: requests.Response) -> object:
    """The JSON of a successful answer; JiraTrouble for everything else."""
    if trouble := trouble_from_response(response):
        raise trouble
    if not _is_json(response):
        raise _no_json(response)
    return without_sent(response, loads(response.content))


def html_trouble(response: requests.Response) -> JiraTrouble:
    """A web page where data was expected: wrong base URL, or a sign-in in front of Jira."""
    page = response.content[:_LOOKED_AT].decode("utf-8", "replace")
    title = _TITLE.search(page)
    return JiraTrouble(
        Code.HTML_INSTEAD_OF_JSON,
        status=response.status_code,
        title=said(response, unescape(title.group(1))) if title else None,
        login_page="yes" if _LOGIN.search(page) else "no",
    )


def _disguised(response: requests.Response) -> JiraTrouble | None:
    """A 200 that is none: Jira says in headers that it refused the credentials (JRA-41559)."""
    reason = response.headers.get("X-Seraph-LoginReason", "")
    if "AUTHENTICATION_DENIED" in reason:
        return JiraTrouble(Code.CAPTCHA, status=response.status_code)
    if "AUTHENTICATED_FAILED" in reason:
        return JiraTrouble(Code.UNAUTHORIZED, status=response.status_code)
    # Nothing is no page, whatever type it is said to be of.
    if response.status_code != NO_CONTENT and is_html(response):
        return html_trouble(response)
    return None


def _redirected(response: requests.Response) -> JiraTrouble:
    location = response.headers.get("Location", "")
    try:
        parts = urlsplit(location)
        port = f":{parts.port}" if parts.port else ""
        target = f"{parts.scheme}://{parts.hostname}{port}" if parts.hostname else "the same host"
    except ValueError:
        target = "an address that cannot be read"
    login_page = "yes" if _LOGIN.search(location) else "no"
    to = said(response, target)
    return JiraTrouble(Code.REDIRECTED, status=response.status_code, to=to, login_page=login_page)


def _no_json(response: requests.Response) -> JiraTrouble:
    kind = said(response, _content_type(response)) or "no content type"
    return JiraTrouble(Code.BROKEN_ANSWER, status=response.status_code, content_type=kind)


def _error_body(response: requests.Response) -> object:
    """The JSON of an error answer; None where there is none that can be read."""
    if not _is_json(response):
        return None
    try:
        return loads(response.content)
    except JiraTrouble:
        return None


def _message(response: requests.Response, body: object) -> str | None:
    """The first of Jira's own sentences in an error answer, if there is one."""
    first = (
        _first(body.get("errorMessages")) or body.get("message") if isinstance(body, dict) else _first(body)
    )
    return said(response, first) if isinstance(first, str) else None


def _by_field(response: requests.Response, body: object) -> dict[str, str]:
    """Jira's sentences about single fields, of the first so many."""
    found = mapping(mapping(body).get("errors"))
    pairs = [(name, text) for name, text in found.items() if isinstance(text, str)]
    return {name: said(response, text) for name, text in pairs[:_MOST_FIELDS]}


def _first(messages: object) -> object:
    """The first of several; where builds and other data are sent to, each is an object of its own."""
    first = messages[0] if isinstance(messages, list) and messages else None
    return first.get("message") if isinstance(first, dict) else first


def _pause(response: requests.Response) -> int | None:
    """Seconds Jira asks to wait, up to a day: a blocked user gets 2**63-1."""
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
