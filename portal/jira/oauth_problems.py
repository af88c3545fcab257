"""Reading ``oauth_problem`` answers of Jira's OAuth 1.0a provider, redacted.

On ``signature_invalid`` Jira returns the signature base string that it computed. Compared with ours it
tells a wrong URL (a proxy, a wrong context path) from a wrong key.
"""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from authlib.oauth1.rfc5849.signature import construct_base_string

from portal.clock import now
from portal.jira.trouble import Code, JiraTrouble, clean

_PARAMETER = re.compile(r'([a-z_]+)="([^"]*)"')
_LOOKED_AT = 64 * 1024
_SAME_NAME = frozenset({
    Code.CONSUMER_KEY_UNKNOWN, Code.SIGNATURE_METHOD_REJECTED, Code.TIMESTAMP_REFUSED, Code.NONCE_USED,
    Code.TOKEN_REJECTED, Code.TOKEN_EXPIRED, Code.TOKEN_USED, Code.TOKEN_REVOKED, Code.PERMISSION_UNKNOWN,
    Code.PERMISSION_DENIED, Code.PARAMETER_ABSENT, Code.PARAMETER_REJECTED, Code.VERSION_REJECTED,
})  # fmt: skip
_EVIDENCE = {
    "oauth_parameters_absent": "parameters",
    "oauth_parameters_rejected": "parameters",
    "oauth_acceptable_timestamps": "window",
}


def oauth_trouble(response: requests.Response) -> JiraTrouble | None:
    """The trouble an ``oauth_problem`` in the body or in WWW-Authenticate stands for, or None."""
    said = _parameters(response)
    problem = said.get("oauth_problem", "").strip()
    if not problem:
        return None
    evidence: dict[str, Any] = {"status": response.status_code, "oauth_problem": problem}
    evidence |= {shown: said[name] for name, shown in _EVIDENCE.items() if name in said}
    if problem == "signature_invalid":
        return _signature_trouble(said.get("oauth_signature_base_string"), response.request, evidence)
    if problem == Code.TIMESTAMP_REFUSED:
        offset = clock_offset(response)
        evidence["clock_difference_seconds"] = None if offset is None else f"{offset:+d}"
    if problem in _SAME_NAME:
        return JiraTrouble(Code(problem), **evidence)
    return JiraTrouble(Code.USER_UNKNOWN if _names_no_user(problem) else Code.OAUTH_OTHER, **evidence)


def clock_offset(response: requests.Response) -> int | None:
    """Seconds by which the clock of the other side (its Date header) is ahead of ours."""
    try:
        theirs = parsedate_to_datetime(response.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    return round((theirs - now()).total_seconds())


def base_string(request: requests.PreparedRequest) -> str:
    """The signature base string (RFC 5849 3.4.1) of a signed request of ours, as it went out."""
    url = str(request.url)
    header = request.headers.get("Authorization", "")
    signed = [(unquote(name), unquote(value)) for name, value in _PARAMETER.findall(header)]
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    text: str = construct_base_string(str(request.method), url, query + signed)
    return text


def _parameters(response: requests.Response) -> dict[str, str]:
    text = response.content[:_LOOKED_AT].decode("utf-8", "replace").strip()
    if "oauth_problem=" in text and "<" not in text:
        try:
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=64))
        except ValueError:
            return {}
    header = response.headers.get("WWW-Authenticate", "")
    if header.lower().startswith("oauth "):
        return {name: unquote(value) for name, value in _PARAMETER.findall(header)}
    return {}


def _names_no_user(problem: str) -> bool:
    """Jira's free texts for a token whose user was deleted or disabled."""
    text = problem.lower()
    return "no user associated with the token" in text or (
        "associated with the token" in text and "not found" in text
    )


def _signature_trouble(
    theirs: str | None, request: requests.PreparedRequest, evidence: dict[str, Any]
) -> JiraTrouble:
    if not theirs or theirs.count("&") != 2:
        return JiraTrouble(Code.SIGNATURE_INVALID, **evidence)
    ours = base_string(request)
    if theirs == ours:
        return JiraTrouble(Code.SIGNATURE_INVALID_KEY, **evidence)
    evidence |= {"signed_by_us": _target(ours), "seen_by_jira": _target(theirs)}
    if _target(ours) == _target(theirs):
        evidence["parameters"] = ", ".join(sorted(_names(ours) ^ _names(theirs))) or "a value was changed"
    return JiraTrouble(Code.SIGNATURE_INVALID_URL, **evidence)


def _target(text: str) -> str:
    """Method and URL of a base string, without its parameters: those hold the token."""
    method, url, _ = text.split("&")
    return clean(f"{unquote(method)} {unquote(url)}".partition("?")[0])


def _names(text: str) -> set[str]:
    return {clean(name, 50) for name, _ in parse_qsl(unquote(text.split("&")[2]), keep_blank_values=True)}
