"""Rows of due work: who may take one, and what becomes of it."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select

from portal import worker
from portal.handlers import Tools
from portal.store import due
from portal.store.due import DueRow
from portal.store.tables import DueWork
from portal.store.work import NOBODY, Store, Work, now_of
from portal.worker import do_one
from tests.people.helpers import at_once
from tests.support.databases import Database
from tests.support.world import TenantWorld

LEASE = timedelta(seconds=60)
OVER = timedelta(0)


@pytest.fixture
def work(store: Store) -> Work:
    """The portal, with nothing due."""
    work = Work(store, None, NOBODY)
    with work.write() as session:
        session.execute(delete(DueWork))
    return work


def put(work: Work, seconds: float = 0, subject_id: UUID | None = None) -> UUID:
    subject_id = subject_id or uuid4()
    with work.write() as session:
        due.put(session, "test", subject_id, now_of(session) + timedelta(seconds=seconds), None)
    return subject_id


def claim(work: Work, lease_for: timedelta = LEASE, kind: str = "test") -> DueRow | None:
    with work.write() as session:
        return due.claim(session, [kind], lease_for)


def taken(work: Work, lease_for: timedelta = LEASE) -> DueRow:
    row = claim(work, lease_for)
    assert row is not None
    return row


def end(work: Work, how: Callable[..., None], row: DueRow) -> None:
    with work.write() as session:
        how(session, row)


def stored(work: Work) -> list[DueWork]:
    with work.read() as session:
        return list(session.scalars(select(DueWork)))


def test_the_oldest_first_and_each_to_one(work: Work) -> None:
    second, first, later = put(work, -1), put(work, -2), put(work, 60)
    assert [taken(work).subject_id for _ in range(2)] == [first, second]
    assert claim(work) is None
    assert later in [row.subject_id for row in stored(work)]


def test_other_kinds_are_left_alone(work: Work) -> None:
    put(work, -1)
    assert claim(work, kind="other") is None


def test_what_is_done_is_gone(work: Work) -> None:
    put(work)
    end(work, due.done, taken(work))
    assert stored(work) == []


def test_a_lease_that_ran_out_is_taken_up_and_the_former_holder_changes_nothing(work: Work) -> None:
    """T46."""
    put(work)
    former = taken(work, OVER)
    holder = taken(work)
    assert (holder.id, holder.attempts) == (former.id, 2)
    for how in (due.done, due.failed):
        end(work, how, former)
        assert [(row.lease, row.attempts) for row in stored(work)] == [(holder.lease, 2)]
    with work.read() as session:
        assert [due.holds(session, row) for row in (former, holder)] == [False, True]


def test_a_lease_that_ran_out_is_held_no_longer_though_nobody_took_it(work: Work) -> None:
    put(work)
    row = taken(work, OVER)
    with work.read() as session:
        assert not due.holds(session, row)


@pytest.mark.parametrize("how", [due.done, due.failed], ids=["done", "failed"])
def test_what_was_put_anew_meanwhile_is_free_at_its_new_time(work: Work, how: Callable[..., None]) -> None:
    """However the former holder ends: it may be killed, and its lease has long to run."""
    subject_id = put(work, -5)
    former = taken(work)
    put(work, 60, subject_id)
    assert claim(work) is None, "it is not due yet"
    put(work, -1, subject_id)
    end(work, how, former)
    again = taken(work)
    assert (again.subject_id, again.attempts) == (subject_id, 1)
    end(work, how, former)
    assert [row.lease for row in stored(work)] == [again.lease]


def test_what_failed_waits_and_each_time_longer(work: Work) -> None:
    put(work)
    waits = []
    for _ in range(3):
        row, before = taken(work), stored(work)[0].due_at
        end(work, due.failed, row)
        assert claim(work) is None
        waits.append((stored(work)[0].due_at - before).total_seconds())
        with work.write() as session:
            session.get_one(DueWork, row.id).due_at = now_of(session)
    assert waits == sorted(waits)
    assert 1 < waits[0] < 3


def test_the_wait_ends_at_five_minutes() -> None:
    assert all(225 <= due._wait(attempts) <= 300 for attempts in (9, 50, 10_000))


def test_put_once_keeps_the_time(work: Work) -> None:
    subject_id = put(work, 60)
    with work.write() as session:
        due.put_once(session, "test", subject_id, now_of(session))
        due.put_once(session, "test", uuid4(), now_of(session))
    assert taken(work).subject_id != subject_id
    assert claim(work) is None


def test_ten_who_put_the_same_at_once_make_one_row(work: Work) -> None:
    subject_id = uuid4()
    assert at_once([lambda: put(work, 0, subject_id)] * 10) == {"ok": 10}
    assert len(stored(work)) == 1


def test_ten_who_take_at_once_take_ten(work: Work) -> None:
    subjects = {put(work) for _ in range(10)}
    rows: list[DueRow] = []
    at_once([lambda: rows.append(taken(work))] * 10)
    assert {row.subject_id for row in rows} == subjects
    assert len(rows) == 10


class Broken(Exception):
    """What a handler raises."""


def test_a_handler_that_raises_is_asked_again_and_is_told_in_the_log(
    work: Work, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handle(tools: Tools, at_work: Work, row: DueRow) -> None:
        raise Broken("token=abcdef")

    told: list[dict[str, object]] = []
    monkeypatch.setattr(worker, "HANDLERS", {"test": handle})
    monkeypatch.setattr(worker.log, "exception", lambda event, **more: told.append({"event": event, **more}))
    put(work)
    tools = Tools(database.settings(), work.store, registry=None, mail_server=None)  # type: ignore[arg-type]
    assert do_one(tools)
    assert [(row.lease, row.attempts) for row in stored(work)] == [(None, 1)]
    assert [line["event"] for line in told] == ["work_failed"]
    assert not do_one(tools)


def test_a_handler_works_in_the_tenant_of_its_row(
    work: Work, tenant: TenantWorld, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[UUID | None, str]] = []
    monkeypatch.setattr(
        worker,
        "HANDLERS",
        {"test": lambda tools, at_work, row: seen.append((at_work.tenant_id, at_work.actor.kind))},
    )
    with work.write() as session:
        due.put(session, "test", uuid4(), now_of(session), tenant.id)
    assert do_one(Tools(database.settings(), work.store, registry=None, mail_server=None))  # type: ignore[arg-type]
    assert seen == [(tenant.id, "portal")]
    assert stored(work) == []
