"""Connections: everything needed to speak to one Jira as one client, read from its rows at one moment."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.errors import NotHere
from portal.jira.base_urls import BaseUrl
from portal.kinds import KINDS
from portal.kinds.shape import OAUTH2
from portal.secret import Secret
from portal.store.tables import AlmAccount, CloudSite, OauthApp, SigningKey
from portal.store.vault import get_secret


@dataclass(frozen=True)
class Connection:
    """What connections of every kind have. ``base_url`` is the Jira as browsers reach it.

    ``client_ref`` is the row the client proves itself with, signing key or app: a flow that began with
    another one is not finished.
    """

    account_id: UUID
    version: int
    base_url: BaseUrl
    ca_pem: str | None
    read_only: bool
    max_concurrent: int
    client_ref: UUID

    @property
    def name(self) -> str:
        """Name of the client: the account and the version of its settings."""
        return f"alm-{self.account_id}-{self.version}"


@dataclass(frozen=True)
class OAuth1Connection(Connection):
    """A Jira Server or Data Center by its application link."""

    consumer_key: str
    fingerprint: str
    private_key: Secret


@dataclass(frozen=True)
class App:
    """An OAuth 2.0 app at Atlassian. ``secret`` is None for the operator's, whose secret no row holds."""

    id: UUID
    client_id: str
    secret: Secret | None
    scopes: tuple[str, ...]

    @property
    def is_shared(self) -> bool:
        """Whether it is the operator's."""
        return self.secret is None


@dataclass(frozen=True)
class OAuth2Connection(Connection):
    """A Jira Cloud site by an app. ``cloud_id`` is the pinned one once ``is_pinned``."""

    app: App
    cloud_id: str | None
    is_pinned: bool


def read_connection(session: Session, account_id: UUID) -> Connection:
    """The connection as it stands now; :class:`NotHere` when the account is gone or not yet complete."""
    account = session.get(AlmAccount, (session.info["tenant_id"], account_id))
    if account is None or account.base_url is None:
        raise NotHere
    if KINDS[account.kind].protocol == OAUTH2:
        return read_oauth2(session, account_id)
    return read_oauth1(session, account_id)


def read_oauth1(session: Session, account_id: UUID, stage: str = "current") -> OAuth1Connection:
    """The connection with the signing key of this stage. Raises :class:`NotHere`."""
    # One statement: on PostgreSQL two of them may see the states before and after a switch.
    pair = (SigningKey.tenant_id == AlmAccount.tenant_id) & (SigningKey.account_id == AlmAccount.id)
    wanted = select(AlmAccount, SigningKey).join(SigningKey, pair)
    found = session.execute(wanted.where(AlmAccount.id == account_id, SigningKey.stage == stage)).first()
    account, key = found or (None, None)
    if account is None or key is None or account.base_url is None:
        raise NotHere
    return OAuth1Connection(
        account_id=account.id,
        version=account.version,
        base_url=BaseUrl.stored(account.base_url),
        ca_pem=account.ca_pem,
        read_only=account.read_only,
        max_concurrent=account.max_concurrent,
        client_ref=key.id,
        consumer_key=key.consumer_key,
        fingerprint=key.fingerprint,
        private_key=get_secret(session, key, "private_key"),
    )


def read_oauth2(session: Session, account_id: UUID) -> OAuth2Connection:
    """The connection with its app and site. Raises :class:`NotHere`."""
    with_site = (CloudSite.tenant_id == AlmAccount.tenant_id) & (CloudSite.account_id == AlmAccount.id)
    with_app = (OauthApp.tenant_id == CloudSite.tenant_id) & (OauthApp.id == CloudSite.app_id)
    wanted = select(AlmAccount, CloudSite, OauthApp).join(CloudSite, with_site).join(OauthApp, with_app)
    found = session.execute(wanted.where(AlmAccount.id == account_id)).first()
    account, site, app = found or (None, None, None)
    if account is None or site is None or app is None or account.base_url is None:
        raise NotHere
    return OAuth2Connection(
        account_id=account.id,
        version=account.version,
        base_url=BaseUrl.stored(account.base_url),
        ca_pem=None,
        read_only=account.read_only,
        max_concurrent=account.max_concurrent,
        client_ref=app.id,
        app=app_of(session, app),
        cloud_id=site.cloud_id,
        is_pinned=site.pinned_at is not None,
    )


def app_of(session: Session, row: OauthApp) -> App:
    """An app from its row; :class:`NotHere` while client id or secret are still to come."""
    if row.client_id is None or (row.client_secret is None and not row.is_shared):
        raise NotHere
    secret = None if row.is_shared else get_secret(session, row, "client_secret")
    return App(row.id, row.client_id, secret, tuple(row.scopes))
