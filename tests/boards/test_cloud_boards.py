"""Boards on Jira Cloud: each person's own identity, through the gateway, to the one site of the account."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import update

from portal.jira import search
from portal.store.tables import OauthApp
from tests.boards.conftest import PLATFORM
from tests.boards.test_live_board import cards
from tests.support.sandbox import CloudBrowser
from tests.support.variants import variants

pytestmark = pytest.mark.on_both(
    "test_a_scrum_board_shows_columns_sprint_and_backlog",
    "test_people_with_other_rights_see_other_boards",
    "test_each_person_is_themselves_and_nobody_else",
    "test_a_consent_for_another_site_says_which_site_it_lacks",
    "test_points_that_are_used_say_how_long_to_wait",
)

BOARD = "/rest/agile/1.0/board/1"
SEARCH = "/rest/api/3/search/jql"
RIGHTS = "/rest/api/3/mypermissions"


@pytest.fixture
def member(cloud_shop, sign_in):
    """The tenant's member, connected as Ada."""
    cloud_shop.connect(cloud_shop.tenant.member, "ada")
    return sign_in(cloud_shop.tenant.member)


def test_a_scrum_board_shows_columns_sprint_and_backlog(cloud_shop, member):
    page = member.get(cloud_shop.board)
    names = [" ".join(h.get_text(" ").split()) for h in page.soup.select(".board-column h3")]
    assert names == ["To Do 4 issues", "In Progress 2 issues", "In Review 2 issues", "Done 4 issues"]
    assert "SHOP Sprint 7" in [h.get_text() for h in page.soup.select("section > h2")]
    assert "Sort by rating" in page.text.partition("Backlog")[2]
    assert "are off" not in page.text
    asked = cloud_shop.gateway()
    assert asked[:2] == [f"{BOARD}/configuration", f"{BOARD}/sprint"]
    assert sorted(asked[2:]) == sorted([SEARCH, f"{BOARD}/backlog", RIGHTS])  # side by side


def test_a_card_names_its_epic_and_leads_to_the_site(cloud_shop, member):
    page = member.get(cloud_shop.board)
    card = next(text for text in cards(page) if "SHOP-5 " in text)
    for part in ("Story", "In Review", "Epic: Checkout without surprises", "Estimate: 8", "Grace Okafor"):
        assert part in card
    site = cloud_shop.sandbox.sites["acme"]
    assert page.soup.select_one(f'a[href="{site}/browse/SHOP-5"]')
    assert page.link("SHOP board (opens a new tab)") == f"{site}/secure/RapidBoard.jspa?rapidView=1"
    assert "/ex/jira/" not in member.response.text


def test_hostile_summaries_are_text(cloud_shop, member):
    page = member.get(cloud_shop.board)
    assert "<script>alert(1)</script>" in page.text
    assert "<script>alert(1)" not in member.response.text
    assert "\u202e" not in member.response.text


def test_a_kanban_board_shows_its_issues(cloud_shop, member):
    page = member.get(cloud_shop.path(str(cloud_shop.add(PLATFORM, "Platform"))))
    assert len(cards(page)) == 8
    names = [node.get_text(" ").split()[0] for node in page.soup.select(".board-column h3")]
    assert names == ["To", "In", "In", "Done"]


def test_a_long_sprint_is_read_page_by_page(cloud_shop, member, monkeypatch):
    monkeypatch.setattr(search, "ISSUE_PAGE", 5)
    page = member.get(cloud_shop.board)
    assert len(page.soup.select(".board-column .issue")) == 12
    assert cloud_shop.gateway().count(SEARCH) == 3


def test_people_with_other_rights_see_other_boards(cloud_shop, member, sign_in):
    path = cloud_shop.path(str(cloud_shop.add(PLATFORM, "Platform")))
    cloud_shop.connect(cloud_shop.tenant.second, "linus")
    assert "Renew the certificates" in member.get(path).text
    page = sign_in(cloud_shop.tenant.second).get(path)
    assert "Gone, or not for you to see" in page.text
    assert "Renew the certificates" not in page.text


def test_each_person_is_themselves_and_nobody_else(cloud_shop, member, sign_in):
    """The account's and Ada's grants stand ready, and are not used for others (B7)."""
    for someone in (cloud_shop.tenant.second, cloud_shop.tenant.admin, cloud_shop.tenant.stranger):
        page = sign_in(someone).get(cloud_shop.board)
        assert "Pay by bank transfer" not in page.text
    assert cloud_shop.gateway() == []
    member.get(cloud_shop.board)
    assert {entry["token_user"] for entry in cloud_shop.sandbox.requests()} == {"ada"}


def test_a_member_connects_from_the_board(cloud_shop, sign_in):
    member = sign_in(cloud_shop.tenant.member)
    member.get(cloud_shop.board)
    member.submit(f"Connect to {cloud_shop.office.account.name}")
    link = member.page.soup.select_one('main a[href^="http"]')["href"]
    member.get(CloudBrowser(cloud_shop.sandbox, "grace").accept(link))
    assert member.path == cloud_shop.board
    assert "Acting as Grace Okafor" in member.page.text
    assert "Pay by bank transfer" in member.page.text


def test_an_admin_adds_a_board(cloud_shop, sign_in):
    admin = sign_in(cloud_shop.tenant.admin)
    admin.get(cloud_shop.path("new"))
    admin.submit("Find boards", search="kanban")
    admin.click("Choose Platform kanban")
    page = admin.submit("Add board", name="Our platform")
    assert page.h1 == "Our platform"
    cloud_shop.gateway()


@pytest.mark.parametrize(
    ("switches", "sentence", "way_on"),
    variants(
        [
            ({"board_gone": True}, "Gone, or not for you to see", "Back to the boards"),
            ({"rate_limited": 30}, "Wait 30 seconds, then try again.", "Try again"),
            ({"status_5xx": 500}, "Atlassian has an error of its own", "Try again"),
            ({"user_disabled": ["ada"]}, "What to do:", "Connect again to"),
        ]
    ),
)
def test_trouble_is_told_with_a_way_on(cloud_shop, member, switches, sentence, way_on):
    cloud_shop.sandbox.state(**switches)
    page = member.get(cloud_shop.board)
    assert sentence in page.text
    assert way_on in page.text
    assert not page.soup.select(".issue")


def test_a_wrong_client_secret_is_the_admins_matter(cloud_shop, member):
    cloud_shop.sandbox.change_app(cloud_shop.office.app, new_secret=True)
    cloud_shop.sandbox.end_access_tokens()
    page = member.get(cloud_shop.board)
    assert "Who can mend it: an admin of your organisation" in page.text
    assert "Connect again to" not in page.text
    assert page.has("Try again")


def test_a_grant_that_ended_leads_to_a_new_consent(cloud_shop, member):
    cloud_shop.sandbox.end_grant(cloud_shop.office.app, "ada")
    name = cloud_shop.office.account.name
    for way_on in (f"Connect again to {name}", f"Connect to {name}"):  # as it is noticed, and from then on
        page = member.get(cloud_shop.board)
        assert "Who can mend it: you." in page.text
        assert page.has(way_on)
        assert not page.soup.select(".issue")


def test_a_consent_for_another_site_says_which_site_it_lacks(cloud_shop, member):
    cloud_shop.office.consent(cloud_shop.tenant.member, "person", "ada", site="globex")
    page = member.get(cloud_shop.board)
    assert "The consent does not cover the site of this account" in page.text
    assert "the consent covers globex" in page.text
    assert page.has(f"Connect to {cloud_shop.office.account.name}")
    assert "Pay by bank transfer" not in page.text


@pytest.fixture
def by_shared_app(cloud_shop, member, monkeypatch):
    """The account goes by the operator's app, of which an hour has as many points as are given."""

    def set_up(points):
        office = cloud_shop.office
        with office.work.write() as session:
            own = OauthApp.tenant_id == cloud_shop.tenant.id
            session.execute(update(OauthApp).where(own).values(is_shared=True))
        shared = replace(office.registry.cloud.shared_app, points=points)
        monkeypatch.setattr(office.registry, "cloud", replace(office.registry.cloud, shared_app=shared))

    return set_up


def test_points_that_are_used_say_how_long_to_wait(cloud_shop, member, by_shared_app):
    by_shared_app(points=0)
    page = member.get(cloud_shop.board)
    assert "share of calls is used up" in page.text
    assert re.search(r"Wait \d+ (seconds?|minutes), then try again", page.text)
    assert cloud_shop.gateway() == []
