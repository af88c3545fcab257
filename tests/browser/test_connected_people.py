"""The page of connected people in Chromium: every state, reminding, and leaving, on a desk and on a phone."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from portal import clock
from portal.alm_accounts.testing import run_test
from portal.store.tables import Credential
from tests.browser.looking import look_at
from tests.mail.conftest import mail_settings
from tests.support.accounts import connect, connected_account, registry_of
from tests.support.browsers import Window
from tests.support.databases import Database
from tests.support.portals import Portal, serve
from tests.support.post import post_office
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld

pytestmark = pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)


@pytest.fixture
def mailing(empty_database: Database) -> Iterator[Portal]:
    with post_office() as letters, serve(empty_database, **mail_settings(letters)) as running:
        yield running


@pytest.fixture
def tenant(mailing: Portal) -> TenantWorld:
    return mailing.world.tenant()


@pytest.fixture
def account_id(mailing: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> UUID:
    """One connected, one refused, one expired, one never, and an admin with a name that is long."""
    made = connected_account(mailing, sandbox, tenant)
    late = mailing.world.person("Maximilienne Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh")
    mailing.world.join(late, tenant.id)
    for someone, user in ((tenant.admin, "grace"), (tenant.member, "ada"), (late, "linus")):
        connect(mailing, sandbox, tenant, someone, made, user)
    sandbox.disable_user("ada")
    run_test(tenant.work(tenant.admin), registry_of(mailing), made, tenant.member.user_id)
    ended = update(Credential).where(Credential.user_id == late.user_id)
    with tenant.work().write() as session:
        session.execute(ended.values(expires_at=clock.now() - timedelta(days=1)))
    return made


@pytest.fixture
def window(browser: Browser, mailing: Portal) -> Iterator[Window]:
    opened = Window(browser, mailing.base_url)
    yield opened
    opened.close()


def test_an_admin_reminds_all_and_reads_who_was(
    window: Window, tenant: TenantWorld, account_id: UUID
) -> None:
    page = window.sign_in(tenant.admin)
    page.goto(tenant.path(f"alm-accounts/{account_id}"))
    wrong = look_at(page, "overview with a user gone")
    page.get_by_role("link", name="Connected people").click()
    wrong += look_at(page, "connected people before")
    page.get_by_role("button", name="Remind all 3 who have to connect").click()
    page.get_by_text("3 reminders are on their way.").wait_for()
    wrong += look_at(page, "connected people after")
    page.get_by_role("link", name="Broken (2)").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    wrong += look_at(page, "connected people broken")
    page.goto(tenant.path(f"alm-accounts/{account_id}/people/?show=connected&after={tenant.admin.user_id}"))
    wrong += look_at(page, "connected people past the end")
    assert not wrong, "\n".join(wrong)


def test_an_admin_disconnects_somebody_who_reads_it_on_their_page(
    window: Window, browser: Browser, mailing: Portal, tenant: TenantWorld, account_id: UUID
) -> None:
    name = tenant.member.name
    page = window.sign_in(tenant.admin)
    page.goto(tenant.path(f"alm-accounts/{account_id}/people/"))
    page.get_by_role("link", name=f"Disconnect {name}").click()
    wrong = look_at(page, "disconnect a person")
    asked = page.url
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name=f"Disconnect {name}").click()
    page.get_by_role("button", name=f"Disconnect {name}").click()
    page.get_by_text(f"{name} is disconnected from").wait_for()
    expect(page.get_by_role("link", name=f"Disconnect {name}")).to_have_count(0)
    wrong += look_at(page, "connected people after disconnecting")
    page.goto(asked)
    wrong += look_at(page, "nobody to disconnect")
    page.locator("main").get_by_role("link", name="Connected people").last.click()
    page.get_by_role("heading", name="People").wait_for()
    with closing(Window(browser, mailing.base_url)) as other:
        page = other.sign_in(tenant.member)
        page.goto(tenant.path("profile/alm-credentials/"))
        wrong += look_at(page, "credentials after an admin disconnected")
        page.goto(tenant.path(f"profile/alm-credentials/{account_id}"))
        page.get_by_text(f"{tenant.admin.name} has disconnected you").wait_for()
        wrong += look_at(page, "credential after an admin disconnected")
    assert not wrong, "\n".join(wrong)


def test_leaving_is_asked_twice_where_an_account_rests_on_one(
    window: Window, mailing: Portal, tenant: TenantWorld, account_id: UUID
) -> None:
    mailing.world.join(tenant.stranger, tenant.id, "admin")
    page = window.sign_in(tenant.admin)
    page.goto(tenant.path("people/leave"))
    wrong = look_at(page, "leave")
    page.get_by_role("button", name=f"Leave {tenant.name}").click()
    page.get_by_role("alert").wait_for()
    wrong += look_at(page, "leave without the tick")
    page.get_by_label("Leave all the same").check()
    page.get_by_role("button", name=f"Leave {tenant.name}").click()
    page.get_by_text("You have left").wait_for()
    assert not wrong, "\n".join(wrong)
