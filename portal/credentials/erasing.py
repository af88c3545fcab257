"""What an answer to a report asks for: data of closed accounts goes, that of changed ones is fetched again.

Each row of due work names one credential of the account; all that the tenant holds of that account is done
with it, so the next row finds nothing left to do.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from portal.audit.log import About, record
from portal.credentials.access_tokens import access_token
from portal.credentials.acting_as import NotConnected, acting_as
from portal.credentials.announcing import announce_end
from portal.credentials.grants import ERASED, hold_grant, hold_grants, release
from portal.credentials.held_data import CLOUD_KINDS, clients_of, forget_unheld, note
from portal.credentials.old_ways import look_again
from portal.credentials.program_consents import end_without_credential
from portal.credentials.registry import Registry
from portal.errors import NotHere
from portal.jira.answers import Code, JiraTrouble
from portal.jira.atlassian import Me
from portal.kinds.scopes import READ_ME
from portal.store import due
from portal.store.tables import AlmAccount, Credential, Flow, Grant, TokenDraft
from portal.store.work import Work, now_of

CLOSED, CHANGED = (
    "account_closed",
    "account_changed",
)  # kinds of due work; the first is the problem's code too
AGAIN = timedelta(hours=1)
GONE = "Closed account"
UNKNOWN = "Name not kept"
# What passes, beside what is known to: the name is not erased for it, but asked again.
_PASSING = frozenset({Code.DEADLINE, Code.CLIENT_REFUSED, Code.ADDRESS_REFUSED})


def erase_closed(work: Work, credential_id: UUID) -> None:
    """Erase what the tenant holds of the closed account a credential is of: secrets, names, addresses."""
    with work.write() as session:
        account = _account_of(session, credential_id)
        if account is None:
            return
        clients = clients_of(session, account)
        rows = _held(session, account)
        _erase_traces(session, rows)
        which = Credential.id.in_([row.id for row in rows])
        stale = hold_grants(session, which)
        for grant in filter(None, (hold_grant(session, grant_id) for grant_id in stale)):
            announce_end(session, grant, CLOSED)
        _erase(session, which)
        for row in rows:
            record(session, work, "person.erased", **_about(row))
        release(session, stale)
        accounts = {row.account_id for row in rows}
        end_without_credential(session, work, accounts, CLOSED)
        look_again(session, accounts)
        for client_id in clients:
            forget_unheld(session, client_id, account)


def _account_of(session: Session, credential_id: UUID) -> str | None:
    row = session.get(Credential, (session.info["tenant_id"], credential_id))
    return row.jira_key or None if row else None


def _held(session: Session, account: str) -> Sequence[Credential]:
    """Every credential of this Atlassian account, by consent or by token; their ALM accounts are held."""
    at_cloud = select(AlmAccount.id).where(AlmAccount.kind.in_(CLOUD_KINDS))
    wanted = select(Credential).where(Credential.jira_key == account, Credential.account_id.in_(at_cloud))
    ids = {row.account_id for row in session.scalars(wanted)}
    held = select(AlmAccount).where(AlmAccount.id.in_(ids)).order_by(AlmAccount.id).with_for_update()
    session.scalars(held).all()
    return session.scalars(wanted.execution_options(populate_existing=True)).all()


def _erase_traces(session: Session, rows: Sequence[Credential]) -> None:
    """Names that stand in what a flow said at its end, and addresses typed beside a token."""
    names = {name for row in rows for name in (row.jira_display_name, row.jira_email, row.login) if name}
    accounts = {row.account_id for row in rows}
    _clear_flows(session, accounts, {row.id for row in rows}, names)
    typed = func.lower(TokenDraft.login).in_({name.lower() for name in names})
    session.execute(delete(TokenDraft).where(TokenDraft.account_id.in_(accounts), typed))


def _clear_flows(
    session: Session, accounts: Collection[UUID], credentials: Collection[UUID], names: Collection[str]
) -> None:
    told = select(Flow).where(Flow.account_id.in_(accounts), Flow.evidence.is_not(None)).with_for_update()
    for flow in session.scalars(told):
        said = set((flow.evidence or {}).values())
        if flow.credential_id in credentials or said & set(names):
            flow.evidence = None


def _erase(session: Session, which: ColumnElement[bool]) -> None:
    """One that waits for confirmation goes; of every other the row stays, so that its state can be told."""
    session.execute(delete(Credential).where(which, Credential.state == "pending"))
    person = {"jira_key": "", "jira_name": "", "jira_display_name": GONE, "jira_email": "", "login": ""}
    told = {"state": "ended", "ended_why": CLOSED}
    session.execute(update(Credential).where(which).values(**ERASED, **person, **told))


def _about(row: Credential) -> About:
    return About(account_id=row.account_id, subject_id=row.id)


def fetch_changed(work: Work, registry: Registry, credential_id: UUID) -> None:
    """Ask again who the account of a credential is; where nobody can ask, name and address are erased.

    Asked by a consent of that account, and where there is none by a token of it.
    """
    with work.read() as session:
        account = _account_of(session, credential_id)
        grant_id = _asking(session, account) if account else None
        pasted = _pasted(session, account) if account else None
        asked_at = now_of(session)
    if account is None:
        return
    try:
        me = _ask(work, registry, grant_id, pasted)
    except JiraTrouble as trouble:
        if trouble.retryable or trouble.code in _PASSING:
            _ask_later(work, credential_id, trouble)
            return
        me = None
    _store(work, account, me if me and me.account_id == account else None, asked_at)


def _asking(session: Session, account: str) -> UUID | None:
    """A grant of this account by which it can be asked who it is."""
    wanted = (
        select(Grant).where(Grant.provider_account == account, Grant.state == "active").order_by(Grant.id)
    )
    return next((row.id for row in session.scalars(wanted) if READ_ME in row.scopes), None)


def _pasted(session: Session, account: str) -> tuple[UUID, UUID | None] | None:
    """A token of this account by which it can be asked: ALM account and holder."""
    at_cloud = select(AlmAccount.id).where(AlmAccount.kind.in_(CLOUD_KINDS))
    same = (Credential.jira_key == account) & Credential.account_id.in_(at_cloud)
    of_token = same & (Credential.state == "active") & Credential.access_token.is_not(None)
    row = session.scalars(select(Credential).where(of_token).order_by(Credential.id)).first()
    return (row.account_id, row.user_id) if row else None


def _ask(
    work: Work, registry: Registry, grant_id: UUID | None, pasted: tuple[UUID, UUID | None] | None
) -> Me | None:
    """None where there is nothing to ask by."""
    if grant_id is None:
        return _ask_by_token(work, registry, *pasted) if pasted else None
    with registry.cloud_session(access_token(work, registry, grant_id).token) as session:
        return registry.cloud.atlassian.me(session)


def _ask_by_token(work: Work, registry: Registry, account_id: UUID, user_id: UUID | None) -> Me | None:
    """None where that token will not do any more."""
    try:
        with acting_as(work, registry, account_id, user_id) as acting:
            who = acting.jira.myself()
    except (NotHere, NotConnected):
        return None
    return Me(who.key, who.display_name, who.email)


def _ask_later(work: Work, credential_id: UUID, trouble: JiraTrouble) -> None:
    with work.write() as session:
        pause = timedelta(seconds=trouble.retry_after) if trouble.retry_after else AGAIN
        due.put(session, CHANGED, credential_id, now_of(session) + pause, work.tenant)


def _store(work: Work, account: str, me: Me | None, asked_at: datetime) -> None:
    """The new name and address in the place of the former ones, or nothing in their place."""
    with work.write() as session:
        rows = _held(session, account)
        _clear_flows(
            session,
            {row.account_id for row in rows},
            {row.id for row in rows},
            {name for row in rows for name in (row.jira_display_name, row.jira_email) if name},
        )
        for row in rows:
            row.jira_display_name, row.jira_email = (me.name, me.email) if me else (UNKNOWN, "")
            record(session, work, "person.fetched" if me else "person.erased", **_about(row))
        for client_id in clients_of(session, account):
            note(session, client_id, account, asked_at)
