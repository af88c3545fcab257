"""A request that met trouble at Jira is found by the id its page showed, whatever it was, each time."""

from collections.abc import Callable

from sqlalchemy import select

from portal.audit.log import verify
from portal.audit.use_batches import FAILED
from portal.boards import boards
from portal.store.tables import AuditEvent
from tests.support import accounts
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import Someone, TenantWorld, World

SignIn = Callable[[Someone], Person]


def test_any_trouble_is_found_by_its_request_id_each_time(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, world: World, sign_in: SignIn
) -> None:
    account_id = accounts.connected_account(portal, sandbox, tenant)
    registry = accounts.registry_of(portal)
    board = boards.add_board(tenant.work(tenant.admin), registry, account_id, 1, "Web shop")
    accounts.connect(portal, sandbox, tenant, tenant.member, account_id, "ada")
    member, support, ids = sign_in(tenant.member), sign_in(world.support()), []
    for fault in ({"drop_connection": True}, {"drop_connection": True}, {"down": True}):
        sandbox.state(**fault)
        page = member.get(tenant.path(f"boards/{board}"))
        ids.append(page.soup.select("footer code")[-1].get_text())
        sandbox.state(**dict.fromkeys(fault, False))
    registry.outbound.ledger.write()
    for request_id in ids:
        support.get("/support/search")
        support.submit("Search", request_id=request_id)
        assert "Jira could not be used" in support.page.text, request_id
    with tenant.work().read() as session:
        lines = session.scalars(select(AuditEvent).where(AuditEvent.event == FAILED)).all()
        assert verify(session)[1] is None
    assert {line.request_id for line in lines} == set(ids)
    assert {(line.actor_id, line.account_id) for line in lines} == {(tenant.member.user_id, account_id)}
