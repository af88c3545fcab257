"""What goes into no epic, and a choice that was forgotten: said, with the same choices again."""

from tests.boards.test_epic_changes import deeds
from tests.boards.test_epic_moves import epics_of, ticks
from tests.boards.test_moves import ticked


def offered(page):
    return [option.get_text() for option in page.soup.select("#to option")]


def test_where_nothing_was_chosen_the_choices_and_the_ticks_stay(place, person):
    page = person.get(f"{place.board}/issues/SHOP-1")
    before = offered(page)
    assert len(before) == 4
    page = person.submit("Move", issue=ticks(page, "SHOP-5", "SHOP-6"), to="")
    assert person.status == 422 and "Choose an epic, or no epic." in page.text
    assert offered(page) == before and ticked(page) == ["SHOP-5", "SHOP-6"]
    assert "Pay by bank transfer" in page.text and deeds(place) == []
    person.submit("Move", to="SHOP-3")
    assert epics_of(place, "SHOP-5", "SHOP-6") == [3, 3]


def test_what_was_ticked_is_kept_where_the_choices_cannot_be_read(shop, ada):
    page = ada.get(f"{shop.board}/issues/SHOP-1")
    wanted = ticks(page, "SHOP-5")
    shop.sandbox.state(down=True)
    page = ada.submit("Move", issue=wanted, to="")
    assert ada.status == 422 and "maintenance" in page.text
    shop.sandbox.state(down=False)
    page = ada.click("Try again")
    assert ticked(page) == ["SHOP-5"] and len(offered(page)) == 4


def test_issues_go_into_epics_only(place, person):
    page = person.get(f"{place.board}/epics/SHOP-24/add")
    assert "SHOP-24 is no epic that Jira shows you" in page.text and not page.has("Add to SHOP-24")
    assert page.link("Back") == f"{place.board}/issues/SHOP-24"
    page = person.post(f"{place.board}/epics/SHOP-24/add", keys="SHOP-5")
    assert person.status == 422 and "SHOP-24 is no epic that Jira shows you." in page.text
    assert epics_of(place, "SHOP-5") == [1] and deeds(place) == []
    assert person.get(f"{place.board}/epics/SHOP-2/add").has("Add to SHOP-2")
