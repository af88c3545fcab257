"""Issues move between sprints and backlog: many at once, as the person, told how far it got."""

import re

import jira
import pytest
import requests
from sqlalchemy import select

from portal.boards import moves
from portal.boards.cards import CardFields, card_of
from portal.boards.moves import Tick, ticks_of
from portal.boards.paging import Listing
from portal.jira.agile import Sprint
from portal.jira.issues import Issue
from portal.store.tables import AuditEvent

SPRINT, PLANNED = Sprint(7, "Now", "active", "", None, None), Sprint(8, "Next", "future", "", None, None)
pytestmark = pytest.mark.on_both("test_a_batch_that_is_refused_leaves_the_rest_ticked")


def values(page, *keys):
    """What the tick boxes of these issues send."""
    boxes = {node["value"].partition(":")[2]: node["value"] for node in page.soup.select("input[name=issue]")}
    return [boxes[key] for key in keys]


def ticked(page):
    return [node["value"].partition(":")[2] for node in page.soup.select("input[name=issue][checked]")]


def sprints_of(place, *keys):
    where = "server" if hasattr(place, "portal") else "acme"
    held = place.sandbox.content(where)["issues"]
    return [held[key]["sprint"] for key in keys]


def moving(person, place, target, *keys):
    page = person.get(place.board)
    place.sandbox.clear_requests()
    return person.submit("Move", issue=values(page, *keys), to=target)


def test_ticked_issues_move_to_a_sprint_and_to_the_backlog(place, person):
    keys = ("SHOP-7", "SHOP-24", "SHOP-5")
    page = moving(person, place, "13", *keys)
    assert person.path == place.board, page.text
    assert "3 issues moved to SHOP Sprint 8." in page.text
    assert sprints_of(place, *keys) == [13, 13, 13]
    page = person.click("SHOP Sprint 8 (planned)")
    assert {"SHOP-5", "SHOP-7", "SHOP-24"} <= set(
        re.findall(r"SHOP-\d+", page.soup.select_one(".board").text)
    )
    page = person.submit("Move", issue=values(page, "SHOP-24"), to="backlog")
    assert person.path == f"{place.board}?sprint=13"
    assert "1 issue moved to the backlog." in page.text and sprints_of(place, "SHOP-24") == [0]
    with place.tenant.work().read() as session:
        moved = select(AuditEvent).where(AuditEvent.event == "board.issues_moved")
        lines = session.scalars(moved.order_by(AuditEvent.seq)).all()
        assert [line.details for line in lines] == [{"count": 3, "to": "13"}, {"count": 1, "to": "backlog"}]


def test_another_client_of_jira_reads_what_was_moved(shop, ada):
    moving(ada, shop, "13", "SHOP-24", "SHOP-5")
    reader = jira.JIRA(server=shop.sandbox.url, token_auth=shop.sandbox.make_pat("grace"), max_retries=0)
    assert {"SHOP-5", "SHOP-24"} <= {one.key for one in reader.search_issues("sprint = 13")}


def test_what_can_be_ticked_is_labelled_and_costs_no_call(place, person):
    place.sandbox.clear_requests()
    page = person.get(place.board)
    assert len(place.sandbox.requests()) == 5
    labels = [node["aria-label"] for node in page.soup.select("input[name=issue]")]
    assert len(labels) == 30 and "SHOP-5 Pay by bank transfer" in labels
    offered = [option.get_text() for option in page.soup.select("#move-target option")]
    assert offered == ["Choose", "Backlog", "SHOP Sprint 7", "SHOP Sprint 8"]


@pytest.fixture
def many(shop):
    """Makes issues in the backlog of the practice Jira; their keys."""

    def make(count):
        made = []
        for number in range(count):
            fields = {"project": {"key": "SHOP"}, "issuetype": {"name": "Task"}, "summary": f"More {number}"}
            answer = requests.post(
                f"{shop.sandbox.url}/rest/api/2/issue",
                json={"fields": fields},
                headers={"Authorization": f"Bearer {token}"},
                timeout=10,
            )
            made.append(answer.json()["key"])
        return made

    token = shop.sandbox.make_pat("ada")
    return make


def changes(place):
    return [entry for entry in place.sandbox.requests() if entry["method"] != "GET"]


def test_a_hundred_and_twenty_issues_take_three_calls_in_the_order_of_the_board(shop, ada, many):
    keys = many(120)
    page = ada.get(shop.board)
    shop.sandbox.clear_requests()
    page = ada.submit("Move", issue=list(reversed(values(page, *keys))), to="13")
    assert "120 issues moved to SHOP Sprint 8." in page.text
    assert set(sprints_of(shop, *keys)) == {13} and len(changes(shop)) == 3


def test_a_batch_that_is_refused_leaves_the_rest_ticked(shop, ada, many):
    keys = many(70)
    shop.sandbox.state(changes_left=1)
    page = moving(ada, shop, "13", *keys)
    assert ada.status == 409
    assert "50 of 70 issues are in SHOP Sprint 8 by now. 20 are left." in page.text
    assert "Wait 30 seconds, then try again." in page.text
    assert ticked(page) == keys[50:]
    assert sprints_of(shop, *keys) == [13] * 50 + [0] * 20
    shop.sandbox.state(changes_left=-1)
    page = ada.click("Back to the board, with these ticked")
    assert ticked(page) == keys[50:]
    page = ada.submit("Move", to="13")
    assert "20 issues moved to SHOP Sprint 8." in page.text and set(sprints_of(shop, *keys)) == {13}


def test_nothing_ticked_and_nowhere_to_go_is_told_at_once(shop, ada):
    page = ada.get(shop.board)
    shop.sandbox.clear_requests()
    page = ada.submit("Move", to="13")
    assert ada.status == 422 and "Tick the issues you want to move." in page.text
    page = ada.submit("Move", issue=values(page, "SHOP-5", "SHOP-7"), to="")
    assert ada.status == 422 and "Choose where to move them." in page.errors()
    assert set(ticked(page)) == {"SHOP-5", "SHOP-7"}
    assert changes(shop) == []
    ada.post(f"{shop.board}/move", issue="1:SHOP-5", to="99999999999999999999999")
    assert ada.status == 422
    ada.post(f"{shop.board}/move", issue=[f"{n}:SHOP-{n}" for n in range(1, 502)], to="13")
    assert ada.status == 422 and "At most 500 issues" in ada.page.text
    assert changes(shop) == []


def test_ticks_are_read_in_the_order_of_the_board_and_nothing_else_is():
    sent = ["7:SHOP-9", "2:shop-4", "2:SHOP-4", "x:SHOP-1", "1:../SHOP-1", "SHOP-3", "-1:SHOP-2", "³:SHOP-8"]
    assert ticks_of(sent) == (Tick(2, "SHOP-4"), Tick(7, "SHOP-9"))
    assert moves.ticks_of([f"{10**30}:SHOP-1"]) == ()


def listing(count):
    cards = tuple(
        card_of(Issue(str(n), f"S-{n}", "", "", "", "", ""), CardFields((), ""), "") for n in range(count)
    )
    return Listing(cards, count, False)


OFFERED = [
    ([SPRINT], listing(1), listing(0), ["backlog"]),
    ([SPRINT], None, listing(1), ["7"]),
    ([SPRINT, PLANNED], listing(1), None, ["backlog", "7", "8"]),
    ([], None, listing(1), []),
    ([SPRINT, PLANNED], listing(0), listing(0), []),
]


@pytest.mark.parametrize(("sprints", "in_sprint", "in_backlog", "offered"), OFFERED)
def test_only_where_something_can_go_is_offered_and_told_off(sprints, in_sprint, in_backlog, offered):
    wanted = []

    class Asked:
        def may(self, feature):
            wanted.append(feature.name)
            return True

    assert [one.id for one in moves.targets(Asked(), sprints, in_sprint, in_backlog)] == offered
    assert len(wanted) == ("backlog" in offered) + bool(set(offered) - {"backlog"})


def test_issues_of_a_team_managed_project_move_too(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "ada")
    cloud_shop.sandbox.state(team_managed=True)
    moving(sign_in(cloud_shop.tenant.member), cloud_shop, "13", "SHOP-5", "SHOP-24")
    assert sprints_of(cloud_shop, "SHOP-5", "SHOP-24") == [13, 13]
