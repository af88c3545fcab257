"""A session with a secret that goes along with every call: an API token or a password by Basic, a personal
access token by Bearer."""

import base64
import re
import secrets
from typing import Any

import requests

from portal.jira.oauth2 import BearerAuth
from portal.jira.trouble import Code, JiraTrouble
from portal.jira.wire import Wire, WireSession
from portal.secret import Secret

# RFC 6750, section 2.1: b64token. Other characters cannot stand in the header, or split it.
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")
# RFC 7617, section 2: the server takes what stands before the first colon for the name.
_LOGIN = re.compile(r"[^:\x00-\x1f\x7f]+")


class BasicAuth(requests.auth.AuthBase):
    """``Authorization: Basic`` in UTF-8 (RFC 7617, section 2.1), where requests' own takes Latin-1."""

    def __init__(self, login: str, secret: Secret) -> None:
        self._login = login
        self._secret = secret

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the header on ``r``."""
        pair = f"{self._login}:{self._secret.reveal()}".encode()
        r.headers["Authorization"] = f"Basic {base64.b64encode(pair).decode('ascii')}"
        return r


class JiraTokenSession(WireSession):
    """A session over the wire that names itself by a secret; built anew for each use.

    ``login``: the user name or e-mail that goes along by Basic; empty for a personal access token, by Bearer.
    Every failure is a JiraTrouble. Raises CaRefused when ``ca_pem`` is no certificate.
    """

    def __init__(self, *, wire: Wire, secret: Secret, login: str = "", ca_pem: str | None = None) -> None:
        super().__init__()
        self._login = login
        self._can_be_sent = bool(_LOGIN.fullmatch(login) if login else _BEARER.fullmatch(secret.reveal()))
        self.auth = BasicAuth(login, secret) if login else BearerAuth(secret)
        self.attach(wire, ca_pem)

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Send with the secret. One that no header can hold is ``unauthorized`` trouble, and never sent."""
        if not self._can_be_sent:
            raise JiraTrouble(Code.UNAUTHORIZED, reason="it holds a character that none of its kind has")
        return super().request(method, url, *args, **options)

    def forged(self, method: str, url: str) -> requests.Response:
        """The same call with a token nobody has: a Jira that answers it does not check.

        Where a login goes along, the call goes with no credential at all: Jira counts wrong passwords, and
        after a few of them asks for a captcha, which shuts out this session as well.
        """
        if self._login:
            return self.request(method, url, auth=_with_nothing)
        return self.request(method, url, auth=BearerAuth(Secret(secrets.token_urlsafe(48))))


def _with_nothing(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """In the place of what the session would add to a request."""
    return request
