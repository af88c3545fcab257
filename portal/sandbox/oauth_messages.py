"""Reading and verifying OAuth 1.0a messages, and the problems Jira answers with.

Parameters, base string and signature are oauthlib's (RFC 5849 section 3); the order of the checks, the
status of each problem and the extra parameters are those of Atlassian's provider and of net.oauth.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from flask import Request, Response, g
from oauthlib.oauth1.rfc5849 import signature

from portal.sandbox.oauth_rows import Link
from portal.sandbox.state import State

WINDOW = 300
"""Seconds a timestamp may differ from Jira's clock, to either side (net.oauth's default)."""

STATUS = {
    "signature_method_rejected": 400,
    "timestamp_refused": 400,
    "parameter_absent": 400,
    "parameter_rejected": 400,
    "version_rejected": 400,
}
"""Status by problem where it is not 401 (net.oauth's map)."""


class OAuthProblemError(Exception):
    """A refusal with its ``oauth_problem`` and the parameters that go with it."""

    def __init__(self, problem: str, **extra: str) -> None:
        """``extra``: further parameters of the answer, such as ``oauth_parameters_absent``."""
        super().__init__(problem)
        self.problem = problem
        self.extra = extra

    @property
    def status(self) -> int:
        """The HTTP status of this problem."""
        return STATUS.get(self.problem, 401)

    def response(self, realm: str) -> Response:
        """The answer as Jira gives it: form-encoded body and ``WWW-Authenticate: OAuth``."""
        g.entry.oauth_problem = self.problem
        parameters = {"oauth_problem": self.problem, **self.extra}
        challenge = {"realm": realm, **parameters}
        response = Response(
            form_encode(parameters), self.status, content_type="application/x-www-form-urlencoded"
        )
        response.headers["WWW-Authenticate"] = "OAuth " + ", ".join(
            f'{name}="{quote(value, safe="-._~")}"' for name, value in challenge.items()
        )
        return response


def form_encode(parameters: dict[str, str]) -> str:
    """Encode as OAuth does: a space is ``%20``, never ``+``."""
    return "&".join(f"{quote(k, safe='-._~')}={quote(v, safe='-._~')}" for k, v in parameters.items())


@dataclass
class Message:
    """One OAuth request as the provider sees it; shaped so that oauthlib can verify it."""

    uri: str
    http_method: str
    params: list[tuple[str, str]]
    signature: str = field(repr=False)

    def get(self, name: str) -> str | None:
        """The first value of a parameter."""
        return next((value for key, value in self.params if key == name), None)

    def require(self, *names: str) -> None:
        """Refuse with ``parameter_absent`` when one of the names is missing."""
        absent = [name for name in names if self.get(name) is None]
        if absent:
            raise OAuthProblemError("parameter_absent", oauth_parameters_absent="&".join(absent))

    def base_string(self) -> str:
        """The signature base string Jira computes (RFC 5849 section 3.4.1)."""
        params = signature.normalize_parameters(self.params)
        uri = signature.base_string_uri(self.uri)
        return str(signature.signature_base_string(self.http_method, uri, params))


def has_oauth(request: Request) -> bool:
    """Whether a REST call carries OAuth parameters at all, in its header or query."""
    return (
        request.headers.get("Authorization", "").lower().startswith("oauth ")
        or "oauth_signature" in request.args
    )


def read_message(request: Request, state: State) -> Message:
    """Read the OAuth parameters of header, query and form body (RFC 5849 section 3.5).

    Raises ``OAuthProblemError`` for what cannot be read.
    """
    header = request.headers.get("Authorization", "")
    form = request.get_data(as_text=True) if request.mimetype == "application/x-www-form-urlencoded" else ""
    try:
        params = signature.collect_parameters(
            uri_query=request.query_string.decode("latin-1"),
            body=form,
            headers={"Authorization": header} if header.lower().startswith("oauth ") else {},
            exclude_oauth_signature=False,
        )
    except ValueError:
        raise OAuthProblemError(
            "parameter_rejected", oauth_problem_advice="The OAuth parameters are malformed."
        ) from None
    signed = next((value for key, value in params if key == "oauth_signature"), "")
    message = Message(
        seen_url(request, state),
        request.method,
        [(key, value) for key, value in params if key != "oauth_signature"],
        signed,
    )
    _refuse_duplicates(params)
    return message


def seen_url(request: Request, state: State) -> str:
    """The URL Jira believes was requested: as it came, or below the base URL a proxy makes it believe."""
    raw: str = request.environ["REQUEST_URI"]
    if not state.faults.seen_base_url:
        return f"{request.scheme}://{request.host}{raw}"
    context_path = urlsplit(request.root_url).path.rstrip("/")
    return state.faults.seen_base_url.rstrip("/") + raw.removeprefix(context_path)


def _refuse_duplicates(params: list[tuple[str, str]]) -> None:
    names = [key for key, _ in params if key.startswith("oauth_")]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise OAuthProblemError("parameter_rejected", oauth_parameters_rejected="&".join(twice))


def validate(message: Message, link: Link, state: State) -> None:
    """Check version, timestamp, nonce and signature, in net.oauth's order. Raises ``OAuthProblemError``."""
    if message.get("oauth_version") not in (None, "1.0"):
        raise OAuthProblemError("version_rejected", oauth_acceptable_versions="1.0-1.0")
    message.require("oauth_timestamp", "oauth_nonce")
    _check_timestamp_and_nonce(message, state)
    message.require("oauth_signature_method")
    if not message.signature:
        raise OAuthProblemError("parameter_absent", oauth_parameters_absent="oauth_signature")
    if message.get("oauth_signature_method") != "RSA-SHA1":
        raise OAuthProblemError("signature_method_rejected")
    g.entry.signature_verified = _verified(message, link) and not state.faults.key_mismatch
    if not g.entry.signature_verified:
        raise OAuthProblemError(
            "signature_invalid",
            oauth_signature_base_string=message.base_string(),
            oauth_signature_method="RSA-SHA1",
        )


def _verified(message: Message, link: Link) -> bool:
    try:
        return bool(signature.verify_rsa_sha1(message, link.public_key))
    except binascii.Error:
        return False


def _check_timestamp_and_nonce(message: Message, state: State) -> None:
    text = message.get("oauth_timestamp") or ""
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise OAuthProblemError("parameter_rejected", oauth_parameters_rejected="oauth_timestamp")
    now = state.now()
    if abs(int(text) - now) > WINDOW:
        raise OAuthProblemError(
            "timestamp_refused", oauth_acceptable_timestamps=f"{now - WINDOW}-{now + WINDOW}"
        )
    nonce = (
        message.get("oauth_consumer_key") or "",
        message.get("oauth_token") or "",
        message.get("oauth_nonce") or "",
    )
    with state.lock:
        state.nonces = {used: at for used, at in state.nonces.items() if at >= now - WINDOW}
        if nonce in state.nonces:
            raise OAuthProblemError("nonce_used")
        state.nonces[nonce] = int(text)
