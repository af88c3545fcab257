"""Moves that single issues stop, ticks that find their issue nowhere, searches that find nothing: each says
what it is, and the way on works."""

import pytest
import requests

from tests.boards.conftest import PLATFORM
from tests.boards.test_completing_sprints import OPEN, complete, inside
from tests.boards.test_moves import changes, moving, sprints_of, ticked, values
from tests.boards.test_sprints import ACTIVE, NEXT, another, sprint

pytestmark = pytest.mark.on_both("test_ticks_of_what_is_not_shown_are_told")


def gone(shop, key):
    header = {"Authorization": f"Bearer {shop.sandbox.make_pat('ada')}"}
    requests.delete(
        f"{shop.sandbox.url}/rest/api/2/issue/{key}", headers=header, timeout=10
    ).raise_for_status()


@pytest.mark.parametrize("target", ["13", "backlog"])
def test_one_issue_that_is_gone_is_named_and_left_out(place, person, target):
    person.get(place.board)
    page = person.post(f"{place.board}/move", issue=["1:SHOP-5", "2:SHOP-999"], to=target)
    assert person.status == 422 and "SHOP-999 is no issue that Jira shows you." in page.text
    assert "It is left out now: send the others again." in page.text
    assert ticked(page) == ["SHOP-5"] and sprints_of(place, "SHOP-5") == [12]
    page = person.submit("Move", to=target)
    assert "1 issue moved to" in page.text and sprints_of(place, "SHOP-5") == [13 if target == "13" else 0]


def test_what_went_before_it_is_said_and_only_the_rest_is_ticked(shop, ada, monkeypatch):
    monkeypatch.setattr("portal.boards.moves.MOST_MOVED", 2)
    keys = ("SHOP-5", "SHOP-6", "SHOP-7", "SHOP-8")
    page = ada.get(shop.board)
    wanted = sorted(values(page, *keys), key=lambda value: int(value.partition(":")[0]))
    order = [value.partition(":")[2] for value in wanted]
    gone(shop, order[2])
    page = ada.submit("Move", issue=wanted, to="13")
    assert ada.status == 422 and f"{order[2]} is no issue that Jira shows you." in page.text
    assert "2 of 3 issues are in SHOP Sprint 8 by now." in page.text
    assert ticked(page) == [order[3]] and sprints_of(shop, *order[:2], order[3]) == [13, 13, 12]


def test_an_issue_that_is_gone_does_not_stop_the_end_of_a_sprint(shop, ada):
    shop.sandbox.state(changes_left=1)
    page = complete(ada, shop)
    assert "8 open issues not moved yet" in page.text
    shop.sandbox.state(changes_left=-1)
    gone(shop, OPEN[0])
    page = ada.submit("Move 8 issues")
    assert "7 open issues moved to SHOP Sprint 8." in page.text
    assert set(OPEN[1:]) <= set(inside(shop, NEXT))


def test_after_a_lost_answer_one_thing_is_said(shop, ada):
    shop.sandbox.state(change_drop_answer=True)
    page = moving(ada, shop, "13", "SHOP-5")
    assert "Move them again: what is there already stays there." in page.text
    assert "only where it is not" not in page.text and page.text.count("stays there") == 1
    page = complete(ada, shop)
    assert "Send it again: that finishes what is not done yet." in page.text
    assert "only where it is not" not in page.text
    shop.sandbox.state(change_drop_answer=False)
    ada.submit("Complete sprint")
    assert sprint(shop, ACTIVE)["state"] == "closed" and set(OPEN) <= set(inside(shop, NEXT))


def ticks_after_connecting(shop, ada, address):
    """Tick two issues, lose the connection, and come back once somebody else has completed the sprint."""
    page = ada.get(address)
    ticks = values(page, "SHOP-5", "SHOP-7")
    shop.sandbox.state(server_tokens="revoked")
    ada.submit("Move", issue=ticks, to="backlog")
    shop.sandbox.state(server_tokens="good")
    shop.connect(shop.tenant.member, "ada")
    another(shop, "POST", ACTIVE, state="closed")
    return ada.click("Back to the board, with these ticked")


def test_ticks_in_a_sprint_that_was_closed_meanwhile_are_told(shop, ada):
    page = ticks_after_connecting(shop, ada, f"{shop.board}?sprint={ACTIVE}")
    assert "2 issues not ticked any more" in page.text and "SHOP Sprint 7 is closed by now" in page.text
    assert page.link("SHOP-5") == f"{shop.board}/issues/SHOP-5"


def test_ticks_that_found_their_issues_in_the_backlog_are_kept(shop, ada):
    page = ticks_after_connecting(shop, ada, shop.board)
    assert set(ticked(page)) == {"SHOP-5", "SHOP-7"} and "not ticked any more" not in page.text


def test_ticks_of_what_is_not_shown_are_told(shop, ada):
    ada.get(shop.board)
    page = ada.post(f"{shop.board}/move", issue=["1:SHOP-5", "2:SHOP-16"], to="")
    assert ada.status == 422 and ticked(page) == ["SHOP-5"]
    assert "1 issue not ticked any more" in page.text and "does not hold it" in page.text
    assert changes(shop) == []


def test_a_search_that_finds_nothing_says_where_it_looked(shop, ada):
    page = ada.get(f"{shop.board}?search=shop-16")
    assert "None is found. Only SHOP Sprint 7 and the backlog were searched" in page.text
    assert ada.click("Open SHOP-16").soup.select_one(".issue-title") is not None
    page = ada.get(f"{shop.board}?search=shop-16&sprint=11")
    assert "Only SHOP Sprint 6 was searched" in page.text
    page = ada.get(f"{shop.board}?search=nothinglikeit")
    assert "None is found." in page.text and not page.has("Open NOTHINGLIKEIT")
    page = ada.get(f"{shop.board}?search=bank")
    assert "None is found." not in page.text
    platform = shop.path(str(shop.add(PLATFORM, "Platform")))
    page = ada.get(f"{platform}?search=nothinglikeit")
    assert "None is found." in page.text and "searched" not in page.text
