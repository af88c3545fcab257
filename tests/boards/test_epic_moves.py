"""Issues go into an epic, into another and out of it: ticked, typed by key, looked for, or one by one."""

import pytest
import requests
from sqlalchemy import select

from portal.boards import epic_moves, typed
from portal.boards.boards import find_board
from portal.errors import NotHere
from portal.pages.boards import epic_forms
from portal.sandbox.fields import EPIC_LINK
from portal.store.tables import AuditEvent
from tests.boards.test_cloud_features import off
from tests.boards.test_epic_changes import by_library, deeds, held
from tests.support.accounts import registry_of
from tests.support.sandbox import CloudBrowser
from tests.support.variants import variants

pytestmark = pytest.mark.on_both(
    "test_ticked_issues_leave_an_epic", "test_an_address_that_is_none_of_ours_is_not_kept"
)


def ticks(page, *keys):
    """What the tick boxes of these issues send."""
    boxes = {node["value"].partition(":")[2]: node["value"] for node in page.soup.select("input[name=issue]")}
    return [boxes[key] for key in keys]


def epics_of(place, *keys):
    return [held(place, key)["epic"] for key in keys]


def test_ticked_issues_leave_an_epic(place, person):
    page = person.get(f"{place.board}/issues/SHOP-1")
    offered = [option.get_text() for option in page.soup.select("#to option")]
    assert offered == ["Choose", "No epic", "Gift cards (SHOP-2)", "Search & find (SHOP-3)"]
    page = person.submit("Move", issue=ticks(page, "SHOP-5", "SHOP-6"), to="none")
    assert person.path == f"{place.board}/issues/SHOP-1" and "2 issues are in no epic now." in page.text
    assert "SHOP-5" not in page.text and epics_of(place, "SHOP-5", "SHOP-6", "SHOP-7") == [0, 0, 1]
    page = person.submit("Move", issue=ticks(page, "SHOP-7"), to="SHOP-2")
    assert "1 issue is in SHOP-2 now." in page.text and epics_of(place, "SHOP-7") == [2]
    assert deeds(place) == [("ada", "epic.issues", ""), ("ada", "epic.issues", "SHOP-2")]
    fields = by_library(place).issue("SHOP-7").raw["fields"]
    assert "SHOP-2" in (fields[EPIC_LINK], (fields.get("parent") or {}).get("key"))
    with place.tenant.work().read() as session:
        moved = select(AuditEvent).where(AuditEvent.event == "board.issues_moved")
        lines = session.scalars(moved.order_by(AuditEvent.seq)).all()
        assert [line.details for line in lines] == [{"count": 2, "to": "none"}, {"count": 1, "to": "SHOP-2"}]


def test_nothing_ticked_or_chosen_is_said(place, person):
    page = person.get(f"{place.board}/issues/SHOP-1")
    page = person.submit("Move")
    assert person.status == 422 and "Tick the issues that leave the epic." in page.text
    page = person.get(f"{place.board}/epics/SHOP-1/move")
    page = person.submit("Move", issue=ticks(page, "SHOP-4"))
    assert person.status == 422 and "Choose an epic, or no epic." in page.text
    assert [node["value"].partition(":")[2] for node in page.soup.select("input:checked")] == ["SHOP-4"]
    assert deeds(place) == []


def test_issues_are_added_by_key(place, person):
    person.get(f"{place.board}/issues/SHOP-2")
    person.click("Add issues")
    page = person.submit("Add to SHOP-2", keys="shop-24, SHOP-25;SHOP-24\nSHOP-26")
    assert person.path == f"{place.board}/issues/SHOP-2" and "3 issues are in SHOP-2 now." in page.text
    assert epics_of(place, "SHOP-24", "SHOP-25", "SHOP-26") == [2, 2, 2]


def test_keys_that_are_none_are_named(place, person):
    person.get(f"{place.board}/epics/SHOP-2/add")
    page = person.submit("Add to SHOP-2", keys="SHOP-24 nonsense, <b>-1")
    assert person.status == 422 and "“nonsense”, “<b>-1”" in page.text
    page = person.submit("Add to SHOP-2", keys="SHOP-24 SHOP-999 SHOP-1")
    assert person.status == 422, page.text
    assert "SHOP-999 is no issue that Jira shows you." in page.text
    assert "SHOP-1 is an epic, and can be in none." in page.text
    assert page.find("#keys").get_text().strip() == "SHOP-24 SHOP-999 SHOP-1" and deeds(place) == []
    person.submit("Add to SHOP-2", keys=" ".join(f"SHOP-{number}" for number in range(1, 52)))
    assert "51 keys are too many. Send 50 at once." in person.page.text
    person.submit("Add to SHOP-2", keys=" ")
    assert "Type the key of an issue" in person.page.text and deeds(place) == []


@pytest.mark.parametrize("connected", variants([False, True]))
def test_what_is_no_key_in_an_address_changes_nothing(shop, sign_in, connected):
    """Jira takes the word "none" in the place of an epic's key for leaving all epics."""
    if connected:
        shop.connect(shop.tenant.member, "ada")
    person = sign_in(shop.tenant.member)
    fields = {"keys": "SHOP-5", "issue": "1:SHOP-5", "to": "SHOP-3", "epic": "SHOP-3", "summary": "x"}
    for key in ("none", "%20SHOP-2", f"{'%20' * 600}SHOP-2"):
        for way in ("epics/{}/add", "epics/{}/move", "epics/{}/edit", "issues/{}/epic", "issues/{}/status"):
            path = f"{shop.board}/{way.format(key)}"
            person.get(path)
            assert person.status == 404, path
            person.get("/profile/")
            person.post(path, name="x", transition="21", **fields)
            assert person.status == 404, path
    assert deeds(shop) == []


def test_the_rules_take_keys_only(place, person):
    work = place.tenant.work(place.tenant.member)
    board = find_board(work, place.board_id)
    registry = place.office.registry if hasattr(place, "office") else registry_of(place.portal)
    for keys, epic, known in (
        (["SHOP-5"], "none", ""),
        (["none"], "SHOP-2", ""),
        (["SHOP-5"], "", "../1"),
        (["SHOP-5"], "SHOP-2 ", ""),
    ):
        with pytest.raises(NotHere):
            epic_moves.put_into(work, registry, board, keys, epic, {}, known)
    with pytest.raises(NotHere):
        epic_moves.change_epic_of(work, registry, board, "SHOP-5", "nonsense", "SHOP-1")
    assert deeds(place) == []


def test_more_is_not_ticked_than_a_page_shows(place, person, monkeypatch):
    monkeypatch.setattr(epic_forms, "MOST_ISSUES", 2)
    for path in ("add", "move"):
        person.get(f"{place.board}/epics/SHOP-2/add")
        page = person.post(
            f"{place.board}/epics/SHOP-2/{path}", issue=[f"{one}:SHOP-{one}" for one in (4, 5, 6)], to="none"
        )
        assert person.status == 422 and "Tick 2 issues at most." in page.text, path
    assert deeds(place) == []


def test_issues_are_looked_for_on_the_board_and_ticked(place, person):
    person.get(f"{place.board}/epics/SHOP-3/add?back=epics")
    page = person.submit("Search", search="gift")
    keys = [node["value"].partition(":")[2] for node in page.soup.select("input[name=issue]")]
    assert keys == ["SHOP-16", "SHOP-17", "SHOP-18", "SHOP-19"]  # not the epic of that name
    page = person.submit("Add to SHOP-3", issue=ticks(page, "SHOP-17"), keys="SHOP-24")
    assert person.path == f"{place.board}/epics" and "2 issues are in SHOP-3 now." in page.text
    assert epics_of(place, "SHOP-16", "SHOP-17", "SHOP-24") == [2, 3, 3]
    page = person.get(f"{place.board}/epics/SHOP-3/add?search=SHOP-17")
    assert "that is not in SHOP-3 already" in page.text
    assert (
        "No issue of the board matches" in person.get(f"{place.board}/epics/SHOP-3/add?search=SHOP-999").text
    )
    assert "no letter or digit" in person.get(f"{place.board}/epics/SHOP-3/add?search=***").text


def test_the_epic_of_an_issue_is_chosen_on_its_page(place, person):
    person.get(f"{place.board}/issues/SHOP-5")
    page = person.click("Change epic")
    assert page.soup.select_one("#epic option[selected]")["value"] == "SHOP-1"
    page = person.submit("Save in Jira", epic="SHOP-3")
    assert person.path == f"{place.board}/issues/SHOP-5" and "SHOP-5 is in SHOP-3 now." in page.text
    person.click("Change epic")
    assert "Nothing was changed." in person.submit("Save in Jira").text
    person.click("Change epic")
    assert "SHOP-5 is in no epic now." in person.submit("Save in Jira", epic="none").text
    person.click("Put into an epic")
    person.submit("Save in Jira", epic="SHOP-2")
    assert epics_of(place, "SHOP-5") == [2]


def test_an_epic_that_somebody_else_chose_meanwhile_is_told(shop, ada):
    ada.get(f"{shop.board}/issues/SHOP-5/epic")
    by_library(shop).add_issues_to_epic("SHOP-2", ["SHOP-5"])
    page = ada.submit("Save in Jira", epic="SHOP-3")
    assert (
        ada.status == 422 and "Meanwhile its epic is SHOP-2." in page.text and epics_of(shop, "SHOP-5") == [2]
    )
    ada.submit("Save in Jira")
    assert epics_of(shop, "SHOP-5") == [3]


def test_many_go_in_parts_and_it_is_told_how_far_it_got(shop, ada, monkeypatch):
    monkeypatch.setattr(epic_moves, "MOST_MOVED", 2)
    page = ada.get(f"{shop.board}/issues/SHOP-2")
    requests.delete(f"{shop.sandbox.url}/rest/api/2/issue/SHOP-18", headers=bearer(shop), timeout=10)
    wanted = ticks(page, "SHOP-16", "SHOP-17", "SHOP-18", "SHOP-19")
    page = ada.submit("Move", issue=wanted, to="none")
    assert ada.status == 422 and "2 of 4 issues are in no epic now." in page.text
    assert "SHOP-18 is no issue that Jira shows you." in page.text
    assert epics_of(shop, "SHOP-16", "SHOP-17", "SHOP-19") == [0, 0, 2]
    left = {node["value"].partition(":")[2]: node["value"] for node in page.soup.select("input:checked")}
    assert set(left) == {"SHOP-19"}  # read anew: the other is there no more
    ada.submit("Move", issue=left["SHOP-19"])
    assert epics_of(shop, "SHOP-19") == [0]
    with shop.tenant.work().read() as session:
        moved = select(AuditEvent).where(AuditEvent.event == "board.issues_moved")
        lines = session.scalars(moved.order_by(AuditEvent.seq)).all()
        assert [line.details["count"] for line in lines] == [2, 1]


def bearer(shop):
    return {"Authorization": f"Bearer {shop.sandbox.make_pat('grace')}", "X-Atlassian-Token": "no-check"}


def test_two_people_with_different_rights(place, person, sign_in):
    place.connect(place.tenant.second, "linus")
    linus = sign_in(place.tenant.second)
    page = linus.get(f"{place.board}/issues/SHOP-1")
    place.sandbox.state(permissions_missing=["EDIT_ISSUES:linus"])
    page = linus.submit("Move", issue=ticks(page, "SHOP-5"), to="none")
    assert linus.status == 409 and "“Edit issues”" in page.text and epics_of(place, "SHOP-5") == [1]
    page = person.get(f"{place.board}/issues/SHOP-1")
    person.submit("Move", issue=ticks(page, "SHOP-5"), to="none")
    assert epics_of(place, "SHOP-5") == [0]


def test_in_a_team_managed_project_the_parent_of_each_issue_is_set(cloud_shop, sign_in):
    cloud_shop.sandbox.state(team_managed=True)
    cloud_shop.connect(cloud_shop.tenant.member, "ada")
    member = sign_in(cloud_shop.tenant.member)
    page = member.get(f"{cloud_shop.board}/issues/SHOP-1")
    member.submit("Move", issue=ticks(page, "SHOP-5", "SHOP-6"), to="none")
    member.get(f"{cloud_shop.board}/epics/SHOP-2/add")
    member.submit("Add to SHOP-2", keys="SHOP-6")
    member.get(f"{cloud_shop.board}/issues/SHOP-7/epic")
    member.submit("Save in Jira", epic="SHOP-3")
    assert epics_of(cloud_shop, "SHOP-5", "SHOP-6", "SHOP-7") == [0, 2, 3]
    assert {what for _, what, _ in deeds(cloud_shop)} == {"issue.changed"}
    member.get(f"{cloud_shop.board}/epics/SHOP-2/add")
    page = member.submit("Add to SHOP-2", keys="SHOP-24 SHOP-999")
    assert "1 of 2 issues are in SHOP-2 now." in page.text
    assert "SHOP-999 is no issue that Jira shows you." in page.text
    assert page.find("#keys").get_text().strip() == "SHOP-999"


def test_issues_that_were_ticked_are_ticked_again_after_connecting(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "ada")
    member = sign_in(cloud_shop.tenant.member)
    page = member.get(f"{cloud_shop.board}/issues/SHOP-1")
    cloud_shop.sandbox.end_grant(cloud_shop.office.app, "ada")
    page = member.submit("Move", issue=ticks(page, "SHOP-5", "SHOP-6"), to="SHOP-3")
    assert member.status == 409 and "What you typed is kept" in page.text
    member.submit(f"Connect again to {cloud_shop.office.account.name}")
    link = member.page.soup.select_one('main a[href^="http"]')["href"]
    page = member.get(CloudBrowser(cloud_shop.sandbox, "ada").accept(link))
    assert [node["value"].partition(":")[2] for node in page.soup.select("input:checked")] == [
        "SHOP-5",
        "SHOP-6",
    ]
    assert off(page) == {}
    member.submit("Move")
    assert epics_of(cloud_shop, "SHOP-5", "SHOP-6") == [3, 3]


def test_the_forms_ask_little_of_jira(place, person):
    asked = {"/epics/SHOP-1/edit": 3, "/issues/SHOP-5/epic": 3, "/epics/SHOP-1/move": 4}
    for path, calls in (asked | {"/epics/SHOP-1/add": 2}).items():
        place.sandbox.clear_requests()
        person.get(place.board + path)
        assert person.status == 200 and len(place.sandbox.requests()) <= calls, path


def test_an_address_that_is_none_of_ours_is_not_kept(tenant):
    work, fields = tenant.work(tenant.member), {"name": ["Mine"]}
    at_most = "/" + "x" * (typed.LONGEST_PLACE - 1)
    form_id = typed.keep(work, at_most, fields)
    assert form_id and typed.kept(work, at_most, form_id) == fields
    assert typed.keep(work, at_most + "x", fields) is None
