"""Connections: everything needed to speak to one Jira as one client, read from its rows at one moment."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.errors import NotHere
from portal.jira.base_urls import BaseUrl
from portal.kinds import KINDS
from portal.kinds.methods import OAUTH1, OAUTH2, TWO_LEGGED
from portal.secret import Secret
from portal.store.tables import AccountApp, AlmAccount, CloudSite, OauthApp, SigningKey
from portal.store.vault import get_secret

_OF_APP = (AccountApp.tenant_id == AlmAccount.tenant_id) & (AccountApp.account_id == AlmAccount.id)
_OF_SITE = (CloudSite.tenant_id == AlmAccount.tenant_id) & (CloudSite.account_id == AlmAccount.id)


@dataclass(frozen=True)
class Connection:
    """What connections of every kind have. ``base_url`` is the Jira as browsers reach it.

    ``client_ref`` is the row the client proves itself with, signing key or app: a flow that began with
    another one is not finished. ``is_cloud`` says which Jira it is; ``cloud_id`` is a site's, the pinned one
    once ``is_pinned``.
    """

    tenant_id: UUID
    account_id: UUID
    version: int
    base_url: BaseUrl
    ca_pem: str | None
    read_only: bool
    max_concurrent: int
    is_cloud: bool
    cloud_id: str | None
    is_pinned: bool
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
class ServerEnd:
    """The Jira Data Center an app is an incoming link of, and the callback registered there."""

    base_url: BaseUrl
    ca_pem: str | None
    callback_path: str


@dataclass(frozen=True)
class App:
    """An OAuth 2.0 app. ``secret`` is None for the operator's, whose secret no row holds; ``server`` is None
    for one at Atlassian."""

    id: UUID
    client_id: str
    secret: Secret | None
    scopes: tuple[str, ...]
    server: ServerEnd | None = None

    @property
    def is_shared(self) -> bool:
        """Whether it is the operator's."""
        return self.secret is None


@dataclass(frozen=True)
class OAuth2Connection(Connection):
    """A Jira Cloud site by an app at Atlassian, or a Jira Data Center by an incoming link."""

    app: App


@dataclass(frozen=True)
class SendingConnection(Connection):
    """A Jira Cloud site to which data is sent by an OAuth credential of its own. Nothing is read by it."""

    app: App


@dataclass(frozen=True)
class TokenConnection(Connection):
    """A Jira to which a token or password is sent as it is; ``client_ref`` is the account itself."""


def read_connection(session: Session, account_id: UUID, method: str) -> Connection:
    """The connection by this method as it stands now.

    Raises :class:`NotHere` when the account is gone or not yet complete.
    """
    if method == OAUTH1:
        return read_oauth1(session, account_id)
    if method == TWO_LEGGED:
        return read_sending(session, account_id)
    return read_oauth2(session, account_id) if method == OAUTH2 else read_token(session, account_id)


def read_oauth1(session: Session, account_id: UUID, stage: str = "current") -> OAuth1Connection:
    """The connection with the signing key of this stage. Raises :class:`NotHere`."""
    # One statement: on PostgreSQL two of them may see the states before and after a switch.
    pair = (SigningKey.tenant_id == AlmAccount.tenant_id) & (SigningKey.account_id == AlmAccount.id)
    wanted = select(AlmAccount, SigningKey).join(SigningKey, pair)
    found = session.execute(wanted.where(AlmAccount.id == account_id, SigningKey.stage == stage)).first()
    if found is None:
        raise NotHere
    account, key = found
    return OAuth1Connection(
        **_common(account, None),
        client_ref=key.id,
        consumer_key=key.consumer_key,
        fingerprint=key.fingerprint,
        private_key=get_secret(session, key, "private_key"),
    )


def read_oauth2(session: Session, account_id: UUID) -> OAuth2Connection:
    """The connection with its app, and its site on Jira Cloud. Raises :class:`NotHere`."""
    account, app, site = _with_app(session, account_id)
    return OAuth2Connection(**_common(account, site), client_ref=app.id, app=app_of(session, app))


def read_sending(session: Session, account_id: UUID) -> SendingConnection:
    """The way to send to a site, with its OAuth credential. Raises :class:`NotHere`."""
    account, app, site = _with_app(session, account_id)
    return SendingConnection(**_common(account, site), client_ref=app.id, app=app_of(session, app))


def _with_app(session: Session, account_id: UUID) -> tuple[AlmAccount, OauthApp, CloudSite | None]:
    with_app = (OauthApp.tenant_id == AccountApp.tenant_id) & (OauthApp.id == AccountApp.app_id)
    wanted = select(AlmAccount, OauthApp, CloudSite).join(AccountApp, _OF_APP).join(OauthApp, with_app)
    wanted = wanted.outerjoin(CloudSite, _OF_SITE).where(AlmAccount.id == account_id)
    found = session.execute(wanted).first()
    if found is None:
        raise NotHere
    account, app, site = found
    return account, app, site


def read_token(session: Session, account_id: UUID) -> TokenConnection:
    """The connection to which tokens and passwords are sent. Raises :class:`NotHere`."""
    wanted = select(AlmAccount, CloudSite).outerjoin(CloudSite, _OF_SITE)
    found = session.execute(wanted.where(AlmAccount.id == account_id)).first()
    if found is None:
        raise NotHere
    account, site = found
    return TokenConnection(**_common(account, site), client_ref=account.id)


def _common(account: AlmAccount, site: CloudSite | None) -> dict[str, Any]:
    if account.base_url is None:
        raise NotHere
    return {
        "tenant_id": account.tenant_id,
        "account_id": account.id,
        "version": account.version,
        "base_url": BaseUrl.stored(account.base_url),
        "ca_pem": account.ca_pem,
        "read_only": account.read_only,
        "max_concurrent": account.max_concurrent,
        "is_cloud": KINDS[account.kind].is_cloud,
        "cloud_id": site.cloud_id if site else None,
        "is_pinned": site is not None and site.pinned_at is not None,
    }


def app_of(session: Session, row: OauthApp) -> App:
    """An app from its row; :class:`NotHere` while client id or secret are still to come."""
    if row.client_id is None or (row.client_secret is None and not row.is_shared):
        raise NotHere
    secret = None if row.is_shared else get_secret(session, row, "client_secret")
    server = None if row.is_shared else _server_end(session, row)
    return App(row.id, row.client_id, secret, tuple(row.scopes), server)


def _server_end(session: Session, row: OauthApp) -> ServerEnd | None:
    """The Jira an app belongs to, by the one account that goes by it."""
    wanted = select(AlmAccount).join(AccountApp, _OF_APP).where(AccountApp.app_id == row.id)
    account = session.scalars(wanted).first()
    if account is None or account.base_url is None or KINDS[account.kind].is_cloud:
        return None
    path = KINDS[account.kind].callback_path(account.id)
    return ServerEnd(BaseUrl.stored(account.base_url), account.ca_pem, path)
