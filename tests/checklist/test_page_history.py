"""What changed since nothing was broken, who asked, and the version to print or send."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from portal.alm_accounts import accounts
from portal.checklist import history, runs
from portal.checklist.rows import BY_NAME, rows_of
from portal.store.tables import CheckRun, Credential, SigningKey
from portal.store.vault import get_secret
from tests.support import canaries

pytestmark = pytest.mark.on_both(
    "test_a_run_at_which_the_portal_failed_itself_is_not_when_nothing_was_broken", "test_a_page_at_a_time"
)


@pytest.fixture
def broken(sheet):
    """Green, then a deactivated user, then a Jira that is down as well."""
    sheet.run()
    sheet.sandbox.state(user_disabled=["admin"])
    sheet.run(why=runs.NIGHT)
    sheet.sandbox.state(down=True)
    sheet.run()
    return sheet


def test_what_changed_since_nothing_was_broken(broken, admin):
    admin.get(broken.path())
    admin.click("History")
    titles = [heading.get_text() for heading in admin.page.soup.select("h2")]
    assert titles == ["Since nothing was broken", "Before that", "Last runs"]
    since, before = admin.page.soup.select(".past-runs")
    down, disabled = since.select(".past-run")
    assert "It is a Jira: Jira is down for maintenance (was proved)" in " ".join(down.text.split())
    assert "had to wait" in down.text and "Ada Admin" in down.text
    assert "Identity: The Jira user is gone (was proved)" in " ".join(disabled.text.split())
    assert "Almoner, at night" in disabled.text
    assert "looked at for the first time" in before.text
    admin.click("Identity")
    assert admin.path.startswith(broken.path())
    assert "Under way" not in admin.page.text


def test_a_run_at_which_the_portal_failed_itself_is_not_when_nothing_was_broken(sheet, monkeypatch):
    sheet.run()
    account = accounts.account(sheet.work, sheet.account_id)
    green_at = history.history(sheet.work, account).green_at
    broken = replace(BY_NAME["personal"], look=lambda calls: 1 // 0)
    monkeypatch.setattr(
        runs, "rows_of", lambda account: [*(r for r in rows_of(account) if r.name != "personal"), broken]
    )
    sheet.run()
    assert sheet.rows["personal"].state == "unknown"
    assert history.history(sheet.work, account).green_at == green_at


def test_a_page_at_a_time(broken, admin, monkeypatch):
    monkeypatch.setattr(history, "RUNS_A_PAGE", 1)
    admin.get(broken.path("history"))
    assert "Jira is down" in admin.page.text
    admin.click("Older changes")
    assert "The Jira user is gone" in admin.page.text and "Last runs" not in admin.page.text
    admin.click("Older changes")
    assert "for the first time" in admin.page.text and not admin.page.has("Older changes")


def test_what_cannot_be_read_as_a_moment_is_left_out(sheet, admin):
    for odd in ("x", "2026-11-22", "0001-01-01T00:00:00+23:00", "2026-11-22T00:00:00+00:00' --", "9" * 400):
        admin.get(sheet.path("history"), params={"before": odd})
        assert admin.status == 200 and "Nothing has changed" in admin.page.text


def test_mended_is_told_and_who_is_gone_has_no_name(broken, admin):
    broken.sandbox.state(down=False, user_disabled=[])
    broken.run()
    with broken.work.write() as session:
        session.execute(update(CheckRun).values(asked_by=uuid4()))
    admin.get(broken.path("history"))
    assert "Nothing is broken now" in admin.page.text and "somebody who is gone" in admin.page.text
    newest = admin.page.soup.select(".past-run")[0]
    assert "It is a Jira (was broken: Jira is down for maintenance)" in " ".join(newest.text.split())
    assert "waited no longer" in newest.text


def secrets_of(sheet):
    """What is kept sealed for the account, searched for on every page from now on."""
    with sheet.work.read() as session:
        rows = [*session.scalars(select(Credential)), *session.scalars(select(SigningKey))]
        names = ("access_token", "token_secret", "private_key")
        return [
            canaries.add(get_secret(session, row, name).reveal().replace("-----BEGIN PRIVATE KEY-----\n", ""))
            for row in rows
            for name in names
            if getattr(row, name, None) is not None
        ]


def test_a_version_to_send_is_whole_and_holds_no_secret(broken, admin):
    broken.sandbox.state(down=False)
    broken.run()
    assert len(secrets_of(broken)) == 3
    admin.get(broken.path())
    admin.click("Print or send")
    page = admin.page
    assert not page.soup.select("form, nav") and page.h1 == "Checklist of Jira"
    text = page.value("#as-text")
    account = accounts.account(broken.work, broken.account_id)
    for said in (
        account.name,
        account.kind.title,
        account.base_url,
        "Almoner 0",
        "Ada Admin",
        "1 thing is broken",
    ):
        assert said in page.text and said in text, said
    for row in broken.shown.rows:
        assert row.title in page.text and f"{row.title}: " in text
    assert "Who can mend it: the Jira admin" in text
    assert "IDENTITY: BROKEN" in text.upper() and "1) Ask your Jira admin to activate the user" in text
    assert max(len(line) for line in text.splitlines()) < 140
