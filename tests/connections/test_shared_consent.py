"""Disconnecting where something else rests on the same consent: its tokens stay, and the page says so."""

from dataclasses import replace

import pytest

from tests.support.cloud_people import new_desk, shared_desk, shared_draft
from tests.support.sandbox import CloudBrowser

pytestmark = pytest.mark.on_both(
    "test_what_waits_rests_on_the_consent_of_the_account_itself",
)


@pytest.fixture
def desk(portal, sandbox, tenant, admin):
    """An account authorised by the Atlassian account of the Jira user ``admin``."""
    made = new_desk(portal, sandbox, tenant, admin)
    made.authorise(admin)
    return made


STAYS = "The tokens stay, because {} on the same consent. Removing access at Atlassian ends {} too."


def test_a_person_who_goes_by_the_account_the_account_itself_goes_by(desk, admin):
    desk.connect(admin, "admin")
    said = STAYS.format(f"the connection of {desk.account.name} itself rests", "that")
    admin.click("Disconnect")
    assert said in admin.page.text and "is erased" not in admin.page.text
    admin.submit("Disconnect", "main")
    assert said in admin.page.text and "erased here" not in admin.page.text
    assert desk.account.state == "connected"


def test_the_account_itself_beside_a_person(desk, admin):
    desk.connect(admin, "admin")
    said = STAYS.format(f"your own connection to {desk.account.name} rests", "that")
    admin.get(desk.path("disconnect"))
    assert said in admin.page.text and "is erased" not in admin.page.text
    admin.submit("Disconnect", "main")
    assert said in admin.page.text and "erased here" not in admin.page.text
    assert len(desk.grants()) == 1


def test_another_person_is_not_named(desk, admin, sign_in, tenant):
    member = sign_in(tenant.member)
    desk.connect(member, "admin")
    desk.connect(admin, "admin")
    name = desk.account.name
    admin.click("Disconnect")
    both = f"another person's connection to {name} and the connection of {name} itself rest"
    turned = f"the connection of {name} itself and another person's connection to {name} rest"
    assert any(STAYS.format(words, "them") in admin.page.text for words in (both, turned))
    assert tenant.member.name not in admin.page.soup.select_one("main").text


def test_alone_on_its_consent_a_token_is_erased(desk, admin):
    desk.connect(admin, "grace")
    admin.click("Disconnect")
    assert "is erased in this portal" in admin.page.text
    assert "It ends every connection here that goes by the same app" in admin.page.text
    admin.submit("Disconnect", "main")
    assert "Your token is erased here." in admin.page.text
    assert "It ends every connection here that goes by the same app" in admin.page.text, "told afterwards too"
    assert len(desk.grants()) == 1


def test_what_waits_rests_on_the_consent_of_the_account_itself(desk, admin):
    admin.get(desk.accept(admin, "admin", own=True))
    admin.submit("No, erase it")
    assert STAYS.format(f"the connection of {desk.account.name} itself rests", "that") in admin.page.text
    assert "token is erased" not in admin.page.text
    assert desk.account.state == "connected"


def test_one_of_two_accounts_of_the_shared_app_is_deleted(portal, sandbox, tenant, admin):
    first = shared_desk(portal, sandbox, tenant, admin)
    first.authorise_shared(admin)
    other = replace(first, account_id=shared_draft(tenant, admin))
    admin.get(other.path("set-up"))
    admin.submit("Get auth token", name="Second", site_url=sandbox.sites["acme"])
    other.finish(admin, "admin")
    page = admin.get(other.path("delete"))
    assert STAYS.format(f"the connection of {first.account.name} itself rests", "that") in page.text
    assert "token is erased" not in page.text


def test_a_refused_consent_says_what_is_true(desk, admin):
    """It made no connection; but it may have renewed one that stands, and taking it back ends that."""
    desk.connect(admin, "admin")
    [before] = desk.grants()
    desk.sandbox.state(account_level_grants=False)
    admin.get(CloudBrowser(desk.sandbox, "admin").accept(desk.begin(admin), "globex"))
    assert admin.page.h1 == "Not connected"
    assert "No new connection was made." in admin.page.text
    assert "Nothing was stored" not in admin.page.text
    assert "It ends every connection here that goes by the same app" in admin.page.text
    [after] = desk.grants()
    assert after.generation == before.generation + 1
