"""What a program sends to Jira with a credential of the tenant, or is given to send itself (mission row E6).

RSA keys, client secrets and refresh tokens never leave: where a request has to be signed, only the signature
of that one request does.
"""

import base64
from dataclasses import dataclass
from uuid import UUID

from portal.credentials.ready import Ready
from portal.credentials.registry import Registry
from portal.jira.base_urls import BaseUrl
from portal.jira.private_keys import load_trusted
from portal.jira.signing import oauth1_header
from portal.jira.trouble import Code, JiraTrouble
from portal.kinds import KINDS
from portal.kinds.methods import API_TOKEN, OAUTH1, OAUTH2
from portal.secret import Secret
from portal.store.hot_secrets import HotSecrets


@dataclass(frozen=True)
class Way:
    """Where requests of an account go, and by whom they are sent: ``row`` with its secrets at hand.

    ``clock_offset``: seconds by which that Jira's clock is ahead of ours, as far as it has told.
    """

    row: Ready
    base: BaseUrl
    _secrets: HotSecrets
    clock_offset: int = 0

    def header(self, method: str, url: str, form: bytes = b"") -> Secret:
        """The value of ``Authorization`` for one request; ``form``: its body where that is signed too.

        Raises :class:`~portal.errors.SecretUnreadable`.
        """
        row = self.row
        if row.method == OAUTH2:
            return Secret(f"Bearer {self._open('grants', row.grant_id, 'access_token', row.grant_token)}")
        secret = self._open("credentials", row.credential_id, "access_token", row.access_token)
        if row.method == OAUTH1:
            return Secret(self._signed(method, url, form, Secret(secret)))
        if row.login:  # RFC 7617, section 2.1: in UTF-8
            pair = base64.b64encode(f"{row.login}:{secret}".encode()).decode("ascii")
            return Secret(f"Basic {pair}")
        return Secret(f"Bearer {secret}")

    def _signed(self, method: str, url: str, form: bytes, token: Secret) -> str:
        row = self.row
        pem = self._open("signing_keys", row.signing_key_id, "private_key", row.private_key)
        key = load_trusted(Secret(pem), row.fingerprint or "", row.version)
        return oauth1_header(method, url, form, row.consumer_key or "", token, key, self.clock_offset)

    def _open(self, table: str, row_id: UUID | None, column: str, envelope: bytes | None) -> str:
        if row_id is None:
            raise JiraTrouble(Code.UNAUTHORIZED)
        return self._secrets.open(self.row.tenant_id, table, row_id, column, envelope).reveal()


def way_of(registry: Registry, secrets: HotSecrets, row: Ready, clock_offset: int = 0) -> Way:
    """The way of an account that is set up. Raises JiraTrouble ``site_not_covered`` without a site."""
    return Way(row, _base(registry, row), secrets, clock_offset)


def _base(registry: Registry, row: Ready) -> BaseUrl:
    """As for people: an API token without scopes goes to the site, all else of Jira Cloud to the gateway."""
    own = BaseUrl.stored(row.base_url or "")
    if not KINDS[row.kind].is_cloud or row.method == API_TOKEN:
        return own
    if row.cloud_id is None:
        raise JiraTrouble(Code.SITE_NOT_COVERED, site=own.host)
    return registry.cloud.atlassian.gateway(row.cloud_id)
