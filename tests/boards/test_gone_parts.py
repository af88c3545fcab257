"""One sprint, issue or epic that is gone is not the board: it is named, and the board is one click away."""

import pytest

from tests.boards.test_sprints import ACTIVE, NEXT, another, at, sprint, told
from tests.support.variants import variants

pytestmark = pytest.mark.on_both()
GONE = "is gone, or not for you to see"
PATHS = [
    ("sprints/999/edit", "This sprint"),
    ("sprints/999/start", "This sprint"),
    ("sprints/999/complete", "This sprint"),
    ("sprints/999/delete", "This sprint"),
    ("issues/SHOP-999", "This issue"),
    ("issues/SHOP-999/status", "This issue"),
    ("epics/SHOP-999/edit", "This epic"),
]


def test_what_is_gone_is_named_and_the_board_stays(place, sign_in):
    """An admin, who is not told to remove the board for it."""
    place.connect(place.tenant.admin, "ada")
    admin = sign_in(place.tenant.admin)
    for path, what in PATHS:
        page = admin.get(f"{place.board}/{path}")
        assert f"{what} {GONE}" in page.text, path
        assert page.link("Back to the board") == place.board, path
        assert not page.has("remove it here too"), path
    place.sandbox.state(board_gone=True)
    page = admin.get(place.board)
    assert "Gone, or not for you to see" in page.text and page.has("remove it here too")


def test_a_board_asked_for_with_a_sprint_that_is_gone_shows_the_active_one(place, person):
    page = person.get(f"{place.board}?sprint=999&search=pay")
    assert f"This sprint {GONE}" in page.text and "You see the active sprint instead." in page.text
    assert "SHOP Sprint 7" in [node.get_text() for node in page.soup.select("section > h2")]
    assert not page.soup.select("input[name=sprint]") and page.value("#board-search") == "pay"
    assert f"This sprint {GONE}" not in person.get(f"{place.board}?sprint={NEXT}").text


def test_without_an_active_sprint_those_planned_are_named(shop, ada):
    another(shop, "POST", ACTIVE, state="closed")
    page = ada.get(f"{shop.board}?sprint=999")
    assert "You see the backlog instead: no sprint is active." in page.text
    assert "Nobody has started a sprint in Jira. Planned: SHOP Sprint 8 (planned)" in page.text
    another(shop, "DELETE", NEXT)
    assert "None is planned either." in ada.get(shop.board).text


@pytest.mark.parametrize(("way", "button"), variants([("edit", "Save"), ("start", "Start sprint")]))
def test_a_form_about_what_went_meanwhile_names_it(shop, ada, way, button):
    ada.get(at(shop, way))
    another(shop, "DELETE", NEXT)
    ada.submit(button, **({"name": "Mine"} if way == "edit" else {}))
    assert ada.status == 409 and f"This sprint {GONE}" in ada.page.text


def test_who_deletes_what_is_deleted_is_told_and_led_to_the_board(place, person):
    """The second of two clicks."""
    person.get(at(place, "delete"))
    form = person.page
    person.submit("Delete SHOP Sprint 8")
    sent = {node["name"]: node.get("value", "") for node in form.soup.select("main input[type=hidden]")}
    sent.pop("csrf_token", None)
    person.post(at(place, "delete"), **sent)
    page = person.page
    assert person.path == place.board and "Sprint SHOP Sprint 8 is deleted already" in page.text
    assert sprint(place) is None
    assert told(place) == [("board.sprint_deleted", {"sprint": NEXT})]
