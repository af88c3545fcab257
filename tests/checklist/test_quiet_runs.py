"""Runs that nobody asked for: spread over the night, seldom, and without anything spoiled."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from portal import worker
from portal.checklist import guide_looks, quiet, runs
from portal.checklist.rows import BY_NAME
from portal.config import Settings
from portal.credentials import failures_in_use
from portal.credentials.acting_as import acting_as
from portal.jira.answers import Code, JiraTrouble
from portal.store import due
from portal.store.purge import Kept, purge
from portal.store.tables import Check, CheckChange, CheckRun, DueWork
from portal.store.work import now_of
from tests.checklist.clockwork import Clockwork
from tests.support.accounts import registry_of

KEPT = Kept.by(Settings())
pytestmark = [
    pytest.mark.own_database,
    pytest.mark.on_both(
        "test_every_night_each_saved_account_has_its_turn",
        "test_a_run_whose_process_died_does_not_cost_the_night",
        "test_a_guide_that_is_looked_at_comes_before_a_night_that_waits",
        "test_after_failures_in_use_it_is_gone_through_once_in_a_quarter_of_an_hour",
        "test_runs_and_changes_are_kept_for_four_hundred_days_and_what_is_now_for_ever",
    ),
]

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
NIGHT = datetime(2026, 3, 6, tzinfo=UTC)


@pytest.fixture
def clockwork(sheet) -> Clockwork:
    return Clockwork(sheet)


def how_many(sheet, table) -> int:
    with sheet.work.read() as session:
        mine = select(func.count()).select_from(table).where(table.account_id == sheet.account_id)
        return session.scalar(mine)


def why(sheet) -> list[str]:
    with sheet.work.read() as session:
        mine = select(CheckRun.why).where(CheckRun.account_id == sheet.account_id)
        return list(session.scalars(mine.order_by(CheckRun.started_at)))


def test_a_thousand_accounts_are_spread_over_the_night() -> None:
    moments = [quiet.moment(uuid4(), NOON) for _ in range(1000)]
    assert all(NIGHT <= one < NIGHT + quiet.NIGHT_LASTS for one in moments)
    quarters = [int((one - NIGHT) / timedelta(minutes=15)) for one in moments]
    assert max(quarters.count(quarter) for quarter in range(24)) < 100 and len(set(quarters)) == 24


def test_an_account_has_the_same_moment_every_night() -> None:
    account_id = UUID(int=5_000)
    assert quiet.moment(account_id, NOON) == NIGHT + quiet.NIGHT_LASTS / 2
    assert quiet.moment(account_id, NIGHT) == quiet.moment(account_id, NOON)
    assert (
        quiet.moment(account_id, quiet.moment(account_id, NOON))
        == quiet.moment(account_id, NOON) + quiet.EVERY
    )


def test_every_night_each_saved_account_has_its_turn(sheet, clockwork) -> None:
    assert quiet.NIGHTLY in worker.DAILY and set(quiet.KINDS) <= set(worker.HANDLERS) & worker.SLOW
    row = due.DueRow(uuid4(), quiet.NIGHTLY, None, worker.ONLY_ONE, 1, uuid4())
    quiet.at_night(clockwork.everywhere, registry_of(sheet.portal), row)
    clockwork.make_due(quiet.NIGHTLY, sheet.tenant.id)
    clockwork.work_off(quiet.NIGHTLY)
    with clockwork.everywhere.write() as session:
        [mine] = clockwork.rows(quiet.NIGHTLY)
        assert mine.due_at == quiet.moment(sheet.account_id, mine.due_at - timedelta(seconds=1))
        again = session.scalars(select(DueWork).where(DueWork.subject_id == worker.ONLY_ONE)).all()
        [daily] = [one for one in again if one.kind == quiet.NIGHTLY]
        assert daily.due_at - now_of(session) > timedelta(hours=23)
        session.delete(daily)
    clockwork.look()  # the next night is put by the run itself: one that is late does not stand in its way
    assert why(sheet) == [runs.NIGHT]
    assert timedelta() < clockwork.wait(quiet.NIGHTLY) <= quiet.EVERY
    with clockwork.everywhere.write() as session:
        due.drop(session, quiet.NIGHTLY, sheet.account_id)
    clockwork.set_account(saved_at=None)
    clockwork.make_due(quiet.NIGHTLY, sheet.tenant.id)
    clockwork.work_off(quiet.NIGHTLY)
    assert clockwork.rows(quiet.NIGHTLY) == []
    clockwork.look()
    assert why(sheet) == [runs.NIGHT]  # a draft is not gone through


def test_nothing_spoiled_is_sent_at_night(sheet, clockwork) -> None:
    sheet.run()
    assert sheet.rows["control"].looked_at is not None
    before = sheet.rows["control"].looked_at
    clockwork.look()
    assert sheet.rows["control"].looked_at == before and sheet.rows["identity"].looked_at > before


def test_a_run_of_every_row_that_is_under_way_is_enough(sheet, clockwork) -> None:
    """It may be the one of this very night, in another process: the row's lease is shorter than a run."""
    run_id = runs.begin(sheet.work, sheet.account_id, runs.NIGHT)
    clockwork.look()
    assert why(sheet) == [runs.NIGHT]
    assert runs.LEASE / 2 < clockwork.wait(quiet.NIGHTLY) <= runs.LEASE
    runs.perform(sheet.work, registry_of(sheet.portal), run_id)
    clockwork.make_due(quiet.NIGHTLY)
    clockwork.work_off(quiet.NIGHTLY)
    assert why(sheet) == [runs.NIGHT] and clockwork.wait(quiet.NIGHTLY) > runs.LEASE


def test_a_run_whose_process_died_does_not_cost_the_night(sheet, clockwork) -> None:
    runs.begin(sheet.work, sheet.account_id, runs.NIGHT)
    clockwork.look()
    with sheet.work.write() as session:
        for run in session.scalars(select(CheckRun).where(CheckRun.account_id == sheet.account_id)):
            run.lease_until = now_of(session)
    clockwork.look()
    assert why(sheet) == [runs.NIGHT, runs.NIGHT] and sheet.rows["identity"].state == "proved"


def test_a_run_of_some_rows_that_is_under_way_is_waited_for(sheet, clockwork) -> None:
    runs.begin(sheet.work, sheet.account_id, runs.PERSON, {"address"})
    clockwork.look()
    assert why(sheet) == [runs.PERSON]
    assert runs.LEASE / 2 < clockwork.wait(quiet.NIGHTLY) <= runs.LEASE


def test_a_guide_that_is_looked_at_comes_before_a_night_that_waits(sheet, clockwork, monkeypatch) -> None:
    done = []
    for kind in (quiet.NIGHTLY, guide_looks.KIND):
        monkeypatch.setitem(worker.HANDLERS, kind, lambda tools, work, row: done.append(row.kind))
    clockwork.make_due(quiet.NIGHTLY)
    clockwork.make_due(guide_looks.KIND)
    tools = worker.Tools(sheet.portal.settings, sheet.tenant.store, registry_of(sheet.portal), None)
    assert worker.do_any(tools) and done == [guide_looks.KIND]


def test_after_failures_in_use_it_is_gone_through_once_in_a_quarter_of_an_hour(sheet, clockwork) -> None:
    def fail() -> None:
        with (
            pytest.raises(JiraTrouble),
            acting_as(sheet.work, registry_of(sheet.portal), sheet.account_id, None),
        ):
            raise JiraTrouble(Code.TLS_EXPIRED)

    fail()
    fail()
    clockwork.work_off(failures_in_use.KIND)
    assert why(sheet) == [runs.USE]
    fail()  # not forgotten
    assert timedelta() < clockwork.wait(failures_in_use.KIND) <= failures_in_use.EVERY
    clockwork.make_due(failures_in_use.KIND)  # begun meanwhile by another process
    clockwork.work_off(failures_in_use.KIND)
    assert why(sheet) == [runs.USE]
    assert timedelta() < clockwork.wait(failures_in_use.KIND) <= failures_in_use.EVERY
    clockwork.age(failures_in_use.EVERY)
    clockwork.make_due(failures_in_use.KIND)
    clockwork.work_off(failures_in_use.KIND)
    assert why(sheet) == [runs.USE, runs.USE]


@pytest.mark.parametrize("code", [Code.MAINTENANCE, Code.NOT_FOUND, Code.CONCURRENCY_CEILING, Code.READ_ONLY])
def test_what_passes_or_is_of_one_board_is_no_reason(code) -> None:
    assert not failures_in_use.is_lasting(JiraTrouble(code))
    assert failures_in_use.is_lasting(JiraTrouble(Code.UNAUTHORIZED))


def test_a_checklist_that_finds_something_broken_does_not_run_for_ever(sheet, clockwork) -> None:
    sheet.sandbox.state(server_tokens="revoked")
    sheet.run(rows=set(BY_NAME), why=runs.USE)  # of all by name: it does not count as a whole one
    assert sheet.shown.counts["failed"] and clockwork.rows(failures_in_use.KIND) == []


def test_an_account_that_is_gone_is_nothing_to_do(sheet, clockwork) -> None:
    clockwork.make_due(quiet.NIGHTLY, gone := uuid4())
    clockwork.work_off(quiet.NIGHTLY)
    with clockwork.everywhere.read() as session:
        assert session.scalars(select(DueWork).where(DueWork.subject_id == gone)).all() == []


def test_runs_and_changes_are_kept_for_four_hundred_days_and_what_is_now_for_ever(sheet, clockwork) -> None:
    sheet.run(why=runs.NIGHT)
    checks, changes = how_many(sheet, Check), how_many(sheet, CheckChange)
    assert checks and changes and how_many(sheet, CheckRun) == 1

    def age(by: timedelta) -> None:
        with sheet.work.write() as session:
            for table, column in ((CheckRun, "started_at"), (CheckChange, "at"), (Check, "looked_at")):
                for row in session.scalars(select(table).where(table.account_id == sheet.account_id)):
                    setattr(row, column, getattr(row, column) - by)

    age(KEPT.checks - timedelta(hours=1))
    purge(clockwork.everywhere, KEPT)
    assert (how_many(sheet, CheckRun), how_many(sheet, CheckChange)) == (1, changes)
    age(timedelta(hours=2))
    purge(clockwork.everywhere, KEPT)
    assert (how_many(sheet, CheckRun), how_many(sheet, CheckChange)) == (0, 0)
    assert how_many(sheet, Check) == checks
