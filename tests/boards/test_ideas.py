"""Ideas of a board are the portal's own: anybody of the tenant reads and writes them without any Jira."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.boards import ideas
from portal.boards.boards import find_board
from portal.boards.idea_views import find_idea
from portal.errors import FieldErrors, NotAllowed
from tests.boards.conftest import SHOP, Shop
from tests.support import samples

pytestmark = pytest.mark.on_both(
    "test_an_idea_is_written_changed_and_deleted",
    "test_the_same_form_sent_twice_makes_one_idea",
    "test_what_is_written_anew_after_a_step_back_is_added_once",
)


@pytest.fixture
def member(shop: Shop, sign_in):
    """The tenant's member, without a connection to Jira."""
    return sign_in(shop.tenant.member)


BLANKS = ("\u200b", "\u200d", "\u2800", "\u3164", "\u00ad", "\ufeff", "\ufe0f", "\u2800\u3164 \ufe0f")


@pytest.mark.parametrize("title", BLANKS, ids=ascii)
def test_a_title_that_nobody_sees_is_refused(title):
    with pytest.raises(FieldErrors) as refused:
        ideas._cleaned(title, "")
    assert list(refused.value.errors) == ["title"]


def written(shop, person):
    """The titles of the board's ideas, the newest first."""
    rows = person.get(f"{shop.board}/ideas").soup.select("tbody tr")
    return [row.a.get_text(strip=True) for row in rows]


def new_form(shop, person):
    """The path of the form in which an idea is written, and the id it has this time."""
    path = f"{shop.board}/ideas/new"
    return path, person.get(path).value("input[name=form_id]")


def send_twice_at_once(shop, member, sign_in, words):
    """By a double click, without scripts; the addresses where the two came out."""
    path = f"{shop.board}/ideas/new"
    other = sign_in(shop.tenant.member)
    other.get(path)
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(lambda one: one.post(path, **words), (member, other)))
    assert [page.h1 for page in pages] == [words["title"]] * 2
    return {member.path, other.path}


def test_the_same_form_sent_twice_makes_one_idea(shop, member, sign_in):
    """By a double click, or a page loaded again."""
    path, form_id = new_form(shop, member)
    words = {"form_id": form_id, "title": "Gift wrapping", "description": "For presents."}
    (shown,) = send_twice_at_once(shop, member, sign_in, words)
    member.post(path, **words)
    assert member.path == shown and form_id not in shown
    assert written(shop, member) == ["Gift wrapping"]
    assert new_form(shop, member)[1] != form_id


def test_what_is_written_anew_after_a_step_back_is_added_once(shop, member, sign_in):
    """The form has its id still: other words are another idea, and they too are sent by a double click."""
    path, form_id = new_form(shop, member)
    words = {"form_id": form_id, "title": "Gift wrapping", "description": "For presents."}
    member.post(path, **words)
    first = member.path
    (second,) = send_twice_at_once(shop, member, sign_in, words | {"title": "Gift cards"})
    assert second != first
    assert sorted(written(shop, member)) == ["Gift cards", "Gift wrapping"]
    member.post(path, **words)
    assert member.path == first, "the words of before are the idea of before"


def test_the_form_of_a_deleted_idea_adds_another_one(shop, member):
    """Under an id of its own: that of the deleted one stands in issues of Jira and in the record."""
    path, form_id = new_form(shop, member)
    words = {"form_id": form_id, "title": "Gift wrapping", "description": "For presents."}
    member.post(path, **words)
    first = member.path
    member.get(f"{first}/delete")
    member.submit("Delete idea")
    shown = [(member.post(path, **words).h1, member.path) for _ in range(2)]
    assert shown[0] == shown[1] and shown[0][0] == "Gift wrapping" and member.path != first
    assert written(shop, member) == ["Gift wrapping"]


def test_the_form_of_another_board_or_person_is_another_one(shop, member, sign_in):
    path, form_id = new_form(shop, member)
    words = {"form_id": form_id, "title": "Gift wrapping", "description": "For presents."}
    member.post(path, **words)
    first = member.path
    second = sign_in(shop.tenant.second)
    second.get(path)
    assert second.post(path, **words).h1 == "Gift wrapping" and second.path != first
    elsewhere = shop.path(str(shop.add(SHOP, "The same once more")))
    member.get(f"{elsewhere}/ideas/new")
    assert member.post(f"{elsewhere}/ideas/new", **words).h1 == "Gift wrapping"
    assert member.path.startswith(elsewhere)
    assert written(shop, member) == ["Gift wrapping"] * 2


def test_by_the_id_of_somebody_elses_idea_one_writes_an_idea_of_ones_own(shop, member, sign_in):
    theirs = samples.idea(shop.tenant, shop.board_id)
    second = sign_in(shop.tenant.second)
    second.get(f"{shop.board}/ideas/new")
    words = {"title": "Gift wrapping", "description": "For those who send presents."}
    page = second.post(f"{shop.board}/ideas/new", form_id=str(theirs), **words)
    assert page.h1 == "Gift wrapping" and str(theirs) not in second.path
    assert written(shop, member) == ["Gift wrapping"] * 2


def test_of_two_who_edit_at_once_the_second_is_told(shop, member, sign_in):
    path = f"{shop.board}/ideas/{samples.idea(shop.tenant, shop.board_id)}"
    member.get(f"{path}/edit")
    admin = sign_in(shop.tenant.admin)
    admin.get(f"{path}/edit")
    admin.submit("Save", title="By the admin", description="That of the admin")
    page = member.submit("Save", title="By the member")
    assert (
        member.status == 409 and "That of the admin" in page.text and page.value("#title") == "By the member"
    )
    assert admin.get(path).h1 == "By the admin"
    assert member.submit("Save").h1 == "By the member"


def test_what_was_typed_into_an_idea_that_is_deleted_meanwhile_is_not_lost(shop, member, sign_in):
    path = f"{shop.board}/ideas/{samples.idea(shop.tenant, shop.board_id)}"
    member.get(f"{path}/edit")
    admin = sign_in(shop.tenant.admin)
    admin.get(f"{path}/delete")
    admin.submit("Delete idea")
    page = member.submit("Save", title="Mine")
    assert member.status == 404 and "The idea you changed is gone" in page.text
    assert member.submit("Add idea").h1 == "Mine"


def test_the_rules_let_writers_and_admins_change_an_idea_and_nobody_else(shop):
    idea_id, work = samples.idea(shop.tenant, shop.board_id), shop.tenant.work(shop.tenant.second)
    board = find_board(work, shop.board_id)
    seen = find_idea(work, board, idea_id, is_admin=False).version
    with pytest.raises(NotAllowed):
        ideas.change_idea(work, board, idea_id, "Mine", "", seen, is_admin=False)
    with pytest.raises(NotAllowed):
        ideas.remove_idea(work, board, idea_id, is_admin=False)
    ideas.change_idea(work, board, idea_id, "Mine", "", seen, is_admin=True)
    ideas.remove_idea(work, board, idea_id, is_admin=True)


def test_a_description_that_is_too_long_comes_back_as_it_was_typed(shop, member):
    member.get(f"{shop.board}/ideas/new")
    typed = "one\ttwo \u05e9\u05dc\u200f! " + "x" * 10_001
    page = member.submit("Add idea", title="A table", description=typed)
    shown = page.value("#description").removeprefix("\r\n")  # which a browser leaves out
    assert (member.status, shown) == (422, typed)


def test_an_idea_is_written_changed_and_deleted(shop, member):
    page = member.get(f"{shop.board}/ideas")
    assert "No idea yet" in page.text
    member.click("Add idea", "main")
    page = member.submit("Add idea", title="", description="x" * 10_001)
    assert member.status == 422
    assert page.errors() == ["Enter a title.", "Enter at most 10,000 characters."]
    page = member.submit("Add idea", title=" Gift   wrapping ", description="For presents.\n\nWith a ribbon.")
    assert page.h1 == "Gift wrapping" and "With a ribbon." in page.text
    member.click("Edit")
    page = member.submit("Save", title="Gift wrapping, too")
    assert page.h1 == "Gift wrapping, too" and "Changed" in page.text
    page = member.get(f"{shop.board}/ideas")
    assert shop.tenant.member.name in page.text and "Not pushed" in page.text
    member.click("Gift wrapping, too")
    member.click("Delete")
    assert "No idea yet" in member.submit("Delete idea").text
    assert shop.sandbox.requests() == []
