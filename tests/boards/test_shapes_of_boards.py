"""Boards of other shapes than the practice Jira has: Jira's answers are made up here, the page is real."""

import gzip
import hashlib
from datetime import UTC, datetime

import pytest

from portal.boards import reading
from portal.jira.agile import BoardConfiguration, Column, Sprint
from portal.jira.issues import Issue, Page

pytestmark = pytest.mark.on_both("test_long_lists_are_cut_and_say_so")

WHEN = datetime(2026, 5, 4, 8, tzinfo=UTC)


def sprint(number):
    return Sprint(number, f"Sprint {number}", "active", "", WHEN, WHEN)


def summary(number):
    """Fifty characters that no packing makes small."""
    return "Something " + hashlib.sha256(str(number).encode()).hexdigest()[:40]


def issue(number, status_id="1"):
    return Issue(str(number), f"BIG-{number}", summary(number), "Task", "To Do", status_id, "", {})


class MadeUp:
    """Answers as ``Agile`` gives them: sprints and how many issues each list has."""

    sprints_there = 1
    in_sprint = 0
    in_backlog = 0
    status_id = "1"

    def __init__(self, client):
        pass

    def configuration(self, board_id):
        return BoardConfiguration("scrum", (Column("To Do", ("1",)), Column("Done", ("2",))), "", "")

    def sprints(self, board_id, states, start=0):
        return Page([sprint(number) for number in range(1, self.sprints_there + 1)], 0, None, None)

    def sprint_issues(self, board_id, sprint_id, fields=(), start=0, where=""):
        return self._issues(self.in_sprint, start)

    def backlog(self, board_id, fields=(), start=0, where=""):
        return self._issues(self.in_backlog, start)

    def _issues(self, total, start):
        end = min(start + 50, total)
        entries = [issue(number, self.status_id) for number in range(start, end)]
        return Page(entries, start, end if end < total else None, total)


@pytest.fixture
def made_up(monkeypatch):
    """Sets what Jira answers: ``made_up(in_sprint=3)``."""

    def set_up(**values):
        monkeypatch.setattr(reading, "Agile", type("MadeUpNow", (MadeUp,), values))

    return set_up


def test_an_empty_board_says_so(shop, ada, made_up):
    made_up()
    page = ada.get(shop.board)
    assert "This board is empty" in page.text
    assert page.has("Look again")


def test_without_an_active_sprint_the_backlog_stands_alone(shop, ada, made_up):
    made_up(sprints_there=0, in_backlog=3)
    page = ada.get(shop.board)
    assert "No active sprint" in page.text
    assert len(page.soup.select(".issue")) == 3


def test_the_first_active_sprint_is_shown_and_another_can_be_chosen(shop, ada, made_up):
    made_up(sprints_there=2, in_sprint=1)
    titles = "section:not(.panel) > h2"
    assert [node.get_text() for node in ada.get(shop.board).soup.select(titles)] == ["Sprint 1", "Backlog"]
    page = ada.click("Sprint 2")
    assert [node.get_text() for node in page.soup.select(titles)] == ["Sprint 2", "Backlog"]
    assert page.soup.select_one(".sprints [aria-current]").get_text() == "Sprint 2"


def test_five_hundred_issues_are_a_light_page(shop, ada, made_up):
    made_up(in_sprint=350, in_backlog=150)
    page = ada.get(shop.board)
    assert len(page.soup.select(".issue")) == 500
    assert len(gzip.compress(ada.response.text.encode(), 6)) <= 150_000


def test_long_lists_are_cut_and_say_so(shop, ada, made_up, monkeypatch):
    monkeypatch.setattr(reading, "MOST_ISSUES", 200)
    made_up(in_sprint=201, in_backlog=1000)
    page = ada.get(shop.board)
    assert "The first 200 of 201 issues" in page.text
    assert "The first 200 of 1000 issues" in page.text
    assert len(page.soup.select(".issue")) == 400


def test_issues_of_a_status_without_column_are_not_lost(shop, ada, made_up):
    made_up(in_sprint=2, status_id="77")
    page = ada.get(shop.board)
    assert "In no column" in page.text
    assert len(page.soup.select(".issue")) == 2
