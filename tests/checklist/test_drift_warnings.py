"""What warns after it was proved is news too; what warns from the first look on is none."""

from datetime import timedelta

import pytest

from portal import clock
from portal.alm_accounts import accounts
from portal.checklist import drift
from portal.checklist.outcome import failed, proved, waiting, warning
from portal.store.tables import Check
from tests.checklist.clockwork import Clockwork

pytestmark = pytest.mark.own_database


@pytest.fixture
def clockwork(sheet, monkeypatch) -> Clockwork:
    """The account's due work, in a portal that sends mail."""
    monkeypatch.setattr(sheet.tenant.store, "mail_links", sheet.portal.base_url)
    monkeypatch.setattr(sheet.portal.store, "mail_links", sheet.portal.base_url)
    return Clockwork(sheet)


def test_what_warns_after_it_was_proved_is_told_once(sheet, admin, clockwork) -> None:
    clockwork.look()
    before = {name for name, row in sheet.rows.items() if row.state == "warning"}
    sheet.sandbox.state(clock_offset_seconds=120)
    clockwork.look()
    [(row, was, now, _)] = clockwork.changes
    assert (row, was, now) == ("clocks", "proved", "warning") and row not in before
    admin.get(sheet.tenant.path())
    assert f"1 no longer proved: {sheet.rows[row].title}" in " ".join(admin.page.text.split())
    letter = clockwork.letters[sheet.tenant.admin.email]
    assert "needs a look" in letter and "broke" not in letter and sheet.rows[row].trouble.title in letter
    clockwork.look()
    assert clockwork.how_many_letters == 1 and len(clockwork.changes) == 1


def test_only_a_row_that_was_proved_can_get_worse(sheet) -> None:
    seen = [
        (warning("plain_http"), None, True),
        (proved("It is well."), None, False),
        (waiting("jira"), None, False),
        (warning("plain_http"), "waiting", False),
        (warning("plain_http"), None, False),
        (failed("captcha"), "warning", False),
        (warning("plain_http"), "failed", True),
        (proved("It is well."), None, False),
    ]
    check, was = Check(account_id=sheet.account_id, row="clocks"), None
    with sheet.work.write() as session:
        for found, before, is_told in seen:
            lines = len(session.info.get("audit_lines", []))
            drift.note(session, sheet.work, check, was, found, clock.now())
            new = session.info.get("audit_lines", [])[lines:]
            assert (new[0][1]["details"]["before"] if new else None) == before, found
            assert (check.told_at is not None) == is_told, found
            was = str(found.state)
            if was == "proved":
                check.proved_at = clock.now()


def test_a_row_that_only_a_person_looks_at_promises_no_night(sheet) -> None:
    account = accounts.account(sheet.work, sheet.account_id)
    since = clock.now() - timedelta(days=1)
    control = Check(row="control", state="failed", code="control_failed", evidence={}, since=since)
    jira = Check(row="jira", state="failed", code="maintenance", evidence={}, since=since)
    _, alone = drift.message("Acme", account, [control], "https://x")
    _, both = drift.message("Acme", account, [jira, control], "https://x")
    _, other = drift.message("Acme", account, [jira], "https://x")
    assert "only when somebody asks" in alone and "nightly" not in alone
    assert "only when somebody asks" in both and "All else turns green by itself" in both
    assert "only when" not in other and "turns green by itself at its next nightly run" in other
