"""The two protocols of consent pages, of one shape: begin, page, exchange.

OAuth 1.0a (RFC 5849, section 2) asks Jira for a request token before a person is sent there; OAuth 2.0
(RFC 6749, section 4.1, with PKCE S256, RFC 7636) sends a state of our own and comes back with a code.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

from portal.credentials.connections import App, Connection, OAuth1Connection, OAuth2Connection
from portal.credentials.given import Given, KeptToken
from portal.credentials.grants import Consent
from portal.credentials.registry import Registry, Token
from portal.jira.answers import Code, JiraTrouble
from portal.jira.atlassian import Me
from portal.jira.client import Identity
from portal.jira.oauth2_tokens import TokenPair
from portal.kinds import scopes
from portal.secret import Secret

T = TypeVar("T")


@dataclass(frozen=True)
class Begun:
    """What a callback is found by, and what it is finished with: request token and secret, or state and
    PKCE verifier."""

    token: Secret
    secret: Secret


class ConsentProtocol(Protocol):
    """What flows need of a protocol. ``callback_url`` is the same in all three. All raise JiraTrouble."""

    def begin(self, registry: Registry, connection: Connection, callback_url: str) -> Begun:
        """Make ready to send a person to the consent page."""

    def page(self, registry: Registry, connection: Connection, begun: Begun, callback_url: str) -> str:
        """The address of the consent page."""

    def exchange(
        self, registry: Registry, connection: Connection, begun: Begun, proof: str, callback_url: str
    ) -> Given:
        """Trade what the callback brought for a token, and ask whose it is."""


class OAuth1Consent:
    """Jira Server and Data Center by application link."""

    def begin(self, registry: Registry, connection: Connection, callback_url: str) -> Begun:
        """Get a request token from Jira."""
        client = registry.server_client(cast(OAuth1Connection, connection))
        answer: Mapping[str, str] = client.create_authorization_url(callback_url)["request_token"]
        return Begun(Secret(answer["oauth_token"]), Secret(answer.get("oauth_token_secret", "")))

    def page(self, registry: Registry, connection: Connection, begun: Begun, callback_url: str) -> str:
        """Jira's consent page; the callback went with the request token."""
        client = registry.server_client(cast(OAuth1Connection, connection))
        return f"{client.authorize_url}?oauth_token={begun.token.reveal()}"

    def exchange(
        self, registry: Registry, connection: Connection, begun: Begun, proof: str, callback_url: str
    ) -> Given:
        """Trade the request token and its verifier for an access token."""
        link = cast(OAuth1Connection, connection)
        request = Token(begun.token, begun.secret).as_authlib()
        answer: Mapping[str, Any] = registry.server_client(link).fetch_access_token(
            request, oauth_verifier=proof
        )
        token = Token(Secret(answer["oauth_token"]), Secret(answer.get("oauth_token_secret", "")))
        identity = registry.server_jira(link, token).myself()
        return Given(identity, kept=KeptToken.from_answer(token, answer, link.consumer_key))


class OAuth2Consent:
    """Jira Cloud by an app at Atlassian, Jira Data Center by an incoming link."""

    def begin(self, registry: Registry, connection: Connection, callback_url: str) -> Begun:
        """A state and a PKCE verifier of 256 bits each; nothing is asked of the server (T13).

        Without the app's secret nobody is sent there: the consent could not be finished.
        """
        registry.secret_of(cast(OAuth2Connection, connection).app)
        return Begun(Secret(secrets.token_urlsafe(32)), Secret(secrets.token_urlsafe(32)))

    def page(self, registry: Registry, connection: Connection, begun: Begun, callback_url: str) -> str:
        """The consent page, asking for the app's whole set of scopes."""
        app = cast(OAuth2Connection, connection).app
        made = registry.oauth2_client(app).create_authorization_url(
            callback_url,
            state=begun.token.reveal(),
            code_verifier=begun.secret.reveal(),
            scope=" ".join(app.scopes),
        )
        return str(made["url"])

    def exchange(
        self, registry: Registry, connection: Connection, begun: Begun, proof: str, callback_url: str
    ) -> Given:
        """Trade the code for a pair of tokens; see whose it is, for which sites, with which scopes."""
        link = cast(OAuth2Connection, connection)
        pair = _pair(registry, link.app, begun, proof, callback_url)
        granted = frozenset(link.app.scopes) if pair.scopes is None else pair.scopes
        if link.app.server:
            identity = _twice(registry.bearer_jira(link, pair.access_token).myself)
            me = Me((identity.key or identity.name)[:128], identity.display_name, identity.email)
            return Given(identity, consent=Consent(link.app, pair, me, (), granted))
        return self._at_atlassian(registry, link.app, pair, granted)

    def _at_atlassian(self, registry: Registry, app: App, pair: TokenPair, granted: frozenset[str]) -> Given:
        """Which Atlassian account consented, and for which sites."""
        if scopes.READ_ME not in granted:  # nobody can tell whose grant it is
            raise JiraTrouble(Code.SCOPES_MISSING, scopes=scopes.READ_ME)
        with registry.cloud_session(pair.access_token) as session:
            me = _twice(lambda: registry.cloud.atlassian.me(session))
            sites = _twice(lambda: registry.cloud.atlassian.sites(session))
        consent = Consent(app, pair, me, sites, granted)
        return Given(Identity(me.account_id, "", me.name, me.email, "", True), consent=consent)


def _pair(registry: Registry, app: App, begun: Begun, proof: str, callback_url: str) -> TokenPair:
    """The pair for a code. JiraTrouble ``code_refused`` where a Jira Data Center does not take the code: its
    codes live for ten seconds ("OAuth 2.0 provider system properties")."""
    try:
        pair: TokenPair = registry.oauth2_client(app).fetch_access_token(
            callback_url, code=proof, code_verifier=begun.secret.reveal()
        )
    except JiraTrouble as trouble:
        if app.server is None or trouble.code is not Code.GRANT_REFUSED:
            raise
        late = JiraTrouble(Code.CODE_REFUSED)
        late.evidence.update(trouble.evidence)
        raise late from None
    return pair


def _twice(read: Callable[[], T]) -> T:
    """A read that is tried again after a fault that passes: the code is spent, the pair would be lost."""
    try:
        return read()
    except JiraTrouble as trouble:
        if not trouble.retryable:
            raise
    return read()


def protocol_of(connection: Connection) -> ConsentProtocol:
    """The protocol of a connection's consent page."""
    return OAuth2Consent() if isinstance(connection, OAuth2Connection) else OAuth1Consent()
