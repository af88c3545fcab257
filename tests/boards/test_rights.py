"""A right that somebody lacks in the Jira project switches off exactly what needs it, before it is tried: by
Jira's name for it, with who can give it; for others on the same board nothing changes."""

import pytest

from portal.alm_accounts import accounts as rules
from portal.boards import rights
from portal.boards.boards import find_board
from portal.boards.features import Off, Why
from portal.boards.live_views import BoardChoice, LiveBoard
from portal.boards.paging import Listing
from portal.jira.answers import Code, JiraTrouble
from portal.jira.permissions import Permission
from portal.kinds import KINDS
from portal.kinds.features import BACKLOG, EDIT_SPRINTS, READ_WORK, RIGHTS
from portal.kinds.scopes import READ_PERMISSIONS
from tests.boards.conftest import PLATFORM
from tests.boards.test_cloud_features import off
from tests.boards.test_epic_changes import deeds
from tests.boards.test_six_permissions import (
    ADD,
    BOARD,
    DELETE,
    EDIT,
    EPIC,
    EPICS,
    LEAVE,
    MOVES,
    PARTS,
    SPRINT_WAYS,
    START,
    STORY,
    seen,
)
from tests.support import samples
from tests.support.accounts import registry_of
from tests.support.browsers import Window, axe, fits
from tests.support.variants import variants

pytestmark = pytest.mark.on_both("test_a_right_taken_from_one_person_switches_off_its_functions")

NEW, COMPLETE, STATUS, EPIC_OF = (
    "/sprints/new",
    "/sprints/12/complete",
    "/issues/SHOP-5/status",
    "/issues/SHOP-5/epic",
)
CHANGING, DELETING = "Changing sprints", "Deleting sprints"
TO_SPRINT, TO_BACKLOG = "Moving issues to sprints", "Moving issues to the backlog"
# The right: which parts go, and what each page tells to be off. All other pages tell of nothing.
SWITCHES_OFF = {
    "Manage sprints": (
        {"delete sprint", "start it", "delete it", *SPRINT_WAYS},
        {BOARD: [CHANGING, DELETING], START: [CHANGING], DELETE: [DELETING]},
    ),
    "Schedule issues": (MOVES, {BOARD: [TO_SPRINT, TO_BACKLOG]}),
    "Edit issues": (
        {
            "ways of epics",
            "issues out of an epic",
            "ways of an epic",
            "change epic",
            "edit epic",
            "add to an epic",
            "move out of an epic",
        },
        {page: ["Changing epics"] for page in (EPICS, EPIC, STORY, EDIT, ADD, LEAVE)},
    ),
    "Transition issues": (
        {"status"},
        {page: ["Changing the status of issues"] for page in (EPIC, STORY)},
    ),
}


def take(place, *names, user="ada"):
    """Take these rights of the project from one Jira user, or give all back."""
    place.sandbox.state(permissions_missing=[f"{RIGHTS[name]}:{user}" for name in names])


def asked(place):
    return [one for one in place.sandbox.requests() if one["path"].endswith("/mypermissions")]


@pytest.mark.parametrize("name", variants(SWITCHES_OFF))
def test_a_right_taken_from_one_person_switches_off_its_functions(place, person, sign_in, name):
    place.connect(place.tenant.second, "admin")
    take(place, name)
    gone, titles = SWITCHES_OFF[name]
    parts, told, pages = seen(person, place, samples.idea(place.tenant, place.board_id))
    assert parts == set(PARTS) - gone
    assert told == {page: {name: set() for name in names} for page, names in titles.items()}
    called = f"“{name.title()}”"  # as the practice Jira calls it
    for page, names in titles.items():
        text = pages[page].text
        assert text.count(f"You do not have the permission {called} in project SHOP.") == len(names), page
        assert "Ask an admin of project SHOP in Jira." in text and "Project settings → Permissions" in text
        assert "Who can mend it: an admin of that project in Jira." in text
        assert "Connect again to" not in text, page
    assert all(entry["status"] == 200 for entry in place.sandbox.requests())
    other = sign_in(place.tenant.second)
    for page in titles:
        assert not off(other.get(place.board + page)), page


# Forms that are opened by their address alone.
FORMS = {
    NEW: ("Manage sprints", "Make sprint"),
    "/sprints/12/edit": ("Manage sprints", "Save"),
    COMPLETE: ("Manage sprints", "Complete sprint"),
    EPIC_OF: ("Edit issues", "Save in Jira"),
    STATUS: ("Transition issues", "Change status"),
}


def test_a_form_that_is_opened_by_its_address_is_off_as_well(place, person):
    for page, (name, button) in FORMS.items():
        take(place)
        assert person.get(place.board + page).has(button) and off(person.page) == {}, page
        take(place, name)
        found = person.get(place.board + page)
        assert not found.has(button) and len(off(found)) == 1, page
        assert f"“{name.title()}” in project SHOP" in found.text and found.soup.select("details[open]"), page


def test_who_may_not_schedule_completes_a_sprint_into_the_backlog(place, person):
    take(place, "Schedule issues")
    page = person.get(place.board + COMPLETE)
    assert list(off(page)) == [TO_SPRINT] and not page.soup.select("[name=to]")
    assert "Its open issues go to the backlog." in page.text
    person.submit("Complete sprint")
    assert "What was open in it is in the backlog." in person.page.text


SENT = {
    "Manage sprints": (DELETE, {"was_name": "SHOP Sprint 8", "was_state": "future"}),
    "Schedule issues": ("/move", {"issue": "1:SHOP-5", "to": "backlog"}),
    "Edit issues": ("/epics/SHOP-2/add", {"keys": "SHOP-24"}),
}


def test_what_is_sent_all_the_same_jira_refuses_by_name(place, person):
    for name, (page, fields) in SENT.items():
        take(place, name)
        person.get(place.board)
        told = person.post(place.board + page, **fields)
        assert person.status == 409 and f"Ask your Jira admin for the permission “{name}”" in told.text
        place.sandbox.clear_requests()
        take(place)
    assert deeds(place) == []


def test_a_right_this_jira_does_not_know_claims_nothing(place, person):
    """Jira refuses the whole question then; and what is tried is judged by Jira all the same."""
    take(place, "Manage sprints", "Schedule issues")
    place.sandbox.state(permissions_unknown=["SCHEDULE_ISSUES"])
    page = person.get(place.board)
    assert [one["status"] for one in asked(place)] == [400]
    assert off(page) == {} and page.has("New sprint") and page.soup.select("#move-target")


def test_without_an_answer_every_page_is_there_and_claims_nothing(place, person, monkeypatch):
    def unanswered(*_):
        raise JiraTrouble(Code.DEADLINE)

    monkeypatch.setattr(rights, "my_permissions", unanswered)
    take(place, *SWITCHES_OFF)
    parts, told, _ = seen(person, place, samples.idea(place.tenant, place.board_id))
    assert parts == set(PARTS) - {"status"} and told == {}  # Jira itself offers no way to another status


def test_what_is_off_anyway_is_not_asked_for(shop, ada):
    wire = registry_of(shop.portal).outbound.wire
    rules.change(shop.tenant.work(shop.tenant.admin), wire, shop.account_id, {"read_only": True})
    take(shop, "Manage sprints")
    assert "set to read only" in ada.get(shop.board).text and asked(shop) == []
    kanban = shop.path(str(shop.add(PLATFORM, "Platform")))
    ada.get(kanban)
    assert asked(shop) == []


def test_without_the_scope_for_it_nothing_is_asked_and_nothing_claimed(cloud_shop, sign_in):
    """Either scope opens the question; neither is wanted for it alone."""
    for without, is_asked in (([READ_PERMISSIONS], True), ([READ_PERMISSIONS, READ_WORK], False)):
        cloud_shop.connect(cloud_shop.tenant.member, "ada", without=without)
        take(cloud_shop, "Manage sprints")
        page = sign_in(cloud_shop.tenant.member).get(cloud_shop.board)
        assert bool(asked(cloud_shop)) == is_asked
        assert page.has("New sprint") == (not is_asked)
        assert set(off(page)) == ({CHANGING, DELETING} if is_asked else set())
        take(cloud_shop)


@pytest.fixture
def questions(monkeypatch):
    """What was asked of Jira: rights and project; it has every right but that to manage sprints."""
    found = []

    def answer(_, keys, project):
        found.append((tuple(keys), project))
        return [Permission(key, "", key != RIGHTS["Manage sprints"]) for key in keys]

    monkeypatch.setattr(rights, "my_permissions", answer)
    return found


BOTH = (RIGHTS["Manage sprints"], RIGHTS["Schedule issues"])


def test_one_question_is_asked_for_the_project_of_the_board(place, person, questions):
    """A right without a name goes by ours."""
    page = person.get(place.board)
    assert questions == [(BOTH, "SHOP")]
    assert "“Manage sprints” in project SHOP" in page.text and len(off(page)) == 2


def test_over_several_projects_a_right_counts_that_is_held_in_any(place, person, questions, monkeypatch):
    """Server is asked for all projects at once. Cloud tells a project of the board: what lacks there is not
    told of issues of another."""
    monkeypatch.setattr(rights, "_shown", lambda lists: {"SHOP", "PLAT"})
    page = person.get(place.board)
    board = find_board(place.tenant.work(place.tenant.admin), place.board_id)
    is_server = not KINDS[board.kind].is_cloud
    assert questions == [(BOTH, "" if is_server else "SHOP")]
    assert ("“Manage sprints” in any project" in page.text) == is_server
    assert page.has("New sprint") != is_server


def test_a_board_that_shows_no_issue_keeps_to_its_calls(shop, ada):
    """Server tells no project of a board but by its issues, and a call for it would be one too many."""
    ada.get(f"{shop.board}?search=nothing-of-the-kind")
    assert asked(shop) == [] and len(shop.sandbox.requests()) == 4


def test_a_sprint_that_takes_a_call_of_its_own_leaves_none_for_rights(place, person, monkeypatch):
    """One that is not among the first sprints of the board, or is gone; of one that is over nothing else is
    read."""
    monkeypatch.setattr("portal.jira.agile.PAGE", 1)
    for sprint, rights_asked in (("13", 0), ("9999", 0), ("11", 1)):
        place.sandbox.clear_requests()
        person.get(f"{place.board}?sprint={sprint}")
        assert person.status == 200 and len(asked(place)) == rights_asked, sprint
        assert len(place.sandbox.requests()) == 5, sprint


def test_a_board_is_called_empty_whatever_one_may_not_change():
    for feature, is_empty in ((EDIT_SPRINTS, True), (BACKLOG, False)):
        board = LiveBoard(
            asked=BoardChoice(),
            has_sprints=True,
            sprints=(),
            more_sprints=False,
            lane=None,
            backlog=Listing((), 0, False),
            epics=None,
            targets=(),
            can_change_sprints=False,
            can_delete_sprint=False,
            off=(Off(feature, (), Why.NO_RIGHT),),
        )
        assert board.is_empty == is_empty, feature.name


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("side", ["shop", "cloud_shop"])
def test_two_people_with_different_rights_see_it_in_the_browser(request, browser, portal, database, side):
    place = request.getfixturevalue(side)
    place.connect(place.tenant.member, "ada")
    place.connect(place.tenant.second, "linus")
    take(place, "Manage sprints", "Edit issues", "Schedule issues")
    windows = [Window(browser, portal.base_url, width) for width in ("phone", "desktop")]
    mine, other = (
        window.sign_in(someone)
        for window, someone in zip(windows, (place.tenant.member, place.tenant.second), strict=True)
    )
    for page in (mine, other):
        page.goto(place.board)
        fits(page)
    said = "Off for you in Jira: changing sprints, moving issues to sprints, moving issues to the backlog"
    assert mine.get_by_text(said).is_visible() and not mine.get_by_role("link", name="New sprint").count()
    mine.get_by_text(said).press("Enter")
    assert mine.get_by_text("Ask an admin of project SHOP in Jira.").is_visible()
    fits(mine)
    axe(mine)
    assert not mine.locator("#move-target, input[name=issue]").count()
    assert not other.get_by_text("Off for you in Jira").count()
    other.get_by_role("link", name="New sprint").click()
    other.get_by_label("Name", exact=True).fill("Calm weeks")
    other.get_by_role("button", name="Make sprint").click()
    other.get_by_text("Sprint Calm weeks made.").wait_for()
    mine.goto(f"{place.board}/sprints/new")
    assert mine.get_by_text("“Manage Sprints” in project SHOP").is_visible()
    assert not mine.get_by_role("button", name="Make sprint").count()
    fits(mine)
    assert deeds(place) == [("linus", "sprint.created", "Calm weeks")]
    for window in windows:
        window.close()
