"""The checklist of an account that sends: what is proved, and what cannot be known (D1, D5, E5).

The ways in which it breaks are in ``tests.checklist.faults_of_deliveries``.
"""

import pytest

from portal.checklist.checks import deliveries
from portal.jira.answers import Code, JiraTrouble
from portal.jira.bulk import Allowed
from tests.support.checklist import Sheet
from tests.support.cloud_sheets import looked, red
from tests.support.deliveries import DeliveryOffice, build, delivery_office
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.variants import variants
from tests.support.world import TenantWorld

ROWS = [
    "address", "name", "port", "jira", "token", "may_send_builds", "may_send_deployments",
    "may_send_featureflags", "may_send_devinfo", "site", "ends", "secret_private", "last_delivery",
    "oldest_waiting",
]  # fmt: skip


@pytest.fixture
def office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> DeliveryOffice:
    """A tenant that delivers."""
    return delivery_office(portal, sandbox, tenant)


def sheet(office: DeliveryOffice) -> Sheet:
    return Sheet(office.portal, office.sandbox, office.tenant, office.account_id)


def test_what_is_in_order_is_proved_without_sending_anything(office: DeliveryOffice) -> None:
    """And once a build has reached its issue, that too."""
    found = sheet(office).run()
    assert list(found) == ROWS
    told = {name: str(row.state) for name, row in found.items() if row.state != "proved"}
    assert told == {"address": "warning", "last_delivery": "unknown", "secret_private": "unknown"}
    calls = office.sandbox.deliveries()
    assert calls and not any(call["items"] for call in calls), "no build is ever made up"
    office.accepted(build(7))
    assert (
        sheet(office).run(["oldest_waiting"])["oldest_waiting"].said.startswith("1 waiting, the oldest since")
    )
    office.send()
    assert "web #7" in sheet(office).run(["last_delivery"])["last_delivery"].said
    assert sheet(office).rows["last_delivery"].state == "proved"


SAYS_NOTHING = {
    "taken": None,
    "refused without a word": JiraTrouble(Code.BAD_REQUEST, status=400),
}


@pytest.mark.parametrize("trouble", variants(SAYS_NOTHING.values(), SAYS_NOTHING))
def test_an_answer_that_says_nothing_of_the_permission_is_no_proof_of_it(
    office: DeliveryOffice, monkeypatch: pytest.MonkeyPatch, trouble: JiraTrouble | None
) -> None:
    """What an empty list is answered with is described nowhere."""
    monkeypatch.setattr(deliveries, "allowed", lambda *_: (Allowed.UNKNOWN, trouble))
    row = sheet(office).run(["token", "may_send_builds"])["may_send_builds"]
    assert (row.state, row.trouble and row.trouble.code) == ("unknown", "delivery_permission_untold")


def test_what_stops_site_and_token_alike_is_told_once(office: DeliveryOffice) -> None:
    """By the row about the site; and whatever fails says what was tried."""
    mine, everything = sheet(office), [row for row in ROWS if row.startswith("may_send_")]
    rows = looked(mine, down=True)
    assert red(rows) == {"jira": "maintenance"} and rows["token"].waits_for == "It is a Jira"
    rows = looked(mine, sites_removed=["acme"])
    assert red(rows) == {"jira": "not_jira"} and rows["token"].state == "proved"
    assert {rows[name].waits_for for name in everything} == {"It is a Jira"}
    rows = looked(mine, token_status=503)
    assert red(rows) == {"token": "token_endpoint_failed"} and "for a new token" in rows["token"].tried
