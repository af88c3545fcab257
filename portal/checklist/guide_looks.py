"""The rows that concern the reader of a guide, and looking at them while the page is open."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select, update

from portal.alm_accounts import accounts
from portal.alm_accounts.account_views import AccountView
from portal.checklist import runs
from portal.checklist.checks.deliveries import OF_THE_CREDENTIAL
from portal.checklist.outcome import State
from portal.checklist.rows import rows_of, with_those_before
from portal.checklist.shown import RowView, checklist
from portal.credentials.registry import Registry
from portal.kinds.methods import OAUTH1
from portal.store import due
from portal.store.tables import GuideLink
from portal.store.work import Work, now_of

KIND = "guide"
# A page asks every few seconds; that it is open is written down less often.
STAMP_EVERY, OPEN_FOR = timedelta(seconds=20), timedelta(minutes=1)
# A request for a token tells whether an application link works; for the rest somebody has to consent.
AGAIN_AFTER = {OAUTH1: timedelta(seconds=15)}
AGAIN_LATER = timedelta(minutes=1)
FRESH_FOR = timedelta(minutes=10)
ROWS = frozenset(
    {"jira", "base_url", "client", "signature", "callback", *(row.name for row in OF_THE_CREDENTIAL)}
)
# While the account changes its way, the checklist is about the one that serves: these hold for both.
ROWS_OF_BOTH = frozenset({"jira", "base_url"})
PASSED = frozenset({State.PROVED, State.WARNING})


def active(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What a link that works has."""
    return GuideLink.ended_at.is_(None), GuideLink.expires_at > now


def is_to_stamp(link: GuideLink, now: datetime) -> bool:
    """Whether it is time to write down that the page is open."""
    return link.seen_at is None or now - link.seen_at >= STAMP_EVERY


def stamp(work: Work, link: GuideLink, *, looks: bool) -> None:
    """The page is open; where there is something to find out, the worker goes and looks."""
    with work.write() as session:
        now = now_of(session)
        session.execute(update(GuideLink).where(GuideLink.id == link.id, *active(now)).values(seen_at=now))
        if looks:
            due.put_once(session, KIND, link.account_id, now, work.tenant)


def rows_for_reader(work: Work, account: AccountView) -> tuple[RowView, ...]:
    """The rows that whoever sets up Jira's side can do something about, and those that they wait for."""
    rows = {row.name: row for row in checklist(work, account).rows}
    names = set(_names(account))
    while more := {name for name in rows if _is_waited_for(name, rows, names)} - names:
        names |= more
    return tuple(row for row in rows.values() if row.name in names)


def _is_waited_for(row: str, rows: Mapping[str, RowView], by: Collection[str]) -> bool:
    return any(rows[name].waits_for_row == row for name in by)


def _names(account: AccountView) -> tuple[str, ...]:
    wanted = ROWS if account.kind_in_set_up is account.kind else ROWS_OF_BOTH
    return tuple(row.name for row in rows_of(account) if row.name in wanted)


def is_done(rows: tuple[RowView, ...], now: datetime) -> bool:
    """Whether all of them passed, lately and with what is set up now."""
    passed = [row for row in rows if row.state in PASSED and not row.is_outdated]
    looked_at = [row.looked_at for row in passed if row.looked_at]
    return len(looked_at) == len(rows) > 0 and now - min(looked_at) <= FRESH_FOR


def look(work: Work, registry: Registry, account_id: UUID) -> None:
    """Look at those rows while somebody has the page open and they have not passed; then once more, later."""
    if not _is_open(work, account_id):
        return
    account = accounts.account(work, account_id)
    if _passed(work, account):
        return
    run_id = runs.begin(work, account_id, runs.GUIDE, with_those_before(_names(account), account))
    if run_id is not None:
        runs.perform(work, registry, run_id)
    if not _passed(work, account):
        with work.write() as session:
            again = AGAIN_AFTER.get(account.kind.consent or "", AGAIN_LATER)
            due.put(session, KIND, account_id, now_of(session) + again, work.tenant)


def _passed(work: Work, account: AccountView) -> bool:
    rows = rows_for_reader(work, account)
    with work.read() as session:
        return not rows or is_done(rows, now_of(session))


def _is_open(work: Work, account_id: UUID) -> bool:
    with work.read() as session:
        now = now_of(session)
        open_now = (GuideLink.account_id == account_id, GuideLink.seen_at > now - OPEN_FOR)
        return (
            session.scalars(select(GuideLink.id).where(*open_now, *active(now)).limit(1)).first() is not None
        )
