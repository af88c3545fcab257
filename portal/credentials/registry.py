"""The registry: one Authlib client per use, made from the account's row or its app's (mission row E4).

Authlib's own registry remembers clients by name for the life of the process and hands back the old secret
after a change. Here nothing is registered by name: a connection is read with the row, its name carries the
account's version, and the client lives for one use. A switched key is used by the next request of every
process, because every request reads the row.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from authlib.integrations.base_client import BaseApp, BaseOAuth, FrameworkIntegration
from authlib.integrations.base_client.sync_app import OAuth1Mixin, OAuth2Mixin

from portal.audit.uses import Ledger
from portal.credentials.connections import (
    App,
    Connection,
    OAuth1Connection,
    OAuth2Connection,
    ServerEnd,
    TokenConnection,
)
from portal.credentials.slots import Slots
from portal.jira.answers import Code, JiraTrouble
from portal.jira.atlassian import Atlassian
from portal.jira.base_urls import BaseUrl
from portal.jira.client import JiraClient
from portal.jira.oauth1 import JiraOAuth1Session
from portal.jira.oauth2 import JiraOAuth2Session, Renew
from portal.jira.oauth2_tokens import TokenPair
from portal.jira.oauth_tokens import TokenAnswer
from portal.jira.private_keys import load_trusted
from portal.jira.token_session import JiraTokenSession
from portal.jira.wire import Wire
from portal.kinds.methods import API_TOKEN
from portal.secret import Secret

OAUTH_PATH = ("plugins", "servlet", "oauth")
# Jira Data Center as OAuth 2.0 provider, 8.22 and later ("Jira OAuth 2.0 provider API").
OAUTH2_PATH = ("rest", "oauth2", "latest")
# What Atlassian's consent page wants beside RFC 6749's parameters ("OAuth 2.0 (3LO) apps").
AUTHORIZE_PARAMS = {"audience": "api.atlassian.com", "prompt": "consent"}


@dataclass(frozen=True)
class Outbound:
    """The way out: the guarded wire, the slots that bound how many use it for one account, and the ledger of
    who did."""

    wire: Wire
    slots: Slots
    ledger: Ledger = field(default_factory=Ledger)


@dataclass(frozen=True)
class SharedApp:
    """The operator's own app at Atlassian. ``points`` an hour are shared by all tenants that use it."""

    client_id: str
    secret: Secret
    scopes: tuple[str, ...]
    points: int


@dataclass(frozen=True)
class Cloud:
    """How this portal speaks with Atlassian. ``lease`` is the seconds one process may take to renew a grant;
    ``practice_sites`` count as Jira Cloud sites beside those at Atlassian."""

    atlassian: Atlassian
    shared_app: SharedApp | None
    practice_sites: frozenset[str]
    lease: float


@dataclass(frozen=True)
class Token:
    """An OAuth 1.0a access token with its secret."""

    token: Secret
    secret: Secret

    def as_authlib(self) -> dict[str, str]:
        """The mapping Authlib's client takes."""
        return {"oauth_token": self.token.reveal(), "oauth_token_secret": self.secret.reveal()}


@dataclass(frozen=True)
class HeldToken:
    """A token or password as it is sent. ``login`` goes with it, but for a personal access token."""

    method: str
    login: str
    secret: Secret


class JiraServerApp(OAuth1Mixin, BaseApp):  # type: ignore[misc]  # Authlib has no types
    """Authlib's OAuth 1.0a client over our guarded session."""

    client_cls = JiraOAuth1Session


class JiraOAuth2App(OAuth2Mixin, BaseApp):  # type: ignore[misc]
    """Authlib's OAuth 2.0 client over our guarded session."""

    client_cls = JiraOAuth2Session


class _NoFramework(FrameworkIntegration):  # type: ignore[misc]
    """Authlib asks its framework for settings by name; ours come from the row only."""


class Registry(BaseOAuth):  # type: ignore[misc]
    """Makes clients from connections. Holds nothing between two uses.

    ``portal_url`` is the address callbacks come back to.
    """

    oauth1_client_cls = JiraServerApp
    oauth2_client_cls = JiraOAuth2App
    framework_integration_cls = _NoFramework

    def __init__(self, outbound: Outbound, cloud: Cloud, portal_url: str) -> None:
        super().__init__()
        self.outbound = outbound
        self.cloud = cloud
        self.portal_url = portal_url

    def apart(self) -> "Registry":
        """The same way out for threads of their own, that no page waits for."""
        outbound = replace(self.outbound, slots=self.outbound.slots.apart())
        return Registry(outbound, self.cloud, self.portal_url)

    def server_client(self, connection: OAuth1Connection) -> JiraServerApp:
        """A fresh client of an application link, for one use."""
        base = connection.base_url
        return self.oauth1_client_cls(
            self.framework_integration_cls(connection.name, None),
            connection.name,
            client_id=connection.consumer_key,
            request_token_url=base.url((*OAUTH_PATH, "request-token")),
            access_token_url=base.url((*OAUTH_PATH, "access-token")),
            authorize_url=base.url((*OAUTH_PATH, "authorize")),
            client_kwargs=self._signing(connection),
        )

    def oauth2_client(self, app: App, seconds: float | None = None) -> JiraOAuth2App:
        """A fresh client of an app, for one use within ``seconds`` from now."""
        name = f"app-{app.id}"
        return self.oauth2_client_cls(
            self.framework_integration_cls(name, None),
            name,
            client_id=app.client_id,
            client_secret=self.secret_of(app).reveal(),
            **self._endpoints(app.server),
            # No scope here: Authlib would send it with every renewal, which must not ask for more than was
            # granted (RFC 6749, section 6).
            client_kwargs={"wire": self.outbound.wire, "seconds": seconds, "ca_pem": _authority(app)},
        )

    def _endpoints(self, server: ServerEnd | None) -> dict[str, Any]:
        if server is None:
            return {
                "access_token_url": self.cloud.atlassian.token_url,
                "authorize_url": self.cloud.atlassian.authorize_url,
                "authorize_params": AUTHORIZE_PARAMS,
            }
        return {
            "access_token_url": server.base_url.url((*OAUTH2_PATH, "token")),
            "authorize_url": server.base_url.url((*OAUTH2_PATH, "authorize")),
        }

    def token_for_itself(self, app: App) -> TokenPair:
        """A token by the OAuth credential of a site: for nobody, and to send only. Raises JiraTrouble."""
        url, secret = self.cloud.atlassian.credentials_url, self.secret_of(app).reveal()
        with JiraOAuth2Session(app.client_id, secret, wire=self.outbound.wire) as session:
            return session.token_for_itself(url, AUTHORIZE_PARAMS["audience"])

    def secret_of(self, app: App) -> Secret:
        """The client secret. JiraTrouble ``client_refused`` for a shared app the operator has replaced."""
        if app.secret is not None:
            return app.secret
        shared = self.cloud.shared_app
        if shared is None or shared.client_id != app.client_id:
            raise JiraTrouble(Code.CLIENT_REFUSED, oauth_problem="shared_app_gone")
        return shared.secret

    def server_jira(self, connection: OAuth1Connection, token: Token) -> JiraClient:
        """The Jira behind an application link, spoken to with ``token``."""
        session = JiraOAuth1Session(connection.consumer_key, **self._signing(connection))
        session.token = TokenAnswer(token.as_authlib())
        return JiraClient(session, connection.base_url, connection.read_only)

    def cloud_session(
        self, bearer: Secret, renew: Renew | None = None, seconds: float | None = None
    ) -> JiraOAuth2Session:
        """A session at Atlassian's gateway with an access token, for ``seconds`` from now."""
        return JiraOAuth2Session(wire=self.outbound.wire, bearer=bearer, renew=renew, seconds=seconds)

    def bearer_jira(
        self, connection: OAuth2Connection, bearer: Secret, renew: Renew | None = None
    ) -> JiraClient:
        """The Jira Data Center of an incoming link; or the pinned site behind a Jira Cloud account, and no
        other site of the same grant (T14)."""
        wire, ca_pem = self.outbound.wire, connection.ca_pem
        session = JiraOAuth2Session(wire=wire, bearer=bearer, renew=renew, ca_pem=ca_pem)
        base = self._gateway(connection) if connection.is_cloud else connection.base_url
        return JiraClient(session, base, connection.read_only, is_cloud=connection.is_cloud)

    def token_jira(self, connection: TokenConnection, held: HeldToken) -> JiraClient:
        """The Jira a token is for: its own address, or Atlassian's gateway for a token with scopes."""
        wire, ca_pem = self.outbound.wire, connection.ca_pem
        session = JiraTokenSession(wire=wire, secret=held.secret, login=held.login, ca_pem=ca_pem)
        by_gateway = connection.is_cloud and held.method != API_TOKEN
        base = self._gateway(connection) if by_gateway else connection.base_url
        return JiraClient(session, base, connection.read_only, is_cloud=connection.is_cloud)

    def _gateway(self, connection: Connection) -> BaseUrl:
        if connection.cloud_id is None:
            raise JiraTrouble(Code.SITE_NOT_COVERED, site=connection.base_url.host)
        return self.cloud.atlassian.gateway(connection.cloud_id)

    @contextmanager
    def within_ceiling(self, connection: Connection) -> Iterator[None]:
        """Hold one of the account's slots while calls are made. Trouble leaves it with the host's name.

        Raises :class:`PortalBusy` at once when the tenant's slow calls hold too many threads.
        """
        which = connection.tenant_id, connection.account_id
        try:
            with self.outbound.slots.hold(*which, connection.max_concurrent):
                yield
        except JiraTrouble as trouble:
            trouble.evidence.setdefault("host", connection.base_url.host)
            raise

    def _signing(self, connection: OAuth1Connection) -> dict[str, Any]:
        key = load_trusted(connection.private_key, connection.fingerprint, connection.version)
        return {"wire": self.outbound.wire, "rsa_key": key, "ca_pem": connection.ca_pem}


def _authority(app: App) -> str | None:
    return app.server.ca_pem if app.server else None
