"""The admin's whole way, from an empty home to a saved account (mission rows A1, A2, A5, A7, A8, A9)."""

import pytest

from portal.alm_accounts import accounts
from tests.support.office import consent_link, hide
from tests.support.sandbox import JiraBrowser

COPIED = ("link-url", "link-name", "consumer-key", "consumer-name", "public-key", "callback-url")


def link_in_jira(sandbox, values):
    """What a Jira admin does with the copied values on the application-link pages of Jira 9."""
    browser = JiraBrowser(sandbox, "admin")
    page = browser.open("/plugins/servlet/applinks/createLink")
    page = browser.submit(
        page, "applicationType", applicationType="atlassian", applicationUrl=values["link-url"]
    )
    page = browser.submit(
        page, "applicationName", applicationName=values["link-name"], createIncomingLink="on"
    )
    incoming = {"consumerKey": values["consumer-key"], "consumerName": values["consumer-name"]}
    incoming |= {"publicKey": values["public-key"], "consumerCallbackUrl": values["callback-url"]}
    assert values["consumer-key"] in browser.submit(page, "consumerKey", **incoming).text
    return browser


@pytest.fixture
def person(tenant, sign_in):
    return sign_in(tenant.admin)


def test_from_home_to_saved(person, portal, sandbox, tenant):
    person.get(tenant.path())
    assert "Connect your first Jira" in person.page.text
    person.click("Add ALM account", "main")
    person.submit("Set up Jira Server OAuth")
    person.submit("Save", base_url=sandbox.url + "/")
    assert person.page.link("Open the application links of your Jira (opens a new tab)").startswith(
        sandbox.url
    )
    jira = link_in_jira(sandbox, {name: person.page.value(f"#{name}") for name in COPIED})
    person.submit("Get auth token")
    assert person.page.h1.startswith("Taking you to localhost")
    person.get(jira.allow(consent_link(person)))
    assert person.page.h1 == "Is this the account you meant?"
    assert "Avery Admin E-mail admin@example.com" in person.page.text
    person.submit("Yes, use this identity and test it")
    assert "a spoiled signature was refused" in person.response.text
    person.submit("Save")
    assert "is saved" in person.response.text
    page = person.page.text
    assert "Acts as Avery Admin" in page and "Authorised by Ada Admin" in page and "9.12.15" in page
    [account] = accounts.accounts(tenant.work(tenant.admin))
    assert (account.state, account.saved, account.server_info["version"]) == ("connected", True, "9.12.15")


def test_every_signature_was_verified_by_another_library(person, portal, sandbox, tenant):
    test_from_home_to_saved(person, portal, sandbox, tenant)
    signed = [entry for entry in sandbox.requests() if entry["signature_verified"] is not None]
    refused = [entry["oauth_problem"] for entry in signed if not entry["signature_verified"]]
    assert len(signed) >= 5
    assert refused == ["signature_invalid"]  # the control of the test, spoiled on purpose
    assert all(entry["user_agent"].startswith("Almoner/") for entry in signed)


def test_set_up_stops_and_goes_on_later(person, sandbox, tenant, sign_in):
    person.get(tenant.path("alm-accounts/new"))
    person.submit("Set up Jira Server OAuth")
    key, callback = person.page.value("#consumer-key"), person.page.value("#callback-url")
    later = sign_in(tenant.admin)
    later.get(tenant.path())
    assert "Draft" in later.page.text
    later.click("Jira", "main table")
    assert later.page.h1 == "Set up Jira"
    assert (later.page.value("#consumer-key"), later.page.value("#callback-url")) == (key, callback)


def test_the_account_then_serves_a_member(person, portal, sandbox, tenant, sign_in):
    test_from_home_to_saved(person, portal, sandbox, tenant)
    member = sign_in(tenant.member)
    member.get(tenant.path("profile/alm-credentials/"))
    member.submit("Connect Jira")
    member.get(JiraBrowser(sandbox, "grace").allow(consent_link(member)))
    assert "You act as Grace Okafor" in member.page.text


def test_the_private_half_is_on_no_page(office, admin):
    hide(office.secret(office.signing_keys()[0], "private_key"))
    for rest in ("", "set-up", "key/replace", "fields", "settings", "delete", "disconnect"):
        admin.get(office.path(rest))  # each page is searched for the key as it arrives
        assert "PRIVATE KEY" not in admin.response.text
