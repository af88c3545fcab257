"""Personal data reporting: each app tells Atlassian once a cycle about whose data it holds here (row C8).

A row of due work for each app, so that a pause one is asked for holds up no other. Accounts are marked as
reported before the call: two that report at once take different ones, and a process that dies in between
leaves them to the next cycle instead of reporting them twice. What a call failed with puts the marks back.
What is to be done about an answer is due work in the tenant that holds the data, written with the answer.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import structlog
from sqlalchemy import Update, select, update

from portal.audit.log import About, record
from portal.credentials import points
from portal.credentials.access_tokens import access_token
from portal.credentials.connections import app_of
from portal.credentials.erasing import CHANGED, CLOSED
from portal.credentials.held_data import FETCHED_WITHIN, cycle_of, holdings, note
from portal.credentials.registry import Registry
from portal.jira.answers import Code, JiraTrouble
from portal.jira.report_accounts import MOST, Answer, report
from portal.kinds.scopes import REPORT
from portal.people.tenants import list_all
from portal.secret import Secret
from portal.store import due
from portal.store.patience import patiently
from portal.store.tables import AccountToReport, Grant, OauthApp
from portal.store.work import Work, now_of

log = structlog.get_logger("almoner.reporting")

KIND = "report"  # the kind of due work
EVERY = timedelta(days=1)
PAUSE_SECONDS = 3600  # after what passes, unless Atlassian names its own
MOST_CALLS = 10  # in one go: a worker has its lease for so long only
MOST_GRANTS = 3
EVENT, REPORTED = "accounts.reported", "reported"
_APPS = UUID(
    "6f1c2b3e-5a44-4d0e-9a57-0d7c1c1f5a11"
)  # a row of due work names an app by an id made of its own
# With this grant it cannot be done; with another one of the same app perhaps.
_NOT_BY_THIS = frozenset(
    {
        Code.GRANT_ENDED,
        Code.GRANT_REFUSED,
        Code.CLIENT_REFUSED,
        Code.UNAUTHORIZED,
        Code.FORBIDDEN,
        Code.SCOPE_MISMATCH,
    }
)


@dataclass
class _App:
    """Who holds data by an app: credentials by account, as (tenant, credential); when the oldest came; the
    grants by which it can be reported, as (tenant, grant); and the row of the app in each tenant."""

    holders: dict[str, list[tuple[UUID, UUID]]] = field(default_factory=lambda: defaultdict(list))
    since: dict[str, datetime] = field(default_factory=dict)
    grants: list[tuple[UUID, UUID]] = field(default_factory=list)
    rows: dict[UUID, UUID] = field(default_factory=dict)


@dataclass(frozen=True)
class _Marked:
    """An account marked as reported, and what stood there before."""

    provider_account: str
    data_at: datetime
    reported_at: datetime | None
    due_at: datetime
    marked_at: datetime


def spread(work: Work) -> None:
    """Hold the list to what tenants hold, and have each app that is due report. Done once a day."""
    with work.read() as session:
        begun = now_of(session)
    apps = _apps(work)
    with work.write() as session:
        listed = {
            (row.client_id, row.provider_account): row for row in session.scalars(select(AccountToReport))
        }
        for client_id, app in apps.items():
            for account in set(app.since) - {known for client, known in listed if client == client_id}:
                note(session, client_id, account, app.since[account])
        for (client_id, account), row in listed.items():
            if row.data_at < begun - FETCHED_WITHIN and account not in _holders(apps, client_id):
                session.delete(row)
        now = now_of(session)
        for client_id in sorted({row.client_id for row in listed.values() if row.due_at <= now}):
            due.put_once(session, KIND, subject_of(client_id), now)


def _holders(apps: Mapping[str, _App], client_id: str) -> Mapping[str, object]:
    return apps[client_id].holders if client_id in apps else {}


def subject_of(client_id: str) -> UUID:
    """The subject of the row of due work about an app."""
    return uuid5(_APPS, client_id)


def report_due(work: Work, registry: Registry, subject_id: UUID) -> None:
    """Report what is due of one app; goes on in a row of its own where that is much."""
    client_id = _client(work, subject_id)
    app = _apps(work, client_id).get(client_id) if client_id else None
    if client_id is None or app is None or not app.grants:
        return  # nothing is marked: what is due stays due until somebody's consent can be used
    code = _report_batches(work, registry, client_id, app)
    if code is not None:
        _tell(work, app, code)


def _report_batches(work: Work, registry: Registry, client_id: str, app: _App) -> str | None:
    """Report what is due, as much as fits one go: how it went, as the audit has it; None if nothing was."""
    for count in range(MOST_CALLS):
        batch = _mark(work, client_id)
        if not batch:
            return REPORTED if count else None
        try:
            answer = _send(work, registry, app, batch)
        except JiraTrouble as trouble:
            _put_back(work, client_id, batch, trouble)
            return str(trouble.code)
        _keep(work, client_id, app, batch, answer)
    with work.write() as session:
        due.put(session, KIND, subject_of(client_id), now_of(session), None)
    return REPORTED


def _client(work: Work, subject_id: UUID) -> str | None:
    with work.read() as session:
        clients = session.scalars(select(AccountToReport.client_id).distinct())
        return next((one for one in clients if subject_of(one) == subject_id), None)


def _apps(work: Work, client_id: str | None = None) -> dict[str, _App]:
    """What all tenants hold, by client id; ``client_id``: of this app only."""
    apps: dict[str, _App] = defaultdict(_App)
    held = holdings() if client_id is None else holdings().where(OauthApp.client_id == client_id)
    for tenant in list_all(work):
        with work.within(tenant.id).read() as session:
            for row in session.execute(held):
                app = apps[row.client_id]
                app.holders[row.jira_key].append((tenant.id, row.id))
                app.rows[tenant.id] = row.app_id
                app.since.setdefault(row.jira_key, row.connected_at)
                by = (tenant.id, row.grant_id)
                if row.state == "active" and REPORT in row.scopes and by not in app.grants:
                    app.grants.append(by)
    return dict(apps)


def _mark(work: Work, client_id: str) -> list[_Marked]:
    """Take what is due, as many as one call may name; whoever looks next finds it reported."""
    with work.write() as session:
        now = now_of(session)
        wanted = (
            select(AccountToReport)
            .where(AccountToReport.client_id == client_id, AccountToReport.due_at <= now)
            .order_by(AccountToReport.due_at, AccountToReport.provider_account)
            .limit(MOST)
            .with_for_update(skip_locked=True)
        )
        marked = [
            _Marked(row.provider_account, row.data_at, row.reported_at, row.due_at, now)
            for row in session.scalars(wanted)
        ]
        next_due = now + cycle_of(session, client_id)
        session.execute(_of(client_id, marked).values(reported_at=now, due_at=next_due))
        return marked


def _of(client_id: str, marked: Sequence[_Marked]) -> Update:
    names = [one.provider_account for one in marked]
    same = AccountToReport.client_id == client_id
    return update(AccountToReport).where(same, AccountToReport.provider_account.in_(names))


def _send(work: Work, registry: Registry, app: _App, batch: Sequence[_Marked]) -> Answer:
    """Report by the first grant that can; JiraTrouble of the last one that could not."""
    refused = JiraTrouble(Code.GRANT_ENDED)
    for tenant_id, grant_id in app.grants[:MOST_GRANTS]:
        try:
            return _send_by(work.within(tenant_id), registry, grant_id, batch)
        except JiraTrouble as trouble:
            if trouble.code not in _NOT_BY_THIS:
                raise
            refused = trouble
    raise refused


def _send_by(work: Work, registry: Registry, grant_id: UUID, batch: Sequence[_Marked]) -> Answer:
    held = access_token(work, registry, grant_id)

    def renew() -> Secret:
        return access_token(work, registry, grant_id, refused=held.generation).token

    with registry.cloud_session(held.token, renew) as session:
        accounts = [(one.provider_account, one.data_at) for one in batch]
        answer = report(registry.cloud.atlassian, session, accounts)
    _count(work, grant_id)
    return answer


def _count(work: Work, grant_id: UUID) -> None:
    """One point of an app that tenants share: a call about no object of Jira's."""
    with work.read() as session:
        grant = session.get(Grant, (work.tenant, grant_id))
        app = app_of(session, session.get_one(OauthApp, (work.tenant, grant.app_id))) if grant else None
    if app is not None:
        points.count(work, app, 1)


def _put_back(work: Work, client_id: str, batch: Sequence[_Marked], trouble: JiraTrouble) -> None:
    """Put the marks back. What passes is tried again soon, what does not with the next day's run."""
    log.warning("report_failed", client_id=client_id, code=str(trouble.code), accounts=len(batch))
    with work.write() as session:
        for one in batch:
            mine = _of(client_id, [one]).where(AccountToReport.reported_at == one.marked_at)
            session.execute(mine.values(reported_at=one.reported_at, due_at=one.due_at))
        if trouble.code not in _NOT_BY_THIS and trouble.code is not Code.BAD_REQUEST:
            pause = timedelta(seconds=trouble.retry_after or PAUSE_SECONDS)
            due.put(session, KIND, subject_of(client_id), now_of(session) + pause, None)


def _keep(work: Work, client_id: str, app: _App, batch: Sequence[_Marked], answer: Answer) -> None:
    """What the answer asks for becomes due in the same transaction that takes it as answered."""

    def transaction() -> None:
        with work.write() as session:
            if answer.cycle is not None:
                next_due = batch[0].marked_at + answer.cycle
                session.execute(_of(client_id, batch).values(due_at=next_due))
            for kind, accounts in ((CLOSED, answer.closed), (CHANGED, answer.changed)):
                for tenant_id, credential_id in _held_by(app, sorted(accounts)):
                    due.put(session, kind, credential_id, now_of(session), tenant_id)

    patiently(transaction)


def _held_by(app: _App, accounts: Sequence[str]) -> Iterator[tuple[UUID, UUID]]:
    for account in accounts:
        yield from app.holders.get(account, [])


def _tell(work: Work, app: _App, code: str) -> None:
    """In the audit of every tenant that uses the app; the page of its account shows it."""
    outcome = "ok" if code == REPORTED else "failed"
    for tenant_id, app_id in app.rows.items():
        there = work.within(tenant_id)
        with there.write() as session:
            about = About(account_id=None, subject_id=app_id)
            record(session, there, EVENT, outcome=outcome, **about, code=code)
