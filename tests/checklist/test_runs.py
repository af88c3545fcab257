"""Runs: one at a time, none for ever, and none over a transaction."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.checklist import rows as all_rows
from portal.checklist import runs
from portal.checklist.outcome import proved
from portal.checklist.rows import ROWS
from portal.errors import NotHere
from portal.jira import wire
from portal.store.tables import AlmAccount, Check, CheckChange, CheckRun
from portal.store.work import now_of
from tests.checklist.keeping import begin, keep_boards, perform, stored
from tests.support.accounts import delete_account
from tests.support.checklist import Sheet


@pytest.fixture
def at_first_call(monkeypatch):
    """Does something once, just before the first call of a run."""
    waiting: list = []
    lock = threading.Lock()

    def hook(request) -> None:
        with lock:
            act = waiting.pop() if waiting else None
        if act:
            act()

    wire.before_send.append(hook)
    yield waiting.append
    wire.before_send.remove(hook)


def test_rows_are_looked_at_side_by_side_and_within_the_ceiling(sheet, monkeypatch) -> None:
    """By a slow Jira, which counts how many it answers at once."""
    keep_boards(sheet)
    for ceiling in (2, 4):
        with sheet.work.write() as session:
            of_account = update(AlmAccount).where(AlmAccount.id == sheet.account_id)
            session.execute(of_account.values(max_concurrent=ceiling))
        sheet.sandbox.clear_requests()
        sheet.sandbox.state(slow_seconds=0.15)
        rows = sheet.run()
        sheet.sandbox.state(slow_seconds=0)
        most = sheet.sandbox.state()["counters"]["most_at_once"]
        # The call that asks for the counters is one more.
        assert 2 <= most <= ceiling + 1
        assert {row.state for row in rows.values()} <= {"proved", "warning", "unknown"}
        assert "concurrency_ceiling" not in {row.trouble.code for row in rows.values() if row.trouble}


def test_two_runs_at_once_are_refused(sheet) -> None:
    first = begin(sheet)
    assert begin(sheet) is None and begin(sheet, ["identity"]) is None
    perform(sheet, first)
    second = begin(sheet)
    assert second not in (None, first)


def test_of_many_who_begin_at_once_one_does(sheet) -> None:
    started, begun = threading.Barrier(4), []

    def ask() -> None:
        started.wait(10)
        begun.append(begin(sheet))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in begun if one]) == 1 and stored(sheet, CheckRun) == [1]


def age(sheet: Sheet, run_id) -> None:
    """Its process died: the lease has run out."""
    with sheet.work.write() as session:
        over = now_of(session) - timedelta(seconds=1)
        session.execute(update(CheckRun).where(CheckRun.id == run_id).values(lease_until=over))


def test_a_run_whose_process_died_is_broken_off_and_another_can_begin(sheet) -> None:
    first = begin(sheet)
    age(sheet, first)
    assert sheet.shown.run.is_lost and not sheet.shown.is_under_way
    second = begin(sheet)
    assert second is not None and sheet.shown.is_under_way
    perform(sheet, second)
    assert not sheet.shown.run.is_lost and sheet.shown.run.ended_at


def test_a_run_that_was_given_up_and_still_goes_on_writes_nothing_over_the_newer_one(
    sheet, at_first_call
) -> None:
    first = begin(sheet)
    later: list = []

    def give_up() -> None:
        while not later:
            age(sheet, first)
            # Rows that need no call are being stored meanwhile, and each begins the lease anew.
            later.extend(filter(None, [begin(sheet)]))

    at_first_call(give_up)
    perform(sheet, first)
    with sheet.work.read() as session:
        [second] = later
        assert session.get_one(CheckRun, (sheet.work.tenant, first)).ended_at is None
        # What needs no call may have been looked at before.
        written = set(session.scalars(select(Check.row).where(Check.run_id == first)))
        assert not written & {"name", "port", "jira", "identity"}
    perform(sheet, second)
    assert sheet.rows["identity"].state == "proved"
    perform(sheet, first)
    assert sheet.shown.run.id == second


def test_each_outcome_begins_the_lease_anew(sheet, at_first_call) -> None:
    run_id, before = begin(sheet), []
    nearly = timedelta(seconds=5)

    def shorten() -> None:
        with sheet.work.write() as session:
            soon = now_of(session) + nearly
            session.execute(update(CheckRun).where(CheckRun.id == run_id).values(lease_until=soon))
            before.append(soon)

    at_first_call(shorten)
    perform(sheet, run_id)
    with sheet.work.read() as session:
        assert session.get_one(CheckRun, (sheet.work.tenant, run_id)).lease_until > before[0] + nearly


@pytest.mark.parametrize("when", ["before it goes", "while it calls"])
def test_a_deleted_account_ends_its_run_in_silence(sheet, at_first_call, when) -> None:
    run_id, delete = begin(sheet), lambda: delete_account(sheet.work, sheet.account_id)
    lines = len(sheet.portal.get_log("row_failed"))
    if when == "while it calls":
        at_first_call(delete)
    else:
        delete()
    perform(sheet, run_id)
    assert stored(sheet, Check, CheckRun, CheckChange) == [0, 0, 0]
    assert len(sheet.portal.get_log("row_failed")) == lines
    with pytest.raises(NotHere):
        begin(sheet)


def test_a_row_that_calls_within_a_transaction_is_stopped_before_it_does(sheet, monkeypatch) -> None:
    """So that no row of any kind was, is what the other tests see: none of them broke."""

    def holding(calls):
        with calls.work.read():
            return proved(calls.public_info().info.version)

    only = [replace(row, look=holding) for row in ROWS if row.name == "address"]
    monkeypatch.setattr(all_rows, "ROWS", only)
    sheet.sandbox.clear_requests()
    assert sheet.run()["address"].trouble.code == "row_broke"
    assert sheet.sandbox.requests() == []


def test_a_row_that_breaks_says_so_and_the_others_go_on(sheet, admin, monkeypatch) -> None:
    def broken(calls):
        raise ZeroDivisionError("which no page may show")

    mended = [replace(row, look=broken) if row.name == "clocks" else row for row in ROWS]
    monkeypatch.setattr(all_rows, "ROWS", mended)
    rows = sheet.run()
    assert (
        rows["clocks"].state == "unknown" and rows["clocks"].trouble.title == "The portal failed at looking"
    )
    assert rows["identity"].state == "proved" and sheet.shown.run.ended_at
    admin.get(sheet.path())
    assert "The portal failed at looking" in admin.page.text and "which no page" not in admin.page.text


def test_a_person_does_not_wait_for_a_run_on_behalf_of_a_guide(sheet, at_first_call) -> None:
    guide = runs.begin(sheet.work, sheet.account_id, runs.GUIDE, ["address", "name", "port", "jira"])
    assert runs.begin(sheet.work, sheet.account_id, runs.NIGHT) is None
    mine: list = []
    at_first_call(lambda: mine.append(begin(sheet)))
    perform(sheet, guide)
    assert mine[0] is not None and sheet.shown.is_under_way
    assert runs.begin(sheet.work, sheet.account_id, runs.GUIDE, ["jira"]) is None
    perform(sheet, mine[0])
    assert sheet.shown.run.id == mine[0] and sheet.rows["identity"].state == "proved"
