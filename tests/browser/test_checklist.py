"""The checklist in a real browser: results come while its page is open, and nobody loses their place."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select, update

from portal.checklist import runs
from portal.store.tables import AlmAccount, CheckRun
from tests.browser.looking import look_at
from tests.support.accounts import connected_account, delete_account, registry_of
from tests.support.checklist import Sheet

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

# What the live region says, one after the other; and a mark that a page that was loaded again has lost.
LISTEN = """() => {
  window.said = [];
  window.isSamePage = true;
  const region = document.getElementById("announcements");
  new MutationObserver(() => { if (region.textContent) window.said.push(region.textContent); })
    .observe(region, { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture
def sheet(portal, sandbox, tenant):
    return Sheet(portal, sandbox, tenant, connected_account(portal, sandbox, tenant))


@pytest.fixture
def red(sheet):
    """The same after a run that met a deactivated user."""
    sheet.sandbox.state(user_disabled=["admin"])
    sheet.run()
    return sheet


@pytest.fixture
def page(new_window, sheet):
    return new_window().sign_in(sheet.tenant.admin)


def open_checklist(page, sheet):
    """Open it, and listen."""
    page.goto(sheet.path())
    page.evaluate(LISTEN)


def state_of(page, row):
    """The chip of a row: its word, and beside it its icon."""
    return page.locator(f"#row-{row} .check-head .chip")


def is_over(page):
    """Wait until the page follows no run any more."""
    expect(page.locator("#checklist:not([data-poll])")).to_be_visible(timeout=30_000)


def test_a_red_row_that_was_mended_turns_green_by_try_again(page, red):
    open_checklist(page, red)
    expect(state_of(page, "identity")).to_have_text("Broken")
    expect(state_of(page, "identity").locator("use")).to_have_attribute("href", "/static/icons.svg#cross")
    red.sandbox.state(user_disabled=[])
    again = page.locator("#row-identity").get_by_role("button", name="Try again")
    again.focus()
    page.keyboard.press("Enter")
    expect(state_of(page, "identity")).to_have_text("Proved", timeout=30_000)
    expect(state_of(page, "identity").locator("use")).to_have_attribute("href", "/static/icons.svg#check")
    is_over(page)
    assert page.evaluate("window.isSamePage") is True
    assert page.evaluate("document.activeElement.closest('.check').id") == "row-identity"
    expect(page.locator("#announcements")).to_contain_text("Nothing is broken.")
    said = page.evaluate("window.said")
    assert any("rows looked at" in one for one in said), said
    assert red.rows["identity"].state == "proved"


def test_results_arrive_and_leave_the_reader_where_they_are(page, red):
    red.sandbox.state(user_disabled=[])
    run_id = runs.begin(red.work, red.account_id, runs.PERSON)
    open_checklist(page, red)
    last = red.shown.rows[-1].name
    details = page.locator("#more-jira")
    details.locator("summary").click()
    page.locator(f"#row-{last}").evaluate(
        "row => row.scrollIntoView({ block: 'center', behavior: 'instant' })"
    )
    page.locator(f"#more-{last} summary").focus()
    top = page.locator(f"#row-{last}").evaluate("row => row.getBoundingClientRect().top")
    runs.perform(red.work, registry_of(red.portal), run_id)
    is_over(page)
    expect(state_of(page, "identity")).to_have_text("Proved")
    assert page.evaluate("window.isSamePage") is True
    assert details.evaluate("details => details.open")
    assert page.evaluate("document.activeElement.parentElement.id") == f"more-{last}"
    moved = page.locator(f"#row-{last}").evaluate("row => row.getBoundingClientRect().top") - top
    assert abs(moved) < 3, f"the row in sight moved by {moved} px"


def test_rows_that_are_folded_leave_the_reader_what_they_had(page, sheet):
    sheet.run()
    with sheet.work.write() as session:
        mine = update(AlmAccount).where(AlmAccount.id == sheet.account_id)
        session.execute(mine.values(base_url="http://127.0.0.1:9"))
    open_checklist(page, sheet)
    page.locator("#more-address summary").click()
    page.locator("#run-all").focus()
    page.keyboard.press("Enter")
    fold = page.locator("#folded-port")
    expect(fold).to_be_visible(timeout=30_000)
    is_over(page)
    assert page.evaluate("window.isSamePage") is True
    assert page.evaluate("document.activeElement.id") == "run-all"
    assert page.locator("#more-address").evaluate("details => details.open")
    expect(page.locator("#row-identity")).to_be_hidden()
    fold.locator("summary").first.click()
    expect(page.locator("#row-identity")).to_be_visible()


def test_pressed_twice_it_runs_once(page, sheet):
    open_checklist(page, sheet)
    page.get_by_role("button", name="Run the checklist").dblclick()
    expect(state_of(page, "jira")).to_have_text("Proved", timeout=30_000)
    is_over(page)
    with sheet.work.read() as session:
        wanted = select(func.count(CheckRun.id)).where(CheckRun.account_id == sheet.account_id)
        assert session.scalar(wanted) == 1
    assert page.evaluate("window.isSamePage") is True
    expect(page.get_by_role("main").get_by_text("A run was under way already")).to_have_count(0)


def test_a_run_of_another_tab_is_told_and_followed(page, sheet):
    open_checklist(page, sheet)
    run_id = runs.begin(sheet.work, sheet.account_id, runs.PERSON)
    page.get_by_role("button", name="Run the checklist").click()
    expect(page.get_by_role("main").get_by_text("A run was under way already")).to_be_visible()
    runs.perform(sheet.work, registry_of(sheet.portal), run_id)
    expect(state_of(page, "jira")).to_have_text("Proved", timeout=30_000)


def test_an_account_that_is_deleted_while_its_page_is_open(page, sheet):
    runs.begin(sheet.work, sheet.account_id, runs.PERSON)
    open_checklist(page, sheet)
    delete_account(sheet.work, sheet.account_id)
    expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")


def test_without_javascript_the_results_come_by_a_link(new_window, sheet):
    page = new_window(java_script_enabled=False).sign_in(sheet.tenant.admin)
    page.goto(sheet.path())
    run_id = runs.begin(sheet.work, sheet.account_id, runs.PERSON)
    page.get_by_role("button", name="Run the checklist").click()
    runs.perform(sheet.work, registry_of(sheet.portal), run_id)
    page.get_by_role("link", name="Show what has come").click()
    expect(state_of(page, "identity")).to_have_text("Proved")


def test_what_was_found_can_be_looked_at_and_sent(new_window, red):
    window = new_window()
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page, wrong = window.sign_in(red.tenant.admin), []
    for rest in ("", "report"):
        page.goto(red.path(rest))
        page.evaluate("document.querySelectorAll('details.reveal').forEach((one) => { one.open = true; })")
        wrong += look_at(page, f"checklist {rest or 'red'}")
    page.get_by_role("button", name="Copy The same").click()
    expect(page.locator("#announcements")).to_contain_text("Copied")
    assert "IDENTITY: BROKEN" in page.evaluate("navigator.clipboard.readText()").upper()
    runs.begin(red.work, red.account_id, runs.PERSON)
    page.goto(red.path())
    wrong += look_at(page, "checklist under way")
    assert not wrong, "\n".join(wrong)
