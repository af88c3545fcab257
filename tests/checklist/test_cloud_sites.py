"""The site that was picked: covered, elsewhere, gone, renamed; and what Atlassian refuses for points."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from portal.checklist import runs
from portal.credentials import points
from portal.jira.answers import Code, JiraTrouble
from portal.store.tables import CloudSite
from tests.support.api_tokens import api_token_draft, api_token_office
from tests.support.cloud import CloudOffice, cloud_office
from tests.support.cloud_people import shared_desk
from tests.support.cloud_sheets import looked, red, sheet_of, told

pytestmark = pytest.mark.on_both(
    "test_try_again_at_the_site_looks_at_whose_turn_it_was",
    "test_a_token_is_for_the_site_whose_cloud_id_was_picked",
    "test_the_share_of_the_operators_app_counts",
)


@pytest.fixture
def office(portal, sandbox, tenant) -> CloudOffice:
    """A saved account by an app of its own."""
    return cloud_office(portal, sandbox, tenant)


FAULTS = (
    ({"other_site": True}, "site", "site_not_covered", "Site pinned and still covered"),
    ({"not_on_site": ["admin:acme"]}, "site", "site_gone", "Site pinned and still covered"),
    ({"sites_removed": ["acme"]}, "jira", "not_jira", "It is a Jira"),
    ({"points_spent": True}, "points", "quota_spent", "Points of this hour"),
)


def test_each_fault_is_red_in_one_row_and_over_when_it_is_over(office):
    """The identity waits for the row that names it, and is proved by night too, where nothing is renewed."""
    sheet, said = sheet_of(office), {}
    for switches, name, code, title in FAULTS:
        rows = looked(sheet, **switches)
        assert (red(rows), rows["identity"].waits_for) == ({name: code}, title), code
        assert rows["consent"].state in ("unknown", "waiting"), "nothing was sent by which it could be taken"
        said[code] = rows[name].trouble
    assert f"globex ({office.sandbox.sites['globex']})" in said["site_not_covered"].cause
    assert "There is no Jira site" in said["not_jira"].title
    assert said["quota_spent"].fix.startswith("Wait ") and said["quota_spent"].retry
    rows = looked(sheet, sites_renamed=["acme"])
    assert red(rows) == {} and told(rows["site"]) == ("warning", "site_renamed")
    assert office.sandbox.sites["acme"] in rows["site"].trouble.cause
    rows = sheet.run(why=runs.NIGHT)
    assert red(rows) == {} and {rows[name].state for name in ("site", "identity", "points")} == {"proved"}


def test_try_again_at_the_site_looks_at_whose_turn_it_was(office, sign_in):
    """The identity waits for the site, so it is looked at too."""
    sheet, admin = sheet_of(office), sign_in(office.tenant.admin)
    assert red(looked(sheet, other_site=True)) == {"site": "site_not_covered"}
    admin.get(sheet.path())
    admin.submit("Try again", within_="#row-site")
    sheet.wait(admin)
    assert (sheet.rows["site"].state, sheet.rows["identity"].state) == ("proved", "proved")


@pytest.mark.variant
def test_what_stops_the_call_for_another_reason_counts_no_points(office, monkeypatch):
    def stopped(calls):
        raise JiraTrouble(Code.SERVER_ERROR, status=500)

    monkeypatch.setattr("portal.checklist.checks.cloud_site.myself", stopped)
    assert told(sheet_of(office).run({"points"})["points"]) == ("unknown", "points_untold")


def test_a_token_is_for_the_site_whose_cloud_id_was_picked(portal, sandbox, tenant):
    office = api_token_office(portal, sandbox, tenant)
    sheet = sheet_of(office)
    assert told(looked(sheet, tenant_info="forbidden")["site"]) == ("unknown", "site_untold")
    assert told(looked(sheet, sites_renamed=["acme"])["site"]) == ("warning", "site_renamed")
    with office.work.write() as session:
        mine = update(CloudSite).where(CloudSite.account_id == office.account_id)
        session.execute(mine.values(cloud_id="00000000-2222-3333-4444-555555555555"))
    rows = sheet.run()
    assert red(rows) == {"site": "site_replaced"}
    assert sandbox.cloud_ids["acme"] in rows["site"].trouble.cause
    assert "00000000-2222" in rows["site"].trouble.cause


@pytest.mark.variant
def test_before_a_token_proved_it_no_site_is_picked(portal, sandbox, tenant):
    rows = sheet_of(api_token_draft(portal, sandbox, tenant)).run()
    assert red(rows) == {"consent": "not_connected"}
    assert rows["site"].waits_for == "Consent given and valid"


def test_the_share_of_the_operators_app_counts(portal, sandbox, tenant, sign_in, monkeypatch):
    admin = sign_in(tenant.admin)
    desk = shared_desk(portal, sandbox, tenant, admin)
    desk.authorise_shared(admin)
    sheet = sheet_of(desk)
    share_of = points.share_of

    def spent(*given):
        share = share_of(*given)
        return share and replace(share, used=share.share)

    monkeypatch.setattr(points, "share_of", spent)
    monkeypatch.setattr("portal.checklist.checks.cloud_site.share_of", spent)
    rows = sheet.run()
    assert red(rows) == {"points": "points_used"}
    assert "points used by this organisation" in rows["points"].said and "UTC" in rows["points"].said
    assert "identity" not in red(rows) and rows["identity"].waits_for == "Points of this hour"
