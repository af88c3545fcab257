"""A support case from complaint to cause: a request id, a search, a yes, a visit, the line, the timeline, and
what the tenant's admin sees of it all."""

import pytest
from playwright.sync_api import Page, expect

from portal.audit.permits import ON_REQUEST
from portal.people.support_access import set_access
from tests.browser.conftest import Opener, Shop
from tests.browser.looking import look_at
from tests.support import accounts
from tests.support.portals import Portal
from tests.support.sandbox import JiraBrowser, SandboxProcess
from tests.support.world import World

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def complaint(new_window: Opener, portal: Portal, shop: Shop, sandbox: SandboxProcess) -> str:
    """The request id on the page of a member whose board stopped: the token was revoked in Jira."""
    accounts.connect(portal, sandbox, shop.tenant, shop.tenant.member, shop.account_id, "ada")
    page = new_window().sign_in(shop.tenant.member)
    page.goto(shop.board)
    expect(page.get_by_role("link", name="SHOP-5")).to_be_visible()
    jira = JiraBrowser(sandbox, "ada")
    jira.submit(jira.open("/plugins/servlet/oauth/users/access-tokens"), "token")
    page.goto(shop.board)
    expect(page.get_by_text("Jira does not accept the token").first).to_be_visible()
    return page.locator("footer code").inner_text()


@on_sqlite
def test_from_complaint_to_cause(complaint: str, new_window: Opener, shop: Shop, world: World) -> None:
    tenant, wrong = shop.tenant, []
    set_access(tenant.work(tenant.admin), ON_REQUEST)
    page, admin = new_window().sign_in(world.support()), new_window().sign_in(tenant.admin)
    page.goto("/support/search")
    wrong += look_at(page, "support search")
    page.get_by_label("Request id").fill(complaint)
    press(page, "Search")
    expect(page.get_by_text("One match or more")).to_be_visible()
    wrong += look_at(page, "support found to ask")
    page.get_by_role("link", name=f"Ask to visit to {tenant.name}").click()
    wrong += look_at(page, "support ask")
    press(page, "Ask its admins")
    wrong += look_at(page, "support asked")

    admin.goto(tenant.path())
    wrong += look_at(admin, "home asked by support")
    admin.get_by_role("link", name="Answer Sue Support").click()
    wrong += look_at(admin, "access asked")
    press(admin, "Allow")
    wrong += look_at(admin, "access allowed")

    page.goto("/support/search")
    page.get_by_label("Request id").fill(complaint)
    press(page, "Search")
    wrong += look_at(page, "support found")
    page.get_by_role("link", name="Visit to read it").first.click()
    press(page, "Open the visit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jira refused the credential")
    wrong += look_at(page, "support line")
    page.get_by_role("link", name="Timeline of").click()
    expect(page.get_by_text("Just before:").first).to_be_visible()
    wrong += look_at(page, "support timeline")
    page.get_by_role("link", name="How", exact=False).first.click()
    wrong += look_at(page, "support account")
    page.get_by_role("link", name="Its checklist").click()
    wrong += look_at(page, "support checklist")
    for tab in ("ALM accounts", "Deliveries", "Record"):
        page.get_by_role("link", name=tab, exact=True).click()
        wrong += look_at(page, f"support {tab}")
    admin.goto(tenant.path("activity/"))
    expect(admin.get_by_text("may read this record")).to_be_visible()
    wrong += look_at(admin, "activity visited")
    press(page, "End the visit")
    wrong += look_at(page, "support home")
    admin.reload()
    expect(admin.get_by_text("may read this record")).to_have_count(0)
    for words in ("Support asked to visit", "Support allowed to visit", "Support opened a visit"):
        expect(admin.locator(".timeline").get_by_text(words)).to_be_visible()
    assert not wrong, "\n".join(wrong)


def press(page: Page, name: str) -> None:
    """The button of the page's own, not of its frame."""
    page.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()
