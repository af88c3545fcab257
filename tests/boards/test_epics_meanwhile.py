"""Issues go into or out of an epic: what somebody changed meanwhile is told, and not overwritten."""

import pytest
import requests
from sqlalchemy import delete

from portal.boards import typed
from portal.store.tables import FieldMapping
from tests.boards.test_epic_changes import by_library, deeds
from tests.boards.test_epic_moves import bearer, epics_of, ticks
from tests.boards.test_moves import ticked

pytestmark = pytest.mark.on_both()


def left_ticked(page):
    return [node["value"].partition(":")[2] for node in page.soup.select("input[name=issue]:checked")]


def test_what_is_in_another_epic_by_now_does_not_leave_it(place, person):
    page = person.get(f"{place.board}/issues/SHOP-1")
    by_library(place).add_issues_to_epic("SHOP-2", ["SHOP-5"])
    page = person.submit("Move", issue=ticks(page, "SHOP-5", "SHOP-6"), to="none")
    assert person.status == 422, page.text
    assert page.errors() == ["SHOP-5 is in SHOP-2 by now. It is left out now: send the others again."]
    assert epics_of(place, "SHOP-5", "SHOP-6") == [2, 1] and left_ticked(page) == ["SHOP-6"]
    assert "1 issue is in no epic now." in person.submit("Move").text
    assert epics_of(place, "SHOP-5", "SHOP-6") == [2, 0]


def test_where_somebody_has_put_it_already_nothing_is_told(place, person):
    page = person.get(f"{place.board}/issues/SHOP-1")
    by_library(place).add_issues_to_epic("SHOP-3", ["SHOP-5"])
    page = person.submit("Move", issue=ticks(page, "SHOP-5", "SHOP-6"), to="SHOP-3")
    assert "2 issues are in SHOP-3 now." in page.text and epics_of(place, "SHOP-5", "SHOP-6") == [3, 3]


def test_what_was_found_in_one_epic_is_not_taken_out_of_another(place, person):
    page = person.get(f"{place.board}/epics/SHOP-3/add?search=gift")
    by_library(place).add_issues_to_epic("SHOP-1", ["SHOP-17"])
    page = person.submit("Add to SHOP-3", issue=ticks(page, "SHOP-16", "SHOP-17"), keys="SHOP-24")
    assert person.status == 422, page.text
    assert "SHOP-17 is in SHOP-1 by now. It is left out now: send the others again." in page.text
    assert epics_of(place, "SHOP-16", "SHOP-17", "SHOP-24") == [2, 1, 0] and left_ticked(page) == ["SHOP-16"]
    person.submit("Add to SHOP-3")
    assert epics_of(place, "SHOP-16", "SHOP-17", "SHOP-24") == [3, 1, 3]


def test_what_was_told_of_typed_issues_is_meant_when_it_is_sent_again(shop, ada):
    """Seen in the search and typed, ticked and typed after it was left out, or both at once."""
    for way in ("typed", "ticked", "both"):
        page = ada.get(f"{shop.board}/epics/SHOP-3/add?search=SHOP-17")
        by_library(shop).add_issues_to_epic("SHOP-1", ["SHOP-17"])
        keys, wanted = "SHOP-17" if way != "ticked" else "", ticks(page, "SHOP-17") if way != "typed" else []
        page = ada.submit("Add to SHOP-3", keys=keys, issue=wanted)
        assert ada.status == 422 and epics_of(shop, "SHOP-17") == [1]
        told = "Send it again to move it all the same." if keys else "It is left out now."
        assert page.errors() == [f"SHOP-17 is in SHOP-1 by now. {told}"]
        ada.submit("Add to SHOP-3", keys="SHOP-17")
        assert epics_of(shop, "SHOP-17") == [3], way
        by_library(shop).add_issues_to_epic("SHOP-2", ["SHOP-17"])


def test_of_several_one_that_is_gone_hides_no_change(shop, ada):
    page = ada.get(f"{shop.board}/issues/SHOP-2")
    wanted = ticks(page, "SHOP-16", "SHOP-17", "SHOP-18")
    requests.delete(f"{shop.sandbox.url}/rest/api/2/issue/SHOP-18", headers=bearer(shop), timeout=10)
    by_library(shop).add_issues_to_epic("SHOP-1", ["SHOP-17"])
    page = ada.submit("Move", issue=wanted, to="none")
    assert ada.status == 422 and "SHOP-17 is in SHOP-1 by now." in page.text
    assert "SHOP-18 is no issue that Jira shows you. They are left out now" in page.text
    assert epics_of(shop, "SHOP-16", "SHOP-17") == [2, 1] and left_ticked(page) == ["SHOP-16"]


def test_an_epic_that_is_not_known_counts_as_unchanged(shop, ada):
    """Where the account maps no field for the epic, an issue that is read alone tells none."""
    with shop.tenant.work().write() as session:
        session.execute(delete(FieldMapping).where(FieldMapping.role == "epic_link"))
    page = ada.get(f"{shop.board}/issues/SHOP-2")
    wanted = ticks(page, "SHOP-16", "SHOP-18")
    requests.delete(f"{shop.sandbox.url}/rest/api/2/issue/SHOP-18", headers=bearer(shop), timeout=10)
    page = ada.submit("Move", issue=wanted, to="SHOP-3")
    assert page.errors() == [
        "SHOP-18 is no issue that Jira shows you. It is left out now: send the others again."
    ]
    assert left_ticked(page) == ["SHOP-16"]
    assert "1 issue is in SHOP-3 now." in ada.submit("Move").text and epics_of(shop, "SHOP-16") == [3]


def test_a_key_in_small_letters_is_the_same_epic(shop, ada):
    page = ada.get(f"{shop.board}/epics/shop-1/move")
    ada.submit("Move", issue=ticks(page, "SHOP-5"), to="none")
    assert "1 issue is in no epic now." in ada.page.text and epics_of(shop, "SHOP-5") == [0]


def test_a_team_managed_epic_is_looked_at_too(cloud_shop, sign_in):
    cloud_shop.sandbox.state(team_managed=True)
    cloud_shop.connect(cloud_shop.tenant.member, "ada")
    cloud_shop.connect(cloud_shop.tenant.second, "grace")
    member, second = sign_in(cloud_shop.tenant.member), sign_in(cloud_shop.tenant.second)
    page = member.get(f"{cloud_shop.board}/issues/SHOP-1")
    second.get(f"{cloud_shop.board}/issues/SHOP-5/epic")
    second.submit("Save in Jira", epic="SHOP-3")
    page = member.submit("Move", issue=ticks(page, "SHOP-5", "SHOP-6"), to="SHOP-2")
    assert member.status == 422 and "SHOP-5 is in SHOP-3 by now." in page.text
    assert epics_of(cloud_shop, "SHOP-5", "SHOP-6") == [3, 1]


def test_ticks_that_the_epic_holds_no_more_are_told(shop, ada):
    """As on the board: whoever comes back from connecting is told what cannot be ticked any more."""
    place = f"{shop.board}/epics/SHOP-1/move"
    kept = {"issue": ["0:SHOP-5", "1:SHOP-6"], "to": ["none"]}
    form_id = typed.keep(shop.tenant.work(shop.tenant.member), place, kept)
    by_library(shop).add_issues_to_epic("SHOP-2", ["SHOP-5"])
    page = ada.get(f"{place}?typed={form_id}")
    told = page.find(".banner").get_text()
    assert "1 issue not ticked any more" in told and "SHOP-5" in told and "SHOP-6" not in told
    assert ticked(page) == ["SHOP-6"] and deeds(shop)[1:] == []
