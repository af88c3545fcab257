"""The way of an admin on Jira Cloud: by an app of the tenant's own, and by the operator's (rows C1 to C4)."""

import pytest

from portal.kinds.scopes import FIELDS, PRESET, SCOPES
from tests.support.cloud_people import consent_link, new_desk, shared_desk
from tests.support.sandbox import CloudBrowser

EVERYTHING = tuple(scope.id for scope in SCOPES)


@pytest.fixture
def admin(sign_in, tenant):
    return sign_in(tenant.admin)


@pytest.fixture
def desk(portal, sandbox, tenant, admin):
    return new_desk(portal, sandbox, tenant, admin)


def test_by_an_app_of_our_own_with_the_first_permissions(desk, admin, tenant):
    desk.fill(admin)
    assert admin.page.h1.startswith("Taking you to localhost")
    admin.get(CloudBrowser(desk.sandbox, "admin").accept(consent_link(admin)))
    assert admin.path == desk.path("identity")
    assert "Avery Admin" in admin.page.text and "admin@example.com" in admin.page.text
    assert (
        admin.page.soup.select_one("input[name=cloud_id][checked]")["value"] == desk.sandbox.cloud_ids["acme"]
    )
    admin.submit("Yes, use this identity and test it")
    assert "a made-up token was refused" in admin.page.text
    assert "Mapping fields is off" in admin.page.text and "read:field:jira" in admin.page.text
    admin.submit("Save")
    assert "Jira is saved." in admin.page.text
    assert admin.path == desk.path()
    account = desk.account
    assert (account.state, account.site.is_pinned, account.site.name) == ("connected", True, "acme")
    assert f"Authorised by {tenant.admin.name}" in admin.page.text
    assert "Mapping fields" in admin.page.text and desk.app.client_secret not in admin.response.text
    assert [line["cloud_id"] for line in desk.audit("site.pinned")] == [desk.sandbox.cloud_ids["acme"]]


def test_with_every_permission_fields_are_mapped(portal, sandbox, tenant, admin):
    desk = new_desk(portal, sandbox, tenant, admin, EVERYTHING)
    desk.fill(admin, scopes=list(EVERYTHING))
    admin.get(CloudBrowser(sandbox, "admin").accept(consent_link(admin)))
    admin.submit("Yes, use this identity and test it")
    assert "Found by type in your Jira" in admin.page.text
    admin.submit("Save")
    assert "Every feature has its permissions." in admin.page.text
    assert FIELDS.scopes <= desk.account.own.scopes


def test_by_the_operators_app_only_the_site_is_asked_for(portal, sandbox, tenant, admin):
    desk = shared_desk(portal, sandbox, tenant, admin)
    page = admin.get(desk.path("set-up"))
    assert not page.soup.select("#client_id, #client_secret, #callback-url")
    admin.submit("Get auth token", site_url=sandbox.sites["acme"])
    assert "redirect_uri" in consent_link(admin) and "%2Foauth%2Fshared%2Fcallback" in consent_link(admin)
    admin.get(CloudBrowser(sandbox, "admin").accept(consent_link(admin)))
    admin.submit("Yes, use this identity and test it")
    admin.submit("Save")
    assert "The app of this portal, which all its organisations share" in admin.page.text
    assert "of 65000 used" in admin.page.text


def test_a_member_connects_with_one_click_and_one_consent(desk, admin, sign_in, tenant):
    desk.authorise(admin)
    member = sign_in(tenant.member)
    desk.connect(member, "grace")
    assert "You act as Grace Okafor , grace@example.com" in member.page.text
    assert "Ends if unused" in member.page.text
    assert {grant.provider_account for grant in desk.grants()} and len(desk.grants()) == 2


def test_member_and_stranger_come_nowhere_near(desk, admin, sign_in, tenant):
    desk.authorise(admin)
    for someone, status in ((tenant.member, 403), (tenant.stranger, 404)):
        person = sign_in(someone)
        for page in ("", "set-up", "identity", "fields", "settings"):
            person.get(desk.path(page))
            assert person.status == status, page


def test_the_callback_stands_there_at_once(desk, admin):
    page = admin.get(desk.path("set-up"))
    assert page.value("#callback-url") == f"{desk.portal.base_url}/oauth/{desk.account_id}/callback"
    for scope in SCOPES:
        assert scope.id in page.text and scope.name in page.text
    assert (
        page.link("Open the developer console (opens a new tab)")
        == f"{desk.sandbox.cloud_url}/console/myapps"
    )
    assert set(desk.account.app.scopes) > set(PRESET)
