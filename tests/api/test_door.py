"""The door for programs: who comes in, who does not, and what they are told (T06, T07, T42)."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID, uuid4

import pytest
import time_machine
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError

from portal import clock
from portal.programs.key_texts import new_text
from portal.store.tables import ProgramKey, Tenant
from portal.store.work import OPERATOR, Work
from tests.api.conftest import Door
from tests.support.delivery_rows import delivering_account
from tests.support.programs import Key, assert_problem, program_key
from tests.support.world import TenantWorld

DAY = timedelta(days=1)
NOT_KNOWN = "This program key is not known"
NOT_HERE = "There is nothing here for this key"


@pytest.fixture
def key(tenant: TenantWorld, account_id: UUID) -> Key:
    return program_key(tenant, [account_id])


def test_a_key_opens_its_account(door: Door, tenant: TenantWorld, account_id: UUID, key: Key) -> None:
    """From the first request on; its row says when it was last used, once a minute."""
    answer = door.post(f"alm-accounts/{account_id}/echo", key, b'{"a": 1}')
    assert answer.status_code == 200, answer.text
    assert answer.json == {
        "kind": "program",
        "key": str(key.id),
        "tenant": str(tenant.id),
        "account": str(account_id),
        "size": 8,
    }
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_the_scheme_may_be_written_as_it_is(door: Door, account_id: UUID, key: Key, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {key.text} "}
    assert door.call(f"alm-accounts/{account_id}/echo", headers=headers).status_code == 200


def test_its_last_use_is_noted_once_a_minute(
    door: Door, tenant: TenantWorld, account_id: UUID, key: Key
) -> None:
    begun = clock.now()
    seen = []
    for seconds in (0, 30, 59, 61, 62):
        with time_machine.travel(begun + timedelta(seconds=seconds), tick=False):
            assert door.call(f"alm-accounts/{account_id}/echo", key).status_code == 200
        seen.append(last_used(tenant, key))
    again = begun + timedelta(seconds=61)
    assert seen == [begun, begun, begun, again, again]


def last_used(tenant: TenantWorld, key: Key) -> datetime | None:
    with tenant.work().read() as session:
        return session.get_one(ProgramKey, (tenant.id, key.id)).last_used_at


@contextmanager
def statements(door: Door) -> Iterator[list[str]]:
    """Every statement the database is asked meanwhile."""
    store, asked = door.app.extensions["almoner"].store, []
    engine, run = store.engine, store.hot.run

    def run_hot(statement: str, values: object) -> list[object]:
        asked.append(statement)
        found: list[object] = run(statement, values)
        return found

    def listen(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    store.hot.run = run_hot
    yield asked
    del store.hot.run
    event.remove(engine, "before_cursor_execute", listen)


def test_one_read_lets_it_in(door: Door, account_id: UUID, key: Key) -> None:
    """What is not needed is not asked: one statement on a table, whatever else a transaction says."""
    path = f"alm-accounts/{account_id}/echo"
    door.call(path, key)
    with statements(door) as asked:
        assert door.call(path, key).status_code == 200
    assert len([one for one in asked if "FROM" in one.split()]) == 1, asked


Spoil = Callable[[Key], dict[str, str]]
AS_BASIC = {"Authorization": "Basic cHJvZ3JhbTprZXk="}
REFUSED: dict[str, tuple[Spoil, str]] = {
    "no key": (lambda key: {}, "No program key was sent"),
    "an empty one": (lambda key: {"Authorization": "Bearer "}, "No program key was sent"),
    "Basic": (lambda key: AS_BASIC, "No program key was sent"),
    "in another header": (lambda key: {"X-Api-Key": key.text}, "No program key was sent"),
    "mistyped": (lambda key: {"Authorization": f"Bearer {key.text[:-1]}é"}, "That is no program key"),
    "cut off": (lambda key: {"Authorization": f"Bearer {key.text[:-3]}"}, "That is no program key"),
    "two words": (lambda key: {"Authorization": f"Bearer {key.text} x"}, "That is no program key"),
    "of no tenant": (lambda key: bearer(uuid4(), key.id), NOT_KNOWN),
    "of no key": (lambda key: bearer(key.tenant.id, uuid4()), NOT_KNOWN),
    "of another tenant": (lambda key: bearer(key.tenant.other.id, key.id), NOT_KNOWN),  # type: ignore[union-attr]
    "another secret": (lambda key: bearer(key.tenant.id, key.id), NOT_KNOWN),
}


def bearer(tenant_id: UUID, key_id: UUID) -> dict[str, str]:
    """A key of the right form and checksum whose secret is another."""
    return {"Authorization": f"Bearer {new_text(tenant_id, key_id).reveal()}"}


def test_without_its_right_secret_nothing_opens(door: Door, account_id: UUID, key: Key) -> None:
    """And what is not known is told in one way, whatever of it is wrong."""
    unknown = set()
    for name, (spoil, title) in REFUSED.items():
        answer = door.post(f"alm-accounts/{account_id}/echo", None, b"{}", headers=spoil(key))
        told = assert_problem(answer, 401, title)
        expected = "" if title.startswith("No program key") else ', error="invalid_token"'
        assert answer.headers["WWW-Authenticate"] == f'Bearer realm="Almoner"{expected}', name
        if title == NOT_KNOWN:
            unknown.add(json.dumps({**told, "request_id": ""}))
    assert len(unknown) == 1
    assert last_used(key.tenant, key) is None


def test_a_mistyped_key_asks_no_database(door: Door, account_id: UUID, key: Key) -> None:
    wrong = {"Authorization": f"Bearer {key.text[:-1]}{'0' if key.text[-1] != '0' else '1'}"}
    with statements(door) as asked:
        answer = door.call(f"alm-accounts/{account_id}/echo", headers=wrong)
    assert_problem(answer, 401, "That is no program key")
    assert not asked


def test_a_key_that_is_over_says_why_to_who_has_it(door: Door, tenant: TenantWorld, account_id: UUID) -> None:
    """Ended, revoked, suspended: named with its right secret; with another, it is just not known."""
    path, now = f"alm-accounts/{account_id}/echo", clock.now()
    ended = program_key(tenant, [account_id], ends_at=now - DAY)
    revoked = program_key(tenant, [account_id], revoked_at=now)
    for key, title in ((ended, "This program key has ended"), (revoked, "This program key was revoked")):
        told = assert_problem(door.call(path, key), 401, title)
        assert "(UTC)" in told["detail"]
        assert_problem(door.call(path, headers=bearer(tenant.id, key.id)), 401, NOT_KNOWN)
        assert last_used(tenant, key) is None


def test_a_key_ends_and_is_revoked_from_one_request_to_the_next(
    door: Door, tenant: TenantWorld, account_id: UUID, key: Key
) -> None:
    path = f"alm-accounts/{account_id}/echo"
    assert door.call(path, key).status_code == 200
    with time_machine.travel(clock.now() + 90 * DAY):
        assert_problem(door.call(path, key), 401, "This program key has ended")
    key.change(revoked_at=clock.now())
    assert_problem(door.call(path, key), 401, "This program key was revoked")


def test_a_suspended_tenant_is_closed_to_programs(
    door: Door, tenant: TenantWorld, account_id: UUID, key: Key
) -> None:
    with Work(tenant.store, None, OPERATOR).write() as session:
        session.execute(update(Tenant).where(Tenant.id == tenant.id).values(suspended_at=clock.now()))
    path = f"alm-accounts/{account_id}/echo"
    answer = door.call(path, key)
    assert_problem(answer, 403, "The organisation of this key is suspended")
    assert_problem(door.call(path, headers=bearer(tenant.id, key.id)), 401, NOT_KNOWN)


def test_without_the_operation_nothing_is_done(door: Door, tenant: TenantWorld, account_id: UUID) -> None:
    for operations in ([], ["accounts:read"]):
        key = program_key(tenant, [account_id], operations=operations)
        answer = door.call(f"alm-accounts/{account_id}/echo", key)
        told = assert_problem(answer, 403, "This key may not do that")
        assert "deliveries:write" in told["detail"]
        assert 'error="insufficient_scope", scope="deliveries:write"' in answer.headers["WWW-Authenticate"]


def test_an_account_that_is_not_the_keys_is_as_if_it_never_existed(
    door: Door, tenant: TenantWorld, key: Key
) -> None:
    """Another of its tenant, one of another tenant, none at all, one that was deleted, an id that is none."""
    other = tenant.other
    assert other
    paths = [delivering_account(tenant), delivering_account(other), uuid4(), "no-id"]
    answers = [door.post(f"alm-accounts/{one}/echo", key, b"{}") for one in paths]
    told = [assert_problem(answer, 404, NOT_HERE) for answer in answers]
    assert len({json.dumps({**one, "request_id": ""}) for one in told}) == 1


def test_the_door_works_while_the_last_use_cannot_be_noted(
    door: Door, account_id: UUID, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(self: Work) -> NoReturn:
        raise OperationalError("UPDATE program_keys", {}, Exception("database is locked"))

    monkeypatch.setattr(Work, "write", busy)
    assert door.call(f"alm-accounts/{account_id}/echo", key).status_code == 200
    assert door.portal.get_log("key_not_stamped")[-1]["error"] == "OperationalError"
