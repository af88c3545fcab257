"""Whose turn it is to be sent, and what becomes of those who die or sleep at it (D5; T46, T50, T51)."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from portal import worker
from portal.credentials.delivery_ways import DELIVER, DELIVER_AGAIN, hold_way
from portal.deliveries import accepting, batches, outcomes_of_calls, sending
from portal.jira.answers import Code, JiraTrouble
from portal.store import due
from portal.store.tables import Delivery, DeliveryWay, DueWork
from portal.store.work import NOBODY, Work, now_of
from portal.wake_ups import make_queue
from portal.worker import do_one
from tests.deliveries.test_sending_faults import poison, portal_at_work, states
from tests.support.deliveries import DeliveryOffice, build, delivery_office
from tests.support.due_rows import put_off
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.waiting import LONGEST_SECONDS, wait_until
from tests.support.world import World

pytestmark = pytest.mark.on_both(
    "test_an_account_that_hangs_holds_up_no_other",
    "test_what_a_dead_worker_held_is_sent_when_its_lease_is_over",
    "test_who_wakes_late_sends_nothing_and_changes_nothing",
    "test_who_is_late_though_nobody_took_over_leaves_it_to_the_next",
    "test_what_is_accepted_while_a_turn_ends_is_not_forgotten",
    "test_a_look_that_found_all_held_does_not_put_off_what_came_since",
    "test_a_way_that_is_held_for_a_moment_is_waited_for",
    "test_a_single_delivery_finds_its_thread",
)

LEASE = timedelta(seconds=60)
OVER = timedelta(0)
KINDS = (DELIVER, DELIVER_AGAIN)


@pytest.fixture(autouse=True)
def only_this(portal: Portal) -> None:
    """What other tests left to be delivered is none of these tests'."""
    put_off(portal.store, DueWork.kind.in_(KINDS))


def turns(office: DeliveryOffice, count: int) -> None:
    """So many turns, of whichever tenant waits longest."""
    for _ in range(count):
        assert do_one(office.tools, KINDS), "nothing is due"


def test_a_tenant_with_a_thousand_does_not_keep_others_waiting(
    office: DeliveryOffice, portal: Portal, sandbox: SandboxProcess, world: World
) -> None:
    """T51: one in a hundred of the one's is poison, and refused; the other's ten go with the second turn."""
    sandbox.state(deliveries_most_bytes=40_000)
    many = [poison(number) if number % 100 == 50 else build(number) for number in range(1000)]
    office.accepted(many)
    turns(office, 1)
    other = delivery_office(portal, sandbox, world.tenant("Brisk"))
    other.accepted([build(number) for number in range(10)])
    turns(office, 2)
    assert states(other) == ["accepted"] * 10
    with office.work.read() as session:
        waiting = session.scalar(select(func.count()).where(Delivery.state == "waiting"))
    assert waiting and waiting > 700, "the other tenant still has its many"


class Hanging:
    """Calls for one account do not end before ``over``; ``begun`` says that there is one."""

    def __init__(self, account_id: UUID) -> None:
        self.begun, self.over = threading.Event(), threading.Event()
        self._account_id, self._real = account_id, sending._posted

    def __call__(self, work: Work, registry: Any, batch: batches.Batch, *more: Any) -> object:
        """In place of the call itself."""
        if batch.account_id == self._account_id:
            self.begun.set()
            self.over.wait(LONGEST_SECONDS)
        return self._real(work, registry, batch, *more)


def nothing(tools: Any, work: Work, row: due.DueRow) -> None:
    """What is done about all that is no delivery."""


@contextmanager
def working(office: DeliveryOffice) -> Iterator[None]:
    """A worker with its threads, within this process."""
    ended = threading.Event()
    thread = threading.Thread(target=worker.work_until, args=(office.portal.settings, ended.wait))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_an_account_that_hangs_holds_up_no_other(
    office: DeliveryOffice,
    portal: Portal,
    sandbox: SandboxProcess,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither of its own tenant, though both waited before the call began, nor of another tenant."""
    own = delivery_office(portal, sandbox, office.tenant)
    other = delivery_office(portal, sandbox, world.tenant("Brisk"))
    for one in (office, own, other):
        one.accepted(build(1))
    hang = Hanging(office.account_id)
    monkeypatch.setattr(sending, "_posted", hang)
    others = dict.fromkeys(worker.HANDLERS, nothing)
    monkeypatch.setattr(worker, "HANDLERS", others | {kind: worker.HANDLERS[kind] for kind in KINDS})
    with working(office):
        try:
            wait_until(hang.begun.is_set)
            wait_until(lambda: state_of(own) == state_of(other) == "accepted")
            own.accepted(build(2))
            wait_until(lambda: state_of(own) == "accepted")
            assert state_of(office) == "waiting"
        finally:
            hang.over.set()


def state_of(office: DeliveryOffice) -> str:
    """Of the last delivery of this account."""
    return [row.state for row in office.deliveries() if row.account_id == office.account_id][-1]


def test_what_a_dead_worker_held_is_sent_when_its_lease_is_over(office: DeliveryOffice) -> None:
    """Nobody sends it before; meanwhile the tenant's other accounts have their turns."""
    office.accepted(build(1))
    with Work(office.portal.store, None, NOBODY).write() as session:
        assert due.claim(session, KINDS, LEASE)
    assert batches.take(portal_at_work(office), LEASE) is not None
    own = delivery_office(office.portal, office.sandbox, office.tenant)
    own.accepted(build(2))
    office.send()
    assert (state_of(office), state_of(own)) == ("waiting", "accepted")
    with office.work.read() as session:
        row = session.scalars(select(DueWork).where(DueWork.subject_id == office.tenant.id)).one()
    assert row.due_at == office.way.lease_until, "looked at again just then"
    office.make_due()
    office.send()
    assert states(office) == ["accepted"] * 2


def test_who_wakes_late_sends_nothing_and_changes_nothing(office: DeliveryOffice) -> None:
    """T46: while it slept, another took its batch over and sent it."""
    sent = office.accepted([build(1), build(2)])
    work = portal_at_work(office)
    zombie = batches.take(work, OVER)
    assert zombie is not None
    office.send()
    before = snapshot(office)
    sending._send(work, office.registry, zombie, LEASE)
    outcomes_of_calls.refused(work, zombie, JiraTrouble(Code.BAD_REQUEST, status=400))
    outcomes_of_calls.stopped(work, zombie, "maintenance", JiraTrouble(Code.MAINTENANCE))
    outcomes_of_calls.answered(work, zombie, [])
    assert snapshot(office) == before
    assert [office.get(one).json()["attempts"] for one in sent] == [1, 1]


def snapshot(office: DeliveryOffice) -> tuple[Any, ...]:
    way = office.way
    rows = [(row.id, row.state, row.attempts, row.steps) for row in office.deliveries()]
    calls = len(office.sandbox.deliveries())
    return (
        rows,
        calls,
        way.trouble,
        way.lease,
        way.batch_size,
        way.attempts,
        len(office.audit("deliveries.answered")),
    )


@pytest.mark.parametrize("trouble", [None, "maintenance"])
def test_who_is_late_though_nobody_took_over_leaves_it_to_the_next(
    office: DeliveryOffice, trouble: str | None
) -> None:
    """Its row of due work would be deleted as done; the deliveries would wait for the next ones to come."""
    office.accepted(build(1))
    work, account_id = portal_at_work(office), office.account_id
    with work.write() as session:
        session.execute(
            update(DeliveryWay).values(trouble=trouble).where(DeliveryWay.account_id == account_id)
        )
        if trouble:
            due.put(session, DELIVER_AGAIN, account_id, now_of(session), office.tenant.id)
    with Work(office.portal.store, None, NOBODY).write() as session:
        held = due.claim(session, (DELIVER_AGAIN if trouble else DELIVER,), LEASE)
    assert held is not None
    late = batches.take(work, OVER, account_id if trouble else None)
    assert late is not None
    sending._send(work, office.registry, late, LEASE)
    assert office.sandbox.deliveries() == []
    with work.write() as session:
        due.done(session, held)
    office.send()
    assert states(office) == ["accepted"]


@pytest.mark.parametrize("trouble", [None, "maintenance"])
def test_what_is_accepted_while_a_turn_ends_is_not_forgotten(
    office: DeliveryOffice, monkeypatch: pytest.MonkeyPatch, trouble: str | None
) -> None:
    """The turn found nothing; a request commits after that look, and before or after the row is done."""
    work, real = portal_at_work(office), accepting.go_on
    before_commit, go = threading.Event(), threading.Event()
    (first,) = office.accepted(build(1))
    office.send()
    with work.write() as session:
        way = session.get_one(DeliveryWay, (office.tenant.id, office.account_id))
        way.trouble = trouble
        due.put(
            session,
            DELIVER_AGAIN if trouble else DELIVER,
            subject_of(office, trouble),
            now_of(session),
            work.tenant,
        )

    def held_open(session: Any, way: DeliveryWay, now: datetime) -> None:
        real(session, way, now)
        before_commit.set()
        go.wait(20)

    monkeypatch.setattr(accepting, "go_on", held_open)
    with Work(office.portal.store, None, NOBODY).write() as session:
        row = due.claim(session, KINDS, LEASE)
    assert row is not None
    assert batches.take(work, LEASE, office.account_id if trouble else None) is None, "nothing waits yet"
    with ThreadPoolExecutor(2) as threads:
        accepted = threads.submit(office.accepted, build(2))
        assert before_commit.wait(10)
        ended = threads.submit(end, work, row)
        with pytest.raises(TimeoutError):
            ended.result(0.3)
        go.set()
        ended.result(20)
        (second,) = accepted.result(20)
    office.send()
    assert [office.get(one).json()["state"] for one in (first, second)] == ["accepted"] * 2


def subject_of(office: DeliveryOffice, trouble: str | None) -> UUID:
    return office.account_id if trouble else office.tenant.id


def end(work: Work, row: due.DueRow) -> None:
    with work.write() as session:
        due.done(session, row)


def test_a_look_that_found_all_held_does_not_put_off_what_came_since(office: DeliveryOffice) -> None:
    """Else what another account accepted meanwhile would wait until that lease is over."""
    work = portal_at_work(office)
    office.accepted(build(1))
    with Work(office.portal.store, None, NOBODY).write() as session:
        assert due.claim(session, KINDS, LEASE)
    office.accepted(build(2))
    with work.write() as session:
        due.come_back(session, DELIVER, office.tenant.id, now_of(session) + LEASE, office.tenant.id)
    office.send()
    assert states(office) == ["accepted"] * 2


def test_a_way_that_is_held_for_a_moment_is_waited_for(office: DeliveryOffice) -> None:
    """Its admin saves the set-up just now: nobody would wake the worker afterwards."""
    office.accepted(build(1))
    with ThreadPoolExecutor(1) as threads:
        with office.work.write() as session:
            assert hold_way(session, office.account_id)
            turn = threads.submit(do_one, office.tools, KINDS)
            time.sleep(0.3)
        assert turn.result(20)
    assert states(office) == ["accepted"]


def test_calls_are_no_larger_than_fits_well(office: DeliveryOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """By bytes as well: a hundred repositories with their commits could be hundreds of megabytes."""
    monkeypatch.setattr(batches, "MOST_BYTES", 700)
    office.accepted([build(number) for number in range(5)])
    office.send()
    assert [len(call["items"]) for call in office.sandbox.deliveries()] == [2, 2, 1]
    monkeypatch.setattr(batches, "MOST_BYTES", 10)
    office.accepted([build(number) for number in range(2)])
    office.send()
    assert states(office) == ["accepted"] * 7, "one alone goes, however large it is"


def test_kinds_go_in_calls_of_their_own(office: DeliveryOffice) -> None:
    deployment = {"pipeline": "web", "environment": "Production", "state": "successful", "issues": ["SHOP-1"]}
    deployment |= {"number": 1, "url": "https://ci.example.org/1"}
    office.accepted([build(1)])
    office.accepted(deployment, "deployments")
    office.accepted([build(2)])
    office.send()
    calls = [(call["kind"], len(call["items"])) for call in office.sandbox.deliveries()]
    assert calls == [("builds", 2), ("deployments", 1)]


def test_a_single_delivery_finds_its_thread(office: DeliveryOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row is due, one thread is woken: it looks at every place until it finds what there is to do."""
    others = dict.fromkeys(worker.HANDLERS, nothing)
    monkeypatch.setattr(worker, "HANDLERS", others | {kind: worker.HANDLERS[kind] for kind in KINDS})
    pool = worker._Pool(make_queue(office.portal.settings, office.portal.store), office.tools)
    put_off(office.portal.store)  # there may be thousands
    office.accepted(build(1))
    while pool._do_one():
        pass
    assert states(office) == ["accepted"]
