"""A report that Atlassian does not take as it stands, and an address that only stood beside a token."""

from collections.abc import Iterator

import pytest

from portal.credentials import erasing
from portal.jira.answers import Code
from portal.store.tables import AccountToReport, Credential
from portal.store.work import now_of
from tests.credentials.test_reporting import DAY, Reporting, clear
from tests.support.cloud import cloud_office
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld

pytestmark = pytest.mark.own_database


@pytest.fixture
def made(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Iterator[Reporting]:
    reporting = Reporting(cloud_office(portal, sandbox, tenant))
    yield reporting
    clear(reporting)


def test_a_report_that_is_refused_as_it_stands_waits_for_the_next_day(made: Reporting) -> None:
    """An account without an id is what the practice Atlassian refuses."""
    with made.everywhere.write() as session:
        due_at = now_of(session) - DAY
        row = {"client_id": made.client_id, "provider_account": ""}
        session.add(AccountToReport(**row, data_at=due_at - DAY, due_at=due_at))
    made.report()
    assert made.reports() == []
    listed = made.rows()[""]
    assert (listed.reported_at, listed.due_at) == (None, due_at), "nothing counts as reported"
    assert made.due_work("report") == [], "nothing is tried again before the day's run"
    assert made.audit("accounts.reported") == [("failed", {"code": str(Code.BAD_REQUEST)})]


def test_of_a_closed_account_the_address_beside_its_token_goes_too(made: Reporting) -> None:
    with made.office.work.write() as session:
        row = session.get_one(Credential, (made.office.tenant.id, made.mine))
        row.login, row.jira_email = "grace@example.com", ""
    erasing.erase_closed(made.everywhere.within(made.office.tenant.id), made.mine)
    erased = made.credential()
    assert erased is not None and (erased.ended_why, erased.login) == ("account_closed", "")
