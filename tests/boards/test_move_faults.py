"""What stops issues on their way between sprints and backlog, and who may not move them at all."""

import pytest
import requests

from portal.alm_accounts import accounts
from portal.boards.moves import TO_SPRINT
from portal.kinds.features import EDIT_SPRINTS, SPRINTS, TO_BACKLOG
from tests.boards.conftest import PLATFORM
from tests.boards.test_cloud_features import off
from tests.boards.test_moves import changes, moving, sprints_of, ticked, values
from tests.support.accounts import registry_of
from tests.support.sandbox import CloudBrowser

pytestmark = pytest.mark.on_both("test_strangers_and_the_unconnected_move_nothing")


@pytest.mark.parametrize("became", ["closed", "gone"])
def test_a_sprint_that_was_closed_or_deleted_meanwhile_is_said(shop, ada, became):
    page = ada.get(shop.board)
    token = shop.sandbox.make_pat("linus")
    url, header = f"{shop.sandbox.url}/rest/agile/1.0/sprint/12", {"Authorization": f"Bearer {token}"}
    if became == "closed":
        requests.post(url, json={"state": "closed"}, headers=header, timeout=10)
    else:
        requests.delete(url, headers=header, timeout=10)
    page = ada.submit("Move", issue=values(page, "SHOP-24"), to="12")
    assert ada.status == 422
    said = "SHOP Sprint 7 is closed by now" if became == "closed" else "This sprint is gone"
    assert said in page.text and ticked(page) == ["SHOP-24"]
    assert sprints_of(shop, "SHOP-24") == [0]


def test_two_people_of_different_rights_on_one_board(shop, ada, sign_in):
    shop.connect(shop.tenant.second, "linus")
    linus = sign_in(shop.tenant.second)
    page = linus.get(shop.board)
    shop.sandbox.state(permissions_missing=["SCHEDULE_ISSUES:linus"])
    page = linus.submit("Move", issue=values(page, "SHOP-5"), to="13")
    assert linus.status == 409 and "permission “Schedule issues”" in page.text
    assert sprints_of(shop, "SHOP-5") == [12]
    moving(ada, shop, "13", "SHOP-5")
    assert sprints_of(shop, "SHOP-5") == [13]


def test_an_answer_that_is_lost_is_not_known_and_to_try_again_is_safe(shop, ada):
    shop.sandbox.state(change_drop_answer=True)
    page = moving(ada, shop, "13", "SHOP-5")
    assert ada.status == 409 and "It is not known whether Jira did this" in page.text
    shop.sandbox.state(change_drop_answer=False)
    page = ada.submit("Move them again")
    assert "1 issue moved to SHOP Sprint 8." in page.text and sprints_of(shop, "SHOP-5") == [13]


OFF = [
    (("write:sprint:jira-software",), {EDIT_SPRINTS.title}, ["Choose", "Backlog"]),
    (("write:board-scope:jira-software",), {TO_BACKLOG.title}, ["Choose", "SHOP Sprint 7", "SHOP Sprint 8"]),
    (("read:sprint:jira-software",), {SPRINTS.title}, []),
]


@pytest.mark.parametrize(("without", "told", "offered"), OFF, ids=["sprints", "backlog", "no sprints"])
def test_a_target_that_is_off_is_not_offered_and_told(cloud_shop, sign_in, without, told, offered):
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=without)
    member = sign_in(cloud_shop.tenant.member)
    page = member.get(cloud_shop.board)
    assert told <= set(off(page))
    assert [option.get_text() for option in page.soup.select("#move-target option")] == offered
    if offered:
        cloud_shop.sandbox.clear_requests()
        target = "13" if "Backlog" in offered else "backlog"
        member.post(f"{cloud_shop.board}/move", issue="1:SHOP-5", to=target)
        title = TO_SPRINT.title if target == "13" else TO_BACKLOG.title
        assert member.status == 409 and set(off(member.page)) == {title}
        assert ticked(member.page) == ["SHOP-5"] and changes(cloud_shop) == []


def test_nothing_moves_on_a_board_that_has_no_sprints_or_of_a_sprint_that_is_over(shop, ada):
    for path in (shop.path(str(shop.add(PLATFORM, "Platform"))), f"{shop.board}?sprint=11"):
        page = ada.get(path)
        assert page.soup.select(".issue") and not page.soup.select("input[name=issue], #move")


def test_a_read_only_account_offers_nothing(shop, ada):
    wire = registry_of(shop.portal).outbound.wire
    accounts.change(shop.tenant.work(shop.tenant.admin), wire, shop.account_id, {"read_only": True})
    page = ada.get(shop.board)
    assert {EDIT_SPRINTS.title, TO_BACKLOG.title} <= set(off(page))
    assert not page.soup.select("input[name=issue], #move")


def test_who_has_to_connect_comes_back_to_the_same_ticks(cloud_shop, sign_in):
    credential_id = cloud_shop.connect(cloud_shop.tenant.member, "grace")
    member = sign_in(cloud_shop.tenant.member)
    page = member.get(f"{cloud_shop.board}?sprint=13&search=gift")
    ticks = values(page, "SHOP-16", "SHOP-18")
    other = sign_in(cloud_shop.tenant.member)
    other.get(cloud_shop.board)
    other.submit(f"Disconnect from {cloud_shop.office.account.name}")
    assert credential_id
    page = member.submit("Move", issue=ticks, to="backlog")
    assert member.status == 409 and "here again when you have connected" in page.text
    member.submit(f"Connect to {cloud_shop.office.account.name}")
    link = member.page.soup.select_one('main a[href^="http"]')["href"]
    page = member.get(CloudBrowser(cloud_shop.sandbox, "grace").accept(link))
    assert ticked(page) == ["SHOP-16", "SHOP-18"]
    assert page.soup.select_one("#board-search")["value"] == "gift"
    assert page.soup.select_one("#move-target option[selected]").get_text() == "Backlog"
    page = member.submit("Move")
    assert "2 issues moved to the backlog." in page.text


def test_a_token_that_jira_takes_no_more_leads_to_connecting_with_the_ticks_kept(shop, ada):
    page = ada.get(shop.board)
    ticks = values(page, "SHOP-5", "SHOP-24")
    shop.sandbox.state(server_tokens="revoked")
    page = ada.submit("Move", issue=ticks, to="backlog")
    assert ada.status == 409 and page.has("Connect again to Jira")
    assert ticked(page) == ["SHOP-5", "SHOP-24"] and "What you typed is kept" in page.text
    shop.sandbox.state(server_tokens="good")
    shop.connect(shop.tenant.member, "ada")
    page = ada.click("Back to the board, with these ticked")
    assert set(ticked(page)) == {"SHOP-5", "SHOP-24"}


def test_names_of_sprints_are_text(shop, ada):
    name = "<img src=x onerror=1>"
    header = {"Authorization": f"Bearer {shop.sandbox.make_pat('ada')}"}
    url = f"{shop.sandbox.url}/rest/agile/1.0/sprint/13"
    assert requests.post(url, json={"name": name}, headers=header, timeout=10).status_code == 200
    page = moving(ada, shop, "13", "SHOP-5")
    assert f"1 issue moved to {name}." in page.text and "<img src=x" not in ada.response.text
    shop.sandbox.state(changes_left=0)
    moving(ada, shop, "13", "SHOP-24")
    assert ada.status == 409 and "<img src=x" not in ada.response.text


def test_strangers_and_the_unconnected_move_nothing(shop, ada, sign_in):
    stranger = sign_in(shop.tenant.stranger)
    stranger.get("/")
    admin = sign_in(shop.tenant.admin)
    for who, status in ((stranger, 404), (admin, 409)):
        who.get(shop.tenant.path() if who is admin else "/profile/")
        who.post(f"{shop.board}/move", issue="1:SHOP-5", to="13")
        assert who.status == status
    assert changes(shop) == [] and sprints_of(shop, "SHOP-5") == [12]
