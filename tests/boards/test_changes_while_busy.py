"""A change that the portal has no thread for right now: what was typed stays in its form."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from portal.errors import PortalBusy
from tests.boards.conftest import Shop
from tests.boards.test_epic_changes import deeds, held
from tests.boards.test_epic_moves import epics_of, ticks
from tests.boards.test_moves import sprints_of, ticked, values
from tests.boards.test_sprints import at, sprint
from tests.support.accounts import registry_of

pytestmark = pytest.mark.on_both()


@contextmanager
def busy(shop: Shop) -> Iterator[None]:
    """As many threads as the tenant may hold wait for its Jira."""
    slots, most = registry_of(shop.portal).outbound.slots, shop.portal.settings.threads
    with ExitStack() as waiting:
        with suppress(PortalBusy):
            for _ in range(most):
                waiting.enter_context(slots.hold(shop.tenant.id, shop.account_id, most))
        yield


def told(person) -> bool:
    """Whether it says so, with when to come again."""
    wait = person.response.headers.get("Retry-After")
    return (person.status, wait) == (503, "1") and "no thread free" in person.page.find(".banner").get_text()


def test_an_epic_stays_typed(shop, ada):
    ada.get(f"{shop.board}/epics/SHOP-1/edit")
    with busy(shop):
        page = ada.submit("Save in Jira", summary="Mine")
    assert told(ada) and page.find("#summary")["value"] == "Mine" and deeds(shop) == []
    ada.submit("Save in Jira")
    assert ada.status == 200 and held(shop, "SHOP-1")["summary"] == "Mine"


def test_a_sprint_stays_typed(shop, ada):
    ada.get(at(shop, "edit"))
    with busy(shop):
        page = ada.submit("Save", name="Mine", goal="Two\nlines")
    assert told(ada) and page.find("input[name=name]")["value"] == "Mine"
    ada.submit("Save")
    assert (sprint(shop)["name"], sprint(shop)["goal"]) == ("Mine", "Two\nlines")


def test_issues_stay_ticked(shop, ada):
    page = ada.get(f"{shop.board}/issues/SHOP-1")
    with busy(shop):
        page = ada.submit("Move", issue=ticks(page, "SHOP-5"), to="SHOP-3")
    assert told(ada) and [node["value"].partition(":")[2] for node in page.soup.select("input:checked")] == [
        "SHOP-5"
    ]
    ada.submit("Move")
    assert epics_of(shop, "SHOP-5") == [3]
    page = ada.get(shop.board)
    with busy(shop):
        ada.submit("Move", issue=values(page, "SHOP-24"), to="13")
    assert told(ada)
    ada.submit("Move them again")
    assert ada.status == 200 and sprints_of(shop, "SHOP-24") == [13]


def test_issues_stay_ticked_where_no_page_of_the_board_can_be_made(shop, ada):
    page = ada.get(shop.board)
    with busy(shop):
        page = ada.submit("Move", issue=values(page, "SHOP-24"), to="")
    assert told(ada) and ticked(page) == ["SHOP-24"]
