"""What a program is told was accepted, is: once, all of it, in its order, for its account (D2, D5; T50)."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from sqlalchemy import bindparam, select

from portal.alm_accounts.accounts import get_account
from portal.credentials.delivery_ways import hold_way, try_again_now
from portal.deliveries import accepting, pausing
from portal.store.adding import add_many
from portal.store.prepared import Prepared
from portal.store.tables import AlmAccount, Delivery
from portal.store.work import NOBODY, Work
from tests.support.deliveries import DeliveryOffice, build, delivery_office
from tests.support.portals import Portal
from tests.support.programs import program_key
from tests.support.sandbox import SandboxProcess

HIGHEST = 2**63 - 1


def ids(answer: requests.Response) -> list[str]:
    """Of the deliveries that were accepted."""
    assert answer.status_code == 202, answer.text
    return [one["id"] for one in answer.json()["deliveries"]]


def together(count: int, call: Callable[[int], Any]) -> list[Any]:
    """What ``call`` gives for each number below ``count``, all at the same moment."""
    gate = threading.Barrier(count)

    def run(number: int) -> Any:
        gate.wait(10)
        return call(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def test_the_same_request_again_is_taken_once(
    office: DeliveryOffice, portal: Portal, sandbox: SandboxProcess
) -> None:
    """A pipeline that got no answer sends again; what was said the first time is said again, word by word."""
    named = {"Idempotency_Key": "build-1"}
    first = office.post([build(1), build(2)], **named)
    again = office.post([build(1), build(2)], **named)
    assert (again.status_code, again.json()) == (202, first.json())
    assert [str(row.id) for row in office.deliveries()] == ids(first)

    for other in (office.post(build(3), **named), office.post(flag(), "feature-flags", **named)):
        assert (other.status_code, other.headers["Content-Type"]) == (409, "application/problem+json")
        assert "new Idempotency-Key" in other.text
    assert len(office.deliveries()) == 2, "nothing of what was refused is kept"

    elsewhere = delivery_office(portal, sandbox, office.tenant)
    key_of_both = program_key(office.tenant, [office.account_id, elsewhere.account_id]).text
    others = [office.post([build(1), build(2)], key=key_of_both, **named)]
    others.append(elsewhere.post([build(1), build(2)], key=key_of_both, **named))
    assert len({one for answer in (first, *others) for one in ids(answer)}) == 6, "each key, each account"
    without = [ids(office.post(build(1))) for _ in range(2)]
    assert without[0] != without[1], "who names no request asks for nothing"


def flag() -> dict[str, Any]:
    short = {"key": "dark", "enabled": True, "url": "https://flags.example.org/dark", "issues": ["SHOP-1"]}
    return {**short, "environment": "Production"}


def test_the_same_request_at_once_is_taken_once(office: DeliveryOffice) -> None:
    answers = together(6, lambda _: office.post([build(1), build(2)], Idempotency_Key="twice"))
    assert len({tuple(ids(answer)) for answer in answers}) == 1
    assert len(office.deliveries()) == 2


def test_nothing_is_half_accepted(office: DeliveryOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where the last of many is wrong, nor where the portal fails after it wrote the rows."""
    refused = office.post([build(number) for number in range(99)] + [build(99, state="done")])
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/99/state"]

    def fail(*_: object) -> None:
        raise RuntimeError("the power is gone")

    with monkeypatch.context() as patched:
        patched.setattr(accepting, "go_on", fail)
        assert office.post(build(1), Idempotency_Key="once").status_code == 500
    assert (office.deliveries(), office.way.last_position) == ([], 0)
    assert office.audit("deliveries.accepted") == []
    assert not office.turn(), "nothing is due"
    assert len(ids(office.post(build(1), Idempotency_Key="once"))) == 1


def test_an_account_that_is_not_ready_says_what_is_missing(
    portal: Portal, sandbox: SandboxProcess, tenant: Any
) -> None:
    """And still repeats its answer to what it accepted before."""
    office = delivery_office(portal, sandbox, tenant, permissions=["builds"])
    missing = office.post(flag(), "feature-flags")
    assert missing.status_code == 409
    assert "Feature flags" in missing.json()["detail"]
    first = office.post(build(1), Idempotency_Key="early")
    with office.work.write() as session:
        session.get_one(AlmAccount, (tenant.id, office.account_id)).saved_at = None
    assert office.post(build(1), Idempotency_Key="early").json() == first.json()
    draft = office.post(build(1))
    assert draft.status_code == 409
    assert "Ask an admin of the organisation" in draft.json()["detail"]
    assert len(office.deliveries()) == 1


def test_a_paused_account_accepts_and_sends_nothing(office: DeliveryOffice) -> None:
    pausing.pause(office.work, office.account_id)
    (sent,) = office.accepted(build(1))
    office.send()
    assert (office.get(sent).json()["state"], office.sandbox.deliveries()) == ("waiting", [])
    pausing.resume(office.work, office.account_id)
    office.send()
    assert office.get(sent).json()["state"] == "accepted"


def test_a_program_sees_the_deliveries_of_its_accounts_only(
    office: DeliveryOffice, portal: Portal, sandbox: SandboxProcess
) -> None:
    """What is another's is answered like what never was."""
    (sent,) = office.accepted(build(1))
    same_tenant = delivery_office(portal, sandbox, office.tenant)
    assert office.tenant.other is not None
    other_tenant = delivery_office(portal, sandbox, office.tenant.other)
    never = without_id(office.get(uuid4()))
    for other in (same_tenant, other_tenant):
        assert without_id(other.get(sent)) == never
        answer = requests.post(
            office.url(f"alm-accounts/{office.account_id}/builds"),
            json=build(1),
            headers={"Authorization": f"Bearer {other.key}"},
            timeout=20,
        )
        assert answer.status_code == 404
    assert office.get(sent, key=program_key(office.tenant, [office.account_id]).text).status_code == 200
    assert len(office.deliveries()) == 1


def without_id(answer: requests.Response) -> tuple[int, dict[str, Any]]:
    """Status and body, but for what names this one request."""
    told = {name: value for name, value in answer.json().items() if name not in ("request_id", "instance")}
    return answer.status_code, told


def test_numbers_rise_though_the_clock_goes_back(
    office: DeliveryOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is the time in milliseconds; each later one is higher, of this build and of no other."""
    noon = datetime(2031, 5, 4, 12, tzinfo=UTC)
    milliseconds = int(noon.timestamp() * 1000)

    def numbers(moment: datetime, *items: dict[str, Any]) -> list[int]:
        monkeypatch.setattr(accepting, "ask_now", lambda session: lambda: moment)
        answer = office.post(list(items)).json()
        return [one["sequence_number"] for one in answer["deliveries"]]

    assert numbers(noon, build(1), build(1, "failed")) == [milliseconds, milliseconds + 1]
    assert numbers(noon - timedelta(hours=1), build(1)) == [milliseconds + 2]
    assert numbers(noon - timedelta(hours=1), build(2)) == [milliseconds - 3_600_000]
    assert numbers(noon + timedelta(seconds=1), build(1)) == [milliseconds + 1000]
    bodies = {row.body["updateSequenceNumber"] for row in office.deliveries()}
    assert bodies == {row.number for row in office.deliveries()}


def test_after_the_highest_number_there_is_none(office: DeliveryOffice) -> None:
    """It is refused in words, not by an error of the database."""
    (sent,) = office.accepted({**in_full(1), "updateSequenceNumber": HIGHEST})
    refused = office.post([build(2), build(1)])
    assert refused.status_code == 409
    assert "sequence number" in refused.json()["detail"]
    assert [row.id for row in office.deliveries()] == [sent]


def in_full(number: int) -> dict[str, Any]:
    """A build in Atlassian's JSON."""
    told = {"displayName": "web", "url": "https://ci.example.org/1", "lastUpdated": "2026-11-20T10:00:00Z"}
    return {"pipelineId": "web", "buildNumber": number, "state": "failed", "issueKeys": ["SHOP-1"], **told}


def test_requests_at_once_stand_in_one_order(office: DeliveryOffice) -> None:
    """Places and numbers are given once each, and what was sent together stays together."""
    answers = together(8, lambda _: office.post([build(1), build(2), build(1)]))
    requests_of = {one: place for place, answer in enumerate(answers) for one in ids(answer)}
    rows = office.deliveries()
    assert [row.position for row in rows] == list(range(1, 25))
    in_order = [requests_of[str(row.id)] for row in rows]
    assert all(len(set(in_order[place : place + 3])) == 1 for place in range(0, 24, 3))
    for subject in {row.subject for row in rows}:
        numbers = [row.number for row in rows if row.subject == subject]
        assert numbers == sorted(set(numbers))
    assert len(office.audit("deliveries.accepted")) == 8


def test_who_changes_an_account_and_who_delivers_for_it_wait_in_one_order(office: DeliveryOffice) -> None:
    """The set-up holds the account and then its way; a program that reports meanwhile only waits."""
    with ThreadPoolExecutor(1) as threads:
        with office.work.write() as session:
            get_account(session, office.account_id, hold=True)
            answer = threads.submit(office.post, build(1))
            with pytest.raises(TimeoutError):
                answer.result(0.5)
            assert hold_way(session, office.account_id)
            try_again_now(session, office.work, office.account_id)
        assert answer.result(20).status_code == 202


def test_rows_are_written_for_a_tenant_only(portal: Portal, office: DeliveryOffice) -> None:
    """The bookkeeping of objects is passed by; the wall between tenants is not."""
    (sent,) = office.accepted(build(1))
    row = {column.name: getattr(office.delivery(sent), column.name) for column in Delivery.__table__.columns}
    del row["tenant_id"]
    with (
        pytest.raises(RuntimeError, match="without a tenant"),
        Work(portal.store, None, NOBODY).write() as session,
    ):
        add_many(session, Delivery, [row | {"id": uuid4()}])
    assert office.tenant.other is not None
    foreign: dict[str, Any] = row | {"id": uuid4(), "tenant_id": office.tenant.other.id, "label": "foreign"}
    with office.work.write() as session:
        add_many(session, Delivery, [foreign])
    assert {one.label for one in office.deliveries()} == {"web #1", "foreign"}, "it is the session's own"


def test_a_statement_made_beforehand_stays_in_its_tenant(portal: Portal, office: DeliveryOffice) -> None:
    """One that does not name it cannot be made; without a tenant none runs; and none sees another's."""
    with pytest.raises(RuntimeError, match="names its tenant"):
        Prepared(select(Delivery.label))
    office.accepted(build(1))
    labels = Prepared(select(Delivery.label).where(Delivery.tenant_id == bindparam("tenant")))
    nowhere = Work(portal.store, None, NOBODY)
    with pytest.raises(RuntimeError, match="without a tenant"), nowhere.read() as session:
        labels.ask(session)
    assert office.tenant.other is not None
    for tenant, expected in ((office.tenant, ["web #1"]), (office.tenant.other, [])):
        with tenant.work().read() as session:
            assert [row.label for row in labels.ask(session).all()] == expected
            assert [row.label for row in labels.ask(session, tenant=office.tenant.id).all()] == expected
