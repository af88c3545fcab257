"""From issues to cards, without a Jira."""

import pytest

from portal.boards.cards import CardFields, card_of, epic_card_of, lay_out
from portal.jira.agile import Column, Epic
from portal.jira.issues import Issue

FIELDS = CardFields(("points", "mapped"), "link")


def issue(key="SHOP-1", status_id="3", epic="", **values):
    return Issue("1", key, "A summary", "Story", "To Do", status_id, "", values, epic)


def card(**values):
    return card_of(issue(**values), FIELDS, "https://jira.example.org/jira")


def test_the_boards_own_estimate_comes_first():
    assert card(points=3, mapped=5).estimate == 3
    assert card(points=None, mapped=0.5).estimate == 0.5
    assert card(points=0, mapped=5).estimate == 0


@pytest.mark.parametrize("value", [True, "5", {"value": 5}, [5]])
def test_what_is_no_number_is_no_estimate(value):
    assert card(points=value, mapped=None).estimate is None


def test_a_time_estimate_is_shown_in_hours():
    fields = CardFields(("timeoriginalestimate",), "")
    assert card_of(issue(timeoriginalestimate=5400), fields, "").estimate == "1.5 h"


def test_the_epic_is_named_else_its_key_is_shown():
    assert card(epic="Checkout", link="SHOP-9").epic_name == "Checkout"
    assert card(link="SHOP-9").epic_name == "SHOP-9"
    assert card(link=None).epic_name is None


def test_asks_for_each_field_once():
    assert CardFields(("points", "points"), "").asked_for == ("points",)


def test_a_key_leads_to_jira_below_its_context_path():
    assert card(key="SHOP-12").url == "https://jira.example.org/jira/browse/SHOP-12"


@pytest.mark.parametrize("key", ["", "..", "SHOP-1/../../x", "SHOP-1?os=x", "javascript:1", "SHOP-٣"])
def test_what_is_no_key_is_no_link(key):
    assert card(key=key).url is None
    assert epic_card_of(Epic(1, key, "An epic", False), "https://jira.example.org").url is None


def test_an_epic_without_a_name_goes_by_its_key():
    assert epic_card_of(Epic(1, "SHOP-1", "", True), "").name == "SHOP-1"


def test_a_status_without_column_stands_apart():
    cards = [card(status_id="3"), card(status_id="7")]
    columns, apart = lay_out(cards, [Column("Doing", ("3", "4")), Column("Done", ("5",))])
    assert [len(column.cards) for column in columns] == [1, 0]
    assert apart == (cards[1],)
