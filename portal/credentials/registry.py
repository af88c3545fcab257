"""The registry: one Authlib client per use, made from the account's row (mission row E4).

Authlib's own registry remembers clients by name for the life of the process and hands back the old secret
after a change. Here nothing is registered by name: a :class:`Connection` is read with the row, its name
carries the account's version, and the client lives for one use. A switched key is used by the next
request of every process, because every request reads the row.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from authlib.integrations.base_client import BaseApp, BaseOAuth, FrameworkIntegration
from authlib.integrations.base_client.sync_app import OAuth1Mixin
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.credentials.slots import Slots
from portal.errors import NotHere
from portal.jira.answers import JiraTrouble
from portal.jira.base_urls import BaseUrl
from portal.jira.client import JiraClient
from portal.jira.oauth1 import JiraOAuth1Session
from portal.jira.oauth_tokens import TokenAnswer
from portal.jira.private_keys import load_trusted
from portal.jira.wire import Wire
from portal.secret import Secret
from portal.store.tables import AlmAccount, SigningKey
from portal.store.vault import get_secret

OAUTH_PATH = ("plugins", "servlet", "oauth")


@dataclass(frozen=True)
class Outbound:
    """The way out: the guarded wire and the slots that bound how many use it for one account."""

    wire: Wire
    slots: Slots


@dataclass(frozen=True)
class Connection:
    """Everything needed to speak to one Jira as one consumer, read in one transaction."""

    account_id: UUID
    version: int
    base_url: BaseUrl
    ca_pem: str | None
    read_only: bool
    max_concurrent: int
    signing_key_id: UUID
    consumer_key: str
    fingerprint: str
    private_key: Secret

    @property
    def name(self) -> str:
        """Name of the client: the account and the version of its settings."""
        return f"alm-{self.account_id}-{self.version}"


@dataclass(frozen=True)
class Token:
    """An OAuth 1.0a access token with its secret."""

    token: Secret
    secret: Secret

    def as_authlib(self) -> dict[str, str]:
        """The mapping Authlib's client takes."""
        return {"oauth_token": self.token.reveal(), "oauth_token_secret": self.secret.reveal()}


def read_connection(session: Session, account_id: UUID, stage: str = "current") -> Connection:
    """The connection as it stands now; :class:`NotHere` when the account is gone or lacks URL or key."""
    # One statement: on PostgreSQL two of them may see the states before and after a switch.
    pair = (SigningKey.tenant_id == AlmAccount.tenant_id) & (SigningKey.account_id == AlmAccount.id)
    wanted = select(AlmAccount, SigningKey).join(SigningKey, pair)
    found = session.execute(wanted.where(AlmAccount.id == account_id, SigningKey.stage == stage)).first()
    account, key = found or (None, None)
    if account is None or key is None or account.base_url is None:
        raise NotHere
    return Connection(
        account_id=account.id,
        version=account.version,
        base_url=BaseUrl.stored(account.base_url),
        ca_pem=account.ca_pem,
        read_only=account.read_only,
        max_concurrent=account.max_concurrent,
        signing_key_id=key.id,
        consumer_key=key.consumer_key,
        fingerprint=key.fingerprint,
        private_key=get_secret(session, key, "private_key"),
    )


class JiraServerApp(OAuth1Mixin, BaseApp):  # type: ignore[misc]  # Authlib has no types
    """Authlib's OAuth 1.0a client over our guarded session."""

    client_cls = JiraOAuth1Session


class _NoFramework(FrameworkIntegration):  # type: ignore[misc]
    """Authlib asks its framework for settings by name; ours come from the row only."""

    @staticmethod
    def load_config(oauth: Any, name: str, params: Any) -> dict[str, Any]:
        """Nothing: a setting in the environment must not change a tenant's client."""
        return {}


class Registry(BaseOAuth):  # type: ignore[misc]
    """Makes clients from connections. Holds nothing between two uses."""

    oauth1_client_cls = JiraServerApp
    framework_integration_cls = _NoFramework

    def __init__(self, outbound: Outbound) -> None:
        super().__init__()
        self.outbound = outbound

    def client_for(self, connection: Connection) -> JiraServerApp:
        """A fresh client of this connection, for one use."""
        base = connection.base_url
        return self.oauth1_client_cls(
            self.framework_integration_cls(connection.name, None),
            connection.name,
            client_id=connection.consumer_key,
            request_token_url=base.url((*OAUTH_PATH, "request-token")),
            access_token_url=base.url((*OAUTH_PATH, "access-token")),
            authorize_url=base.url((*OAUTH_PATH, "authorize")),
            client_kwargs=self._session_arguments(connection),
        )

    @contextmanager
    def jira_for(self, connection: Connection, token: Token) -> Iterator[JiraClient]:
        """The Jira behind the connection, spoken to with ``token``, within the account's ceiling."""
        session = JiraOAuth1Session(connection.consumer_key, **self._session_arguments(connection))
        session.token = TokenAnswer(token.as_authlib())
        with self.within_ceiling(connection), session:
            yield JiraClient(session, connection.base_url, connection.read_only)

    @contextmanager
    def within_ceiling(self, connection: Connection) -> Iterator[None]:
        """Hold one of the account's slots while calls are made. Trouble leaves it with the host's name."""
        try:
            with self.outbound.slots.hold(connection.account_id, connection.max_concurrent):
                yield
        except JiraTrouble as trouble:
            trouble.evidence.setdefault("host", connection.base_url.host)
            raise

    def _session_arguments(self, connection: Connection) -> dict[str, Any]:
        key = load_trusted(connection.private_key, connection.fingerprint, connection.version)
        return {"wire": self.outbound.wire, "rsa_key": key, "ca_pem": connection.ca_pem}
