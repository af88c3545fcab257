"""A board and an epic may hold issues of several projects: a right that somebody lacks in one of them may be
held where the others are."""

from dataclasses import replace

from portal.boards import rights
from portal.boards.cards import CardFields, card_of
from portal.boards.live_views import Lane
from portal.boards.paging import Listing
from portal.jira.agile import Agile, Sprint
from tests.boards.test_cards import issue
from tests.boards.test_cloud_features import off
from tests.boards.test_rights import take
from tests.boards.test_six_permissions import ADD, EPIC, LEAVE


def listed(*keys):
    cards = [card_of(issue(key), CardFields((), ""), "https://jira.example.org") for key in keys]
    return Listing(tuple(cards), len(cards), False)


def test_the_projects_of_a_board_are_those_of_its_sprint_its_lane_and_its_backlog():
    sprint = Sprint(12, "Calm weeks", "active", "", None, None)
    for shown in (sprint, None):  # a sprint, or all of a board that has none
        lane = Lane(shown, None, (), listed("SHOP-1", ".."))
        assert rights._shown((lane, None)) == {"SHOP"}
        assert rights._shown((lane, listed("PLAT-1"))) == {"SHOP", "PLAT"}
    assert rights._shown((None, listed("SHOP-2", "PLAT-1"))) == {"SHOP", "PLAT"}
    assert rights._shown((Lane(None, None, (), None), None)) == set()


def test_of_issues_of_other_projects_in_an_epic_nothing_is_claimed(shop, ada, monkeypatch):
    """The right to change an issue is that of its own project. So it is with those found for an epic."""
    take(shop, "Edit issues")
    pages = (EPIC, LEAVE, f"{ADD}?search=till")
    for page in pages:
        assert list(off(ada.get(shop.board + page))) == ["Changing epics"], page
    for name in ("epic_issues", "board_issues"):
        monkeypatch.setattr(Agile, name, with_another(getattr(Agile, name)))
    for page in pages:
        assert off(ada.get(shop.board + page)) == {} and ada.page.soup.select("[name=issue]"), page


def with_another(read):
    """The same issues and one of another project."""

    def wrapped(*args):
        page = read(*args)
        return replace(page, entries=[*page.entries, issue("PLAT-1")])

    return wrapped
