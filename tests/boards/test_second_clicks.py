"""What is sent once is done once, and pages with many or long sprints keep their shape."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import expect

from portal.boards import typed
from portal.boards.sent_once import SentAlready, sent_once
from portal.store.tables import KeptForm
from tests.boards.test_epic_changes import by_library
from tests.boards.test_sprints import NEXT, another, at, held
from tests.support.browsers import Window, fits

pytestmark = pytest.mark.on_both("test_a_form_that_is_sent_twice_at_once_makes_one_sprint")


def names(shop):
    return [one["name"] for one in held(shop)["sprints"].values()]


def test_a_sprint_of_a_name_that_the_board_has_is_not_made(place, person):
    before = names(place)
    for name in ("SHOP Sprint 7", "  SHOP  Sprint 8"):
        person.get(f"{place.board}/sprints/new")
        person.submit("Make sprint", name=name, goal="Mine")
        assert person.status == 422, name
        assert "The board has a sprint of this name." in person.page.text, name
        assert person.page.find("textarea[name=goal]").get_text().strip() == "Mine"
    assert names(place) == before
    person.submit("Make sprint", name="SHOP Sprint 6")  # one that is over
    assert names(place).count("SHOP Sprint 6") == 2


def typed_into(page):
    """What the form of the page sends."""
    return {one["name"]: one.get("value", "") for one in page.soup.select("main form input[name]")}


def test_a_form_that_is_sent_twice_at_once_makes_one_sprint(place, person, sign_in):
    """A double click without scripts."""
    form = typed_into(person.get(f"{place.board}/sprints/new")) | {"name": "Once"}
    other = sign_in(place.tenant.member)
    other.get(f"{place.board}/sprints/new")
    form.pop("csrf_token")
    place.sandbox.state(slow_seconds=0.2)
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(lambda one: one.post(f"{place.board}/sprints/new", **form), (person, other)))
    place.sandbox.state(slow_seconds=0)
    assert names(place).count("Once") == 1
    assert sum("Sprint Once made." in page.text for page in pages) == 1
    assert sum(("You sent this" in page.text or "you sent a moment ago" in page.text) for page in pages) == 1
    page = person.post(f"{place.board}/sprints/new", **form)  # once more, when it is there
    assert "Jira made one sprint of it: this one." in page.text and names(place).count("Once") == 1
    assert page.soup.select_one("nav.sprints [aria-current]").get_text() == "Once (planned)"


def test_a_form_that_was_kept_makes_another_sprint_each_time_it_is_opened(shop, ada):
    kept = {"name": ["A"], "form_id": [str(uuid4())]}
    form_id = typed.keep(shop.tenant.work(shop.tenant.member), f"{shop.board}/sprints/new", kept)
    for name in ("A", "B"):
        assert ada.get(f"{shop.board}/sprints/new?typed={form_id}").value("input[name=name]") == "A"
        assert f"Sprint {name} made." in ada.submit("Make sprint", name=name).text
    assert {"A", "B"} <= set(names(shop))


def test_a_form_whose_first_sending_is_not_answered_waits_for_it(shop, ada):
    page = ada.get(f"{shop.board}/sprints/new")
    form_id, work = UUID(page.value("input[name=form_id]")), shop.tenant.work(shop.tenant.member)
    with pytest.raises(RuntimeError), sent_once(work, form_id, 60):
        page = ada.submit("Make sprint", name="Once", goal="Mine")
        assert ada.status == 422 and "Jira has not answered yet" in page.text
        assert page.value("input[name=name]") == "Once" and "Once" not in names(shop)
        with work.write() as session:  # as a process leaves it that died long ago
            session.get_one(KeptForm, (shop.tenant.id, form_id)).kept_at -= timedelta(minutes=5)
        with sent_once(work, form_id, 60):
            pass
        raise RuntimeError
    ada.submit("Make sprint")  # what failed can be sent again
    assert names(shop).count("Once") == 1


def test_what_was_made_of_a_form_is_told_to_who_sent_it_only(tenant):
    form_id, work = uuid4(), tenant.work(tenant.member)
    with sent_once(work, form_id, 60) as note_made:
        note_made(17)
    for one, made in ((work, 17), (tenant.work(tenant.second), None)):
        with pytest.raises(SentAlready) as told, sent_once(one, form_id, 60):
            pass
        assert told.value.made == made


def test_many_planned_sprints_are_put_away(shop, ada):
    grace = by_library(shop)
    made = [grace.create_sprint(f"Later {number}", 1).id for number in range(20)]
    page = ada.get(f"{shop.board}?sprint={made[-1]}")
    near = [node.get_text() for node in page.soup.select("nav.sprints > ul a")]
    far = [node.get_text() for node in page.soup.select("nav.sprints details a")]
    assert near[0] == "SHOP Sprint 7" and "Later 19 (planned)" in near and len(near) <= 8
    assert page.soup.select_one("nav.sprints summary").get_text() == f"{len(far)} more planned sprints"
    assert sorted(near[:-1] + far) == sorted(
        ["SHOP Sprint 7", "SHOP Sprint 8 (planned)", *(f"Later {number} (planned)" for number in range(20))]
    )


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_form_that_changes_jira_is_sent_once(database, shop, browser):
    shop.connect(shop.tenant.member, "ada")
    window = Window(browser, shop.portal.base_url)
    page, posts = window.sign_in(shop.tenant.member), []

    def answer_nothing(route):
        """As one waits for a slow Jira: the page stays."""
        if route.request.method == "GET":
            return route.continue_()
        posts.append(route.request.post_data)
        return route.fulfill(status=204)

    page.goto(f"{shop.board}/sprints/new")
    page.route("**/sprints/new", answer_nothing)
    name, button = page.get_by_label("Name", exact=True), page.get_by_role("button", name="Make sprint")
    name.fill("Once")
    button.click()
    expect(button).to_be_disabled()
    name.press("Enter")
    button.click(force=True)
    page.goto(shop.board)
    assert len(posts) == 1 and "name=Once" in posts[0]
    page.go_back()
    expect(button).to_be_enabled()
    window.close()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_name_as_long_as_jira_takes_fits_a_phone(database, shop, browser):
    another(shop, "POST", NEXT, name="X" * 30)
    shop.connect(shop.tenant.member, "ada")
    window = Window(browser, shop.portal.base_url, "phone")
    page = window.sign_in(shop.tenant.member)
    for way in ("delete", "edit", "start"):
        page.goto(at(shop, way))
        fits(page)
    page.goto(f"{shop.board}?sprint={NEXT}")
    fits(page)
    window.close()
