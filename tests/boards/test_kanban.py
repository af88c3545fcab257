"""A kanban board shows what its own page in Jira shows: what is released has left it."""

import pytest

from portal.jira.agile import Agile
from portal.jira.jql import both
from portal.sandbox import data
from tests.boards.conftest import PLATFORM
from tests.boards.test_epic_changes import by_library

pytestmark = pytest.mark.on_both()
NOT_ALL = "Some of these issues may not be on the board in Jira"


def keys_on(page):
    return {node.get_text().partition(" ")[0] for node in page.soup.select(".board-column .issue-key")}


@pytest.fixture
def kanban(place, person):
    """The kanban board, of whose issues one is in a released version and another in one to come."""
    jira = by_library(place, "ada")
    for key, version in (("PLAT-1", "2026.1"), ("PLAT-2", "2026.2")):
        jira.issue(key).update(fields={"fixVersions": [{"name": version}]})
    path = place.path(str(place.add(PLATFORM, "Platform")))
    place.sandbox.clear_requests()
    return path


def test_what_is_released_has_left_the_board(place, person, kanban):
    page = person.get(kanban)
    found = {f"PLAT-{number}" for number in range(2, 9)}
    assert {key[:6] for key in keys_on(page)} == found and NOT_ALL not in page.text
    assert len(place.sandbox.requests()) <= 4
    assert "None is found." in person.get(f"{kanban}?search=PLAT-1").text
    assert "None is found." not in person.get(f"{kanban}?search=PLAT-2").text
    assert (
        "None is found." in person.get(f"{kanban}?search=PLAT-999").text and NOT_ALL not in person.page.text
    )


def test_a_query_that_jira_does_not_take_is_told(person, kanban, monkeypatch):
    configuration = Agile.configuration

    def with_another(self, board_id):
        found = configuration(self, board_id)
        return type(found)(**vars(found) | {"sub_query": "gone = 1"})

    monkeypatch.setattr(Agile, "configuration", with_another)
    page = person.get(kanban)
    assert len(keys_on(page)) == 8 and NOT_ALL in page.text
    page = person.get(f"{kanban}?search=PLAT-999")
    assert "None is found." in page.text


def test_the_boards_query_and_what_was_looked_for_hold_together():
    assert both(data.NOT_RELEASED, 'key = "A-1"') == f'({data.NOT_RELEASED}) AND key = "A-1"'
    assert both("a OR b", "") == "a OR b"
