"""A key, or key and consumer key, replaced by stages: make, paste in Jira, try, switch (mission row A9)."""

import re

import pytest

from portal.alm_accounts import keys
from portal.credentials.acting_as import acting_as
from portal.errors import FieldErrors, Refused
from portal.jira.private_keys import make_key
from tests.support import accounts, samples
from tests.support.office import Office, hide
from tests.support.portals import make_app
from tests.support.sandbox import JiraBrowser

pytestmark = pytest.mark.on_both(
    "test_same_consumer_key_nobody_reconnects",
    "test_another_consumer_key_ends_everybodys_token_and_says_why",
    "test_another_process_uses_the_new_key_at_its_next_call",
)

TRY, SWITCH, MAKE = "Try the new key", "Switch to the new key", "Make the next key"


@pytest.fixture
def office(portal, sandbox, tenant):
    """An account with an identity of its own."""
    return Office(portal, sandbox, tenant, accounts.connected_account(portal, sandbox, tenant))


@pytest.fixture
def made(office, admin):
    """The admin's key page, a next key made."""
    admin.get(office.path("key/replace"))
    admin.submit(MAKE)
    assert "The old one serves until you switch" in admin.response.text
    return admin


def paste_in_jira(office, **changes):
    """The pencil beside the link: the next key in place of the current one."""
    browser = JiraBrowser(office.sandbox, "admin")
    listing = browser.open("/plugins/servlet/applinks/listApplicationLinks").text
    page = browser.open(re.search(r"/plugins/servlet/applinks/\w+/incoming", listing).group())
    values = {"publicKey": office.account.next_key.public_pem, **changes}
    assert "Application links" in browser.submit(page, "publicKey", **values).text


def call_as_account(office, registry=None):
    """The Jira user that the account itself acts as now."""
    with acting_as(office.work, registry or office.registry, office.account_id, None) as acting:
        return acting.jira.myself().name


def test_same_consumer_key_nobody_reconnects(office, made):
    old = office.signing_keys()[0]
    hide(office.secret(old, "private_key"))
    token = office.credentials()[0].access_token
    paste_in_jira(office)
    made.submit(TRY)
    assert "Jira accepts the new key" in made.response.text
    made.submit(SWITCH)
    assert "nobody has to reconnect" in made.response.text
    [key] = office.signing_keys()
    assert key.stage == "current" and key.fingerprint != old.fingerprint
    assert office.credentials()[0].access_token == token
    assert call_as_account(office) == "admin"


def test_until_the_switch_the_old_key_serves(office, made):
    assert call_as_account(office) == "admin"
    made.submit(TRY)  # which is the next key, not yet in Jira
    assert call_as_account(office) == "admin"


def test_tried_before_it_is_in_jira(office, made):
    made.submit(TRY)
    assert made.status == 409
    assert "The public key in Jira is not ours" in made.page.text
    assert not made.page.has(SWITCH)


def test_tried_while_jira_is_away(office, made):
    office.sandbox.state(drop_connection=True)
    made.submit(TRY)
    assert "The connection to localhost was refused or cut" in made.page.text


@pytest.mark.parametrize("tried", [False, True])
def test_no_switch_before_a_good_try(office, made, tried):
    if tried:
        made.submit(TRY)
    made.post(office.path("key/switch"))
    assert made.status == 409
    assert "Try the new key first" in made.page.text
    assert [key.stage for key in office.signing_keys()] == ["current", "next"]


def test_a_good_try_is_not_the_last_word(office, made):
    paste_in_jira(office)
    made.submit(TRY)
    paste_in_jira(office, publicKey=office.account.key.public_pem)
    made.submit(TRY)
    made.post(office.path("key/switch"))
    assert made.status == 409


def test_a_good_try_of_a_discarded_key_is_forgotten(office, made):
    paste_in_jira(office)
    made.submit(TRY)
    made.submit("Discard the new key")
    made.submit(MAKE)
    assert not made.page.has(SWITCH)
    with pytest.raises(Refused):
        keys.switch(office.work, office.account_id)


def test_discarding_leaves_the_old_one(office, made):
    fingerprint = office.account.key.fingerprint
    made.submit("Discard the new key")
    assert "The old one serves on" in made.response.text
    assert [key.fingerprint for key in office.signing_keys()] == [fingerprint]
    made.post(office.path("key/discard"))
    assert made.status == 409


def test_own_key_in_another_size(office, admin):
    own = make_key(3072)
    hide(own.pem.reveal())
    admin.get(office.path("key/replace"))
    admin.submit(MAKE, private_key=own.pem.reveal())
    assert (office.account.next_key.bits, office.account.next_key.origin) == (3072, "pasted")
    assert office.account.next_key.fingerprint == own.fingerprint


def test_a_bad_paste_makes_no_key(office, admin):
    admin.get(office.path("key/replace"))
    admin.submit(MAKE, private_key=office.account.key.public_pem)
    assert admin.status == 422
    assert any("This is the public key" in error for error in admin.page.errors())
    assert office.account.next_key is None


@pytest.mark.parametrize("bits", ["1024", "8192", "", "many"])
def test_only_sizes_on_the_list(office, admin, bits):
    admin.get(office.path("key/replace"))
    admin.post(office.path("key/next"), bits=bits, consumer_key=office.account.key.consumer_key)
    assert admin.status == 422
    assert office.account.next_key is None


@pytest.fixture
def new_consumer(office, admin):
    """Another consumer key with the next key, both in Jira and tried."""
    accounts.connect(
        office.portal, office.sandbox, office.tenant, office.tenant.member, office.account_id, "ada"
    )
    admin.get(office.path("key/replace"))
    admin.submit(MAKE, consumer_key="almoner-second")
    following = office.account.next_key
    office.sandbox.make_link("almoner-second", following.public_pem, name="Almoner 2")
    admin.submit(TRY)
    assert admin.page.has(SWITCH)
    assert "must connect again" in admin.page.text
    return admin


def test_another_consumer_key_ends_everybodys_token_and_says_why(office, new_consumer, sign_in):
    office.credentials()
    new_consumer.submit(SWITCH)
    assert "Reauthorise the account now" in new_consumer.response.text
    assert "The consumer key was replaced" in new_consumer.page.text
    for row in office.credentials():
        assert (row.state, row.ended_why) == ("ended", "consumer_replaced")
        assert row.access_token is row.token_secret is row.session_handle is None
    member = sign_in(office.tenant.member)
    member.get(office.mine)
    assert "Ended" in member.page.text and "The consumer key was replaced" in member.page.text


def test_after_another_consumer_key_people_connect_again(office, new_consumer, sign_in):
    new_consumer.submit(SWITCH)
    member = sign_in(office.tenant.member)
    member.get(office.allow(member, "grace"))
    assert "You act as Grace Okafor" in member.page.text
    assert office.credential_of(member).consumer_key == "almoner-second"


def test_a_token_that_waits_goes_with_its_consumer_key(office, new_consumer):
    new_consumer.get(office.allow(new_consumer, "grace", own=True))
    assert "pending" in [row.state for row in office.credentials()]
    keys.switch(office.work, office.account_id)
    assert "pending" not in [row.state for row in office.credentials()]


def test_a_consumer_key_in_use_is_refused(office, admin):
    other = samples.account(office.tenant)
    samples.signing_key(office.tenant, other)
    admin.get(office.path("key/replace"))
    admin.submit(MAKE, consumer_key="almoner")
    assert any("Another ALM account has this consumer key" in error for error in admin.page.errors())


def test_the_consumer_key_of_a_saved_account_changes_by_stages_only(office):
    with pytest.raises(Refused, match="by stages"):
        keys.change_consumer_key(office.work, office.account_id, "almoner-other")
    with pytest.raises(Refused, match="by stages"):
        keys.replace_in_draft(office.work, office.account_id, make_key(2048), "made")


@pytest.mark.parametrize("text", ["", "ab", "with blank", "x" * 121, "snow\N{SNOWMAN}man", "tab\there"])
def test_consumer_keys_that_cannot_be(office, text):
    with pytest.raises(FieldErrors, match="consumer_key"):
        keys.make_next(office.work, office.account_id, make_key(2048), "made", text)


def test_another_process_uses_the_new_key_at_its_next_call(office, made):
    """Two applications on one database share nothing in memory (row E4)."""
    other = make_app(office.portal.settings).extensions["almoner"].registry
    office.portal.catch_log()
    assert call_as_account(office, other) == "admin"
    paste_in_jira(office)
    made.submit(TRY)
    made.submit(SWITCH)
    office.sandbox.clear_requests()
    assert call_as_account(office, other) == "admin"
    assert [entry["signature_verified"] for entry in office.sandbox.requests()] == [True]


def test_what_was_done_stands_in_the_audit(office, made):
    before = office.account.key.fingerprint
    paste_in_jira(office)
    made.submit(TRY)
    made.submit(SWITCH)
    [line] = office.audit("key.switched")
    assert (line["before"], line["after"]) == (before, office.account.key.fingerprint)
    assert line["consumer_changed"] is False
