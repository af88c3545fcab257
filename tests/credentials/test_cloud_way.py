"""Jira Cloud by consent: the account and a person connect, and grants are shared, kept and ended."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from portal import clock
from portal.alm_accounts import accounts, drafts, sites
from portal.credentials import access_tokens, callbacks, flows, keeping
from portal.credentials.acting_as import acting_as
from portal.credentials.registry import Registry
from portal.jira.answers import JiraTrouble
from portal.kinds import KINDS
from portal.kinds.shape import SHARED_CALLBACK
from portal.store import patience
from portal.store.tables import Credential
from tests.credentials.rotation import expire
from tests.support.accounts import at_browser, registry_of
from tests.support.cloud import cloud_office

pytestmark = pytest.mark.on_both(
    "test_a_database_that_is_away_at_the_callback_costs_nothing",
    "test_a_consent_nobody_confirmed_is_forgotten_after_a_day",
    "test_a_consent_that_cannot_be_renewed_tells_what_it_ended",
)


def test_a_database_that_is_away_at_the_callback_costs_nothing(portal, sandbox, tenant, monkeypatch):
    """The code is spent by then; what it gave is stored once the database is back (T49)."""
    office, keep, tries = cloud_office(portal, sandbox, tenant), callbacks.keep, []

    def away_at_first(*given):
        tries.append(given)
        if len(tries) < 3:
            raise OperationalError("INSERT", {}, Exception("the server closed the connection"))
        return keep(*given)

    monkeypatch.setattr(callbacks, "keep", away_at_first)
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0.01)
    assert office.connect(tenant.member, "grace")
    assert len(tries) == 3


def test_nobody_is_sent_to_an_app_the_operator_replaced(portal, sandbox, tenant):
    known = registry_of(portal)
    work = at_browser(tenant, tenant.admin)
    account_id = drafts.create_draft(work, KINDS["cloud_oauth"], tenant.slug, known.cloud.shared_app)
    sites.set_site(work, known, account_id, sandbox.sites["acme"])
    replaced = Registry(known.outbound, replace(known.cloud, shared_app=None), known.portal_url)
    flow_id = flows.start(work, replaced, flows.FlowRequest(account_id, "account", SHARED_CALLBACK))
    assert flows.read_flow(work, flow_id).outcome == "client_refused"


def test_account_and_person_connect(portal, sandbox, tenant):
    office = cloud_office(portal, sandbox, tenant)
    assert office.account.state == "connected"
    office.connect(tenant.member, "grace")
    work = tenant.work(tenant.member)
    with acting_as(work, office.registry, office.account_id, tenant.member.user_id) as acting:
        assert acting.jira.myself().display_name == "Grace Okafor"
    assert len(office.grants()) == 2


def end_of(office, someone, purpose, user):
    """How a consent ended that could not be used."""
    flow = office.consent(someone, purpose, user)
    assert flow.credential_id is None
    return flow.outcome


@pytest.mark.parametrize("lost", ["read:me", "read:jira-user"])
def test_a_consent_that_failed_tells_what_it_ended(lost, portal, sandbox, tenant):
    """The newer consent cannot be used and ended the older one: nothing is shown as connected that is not."""
    office = cloud_office(portal, sandbox, tenant)
    office.connect(tenant.member, "grace")
    sandbox.state(new_grant_ends_older=True, narrow_scopes=[lost])
    assert end_of(office, tenant.member, "person", "grace") == "scopes_missing"
    view = accounts.account(tenant.work(tenant.member), office.account_id).mine
    assert (view.state, view.code) in {("ended", "consent_replaced"), ("limited", "scopes_narrowed")}
    assert view.state == "ended" or lost in view.missing


def test_a_person_who_connects_as_somebody_else_is_told(portal, sandbox, tenant):
    office = cloud_office(portal, sandbox, tenant)
    assert office.consent(tenant.member, "person", "grace").evidence is None
    assert office.consent(tenant.member, "person", "grace").evidence is None
    flow = office.consent(tenant.member, "person", "linus")
    assert flow.evidence == {"former": "Grace Okafor", "now": "Linus Bergmann"}


def test_a_consent_nobody_confirmed_is_forgotten_after_a_day(portal, sandbox, tenant):
    office = cloud_office(portal, sandbox, tenant)
    office.consent(tenant.admin, "account", "grace")
    keeping.forget_unconfirmed(office.work)
    assert office.account.pending
    with office.work.write() as session:
        waits = update(Credential).where(Credential.state == "pending")
        session.execute(waits.values(connected_at=clock.now() - timedelta(days=1, minutes=1)))
    keeping.forget_unconfirmed(office.work)
    assert office.account.pending is None
    assert len(office.grants()) == 1


def test_where_one_grant_meets_a_wrong_secret_all_of_the_app_say_so(portal, sandbox, tenant):
    office = cloud_office(portal, sandbox, tenant)
    grant = office.grant_of(office.connect(tenant.member, "grace"))
    sandbox.change_app(office.app, new_secret=True)
    expire(office, grant.id)
    with pytest.raises(JiraTrouble):
        access_tokens.access_token(office.work, office.registry, grant.id)
    assert (office.account.own.state, office.account.own.code) == ("refused", "client_refused")


def test_a_consent_that_cannot_be_renewed_tells_what_it_ended(portal, sandbox, tenant):
    office = cloud_office(portal, sandbox, tenant)
    office.connect(tenant.member, "grace")
    sandbox.state(new_grant_ends_older=True, token_body="no_refresh_token")
    assert end_of(office, tenant.member, "person", "grace") == "no_refresh_token"
    view = accounts.account(tenant.work(tenant.member), office.account_id).mine
    assert (view.state, view.code) == ("ended", "consent_replaced")
