"""Boards, permissions and fields: an admin reads which are gone, and who gives them back."""

from tests.checklist.keeping import keep_boards
from tests.support.accounts import FIELDS


def test_what_is_gone_is_named_and_what_came_back_turns_green(sheet, admin) -> None:
    keep_boards(sheet)
    sheet.sandbox.state(board_gone=True, fields_gone=[FIELDS["story_points"]])
    admin.get(sheet.path())
    admin.submit("Run the checklist")
    sheet.wait(admin)
    said = admin.page.text
    assert "Boards kept here are gone, or hidden" in said and "“Edges”, “Shop”" in said
    assert "Mapped fields are gone" in said and "Story points (“Story Points”" in said
    assert sheet.rows["permissions"].waits_for == "Boards are still there"
    assert "Epic link" not in sheet.rows["fields"].trouble.cause

    sheet.sandbox.state(board_gone=False, fields_gone=[], permissions_missing=["EDIT_ISSUES"])
    admin.submit("Try again", within_="#row-boards")
    sheet.wait(admin)
    assert sheet.rows["boards"].state == "proved" and sheet.rows["fields"].state == "failed"
    said = admin.page.text
    assert "“Edit Issues” in project PLAT; “Edit Issues” in project SHOP" in said
    assert "Avery Admin" in said and "Project settings → Permissions" in said
    admin.submit("Try again", within_="#row-fields")
    sheet.wait(admin)
    assert sheet.rows["fields"].state == "proved"
