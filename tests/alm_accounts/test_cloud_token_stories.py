"""The way of an admin on Jira Cloud by API tokens: with scopes and without, and every refusal (B4, C3)."""

import re

import pytest

from portal.alm_accounts import accounts
from portal.kinds import scopes
from portal.kinds.methods import API_TOKEN, OAUTH2, SCOPED_TOKEN
from portal.store.tables import TokenDraft
from tests.support import canaries
from tests.support.api_tokens import EVERY_SCOPE, api_token_office, in_days
from tests.support.cloud import cloud_draft, cloud_office
from tests.support.cloud_people import ADD, consent_link, newest
from tests.support.sandbox import CloudBrowser

pytestmark = pytest.mark.on_both(
    "test_a_token_that_may_not_read_fields_leaves_only_their_map_out",
    "test_a_refusal_is_named_and_nothing_typed_is_lost",
    "test_mistakes_are_told_and_the_rest_is_held",
    "test_another_site_takes_the_token_along_nowhere",
    "test_a_new_token_takes_the_place_of_the_former_once_confirmed",
    "test_member_and_stranger_come_nowhere_near",
)

ADMIN = "admin@example.com"
CONNECT = "Set up Jira Cloud API token"


@pytest.fixture
def token(sandbox):
    """A fresh API token of an Atlassian account."""

    def one(account=ADMIN, wanted=EVERY_SCOPE):
        return canaries.add(sandbox.make_api_token(account, scopes=wanted))

    return one


@pytest.fixture
def typed(sandbox, token):
    """What one types: site, e-mail, a fresh token, its end."""

    def one(account=ADMIN, wanted=EVERY_SCOPE, **other):
        right = {"site_url": sandbox.sites["acme"], "login": account, "ends_on": in_days().isoformat()}
        return {**right, "secret": other.pop("secret", None) or token(account, wanted), **other}

    return one


def draft(admin, tenant):
    admin.get(tenant.path(ADD))
    admin.submit(CONNECT)
    return newest(tenant)


def account_of(tenant):
    return accounts.accounts(tenant.work(tenant.admin))[0]


def finish(admin):
    admin.submit("Yes, use this identity and test it")
    admin.submit("Save")
    assert "is saved." in admin.page.text, admin.page.text[:500]


def test_by_a_token_with_scopes(admin, tenant, typed):
    draft(admin, tenant)
    admin.submit("Connect", **typed())
    assert admin.path.endswith("/identity"), admin.page.text[:600]
    assert "Avery Admin" in admin.page.text and "Using Scope API On" in admin.page.text
    assert f"Site {account_of(tenant).base_url}" in admin.page.text
    admin.submit("Yes, use this identity and test it")
    assert "a call without a credential was refused" in admin.page.text
    admin.submit("Save")
    assert "Jira is saved." in admin.page.text
    account = account_of(tenant)
    assert (account.state, account.own.method, account.site.is_pinned) == ("connected", SCOPED_TOKEN, True)
    assert account.own.expires_at.date() == in_days()
    assert f"Login e-mail {ADMIN}" in admin.page.text and "Using Scope API On" in admin.page.text
    admin.submit("Test connection")
    assert admin.page.text.count("Atlassian answered") == 7


def test_by_a_token_without_scopes(admin, tenant, typed):
    draft(admin, tenant)
    admin.submit("Connect", **typed(wanted=None))
    finish(admin)
    account = account_of(tenant)
    assert (account.state, account.own.method) == ("connected", API_TOKEN)
    assert "Using Scope API Off" in admin.page.text
    admin.submit("Test connection")
    assert "What the token can do" not in admin.page.text and admin.page.text.count("Passed") == 3


def test_the_guide_lists_what_is_used_and_no_more(admin, tenant, sandbox):
    account_id = draft(admin, tenant)
    page = admin.page
    listed = page.find("#token-scopes").get_text().split()
    assert listed == list(EVERY_SCOPE)
    assert not {"read:me", "offline_access", "report:personal-data"} & set(listed)
    assert {node.get_text("", strip=True) for node in page.soup.select("td code")} >= set(listed)
    assert "ten scopes that begin with delete:" in page.text and "Atlassian's rules" in page.text
    link = page.link("Open the API tokens of your Atlassian account (opens a new tab)")
    assert link == f"{sandbox.cloud_url}/manage-profile/security/api-tokens"
    settings = tenant.path(f"alm-accounts/{account_id}/settings")
    admin.get(settings)
    admin.submit("Save settings", read_only=True)
    page = admin.get(tenant.path(f"alm-accounts/{account_id}/set-up"))
    fewer = page.find("#token-scopes").get_text().split()
    assert set(listed) - set(fewer) == {
        "write:epic:jira-software",
        "write:sprint:jira-software",
        "delete:sprint:jira-software",
        "write:board-scope:jira-software",
        "write:jira-work",
    }


def test_a_token_that_may_not_read_fields_leaves_only_their_map_out(admin, tenant, typed):
    without = [id for id in EVERY_SCOPE if id not in ("read:field:jira", "read:jira-work")]
    draft(admin, tenant)
    admin.submit("Connect", **typed(wanted=without))
    admin.submit("Yes, use this identity and test it")
    assert "Mapping fields is off" in admin.page.text and "at least one of these scopes" in admin.page.text
    admin.submit("Save")
    admin.submit("Test connection")
    assert admin.page.text.count("Atlassian answered") == 6
    assert "Mapping fields Off" in admin.page.text and "read:field:jira" in admin.page.text


REFUSALS = {
    "another person's token": ({"login": "grace@example.com"}, "does not accept the e-mail and API token"),
    "no such token": ({"secret": "ATATT3xFfGF0nobodyhasthisone1234"}, "does not accept the e-mail and API"),
    "no scope that proves who it is": ({"wanted": ["read:project:jira"]}, "may not tell whose it is"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_named_and_nothing_typed_is_lost(admin, tenant, typed, name):
    sent, words = REFUSALS[name]
    draft(admin, tenant)
    sent = {**sent, "login": sent.get("login", ADMIN)}
    login = sent.pop("login")
    admin.submit("Connect", **{**typed(**sent), "login": login})
    assert admin.status == 409 and words in admin.page.text
    assert admin.page.value("#login") == login and "Held, not shown" in admin.page.text
    assert admin.page.value("#ends_on") == in_days().isoformat()
    admin.submit("Connect", login=ADMIN, secret=typed()["secret"])
    assert admin.path.endswith("/identity")


@pytest.mark.parametrize("ending", ["end_api_token", "expire_api_token"])
@pytest.mark.parametrize("wanted", [EVERY_SCOPE, None], ids=["scoped", "classic"])
def test_one_that_was_revoked_or_expired_cannot_be_told_apart(admin, tenant, typed, sandbox, ending, wanted):
    draft(admin, tenant)
    sent = typed(wanted=wanted)
    getattr(sandbox, ending)(sent["secret"])
    admin.submit("Connect", **sent)
    assert admin.status == 409 and "cannot be told apart from here" in admin.page.text


def test_somebody_who_is_not_on_that_site(admin, tenant, typed, sandbox):
    draft(admin, tenant)
    sandbox.state(not_on_site=["admin:acme"])
    admin.submit("Connect", **typed())
    assert admin.status == 409 and admin.page.has("Connect")


def test_after_too_many_tries_the_captcha_is_named(admin, tenant, typed, sandbox):
    draft(admin, tenant)
    sandbox.state(cloud_captcha=["admin"])
    admin.submit("Connect", **typed(wanted=None))
    assert admin.status == 409 and "asks for a captcha" in admin.page.text


def test_mistakes_are_told_and_the_rest_is_held(admin, tenant, typed):
    draft(admin, tenant)
    admin.submit("Connect", **{**typed(), "login": "no at", "ends_on": ""})
    assert admin.status == 422 and len(admin.page.soup.select(".error-summary li")) == 2
    assert "Held, not shown" in admin.page.text
    admin.submit("Connect", login=ADMIN, ends_on=in_days().isoformat())
    assert admin.path.endswith("/identity")


@pytest.mark.parametrize("field", ["name", "site_url", "cloud_id", "login"])
def test_a_token_in_another_field_does_not_come_back(admin, tenant, typed, sandbox, field):
    draft(admin, tenant)
    sent = typed()
    astray = f"ATATT3xFfGF0{canaries.new('astray')}"
    sandbox.clear_requests()
    admin.submit("Save", **{**sent, field: astray})
    assert admin.status == 422 and "looks like" in admin.page.text
    assert astray not in admin.response.text and astray not in str(sandbox.requests())
    canaries.assert_none_in(admin.response.text, "the page")
    assert account_of(tenant).name == "Jira"


def test_only_part_of_it_can_be_saved(admin, tenant, sandbox, token):
    draft(admin, tenant)
    admin.submit("Save", site_url=sandbox.sites["acme"], secret=token())
    assert "Saved. Press Connect" in admin.page.text and "Held, not shown" in admin.page.text
    admin.submit("Connect")
    assert admin.status == 422 and len(admin.page.soup.select(".error-summary li")) == 2


def test_another_site_takes_the_token_along_nowhere(admin, tenant, sandbox, token):
    """What was typed for one site is not sent to another."""
    draft(admin, tenant)
    admin.submit("Save", site_url=sandbox.sites["acme"], login=ADMIN, secret=token())
    admin.submit("Save", site_url=sandbox.sites["globex"], login="", ends_on="")
    assert "Held, not shown" not in admin.page.text
    with tenant.work(tenant.admin).read() as session:
        assert session.query(TokenDraft).filter(TokenDraft.secret.is_not(None)).count() == 0


def test_a_new_token_takes_the_place_of_the_former_once_confirmed(portal, sandbox, tenant, admin, token):
    office = api_token_office(portal, sandbox, tenant)
    admin.get(office.path())
    admin.click("Paste a new token")
    admin.submit("Connect", login="grace@example.com", secret=token("grace@example.com"))
    assert admin.status == 422, "each token has an end of its own"
    admin.submit("Connect", ends_on=in_days().isoformat())
    assert office.account.own.display_name == "Avery Admin"
    admin.submit("Yes, use this identity and test it")
    assert office.account.own.display_name == "Grace Okafor"


def test_browse_links_stay_on_the_site(portal, sandbox, tenant, admin):
    office = api_token_office(portal, sandbox, tenant)
    page = admin.get(office.path())
    assert sandbox.sites["acme"] in str(page.soup) and "/ex/jira/" not in str(page.soup)


def test_member_and_stranger_come_nowhere_near(portal, sandbox, tenant, sign_in):
    office = api_token_office(portal, sandbox, tenant)
    for someone, status in ((tenant.member, 403), (tenant.stranger, 404)):
        person = sign_in(someone)
        for page in ("", "set-up", "identity"):
            person.get(office.path(page))
            assert person.status == status
        person.get("/profile/")
        person.post(office.path("set-up"), then="connect", login=ADMIN, secret="x" * 40)
        assert person.status == status


def test_a_token_in_the_place_of_the_accounts_consent(portal, sandbox, tenant, admin, token):
    office = cloud_office(portal, sandbox, tenant)
    path = tenant.path(f"alm-accounts/{office.account_id}")
    admin.get(path)
    admin.click("Use one in the place of a consent")
    assert "rests on nobody's consent" in admin.page.text
    sent = {"login": ADMIN, "ends_on": in_days().isoformat()}
    admin.submit("Connect with this token", secret=token(wanted=None), **sent)
    assert admin.status == 409 and "This is a token without scopes" in admin.page.text
    admin.submit("Connect with this token", secret=token(), **sent)
    assert "What you pasted for" in admin.page.text
    admin.submit("Yes, use this identity and test it")
    assert office.account.own.method == SCOPED_TOKEN and office.grants() == []
    assert "Rests on an API token with scopes, on nobody's consent" in admin.page.text
    admin.submit("Reauthorise")
    admin.get(CloudBrowser(sandbox, "admin").accept(consent_link(admin)))
    admin.submit("Yes, use this identity and test it")
    assert office.account.own.method == OAUTH2


def test_a_draft_by_consent_may_begin_with_a_token(portal, sandbox, tenant, admin, token):
    office = cloud_draft(portal, sandbox, tenant)
    admin.get(tenant.path(f"alm-accounts/{office.account_id}/set-up"))
    sent = {"login": ADMIN, "secret": token(), "ends_on": in_days().isoformat()}
    admin.submit("Connect with this token", **sent)
    finish(admin)
    assert office.account.own.method == SCOPED_TOKEN
    page = admin.get(tenant.path(f"profile/alm-credentials/{office.account_id}"))
    first = page.text.index("Get OAuth token")
    assert first < page.text.index("paste an API token with scopes")


def test_the_scopes_of_a_consent_are_those_of_its_token(portal, sandbox, tenant, admin):
    office = cloud_draft(portal, sandbox, tenant, scopes.PRESET)
    page = admin.get(tenant.path(f"alm-accounts/{office.account_id}/set-up"))
    listed = page.find("#token-scopes").get_text().split()
    assert "read:field:jira" not in listed and "read:project:jira" in listed
    assert not re.search(r"read:me|offline|report:", " ".join(listed))
