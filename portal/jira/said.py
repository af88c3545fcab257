"""What a Jira says of a call, without what was sent to it: some servers and proxies repeat the Authorization
header in their error messages, and what they say is shown, stored and mailed."""

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote

import requests

LEFT_OUT = "…"
LOOKED_AT = 64 * 1024  # bytes of what a Jira says that are of use to a person
_PARAMETER = re.compile(r'(oauth_(?:token|signature|verifier))="([^"]*)"')
_IN_FORMS = frozenset({"client_secret", "refresh_token", "code", "code_verifier", "token"})
# A token is known by how it begins: servers cut what they repeat.
_BEGINS = 12
_SHORT = 4  # what is shorter stands in many a word


def said(response: requests.Response, text: str) -> str:
    """The beginning of ``text`` of an answer without any secret of its request, however that was written."""
    return without_secrets(response, text[:LOOKED_AT])


def without_secrets(response: requests.Response, text: str) -> str:
    """All of ``text``, as :func:`said`. Where it was cut, a secret may begin at its end."""
    found = sorted(_patterns(response.request), key=len, reverse=True)
    return re.sub("|".join(found), LEFT_OUT, text, flags=re.IGNORECASE) if found else text


def without_sent(response: requests.Response, value: Any) -> Any:
    """The JSON of a good answer without the credential, should a Jira put that in a name or a title.

    A password alone is let pass here: ``admin`` is a user's name as well. So is what a form held: a token
    endpoint gives the same refresh token again.
    """
    tokens = [one for one in _tokens_of_header(response.request) if len(one) >= _BEGINS]
    body = response.content.replace(b"\\/", b"/") if tokens else b""
    if any(one.encode() in body for one in tokens):
        return _walked(value, partial(said, response))
    return value


def _walked(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_walked(one, change) for one in value]
    if isinstance(value, dict):
        return {name: _walked(one, change) for name, one in value.items()}
    return value


def _patterns(request: requests.PreparedRequest) -> Iterator[str]:
    for token in (*_tokens_of_header(request), *_tokens_of_form(request)):
        for written in _writings(token):
            is_long = len(written) >= _BEGINS + _SHORT
            yield rf"{re.escape(written[:_BEGINS])}[\w.~+/=%-]*" if is_long else _whole(written)
    pair = _login_and_password(request)
    for text in (pair, pair.partition(":")[2]):
        yield from (_whole(written) for written in _writings(text))


def _whole(text: str) -> str:
    return re.escape(text) if len(text) >= _SHORT else rf"(?<!\w){re.escape(text)}(?!\w)"


def _writings(text: str) -> set[str]:
    """A text as it is, and as it stands in an address, a page, JSON, or a header that was read as Latin-1."""
    in_header = text.encode().decode("latin-1")
    once = {text, in_header, html.escape(text), json.dumps(text)[1:-1], quote(text, safe=""), quote(text)}
    return {one for one in {*once, quote_plus(text), quote(quote(text, safe=""))} if one}


def _credential(request: requests.PreparedRequest) -> tuple[str, str]:
    """The scheme of the Authorization header, and what stands behind it."""
    header = request.headers.get("Authorization") or ""
    text = header.decode("latin-1") if isinstance(header, bytes) else header
    scheme, _, rest = text.partition(" ")
    return scheme.lower(), rest.strip()


def _tokens_of_header(request: requests.PreparedRequest) -> list[str]:
    scheme, rest = _credential(request)
    if scheme == "oauth":
        return [unquote(value) for _, value in _PARAMETER.findall(rest) if value]
    return [rest] if rest else []


def _tokens_of_form(request: requests.PreparedRequest) -> list[str]:
    body, sort = request.body, request.headers.get("Content-Type") or ""
    if body is None:
        return []
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    if "x-www-form-urlencoded" in sort:
        return [value for name, value in parse_qsl(text) if name in _IN_FORMS]
    if "json" in sort and '"client_secret"' in text:  # a token is asked for
        return [value for name, value in json.loads(text).items() if name in _IN_FORMS]
    return []


def _login_and_password(request: requests.PreparedRequest) -> str:
    scheme, rest = _credential(request)
    try:
        return base64.b64decode(rest).decode("utf-8") if scheme == "basic" else ""
    except ValueError:
        return ""
