"""What a row said before the account was changed is out of date, and says so."""

from portal.alm_accounts import accounts
from portal.credentials.keeping import disconnect
from tests.support.accounts import connect, registry_of


def outdated(sheet):
    """How many rows say that they are out of date."""
    return sum(row.is_outdated for row in sheet.shown.rows)


def test_what_was_said_before_the_settings_changed_is_out_of_date(sheet, admin):
    sheet.run()
    assert outdated(sheet) == 0
    wire = registry_of(sheet.portal).outbound.wire
    accounts.change(sheet.work, wire, sheet.account_id, {"name": "Jira of the shop", "max_concurrent": 3})
    assert outdated(sheet) == 0
    accounts.change(sheet.work, wire, sheet.account_id, {"read_only": True})
    admin.get(sheet.path())
    assert "Out of date" in admin.page.find("#row-jira").text
    assert "Run the checklist again to know how it stands now" in admin.page.find("#verdict").text
    sheet.run()
    assert outdated(sheet) == 0


def test_the_accounts_own_credential_counts_and_nobody_elses(sheet):
    connect(sheet.portal, sheet.sandbox, sheet.tenant, sheet.tenant.member, sheet.account_id, "grace")
    sheet.run()
    disconnect(sheet.work, sheet.account_id, sheet.tenant.member.user_id, "disconnected")
    assert outdated(sheet) == 0
    disconnect(sheet.work, sheet.account_id, None, "disconnected")
    assert outdated(sheet) == len(sheet.shown.rows)
