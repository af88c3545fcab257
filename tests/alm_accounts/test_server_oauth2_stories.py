"""The way of an admin and a member to a Jira Data Center by OAuth 2.0 (row A10)."""

import pytest

from portal.kinds.server_scopes import READ
from tests.support.cloud_people import consent_link
from tests.support.sandbox import JiraBrowser
from tests.support.server_oauth2 import incoming_link, new_link_desk, server_oauth2_office

pytestmark = pytest.mark.on_both(
    "test_from_add_to_saved",
    "test_member_and_stranger_come_nowhere_near",
)


@pytest.fixture
def desk(portal, sandbox, tenant, admin):
    return new_link_desk(portal, sandbox, tenant, admin)


def test_from_add_to_saved(desk, admin, tenant):
    desk.fill(admin)
    assert admin.page.h1.startswith("Taking you to localhost")
    desk.finish(admin)
    assert admin.path == desk.path()
    account = desk.account
    assert (account.state, account.own.display_name, account.own.method) == (
        "connected",
        "Avery Admin",
        "oauth2",
    )
    text = admin.page.text
    assert f"Authorised by {tenant.admin.name}" in text and "Permission asked for Write" in text
    assert "Renewed By itself" in text and "Ends if unused" in text
    assert "Held since" in text and desk.app.client_id in text
    assert desk.app.client_secret not in admin.response.text


def test_the_test_proves_identity_and_that_a_made_up_token_is_refused(desk, admin):
    desk.fill(admin)
    admin.get(JiraBrowser(desk.sandbox, "admin").allow(consent_link(admin)))
    assert admin.path == desk.path("identity") and "Avery Admin" in admin.page.text
    admin.submit("Yes, use this identity and test it")
    assert "identity proved, Jira 9.12.15, and a made-up token was refused" in admin.page.text


def test_the_guide_names_every_click_and_the_values_to_carry_over(desk, admin):
    page = admin.get(desk.path("set-up"))
    assert page.value("#callback-url") == f"{desk.portal.base_url}/oauth/{desk.account_id}/callback"
    for word in ("Application links", "External application", "Incoming", "Redirect URL", "Client secret"):
        assert word in page.text
    assert "8.22" in page.text and "View credentials" in page.text and "A rule of Atlassian" not in page.text
    assert "this portal has plain http" in page.text and "skip.redirect.url.https.requirement" in page.text
    assert "When Jira shows an error and does not lead back" in page.text
    admin.submit("Save", base_url=desk.sandbox.url)
    link = admin.page.link("Open the application links of your Jira (opens a new tab)")
    assert link == f"{desk.sandbox.url}/plugins/servlet/applinks/listApplicationLinks"


def test_a_member_connects_with_one_click_and_one_consent(portal, sandbox, tenant, sign_in):
    office = server_oauth2_office(portal, sandbox, tenant)
    member = sign_in(tenant.member)
    member.get(office.allow(member, "grace"))
    assert "You act as Grace Okafor , grace@example.com" in member.page.text
    member.submit("Test connection")
    assert "The connection works" in member.page.text
    assert len(office.grants()) == 2


def test_member_and_stranger_come_nowhere_near(portal, sandbox, tenant, sign_in):
    office = server_oauth2_office(portal, sandbox, tenant)
    for someone, status in ((tenant.member, 403), (tenant.stranger, 404)):
        person = sign_in(someone)
        for page in ("", "set-up", "identity", "fields", "settings"):
            person.get(office.path(page))
            assert person.status == status, page


def test_with_read_nothing_more_is_asked_for(portal, sandbox, tenant, admin):
    desk = new_link_desk(portal, sandbox, tenant, admin, READ)
    desk.fill(admin, permission=READ)
    assert "scope=READ&" in consent_link(admin) or consent_link(admin).endswith("scope=READ")
    desk.finish(admin)
    assert "Permission asked for Read" in admin.page.text
    assert [grant.scopes for grant in desk.grants()] == [[READ]]


def test_the_one_account_and_its_admin_share_a_consent_of_the_same_jira_user(
    portal, sandbox, tenant, sign_in
):
    office = server_oauth2_office(portal, sandbox, tenant)
    admin = sign_in(tenant.admin)
    admin.get(office.allow(admin, "admin"))
    assert len(office.grants()) == 1
    admin.click("Disconnect")
    assert "Removing access at Jira ends that too" in admin.page.text
    admin.submit("Disconnect", "main")
    admin.get(office.path())
    admin.submit("Test connection")
    assert "The connection works" in admin.page.text


@pytest.mark.parametrize("change", ["base URL", "client"])
def test_another_jira_or_link_ends_what_the_former_gave(portal, sandbox, tenant, sign_in, change):
    office = server_oauth2_office(portal, sandbox, tenant)
    office.connect(tenant.member, "ada")
    admin = sign_in(tenant.admin)
    link = incoming_link(sandbox, portal.base_url + office.account.callback_path)
    address = sandbox.url.replace("localhost", "127.0.0.1") if change == "base URL" else sandbox.url
    office.fill(admin, "Save", base_url=address, client_id=link.client_id, client_secret=link.client_secret)
    assert "Saved." in admin.page.text
    account = office.account
    assert (account.own.state, account.people) == ("ended", 0)
    assert account.own.code == ("address_changed" if change == "base URL" else "app_changed")
    assert office.grants() == []


def test_a_secret_never_goes_to_another_jira(portal, sandbox, tenant, sign_in):
    """The settings change the address alone: the secret of the former Jira's link is erased (T11)."""
    office = server_oauth2_office(portal, sandbox, tenant)
    admin = sign_in(tenant.admin)
    admin.get(office.path("settings"))
    admin.submit("Save settings", base_url=sandbox.url.replace("localhost", "127.0.0.1"))
    assert not office.account.app.has_secret
    admin.get(office.path("set-up"))
    admin.submit("Get auth token")
    assert admin.status == 422 and "Paste the client secret: Jira" in " ".join(admin.page.errors())
