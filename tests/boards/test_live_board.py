"""The board, live: what each person sees is what Jira shows that person."""

import re

import pytest
from sqlalchemy import select

from portal.alm_accounts import accounts
from portal.store.tables import AuditEvent
from tests.boards.conftest import PLATFORM, SHOP
from tests.support.accounts import registry_of

pytestmark = pytest.mark.on_both(
    "test_times_are_in_the_persons_own_zone",
    "test_only_the_persons_own_token_is_used",
    "test_a_stranger_gets_nothing_and_jira_is_not_asked",
    "test_opening_the_board_writes_nothing",
    "test_not_me_leads_out",
)


def cards(page, within="main"):
    return [" ".join(node.get_text(" ").split()) for node in page.soup.select(f"{within} .issue")]


def test_the_active_sprint_stands_in_the_columns_of_jira(shop, ada):
    page = ada.get(shop.board)
    names = [" ".join(h.get_text(" ").split()) for h in page.soup.select(".board-column h3")]
    assert names == ["To Do 4 issues", "In Progress 2 issues", "In Review 2 issues", "Done 4 issues"]
    assert "SHOP Sprint 7" in [h.get_text() for h in page.soup.select("section > h2")]
    assert "Sort by rating" in page.text.partition("Backlog")[2]


def test_a_card_shows_what_the_issue_is(shop, ada):
    page = ada.get(shop.board)
    card = next(text for text in cards(page) if "SHOP-5 " in text)
    for part in ("Story", "In Review", "Pay by bank transfer", "Checkout", "Estimate: 8", "Grace Okafor"):
        assert part in card
    link = page.soup.select_one(f'a[href="{shop.sandbox.url}/browse/SHOP-5"]')
    assert {"noopener", "noreferrer"} <= set(link["rel"])


def test_five_calls_are_enough_and_the_lists_are_read_side_by_side(shop, ada):
    ada.get(shop.board)
    assert len(shop.sandbox.requests()) == 5
    assert shop.sandbox.state()["counters"]["most_at_once"] <= 2


def test_hostile_summaries_are_text(shop, ada):
    page = ada.get(shop.board)
    assert "<script>alert(1)</script>" in page.text
    assert "<script>alert(1)" not in ada.response.text
    assert "\u202e" not in ada.response.text


def test_times_are_in_the_persons_own_zone(shop, ada):
    ada.get("/profile/")
    ada.submit("Save", time_zone="Asia/Tokyo")
    assert re.search(r"\d\d:00 JST", ada.get(shop.board).text)


def test_a_kanban_board_shows_its_issues(shop, ada):
    board_id = shop.add(PLATFORM, "Platform")
    page = ada.get(shop.path(str(board_id)))
    assert len(cards(page)) == 8
    names = [node.get_text(" ").split()[0] for node in page.soup.select(".board-column h3")]
    assert names == ["To", "In", "In", "Done"]


def test_people_with_other_rights_see_other_boards(shop, ada, sign_in):
    """Ada may see the restricted project, Linus may not, and a person without identity sees nothing (B7)."""
    path = shop.path(str(shop.add(PLATFORM, "Platform")))
    shop.connect(shop.tenant.second, "linus")
    linus = sign_in(shop.tenant.second)
    assert "Renew the certificates" in ada.get(path).text
    page = linus.get(path)
    assert "Gone, or not for you to see" in page.text
    assert "Renew the certificates" not in page.text
    assert "Acting as Linus Bergmann" in page.text
    assert "Pay by bank transfer" in linus.get(shop.board).text


def test_without_an_own_credential_nothing_is_asked_of_jira(shop, ada, sign_in):
    """The account's and Ada's tokens stand ready, and are not used for others (B7)."""
    for someone in (shop.tenant.second, shop.tenant.admin):
        page = sign_in(someone).get(shop.board)
        assert page.has("Connect to Jira")
        assert "nobody else's is used" in page.text
        assert "Pay by bank transfer" not in page.text
    assert shop.sandbox.requests() == []


def test_only_the_persons_own_token_is_used(shop, ada, sign_in):
    shop.connect(shop.tenant.second, "grace")
    sign_in(shop.tenant.second).get(shop.board)
    assert {entry["token_user"] for entry in shop.sandbox.requests()} == {"grace"}
    shop.sandbox.clear_requests()
    ada.get(shop.board)
    assert {entry["token_user"] for entry in shop.sandbox.requests()} == {"ada"}


def test_a_stranger_gets_nothing_and_jira_is_not_asked(shop, sign_in):
    person = sign_in(shop.tenant.stranger)
    person.get(shop.board)
    assert person.status == 404
    assert shop.sandbox.requests() == []


def test_opening_the_board_writes_nothing(shop, ada):
    def lines():
        with shop.tenant.work().read() as session:
            return len(session.scalars(select(AuditEvent.seq)).all())

    before = lines()
    ada.get(shop.board)
    assert lines() == before


def test_the_list_shows_the_persons_own_state(shop, ada, sign_in):
    assert "Connected" in ada.get(shop.path()).text
    assert "Not connected" in sign_in(shop.tenant.second).get(shop.path()).text


def test_not_me_leads_out(shop, ada):
    page = ada.get(shop.board)
    assert "Acting as Ada Lindqvist. Not you?" in page.text
    assert page.link("Sign out of Jira (opens a new tab)") == f"{shop.sandbox.url}/secure/Logout!default.jspa"
    ada.submit("Disconnect from Jira")
    assert ada.get(shop.board).has("Connect to Jira")


@pytest.mark.parametrize("board_id", [SHOP, PLATFORM])
def test_an_account_switched_to_read_only_still_shows_boards(shop, ada, board_id):
    wire = registry_of(shop.portal).outbound.wire
    accounts.change(shop.tenant.work(shop.tenant.admin), wire, shop.account_id, {"read_only": True})
    path = shop.board if board_id == SHOP else shop.path(str(shop.add(PLATFORM, "Platform")))
    assert cards(ada.get(path))
