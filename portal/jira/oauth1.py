"""OAuth 1.0a with RSA-SHA1, as Jira Server and Data Center speak it: Authlib's client over the guarded wire.

SHA-1 is what Jira requires; the signature protects a request for the few minutes of its timestamp.
"""

import base64
import re
from typing import Any
from urllib.parse import quote, urlencode

import requests
from authlib.integrations.requests_client import OAuth1Session
from authlib.integrations.requests_client.oauth1_session import OAuth1Auth
from authlib.oauth1.rfc5849.signature import SIGNATURE_RSA_SHA1, generate_signature_base_string
from authlib.oauth1.rfc5849.wrapper import OAuth1Request
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from portal.jira.oauth_problems import told_offset, window
from portal.jira.oauth_tokens import read_token
from portal.jira.wire import TOKEN_BYTES, Wire, WireSession

# Characters that requests leaves as they are and Authlib refuses to sign.
_UNSIGNABLE = re.compile(r"[$'\[\]]")
MAX_OFFSET = 3600


def rsa_sha1_available() -> bool:
    """Whether this machine can sign RSA-SHA1: crypto policies of RHEL 9 and FIPS builds forbid it."""
    key = rsa.generate_private_key(65537, 2048)
    try:
        signature(key, "self test")
    except (UnsupportedAlgorithm, ValueError):
        return False
    return True


def signature(key: rsa.RSAPrivateKey, base: str) -> str:
    """The signature of a base string (RFC 5849, section 3.4.3)."""
    # SHA-1 is Jira's choice: it knows no other method with RSA.
    signed = key.sign(base.encode("utf-8"), padding.PKCS1v15(), hashes.SHA1())  # noqa: S303  # nosec B303
    return base64.b64encode(signed).decode("ascii")


def _sign(client: "RsaSha1Auth", request: OAuth1Request) -> str:
    """Authlib's signer for RSA-SHA1, over a parsed key: parsing it anew costs 90 times the signature."""
    text = signature(client.rsa_key, generate_signature_base_string(request))
    return _spoiled(text) if client.spoil_signature else text


def _spoiled(signature: str) -> str:
    content = bytearray(base64.b64decode(signature))
    content[len(content) // 2] ^= 1
    return base64.b64encode(bytes(content)).decode("ascii")


class RsaSha1Auth(OAuth1Auth):  # type: ignore[misc]  # Authlib has no types
    """Signs requests; every attempt gets its own nonce of 178 bits from Authlib (RFC 5849 3.3)."""

    # Own table: Authlib's is shared by the whole process.
    SIGNATURE_METHODS = {SIGNATURE_RSA_SHA1: _sign}

    clock_offset = 0
    spoil_signature = False

    def __call__(self, req: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign ``req`` as it will be sent."""
        req.url = _UNSIGNABLE.sub(lambda found: quote(found.group(), safe=""), str(req.url))
        signed: requests.PreparedRequest = super().__call__(req)
        return signed

    def get_oauth_params(self, nonce: str, timestamp: str) -> list[tuple[str, str]]:
        """Authlib\'s parameters, with the timestamp by Jira\'s clock."""
        moved = str(int(timestamp) + self.clock_offset)
        params: list[tuple[str, str]] = super().get_oauth_params(nonce, moved)
        return params

    def get_oauth_signature(self, method: str, uri: str, headers: Any, body: Any) -> str:
        """The signature over the very URL that is sent."""
        # Authlib's request refuses http by its own rule; ours stands in the adapter that sends. The base
        # string is computed from ``request.uri``, so it is that of the URL that is sent.
        request = OAuth1Request(method, re.sub(r"^http:", "https:", uri), body=body, headers=headers)
        request.uri = uri
        return _sign(self, request)


class JiraOAuth1Session(OAuth1Session, WireSession):  # type: ignore[misc]
    """Authlib's OAuth 1.0a session over the wire; ``client_cls`` for Authlib's apps, built anew for each use.

    Every failure is a JiraTrouble. ``rsa_key`` is a parsed key (see ``private_keys.load_trusted``).
    """

    auth_class = RsaSha1Auth
    auth: Any  # an RsaSha1Auth; the type that requests declares knows less
    # From when to when Jira takes timestamps, where it refused one of ours and said so.
    taken_between: tuple[int, int] | None = None

    def __init__(
        self,
        client_id: str,
        client_secret: str | None = None,
        *,
        wire: Wire,
        rsa_key: rsa.RSAPrivateKey,
        ca_pem: str | None = None,
        **options: Any,
    ) -> None:
        options |= {"signature_method": SIGNATURE_RSA_SHA1, "rsa_key": rsa_key}
        OAuth1Session.__init__(self, client_id, client_secret, **options)
        self._wire = wire
        self._ca_pem = ca_pem
        self.attach(wire, ca_pem)

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Send signed. After ``timestamp_refused``, sign once more by Jira's own clock (T41)."""
        response = super().request(method, url, *args, **options)
        if response.status_code != 400 or b"timestamp_refused" not in response.content:
            return response
        self.taken_between = window(response)
        offset = told_offset(response)
        if offset is None or self.auth.clock_offset or not 0 < abs(offset) <= MAX_OFFSET:
            return response
        self.auth.clock_offset = offset
        return super().request(method, url, *args, **options)

    def forged(self, method: str, url: str) -> requests.Response:
        """The same call with one bit of the signature changed: a Jira that answers it does not check."""
        self.auth.spoil_signature = True
        try:
            return self.request(method, url)
        finally:
            self.auth.spoil_signature = False

    def create_authorization_url(self, url: str, request_token: str | None = None, **params: str) -> str:
        """The consent page for a request token. The callback went with that token and is not repeated."""
        return f"{url}?{urlencode({**params, 'oauth_token': request_token or self.auth.token})}"

    def _fetch_token(self, url: str, **options: Any) -> dict[str, str]:
        """Both token calls of Authlib end here. The answer may be 1 MiB, and is read strictly (T32)."""
        self.mount(url, self._wire.mounted(self._ca_pem, TOKEN_BYTES))
        is_request_token = self.auth.verifier is None
        token = read_token(self.post(url, **options), needs_confirmation=is_request_token)
        self.token = token
        self.auth.verifier = None
        return token
