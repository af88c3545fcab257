"""Several tabs of one browser leave to connect, and each comes back to what was typed in it."""

from uuid import uuid4

import pytest

from portal.boards import typed
from tests.boards.test_idea_pushes import new_idea
from tests.boards.test_members_way import consent_link
from tests.support.sandbox import JiraBrowser

pytestmark = pytest.mark.on_both("test_each_tab_comes_back_to_its_own_text")


def tabs_of(shop, sign_in, count):
    """Tabs of the member's browser: they have its cookies in common."""
    tabs = [sign_in(shop.tenant.member) for _ in range(count)]
    for tab in tabs[1:]:
        tab.session.cookies = tabs[0].session.cookies
    return tabs


def type_key(shop, tab, idea_id, key):
    """Type a key into the form that links an issue, without being connected."""
    tab.get(f"{shop.board}/ideas/{idea_id}/link")
    page = tab.submit("Link issue", key=key)
    assert tab.status == 409 and "What you typed is kept" in page.text


def test_each_tab_comes_back_to_its_own_text(shop, sign_in):
    """The same form in two tabs and another in a third; all leave for Jira before the first comes back."""
    idea_id, other_id = new_idea(shop), new_idea(shop)
    tabs = tabs_of(shop, sign_in, 3)
    forms = ((idea_id, "SHOP-5"), (idea_id, "SHOP-6"), (other_id, "SHOP-7"))
    for tab, form in zip(tabs, forms, strict=True):
        type_key(shop, tab, *form)
    go_on = tabs[2].page.link("Go on with what you typed")
    for tab in tabs[:2]:
        tab.submit("Connect to Jira")
    jira = JiraBrowser(shop.sandbox, "ada")
    for tab, key in zip(tabs[:2], ("SHOP-5", "SHOP-6"), strict=True):
        page = tab.get(jira.allow(consent_link(tab)))
        assert tab.path.startswith(f"{shop.board}/ideas/{idea_id}/link?typed="), tab.path
        assert page.value("#key") == key
    assert tabs[2].get(go_on).value("#key") == "SHOP-7"  # connected by now
    assert "The idea is linked to SHOP-7." in tabs[2].submit("Link issue").text


def test_where_nothing_is_typed_nothing_is_said_to_be_kept(shop, sign_in):
    idea_id, member = new_idea(shop, issue_key="SHOP-5"), sign_in(shop.tenant.member)
    member.get(f"{shop.board}/ideas/{idea_id}")
    page = member.post(f"{shop.board}/ideas/{idea_id}/link-back")
    assert member.status == 409 and page.has("Connect to Jira") and "typed" not in page.text
    assert page.link("Go on") == f"{shop.board}/ideas/{idea_id}"


def test_of_one_form_only_the_newest_are_kept(tenant):
    work = tenant.work(tenant.member)
    ids = [typed.keep(work, "/here", {"key": [str(number)]}) for number in range(typed.MOST_KEPT + 1)]
    elsewhere = typed.keep(work, "/there", {"key": ["x"]})
    assert typed.kept(work, "/here", ids[0]) is None
    assert [typed.kept(work, "/here", one)["key"] for one in ids[1:]] == [["1"], ["2"], ["3"], ["4"], ["5"]]
    assert typed.kept(work, "/there", elsewhere) == {"key": ["x"]}
    assert typed.kept(tenant.work(tenant.second), "/there", elsewhere) is None


@pytest.mark.parametrize(
    "back",
    [
        "//elsewhere.example",
        "{board}x",
        "{other}",
        "{board}/\n",
        "{board}/../../audit",
        "{board}/.%2E/audit",
        "{board}/\\..\\audit",
    ],
)
def test_the_way_back_leads_to_pages_of_the_board_only(shop, sign_in, back):
    member = sign_in(shop.tenant.member)
    member.get(f"{shop.board}?search=gift")
    address = back.format(board=shop.board, other=shop.path(str(uuid4())))
    connect = shop.tenant.path(f"profile/alm-credentials/{shop.account_id}/connect")
    member.post(connect, board_id=str(shop.board_id), back=address)
    member.get(JiraBrowser(shop.sandbox, "ada").allow(consent_link(member)))
    assert member.path == f"{shop.board}?search=gift"


def test_a_page_whose_address_fits_no_header_is_no_place_to_come_back_to(shop, sign_in):
    member = sign_in(shop.tenant.member)
    member.get(f"{shop.board}?search=gift")
    member.get(f"{shop.board}/issues/SHOP-5%0A")
    member.get(shop.tenant.path("profile/alm-credentials"))
    connect = shop.tenant.path(f"profile/alm-credentials/{shop.account_id}/connect")
    member.post(connect, board_id=str(shop.board_id))
    member.get(JiraBrowser(shop.sandbox, "ada").allow(consent_link(member)))
    assert member.path == f"{shop.board}?search=gift"
