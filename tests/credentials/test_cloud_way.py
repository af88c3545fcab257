"""Jira Cloud by consent: the account and a person connect, and grants are shared, kept and ended."""

from dataclasses import replace

from sqlalchemy.exc import OperationalError

from portal.alm_accounts import drafts, sites
from portal.credentials import callbacks, flows
from portal.credentials.acting_as import acting_as
from portal.credentials.registry import Registry
from portal.kinds import KINDS
from portal.kinds.shape import SHARED_CALLBACK
from portal.store import patience
from tests.support.accounts import at_browser, registry_of
from tests.support.cloud import cloud_office


def test_a_database_that_is_away_at_the_callback_costs_nothing(portal, sandbox, tenant, monkeypatch):
    """The code is spent by then; what it gave is stored once the database is back (T49)."""
    office, keep, tries = cloud_office(portal, sandbox, tenant), callbacks.keep_token, []

    def away_at_first(*given):
        tries.append(given)
        if len(tries) < 3:
            raise OperationalError("INSERT", {}, Exception("the server closed the connection"))
        return keep(*given)

    monkeypatch.setattr(callbacks, "keep_token", away_at_first)
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
