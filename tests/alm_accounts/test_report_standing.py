"""What the overview of an account says of personal data reporting."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select, update

from portal import clock
from portal.credentials.keeping import disconnect
from portal.credentials.report_standing import NO_APP, NOT_NEEDED, standing
from portal.credentials.reporting import spread
from portal.kinds import KINDS
from portal.kinds.scopes import REPORT
from portal.sandbox.people import USERS
from portal.store.tables import AccountToReport, Grant
from tests.credentials.test_reporting import Reporting, clear, paste_token
from tests.support import samples
from tests.support.cloud import ALL_SCOPES, cloud_draft, cloud_office
from tests.support.conversions import PAIRS, changing
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import Someone, TenantWorld

pytestmark = pytest.mark.own_database

SignIn = Callable[[Someone], Person]


def told(person: Person, path: str) -> str:
    """What stands under the heading."""
    person.get(path)
    (panel,) = (one for one in person.page.soup.select("section.panel") if "Personal data" in one.get_text())
    return " ".join(panel.get_text(" ", strip=True).split())


def test_when_it_was_done_and_of_how_many(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, sign_in: SignIn
) -> None:
    made = Reporting(cloud_office(portal, sandbox, tenant))
    admin, path = sign_in(tenant.admin), tenant.path(f"alm-accounts/{made.office.account_id}")
    text = told(admin, path)
    assert "2 Atlassian accounts" in text and "Last reported not yet" in text and "Next due" in text
    made.make_due()
    made.report()
    assert "Last reported under a minute ago" in told(admin, path)
    with made.office.work.write() as session:
        session.execute(update(Grant).values(expires_at=clock.now()))
    for user in ("admin", "grace"):
        sandbox.end_grant(made.office.app, user)
    made.edit(due_at=clock.now(), reported_at=None)
    made.report()
    assert "nobody's consent includes" in told(admin, path)
    clear(made)


def test_a_try_that_failed_is_told(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, sign_in: SignIn
) -> None:
    made = Reporting(cloud_office(portal, sandbox, tenant))
    sandbox.state(report_rate_limited=60)
    made.make_due()
    made.report()
    text = told(sign_in(tenant.admin), tenant.path(f"alm-accounts/{made.office.account_id}"))
    assert "The last try failed" in text and "tried again by itself" in text
    clear(made)


def test_who_goes_on_with_a_token_after_a_change_to_consents_is_counted_and_listed(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, sign_in: SignIn
) -> None:
    (pair,) = (one for one in PAIRS if one.name == "own-app")
    change = changing(portal, sandbox, tenant, pair)
    change.connect_old(tenant.member, "grace")
    admin = sign_in(tenant.admin)
    assert "no app at Atlassian" in told(admin, change.path())
    change.switch(admin)
    assert "2 Atlassian accounts whose name is kept here" in told(admin, change.path())
    everywhere = change.by_clock.within(None)
    spread(everywhere)
    with everywhere.write() as session:
        by_app = AccountToReport.client_id == change.account.app.client_id
        listed = set(session.scalars(select(AccountToReport.provider_account).where(by_app)))
        assert listed == {USERS["admin"].account_id, USERS["grace"].account_id}
        session.execute(delete(AccountToReport))


def test_tokens_alone_cannot_report_and_the_page_says_so(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, sign_in: SignIn
) -> None:
    made = Reporting(cloud_office(portal, sandbox, tenant))
    paste_token(made.office, tenant.member, "grace")
    paste_token(made.office, tenant.second, "ada")
    disconnect(made.office.work, made.office.account_id, None, "disconnected")
    text = told(sign_in(tenant.admin), tenant.path(f"alm-accounts/{made.office.account_id}"))
    assert "Waits with 2 Atlassian accounts" in text and "a pasted token cannot report" in text
    assert "Press Get auth token above" in text
    made.make_due()
    made.report()
    assert made.reports() == [] and all(row.reported_at is None for row in made.rows().values())
    clear(made)


def test_an_app_without_the_permission(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, sign_in: SignIn
) -> None:
    office = cloud_draft(portal, sandbox, tenant, tuple(one for one in ALL_SCOPES if one != REPORT))
    office.authorise()
    office.save()
    text = told(sign_in(tenant.admin), tenant.path(f"alm-accounts/{office.account_id}"))
    assert "the app lacks the permission" in text and "Tick it in the developer console" in text


def test_a_jira_of_ones_own_needs_none(tenant: TenantWorld, sign_in: SignIn) -> None:
    account_id = samples.account(tenant)
    samples.signing_key(tenant, account_id)
    assert "Not needed" in told(sign_in(tenant.admin), tenant.path(f"alm-accounts/{account_id}"))


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_says_how_it_stands(name: str, tenant: TenantWorld) -> None:
    """An account that has no app at Atlassian has nobody to ask in whose name; one that only sends holds
    nobody's name."""
    state = standing(tenant.work(tenant.admin), samples.account(tenant), KINDS[name]).state
    kind = KINDS[name]
    assert state == (NO_APP if kind.is_cloud and not kind.only_sends else NOT_NEEDED)
