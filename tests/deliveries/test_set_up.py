"""From *Add ALM account* to an account that may send, over HTTP (mission row D1)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.credentials import failures_in_use
from portal.credentials.acting_as import NotConnected, acting_as
from portal.store.tables import AuditEvent, Credential, DueWork
from portal.store.vault import get_secret
from tests.deliveries.set_ups import SetUpDesk
from tests.support import canaries
from tests.support.person import Person
from tests.support.world import Someone, TenantWorld

pytestmark = pytest.mark.on_both(
    "test_a_member_comes_to_none_of_its_pages_and_a_stranger_to_nothing",
    "test_nobody_connects_to_it",
)

SignIn = Callable[[Someone], Person]
PAGES = ("", "/set-up", "/settings", "/disconnect", "/delete", "/checklist", "/guide-links")


def events(tenant: TenantWorld) -> list[str]:
    with tenant.work(tenant.admin).read() as session:
        return list(session.scalars(select(AuditEvent.event).order_by(AuditEvent.seq)))


def test_an_admin_sets_up_an_account_that_sends(desk: SetUpDesk, tenant: TenantWorld) -> None:
    admin, sandbox, page = desk.admin, desk.sandbox, desk.admin.page
    assert "site admin" in page.text and "Settings (the gear) → Apps → OAuth credentials" in page.text
    assert "were not tried against a live Jira yet" in page.text
    assert page.has("Test and save") and not page.has("Get auth token") and not page.has("Connect")
    proposed = [page.value(f"#{name}") for name in ("app_name", "server_url", "logo_url")]
    assert proposed[:2] == ["Almoner", desk.portal.base_url] and proposed[2].startswith(desk.portal.base_url)
    assert [page.value(f"#{name}") for name in ("app-name", "server-url", "logo-url")] == proposed
    assert "callback" not in page.text.lower(), "it has none"
    admin.submit("Save", site_url=sandbox.sites["acme"])
    assert f"{sandbox.sites['acme']}/jira/settings/apps" in admin.response.text

    made = desk.make()
    admin.submit("Test and save", client_id=made.client_id, client_secret=made.client_secret)
    assert "is saved" in admin.page.text, admin.page.text[:400]
    assert admin.path.endswith(str(desk.account_id)), "on its overview"
    assert desk.permissions() == {"Builds": "On", "Deployments": "On"}
    assert "belongs to the site and to no person" in admin.page.text

    calls = sandbox.deliveries()
    assert [(call["kind"], call["items"]) for call in calls] == [("builds", []), ("deployments", [])]
    account = desk.account
    assert (account.state, account.saved, account.tested_at is not None) == ("connected", True, True)
    assert account.site is not None and account.site.is_pinned and account.delivery is not None
    assert dict(account.delivery.granted) == {"builds": "granted", "deployments": "granted"}
    assert events(tenant)[-3:] == ["credential.connected", "credential.tested", "account.saved"]


def test_no_page_shows_the_secret_or_the_token(saved_desk: SetUpDesk) -> None:
    desk, admin = saved_desk, saved_desk.admin
    with desk.work.read() as session:
        [row] = session.scalars(select(Credential))
        assert (row.method, row.user_id, row.jira_key, row.jira_display_name) == ("two_legged", None, "", "")
        canaries.add(get_secret(session, row, "access_token").reveal())
    for name in PAGES:
        admin.get(desk.path + name)
        assert admin.status == 200, name
        canaries.assert_none_in(admin.response.text, name)
    admin.get(f"{desk.path}/set-up")
    assert "Held, not shown" in admin.page.text and admin.page.value("#client_secret") == ""
    canaries.assert_none_in(admin.get(desk.tenant.path("activity")).html, "the activity")


def test_a_member_comes_to_none_of_its_pages_and_a_stranger_to_nothing(
    saved_desk: SetUpDesk, tenant: TenantWorld, sign_in: SignIn
) -> None:
    for someone, status in ((tenant.member, 403), (tenant.stranger, 404)):
        person = sign_in(someone)
        for name in PAGES:
            person.get(saved_desk.path + name)
            assert person.status == status, name
        for name in ("/test", "/set-up"):
            person.get("/profile/")
            person.post(saved_desk.path + name)
            assert person.status == status, name


def test_nobody_connects_to_it(saved_desk: SetUpDesk, tenant: TenantWorld, sign_in: SignIn) -> None:
    desk, admin = saved_desk, saved_desk.admin
    name = "Deliveries of ours"
    admin.get(f"{desk.path}/settings")
    assert not admin.page.soup.select("[name=read_only]"), "it can do nothing but send"
    admin.submit("Save settings", name=name)
    tabs = {link.get_text(strip=True) for link in admin.get(desk.path).soup.select("a")}
    assert "Checklist" in tabs and not {"Fields", "Connected people", "Key", "Add a board"} & tabs
    for page in ("fields", "people/", "token-end"):
        admin.get(f"{desk.path}/{page}")
        assert admin.status == 404, page
    home = admin.get(tenant.path("")).text
    assert "nobody, it only sends" in home and "nothing to connect" in home
    assert name not in admin.get(tenant.path("boards/new")).text
    admin.get(tenant.path(f"boards/new/{desk.account_id}/1"))
    assert admin.status == 404, "and no board of it can be chosen by its address"
    assert "There is no other way to change to" in admin.get(f"{desk.path}/conversion").text
    member = sign_in(tenant.member)
    assert name not in member.get(tenant.path("profile/alm-credentials/")).text
    for page in ("", "/token"):
        member.get(tenant.path(f"profile/alm-credentials/{desk.account_id}{page}"))
        assert member.status == 404, page


def test_nothing_is_read_by_its_credential(saved_desk: SetUpDesk) -> None:
    """It can only send (mission row D6): not even where somebody asks for it by mistake."""
    desk = saved_desk
    desk.sandbox.clear_requests()
    for is_test in (False, True):
        acting = acting_as(desk.work, desk.registry, desk.account_id, None, is_test=is_test)
        with pytest.raises(NotConnected), acting:
            pass
    assert desk.sandbox.requests() == []
    with desk.work.read() as session:
        about = (DueWork.kind == failures_in_use.KIND) & (DueWork.subject_id == desk.account_id)
        assert session.scalars(select(DueWork).where(about)).first() is None, "it failed at nothing"
