"""Completing a sprint: where its open issues go, and what is said when that stops halfway."""

import pytest

from portal.boards import moves
from tests.boards.test_epic_changes import by_library
from tests.boards.test_sprints import ACTIVE, NEXT, another, at, held, sprint, told

pytestmark = pytest.mark.on_both("test_a_limit_halfway_is_told_and_the_rest_moved_later")
OPEN = ["SHOP-5", "SHOP-6", "SHOP-7", "SHOP-8", "SHOP-9", "SHOP-10", "SHOP-11", "SHOP-14"]
COMPLETED = ("board.sprint_completed", {"sprint": ACTIVE, "open": 8, "to": str(NEXT)})


def inside(place, sprint_id):
    """Keys of a sprint's issues in the order of their rank."""
    jira = held(place)
    return [key for key in jira["rank"] if jira["issues"][key]["sprint"] == sprint_id]


def deeds(place):
    return [(deed["what"], deed["where"]) for deed in held(place)["deeds"]]


def complete(person, place, target=str(NEXT)):
    """Press the button on the page that asks where the open issues go."""
    person.get(at(place, "complete", ACTIVE))
    return person.submit("Complete sprint", to=target)


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(moves, "MOST_MOVED", 3)


def test_open_issues_stay_for_the_backlog(place, person):
    person.get(place.board)
    person.click("Complete SHOP Sprint 7")
    assert "12 issues: 4 done, 8 open." in person.page.text
    person.submit("Complete sprint")
    assert sprint(place, ACTIVE)["state"] == "closed"
    assert deeds(place) == [("sprint.changed", "SHOP Sprint 7")]
    page = person.page
    assert "Sprint SHOP Sprint 7 completed. What was open in it is in the backlog." in page.text
    assert "Pay by bank transfer" in page.text.partition("Backlog")[2]
    assert told(place) == [(COMPLETED[0], COMPLETED[1] | {"to": "backlog"})]


def test_open_issues_go_to_the_sprint_that_was_chosen(place, person, small_batches):
    before = inside(place, NEXT)
    complete(person, place)
    assert "8 open issues moved to SHOP Sprint 8." in person.page.text
    assert sprint(place, ACTIVE)["state"] == "closed"
    assert set(inside(place, NEXT)) == {*before, *OPEN}
    assert len(inside(place, ACTIVE)) == 4
    # Completed first: the sprint's report is to know what was not done.
    assert deeds(place) == [("sprint.changed", "SHOP Sprint 7")] + 3 * [("sprint.issues", "SHOP Sprint 8")]
    moved = [("board.issues_moved", {"count": count, "to": str(NEXT)}) for count in (3, 3, 2)]
    assert told(place) == [COMPLETED, *moved]


def test_a_limit_halfway_is_told_and_the_rest_moved_later(shop, ada, small_batches):
    shop.sandbox.state(changes_left=2)
    page = complete(ada, shop)
    assert ada.status == 409 and "Wait 30 seconds" in page.text
    assert "SHOP Sprint 7 is completed" in page.text
    assert "3 open issues moved. 5 open issues not moved yet: they are in the backlog" in page.text
    assert len(inside(shop, NEXT)) == 5 + 3
    shop.sandbox.state(changes_left=-1)
    ada.submit("Move 5 issues")
    assert "8 open issues moved to SHOP Sprint 8." in ada.page.text
    assert len(inside(shop, NEXT)) == 5 + 8
    assert [event for event, _ in told(shop)].count("board.sprint_completed") == 1


def test_the_rest_can_stay_in_the_backlog(shop, ada, small_batches):
    shop.sandbox.state(changes_left=2)
    complete(ada, shop)
    shop.sandbox.state(changes_left=-1)
    ada.submit("Move 5 issues", to="backlog")
    assert "What was not moved stays where it is." in ada.page.text
    assert len(inside(shop, NEXT)) == 5 + 3


def test_a_lost_answer_is_not_taken_for_a_no(place, person):
    place.sandbox.state(change_drop_answer=True)
    page = complete(person, place)
    assert person.status == 409 and "It is not known whether Jira did this" in page.text
    assert sprint(place, ACTIVE)["state"] == "closed"
    place.sandbox.state(change_drop_answer=False)
    person.submit("Complete sprint")
    assert "8 open issues moved to SHOP Sprint 8." in person.page.text
    assert deeds(place).count(("sprint.changed", "SHOP Sprint 7")) == 1


def test_what_others_went_on_with_after_a_lost_answer_stays_with_them(shop, ada):
    """Completed, the answer lost; then Grace plans one of its issues, and another is done."""
    shop.sandbox.state(change_drop_answer=True)
    complete(ada, shop)
    shop.sandbox.state(change_drop_answer=False)
    grace = by_library(shop)
    theirs = grace.create_sprint("Theirs", 1).id
    grace.add_issues_to_sprint(theirs, ["SHOP-5"])
    grace.transition_issue("SHOP-6", "41")
    ada.submit("Complete sprint")
    assert "6 open issues moved to SHOP Sprint 8. Left where they are" in ada.page.text
    assert "no more: 2." in ada.page.text
    assert inside(shop, theirs) == ["SHOP-5"] and len(inside(shop, NEXT)) == 5 + 6


def test_who_may_not_move_issues_is_told_that_they_are_in_the_backlog(shop, ada):
    ada.get(at(shop, "complete", ACTIVE))
    shop.sandbox.state(permissions_missing=["SCHEDULE_ISSUES:ada"])
    page = ada.submit("Complete sprint", to=str(NEXT))
    assert "SHOP Sprint 7 is completed" in page.text and "“Schedule issues”" in page.text
    assert "8 open issues not moved yet" in page.text


def test_what_somebody_else_completed_is_left_alone(shop, ada):
    ada.get(at(shop, "complete", ACTIVE))
    another(shop, "POST", ACTIVE, state="closed")
    ada.submit("Complete sprint", to=str(NEXT))
    assert ada.status == 422 and "is completed already" in ada.page.text
    assert "backlog" not in ada.page.text
    assert len(inside(shop, NEXT)) == 5 and told(shop) == []
    assert "is not active" in ada.get(at(shop, "complete", ACTIVE)).text


def test_a_sprint_that_went_meanwhile_takes_nothing_and_nothing_is_completed(shop, ada):
    ada.get(at(shop, "complete", ACTIVE))
    another(shop, "DELETE", NEXT)
    ada.submit("Complete sprint", to=str(NEXT))
    assert ada.status == 422 and "This sprint is gone" in ada.page.text
    assert sprint(shop, ACTIVE)["state"] == "active"


def test_another_name_is_told_before_it_is_completed(shop, ada):
    ada.get(at(shop, "complete", ACTIVE))
    another(shop, "POST", ACTIVE, name="Other work")
    ada.submit("Complete sprint")
    assert ada.status == 422 and "Meanwhile this sprint is called “Other work”" in ada.page.text
    assert sprint(shop, ACTIVE)["state"] == "active"
    ada.submit("Complete sprint")
    assert sprint(shop, ACTIVE)["state"] == "closed"


def test_without_the_issues_it_is_completed_into_the_backlog_only(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=["read:issue-meta:jira", "read:jira-work"])
    person = sign_in(cloud_shop.tenant.member)
    page = person.get(at(cloud_shop, "complete", ACTIVE))
    assert "How many issues are open is not known here." in page.text
    person.submit("Complete sprint")
    assert sprint(cloud_shop, ACTIVE)["state"] == "closed"
    assert told(cloud_shop) == [(COMPLETED[0], {"sprint": ACTIVE, "open": None, "to": "backlog"})]


def test_sprints_of_a_team_managed_project_go_the_same_way(cloud_shop, sign_in):
    cloud_shop.sandbox.state(team_managed=True)
    cloud_shop.connect(cloud_shop.tenant.member, "ada")
    person = sign_in(cloud_shop.tenant.member)
    person.get(cloud_shop.board)
    person.click("New sprint")
    person.submit("Make sprint", name="Team")
    complete(person, cloud_shop)
    assert "8 open issues moved to SHOP Sprint 8." in person.page.text
    assert "Team" in {one["name"] for one in held(cloud_shop)["sprints"].values()}
