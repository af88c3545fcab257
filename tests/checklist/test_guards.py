"""Each run within its tenant, asked for by who may; and what *Try again* looks at."""

from uuid import uuid4

import pytest

from portal.alm_accounts import accounts
from portal.checklist import runs, shown
from portal.checklist.rows import around, rows_of
from portal.errors import NotHere
from portal.store.tables import Check, CheckChange, CheckRun
from tests.alm_accounts.test_lists import statements
from tests.checklist.keeping import begin, perform, stored
from tests.support.accounts import at_browser, connected_account, registry_of
from tests.support.checklist import Sheet


def test_try_again_looks_at_what_a_row_waits_for_and_at_what_waits_for_it(sheet) -> None:
    account = accounts.account(sheet.work, sheet.account_id)
    names = {row.name for row in rows_of(account)}
    assert around("address", account) >= names - {"ends", "portal_url", "secret_private"}
    assert {"address", "name", "port", "jira", "identity", "boards", "permissions"} <= around(
        "boards", account
    )
    assert not {"fields", "control"} & around("boards", account)
    assert around("ends", account) == {"ends"}
    assert around("of another kind", account) == set()
    for row in rows_of(account):
        wanted = around(row.name, account)
        assert row.name in wanted <= names and {*row.after, *row.uses} & names <= wanted


def test_nobody_sees_or_ends_the_checks_of_another_tenant(portal, sandbox, tenant, sheet) -> None:
    """Two tenants with a connection each to the same Jira."""
    sheet.run()
    other = tenant.other
    theirs = Sheet(portal, sandbox, other, connected_account(portal, sandbox, other))
    assert {row.state for row in theirs.rows.values()} == {"never"} and theirs.shown.run is None
    run_id = begin(sheet)
    runs.perform(theirs.work, registry_of(portal), run_id)
    assert sheet.shown.is_under_way and stored(theirs, Check, CheckRun, CheckChange) == [0, 0, 0]
    assert begin(theirs) is not None
    with pytest.raises(NotHere):
        runs.begin(theirs.work, sheet.account_id, runs.PERSON)
    with pytest.raises(NotHere):
        shown.checklist(theirs.work, accounts.account(theirs.work, sheet.account_id))
    assert runs.latest(theirs.work, sheet.account_id) is None


def test_who_may_look_and_run(sheet, sign_in) -> None:
    run = begin(sheet)
    for someone, status in ((sheet.tenant.stranger, 404), (sheet.tenant.member, 403)):
        person = sign_in(someone)
        person.get("/")
        for path in ("", "run", "identity/run"):
            if path:
                person.get("/profile/")
                person.post(sheet.path(path))
            else:
                person.get(sheet.path())
            assert person.status == status, path
            assert "Identity" not in person.page.text
    assert sheet.shown.run.id == run


def test_the_page_asks_the_database_as_often_for_many_rows_as_for_none(sheet) -> None:
    counts = []
    for _ in range(2):
        with statements(sheet.work) as asked:
            assert sheet.shown.rows
        counts.append(len(asked))
        sheet.run()
    assert counts[0] == counts[1] <= 20


def test_an_account_that_never_was_has_no_checklist(sheet) -> None:
    with pytest.raises(NotHere):
        runs.begin(at_browser(sheet.tenant, sheet.tenant.admin), uuid4(), runs.PERSON)
    perform(sheet, uuid4())
