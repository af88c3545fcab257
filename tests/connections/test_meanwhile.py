"""What may change while somebody is at Jira, and how each change ends the flow."""

import pytest

from portal.alm_accounts import accounts, keys, leaving
from portal.jira.private_keys import make_key
from portal.store.tables import FlowLookup
from tests.support.accounts import delete_account
from tests.support.office import is_clean
from tests.support.sandbox import JiraBrowser
from tests.support.variants import variants


def ends_with(office, member, back, sentence, exchanges=0):
    member.get(back)
    assert is_clean(member)
    assert sentence in member.page.text
    assert office.exchanges == exchanges
    assert office.credentials() == []
    return member.page


def test_account_deleted(office, member):
    back = office.allow(member)
    delete_account(office.work, office.account_id)
    page = ends_with(office, member, back, "The ALM account was deleted in the meantime")
    assert not page.has("Start again")
    assert page.link("ALM credentials", "main")


def switch(office, consumer_key=None):
    """The key replaced by all stages, while Jira has the new one."""
    current = office.account.key.consumer_key
    keys.make_next(office.work, office.account_id, make_key(2048), "made", consumer_key or current)
    link = office.account.next_key
    office.sandbox.reset()
    office.sandbox.make_link(link.consumer_key, link.public_pem)
    callback = office.portal.base_url + office.callback
    assert keys.try_next(office.work, office.registry, office.account_id, callback) is None
    keys.switch(office.work, office.account_id)


def test_key_switched(office, member):
    back = office.allow(member)
    switch(office)
    page = ends_with(office, member, back, "The ALM account was changed in the meantime")
    assert page.has("Start again")


def test_key_of_a_draft_replaced(office, admin):
    office.edit(accounts.AlmAccount, saved_at=None)
    back = office.allow(admin, own=True)
    keys.replace_in_draft(office.work, office.account_id, make_key(2048), "made")
    ends_with(office, admin, back, "The ALM account was changed in the meantime")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_base_url_changed(office, member, host):
    back = office.allow(member)
    there = office.sandbox.url.replace("localhost", host) + ("/jira" if host == "localhost" else "")
    accounts.change(office.work, office.registry.outbound.wire, office.account_id, {"base_url": there})
    ends_with(office, member, back, "The ALM account was changed in the meantime")


def test_a_new_name_changes_nothing_for_a_flow(office, member):
    back = office.allow(member)
    wanted = {"name": "Renamed", "read_only": True, "max_concurrent": 3}
    accounts.change(office.work, office.registry.outbound.wire, office.account_id, wanted)
    member.get(back)
    assert office.credential_of(member).state == "active"


def test_member_removed(office, member):
    back = office.allow(member)
    leaving.leave(office.work, office.tenant.member.user_id, "removed")
    ends_with(office, member, back, "This connection is not known here")
    assert office.flows() == []


@pytest.mark.parametrize("whole", [False, True], ids=["half", "whole"])
def test_member_removed_while_the_callback_is_on_its_way(office, member, monkeypatch, whole):
    """Between the exchange and keeping the token the membership is looked at once more (T06)."""
    back = office.allow(member)
    fetch = office.registry.oauth1_client_cls.fetch_access_token

    def removed_meanwhile(self, *args, **options):
        answer = fetch(self, *args, **options)
        if whole:
            leaving.leave(office.work, office.tenant.member.user_id, "removed")
        else:
            leave_quietly(office)
        return answer

    monkeypatch.setattr(office.registry.oauth1_client_cls, "fetch_access_token", removed_meanwhile)
    member.get(back)
    assert member.path == f"/oauth/ended/{'unknown' if whole else 'membership-ended'}"
    assert office.credentials() == []
    assert [flow.outcome for flow in office.flows()] == ([] if whole else ["membership_ended"])


def leave_quietly(office):
    """The membership alone goes, as for a person removed by a process that died half way."""
    from_tenant = {"tenant_id": office.tenant.id, "user_id": office.tenant.member.user_id}
    with office.work.write() as session:
        session.delete(session.get(leaving.memberships.Membership, from_tenant))


def test_account_deleted_while_the_callback_is_on_its_way(office, member, monkeypatch):
    back = office.allow(member)
    fetch = office.registry.oauth1_client_cls.fetch_access_token

    def deleted_meanwhile(self, *args, **options):
        answer = fetch(self, *args, **options)
        delete_account(office.work, office.account_id)
        return answer

    monkeypatch.setattr(office.registry.oauth1_client_cls, "fetch_access_token", deleted_meanwhile)
    ends_with(office, member, back, "The ALM account was deleted in the meantime", exchanges=1)


def test_admin_who_is_none_any_more_connects_no_account(office, admin):
    back = office.allow(admin, own=True)
    office.portal.world.join(office.portal.world.person(), office.tenant.id, "admin")
    leaving.memberships.change_role(office.work, office.tenant.admin.user_id, "member")
    page = ends_with(office, admin, back, "You are no longer an admin here")
    assert not page.has("Back to the set-up")


@pytest.mark.parametrize(
    ("switches", "title"),
    variants(
        [
            ({"down": True}, "Jira is down for maintenance"),
            ({"drop_connection": True}, "Jira could not be reached"),
            ({"status_5xx": 500}, "Jira has an error of its own"),
            ({"html_instead_of_oauth": True}, "A web page came instead of Jira's answer"),
            ({"login_in_front": True}, "A sign-in page stands before Jira"),
            ({"rate_limited": 30}, "Jira asks for a pause"),
            ({"clock_offset_seconds": 90_000}, "The token has expired"),
            ({"hostile_body": "deep_json"}, "Jira's answer could not be read"),
            ({"hostile_body": "bomb"}, "Jira's answer was too large"),
            ({"hostile_body": "redirect"}, "A sign-in page stands before Jira"),
            ({"user_disabled": ["ada"]}, "The Jira user is gone"),
            ({"seen_base_url": "http://jira.example.org"}, "Jira computes another address than we called"),
        ]
    ),
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_jira_in_trouble_when_the_person_comes_back(office, member, switches, title):
    back = office.allow(member)
    office.sandbox.state(**switches)
    member.get(back)
    assert is_clean(member)
    assert title in member.page.text and "What to do:" in member.page.text
    assert "unknown" not in member.page.text
    assert office.credentials() == []


@pytest.mark.parametrize(
    ("switches", "title"),
    variants(
        [
            ({"down": True}, "Jira is down for maintenance"),
            ({"drop_connection": True}, "The connection to localhost was refused or cut"),
            ({"html_instead_of_oauth": True}, "A web page came instead of Jira's answer"),
            ({"clock_offset_seconds": 7200}, "Jira is ahead by +7"),
        ]
    ),
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_jira_in_trouble_before_the_person_leaves(office, member, switches, title):
    office.sandbox.state(**switches)
    member.get(office.mine)
    member.submit("Get OAuth token")
    assert member.page.h1 == "Not connected"
    assert title in member.page.text
    assert member.page.has("Start again")


def test_slower_than_the_deadline(office, member, monkeypatch):
    back = office.allow(member)
    monkeypatch.setattr(office.registry.outbound.wire, "deadline", 0.3)
    office.sandbox.state(hang=True)
    member.get(back)
    office.sandbox.state(hang=False)
    assert "Jira took too long" in member.page.text
    assert office.credentials() == []


def test_a_clock_an_hour_off_is_no_matter(office, member):
    office.sandbox.state(clock_offset_seconds=-1800)
    office.connect(member)


def test_single_sign_on_in_front_works(office, member):
    office.sandbox.state(sso=True)
    office.connect(member, "grace")


def test_trouble_leaves_the_former_token_alone(office, member):
    office.connect(member)
    [before] = office.credentials()
    back = office.allow(member, "grace")
    office.sandbox.state(down=True)
    member.get(back)
    [after] = office.credentials()
    assert (after.id, after.access_token) == (before.id, before.access_token)


def test_a_lost_lookup_is_an_unknown_connection(office, member):
    back = office.allow(member)
    with office.work.write() as session:
        for row in session.query(FlowLookup).filter_by(flow_id=office.flows()[0].id):
            session.delete(row)
    member.get(back)
    assert member.path == "/oauth/ended/unknown"


def test_denied_at_a_link_that_was_removed(office, member):
    link = office.begin(member)
    office.sandbox.reset()
    page = JiraBrowser(office.sandbox, "ada").open(link)
    assert "does not know the request token" in page.text
    assert office.credentials() == []
