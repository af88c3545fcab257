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
from portal.jira.said import said
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
_WINDOW = re.compile(r"([0-9]{1,12})-([0-9]{1,12})")


def oauth_trouble(response: requests.Response) -> JiraTrouble | None:
    """The trouble an ``oauth_problem`` in the body or in WWW-Authenticate stands for, or None."""
    given = _parameters(response)
    problem = given.get("oauth_problem", "").strip()
    if not problem:
        return None
    evidence: dict[str, Any] = {"status": response.status_code, "oauth_problem": said(response, problem)}
    evidence |= {shown: said(response, given[name]) for name, shown in _EVIDENCE.items() if name in given}
    if problem == "signature_invalid":
        return _signature_trouble(given.get("oauth_signature_base_string"), response, evidence)
    if problem == Code.TIMESTAMP_REFUSED:
        offset = told_offset(response)
        evidence["clock_difference_seconds"] = None if offset is None else f"{offset:+d}"
    if problem in _SAME_NAME:
        return JiraTrouble(Code(problem), **evidence)
    return JiraTrouble(Code.USER_UNKNOWN if _names_no_user(problem) else Code.OAUTH_OTHER, **evidence)


def window(response: requests.Response) -> tuple[int, int] | None:
    """From when to when Jira takes timestamps now, in seconds since 1970; None where it does not say so."""
    found = _WINDOW.fullmatch(_parameters(response).get("oauth_acceptable_timestamps", ""))
    return (int(found[1]), int(found[2])) if found and int(found[1]) <= int(found[2]) else None


def told_offset(response: requests.Response) -> int | None:
    """Seconds by which Jira's clock is ahead of ours, after it refused a timestamp.

    By the window it names, which lies around its own time; else by its Date header, which may be a proxy's.
    """
    named = window(response)
    return clock_offset(response) if named is None else round(sum(named) / 2 - now().timestamp())


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
    theirs: str | None, response: requests.Response, evidence: dict[str, Any]
) -> JiraTrouble:
    if not theirs or theirs.count("&") != 2:
        return JiraTrouble(Code.SIGNATURE_INVALID, **evidence)
    ours = base_string(response.request)
    if theirs == ours:
        return JiraTrouble(Code.SIGNATURE_INVALID_KEY, **evidence)
    evidence |= {"signed_by_us": _target(ours), "seen_by_jira": said(response, _target(theirs))}
    if _target(ours) == _target(theirs):
        names = ", ".join(sorted(_names(ours) ^ _names(theirs)))
        evidence["parameters"] = said(response, names) or "a value was changed"
    return JiraTrouble(Code.SIGNATURE_INVALID_URL, **evidence)


def _target(text: str) -> str:
    """Method and URL of a base string, without its parameters: those hold the token."""
    method, url, _ = text.split("&")
    return clean(f"{unquote(method)} {unquote(url)}".partition("?")[0])


def _names(text: str) -> set[str]:
    return {clean(name, 50) for name, _ in parse_qsl(unquote(text.split("&")[2]), keep_blank_values=True)}
