"""What a person's run does after renewals at a Jira Data Center failed."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import clock
from portal.checklist import runs
from portal.store.tables import Grant
from tests.support.cloud_sheets import looked, red, sheet_of, told
from tests.support.server_oauth2 import server_oauth2_office

pytestmark = pytest.mark.on_both(
    "test_what_failed_a_few_times_is_tried_again_at_once",
)


def edit(office, **values):
    with office.work.write() as session:
        session.execute(update(Grant).values(**values))


def test_what_failed_a_few_times_is_tried_again_at_once(portal, sandbox, tenant):
    """After some failures the portal's own pause lasts minutes; Jira asked for three seconds."""
    office = server_oauth2_office(portal, sandbox, tenant)
    sheet = sheet_of(office)
    edit(office, attempts=8)
    sandbox.state(token_status=503, side="server")
    assert told(sheet.run()["client"]) == ("failed", "maintenance")
    sandbox.state(token_status=0)
    [grant] = office.grants()
    assert grant.retry_at > clock.now() + timedelta(minutes=4) and grant.asked_until is None
    edit(office, asked_until=clock.now() + timedelta(minutes=1))
    assert told(sheet.run({"client"})["client"]) == ("unknown", "renewal_paused")
    edit(office, asked_until=clock.now())
    rows = sheet.run()
    assert {rows[name].state for name in ("client", "signature", "consent")} == {"proved"}


def test_the_night_that_meets_a_refused_secret_names_it(portal, sandbox, tenant):
    """Nothing is renewed for the checklist at night; but a token whose time is over has to be."""
    office = server_oauth2_office(portal, sandbox, tenant)
    edit(office, expires_at=clock.now())
    rows = looked(sheet_of(office), why=runs.NIGHT, client_secret_wrong=True)
    assert red(rows) == {"signature": "client_refused"} and rows["identity"].state == "waiting"
    assert told(rows["client"]) == ("unknown", "client_untold")
