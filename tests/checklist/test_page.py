"""The page of the checklist as an admin meets it: new, green, red, under way, broken off, out of date."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import clock
from portal.alm_accounts import drafts
from portal.checklist import runs
from portal.kinds import KINDS
from portal.store.tables import CheckRun
from tests.support.accounts import delete_account, registry_of
from tests.support.checklist import Sheet

# What the pages show follows from rows; how these are read on either database, the other modules hold.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def state_of(page, row):
    """The word a row says its state by, and its icon."""
    chip = page.find(f"#row-{row} .check-head .chip")
    return chip.get_text().strip(), str(chip.find("use")["href"]).partition("#")[2]


def test_an_admin_reads_what_is_wrong_who_can_mend_it_and_how(sheet, admin):
    admin.get(sheet.path())
    assert "Nothing has been looked at yet" in admin.page.text and not admin.page.has("History")
    assert state_of(admin.page, "identity") == ("Not looked at", "ring")
    sheet.sandbox.state(user_disabled=["admin"])
    admin.submit("Run the checklist")
    sheet.wait(admin)
    assert "1 thing is broken: Identity" in admin.page.text
    assert admin.page.link("Identity", "#verdict") == "#row-identity"
    assert "asked for by Ada Admin" in admin.page.text
    assert state_of(admin.page, "identity") == ("Broken", "cross")
    assert state_of(admin.page, "jira") == ("Proved", "check")
    assert state_of(admin.page, "personal") == ("Waiting", "clock")
    assert admin.page.link("Identity", "#row-personal") == "#row-identity"
    row = admin.page.find("#row-identity")
    assert "The Jira user is gone." in row.text and "Who can mend itYour Jira admin" in row.text
    assert "HTTP status: 401" in row.text
    assert admin.page.link("Open the users of your Jira (opens a new tab)", "#row-identity").startswith(
        sheet.sandbox.url
    )


def test_every_page_of_ours_that_a_remedy_names_opens(sheet, admin):
    sheet.sandbox.state(user_disabled=["admin"])
    sheet.run()
    admin.get(sheet.path())
    links = {str(link["href"]) for link in admin.page.soup.select(".check-links a") if link["href"][0] == "/"}
    assert links
    for link in links:
        admin.get(link)
        assert admin.status == 200, link


def test_a_draft_that_does_not_work_is_led_there_and_back(portal, sandbox, tenant, sign_in):
    work = tenant.work(tenant.admin)
    draft = Sheet(portal, sandbox, tenant, drafts.create_draft(work, KINDS["server_oauth1"], tenant.slug))
    admin = sign_in(tenant.admin)
    admin.get(tenant.path(f"alm-accounts/{draft.account_id}/set-up"))
    admin.click("Something does not work? Look at the checklist")
    admin.submit("Run the checklist")
    draft.wait(admin)
    assert "1 thing is broken: Address" in admin.page.text
    assert "Who can mend it You" in " ".join(admin.page.find("#row-address").get_text(" ").split())
    admin.click("Open the set-up page", "#row-address")
    assert admin.path.endswith("/set-up")


@pytest.fixture
def under_way(sheet):
    """A run that was begun, and whose process does nothing."""
    run_id = runs.begin(sheet.work, sheet.account_id, runs.PERSON)
    assert run_id is not None
    return run_id


def test_while_a_run_is_under_way_nothing_else_begins(sheet, admin, under_way):
    admin.get(sheet.path())
    count = len(sheet.shown.rows)
    assert f"0 of {count} rows looked at" in admin.page.text
    assert admin.page.find("#checklist")["data-poll"] == sheet.path()
    assert state_of(admin.page, "identity") == ("Looking", "refresh")
    assert admin.page.link("Show what has come") == sheet.path()
    assert not admin.page.soup.select("#checklist form")
    admin.post(sheet.path("run"))
    assert "A run was under way already" in admin.page.text
    runs.perform(sheet.work, registry_of(sheet.portal), under_way)
    admin.click("Show what has come")
    assert "data-poll" not in admin.page.find("#checklist").attrs
    assert state_of(admin.page, "identity") == ("Proved", "check")


def test_a_row_that_is_looked_at_again_says_what_it_said_before(sheet, admin):
    sheet.sandbox.state(user_disabled=["admin"])
    sheet.run()
    runs.begin(sheet.work, sheet.account_id, runs.PERSON, {"identity"})
    admin.get(sheet.path())
    assert "0 of 1 row looked at" in admin.page.text
    assert state_of(admin.page, "identity") == ("Looking", "refresh")
    assert "What a row says while it is looked at again is from before" in admin.page.text
    assert "The Jira user is gone" in admin.page.find("#row-identity").text
    assert state_of(admin.page, "jira") == ("Proved", "check")


def test_a_run_whose_process_is_gone_says_so_and_makes_room(sheet, admin, under_way):
    with sheet.work.write() as session:
        over = update(CheckRun).where(CheckRun.id == under_way)
        session.execute(over.values(lease_until=clock.now() - timedelta(seconds=1)))
    admin.get(sheet.path())
    assert "The last run broke off before it was over" in admin.page.text
    assert state_of(admin.page, "identity") == ("Not looked at", "ring")
    admin.submit("Run the checklist")
    sheet.wait(admin)
    assert "broke off" not in admin.page.text and sheet.rows["identity"].state == "proved"
    admin.get(sheet.path("history"))
    assert "Broke off" in admin.page.text


def test_an_account_that_is_deleted_meanwhile_is_no_more_here(sheet, admin, under_way):
    admin.get(sheet.path())
    delete_account(sheet.work, sheet.account_id)
    runs.perform(sheet.work, registry_of(sheet.portal), under_way)
    for path in (sheet.path(), sheet.path("history"), sheet.path("report")):
        admin.get(path)
        assert admin.status == 404
    admin.get(sheet.tenant.path())
    admin.post(sheet.path("run"))
    assert admin.status == 404


def test_a_quiet_run_looks_at_no_control_and_says_so(sheet, admin):
    run_id = runs.begin(sheet.work, sheet.account_id, runs.NIGHT)
    admin.get(sheet.path())
    assert state_of(admin.page, "control") == ("Not looked at", "ring")
    runs.perform(sheet.work, registry_of(sheet.portal), run_id)
    admin.get(sheet.path())
    assert "Almoner, at night" in admin.page.text
    assert state_of(admin.page, "control") == ("Not looked at", "ring")
