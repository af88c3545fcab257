"""Acting as a person, or as the account itself, and never as anybody else (mission row B7)."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.audit.log import About, record
from portal.credentials import jira_tries, points
from portal.credentials.access_tokens import access_token, another_token
from portal.credentials.connections import (
    Connection,
    OAuth1Connection,
    OAuth2Connection,
    TokenConnection,
    read_connection,
)
from portal.credentials.failures_in_use import is_lasting, look_soon
from portal.credentials.grant_sites import look_at_sites
from portal.credentials.grants import AccessToken
from portal.credentials.in_use import entered
from portal.credentials.refusals import REFUSALS
from portal.credentials.registry import HeldToken, Registry, Token
from portal.credentials.token_refusals import named_by
from portal.credentials.views import CredentialView, view_of
from portal.errors import NotHere, PortalError
from portal.jira.answers import Code, JiraTrouble
from portal.jira.client import JiraClient
from portal.jira.oauth2 import Renew
from portal.kinds.methods import OAUTH1, TWO_LEGGED
from portal.store.tables import AlmAccount, Credential
from portal.store.vault import get_secret
from portal.store.work import Work


class NotConnected(PortalError):
    """There is no credential that could serve. ``view`` says why, when there was one."""

    def __init__(self, account_id: UUID, view: CredentialView | None) -> None:
        super().__init__("not connected")
        self.account_id = account_id
        self.view = view


@dataclass(frozen=True)
class Acting:
    """A Jira, the identity it is spoken to with, and the version of the account this is true of.

    ``beside`` holds as many of the wanted further calls at once as the account's ceiling leaves free.
    """

    jira: JiraClient
    credential: CredentialView
    version: int
    beside: Callable[[int], AbstractContextManager[int]]


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
    work: Work,
    registry: Registry,
    account_id: UUID,
    user_id: UUID | None,
    *,
    pending: bool = False,
    is_test: bool = False,
    by_checklist: bool = False,
) -> Iterator[Acting]:
    """Speak to the account's Jira as ``user_id`` (None: as the account itself).

    ``pending``: with the credential that waits for confirmation, which is used for its test only.
    ``is_test``: somebody asks whether it works, so one that was refused is tried whatever it is.
    ``by_checklist``: it is being gone through, and need not be because of what is met.

    Reads the row, then calls with no transaction open; that it was used stands in the ledger. Raises
    :class:`NotHere` for an account that is gone, :class:`NotConnected` without a credential that serves, and
    ``JiraTrouble`` for what Jira answers; a refusal of the credential is noted in the audit on its way.
    """
    connection, view, token = _read(work, account_id, user_id, pending, is_test)
    noting_failures = nullcontext() if is_test or by_checklist else _noting_failures(work, account_id)
    counted = _counted(work, view) if is_test and not (by_checklist and view.works) else nullcontext()
    noting = noting_refusals(work, connection, view)
    speaking = _speaking(work, registry, connection, view, token, asks_why=is_test or by_checklist)
    with noting_failures, noting, counted, registry.within_ceiling(connection), speaking as acting:
        yield acting


@contextmanager
def _speaking(
    work: Work,
    registry: Registry,
    connection: Connection,
    view: CredentialView,
    token: Token | HeldToken | None,
    *,
    asks_why: bool,
) -> Iterator[Acting]:
    """The Jira as that way of connecting speaks to it; raises :class:`NotConnected` where none serves."""
    if isinstance(connection, OAuth1Connection) and isinstance(token, Token):
        jira = registry.server_jira(connection, token)
        with _entered(work, registry, view, jira):
            yield Acting(jira, view, connection.version, _beside(registry, connection))
    elif isinstance(connection, TokenConnection) and isinstance(token, HeldToken):
        jira = registry.token_jira(connection, token)
        with _entered(work, registry, view, jira), named_by(token.method):
            yield Acting(jira, view, connection.version, _beside(registry, connection))
    elif isinstance(connection, OAuth2Connection) and view.grant_id:
        with _by_grant(work, registry, connection, view, view.grant_id, asks_why=asks_why) as acting:
            yield acting
    else:
        raise NotConnected(view.account_id, view)


def _beside(registry: Registry, connection: Connection) -> Callable[[int], AbstractContextManager[int]]:
    return partial(registry.outbound.slots.beside, connection.account_id, connection.max_concurrent)


def _entered(
    work: Work, registry: Registry, view: CredentialView, jira: JiraClient
) -> AbstractContextManager[None]:
    """The use stands in the ledger when it ends."""
    return entered(work, registry, view.account_id, view.id, view.user_id, jira)


def _counted(work: Work, view: CredentialView) -> AbstractContextManager[None]:
    """What was pasted is not tested without end while it is wrong. A run of the checklist makes several calls
    side by side with what works, and the first alone with what does not."""
    if not view.is_pasted:
        return nullcontext()
    return jira_tries.counted(work, view.account_id, view.user_id, view.method, view.login)


def _read(
    work: Work, account_id: UUID, user_id: UUID | None, pending: bool, is_test: bool
) -> tuple[Connection, CredentialView, Token | HeldToken | None]:
    with work.read() as session:
        if session.get(AlmAccount, (work.tenant, account_id)) is None:
            raise NotHere
        row = find_credential(session, account_id, user_id, pending=pending)
        view = view_of(session, row) if row else None
        usable = view and (view.serves or view.state == "pending" or (is_test and view.state == "refused"))
        if row is None or view is None or not usable or row.method == TWO_LEGGED:  # which can read nothing
            raise NotConnected(account_id, view)
        return read_connection(session, account_id, row.method), view, _token(session, row)


def _token(session: Session, row: Credential) -> Token | HeldToken | None:
    """What is sent; None where a grant holds it."""
    if row.grant_id:
        return None
    secret = get_secret(session, row, "access_token")
    if row.method == OAUTH1:
        return Token(secret, get_secret(session, row, "token_secret"))
    return HeldToken(row.method, row.login, secret)


@contextmanager
def _by_grant(
    work: Work,
    registry: Registry,
    connection: OAuth2Connection,
    view: CredentialView,
    grant_id: UUID,
    *,
    asks_why: bool,
) -> Iterator[Acting]:
    """With the grant's access token, renewed where it has to be, within the app's points. ``asks_why``: also
    where one was got for a refusal a moment ago, since only that tells what the matter is."""
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
    renewal = _renewal if asks_why else _renewal_once
    renew = None if view.code == Code.UNAUTHORIZED else renewal(work, registry, grant_id, held)
    jira = registry.bearer_jira(connection, held.token, renew)
    try:
        with _entered(work, registry, view, jira):
            yield Acting(jira, view, connection.version, _beside(registry, connection))
    finally:
        points.count(work, connection.app, jira.points)


def _renewal(work: Work, registry: Registry, grant_id: UUID, held: AccessToken) -> Renew:
    """Gets another token in the place of one that is refused before its time."""
    return lambda: access_token(work, registry, grant_id, refused=held.generation).token


def _renewal_once(work: Work, registry: Registry, grant_id: UUID, held: AccessToken) -> Renew:
    """The same token where it was itself got for a refusal a moment ago."""
    return lambda: (another_token(work, registry, grant_id, held.generation) or held).token


def _view_again(work: Work, view: CredentialView) -> CredentialView:
    """The credential as it stands after its grant was looked at."""
    with work.read() as session:
        row = session.get(Credential, (work.tenant, view.id))
        if row is None:
            raise NotConnected(view.account_id, None)
        return view_of(session, row)


@contextmanager
def _noting_failures(work: Work, account_id: UUID) -> Iterator[None]:
    """Have the checklist gone through when a connection fails in use for a reason that lasts."""
    try:
        yield
    except JiraTrouble as trouble:
        if is_lasting(trouble):
            look_soon(work, account_id)
        raise
    except NotConnected:
        look_soon(work, account_id)
        raise


@contextmanager
def noting_refusals(
    work: Work, connection: Connection, view: CredentialView, codes: Collection[Code] = REFUSALS
) -> Iterator[None]:
    """Append to the audit when Jira refuses the credential, by one of ``codes``, or takes it again: once per
    change."""
    about = About(account_id=connection.account_id, subject_id=view.id)
    try:
        yield
    except JiraTrouble as trouble:
        if trouble.code in codes and view.code != trouble.code:
            with work.write() as session:
                code = str(trouble.code)
                record(session, work, "credential.refused", outcome="failed", **about, code=code)
        raise
    if view.state == "refused" and view.code in codes:
        with work.write() as session:
            record(session, work, "credential.tested", **about, code="accepted_again")
