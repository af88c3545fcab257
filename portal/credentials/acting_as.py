"""Acting as a person, or as the account itself, and never as anybody else (mission row B7)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.audit.log import About, record
from portal.credentials import points
from portal.credentials.connections import Connection, OAuth1Connection, OAuth2Connection, read_connection
from portal.credentials.refreshing import Held, access_token, look_at_sites
from portal.credentials.registry import Registry, Token
from portal.credentials.views import CredentialView, view_of
from portal.errors import PortalError
from portal.jira.answers import Code, JiraTrouble
from portal.jira.client import JiraClient
from portal.jira.oauth2 import Renew
from portal.store.tables import Credential
from portal.store.vault import get_secret
from portal.store.work import Work

# What Jira says when this credential will not do: told in the audit, so that its state shows everywhere.
REFUSALS = frozenset(
    {
        Code.TOKEN_REJECTED,
        Code.TOKEN_EXPIRED,
        Code.TOKEN_REVOKED,
        Code.TOKEN_USED,
        Code.PERMISSION_DENIED,
        Code.USER_UNKNOWN,
        Code.UNAUTHORIZED,
        Code.ANONYMOUS,
        Code.CONSUMER_KEY_UNKNOWN,
        Code.SIGNATURE_INVALID,
        Code.SIGNATURE_INVALID_KEY,
        Code.SIGNATURE_INVALID_URL,
    }
)


class NotConnected(PortalError):
    """There is no credential that could serve. ``view`` says why, when there was one."""

    def __init__(self, account_id: UUID, view: CredentialView | None) -> None:
        super().__init__("not connected")
        self.account_id = account_id
        self.view = view


@dataclass(frozen=True)
class Acting:
    """A Jira, the identity it is spoken to with, and the version of the account this is true of."""

    jira: JiraClient
    credential: CredentialView
    version: int


def holder(user_id: UUID | None) -> ColumnElement[bool]:
    """The account's own credential (None) or one person's."""
    return Credential.user_id.is_(None) if user_id is None else Credential.user_id == user_id


def find_credential(
    session: Session, account_id: UUID, user_id: UUID | None, *, pending: bool = False
) -> Credential | None:
    """The settled credential of this holder, or the one that waits for confirmation, if there is one."""
    waits = Credential.state == "pending" if pending else Credential.state != "pending"
    wanted = select(Credential).where(Credential.account_id == account_id, holder(user_id), waits)
    return session.scalars(wanted).first()


@contextmanager
def acting_as(
    work: Work, registry: Registry, account_id: UUID, user_id: UUID | None, *, pending: bool = False
) -> Iterator[Acting]:
    """Speak to the account's Jira as ``user_id`` (None: as the account itself).

    ``pending``: with the credential that waits for confirmation, which is used for its test only.

    Reads the row, then calls with no transaction open. Raises :class:`NotHere` for an account that is gone,
    :class:`NotConnected` without a credential that serves, and ``JiraTrouble`` for what Jira answers; a
    refusal of the credential is noted in the audit on its way.
    """
    connection, view, token = _read(work, account_id, user_id, pending)
    with noting_refusals(work, connection, view), registry.within_ceiling(connection):
        if isinstance(connection, OAuth1Connection) and token:
            yield Acting(registry.server_jira(connection, token), view, connection.version)
        elif isinstance(connection, OAuth2Connection) and view.grant_id:
            with _by_grant(work, registry, connection, view, view.grant_id) as acting:
                yield acting
        else:
            raise NotConnected(account_id, view)


def _read(
    work: Work, account_id: UUID, user_id: UUID | None, pending: bool
) -> tuple[Connection, CredentialView, Token | None]:
    with work.read() as session:
        connection = read_connection(session, account_id)
        row = find_credential(session, account_id, user_id, pending=pending)
        view = view_of(session, row) if row else None
        if row is None or view is None or not (view.serves or view.state == "pending"):
            raise NotConnected(account_id, view)
        if row.grant_id:
            return connection, view, None
        token = Token(get_secret(session, row, "access_token"), get_secret(session, row, "token_secret"))
        return connection, view, token


@contextmanager
def _by_grant(
    work: Work, registry: Registry, connection: OAuth2Connection, view: CredentialView, grant_id: UUID
) -> Iterator[Acting]:
    """With the grant's access token, renewed where it has to be, within the app's points."""
    points.refuse_when_used(work, registry, connection.app)
    try:
        held = access_token(work, registry, grant_id)
        if view.code == Code.SITE_NOT_COVERED:  # as last seen: it may have come back
            look_at_sites(work, registry, grant_id, held)
        view = _view_again(work, view)
    except JiraTrouble as trouble:
        if trouble.code is not Code.GRANT_ENDED:
            raise
        raise NotConnected(connection.account_id, _view_again(work, view)) from None
    if view.code == Code.SITE_NOT_COVERED and view.state != "pending":
        raise NotConnected(connection.account_id, view)
    # A token that was refused although it had just been renewed is not mended by renewing it again.
    renew = None if view.code == Code.UNAUTHORIZED else _renewal(work, registry, grant_id, held)
    jira = registry.cloud_jira(connection, held.token, renew)
    try:
        yield Acting(jira, view, connection.version)
    finally:
        points.count(work, connection.app, jira.points)


def _renewal(work: Work, registry: Registry, grant_id: UUID, held: Held) -> Renew:
    """Gets another token in the place of one that is refused before its time."""
    return lambda: access_token(work, registry, grant_id, refused=held.generation).token


def _view_again(work: Work, view: CredentialView) -> CredentialView:
    """The credential as it stands after its grant was looked at."""
    with work.read() as session:
        row = session.get(Credential, (work.tenant, view.id))
        if row is None:
            raise NotConnected(view.account_id, None)
        return view_of(session, row)


@contextmanager
def noting_refusals(work: Work, connection: Connection, view: CredentialView) -> Iterator[None]:
    """Append to the audit when Jira refuses the credential, or takes it again: once per change."""
    about = About(account_id=connection.account_id, subject_id=view.id)
    try:
        yield
    except JiraTrouble as trouble:
        if trouble.code in REFUSALS and view.code != trouble.code:
            with work.write() as session:
                code = str(trouble.code)
                record(session, work, "credential.refused", outcome="failed", **about, code=code)
        raise
    if view.state == "refused" and view.code in REFUSALS:
        with work.write() as session:
            record(session, work, "credential.tested", **about, code="accepted_again")
