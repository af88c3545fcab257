"""The boards' pages in a real browser: nothing for axe to find, nothing wider than the window."""

from portal.kinds.scopes import PRESET
from tests.boards.conftest import PLATFORM
from tests.support.browsers import axe, fits


def look_at(window, *paths):
    for path in paths:
        window.page.goto(path)
        axe(window.page)
        fits(window.page)


def test_pages_of_a_member(shop, window, sandbox):
    window.sign_in(shop.tenant.member)
    look_at(window, shop.board)
    shop.connect(shop.tenant.member, "ada")
    more = [
        f"{shop.board}{rest}" for rest in ("/epics", "/issues/SHOP-1", "/issues/SHOP-5", "/closed-sprints")
    ]
    look_at(window, shop.path(), shop.board, *more)
    window.page.get_by_text("Not you?").click()
    axe(window.page)
    fits(window.page)
    sandbox.state(board_gone=True)
    look_at(window, shop.board)


def test_pages_of_an_admin(shop, window):
    window.sign_in(shop.tenant.admin)
    adding = shop.path(f"new/{shop.account_id}/{PLATFORM}")
    look_at(window, shop.path(), shop.path("new"), adding, f"{shop.board}/edit", f"{shop.board}/remove")


def test_a_board_of_jira_cloud_with_parts_off(open_cloud_shop, window):
    shop = open_cloud_shop(PRESET)
    shop.connect(shop.tenant.admin, "admin")
    window.sign_in(shop.tenant.admin)
    look_at(window, shop.board, shop.path("new"))


def test_a_board_of_jira_cloud_with_an_older_consent(cloud_shop, window):
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=["read:board-scope.admin:jira-software"])
    window.sign_in(cloud_shop.tenant.member)
    look_at(window, cloud_shop.board)
