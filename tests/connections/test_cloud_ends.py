"""How a consent at Atlassian ends: once, as the same person, with the site meant (T09-T14)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal import clock
from portal.alm_accounts import lifecycle
from portal.alm_accounts.leaving import leave
from portal.kinds.scopes import PRESET
from portal.store.tables import Flow
from tests.support import canaries
from tests.support.cloud_people import GET_TOKEN, consent_link, new_desk, shared_desk, shared_draft
from tests.support.sandbox import CloudBrowser, callback_values, with_query

pytestmark = pytest.mark.on_both(
    "test_cancel",
    "test_the_callback_twice_is_one_exchange",
    "test_after_ten_minutes",
    "test_in_another_browser",
    "test_by_another_person",
    "test_by_a_stranger",
    "test_at_the_path_of_another_account",
    "test_at_the_path_of_the_operators_app",
    "test_a_state_never_given_out",
    "test_a_code_of_somebody_elses_flow",
    "test_a_second_site_is_chosen_in_a_draft",
    "test_a_site_that_was_not_offered_cannot_be_chosen",
    "test_an_account_in_use_stays_at_its_site",
    "test_no_refresh_token",
    "test_a_flow_left_open_says_what_may_have_happened",
    "test_account_changed_meanwhile",
    "test_account_deleted_meanwhile",
    "test_member_removed_meanwhile",
)


@pytest.fixture
def draft(portal, sandbox, tenant, admin):
    return new_desk(portal, sandbox, tenant, admin)


@pytest.fixture
def desk(draft, admin):
    draft.authorise(admin)
    return draft


def nobody_new(desk):
    """Only the account's own credential is there."""
    return [row.user_id for row in desk.credentials()] == [None]


def test_cancel(desk, member):
    before = desk.exchanges
    member.get(CloudBrowser(desk.sandbox, "grace").cancel(desk.begin(member)))
    assert "You pressed Deny" in member.page.text
    assert "code=" not in member.response.url and "state=" not in member.response.url
    assert nobody_new(desk) and desk.exchanges == before


ERRORS = {
    "invalid_scope": "a permission that was asked for",
    "unauthorized_client": "does not let this app ask",
    "server_error": "an error of its own",
    "temporarily_unavailable": "an error of its own",
    "something_else": "a reason of its own",
}


@pytest.mark.parametrize("error", ERRORS)
def test_refusals_of_the_consent_page(desk, member, error):
    back = desk.accept(member, "grace")
    member.get(with_query(back, code=None, error=error, error_description="<b>text</b>"))
    assert ERRORS[error] in member.page.text
    assert nobody_new(desk)


def test_the_callback_twice_is_one_exchange(desk, member):
    back = desk.accept(member, "grace")
    before = desk.exchanges
    for _ in range(2):
        member.get(back)
        assert member.path == desk.mine
    assert desk.exchanges == before + 1
    assert len(desk.credentials()) == 2


def test_after_ten_minutes(desk, member):
    back = desk.accept(member, "grace")
    desk.edit(Flow, expires_at=clock.now() - timedelta(seconds=1))
    member.get(back)
    assert "longer than ten minutes" in member.page.text
    assert nobody_new(desk)


def elsewhere(desk, person, back):
    """The callback is refused, and Atlassian is not asked."""
    before = desk.exchanges
    person.get(back)
    assert "This was begun somewhere else" in person.page.text
    assert desk.exchanges == before and nobody_new(desk)


def test_in_another_browser(desk, member, sign_in, tenant):
    elsewhere(desk, sign_in(tenant.member), desk.accept(member, "grace"))


def test_by_another_person(desk, member, sign_in, tenant):
    elsewhere(desk, sign_in(tenant.second), desk.accept(member, "grace"))


def test_by_a_stranger(desk, member, sign_in, tenant):
    elsewhere(desk, sign_in(tenant.stranger), desk.accept(member, "grace"))


def test_at_the_path_of_another_account(desk, portal, sandbox, tenant, admin, member):
    other = new_desk(portal, sandbox, tenant, admin)
    back = desk.accept(member, "grace").replace(str(desk.account_id), str(other.account_id))
    elsewhere(desk, member, back)


def test_at_the_path_of_the_operators_app(desk, member):
    back = desk.accept(member, "grace").replace(str(desk.account_id), "shared")
    elsewhere(desk, member, back)


def test_as_another_issuer(desk, member):
    elsewhere(desk, member, with_query(desk.accept(member, "grace"), iss="https://evil.example.org"))


@pytest.mark.parametrize("name", ["state", "code"])
def test_cut_off_on_the_way(desk, member, name):
    back = desk.accept(member, "grace")
    member.get(with_query(back, **{name: None}))
    assert "not known here" in member.page.text
    assert nobody_new(desk)


def test_a_state_never_given_out(desk, member):
    member.get(with_query(desk.accept(member, "grace"), state="x" * 43))
    assert "not known here" in member.page.text
    assert nobody_new(desk)


def test_state_and_challenge_are_new_each_time(desk, member):
    first, second = (callback_values(desk.begin(member)) for _ in range(2))
    assert first["state"] != second["state"] and first["code_challenge"] != second["code_challenge"]
    assert first["code_challenge_method"] == second["code_challenge_method"] == "S256"
    assert first["scope"] == second["scope"] and "offline_access" in first["scope"]


def test_a_code_of_somebody_elses_flow(desk, member, sign_in, tenant):
    """The state is the member's, the code another person's: the verifier does not fit (T09, T13)."""
    second = sign_in(tenant.second)
    code = callback_values(desk.accept(second, "linus"))["code"]
    member.get(with_query(desk.accept(member, "grace"), code=code))
    assert "does not accept the consent" in member.page.text
    assert nobody_new(desk)


def test_another_site_than_the_accounts(desk, member):
    member.get(desk.accept(member, "grace", site="globex"))
    assert "does not cover the site of this account" in member.page.text
    assert "the consent covers globex" in member.page.text and "Connected apps" not in member.page.h1
    assert nobody_new(desk)


def test_a_second_site_is_chosen_in_a_draft(draft, admin):
    draft.fill(admin)
    admin.get(CloudBrowser(draft.sandbox, "admin").accept(consent_link(admin), "globex"))
    assert "The site you typed is not among those of this consent" in admin.page.text
    admin.submit("Yes, use this identity and test it")
    assert "Choose one of the sites" in admin.page.text
    admin.get(draft.path("identity"))
    admin.submit("Yes, use this identity and test it", cloud_id=draft.sandbox.cloud_ids["globex"])
    assert draft.account.site.cloud_id == draft.sandbox.cloud_ids["globex"]
    assert draft.account.base_url == draft.sandbox.sites["globex"]


def test_of_two_sites_the_typed_one_is_preset(draft, admin):
    draft.sandbox.state(account_level_grants=True)
    draft.fill(admin)
    browser = CloudBrowser(draft.sandbox, "admin")
    browser.accept(consent_link(admin), "globex")
    admin.get(browser.accept(consent_link(admin), "acme"))
    radios = {one["value"]: one.has_attr("checked") for one in admin.page.soup.select("[name=cloud_id]")}
    ids = draft.sandbox.cloud_ids
    assert radios == {ids["acme"]: True, ids["globex"]: False}


def test_a_site_that_was_not_offered_cannot_be_chosen(draft, admin):
    draft.fill(admin)
    admin.get(CloudBrowser(draft.sandbox, "admin").accept(consent_link(admin)))
    admin.submit("Yes, use this identity and test it", cloud_id=draft.sandbox.cloud_ids["globex"])
    assert "Choose one of the sites this consent covers" in admin.page.text
    assert not draft.account.site.is_pinned and draft.account.own is None


def test_an_account_in_use_stays_at_its_site(desk, admin):
    desk.sandbox.state(account_level_grants=True)
    browser = CloudBrowser(desk.sandbox, "admin")
    admin.get(browser.accept(desk.begin(admin, own=True), "globex"))
    assert [one["value"] for one in admin.page.soup.select("[name=cloud_id]")] == [
        desk.sandbox.cloud_ids["acme"]
    ]
    admin.submit("Yes, use this identity and test it", cloud_id=desk.sandbox.cloud_ids["globex"])
    assert "This account is for another site" in admin.page.text
    assert desk.account.site.cloud_id == desk.sandbox.cloud_ids["acme"]


def test_fewer_permissions_than_asked_for(desk, member):
    desk.sandbox.state(narrow_scopes=["write:epic:jira-software", "read:sprint:jira-software"])
    desk.connect(member)
    assert "Limited" in member.page.text and "Some permissions are missing" in member.page.text
    assert "View sprints (read:sprint:jira-software)" in member.page.text
    desk.sandbox.state(narrow_scopes=[])
    desk.connect(member)
    assert "Limited" not in member.page.text


@pytest.mark.parametrize("scope", ["read:me", "read:jira-user"])
def test_without_what_proves_identity(desk, member, scope):
    desk.sandbox.state(narrow_scopes=[scope])
    member.get(desk.accept(member, "grace"))
    assert "permissions that prove who you are" in member.page.text and scope in member.page.text
    assert nobody_new(desk)


def test_more_permissions_than_asked_for(desk, member):
    desk.sandbox.change_app(desk.app, scopes=[*desk.account.app.scopes[:-1], "write:jira-work"])
    wanted = f"{' '.join(desk.account.app.scopes)} write:jira-work"
    back = CloudBrowser(desk.sandbox, "grace").accept(with_query(desk.begin(member), scope=wanted))
    member.get(back)
    assert "more permissions than were asked for" in member.page.text
    assert nobody_new(desk)


def test_no_refresh_token(desk, member):
    scopes = " ".join(scope for scope in desk.account.app.scopes if scope != "offline_access")
    member.get(CloudBrowser(desk.sandbox, "grace").accept(with_query(desk.begin(member), scope=scopes)))
    assert "nothing to stay connected with" in member.page.text
    assert nobody_new(desk)


def test_another_atlassian_account_on_reconnect(desk, member):
    desk.connect(member, "grace")
    desk.connect(member, "linus")
    assert "You act as Linus" in member.page.text
    assert len(desk.grants()) == 2, "the grant of the former one is forgotten"


def test_the_secret_of_another_app(draft, admin):
    draft.fill(admin, client_secret=f"ATOA{canaries.new('client-secret')}")
    admin.get(CloudBrowser(draft.sandbox, "admin").accept(consent_link(admin)))
    assert "does not accept the app's secret" in admin.page.text
    assert "Connecting again does not help" in admin.page.text
    assert not admin.page.soup.find("button", string="Start again")
    admin.click("Back to the set-up")
    draft.authorise(admin)


def test_a_member_is_told_to_tell_the_admin(desk, member):
    desk.connect(member)
    desk.sandbox.change_app(desk.app, new_secret=True)
    desk.sandbox.end_access_tokens()
    member.submit("Test connection")
    assert "an admin of your organisation" in member.page.text
    member.get(desk.mine)
    assert "does not accept the app's secret" in member.page.text
    assert GET_TOKEN not in member.page.text


def test_a_private_app_and_then_shared(desk, member):
    desk.sandbox.change_app(desk.app, sharing=False)
    page = CloudBrowser(desk.sandbox, "grace").open(desk.begin(member))
    assert page.status_code == 403 and "have access to this app" in page.text
    member.get(desk.mine)
    assert "When Atlassian shows an error and does not lead back" in member.page.text
    desk.sandbox.change_app(desk.app, sharing=True)
    desk.connect(member)


def test_a_flow_left_open_says_what_may_have_happened(desk, member):
    desk.begin(member)
    [*_, flow] = desk.flows()
    page = member.get(desk.tenant.path(f"flows/{flow.id}"))
    assert page.h1 == "Waiting for Atlassian"
    assert "Callback URL mismatch" in page.text and "have access to this app" in page.text


def test_account_changed_meanwhile(desk, member, admin):
    back = desk.accept(member, "grace")
    desk.fill(admin, "Save", scopes=[*PRESET, "read:field:jira"])
    member.get(back)
    assert "changed in the meantime" in member.page.text
    assert nobody_new(desk)


def test_account_deleted_meanwhile(desk, member, tenant):
    back = desk.accept(member, "grace")
    lifecycle.delete(tenant.work(tenant.admin), desk.account_id, desk.account.name)
    member.get(back)
    assert "deleted in the meantime" in member.page.text
    assert desk.grants() == []


def test_member_removed_meanwhile(desk, member, tenant):
    back = desk.accept(member, "grace")
    before = desk.exchanges
    leave(tenant.work(tenant.admin), tenant.member.user_id, "removed")
    member.get(back)
    assert desk.exchanges == before and nobody_new(desk)


@pytest.mark.parametrize(
    "body",
    [
        "html",
        "no_access_token",
        "list_scope",
        "negative_expires",
        "huge",
        "newline_token",
        "mac_type",
        "garbage",
        "redirect",
    ],
)
def test_hostile_answers_of_the_token_endpoint(desk, member, body):
    """One page that says what came, and nothing stored (T32)."""
    back = desk.accept(member, "grace")
    desk.sandbox.state(token_body=body)
    member.get(back)
    assert member.status == 200 and member.page.h1 == "Not connected"
    assert "X-Injected" not in member.response.text
    assert nobody_new(desk)


def test_the_callback_changes_nothing_for_who_is_signed_out(desk, member, portal):
    back = desk.accept(member, "grace")
    member.session.cookies.clear()
    member.get(back)
    assert "You are not signed in here" in member.page.text
    assert nobody_new(desk)


# The operator's app in two tenants.


@pytest.fixture
def shared(portal, sandbox, tenant, admin):
    desk = shared_desk(portal, sandbox, tenant, admin)
    desk.authorise_shared(admin)
    return desk


def test_the_same_person_is_refused_before_leaving(shared, portal, world, tenant, admin):
    other = tenant.other
    world.join(tenant.admin, other.id, "admin")
    admin.get(other.path("alm-accounts/new"))
    account_id = shared_draft(other, admin)
    before = shared.exchanges
    admin.submit("Get auth token", site_url=shared.sandbox.sites["acme"])
    assert "connected in another organisation" in admin.page.text
    assert "an app of your organisation's own" in admin.page.text
    assert shared.exchanges == before
    assert account_id != shared.account_id


@pytest.mark.parametrize("ends_older", [False, True], ids=["stays", "ended"])
def test_the_same_atlassian_account_is_refused_at_the_callback(shared, sign_in, tenant, admin, ends_older):
    shared.sandbox.state(new_grant_ends_older=ends_older)
    [generation] = [grant.generation for grant in shared.grants()]
    stranger = sign_in(tenant.stranger)
    shared_draft(tenant.other, stranger)
    stranger.submit("Get auth token", site_url=shared.sandbox.sites["acme"])
    stranger.get(CloudBrowser(shared.sandbox, "admin").accept(consent_link(stranger)))
    assert "connected in another organisation" in stranger.page.text
    [grant] = shared.grants()
    admin.get(shared.path())
    if ends_older:
        assert (grant.state, grant.ended_why) == ("ended", "consent_elsewhere")
        assert "Ended by a consent elsewhere" in admin.page.text
    else:
        assert (grant.state, grant.generation) == ("active", generation + 1)
        assert "Connected" in admin.page.text


def test_the_share_of_points_is_shown_and_held(shared, admin, sign_in, tenant, portal, monkeypatch):
    registry = portal.app.extensions["almoner"].registry
    few = replace(registry.cloud, shared_app=replace(registry.cloud.shared_app, points=4))
    monkeypatch.setattr(registry, "cloud", few)
    for _ in range(4):
        admin.get(shared.path())
        admin.submit("Test connection")
    assert "share of calls is used up" in admin.page.text
    page = admin.get(shared.path())
    assert page.soup.select_one("meter") and "Points of this hour" in page.text


def test_disconnecting_one_of_two_on_a_grant_keeps_the_other(desk, admin):
    """The admin connects himself with the Atlassian account the account itself goes by."""
    desk.connect(admin, "admin")
    assert len(desk.grants()) == 1
    admin.click("Disconnect")
    assert "nothing is revoked there" in admin.page.text
    assert f"{desk.sandbox.cloud_url}/connected-apps" in admin.response.text
    admin.submit("Disconnect", "main")
    assert len(desk.grants()) == 1
    admin.get(desk.path())
    admin.submit("Test connection")
    assert "The connection works" in admin.page.text
