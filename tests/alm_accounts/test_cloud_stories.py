"""The way of an admin on Jira Cloud: by an app of the tenant's own, and by the operator's (rows C1 to C4)."""

import pytest

from portal.alm_accounts import accounts, field_maps
from portal.alm_accounts.leaving import leave
from portal.errors import NotHere
from portal.kinds.features import FIELDS
from portal.kinds.scopes import PRESET, SCOPES
from tests.support import canaries
from tests.support.cloud_people import consent_link, new_desk, shared_desk
from tests.support.sandbox import CloudBrowser

pytestmark = pytest.mark.on_both(
    "test_by_an_app_of_our_own_with_the_first_permissions",
    "test_member_and_stranger_come_nowhere_near",
    "test_a_map_of_fields_outlives_the_permission",
    "test_another_site_ends_what_was_connected",
    "test_an_account_of_the_operators_app_whose_secret_is_wrong",
    "test_the_account_says_who_authorised_it_when_they_have_left",
)

EVERYTHING = tuple(scope.id for scope in SCOPES)


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
    assert "of 65,000 used" in admin.page.text


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
    ids = {node.get_text("", strip=True) for node in page.soup.select("td code")}
    for scope in SCOPES:
        assert scope.id in ids and scope.name in page.text
    assert (
        page.link("Open the developer console (opens a new tab)")
        == f"{desk.sandbox.cloud_url}/console/myapps"
    )
    assert set(desk.account.app.scopes) > set(PRESET)


def test_a_map_of_fields_outlives_the_permission(portal, sandbox, tenant, admin):
    desk = new_desk(portal, sandbox, tenant, admin, EVERYTHING)
    admin.get(desk.path("set-up"))
    desk.fill(admin, scopes=list(EVERYTHING))
    desk.finish(admin, "admin")
    before = field_maps.mapped(tenant.work(tenant.admin), desk.account_id)
    assert before
    sandbox.state(narrow_scopes=["read:field:jira", "read:jira-work"])
    admin.get(CloudBrowser(sandbox, "admin").accept(desk.begin(admin, own=True)))
    admin.submit("Yes, use this identity and test it")
    assert "Limited" in admin.page.text
    page = admin.get(desk.path("fields"))
    assert "Mapping fields is off" in page.text and not page.soup.select("main form")
    admin.get(desk.path("settings"))
    admin.post(desk.path("fields"))
    assert admin.status == 409
    assert field_maps.mapped(tenant.work(tenant.admin), desk.account_id) == before


def test_the_address_of_an_account_on_cloud_is_changed_by_its_site_only(desk, admin, tenant):
    desk.authorise(admin)
    wire = desk.portal.app.extensions["almoner"].registry.outbound.wire
    with pytest.raises(NotHere):
        accounts.change(tenant.work(tenant.admin), wire, desk.account_id, {"base_url": desk.sandbox.url})
    assert desk.account.base_url == desk.sandbox.sites["acme"]


def test_another_site_ends_what_was_connected(desk, admin, sign_in, tenant):
    desk.authorise(admin)
    member = sign_in(tenant.member)
    desk.connect(member)
    desk.fill(admin, "Save", site_url=desk.sandbox.sites["globex"], client_secret="")
    assert not desk.account.site.is_pinned
    member.get(desk.mine)
    assert "leads to another Jira now" in member.page.text
    assert desk.grants() == []


def test_another_client_id_ends_what_was_connected(desk, admin, sign_in, tenant):
    desk.authorise(admin)
    member = sign_in(tenant.member)
    desk.connect(member)
    other = desk.sandbox.make_app(client_secret=f"ATOA{canaries.new('client-secret')}")
    desk.fill(admin, "Save", client_id=other.client_id, client_secret=other.client_secret)
    member.get(desk.mine)
    assert "goes by another app now" in member.page.text


def test_what_was_done_stands_in_the_activity_in_words(desk, admin, tenant):
    desk.authorise(admin)
    page = admin.get(tenant.path("activity/"))
    for said in (
        "OAuth 2.0 app changed",
        "client ID",
        "Site chosen",
        "cloud ID",
        "Grant given",
        "permissions",
    ):
        assert said in page.text
    assert desk.app.client_secret not in admin.response.text


def test_an_account_of_the_operators_app_whose_secret_is_wrong(portal, sandbox, tenant, admin):
    desk = shared_desk(portal, sandbox, tenant, admin)
    sandbox.change_app(desk.app, new_secret=True)
    admin.get(desk.path("set-up"))
    admin.submit("Get auth token", site_url=sandbox.sites["acme"])
    admin.get(CloudBrowser(sandbox, "admin").accept(consent_link(admin)))
    assert "does not accept the app of this portal" in admin.page.text
    assert "the operator of this portal" in admin.page.text


def test_the_account_says_who_authorised_it_when_they_have_left(desk, admin, sign_in, tenant, world):
    desk.authorise(admin)
    world.join(tenant.stranger, tenant.id, "admin")
    leave(tenant.work(tenant.admin), tenant.admin.user_id, "removed", anyway=True)
    page = sign_in(tenant.stranger).get(desk.path())
    assert f"{tenant.admin.name} has left" in page.text and "Reauthorise" in page.text
