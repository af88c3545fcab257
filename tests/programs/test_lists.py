"""Keys as the list, the record and their pages tell of them: states, makers, accounts that are gone."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete

from portal import clock
from portal.alm_accounts.leaving import leave
from portal.audit.log import record
from portal.people import memberships
from portal.store.tables import AlmAccount, User
from portal.store.work import OPERATOR, Actor, Work
from tests.programs.conftest import DAY, make, rows
from tests.support.delivery_rows import delivering_account
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.programs import program_key, send
from tests.support.world import Someone, TenantWorld


def test_the_states(tenant: TenantWorld, admin: Person) -> None:
    account_id, now = delivering_account(tenant), clock.now()
    ends = {"Far": 32 * DAY, "Near": 30 * DAY, "Last": timedelta(hours=1), "Over": -DAY}
    for name, left in ends.items():
        program_key(tenant, [account_id], name, ends_at=now + left)
    program_key(tenant, [account_id], "Back", revoked_at=now)
    told = rows(admin, tenant)
    assert list(told)[:3] == ["Last", "Near", "Far"], "the next to end first"
    states = {
        "Last": "Ends in 1 day",
        "Near": "Ends in 30 days",
        "Far": "Live",
        "Over": "Ended",
        "Back": "Revoked",
    }
    for name, state in states.items():
        assert f" {state} " in told[name], told[name]
        assert ("Revoke …" in told[name]) == (name in ("Last", "Near", "Far"))


def test_a_key_outlives_its_maker(
    portal: Portal, tenant: TenantWorld, sign_in: Callable[[Someone], Person], admin: Person
) -> None:
    """Whoever made it leaves, or is deleted: it works on, and the page says so."""
    account_id, maker = delivering_account(tenant), tenant.second
    memberships.change_role(tenant.work(tenant.admin), maker.user_id, "admin")
    text = make(sign_in(maker), tenant, "Jenkins", account_id)
    leave(tenant.work(maker), maker.user_id, "left")
    assert "Sam Second (has left)" in rows(admin, tenant)["Jenkins"]
    header = {"Authorization": f"Bearer {text}"}
    answer = send(portal, "POST", f"alm-accounts/{account_id}/builds", headers=header, json={})
    assert answer.status_code == 422
    with Work(tenant.store, None, OPERATOR).write() as session:
        session.execute(delete(User).where(User.id == maker.user_id))
    assert "somebody deleted since" in rows(admin, tenant)["Jenkins"]


def test_a_deleted_account_goes_out_of_its_keys(portal: Portal, tenant: TenantWorld, admin: Person) -> None:
    gone, stays = delivering_account(tenant, "Acme Cloud"), delivering_account(tenant, "Acme Labs")
    both, one = program_key(tenant, [gone, stays], "Both"), program_key(tenant, [gone], "One")
    with tenant.work().write() as session:
        session.delete(session.get_one(AlmAccount, (tenant.id, gone)))
    told = rows(admin, tenant)
    assert "Acme Labs" in told["Both"] and "its ALM accounts were deleted" in told["One"]
    assert "This key is for nothing any more" in admin.click("One").text
    answers = [send(portal, "POST", f"alm-accounts/{gone}/builds", key, json={}) for key in (both, one)]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_the_record_names_the_program(tenant: TenantWorld, admin: Person) -> None:
    """What a program did stands under the name of its key, and can be filtered by it."""
    account_id = delivering_account(tenant)
    key = program_key(tenant, [account_id], "Release pipeline")
    work = Work(tenant.store, tenant.id, Actor("program", key_id=key.id))
    with work.write() as session:
        record(session, work, "deliveries.accepted", account_id=account_id, kind="builds", count=1)
    page = admin.get(tenant.path("activity/"))
    assert [one.get_text() for one in page.soup.select("option[value='" + str(key.id) + "']")] == [
        "Release pipeline (program)"
    ]
    page = admin.get(tenant.path(f"activity/?person={key.id}"))
    assert [one.get_text() for one in page.soup.select(".timeline-who")] == ["Release pipeline (program)"]
