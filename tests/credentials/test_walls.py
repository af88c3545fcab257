"""Another tenant's account, flow or credential is not here, for each rule; secrets stay sealed (T01, T37)."""

from dataclasses import replace
from uuid import uuid4

import pytest

from portal.alm_accounts import accounts, field_maps, keys, lifecycle
from portal.alm_accounts.confirming import confirm
from portal.alm_accounts.testing import run_test
from portal.credentials import callbacks, flows, keeping
from portal.credentials.acting_as import acting_as
from portal.credentials.connections import read_connection
from portal.errors import NotHere
from portal.jira.private_keys import make_key
from portal.kinds.methods import OAUTH1
from portal.store.tables import AlmAccount, Credential
from tests.support import canaries, samples
from tests.support.accounts import at_browser
from tests.support.office import hide
from tests.support.sandbox import callback_values


def _act(work, registry, account_id):
    with acting_as(work, registry, account_id, None):
        pass


def _connection(work, registry, account_id):
    with work.read() as session:
        read_connection(session, account_id, OAUTH1)


def _start(work, registry, account_id):
    wanted = flows.FlowRequest(account_id, "person", "/x")
    flows.start(work, registry, wanted)


RULES = {
    "account": lambda work, registry, id: accounts.account(work, id),
    "change": lambda work, registry, id: accounts.change(work, registry.outbound.wire, id, {"name": "Mine"}),
    "replace in draft": lambda work, registry, id: keys.replace_in_draft(work, id, make_key(2048), "made"),
    "change consumer key": lambda work, registry, id: keys.change_consumer_key(work, id, "stolen-key"),
    "make next": lambda work, registry, id: keys.make_next(work, id, make_key(2048), "made", "stolen-key"),
    "switch": lambda work, registry, id: keys.switch(work, id),
    "test": lambda work, registry, id: run_test(work, registry, id, None),
    "read fields": lambda work, registry, id: field_maps.read_fields(work, registry, id),
    "choices": lambda work, registry, id: field_maps.choices(work, id, []),
    "save fields": lambda work, registry, id: field_maps.save(work, id, [], {}),
    "what goes": lambda work, registry, id: lifecycle.what_goes(work, id),
    "delete": lambda work, registry, id: lifecycle.delete(work, id, "Jira"),
    "act": _act,
    "connection": _connection,
    "start a flow": _start,
}


def rows(office):
    with office.work.read() as session:
        account = session.get(AlmAccount, (office.tenant.id, office.account_id))
        return account.name, account.version, office.signing_keys()[0].fingerprint


@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("whose", ["another tenant's", "nobody's"])
def test_an_account_of_another_tenant_is_not_here(office, rule, whose):
    before = rows(office)
    office.sandbox.clear_requests()
    stranger = at_browser(office.tenant.other, office.tenant.stranger)
    with pytest.raises(NotHere):
        RULES[rule](stranger, office.registry, office.account_id if whose == "another tenant's" else uuid4())
    assert rows(office) == before
    assert office.sandbox.requests() == []


@pytest.fixture
def stranger(office):
    return at_browser(office.tenant.other, office.tenant.stranger)


def test_lists_hold_the_tenants_own(office, stranger):
    assert accounts.accounts(stranger) == []
    assert [account.id for account in accounts.accounts(office.work)] == [office.account_id]


def test_a_credential_of_another_tenant_is_neither_confirmed_nor_ended(office, stranger, admin):
    admin.get(office.allow(admin, "admin", own=True))
    [pending] = office.credentials()
    with pytest.raises(NotHere):
        confirm(stranger, office.account_id, pending.id)
    assert keeping.disconnect(stranger, office.account_id, None, "disconnected") is False
    assert [row.state for row in office.credentials()] == ["pending"]


def test_field_maps_and_next_keys_of_others_are_empty(office, stranger):
    keys.make_next(office.work, office.account_id, make_key(2048), "made", "almoner-next")
    assert field_maps.mapped(stranger, office.account_id) == {}
    assert keys.next_was_accepted(stranger, office.account_id) is False
    for rule in (keys.discard_next, keys.switch):
        with pytest.raises((NotHere, keys.Refused)):
            rule(stranger, office.account_id)
    assert office.account.next_key is not None


def test_flows_belong_to_one_person_and_browser(office, member):
    back = office.allow(member)
    [flow] = office.flows()
    token = callback_values(back)["oauth_token"]
    same_tenant = at_browser(office.tenant, office.tenant.second)
    for work in (same_tenant, at_browser(office.tenant.other, office.tenant.stranger)):
        with pytest.raises(NotHere):
            flows.read_flow(work, flow.id)
        with pytest.raises(NotHere):
            flows.consent_url(work, office.registry, flow.id)
        with pytest.raises(callbacks.FlowRejected):
            callbacks.finish(work, office.registry, flow.id, callbacks.Callback(flow.path, token, "abc"))
    assert office.exchanges == 0


def test_the_browser_alone_does_not_end_a_flow(office):
    """The person counts beside the sign-in, whatever may once let two people share one."""
    owner = at_browser(office.tenant, office.tenant.member)
    wanted = flows.FlowRequest(office.account_id, "person", office.callback)
    flow_id = flows.start(owner, office.registry, wanted)
    other = replace(owner, actor=replace(owner.actor, user_id=office.tenant.second.user_id))
    with pytest.raises(callbacks.FlowRejected, match="elsewhere"):
        callbacks.finish(other, office.registry, flow_id, callbacks.Callback(office.callback, "any", "abc"))
    assert office.exchanges == 0 and office.flows()[0].used_at is None


def test_a_program_without_browser_begins_no_flow(office):
    without = office.tenant.work(office.tenant.admin)
    with pytest.raises(NotHere):
        _start(without, office.registry, office.account_id)


def test_no_secret_stands_open_in_database_log_or_audit(office, member, admin, database):
    """All that Jira gave and all that signs, searched for in files, rows, log and pages (T37, T38, T39)."""
    hide(office.secret(office.signing_keys()[0], "private_key"))
    office.connect(member)
    admin.get(office.allow(admin, "admin", own=True))
    office.allow(member)
    assert len(office.credentials()) == 2 and office.flows()  # their secrets are searched for from here on
    for person, path in ((admin, office.path()), (admin, office.path("set-up")), (member, office.mine)):
        canaries.assert_none_in(person.get(path).html, path)
    canaries.assert_none_in(office.portal.log_text(), "the log")
    database.assert_no_canaries()


def test_the_search_would_find_one(office, member, database):
    """The search itself, proved on a secret that was put into an open column."""
    office.connect(member)
    leaked = canaries.new("leaked")
    office.edit(Credential, jira_name=leaked)
    with pytest.raises(AssertionError, match="secrets stand in"):
        database.assert_no_canaries()
    office.edit(Credential, jira_name="ada")
    canaries._known.discard(leaked.encode())


def test_a_row_of_another_tenant_gives_no_secret(office, stranger, member):
    office.connect(member)
    kept = office.credential_of(member)
    with stranger.read() as session:
        assert session.get(Credential, (office.tenant.id, kept.id)) is None
        assert session.get(Credential, (stranger.tenant_id, kept.id)) is None


def test_an_account_id_taken_from_another_tenant_is_no_link(office, stranger):
    foreign = samples.account(office.tenant.other)
    with pytest.raises(NotHere):
        accounts.account(office.work, foreign)
    assert accounts.account(stranger, samples_with_key(office, foreign)).id == foreign


def samples_with_key(office, account_id):
    samples.signing_key(office.tenant.other, account_id)
    return account_id
