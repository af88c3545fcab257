"""What programs do in the use ledger: counted together, written by turns, under the digest, shown."""

import hashlib
import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from sqlalchemy import create_engine, delete, insert, select

from portal import clock
from portal.audit import uses, uses_waiting
from portal.audit.use_batches import COVERED, EVENT, OF_REQUESTS, check_uses, write_batch
from portal.audit.uses import Ledger
from portal.audit.uses_reading import program_uses
from portal.audit.uses_waiting import Waiting
from portal.store.tables import AuditEvent, Generation, ProgramKey, Use
from portal.store.work import Actor, Store, Work
from tests.browser.looking import look_at
from tests.support import accounts, samples
from tests.support.browsers import Window
from tests.support.databases import Database
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.programs import program_key, send
from tests.support.sandbox import SandboxProcess
from tests.support.world import Someone, TenantWorld, World

SignIn = Callable[[Someone], Person]
TABLE: Any = Use.__table__
TEMPLATE = "rest/api/2/issue/{}"
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


class Program:
    """A program of the tenant with a key for one account, that uses its credentials."""

    def __init__(self, tenant: TenantWorld, name: str = "Jenkins") -> None:
        self.tenant, self.ledger = tenant, Ledger()
        self.account_id, self.credential_id = samples.account(tenant, f"Jira of {name}"), uuid4()
        self.key = program_key(tenant, [self.account_id], name)

    def use(self, **facts: Any) -> None:
        about = {"account_id": self.account_id, "credential_id": self.credential_id, "holder_id": None}
        sent = {"method": "GET", "template": TEMPLATE, "status": 200, "millis": 30, "code": None, "calls": 1}
        actor = Actor("program", key_id=self.key.id, request_id=facts.pop("request_id", "r"))
        self.ledger.take(Work(self.tenant.store, self.tenant.id, actor), **{**about, **sent, **facts})

    def rows(self) -> list[Use]:
        with self.tenant.work().read() as session:
            return list(session.scalars(select(Use).order_by(Use.at, Use.position)))

    def last_used(self) -> Any:
        with self.tenant.work().read() as session:
            return session.scalars(select(ProgramKey.last_used_at).where(ProgramKey.id == self.key.id)).one()

    def lost(self) -> list[int]:
        with self.tenant.work().read() as session:
            lines = session.scalars(select(AuditEvent).where(AuditEvent.event == EVENT).order_by("seq"))
            return [line.details["lost"] for line in lines]


@pytest.fixture
def program(tenant: TenantWorld) -> Program:
    return Program(tenant)


def test_equal_uses_that_went_well_are_one_row_and_others_are_not(program: Program) -> None:
    first = clock.now()
    with time_machine.travel(first, tick=False) as at:
        for number in range(3):
            program.use(request_id=f"r{number}", millis=10 * number)
            at.shift(1)
        odd: list[dict[str, Any]] = [
            {"status": 404},
            {"method": "HEAD"},
            {"template": "rest/api/2/search"},
            {"holder_id": program.tenant.member.user_id},
            {"credential_id": uuid4()},
            {"account_id": uuid4()},
            {"method": None, "template": None, "status": None, "millis": None},
        ]
        for facts in odd * 2:
            program.use(**facts)
        for number in (1, 2):
            program.use(code="unreachable", status=None, request_id=f"failed {number}")
    assert program.ledger.write()
    together, *others = program.rows()
    assert (together.at, together.calls, together.millis, together.request_id) == (first, 3, 30, None)
    assert (together.method, together.template, together.status) == ("GET", TEMPLATE, 200)
    assert [row.calls for row in others] == [2] * len(odd) + [1, 1]
    assert [row.request_id for row in others] == [None] * len(odd) + ["failed 1", "failed 2"]
    assert [row.millis for row in others[-3:]] == [None, 30, 30]
    with program.tenant.work().read() as session:
        assert check_uses(session).wrong is None


def test_a_key_is_stamped_with_its_batch_forwards_and_nobody_forgets_it(program: Program) -> None:
    def generation() -> int | None:
        with Work(program.tenant.store, None, Actor("portal")).read() as session:
            found = session.get(Generation, program.tenant.id)
            return found.generation if found else None

    before, now = generation(), clock.now()
    for age, stamped in ((5, 5), (3, 3), (60, 3)):  # another process may write older ones later
        with time_machine.travel(now - timedelta(minutes=age), tick=False):
            program.use()
        assert program.ledger.write()
        assert program.last_used() == now - timedelta(minutes=stamped)
    assert generation() == before


@on_sqlite
def test_a_turn_is_of_those_that_wait_longest_and_the_end_of_all(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = [Program(world.tenant()) for _ in range(3)]
    ledger = Ledger()
    for one in (*programs, programs[0]):
        one.ledger = ledger
        one.use(code="unreachable")  # a row of its own
    assert ledger.write(2)
    assert [len(one.rows()) for one in programs] == [2, 1, 0]
    programs[0].use()
    assert ledger.write(1)
    assert [len(one.rows()) for one in programs] == [2, 1, 1]
    for one in programs:
        one.use()
    ledger.close()
    assert [len(one.rows()) for one in programs] == [3, 2, 2]

    asked: list[int | None] = []

    def write(self: Ledger, tenants: int | None = None) -> bool:
        asked.append(tenants)
        return real(self, tenants)

    real = Ledger.write
    monkeypatch.setattr(Ledger, "write", write)
    monkeypatch.setattr(Ledger, "by_itself", True)
    monkeypatch.setattr(uses, "WRITTEN_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(uses, "TENANTS_A_TURN", 1)
    for one in programs:
        one.use()
    for thread in [one for one in threading.enumerate() if one.name == "uses"]:
        thread.join(20)
    assert [len(one.rows()) for one in programs] == [4, 3, 3]
    assert set(asked) == {1}


@on_sqlite
def test_where_too_much_waits_the_oldest_go_and_every_use_in_them_is_told(
    program: Program, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uses_waiting, "MOST_KEPT", 2)
    for _ in range(4):
        program.use()
    program.use(code="unreachable")
    for status in (201, 204):
        program.use(status=status)
    assert program.ledger.write()
    assert [row.status for row in program.rows()] == [201, 204]
    assert program.lost() == [5]


@on_sqlite
def test_a_batch_that_is_refused_is_told_by_its_uses(
    program: Program, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: Any) -> None:
        raise ValueError("a value no column takes")

    with monkeypatch.context() as patch:
        patch.setattr(uses, "write_batch", refuse)
        for _ in range(4):
            program.use()
        program.use(code="unreachable")
        assert program.ledger.write()
    program.use()
    assert program.ledger.write()
    assert program.lost() == [5]


@pytest.fixture
def changing_often() -> Iterator[None]:
    """Threads take turns as often as they can: what a lock keeps apart would meet without it."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("changing_often")
def test_no_use_is_lost_or_counted_twice_while_many_take_and_one_takes_out() -> None:
    waiting, found = Waiting(), Counter[str]()
    work = Work(Store(create_engine("sqlite://"), None), uuid4(), Actor("program"))  # type: ignore[arg-type]
    common = ["program", *[None] * 7]

    def go() -> None:
        for number in range(3_000):
            waiting.put(work, (*common, number % 3), 1, 2)

    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(500):
        for _, rows, _ in waiting.take_out(None):
            found.update(calls=sum(row["calls"] for row in rows), millis=sum(row["millis"] for row in rows))
    for thread in threads:
        thread.join(60)
    for _, rows, _ in waiting.take_out(None):
        found.update(calls=sum(row["calls"] for row in rows), millis=sum(row["millis"] for row in rows))
    assert (found, len(waiting)) == ({"calls": 24_000, "millis": 48_000}, 0)


def digest_of_before(tenant_id: UUID, batch_id: UUID, rows: list[dict[str, Any]]) -> str:
    """As version 0.7 made it, which knew nothing of requests."""
    plain = [
        [value.isoformat() if name == "at" else str(value) if isinstance(value, UUID) else value
         for name, value in row.items()]
        for row in rows
    ]  # fmt: skip
    text = json.dumps([str(tenant_id), str(batch_id), plain], separators=(",", ":"))
    return "SHA256:" + hashlib.sha256(text.encode()).hexdigest()


def test_batches_of_before_verify_and_a_change_of_what_is_new_is_noticed(
    program: Program, database: Database
) -> None:
    old, row = uuid4(), dict.fromkeys(COVERED)
    row |= {"at": clock.now(), "actor_kind": "person", "account_id": uuid4(), "credential_id": uuid4()}
    row |= {"position": 0, "calls": 2}
    write_batch(program.tenant.work(), old, [{name: row[name] for name in COVERED[1:]}], 0)
    program.use()
    assert program.ledger.write()
    with program.tenant.work().read() as session:
        line = session.scalars(select(AuditEvent).where(AuditEvent.subject_id == old)).one()
        assert check_uses(session).wrong is None
    assert line.details["digest"] == digest_of_before(program.tenant.id, old, [row])
    (_, new) = program.rows()
    changes: list[tuple[UUID, dict[str, Any]]] = [
        (new.batch_id, {"method": "PUT"}),
        (new.batch_id, {"template": "rest/api/2/user"}),
        (new.batch_id, {"status": 500}),
        (new.batch_id, {"millis": 31}),
        (new.batch_id, {"method": None}),
        (new.batch_id, dict.fromkeys(OF_REQUESTS)),
        *((old, {name: value}) for name, value in zip(OF_REQUESTS, ("GET", "x", 200, 1), strict=True)),
    ]
    engine = create_engine(database.all_rows)
    for batch_id, values in changes:
        which = (TABLE.c.tenant_id == program.tenant.id) & (TABLE.c.batch_id == batch_id)
        with engine.begin() as connection:
            kept = dict(connection.execute(select(TABLE).where(which)).mappings().one())
            connection.execute(delete(TABLE).where(which))
            connection.execute(insert(TABLE).values({**kept, **values}))
        with program.tenant.work().read() as session:
            assert check_uses(session).wrong == batch_id, values
        with engine.begin() as connection:
            connection.execute(delete(TABLE).where(which))
            connection.execute(insert(TABLE).values(kept))
    engine.dispose()


def rows_on(person: Person) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in person.page.soup.select("tbody tr")]


def test_what_a_program_did_is_shown_to_admins_and_to_whose_credential_it_was(
    program: Program, sign_in: SignIn
) -> None:
    tenant, mel = program.tenant, program.tenant.member
    admin, page = sign_in(tenant.admin), tenant.path(f"programs/{program.key.id}/uses")
    assert "Not used yet" in admin.get(page).text
    here = admin.page.soup.select("nav [aria-current]")
    assert [link.get_text(strip=True) for link in here] == ["Programs"]
    for _ in range(3):
        program.use(millis=40)
    program.use(status=404, template="rest/api/2/search")
    program.use(holder_id=mel.user_id, credential_id=uuid4(), method="POST", status=201)
    program.use(method=None, template=None, status=None, millis=None, holder_id=mel.user_id)
    program.use(code="unreachable", status=None, request_id="r" * 32)
    other = Program(tenant, "GitLab")
    other.use()
    assert program.ledger.write() and other.ledger.write()

    admin.get(page)
    failed, handed_out, posted, missing, together = rows_on(admin)
    assert f"Jira of Jenkins the account itself GET {TEMPLATE} 3 40 ms each Went well" in together
    assert together.endswith("counted together") and "Jira answered 404" in missing
    assert (
        f"Mel Member POST {TEMPLATE} 1 30 ms" in posted and "Mel Member Credential handed out 1" in handed_out
    )
    assert "Failed" in failed and failed.endswith("rrrrrrrr")
    for query, count in (
        ("method=POST", 1),
        ("method=handed-out", 1),
        ("outcome=failed", 2),
        ("outcome=ok", 3),
        (f"account={program.account_id}", 5),
        (f"account={other.account_id}", 0),
        ("method=TRACE", 5),
    ):
        admin.get(f"{page}?{query}")
        assert len(rows_on(admin)) == count, query

    admin.get(tenant.path(f"alm-accounts/{program.account_id}/uses?person={program.key.id}&method=GET"))
    assert len(rows_on(admin)) == 3 and all("Jenkins (program)" in row for row in rows_on(admin))
    assert "Jenkins (program)" in admin.page.soup.select_one("select[name=person]").get_text()  # type: ignore[union-attr]
    told = admin.get(tenant.path(f"alm-accounts/{program.account_id}/timeline/")).text
    assert "7 uses by 1 program, 7 calls to Jira, 1 failed" in " ".join(told.split())
    member = sign_in(mel)
    member.get(tenant.path(f"profile/alm-credentials/{program.account_id}/uses"))
    assert [row for row in rows_on(member) if "Jenkins (program)" in row] == rows_on(member) != []
    newest = program_uses(tenant.work(mel), program.account_id, mel.user_id, 1)
    assert [(line.who, line.method, line.template) for line in newest] == [("Jenkins", None, None)]
    for someone, status in ((mel, 403), (tenant.stranger, 404)):
        nobody = sign_in(someone)
        nobody.get(page)
        assert nobody.status == status


def test_what_goes_through_the_door_stands_there_soon(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, sign_in: SignIn
) -> None:
    account_id = accounts.connected_account(portal, sandbox, tenant)
    key = program_key(tenant, [account_id], "Release notes", operations=["proxy:read"])
    ledger = accounts.registry_of(portal).outbound.ledger
    assert ledger.write()
    for path in ("myself", "myself", "issue/NO-1"):
        send(portal, "GET", f"alm-accounts/{account_id}/proxy/rest/api/2/{path}", key)
    assert ledger.write()
    admin = sign_in(tenant.admin)
    admin.get(tenant.path(f"programs/{key.id}/uses"))
    missing, well = rows_on(admin)
    assert "GET rest/api/2/issue/{} 1" in missing and "Jira answered 404" in missing
    assert "GET rest/api/2/myself 2" in well and "ms each Went well Jira answered 200" in well
    page = admin.get(tenant.path(f"programs/{key.id}"))
    assert page.soup.find("dt", string="Last used").find_next("dd").get_text().startswith("under a minute")  # type: ignore[union-attr]


@on_sqlite
def test_uses_by_a_program_look_sound(
    program: Program, database: Database, new_window: Callable[[str], Window]
) -> None:
    program.use(millis=40)
    program.use(millis=35)
    program.use(
        status=404, method="DELETE", template="rest/agile/1.0/board/{}/sprint/{}/issue/{}/properties/{}"
    )
    program.use(method=None, template=None, status=None, millis=None, holder_id=program.tenant.member.user_id)
    program.use(code="unreachable", status=None, request_id="r" * 32)
    assert program.ledger.write()
    page = new_window("desktop").sign_in(program.tenant.admin)
    wrong = []
    for name, path in (
        ("program", f"programs/{program.key.id}/uses"),
        ("program filtered", f"programs/{program.key.id}/uses?method=DELETE"),
        ("account", f"alm-accounts/{program.account_id}/uses"),
        ("account timeline", f"alm-accounts/{program.account_id}/timeline/"),
    ):
        page.goto(program.tenant.path(path))
        wrong += look_at(page, f"uses {name}")
    assert not wrong, "\n".join(wrong)
