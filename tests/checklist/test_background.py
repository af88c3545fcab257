"""Runs that pages begin: a turn for each tenant, and a lease that lasts as long as their process."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from portal.alm_accounts import drafts
from portal.checklist import background, leases, runs
from portal.kinds import KINDS
from portal.store.tables import CheckRun
from portal.store.work import Work, now_of
from tests.support.accounts import at_browser, registry_of
from tests.support.waiting import wait_until

LONGEST = 20.0


@pytest.fixture
def hanging(monkeypatch):
    """Runs reach their turn and hang there until they are let go; who has begun, by account."""
    begun: list[UUID] = []
    let_go = threading.Event()

    def perform(work, registry, run_id) -> None:
        with work.read() as session:
            begun.append(session.get_one(CheckRun, (work.tenant, run_id)).account_id)
        let_go.wait(LONGEST)

    monkeypatch.setattr(runs, "perform", perform)
    yield begun
    let_go.set()
    for thread in threading.enumerate():
        if thread.name == "checklist":
            thread.join(LONGEST)


def drafts_of(work: Work, slug: str, count: int) -> list[UUID]:
    return [drafts.create_draft(work, KINDS["server_oauth1"], slug) for _ in range(count)]


def test_one_tenants_hanging_jiras_hold_up_no_other(portal, tenant, hanging) -> None:
    mine = at_browser(tenant, tenant.admin)
    others = Work(tenant.store, tenant.other.id, mine.actor)
    beside = background.Background(registry_of(portal))
    first, *rest = drafts_of(mine, tenant.slug, background.RUNS_AT_ONCE + 1)
    for account_id in (first, *rest):
        assert beside.start(mine, account_id)
    wait_until(lambda: hanging)
    [theirs] = drafts_of(others, tenant.other.slug, 1)
    assert beside.start(others, theirs)
    wait_until(lambda: theirs in hanging)
    assert len(hanging) == 2, "of the tenant whose Jiras hang one run has a turn"


def test_a_run_that_waits_for_its_turn_is_not_broken_off(portal, tenant, hanging, monkeypatch) -> None:
    monkeypatch.setattr(leases, "RENEW_EVERY_SECONDS", 0.05)
    mine = at_browser(tenant, tenant.admin)
    beside = background.Background(registry_of(portal))
    first, second = drafts_of(mine, tenant.slug, 2)
    beside.start(mine, first)
    wait_until(lambda: hanging)
    beside.start(mine, second)
    with mine.write() as session:
        over = now_of(session) - timedelta(seconds=1)
        waiting = update(CheckRun).where(CheckRun.account_id == second)
        session.execute(waiting.values(lease_until=over))
    wait_until(lambda: runs.latest(mine, second).is_under_way)
    assert hanging == [first] and not beside.start(mine, second)


def test_while_a_row_takes_long_the_lease_is_begun_anew(sheet, monkeypatch) -> None:
    monkeypatch.setattr(leases, "RENEW_EVERY_SECONDS", 0.05)
    seen = []

    def slow(rows, calls, known, tell) -> None:
        with sheet.work.write() as session:
            session.execute(update(CheckRun).values(lease_until=now_of(session) - timedelta(seconds=1)))
        wait_until(lambda: sheet.shown.is_under_way)
        seen.append(True)

    monkeypatch.setattr(runs, "go_through", slow)
    sheet.run()
    assert seen and sheet.shown.run.ended_at


def test_of_a_process_that_was_stopped_the_page_is_free_within_half_a_minute() -> None:
    assert leases.RENEW_EVERY_SECONDS * 3 <= leases.LEASE.total_seconds() <= 30
