"""What support sees during a visit beside the record: states, reasons, nothing to press, no value (T05)."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from portal import clock
from portal.checklist.outcome import State
from portal.store.tables import Check, SupportVisit
from portal.store.work import OPERATOR, Work
from tests.audit.support_desk import visit
from tests.support import samples
from tests.support.delivery_rows import deliveries, delivering_account
from tests.support.person import Person
from tests.support.world import Someone, TenantWorld, World

pytestmark = pytest.mark.own_database

SignIn = Callable[[Someone], Person]
SECRET_NAME = "rocket launch codes"


@pytest.fixture
def support(world: World, sign_in: SignIn) -> Person:
    """One of the support staff, signed in."""
    return sign_in(world.support())


def pages_of(tenant: TenantWorld, account_id: UUID, delivery_id: UUID) -> list[str]:
    """Every page of a visit."""
    at = f"/support/tenants/{tenant.id}"
    accounts = [f"{at}/accounts/{account_id}{rest}" for rest in ("", "/checklist", "/timeline")]
    return [f"{at}/audit", f"{at}/accounts", *accounts, f"{at}/deliveries", f"{at}/deliveries/{delivery_id}"]


@pytest.fixture
def account_id(tenant: TenantWorld) -> UUID:
    """An account with credentials of its own and of a member, and a checklist that found something."""
    made = samples.account(tenant, "Shop Jira")
    samples.credential(tenant, made)
    samples.credential(tenant, made, tenant.member.user_id)
    with Work(tenant.store, tenant.id, OPERATOR).write() as session:
        session.add(
            Check(
                account_id=made,
                row="jira",
                state=State.FAILED,
                said="It did not answer.",
                tried="A call",
                code="timeout",
                evidence={},
                run_id=uuid4(),
                looked_at=clock.now(),
                since=clock.now(),
            )
        )
    return made


@pytest.fixture
def delivery_id(tenant: TenantWorld) -> UUID:
    """A delivery that Jira rejected, the first of two; a program gave it a telling name."""
    sends = delivering_account(tenant)
    rejected = {"state": "rejected", "reasons": ["Bad number"], "label": SECRET_NAME, "keys": ("ABC-7",)}
    return deliveries(tenant, [rejected, {"keys": ("XYZ-1",)}], sends)[0]


def test_accounts_checklists_and_deliveries_are_read(
    support: Person, tenant: TenantWorld, account_id: UUID, delivery_id: UUID
) -> None:
    visit(support, tenant)
    support.click("ALM accounts")
    support.click("Shop Jira")
    for words in ("Its own credential", "Mel Member", "Connected", "Sam Second", "Not connected"):
        assert words in support.page.text, words
    support.click("Its checklist")
    assert "It did not answer." in support.page.text and "Who can mend it" in support.page.text
    support.click("Shop Jira")
    support.click("Its timeline")
    assert support.page.h1 == "Timeline of Shop Jira"
    support.click("Deliveries")
    assert "Bad number" in support.page.text and "Rejected" in support.page.text
    support.submit("Show", issue="ABC-7")
    assert "Bad number" in support.page.text and "XYZ-1" not in support.page.text
    support.click("Build number 1001")
    assert "Sent to Jira" in support.page.text and "Bad number" in support.page.text
    assert "Taken from the program" in support.page.text and "JSON" not in support.page.text
    support.get(f"/support/tenants/{tenant.id}/deliveries?since=soon")
    assert support.status == 422


def test_nothing_can_be_pressed_and_no_value_is_shown(
    support: Person, tenant: TenantWorld, account_id: UUID, delivery_id: UUID
) -> None:
    """Every page a test opens is searched for canaries of secrets. What programs wrote is not shown, nor can
    it be asked for."""
    visit(support, tenant)
    for path in pages_of(tenant, account_id, delivery_id):
        page = support.get(path)
        assert support.status == 200, path
        posts = {str(form["action"]) for form in page.soup.select("form[method=post]")}
        assert posts == {f"/support/tenants/{tenant.id}/end-visit", "/sign-out"}, path
        assert f"/t/{tenant.slug}/" not in str(page.soup.select("main")[0]), path
        assert SECRET_NAME not in support.response.text and "displayName" not in support.response.text, path
    for query in ("words=rocket", "words=nothing+like+it"):
        support.get(f"/support/tenants/{tenant.id}/deliveries?{query}")
        assert len(support.page.soup.select("main tbody th[scope=row]")) == 3


def test_every_page_takes_a_visit_of_ones_own_to_that_tenant(
    support: Person,
    tenant: TenantWorld,
    account_id: UUID,
    delivery_id: UUID,
    world: World,
    sign_in: SignIn,
) -> None:
    """Without one the reason is asked for, and then one comes back to where one wanted to go."""
    pages, colleague = pages_of(tenant, account_id, delivery_id), sign_in(world.support())
    other = cast(TenantWorld, tenant.other)
    admin, stranger = sign_in(tenant.admin), sign_in(tenant.stranger)
    visit(support, other)
    for path in pages:
        for person in (support, colleague):
            person.get(path)
            assert person.path.startswith(f"/support/tenants/{tenant.id}/visit?then="), path
        for person in (admin, stranger):
            person.get(path)
            assert person.status == 404, path
        # What is another tenant's is not found in the visited one.
        inside = path.replace(str(tenant.id), str(other.id))
        if len(re.findall(r"[0-9a-f-]{36}", inside)) == 2:
            support.get(inside)
            assert support.status == 404, inside
    support.get(pages[3])
    support.submit("Open the visit", reason="Ticket 4711")
    assert support.path == pages[3]
    up = f"/support/tenants/{tenant.id}/"
    ways_out = (
        f"{up}../../../t/{other.slug}/",
        f"{up}%2e%2e/%2E%2E/",
        f"{up}..\\..\\",
        f"{up}audit?x=/../../",
    )
    others = ("https://evil.example", "//evil.example/support/tenants", "/support/", f"{pages[0]}//x")
    for away in (*others, *ways_out):
        support.get(f"/support/tenants/{tenant.id}/visit", params={"then": away})
        support.submit("Open the visit", reason="Ticket 4711")
        assert support.path == pages[0], away


def test_the_hour_is_over_on_every_page(
    support: Person, tenant: TenantWorld, account_id: UUID, delivery_id: UUID
) -> None:
    visit(support, tenant)
    with Work(tenant.store, None, OPERATOR).write() as session:
        over = clock.now() - timedelta(seconds=1)
        session.execute(update(SupportVisit).where(SupportVisit.tenant_id == tenant.id).values(ends_at=over))
    for path in pages_of(tenant, account_id, delivery_id):
        support.get(path)
        assert "/visit?then=" in support.path, path


def test_on_their_own_profile_the_staff_are_persons(support: Person) -> None:
    """Support's pages write next to nothing; a name of one's own is changed all the same."""
    support.get("/profile/")
    support.submit("Save", name="Susan Support")
    assert support.get("/profile/").value("input[name=name]") == "Susan Support"
