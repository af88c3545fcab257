"""Whether a second person could connect, and whether somebody's own Jira user stands behind the account."""

from uuid import UUID

import pytest
from sqlalchemy import update

from portal.store.tables import Credential
from tests.support.accounts import connect
from tests.support.checklist import Sheet
from tests.support.cloud import cloud_office

pytestmark = pytest.mark.on_both(
    "test_a_member_opens_the_address_that_the_row_gives",
    "test_a_connection_that_is_over_counts_no_more",
    "test_the_accounts_e_mail_is_a_persons_here",
)

PEOPLE = ("second_person", "personal")


def connect_as(sheet: Sheet, someone, jira_user: str) -> UUID:
    return connect(sheet.portal, sheet.sandbox, sheet.tenant, someone, sheet.account_id, jira_user)


def second_person(sheet: Sheet):
    return sheet.run(PEOPLE)["second_person"]


def test_a_member_opens_the_address_that_the_row_gives(sheet, sign_in) -> None:
    row = second_person(sheet)
    assert row.state == "warning" and row.trouble.code == "second_person"
    address = f"{sheet.portal.base_url}/t/{sheet.tenant.slug}/profile/alm-credentials/{sheet.account_id}"
    assert f"this address: {address}." in row.trouble.fix
    member = sign_in(sheet.tenant.member)
    member.get(address)
    assert member.status == 200 and "Get OAuth token" in member.page.text
    connect_as(sheet, sheet.tenant.member, "ada")
    row = second_person(sheet)
    assert row.state == "proved" and address in row.said


def test_who_authorised_the_account_is_no_second_person(sheet) -> None:
    connect_as(sheet, sheet.tenant.admin, "ada")
    assert second_person(sheet).state == "warning"


def test_the_accounts_own_jira_user_is_no_second_one(sheet) -> None:
    connect_as(sheet, sheet.tenant.member, "admin")
    rows = sheet.run(PEOPLE)
    assert rows["second_person"].state == "warning"
    assert rows["personal"].state == "warning" and rows["personal"].trouble.code == "personal_account"


def test_that_nobody_here_is_the_same_is_all_that_is_claimed(sheet) -> None:
    row = sheet.run(PEOPLE)["personal"]
    assert row.state == "proved" and "of nobody known here" in row.said and "no call tells" in row.said


def test_a_connection_that_is_over_counts_no_more(sheet) -> None:
    credential_id = connect_as(sheet, sheet.tenant.member, "ada")
    with sheet.work.write() as session:
        of_them = update(Credential).where(Credential.id == credential_id)
        session.execute(of_them.values(state="ended", ended_why="denied"))
    assert second_person(sheet).state == "warning"


def test_an_app_at_atlassian_has_to_be_shared_first(portal, sandbox, tenant) -> None:
    office = cloud_office(portal, sandbox, tenant)
    sheet = Sheet(portal, sandbox, tenant, office.account_id)
    row = second_person(sheet)
    assert row.trouble.code == "second_person_unshared" and "Distribution" in row.trouble.fix
    office.connect(tenant.member, "ada")
    assert second_person(sheet).state == "proved"


@pytest.mark.parametrize("is_member", [True, False], ids=["of this tenant", "of another"])
def test_the_accounts_e_mail_is_a_persons_here(sheet, is_member) -> None:
    """Told apart by tenant: people of another one are none of this admin's business."""
    someone = sheet.tenant.member if is_member else sheet.tenant.stranger
    with sheet.work.write() as session:
        own = update(Credential).where(Credential.account_id == sheet.account_id)
        session.execute(own.values(jira_email=someone.email.upper()))
    row = sheet.run(PEOPLE)["personal"]
    assert row.state == ("warning" if is_member else "proved")
