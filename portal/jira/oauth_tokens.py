"""The answers of Jira's request-token and access-token endpoints, read strictly (T32)."""

import re
from urllib.parse import parse_qsl

import requests

from portal.jira.answers import Code, JiraTrouble, trouble_from_response

_VALUE = re.compile(r"[\x21-\x7e]{1,8192}")
_SECONDS = re.compile(r"[0-9]{1,10}")
_TOKENS = ("oauth_token", "oauth_token_secret", "oauth_session_handle")
_LIFETIMES = ("oauth_expires_in", "oauth_authorization_expires_in")


class TokenAnswer(dict[str, str]):
    """What a token endpoint returned. Prints as stars, because Authlib logs it at DEBUG."""

    def __repr__(self) -> str:
        return f"TokenAnswer({', '.join(sorted(self))}: ********)"

    __str__ = __repr__

    @property
    def expires_in(self) -> int | None:
        """Seconds the token lives, if Jira said so; an access token's is five years by default."""
        return self._seconds("oauth_expires_in")

    @property
    def authorization_expires_in(self) -> int | None:
        """Seconds for which the token may be renewed, if Jira said so."""
        return self._seconds("oauth_authorization_expires_in")

    def _seconds(self, name: str) -> int | None:
        return int(self[name]) if name in self else None


def read_token(response: requests.Response, *, needs_confirmation: bool) -> TokenAnswer:
    """The token in an answer; only the parameters we know, each once and well formed.

    ``needs_confirmation`` asks for ``oauth_callback_confirmed=true``, which a request token must carry
    (RFC 5849 2.1). Raises JiraTrouble: what Jira said, or ``broken_answer``.
    """
    if trouble := trouble_from_response(response):
        raise trouble
    try:
        text = response.content.decode("ascii").strip()
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=32)
    except ValueError:
        raise _broken("not form-encoded") from None
    said = dict(pairs)
    if len(said) != len(pairs):
        raise _broken("a parameter given twice")
    token = TokenAnswer({name: said[name] for name in _TOKENS if name in said})
    if "oauth_token" not in token or not all(_VALUE.fullmatch(value) for value in token.values()):
        raise _broken("no usable oauth_token")
    if needs_confirmation and said.get("oauth_callback_confirmed") != "true":
        raise _broken("oauth_callback_confirmed is missing")
    token.update({name: said[name] for name in _LIFETIMES if _SECONDS.fullmatch(said.get(name, ""))})
    return token


def _broken(reason: str) -> JiraTrouble:
    return JiraTrouble(Code.BROKEN_ANSWER, reason=reason)
