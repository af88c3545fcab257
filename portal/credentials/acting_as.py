"""Acting as a person, or as the account itself, and never as anybody else (mission row B7)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.audit.log import About, record
from portal.credentials.registry import Connection, Registry, Token, read_connection
from portal.credentials.views import CredentialView, view_of
from portal.errors import PortalError
from portal.jira.answers import Code, JiraTrouble
from portal.jira.client import JiraClient
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
    with work.read() as session:
        connection = read_connection(session, account_id)
        row = find_credential(session, account_id, user_id, pending=pending)
        view, token = _serving(session, account_id, row)
    with noting_refusals(work, connection, view), registry.jira_for(connection, token) as jira:
        yield Acting(jira, view, connection.version)


def _serving(session: Session, account_id: UUID, row: Credential | None) -> tuple[CredentialView, Token]:
    view = view_of(session, row) if row else None
    if row is None or view is None or not (view.serves or view.state == "pending"):
        raise NotConnected(account_id, view)
    token = Token(get_secret(session, row, "access_token"), get_secret(session, row, "token_secret"))
    return view, token


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
