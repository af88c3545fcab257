"""An OAuth 1.0a client on Authlib's signing, independent of the sandbox's oauthlib."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import requests
from authlib.oauth1 import ClientAuth
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.sandbox import JiraBrowser, SandboxProcess, callback_values

CALLBACK = "http://127.0.0.1:9/oauth/7/callback"
SERVLET = "/plugins/servlet/oauth"


class Key:
    """An RSA key pair as PEM."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        plain = serialization.NoEncryption()
        pkcs8 = serialization.PrivateFormat.PKCS8
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        self.private_pem = key.private_bytes(serialization.Encoding.PEM, pkcs8, plain).decode()
        self.public_pem = key.public_key().public_bytes(serialization.Encoding.PEM, spki).decode()


KEY = Key()
OTHER_KEY = Key()


@dataclass
class Answer:
    """A response with its form-encoded body read."""

    response: requests.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def values(self) -> dict[str, str]:
        return dict(parse_qsl(self.response.text, keep_blank_values=True))

    @property
    def problem(self) -> str | None:
        return self.values.get("oauth_problem")


class SpoiltAuth(ClientAuth):
    """Signs with single OAuth parameters replaced or, where ``None``, left out."""

    replaced: dict[str, str | None]

    def get_oauth_params(self, nonce: str, timestamp: str) -> list[tuple[str, str]]:
        params = dict(super().get_oauth_params(nonce, timestamp)) | self.replaced
        return [(name, value) for name, value in params.items() if value is not None]


class PracticeClient:
    """Makes the three OAuth calls and signed REST calls; every argument can be made wrong on purpose."""

    def __init__(self, sandbox: SandboxProcess, consumer_key: str, key: Key = KEY) -> None:
        self.sandbox = sandbox
        self.consumer_key = consumer_key
        self.key = key

    def call(self, method: str, path: str, token: str | None = None, **more: Any) -> Answer:
        """Send one signed request. ``more``: what ``ClientAuth`` takes, or ``oauth_...`` to replace."""
        replaced = {name: more.pop(name) for name in list(more) if name.startswith("oauth_")}
        more.setdefault("signature_method", "RSA-SHA1")
        auth = SpoiltAuth(self.consumer_key, token=token, rsa_key=self.key.private_pem, **more)
        auth.replaced = replaced
        url = self.sandbox.url + path
        url, headers, body = auth.sign(method, url, {}, b"")
        return Answer(
            requests.request(method, url, headers=headers, data=body, allow_redirects=False, timeout=30)
        )

    def request_token(self, callback: str | None = CALLBACK, **more: Any) -> Answer:
        return self.call("POST", f"{SERVLET}/request-token", redirect_uri=callback, **more)

    def authorize_url(self, token: str) -> str:
        return f"{self.sandbox.url}{SERVLET}/authorize?oauth_token={token}"

    def allowed(self, user: str = "ada") -> dict[str, str]:
        """Up to the callback: its values after *Allow*."""
        token = self.request_token().values["oauth_token"]
        return callback_values(JiraBrowser(self.sandbox, user).allow(self.authorize_url(token)))

    def access_token(self, callback: dict[str, str], **more: Any) -> Answer:
        return self.call(
            "POST",
            f"{SERVLET}/access-token",
            callback["oauth_token"],
            verifier=callback["oauth_verifier"],
            **more,
        )

    def token_of(self, user: str) -> str:
        """The whole dance: an access token of this user."""
        return self.access_token(self.allowed(user)).values["oauth_token"]

    def get(self, path: str, token: str | None, **more: Any) -> requests.Response:
        return self.call("GET", path, token, **more).response
