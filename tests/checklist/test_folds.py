"""Many rows that wait for one are one line of the page, which opens; all of them are in it."""

from itertools import pairwise

import pytest

from portal.alm_accounts import drafts
from portal.checklist.folds import MOST_OPEN, folds
from portal.checklist.shown import RowView
from portal.kinds import KINDS
from tests.support.checklist import Sheet


def waiting(name: str, row: str) -> RowView:
    return RowView(name, name, "waiting", waits_for=row, waits_for_row=row)


def chain(count: int) -> list[RowView]:
    """A row that failed, and others each of which waits for the one before."""
    names = ["broken", *(f"row-{number}" for number in range(count))]
    later = [waiting(name, before) for before, name in pairwise(names)]
    return [RowView("broken", "Broken", "failed"), *later]


def test_more_than_a_few_are_folded_in_the_place_of_the_first():
    rows = [*chain(MOST_OPEN + 1), RowView("last", "Last", "proved")]
    rows.insert(3, RowView("between", "Between", "proved"))
    found = folds(rows)
    assert [fold.rows[0].name for fold in found] == ["broken", "row-0", "between", "last"]
    assert found[1].waits_for is rows[0] and len(found[1].rows) == MOST_OPEN + 1


def test_a_few_stand_as_they_are():
    rows = chain(MOST_OPEN)
    assert [fold.rows for fold in folds(rows)] == [(row,) for row in rows]


def test_rows_that_wait_for_each_other_or_for_none_stand_as_they_are():
    rows = [waiting(f"a-{n}", f"a-{(n + 1) % 7}") for n in range(7)]
    rows += [waiting(f"b-{n}", "gone") for n in range(7)]
    assert [fold.rows for fold in folds(rows)] == [(row,) for row in rows]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_draft_without_an_address_is_no_wall_of_waiting_rows(portal, sandbox, tenant, sign_in):
    work = tenant.work(tenant.admin)
    draft = Sheet(portal, sandbox, tenant, drafts.create_draft(work, KINDS["cloud_oauth"], tenant.slug))
    rows = draft.run()
    admin = sign_in(tenant.admin)
    admin.get(draft.path())
    open_to = admin.page.soup.select("#checklist > ol > li")
    waits = [row for row in rows.values() if row.state == "waiting"]
    assert len(open_to) == len(rows) - len(waits) + 1 and len(waits) > 2 * MOST_OPEN
    fold = admin.page.find("#folded-address")
    assert fold.select("summary")[0].get_text() == f"{len(waits)} rows wait for Address"
    assert {one["id"] for one in fold.select("li.check")} == {f"row-{row.name}" for row in waits}
    assert len(admin.page.soup.select("li[data-part] [data-part]")) == 0, "parts lie in no other part"
    assert "the site URL" in admin.page.find("#row-address").text
