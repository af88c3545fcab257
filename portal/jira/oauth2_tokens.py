"""The answers of Atlassian's token endpoint, read strictly (T32, RFC 6749 sections 5.1 and 5.2).

A renewal has used up the refresh token before it when its answer comes: to drop the tokens of that would end
the grant. So there what may as well be left out of an answer, since it is said beside the tokens only, counts
as left out where nobody can read it. After a consent, of which there can be another, it is refused.
"""

import re
from dataclasses import dataclass
from typing import Any

import requests

from portal.jira.answers import Code, JiraTrouble, json_answer, trouble_from_response
from portal.jira.json_text import loads
from portal.jira.readers import expect_object, integer
from portal.jira.said import said
from portal.secret import Secret

_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
_SCOPES = re.compile(r"[\x20-\x7e]{0,8192}")
_LIFE = (60, 24 * 3600)  # seconds; what lies outside is not believed
_USUAL_LIFE = 3600

# ``access_denied`` is what Atlassian says of a wrong client secret; both of the others say that a code or
# refresh token is none any more ("OAuth 2.0 (3LO) apps"; seen: raycast/extensions#11836).
_ERRORS = {
    "invalid_grant": Code.GRANT_REFUSED,
    "unauthorized_client": Code.GRANT_REFUSED,
    "access_denied": Code.CLIENT_REFUSED,
    "invalid_client": Code.CLIENT_REFUSED,
}


@dataclass(frozen=True)
class TokenPair:
    """What an exchange gave. ``expires_in`` in seconds, as far as it is believed; ``scopes`` is None
    where the answer names none that can be read."""

    access_token: Secret
    refresh_token: Secret | None
    expires_in: int
    scopes: frozenset[str] | None


def read_pair(response: requests.Response, *, is_renewal: bool = False) -> TokenPair:
    """The tokens in an answer. Raises JiraTrouble: what the server said, or ``broken_answer``."""
    if trouble := _refusal(response):
        raise trouble
    answer = expect_object(json_answer(response), "tokens")
    if str(answer.get("token_type", "")).lower() != "bearer":
        raise JiraTrouble(Code.BROKEN_ANSWER, reason="not a Bearer token")
    if not is_renewal:
        _refuse_odd(answer)
    refresh = answer.get("refresh_token")
    return TokenPair(
        access_token=_token(answer.get("access_token")),
        refresh_token=None if refresh is None else _token(refresh),
        expires_in=_life(answer),
        scopes=_scopes(answer.get("scope")),
    )


def _refusal(response: requests.Response) -> JiraTrouble | None:
    """By the word ``error`` where there is one, never by status alone (T47)."""
    if response.status_code < 400 or response.status_code >= 500 or response.status_code == 429:
        return trouble_from_response(response)
    try:
        body = loads(response.content)
    except JiraTrouble:
        return trouble_from_response(response)
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, str):
        return trouble_from_response(response)
    message = body.get("error_description") if isinstance(body, dict) else None
    return JiraTrouble(
        _ERRORS.get(error, Code.OAUTH_OTHER),
        status=response.status_code,
        oauth_problem=said(response, error),
        message=said(response, message) if isinstance(message, str) else None,
    )


def _token(value: Any) -> Secret:
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise JiraTrouble(Code.BROKEN_ANSWER, reason="no usable token")
    return Secret(value)


def _refuse_odd(answer: dict[str, Any]) -> None:
    """Raise JiraTrouble for what stands beside the tokens and is not as RFC 6749 has it."""
    seconds, scope = integer(answer, "expires_in"), answer.get("scope")
    if "expires_in" in answer and (seconds is None or seconds <= 0):
        raise JiraTrouble(Code.BROKEN_ANSWER, reason="no usable expires_in")
    if scope is not None and _scopes(scope) is None:
        raise JiraTrouble(Code.BROKEN_ANSWER, reason="no usable scope")


def _life(answer: dict[str, Any]) -> int:
    seconds = integer(answer, "expires_in")
    return _USUAL_LIFE if seconds is None else min(max(seconds, _LIFE[0]), _LIFE[1])


def _scopes(value: Any) -> frozenset[str] | None:
    is_readable = isinstance(value, str) and _SCOPES.fullmatch(value)
    return frozenset(value.split()) if is_readable else None
