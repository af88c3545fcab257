"""From a board without credential through consent and back to the board (mission row B1)."""

from uuid import uuid4

import pytest

from portal.boards import boards
from tests.support.sandbox import JiraBrowser

pytestmark = pytest.mark.on_both(
    "test_from_the_board_to_jira_and_back", "test_a_board_that_is_none_cannot_be_returned_to"
)


def consent_link(person):
    return next(
        str(link["href"])
        for link in person.page.soup.select("main a[href]")
        if "/plugins/servlet/oauth/authorize" in str(link["href"])
    )


def test_from_the_board_to_jira_and_back(shop, sign_in):
    member = sign_in(shop.tenant.member)
    member.get(shop.path())
    member.click("Web shop")
    member.submit("Connect to Jira")
    member.get(JiraBrowser(shop.sandbox, "grace").allow(consent_link(member)))
    assert member.path == shop.board
    assert "Acting as Grace Okafor" in member.page.text
    assert "Pay by bank transfer" in member.page.text


def test_a_board_removed_meanwhile_is_told_and_the_token_kept(shop, sign_in):
    member = sign_in(shop.tenant.member)
    member.get(shop.board)
    member.submit("Connect to Jira")
    back = JiraBrowser(shop.sandbox, "grace").allow(consent_link(member))
    boards.remove_board(shop.tenant.work(shop.tenant.admin), shop.board_id)
    member.get(back)
    assert "The board you came from was removed" in member.page.text
    assert "Grace Okafor" in member.page.text


def test_a_board_that_is_none_cannot_be_returned_to(shop, sign_in):
    member = sign_in(shop.tenant.member)
    member.get(shop.board)
    member.post(shop.tenant.path(f"profile/alm-credentials/{shop.account_id}/connect"), board_id=str(uuid4()))
    assert member.status == 404


def test_deny_leaves_the_board_as_it_was(shop, sign_in):
    member = sign_in(shop.tenant.member)
    member.get(shop.board)
    member.submit("Connect to Jira")
    member.get(JiraBrowser(shop.sandbox, "grace").deny(consent_link(member)))
    assert member.get(shop.board).has("Connect to Jira")


def test_who_was_taken_for_somebody_else_connects_again(shop, ada):
    ada.get(shop.board)
    ada.submit("Connect again")
    ada.get(JiraBrowser(shop.sandbox, "grace").allow(consent_link(ada)))
    assert ada.path == shop.board
    assert "Acting as Grace Okafor" in ada.page.text


def test_a_refused_credential_is_connected_again_from_the_board(shop, ada, sandbox):
    sandbox.state(user_disabled=["ada"])
    ada.get(shop.board)
    ada.submit("Connect again to Jira")
    ada.get(JiraBrowser(shop.sandbox, "linus").allow(consent_link(ada)))
    assert "Acting as Linus Bergmann" in ada.page.text
