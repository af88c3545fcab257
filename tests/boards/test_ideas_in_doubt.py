"""An idea never becomes two issues unsaid: by a double click, by two people, by an answer that is lost, or
by a process that dies between Jira's answer and our row."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.boards import claims, pushes
from portal.boards.boards import find_board
from portal.boards.idea_views import find_idea
from portal.jira.client import JiraClient
from portal.jira.issues import Issue
from portal.store.tables import AuditEvent
from tests.boards.test_epic_changes import by_library
from tests.boards.test_idea_pushes import NEW, choose, issues, new_idea, row

pytestmark = pytest.mark.on_both(
    "test_a_double_click_makes_one_issue",
    "test_a_lost_answer_is_in_doubt_and_found_by_its_marker",
    "test_a_machine_whose_clock_is_wrong_ends_no_push_and_prolongs_none",
)
MARKER = "almoner-0123456789abcdef"


def events(place, idea_id):
    """What the record says of pushing it."""
    with place.tenant.work().read() as session:
        lines = session.scalars(
            select(AuditEvent).where(AuditEvent.subject_id == idea_id).order_by(AuditEvent.seq)
        )
        return [(line.event.removeprefix("idea."), line.details) for line in lines]


def left_behind(place, seconds, **more):
    """An idea as a process leaves it that died while it pushed; ``seconds`` until that is in doubt."""
    now = clock.now()
    pushed = {"pushed_by": place.tenant.member.user_id, "pushed_at": now - timedelta(seconds=60)}
    values = {
        "marker": MARKER,
        "marker_in": "labels",
        **pushed,
        "doubt_from": now + timedelta(seconds=seconds),
    }
    return new_idea(place, **values | more)


def test_a_double_click_makes_one_issue(shop, ada, sign_in):
    """Two tabs send the same form at once, while Jira takes its time."""
    idea_id = new_idea(shop)
    other = sign_in(shop.tenant.member)
    for one in (ada, other):
        choose(shop, one, idea_id)
    shop.sandbox.state(slow_seconds=0.3)
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(lambda one: one.submit("Push to Jira"), (ada, other)))
    shop.sandbox.state(slow_seconds=0)
    assert list(issues(shop)) == [NEW]
    told = sorted("Nothing was sent" in page.text for page in pages)
    assert told == [False, True]
    assert row(shop, idea_id).issue_key == NEW
    assert [event for event, _ in events(shop, idea_id)] == ["push_begun", "pushed"]


def test_a_second_person_is_told_that_it_is_being_pushed(shop, ada):
    idea_id = new_idea(shop)
    choose(shop, ada, idea_id)
    board = find_board(shop.tenant.work(shop.tenant.second), shop.board_id)
    claims.claim(shop.tenant.work(shop.tenant.second), board, idea_id, "labels", 30)
    page = ada.submit("Push to Jira")
    assert "Nothing was sent" in page.text and "Being pushed to Jira" in page.text
    assert shop.tenant.second.name in page.text and not page.has("Push to Jira") and issues(shop) == {}
    ada.get(f"{shop.board}/ideas/{idea_id}/push")
    assert ada.path == f"{shop.board}/ideas/{idea_id}"


def test_a_lost_answer_is_in_doubt_and_found_by_its_marker(place, person):
    idea_id = new_idea(place)
    choose(place, person, idea_id)
    place.sandbox.state(change_drop_answer=True)
    page = person.submit("Push to Jira")
    assert person.path == f"{place.board}/ideas/{idea_id}"
    assert "It is not known whether Jira made an issue" in page.text
    assert list(issues(place)) == [NEW] and row(place, idea_id).issue_key is None
    assert not page.has("Push to Jira") and not page.has("Push again")
    assert "In doubt" in person.get(f"{place.board}/ideas").text
    place.sandbox.state(change_drop_answer=False)
    person.get(f"{place.board}/ideas/{idea_id}")
    page = person.submit("Look in Jira")
    assert f"Jira had made {NEW} of this idea." in page.text
    assert row(place, idea_id).issue_key == NEW and len(issues(place)[NEW]["links"]) == 1
    told = events(place, idea_id)
    assert [event for event, _ in told] == ["push_begun", "push_in_doubt", "pushed"]
    assert told[1][1] == {"code": "unreachable"} and told[2][1] == {"issue": NEW}


def test_who_is_said_to_be_refused_may_have_made_an_issue(place, person, monkeypatch):
    """Jira took it with 201, and says in its headers that it did not know who asks."""
    idea_id = new_idea(place)
    choose(place, person, idea_id)
    send = JiraClient._send

    def disguised(self, method, segments, *more):
        answer = send(self, method, segments, *more)
        if method == "POST" and segments[-1] == "issue":
            answer.headers["X-Seraph-LoginReason"] = "AUTHENTICATED_FAILED"
        return answer

    monkeypatch.setattr(JiraClient, "_send", disguised)
    page = person.submit("Push to Jira")
    assert "It is not known whether Jira made an issue" in page.text, page.text
    assert list(issues(place)) == [NEW] and row(place, idea_id).pushed_at is not None
    person.submit("Look in Jira")
    assert row(place, idea_id).issue_key == NEW
    assert events(place, idea_id)[1] == ("push_in_doubt", {"code": "unauthorized"})


def test_of_several_with_its_marker_the_first_made_is_linked_and_the_others_are_told(place, person):
    """Copies of an issue carry its labels, into other projects too, where numbers are lower."""
    idea_id = left_behind(place, -1)
    by = by_library(place, "ada")
    for project in ("SHOP", "SHOP", "PLAT"):
        fields = {"project": {"key": project}, "issuetype": {"name": "Story"}, "summary": "x"}
        by.create_issue(fields=fields | {"labels": [MARKER]})
    person.get(f"{place.board}/ideas/{idea_id}")
    page = person.submit("Look in Jira")
    assert row(place, idea_id).issue_key == NEW
    assert f"{NEW} was made first. The others: SHOP-43, PLAT-9." in page.text, page.text


def test_the_oldest_is_told_by_what_jira_counts():
    def found(id, key):
        return Issue(id, key, "x", "Story", "To Do", "1", "")

    issues = [found("", "A-1"), found("30", "B-2"), found("9", "C-300"), found("8", "no key")]
    assert pushes._by_age(issues) == ["C-300", "B-2", "A-1"]


def test_a_message_names_only_some_of_many_issues(shop, ada, monkeypatch):
    idea_id = left_behind(shop, -1)
    many = [Issue(str(n), f"SHOP-{n}", "x", "Story", "To Do", "1", "") for n in range(5, 13)]
    monkeypatch.setattr(pushes, "find", lambda *_: many)
    ada.get(f"{shop.board}/ideas/{idea_id}")
    page = ada.submit("Look in Jira")
    assert "The others: SHOP-6, SHOP-7, SHOP-8, SHOP-9, SHOP-10 and 2 more." in page.text


def test_without_labels_the_marker_is_the_last_line_of_the_description(place, person):
    place.sandbox.state(new_issue_without=["labels"])
    idea_id = new_idea(place)
    choose(place, person, idea_id)
    place.sandbox.state(change_drop_answer=True)
    page = person.submit("Push to Jira")
    place.sandbox.state(change_drop_answer=False)
    lines = issues(place)[NEW]["description"].splitlines()
    assert lines[0] == "For those who send presents." and lines[-1] == row(place, idea_id).marker
    assert f"it has the word {lines[-1]} in its description" in page.text
    person.submit("Look in Jira")
    assert row(place, idea_id).issue_key == NEW


def test_without_a_place_for_a_marker_it_is_said_and_how_to_look(place, person):
    place.sandbox.state(new_issue_without=["labels", "description"])
    idea_id = new_idea(place)
    page = choose(place, person, idea_id)
    assert "the issue cannot be searched for here" in page.text
    place.sandbox.state(change_drop_answer=True)
    page = person.submit("Push to Jira")
    place.sandbox.state(change_drop_answer=False)
    assert "no word was sent by which it could be searched for" in page.text and not page.has("Look in Jira")
    page = person.click("Push again")
    assert "cannot be searched for here" in page.text
    person.submit("Push again")
    assert person.path.partition("?")[0] == f"{place.board}/ideas/{idea_id}/push"


def test_what_is_not_found_is_given_up_only_behind_a_page_that_says_what_may_happen(place, person):
    idea_id = left_behind(place, -1)
    path = f"{place.board}/ideas/{idea_id}"
    page = person.get(path)
    assert "It is not known whether Jira made an issue" in page.text and not page.has("Push again")
    page = person.submit("Look in Jira")
    assert "No such issue was found." in page.text and page.has("Look again in Jira")
    page = person.click("Push again")
    assert "then a second issue is made" in page.text and MARKER in page.text
    page = person.submit("Push again")
    assert person.path.partition("?")[0] == f"{path}/push" and "may make a second issue" in page.text
    story = next(o["value"] for o in page.soup.select("#type option") if o.get_text() == "Story")
    person.submit("Go on", type=story)
    person.submit("Push to Jira")
    assert list(issues(place)) == [NEW] and issues(place)[NEW]["labels"] != [MARKER]
    assert [event for event, _ in events(place, idea_id)] == ["push_given_up", "push_begun", "pushed"]


def test_whoever_turns_back_leaves_it_in_doubt(shop, ada, sign_in):
    idea_id = left_behind(shop, -1)
    path = f"{shop.board}/ideas/{idea_id}"
    ada.get(f"{path}/push-again")
    ada.submit("Push again")
    page = ada.click("Cancel")
    assert ada.path == path and "It is not known whether Jira made an issue" in page.text
    assert row(shop, idea_id).marker == MARKER
    second = sign_in(shop.tenant.second)
    shop.connect(shop.tenant.second, "grace")
    second.get(f"{path}/push")
    assert second.path == path and "It is not known whether Jira made an issue" in second.get(path).text
    work = shop.tenant.work(shop.tenant.member)
    board = find_board(work, shop.board_id)
    for other in ("", "almoner-other"):
        with pytest.raises(claims.Claimed):
            claims.claim(work, board, idea_id, "labels", 30, other)
    assert [event for event, _ in events(shop, idea_id)] == []


def test_a_second_push_that_jira_refuses_leaves_the_first_in_doubt(shop, ada):
    idea_id = left_behind(shop, -1)
    ada.get(f"{shop.board}/ideas/{idea_id}/push?project=SHOP&type=10001&instead={MARKER}")
    shop.sandbox.state(permissions_missing=["CREATE_ISSUES:ada"])
    page = ada.submit("Push to Jira")
    assert ada.status == 409 and "Jira made no issue." in page.text
    assert row(shop, idea_id).marker == MARKER and row(shop, idea_id).doubt_from is not None
    shop.sandbox.state(permissions_missing=[])
    ada.submit("Push to Jira")
    assert row(shop, idea_id).issue_key == NEW


def test_what_turns_up_before_it_is_pushed_again_is_linked(place, person):
    idea_id = left_behind(place, -1)
    person.get(f"{place.board}/ideas/{idea_id}/push-again")
    fields = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "x", "labels": [MARKER]}
    by_library(place).create_issue(fields=fields)
    page = person.submit("Push again")
    assert f"Nothing was pushed again: Jira had made {NEW}" in page.text
    assert row(place, idea_id).issue_key == NEW and list(issues(place)) == [NEW]


def test_a_page_left_open_gives_up_no_later_push(shop, ada):
    idea_id = left_behind(shop, -1)
    ada.get(f"{shop.board}/ideas/{idea_id}/push-again")
    with shop.tenant.work().write() as session:
        claims.changed_row(session, {"marker": "almoner-later"}, claims.Idea.id == idea_id)
    page = ada.submit("Push again")
    assert "Nothing was sent" in page.text and row(shop, idea_id).marker == "almoner-later"


def test_a_dead_process_leaves_it_waiting_first_and_then_in_doubt(shop, ada):
    waiting, doubtful = left_behind(shop, 60), left_behind(shop, -1)
    page = ada.get(f"{shop.board}/ideas/{waiting}")
    assert (
        "Being pushed to Jira" in page.text and not page.has("Look in Jira") and not page.has("Link an issue")
    )
    ada.get(f"{shop.board}/ideas/{waiting}/push-again")
    assert ada.path == f"{shop.board}/ideas/{waiting}"
    assert ada.get(f"{shop.board}/ideas/{doubtful}").has("Look in Jira")
    assert ada.get(f"{shop.board}/ideas/{doubtful}/link").h1 == "Link an issue"
    ada.submit("Link issue", key="SHOP-5")
    assert row(shop, doubtful).issue_key == "SHOP-5"


@pytest.mark.parametrize("database", ["postgres"], indirect=True, scope="session")
def test_a_machine_whose_clock_is_wrong_ends_no_push_and_prolongs_none(shop, monkeypatch):
    """Claims go by the database's clock: one machine of several is an hour ahead, or behind."""
    real, work = clock.now, shop.tenant.work(shop.tenant.member)
    board, idea_id = find_board(work, shop.board_id), new_idea(shop)

    def off_by(hours):
        monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=hours))

    off_by(-1)
    taken = claims.claim(work, board, idea_id, "labels", 30)
    off_by(0)
    assert find_idea(work, board, idea_id, is_admin=False).state == "pushing"
    off_by(1)
    assert find_idea(work, board, idea_id, is_admin=False).state == "pushing"
    with pytest.raises(claims.Claimed):
        claims.claim(work, board, idea_id, "labels", 30, taken.marker)
    with pytest.raises(claims.Claimed):
        claims.link(work, board, idea_id, "SHOP-5")
    taken.doubt("unreachable")
    off_by(0)
    assert find_idea(work, board, idea_id, is_admin=False).state == "in_doubt"
    assert claims.claim(work, board, idea_id, "labels", 30, taken.marker).marker != taken.marker


def test_looking_while_jira_is_away_leaves_it_in_doubt(shop, ada):
    idea_id = left_behind(shop, -1)
    ada.get(f"{shop.board}/ideas/{idea_id}")
    shop.sandbox.state(rate_limited=30)
    page = ada.submit("Look in Jira")
    assert ada.status == 409 and "Wait 30 seconds" in page.text
    ada.get(f"{shop.board}/ideas/{idea_id}/push-again")
    page = ada.submit("Push again")
    assert "Wait 30 seconds" in page.text and row(shop, idea_id).marker == MARKER


def test_who_is_not_connected_is_led_to_connect_and_back(shop, sign_in):
    idea_id = left_behind(shop, -1)
    member = sign_in(shop.tenant.member)
    member.get(f"{shop.board}/ideas/{idea_id}")
    page = member.submit("Look in Jira")
    assert page.has("Connect to Jira") and shop.sandbox.requests() == []


def test_an_answer_that_comes_too_late_is_told(shop):
    """Somebody linked the idea when it was in doubt, and then Jira answers after all."""
    idea_id, work = new_idea(shop), shop.tenant.work(shop.tenant.member)
    board = find_board(work, shop.board_id)
    taken = claims.claim(work, board, idea_id, "labels", -60)
    claims.link(work, board, idea_id, "SHOP-5")
    assert taken.settle("SHOP-42") is False
    assert row(shop, idea_id).issue_key == "SHOP-5"
    assert ("pushed", {"issue": "SHOP-42"}) in events(shop, idea_id)
