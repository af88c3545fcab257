"""What bad input gets on the set-up page of Jira Cloud: each its own sentence, no secret back (row C2)."""

from dataclasses import replace
from uuid import uuid4

import pytest

from portal.alm_accounts import accounts
from portal.pages.alm_accounts.set_up import WAITS_NO_LONGER
from tests.alm_accounts.conftest import errors
from tests.support import canaries
from tests.support.cloud_people import consent_link, new_desk, shared_desk
from tests.support.sandbox import CloudBrowser

pytestmark = pytest.mark.on_both(
    "test_a_held_secret_stays_and_is_replaced",
    "test_settings_take_no_address",
    "test_only_the_token_that_waits_is_confirmed",
)


@pytest.fixture
def desk(portal, sandbox, tenant, admin):
    return new_desk(portal, sandbox, tenant, admin)


URLS = {
    "a page of the site": ("{acme}/jira/software/projects/WEB/boards/1", "This is a page inside Jira"),
    "a page at Atlassian": (
        "https://acme.atlassian.net/jira/boards/1",
        "Did you mean https://acme.atlassian.net?",
    ),
    "Atlassian's own": ("https://id.atlassian.com/manage-profile", "a page of Atlassian's, not your site"),
    "no address": ("", "Enter the address of your site, for example https://acme.atlassian.net."),
    "a Server": ("{server}", "is no site at atlassian.net"),
    "a Server without a scheme": ("localhost:9", "is no site at atlassian.net"),
    "blanks": ("acme atlassian net", "blank"),
}


@pytest.mark.parametrize("name", URLS)
def test_no_site_url(desk, admin, name):
    typed, sentence = URLS[name]
    desk.fill(admin, site_url=typed.format(acme=desk.sandbox.sites["acme"], server=desk.sandbox.url))
    assert sentence in errors(admin)
    assert desk.account.base_url is None
    assert desk.account.app.has_secret, "what was right beside it is held"
    assert desk.app.client_secret not in admin.response.text


def test_from_the_cloud_form_to_the_right_kind(desk, admin, tenant):
    desk.fill(admin, site_url=desk.sandbox.url)
    offered = ("Jira Server OAuth", "Jira Data Center OAuth 2.0", "Jira Server token")
    assert all(admin.page.has(f"Add an account of the kind {title}") for title in offered)
    admin.submit("Add an account of the kind Jira Server OAuth")
    kinds = {one.kind.name for one in accounts.accounts(tenant.work(tenant.admin))}
    assert kinds == {"cloud_oauth", "server_oauth1"}
    assert "Open the application links" in admin.page.text


@pytest.mark.parametrize(
    "typed", ["https://acme.atlassian.net/jira/boards/1", "{acme}", "{acme}/browse/WEB-1"]
)
def test_from_the_server_form_to_the_right_kind(sandbox, tenant, admin, typed):
    admin.get(tenant.path("alm-accounts/new"))
    admin.submit("Set up Jira Server OAuth")
    admin.submit("Save", base_url=typed.format(acme=sandbox.sites["acme"]))
    assert "This is a Jira Cloud site" in errors(admin)
    [draft] = accounts.accounts(tenant.work(tenant.admin))
    assert draft.base_url is None
    assert not admin.page.has("Add an account of the kind Jira Cloud builds and deployments")
    admin.submit("Add an account of the kind Jira Cloud OAuth")
    assert "Open the developer console" in admin.page.text


def test_client_id_and_secret_swapped(desk, admin):
    desk.fill(admin, client_id=desk.app.client_secret, client_secret=desk.app.client_id)
    said = errors(admin)
    assert "looks like the client secret" in said and "the two are swapped" in said
    assert desk.app.client_secret not in admin.response.text
    assert (desk.account.app.client_id, desk.account.app.has_secret) == (None, False)


SECRETS = {
    "a line break": ("{start}\r\n{end}", "There is a line break inside"),
    "a blank": ("{start} {end}", "There is a blank in the secret"),
    "too short": ("ATOA", "too short"),
    "the client id": ("{client_id}", "the client ID once more"),
    "nothing": ("", "Paste the client secret"),
}


@pytest.mark.parametrize("name", SECRETS)
def test_no_client_secret(desk, admin, name):
    whole = desk.app.client_secret
    shape, sentence = SECRETS[name]
    typed = shape.format(start=whole[:20], end=whole[20:], client_id=desk.app.client_id)
    desk.fill(admin, client_secret=typed)
    assert sentence in errors(admin)
    assert whole[20:] not in admin.response.text
    assert desk.account.app.client_id == desk.app.client_id, "what was right beside it is kept"
    assert not desk.account.app.has_secret


def test_blanks_around_are_no_matter(desk, admin):
    desk.fill(admin, client_secret=f"{desk.app.client_secret}\n", client_id=f" {desk.app.client_id} ")
    assert admin.page.h1.startswith("Taking you to")


def test_a_held_secret_stays_and_is_replaced(desk, admin):
    desk.fill(admin, "Save")
    page = admin.get(desk.path("set-up"))
    assert "Held, not shown" in page.text and "Held since" in page.text
    assert page.value("#client_secret") == ""
    before = desk.account.app.secret_set_at
    admin.submit("Save", name="Another name")
    assert desk.account.app.secret_set_at == before
    admin.submit("Save", client_secret=f"ATOA{canaries.new('client-secret')}")
    assert desk.account.app.secret_set_at > before


def test_the_operators_client_id_is_nobodys_own(portal, desk, admin):
    shared = portal.app.extensions["almoner"].registry.cloud.shared_app
    desk.fill(admin, client_id=shared.client_id)
    assert "This is the operator's app" in errors(admin)


@pytest.mark.parametrize("shown", ["forbidden", "not_found"])
def test_a_site_that_tells_no_cloud_id(desk, admin, shown):
    desk.sandbox.state(tenant_info=shown)
    desk.fill(admin)
    if shown == "not_found":
        assert "There is no Jira site at localhost" in errors(admin)
        return
    assert "_edge/tenant_info" in errors(admin)
    desk.fill(admin, cloud_id="no cloud id!")
    assert "This is no cloud id" in errors(admin)
    desk.fill(admin, cloud_id=desk.sandbox.cloud_ids["acme"])
    assert admin.page.h1.startswith("Taking you to")
    assert desk.account.site.cloud_id == desk.sandbox.cloud_ids["acme"]


def test_a_cloud_id_of_another_site(desk, admin):
    desk.fill(admin, cloud_id=desk.sandbox.cloud_ids["globex"])
    assert "says that its cloud id is" in errors(admin)


def test_permissions_are_those_of_the_list(desk, admin):
    admin.get(desk.path("set-up"))
    admin.post(desk.path("set-up"), name="Jira", scopes=["read:field:jira", "write:everything"])
    asked = set(desk.account.app.scopes)
    assert asked == {"read:field:jira", "read:jira-user", "read:me", "offline_access"}


def test_settings_take_no_address(desk, admin):
    desk.fill(admin, "Save")
    page = admin.get(desk.path("settings"))
    assert not page.soup.select("#base_url, #ca_pem")
    admin.submit("Save settings", read_only=True)
    assert desk.account.read_only
    admin.post(desk.path("settings"), name="Jira", max_concurrent="8", base_url="https://evil.example.org")
    assert desk.account.base_url == desk.sandbox.sites["acme"]


def test_the_operators_app_is_offered_where_there_is_one(portal, sandbox, tenant, admin, monkeypatch):
    registry = portal.app.extensions["almoner"].registry
    monkeypatch.setattr(registry, "cloud", replace(registry.cloud, shared_app=None))
    page = admin.get(tenant.path("alm-accounts/new"))
    assert "Set up Jira Cloud OAuth" in page.text and "app of this portal" not in page.text
    admin.post(tenant.path("alm-accounts/new"), kind="cloud_oauth", app="shared")
    assert admin.status == 404


def test_a_kind_that_has_no_app_has_none_of_the_operators(tenant, admin):
    admin.get(tenant.path("alm-accounts/new"))
    admin.post(tenant.path("alm-accounts/new"), kind="server_oauth1", app="shared")
    assert admin.status == 404


def test_nothing_is_typed_for_the_operators_app(portal, sandbox, tenant, admin):
    desk = shared_desk(portal, sandbox, tenant, admin)
    admin.get(desk.path("set-up"))
    admin.post(desk.path("set-up"), name="Jira", client_id="A" * 32, client_secret="B" * 32, scopes="read:me")
    assert desk.account.app.is_shared and desk.account.app.client_id == desk.app.client_id


def test_a_custom_domain(desk, admin):
    """A site that answers under another name than its own."""
    desk.fill(admin, site_url=desk.sandbox.sites["acme"].replace("localhost", "127.0.0.1"))
    assert "127.0.0.1 is a custom domain of a Jira Cloud site" in errors(admin)
    assert "Add an account of the kind" not in admin.page.text


def test_only_the_token_that_waits_is_confirmed(desk, admin):
    desk.fill(admin)
    admin.get(CloudBrowser(desk.sandbox, "admin").accept(consent_link(admin)))
    desk.sandbox.clear_requests()
    admin.post(desk.path(f"identity/{uuid4()}/confirm"), cloud_id=desk.sandbox.cloud_ids["acme"])
    assert admin.path == desk.path("set-up") and WAITS_NO_LONGER in admin.page.text
    assert desk.sandbox.requests() == [] and desk.account.own is None
