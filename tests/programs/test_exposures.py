"""A key that was sent where others read it: its tenant's admins are told, nobody else writes there (T42)."""

from collections.abc import Callable
from typing import NoReturn

import pytest
import time_machine
from requests import Response
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from portal import clock
from portal.programs.key_texts import new_text
from portal.store.tables import AuditEvent
from portal.store.work import Work
from tests.programs.conftest import DAY
from tests.support.delivery_rows import delivering_account
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.programs import Key, assert_problem, program_key, send
from tests.support.world import Someone, TenantWorld

MISPLACED = "A program key was sent in the wrong place"
WARNING = "This key may be known to others"


@pytest.fixture
def key(tenant: TenantWorld) -> Key:
    return program_key(tenant, [delivering_account(tenant)])


def exposed(tenant: TenantWorld) -> list[AuditEvent]:
    with tenant.work().read() as session:
        wanted = select(AuditEvent).where(AuditEvent.event == "program_key.exposed")
        return list(session.scalars(wanted.order_by(AuditEvent.seq)))


def in_address(portal: Portal, text: str) -> Response:
    answer = send(portal, "GET", f"openapi.json?api_key={text}")
    assert_problem(answer, 400, MISPLACED)
    return answer


def test_admins_read_of_it_and_what_to_do(
    portal: Portal, tenant: TenantWorld, admin: Person, key: Key, sign_in: Callable[[Someone], Person]
) -> None:
    """On the key's page and in the record; no more once the key is revoked."""
    page = tenant.path(f"programs/{key.id}")
    assert WARNING not in admin.get(page).text
    answer = in_address(portal, key.text)
    (line,) = exposed(tenant)
    assert (line.subject_id, line.details) == (key.id, {"place": "address"})
    assert (line.actor_kind, line.request_id) == ("portal", answer.headers["X-Request-Id"])
    told = admin.get(page).text
    assert WARNING in told and "It was sent in an address on" in told and "revoke this one" in told
    record = admin.get(tenant.path("activity/")).text
    assert "Program key sent where others may read it" in record and "Jenkins" in record
    assert tenant.other and exposed(tenant.other) == []
    for someone, status in ((tenant.member, 403), (tenant.stranger, 404)):
        person = sign_in(someone)
        assert WARNING not in person.get(page).text and person.status == status
    admin.get(f"{page}/revoke")
    admin.submit("Revoke the key")
    assert WARNING not in admin.get(page).text


def test_in_a_body_it_is_noted_too(portal: Portal, tenant: TenantWorld, admin: Person, key: Key) -> None:
    """On the record of whose key it is, not of whoever sent it."""
    assert tenant.other
    account_id = delivering_account(tenant.other)
    sender = program_key(tenant.other, [account_id])
    body = {"message": f"pushed with {key.text}, it said"}
    answer = send(portal, "POST", f"alm-accounts/{account_id}/builds", sender, json=body)
    assert_problem(answer, 400, MISPLACED)
    (line,) = exposed(tenant)
    assert (line.subject_id, line.details) == (key.id, {"place": "body"})
    assert exposed(tenant.other) == []
    assert "It was sent in the body of a request on" in admin.get(tenant.path(f"programs/{key.id}")).text


def test_once_a_day(portal: Portal, tenant: TenantWorld, key: Key) -> None:
    """A build that sends it so every minute does not fill the record."""
    for _ in range(3):
        in_address(portal, key.text)
    assert len(exposed(tenant)) == 1
    with time_machine.travel(clock.now() + DAY):
        in_address(portal, key.text)
    assert len(exposed(tenant)) == 2


def test_who_has_not_its_secret_writes_nothing(portal: Portal, tenant: TenantWorld, key: Key) -> None:
    """How a key begins is shown on pages; with it alone nobody fills a tenant's record."""
    forged = new_text(tenant.id, key.id).reveal()
    unknown = new_text(key.id, tenant.id).reveal()
    for text in (forged, unknown, key.text[:-1], f"{key.text[:-1]}{'0' if key.text[-1] != '0' else '1'}"):
        in_address(portal, text)
    assert exposed(tenant) == []


def test_a_database_that_is_away(
    portal: Portal, tenant: TenantWorld, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program is told the same; the log says which key was not noted."""

    def away(self: Work) -> NoReturn:
        raise OperationalError("SELECT", {}, Exception("server closed the connection"))

    with monkeypatch.context() as patch:
        patch.setattr(Work, "read", away)
        answer = portal.client().get(f"/api/v1/openapi.json?{key.text}")
        assert_problem(answer, 400, MISPLACED)
    assert portal.get_log("exposed_key_not_noted")[-1]["key_id"] == str(key.id)
    assert exposed(tenant) == []
