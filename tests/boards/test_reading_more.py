"""What a board tells beside its first sprint: other sprints, a search, epics and related issues; on both
sides of the practice Jira and with few calls."""

import re
from secrets import token_hex

import pytest

from portal.jira import agile, search
from portal.kinds.features import READ_WORK
from tests.boards.conftest import PLATFORM
from tests.boards.test_cloud_features import off
from tests.boards.test_live_board import cards
from tests.support.sandbox import CloudBrowser
from tests.support.variants import variants

pytestmark = pytest.mark.on_both(
    "test_each_person_sees_what_jira_shows_them_and_others_nothing",
    "test_who_connects_comes_back_to_what_was_chosen",
)


def keys(page, within="main"):
    return [found for text in cards(page, within) if (found := re.search(r"[A-Z]+-\d+", text)[0])]


def test_sprints_are_switched_and_told_in_issues_and_points(place, person):
    page = person.get(place.board)
    assert "12 issues, 4 done; 43 points, 19 done" in page.text
    sums = [node.get_text() for node in page.soup.select(".column-points")]
    assert sums == ["10 points", "4 points", "10 points", "19 points"]
    page = person.click("SHOP Sprint 8 (planned)")
    assert keys(page, ".board") == ["SHOP-16", "SHOP-17", "SHOP-18", "SHOP-19", "SHOP-20"]
    assert "Backlog" in page.text
    person.click("Closed sprints")
    page = person.click("SHOP Sprint 6")
    assert keys(page) == ["SHOP-21", "SHOP-22", "SHOP-23"]
    assert "Sort by rating" not in page.text  # the backlog is nothing of a sprint that is over
    page = person.get(f"{place.board}?sprint=987654")
    assert "This sprint is gone, or not for you to see" in page.text and "SHOP-5" in keys(page)


FOUND = {
    "transf bank": ["SHOP-5"],
    "shop-25": ["SHOP-25"],
    "SHOP-9999": [],
    "zzz": [],
    '" OR key != "SHOP-1': [],
    'x") OR project = PLAT OR (text ~ "e': [],
    "script AND alert": [],  # as words, of which there is no “and”
    "script alert*": ["SHOP-8"],
}


def test_a_search_finds_by_word_and_key_and_is_nothing_but_a_search(shop, ada):
    ada.get(shop.board)
    for typed, found in FOUND.items():
        page = ada.submit("Search", search=typed)
        assert ada.status == 200 and keys(page) == found, typed
        assert page.soup.select_one("#board-search")["value"] == typed


def test_a_search_on_cloud_finds_the_same(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "ada")
    member = sign_in(cloud_shop.tenant.member)
    for typed, found in (("transf bank", ["SHOP-5"]), ("shop-25", ["SHOP-25"]), ("SHOP-9999", [])):
        assert keys(member.get(f"{cloud_shop.board}?search={typed}")) == found
    page = member.get(f"{cloud_shop.board}?search=***")
    assert "There is no letter or digit in the search" in page.text and len(keys(page)) > 12


def test_pages_are_read_with_few_calls(place, person, monkeypatch):
    for module in (agile, search):
        monkeypatch.setattr(module, "ISSUE_PAGE", 5)
    place.sandbox.state(slow_seconds=0.1)  # so that calls made side by side meet
    place.sandbox.clear_requests()
    page = person.get(place.board)
    issues = len(keys(page))
    assert issues == 30 and len(set(keys(page))) == issues
    assert len(place.sandbox.requests()) <= 4 + -(-issues // 5)
    assert 1 < place.sandbox.state()["counters"]["most_at_once"] <= 4


def test_epics_tell_how_far_they_are_and_lead_to_their_issues(place, person):
    page = person.get(f"{place.board}/epics")
    rows = {row.th.get_text(): " ".join(row.get_text(" ").split()) for row in page.soup.select("tbody tr")}
    assert len(rows) == 3
    name = next(name for name in rows if name.startswith("Checkout"))
    assert "3 of 14 issues done" in rows[name]
    assert "19 of" in rows[name]
    page = person.click(name)
    assert "3 of 14 issues done" in page.text
    assert "SHOP-5" in keys(page)
    page = person.click("Pay by bank transfer")
    assert "SHOP-5 blocks" in page.text and "SHOP-5 is blocked by" in page.text
    assert keys(page) == ["SHOP-8", "SHOP-7"] or keys(page) == ["SHOP-7", "SHOP-8"]
    assert "<script>alert(1)" not in person.response.text
    assert person.get(f"{place.board}/issues/SHOP-9999").has("Back to the board")
    person.get(f"{place.board}/issues/nothing")
    assert person.status == 404


def test_epics_of_a_team_managed_project_are_found_by_their_issues(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "ada")
    cloud_shop.sandbox.state(team_managed=True)
    member = sign_in(cloud_shop.tenant.member)
    page = member.get(f"{cloud_shop.board}/epics")
    assert "3 of 14 issues done" in page.text
    assert len(page.soup.select("tbody tr")) == 3
    assert "Epic: Checkout" in " ".join(cards(member.get(cloud_shop.board)))


@pytest.mark.parametrize("scope", variants(["read:epic:jira-software", "read:issue-meta:jira"]))
def test_epics_without_a_permission(cloud_shop, sign_in, scope):
    is_epic = "epic" in scope
    without = [scope] if is_epic else [scope, READ_WORK]  # the classic one would stand in
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=without)
    member = sign_in(cloud_shop.tenant.member)
    page = member.get(f"{cloud_shop.board}/epics")
    assert set(off(page)) == ({"Epics"} if is_epic else {"Issues of epics"})
    assert bool(page.soup.select("tbody tr")) != is_epic
    page = member.get(f"{cloud_shop.board}/issues/SHOP-1")
    assert set(off(page)) == ({"Issues of epics"} if is_epic else {"Issues"})
    assert page.has(f"Connect again to {cloud_shop.office.account.name}")


def test_each_person_sees_what_jira_shows_them_and_others_nothing(shop, ada, sign_in):
    platform = shop.path(str(shop.add(PLATFORM, "Platform")))
    shop.connect(shop.tenant.second, "linus")
    linus = sign_in(shop.tenant.second)
    assert "Renew the certificates" in ada.get(f"{platform}/issues/PLAT-1").text
    page = linus.get(f"{platform}/issues/PLAT-1")
    assert "This issue is gone, or not for you to see" in page.text and "Renew" not in page.text
    shop.sandbox.clear_requests()
    for rest in ("/epics", "/closed-sprints", "/issues/SHOP-5", "?sprint=13&search=gift"):
        page = sign_in(shop.tenant.admin).get(shop.board + rest)
        assert page.has("Connect to Jira") and "gift card" not in page.text
        stranger = sign_in(shop.tenant.stranger)
        stranger.get(shop.board + rest)
        assert stranger.status == 404
    assert shop.sandbox.requests() == []


def test_who_connects_comes_back_to_what_was_chosen(cloud_shop, sign_in):
    member = sign_in(cloud_shop.tenant.member)
    member.get(f"{cloud_shop.board}?sprint=13&search=gift")
    member.submit(f"Connect to {cloud_shop.office.account.name}")
    link = member.page.soup.select_one('main a[href^="http"]')["href"]
    page = member.get(CloudBrowser(cloud_shop.sandbox, "grace").accept(link))
    assert keys(page, ".board") == ["SHOP-16", "SHOP-17", "SHOP-18", "SHOP-19"]
    assert page.soup.select_one("#board-search")["value"] == "gift"
    member.get(f"{cloud_shop.board}?search={token_hex(1500)}")
    assert 0 < len(member.response.headers["Set-Cookie"]) < 1500  # of 4 kB, a browser would drop it


def test_trouble_with_an_epic_page_is_told_and_tried_again_there(shop, ada, sandbox):
    sandbox.state(rate_limited=30)
    page = ada.get(f"{shop.board}/epics")
    assert "Wait 30 seconds, then try again." in page.text
    sandbox.state(rate_limited=0)
    assert ada.click("Try again").h1.startswith("Epics")
