"""What the rows about boards, permissions and fields say of a Jira of one's own."""

from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from portal import clock
from portal.alm_accounts import accounts
from portal.boards.boards import add_board
from portal.checklist.checks import data, permissions
from portal.jira import wire
from portal.jira.agile import Agile
from portal.jira.answers import Code, JiraTrouble
from portal.store.tables import Board, FieldMapping
from tests.checklist.keeping import EDGES, SHOP, keep_boards
from tests.support.accounts import FIELDS, connected_account, registry_of
from tests.support.checklist import Sheet
from tests.support.variants import variants

pytestmark = pytest.mark.on_both("test_a_healthy_account")

DATA = ("boards", "permissions", "fields")
POINTS = FIELDS["story_points"]


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """The addresses that were called."""
    urls: list[str] = []
    monkeypatch.setattr(wire, "before_send", [*wire.before_send, lambda request: urls.append(request.url)])
    return urls


def test_a_healthy_account(sheet) -> None:
    keep_boards(sheet)
    rows = sheet.run()
    assert {rows[name].state for name in DATA} == {"proved"}
    assert "“Edges”, “Shop”" in rows["boards"].said
    assert "Manage Sprints in project PLAT, project SHOP" in rows["permissions"].said
    assert f"Story points (“Story Points”, {POINTS})" in rows["fields"].said


def test_nothing_was_chosen_yet(portal, sandbox, tenant) -> None:
    sheet = Sheet(portal, sandbox, tenant, connected_account(portal, sandbox, tenant))
    with sheet.work.write() as session:
        session.query(FieldMapping).where(FieldMapping.account_id == sheet.account_id).delete()
    sandbox.clear_requests()
    rows = sheet.run(DATA)
    told = [(rows[name].state, rows[name].trouble.code) for name in DATA]
    not_chosen = ("unknown", "no_board_chosen")
    assert told == [not_chosen, not_chosen, ("warning", "fields_none")]
    assert sandbox.requests() == []


@pytest.mark.parametrize(
    ("switches", "row", "code", "piece"),
    variants(
        [
            ({"board_gone": True}, "boards", "boards_gone", "“Edges”, “Shop”"),
            ({"board_forbidden": True}, "boards", "boards_forbidden", "“Edges”, “Shop”"),
            (
                {"permissions_missing": ["BROWSE_PROJECTS"]},
                "permissions",
                "permissions_missing",
                "“Browse Pr",
            ),
            ({"fields_gone": [POINTS]}, "fields", "fields_gone", "Story points (“Story Points”"),
            ({"fields_changed": [POINTS]}, "fields", "fields_changed", "Story points (“Story Points”"),
        ],
        ("board gone", "board forbidden", "permission missing", "field gone", "field changed"),
    ),
)
def test_what_is_missing_is_named(sheet, switches, row, code, piece) -> None:
    keep_boards(sheet)
    sheet.sandbox.state(**switches)
    rows = sheet.run()
    assert rows[row].state == "failed" and rows[row].trouble.code == code
    assert piece in rows[row].trouble.cause
    red = {name for name, found in rows.items() if found.state == "failed"}
    assert red == {row}


def test_one_board_that_is_gone_hides_nothing_of_the_others(portal, sandbox, tenant) -> None:
    """Grace does not see the second board, which Jira answers like one that is gone."""
    sheet = Sheet(portal, sandbox, tenant, connected_account(portal, sandbox, tenant, "grace"))
    keep_boards(sheet, SHOP)
    about = {"account_id": sheet.account_id, "made_by": tenant.admin.user_id, "created_at": clock.now()}
    with sheet.work.write() as session:
        session.add(Board(id=uuid4(), name="Edges", jira_board_id=EDGES, jira_board_name="Kanban", **about))
    rows = sheet.run(DATA)
    assert rows["boards"].trouble.code == "boards_gone" and "Grace Okafor" in rows["boards"].trouble.cause
    assert rows["boards"].said == "Gone or hidden: “Edges”. Still there: “Shop”."
    assert rows["permissions"].state == "proved" and "project SHOP" in rows["permissions"].said


def test_a_kanban_board_needs_no_sprints(sheet) -> None:
    keep_boards(sheet)
    sheet.sandbox.state(permissions_missing=["MANAGE_SPRINTS_PERMISSION"])
    assert sheet.run(DATA)["permissions"].trouble.cause == (
        "Avery Admin lacks “Manage Sprints” in project SHOP."
    )


def test_where_nothing_may_be_changed_only_browsing_counts(sheet, asked) -> None:
    keep_boards(sheet)
    accounts.change(
        sheet.work, registry_of(sheet.portal).outbound.wire, sheet.account_id, {"read_only": True}
    )
    sheet.sandbox.state(permissions_missing=["EDIT_ISSUES", "CREATE_ISSUES", "MANAGE_SPRINTS_PERMISSION"])
    assert sheet.run(DATA)["permissions"].state == "proved"
    wanted = [parse_qs(urlsplit(url).query)["permissions"] for url in asked if "/mypermissions?" in url]
    assert wanted == [["BROWSE_PROJECTS"]] * 2


@pytest.mark.variant
def test_a_board_that_does_not_tell_its_projects_is_not_taken_for_any_project(sheet, monkeypatch) -> None:
    keep_boards(sheet)
    read = Agile.project_keys

    def one_fails(agile, board_id):
        if board_id == SHOP:
            raise JiraTrouble(Code.SERVER_ERROR, status=500)
        return read(agile, board_id)

    monkeypatch.setattr(Agile, "project_keys", one_fails)
    row = sheet.run(DATA)["permissions"]
    assert (row.state, row.trouble.code) == ("unknown", "projects_untold")
    assert "scope" not in row.trouble.fix and "read:" not in row.trouble.cause
    assert "PLAT" in row.tried
    assert "any project" not in row.tried


def test_a_permission_this_jira_does_not_know_is_no_failure(sheet, monkeypatch) -> None:
    keep_boards(sheet)
    monkeypatch.setattr(permissions, "_OF_SPRINTS", ("OF_A_LATER_JIRA",))
    row = sheet.run(DATA)["permissions"]
    assert row.state == "proved" and "Edit Issues" in row.said and "LATER" not in row.said


def test_a_board_is_asked_for_once_by_all_rows(sheet, asked) -> None:
    keep_boards(sheet)
    add_board(sheet.work, registry_of(sheet.portal), sheet.account_id, SHOP, "Shop again")
    asked.clear()
    assert sheet.run(DATA)["boards"].said == "Still there: “Edges”, “Shop”, “Shop again”."
    assert [url.partition("?")[0].rpartition("/")[2] for url in asked if "/board/" in url].count("1") == 1


def test_a_jira_that_fails_at_boards_is_named_and_ends_nothing_else(sheet, monkeypatch) -> None:
    keep_boards(sheet)
    monkeypatch.setattr("portal.jira.agile.AGILE", ("none",))
    rows = sheet.run(DATA)
    assert rows["boards"].trouble.code == "no_agile" and rows["permissions"].state == "waiting"
    assert rows["fields"].state == "proved"


def test_what_was_not_looked_at_is_said(sheet, asked, monkeypatch) -> None:
    """Of more boards or projects than a run asks for."""
    keep_boards(sheet)
    monkeypatch.setattr(permissions, "MOST_PROJECTS", 1)
    row = sheet.run(DATA)["permissions"]
    assert (row.state, row.trouble.code) == ("unknown", "permissions_unasked")
    assert "It did not look at 1 project." in row.trouble.cause
    monkeypatch.setattr(data, "MOST_BOARDS", 1)
    asked.clear()
    rows = sheet.run(DATA)
    assert (rows["boards"].state, rows["boards"].trouble.code) == ("unknown", "boards_unasked")
    assert "It did not ask for 1 board." in rows["boards"].trouble.cause
    assert "It did not look at 1 board." in rows["permissions"].trouble.cause
    assert len([url for url in asked if "/mypermissions?" in url]) == 1
