"""The use ledger: each use of a credential is one row, and the audit covers every batch of them (T55)."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from sqlalchemy import Connection, Engine, create_engine, delete, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from portal import clock
from portal.audit import closing, log, use_batches, uses, uses_waiting
from portal.audit.use_batches import AGED_OUT, EVENT, age_out, check_uses
from portal.audit.uses import MOST_IN_A_BATCH, Ledger
from portal.audit.uses_reading import USES_A_PAGE, read_uses
from portal.audit.uses_wanted import WantedUses
from portal.credentials.acting_as import NotConnected, acting_as
from portal.jira.answers import JiraTrouble
from portal.store.tables import AuditEvent, Use
from portal.store.work import NOBODY, Actor, Work
from tests.support import accounts, samples, use_processes
from tests.support.databases import Database
from tests.support.deliveries import build, delivery_office
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import JiraBrowser, SandboxProcess
from tests.support.world import Someone, TenantWorld

SignIn = Callable[[Someone], Person]
TABLE: Any = Use.__table__
OF_THE_ONE_THAT_ENDS = (1, 2, 3, 11, 12)  # tests/support/use_processes.py
MOST_TAKEN = 20_000  # takes a process longer than two minutes


def rows_of(tenant: TenantWorld) -> list[Use]:
    with tenant.work().read() as session:
        return list(session.scalars(select(Use).order_by(Use.at)))


def take(ledger: Ledger, tenant: TenantWorld, number: int = 1, account_id: UUID | None = None) -> None:
    ledger.take(
        tenant.work(tenant.member),
        account_id=account_id or UUID(int=1),
        credential_id=UUID(int=2),
        holder_id=tenant.member.user_id,
        calls=number,
        code=None,
    )


def test_each_use_is_one_row_and_the_chain_covers_it(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    account_id = accounts.connected_account(portal, sandbox, tenant)
    mine = accounts.connect(portal, sandbox, tenant, tenant.member, account_id, "ada")
    registry, work = accounts.registry_of(portal), tenant.work(tenant.member)
    work = Work(work.store, work.tenant_id, Actor("person", tenant.member.user_id, request_id="r1"))
    ledger = registry.outbound.ledger
    assert ledger.write()
    before = len(rows_of(tenant))
    with acting_as(work, registry, account_id, tenant.member.user_id) as acting:
        acting.jira.myself()
        acting.jira.server_info()
    with acting_as(work, registry, account_id, tenant.member.user_id):
        pass  # nothing was asked of Jira: no use
    with pytest.raises(NotConnected), acting_as(work, registry, account_id, tenant.second.user_id):
        pass
    jira = JiraBrowser(sandbox, "ada")
    jira.submit(jira.open("/plugins/servlet/oauth/users/access-tokens"), "token")
    with (
        pytest.raises(JiraTrouble),
        acting_as(work, registry, account_id, tenant.member.user_id) as acting,
    ):
        acting.jira.myself()
    assert len(rows_of(tenant)) == before  # not before they are written
    assert ledger.write()
    well, failed = rows_of(tenant)[before:]
    for row, calls, code in ((well, 2, None), (failed, 1, "token_rejected")):
        assert (row.actor_kind, row.actor_id, row.request_id) == ("person", tenant.member.user_id, "r1")
        assert (row.account_id, row.credential_id, row.holder_id) == (account_id, mine, tenant.member.user_id)
        assert (row.calls, row.code) == (calls, code)
    with tenant.work().read() as session:
        line = session.scalars(select(AuditEvent).where(AuditEvent.subject_id == well.batch_id)).one()
        found = check_uses(session)
    assert (line.event, line.actor_kind, line.actor_id) == (EVENT, "portal", None)
    assert (line.details["count"], line.details["lost"]) == (2, 0)
    assert (found.wrong, found.uses) == (None, before + 2)


def test_a_batch_of_deliveries_is_one_use(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    office = delivery_office(portal, sandbox, tenant)
    office.accepted([build(1), build(2, key="SHOP-2")])
    office.send()
    assert accounts.registry_of(portal).outbound.ledger.write()
    (row,) = rows_of(tenant)
    assert (row.account_id, row.holder_id, row.calls, row.code) == (office.account_id, None, 1, None)
    assert row.actor_kind == "portal"


def test_batches_are_out_of_sight_until_asked_for(tenant: TenantWorld, sign_in: SignIn) -> None:
    """They stand in Activity a line a second; the export holds them all."""
    ledger = Ledger()
    take(ledger, tenant)
    ledger.write()
    samples.line(tenant)
    admin = sign_in(tenant.admin)
    page = admin.get(tenant.path("activity/"))
    lines = [item.get_text(" ", strip=True) for item in page.soup.select(".timeline li")]
    assert len(lines) == 1 and "Uses of credentials" not in lines[0]
    assert "Use of credentials" in [group["label"] for group in page.soup.select("#event optgroup")]
    asked = admin.get(tenant.path(f"activity/?event={EVENT}"))
    (line,) = asked.soup.select(".timeline li")
    assert "Almoner Uses of credentials written down" in " ".join(line.get_text(" ").split())
    admin.get(tenant.path("activity/"))
    admin.submit("Check the record")
    assert "Uses of credentials of the last 30 days: whole, 1 kept" in admin.page.text


class Spoiler:
    """The owner of the database, whom nothing holds back."""

    def __init__(self, engine: Engine, tenant: TenantWorld) -> None:
        self.engine, self.tenant = engine, tenant

    def row(self, connection: Connection, batch_id: UUID, position: int) -> dict[str, Any]:
        found = select(TABLE).where(*self._is(batch_id), TABLE.c.position == position)
        return dict(connection.execute(found).mappings().one())

    def drop(self, connection: Connection, batch_id: UUID, position: int | None = None) -> None:
        which = [] if position is None else [TABLE.c.position == position]
        connection.execute(delete(TABLE).where(*self._is(batch_id), *which))

    def put(self, connection: Connection, row: dict[str, Any], **changes: Any) -> None:
        connection.execute(insert(TABLE).values({**row, **changes}))

    def _is(self, batch_id: UUID) -> Any:
        return TABLE.c.tenant_id == self.tenant.id, TABLE.c.batch_id == batch_id


CHANGES: dict[str, dict[str, Any]] = {
    "at": {"at": datetime(2026, 1, 1, tzinfo=clock.now().tzinfo)},
    "actor_kind": {"actor_kind": "program"},
    "actor_id": {"actor_id": UUID(int=9)},
    "account_id": {"account_id": UUID(int=9)},
    "credential_id": {"credential_id": UUID(int=9)},
    "holder_id": {"holder_id": None},
    "calls": {"calls": 99},
    "code": {"code": "unreachable"},
    "request_id": {"request_id": "x"},
}


def test_tampering_shows_with_its_batch(tenant: TenantWorld, database: Database, sign_in: SignIn) -> None:
    ledger = Ledger()
    for _ in range(3):
        for number in range(3):
            take(ledger, tenant, number)
        ledger.write()
    with tenant.work().read() as session:
        lines = session.execute(
            select(AuditEvent.seq, AuditEvent.subject_id).where(AuditEvent.event == EVENT).order_by("seq")
        ).all()
        assert check_uses(session).wrong is None
    (_, second, third) = lines
    engine = create_engine(database.all_rows)
    spoiler = Spoiler(engine, tenant)

    def changed(**values: Any) -> Callable[[Connection], None]:
        def step(connection: Connection) -> None:
            row = spoiler.row(connection, second.subject_id, 1)
            spoiler.drop(connection, second.subject_id, 1)
            spoiler.put(connection, row, **values)

        return step

    def reordered(connection: Connection) -> None:
        one, two = (spoiler.row(connection, second.subject_id, number) for number in (0, 1))
        spoiler.drop(connection, second.subject_id)
        spoiler.put(connection, one, position=1)
        spoiler.put(connection, two, position=0)

    cases: dict[str, Callable[[Connection], None]] = {
        **{name: changed(**values) for name, values in CHANGES.items()},
        "one deleted": lambda to: spoiler.drop(to, second.subject_id, 2),
        "all deleted": lambda to: spoiler.drop(to, second.subject_id),
        "inserted": lambda to: spoiler.put(to, spoiler.row(to, second.subject_id, 0), position=3),
        "reordered": reordered,
        "moved": changed(batch_id=third.subject_id, position=3),
    }
    for name, spoil in cases.items():
        kept = _kept(engine, tenant)
        with engine.begin() as connection:
            spoil(connection)
        with tenant.work().read() as session:
            found = check_uses(session)
        assert (found.line, found.wrong) == (second.seq, second.subject_id), name
        if name == "one deleted":
            admin = sign_in(tenant.admin)
            admin.get(tenant.path("activity/"))
            admin.submit("Check the record")
            assert (
                f"do not fit from batch {second.subject_id} on, closed by line {second.seq}"
                in admin.page.text
            )
        _put_back(engine, tenant, kept)
    strange = uuid4()
    with engine.begin() as connection:
        spoiler.put(connection, spoiler.row(connection, third.subject_id, 0), batch_id=strange)
    with tenant.work().read() as session:
        found = check_uses(session)
        assert (found.line, found.wrong) == (None, strange)
        assert log.verify(session)[1] is None  # the lines themselves were left alone
    with pytest.raises(DBAPIError, match="never changed"), engine.begin() as connection:
        connection.execute(TABLE.update().values(calls=5))
    engine.dispose()


def _kept(engine: Engine, tenant: TenantWorld) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        rows = connection.execute(select(TABLE).where(TABLE.c.tenant_id == tenant.id)).mappings()
        return [dict(row) for row in rows]


def _put_back(engine: Engine, tenant: TenantWorld, kept: list[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        connection.execute(delete(TABLE).where(TABLE.c.tenant_id == tenant.id))
        connection.execute(insert(TABLE), kept)


def test_old_batches_go_and_are_told_as_aged_out(
    tenant: TenantWorld, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_batches, "GO_AT_ONCE", 1)  # a line is written with the first alone
    ledger, now = Ledger(), clock.now()
    for days in (500, 450, 3):
        with time_machine.travel(now - timedelta(days=days), tick=False):
            take(ledger, tenant, days)
            take(ledger, tenant, days)
            ledger.write()
    age_out(tenant.work(), now - timedelta(days=400))
    age_out(tenant.work(), now - timedelta(days=400))
    assert [row.calls for row in rows_of(tenant)] == [3, 3]
    with tenant.work().read() as session:
        found = check_uses(session)
        told = session.scalars(select(AuditEvent).where(AuditEvent.event == AGED_OUT)).all()
    assert (found.wrong, found.uses, found.aged_out, len(told)) == (None, 2, 2, 1)
    assert str(found) == "whole, 2 kept; 2 batches are old and not kept any more"
    engine = create_engine(database.all_rows)
    with engine.begin() as connection:  # a younger one that is gone is no old one
        connection.execute(delete(TABLE).where(TABLE.c.tenant_id == tenant.id))
    engine.dispose()
    with tenant.work().read() as session:
        assert check_uses(session).wrong is not None
    with tenant.work().write() as session:  # with its tenant everything goes but the lines
        log.record(session, tenant.work(), "tenant.deleted")
    with tenant.work().read() as session:
        assert check_uses(session).wrong is None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_uses_whose_lines_are_closed_are_no_strangers(
    tenant: TenantWorld, database: Database, tmp_path: Path
) -> None:
    """The lines of a closed part stand in its file; uses may be kept longer than those."""
    ledger, now = Ledger(), clock.now()
    for days in (90, 3):
        with time_machine.travel(now - timedelta(days=days), tick=False):
            take(ledger, tenant, days)
            ledger.write()
    assert closing.close(tenant.work(), now - timedelta(days=30), tmp_path) is not None
    with tenant.work().read() as session:
        assert (check_uses(session).wrong, check_uses(session).uses) == (None, 2)
    engine, strange = create_engine(database.all_rows), uuid4()
    with engine.begin() as connection:
        row = dict(
            connection.execute(select(TABLE).where(TABLE.c.calls == 3, TABLE.c.tenant_id == tenant.id))
            .mappings()
            .one()
        )
        connection.execute(insert(TABLE).values({**row, "batch_id": strange}))
    engine.dispose()
    with tenant.work().read() as session:
        assert check_uses(session).wrong == strange


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_page_checks_the_last_days_and_says_so(
    tenant: TenantWorld, database: Database, sign_in: SignIn
) -> None:
    ledger, now = Ledger(), clock.now()
    for days in (40, 3):
        with time_machine.travel(now - timedelta(days=days), tick=False):
            take(ledger, tenant, days)
            take(ledger, tenant, days)
            ledger.write()
    engine, since = create_engine(database.all_rows), now - timedelta(days=30)
    admin = sign_in(tenant.admin)

    def found() -> tuple[bool, bool, bool]:
        """Whether the last days fit, whether all does, and whether the page says that all is well."""
        admin.get(tenant.path("activity/"))
        admin.submit("Check the record")
        assert "Uses of credentials of the last 30 days" in admin.page.text
        with tenant.work().read() as session:
            lately, ever = check_uses(session, since), check_uses(session)
        return lately.wrong is None, ever.wrong is None, "What is older was not looked at" in admin.page.text

    kept = _kept(engine, tenant)
    assert found() == (True, True, True) and "whole, 2 kept" in admin.page.text
    for spoilt, told in ((40, (True, False, True)), (3, (False, False, False))):
        ours = (TABLE.c.tenant_id == tenant.id) & (TABLE.c.calls == spoilt) & (TABLE.c.position == 1)
        with engine.begin() as connection:
            connection.execute(delete(TABLE).where(ours))
        assert found() == told, spoilt
        _put_back(engine, tenant, kept)
    with engine.begin() as connection:  # put in: closed by no line
        row = next(one for one in kept if one["calls"] == 3)
        connection.execute(insert(TABLE).values({**row, "batch_id": uuid4()}))
    assert found() == (False, False, False)
    engine.dispose()


def test_while_the_database_is_away_uses_wait_and_the_oldest_go(
    tenant: TenantWorld, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, real = Ledger(), uses.write_batch
    asked: list[UUID] = []

    def away(work: Work, batch_id: UUID, *rest: Any) -> None:
        asked.append(batch_id)
        raise OperationalError("INSERT", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(uses, "write_batch", away)
    monkeypatch.setattr(uses_waiting, "MOST_KEPT", 10)
    take(ledger, tenant, 0)
    assert not ledger.write() and not ledger.write()
    assert len(set(asked)) == 1  # the same batch, should it have been written after all
    for number in range(1, 16):
        take(ledger, tenant, number)
    assert not ledger.write()
    monkeypatch.setattr(uses, "write_batch", real)
    assert ledger.write() and ledger.write()
    assert [row.calls for row in rows_of(tenant)] == [0, *range(6, 16)]
    with tenant.work().read() as session:
        closing = select(AuditEvent).where(AuditEvent.event == EVENT).order_by(AuditEvent.seq)
        lines = session.scalars(closing).all()
        assert sorted(line.details["lost"] for line in lines) == [0, 5]
        assert check_uses(session).wrong is None
    assert portal.get_log("uses_wait")


def test_a_batch_whose_answer_was_lost_is_written_once(
    tenant: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, real = Ledger(), uses.write_batch

    def lose_the_answer(*given: Any) -> None:
        real(*given)
        raise OperationalError("COMMIT", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(uses, "write_batch", lose_the_answer)
    take(ledger, tenant)
    assert not ledger.write()
    monkeypatch.setattr(uses, "write_batch", real)
    assert ledger.write()
    take(ledger, tenant)
    assert ledger.write()
    assert len(rows_of(tenant)) == 2
    with tenant.work().read() as session:
        closing = select(AuditEvent).where(AuditEvent.event == EVENT).order_by(AuditEvent.seq)
        lines = session.scalars(closing).all()
        assert [line.details["lost"] for line in lines] == [0, 0]


def test_at_the_end_what_was_taken_behind_a_waiting_batch_is_written_too(
    tenant: TenantWorld, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, real = Ledger(), uses.write_batch

    def away(*given: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(uses, "write_batch", away)
    take(ledger, tenant, 1)
    assert not ledger.write()
    take(ledger, tenant, 2)
    ledger.close()
    assert portal.get_log("uses_lost")[-1]["count"] == 2
    monkeypatch.setattr(uses, "write_batch", real)
    ledger.close()
    assert [row.calls for row in rows_of(tenant)] == [1, 2]


def test_a_batch_the_database_refuses_is_told_as_lost(
    tenant: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless it is there: then its answer was lost only (above)."""
    ledger, real = Ledger(), uses.write_batch

    def refuse(*given: Any) -> None:
        raise IntegrityError("INSERT", {}, Exception("not this one"))

    monkeypatch.setattr(uses, "write_batch", refuse)
    take(ledger, tenant, 1)
    take(ledger, tenant, 2)
    assert ledger.write()
    monkeypatch.setattr(uses, "write_batch", real)
    take(ledger, tenant, 3)
    assert ledger.write()
    with tenant.work().read() as session:
        closing = select(AuditEvent).where(AuditEvent.event == EVENT).order_by(AuditEvent.seq)
        lines = session.scalars(closing).all()
        assert [(line.details["count"], line.details["lost"]) for line in lines] == [(1, 2)]


def test_a_tenant_that_is_gone_holds_up_nobody(tenant: TenantWorld) -> None:
    ledger = Ledger()
    gone = Work(tenant.store, uuid4(), NOBODY)
    about = dict.fromkeys(("account_id", "credential_id"), UUID(int=1))
    ledger.take(gone, **about, holder_id=None, calls=1, code=None)
    take(ledger, tenant)
    assert ledger.write()
    assert len(rows_of(tenant)) == 1


def test_many_uses_are_written_in_batches_of_bounded_size(tenant: TenantWorld) -> None:
    ledger = Ledger()
    for number in range(MOST_IN_A_BATCH + 1):
        take(ledger, tenant, number)
    assert ledger.write()
    with tenant.work().read() as session:
        closing = select(AuditEvent).where(AuditEvent.event == EVENT).order_by(AuditEvent.seq)
        lines = session.scalars(closing).all()
        assert [line.details["count"] for line in lines] == [MOST_IN_A_BATCH, 1]
        assert check_uses(session).uses == MOST_IN_A_BATCH + 1


def test_a_thread_writes_within_a_second_and_ends(
    tenant: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert uses.WRITTEN_EVERY_SECONDS < 1
    monkeypatch.setattr(Ledger, "by_itself", True)
    ledger = Ledger()
    for number in range(3):
        take(ledger, tenant, number)
    for thread in [one for one in threading.enumerate() if one.name == "uses"]:
        thread.join(60)
        assert not thread.is_alive()
    assert len(rows_of(tenant)) == 3


def test_a_page_goes_by_key_also_through_uses_of_one_moment(tenant: TenantWorld) -> None:
    account_id = samples.account(tenant)
    ledger = Ledger()
    with time_machine.travel(datetime(2026, 3, 31, 9, tzinfo=clock.now().tzinfo), tick=False):
        for number in range(2 * USES_A_PAGE + 5):
            take(ledger, tenant, number, account_id)
            if number % 40 == 0:
                ledger.write()
        ledger.write()
    seen: list[int] = []
    wanted: WantedUses | None = WantedUses(account=account_id)
    zone = clock.now().tzinfo
    while wanted is not None:
        page = read_uses(tenant.work(), wanted, zone)  # type: ignore[arg-type]
        seen += [line.calls for line in page.shown]
        wanted = replace(wanted, before=page.older) if page.older else None
    assert sorted(seen) == list(range(2 * USES_A_PAGE + 5))
    for odd in (
        "",
        "x",
        "x_y_z",
        f"9999-12-31T00:00:00+00:00_{uuid4()}_1",
        f"2026-01-01T00:00:00_{uuid4()}_1",
    ):
        assert WantedUses.of({"before": odd}).before is None


@pytest.fixture
def processes() -> Iterator[list[Any]]:
    begun: list[Any] = []
    yield begun
    for process in begun:
        process.kill()
        process.wait(20)
        process.stdout.close()


def test_processes_that_end_and_that_are_killed(
    tenant: TenantWorld, portal: Portal, processes: list[Any]
) -> None:
    """Two at once: one writes while it goes on, and what it has written when it is killed is there, without
    gaps; one that ends writes all, and its fork what the fork took."""
    account_id = samples.account(tenant)
    begin = use_processes.begin
    killed = begin(portal.settings, "go_on", tenant.id, account_id)
    ended = begin(portal.settings, "end", tenant.id, account_id)
    processes += [killed, ended]
    written = 0
    for line in killed.stdout:
        assert int(line) < MOST_TAKEN, "it writes nothing while it goes on"
        if int(line) % 20 == 0:
            written = max((row.calls for row in rows_of(tenant)), default=0)
        if written > max(OF_THE_ONE_THAT_ENDS):
            break
    killed.kill()
    assert ended.wait(60) == 0
    calls = sorted(row.calls for row in rows_of(tenant))
    assert max(calls) >= written > max(OF_THE_ONE_THAT_ENDS), "the killed one ended by itself"
    assert calls == sorted([*range(1, max(calls) + 1), *OF_THE_ONE_THAT_ENDS])
    with tenant.work().read() as session:
        assert check_uses(session).wrong is None
        assert log.verify(session)[1] is None
