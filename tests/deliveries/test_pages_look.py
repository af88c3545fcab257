"""The pages of deliveries as they look: at a desk and on a phone, by keyboard, with much and with nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal import clock
from portal.credentials.delivery_ways import leave_out
from portal.store.tables import DeliveryWay
from tests.browser.looking import look_at
from tests.support.browsers import Window
from tests.support.delivery_rows import build_body, deliveries, delivering_account
from tests.support.programs import program_key
from tests.support.world import TenantWorld

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def furnished(tenant: TenantWorld) -> dict[str, str]:
    """The page of everything there may be, by name: every outcome, an account that is paused, one held up,
    one of which a kind waits."""
    paused = delivering_account(tenant, "Acme Cloud")
    held_up = delivering_account(tenant, "Beta Cloud", "https://beta.atlassian.net")
    kind_waits = delivering_account(tenant, "Gamma Cloud", "https://gamma.atlassian.net")
    program_key(tenant, [paused])
    now = clock.now()
    with tenant.work().write() as session:
        way = session.get_one(DeliveryWay, (tenant.id, paused))
        way.paused_at, way.paused_by = now, tenant.admin.user_id
        way = session.get_one(DeliveryWay, (tenant.id, held_up))
        way.trouble, way.troubled_since, way.retry_at = "unreachable", now, now + timedelta(minutes=5)
        way = session.get_one(DeliveryWay, (tenant.id, kind_waits))
        leave_out(way, "builds", now, now + timedelta(minutes=15))
    much = build_body(
        5, [f"ABC-{number}" for number in range(1, 40)], "a-pipeline-with-a-very-long-name-" * 6
    )
    said = ["'url' is required " * 20, "'state' is no state"]
    many: list[dict[str, Any]] = [
        {"build": 1},
        {"build": 2, "state": "rejected", "reasons": said},
        {"build": 3, "unknown_keys": ["ABC-12"]},
        {"build": 4, "state": "unanswered", "keys": ("xyz-7",)},
        {"body": much | {"description": "x" * 4000}, "state": "failed", "reasons": ["No"]},
        {"build": 1, "state": "waiting", "number": 5},
    ]
    made = deliveries(tenant, many, paused)
    made += deliveries(tenant, [{"build": 7, "state": "waiting"}], held_up)
    made += deliveries(tenant, [{"build": 8, "state": "waiting"}, {"outcome": "ignored"}], kind_waits)
    ticked = "&".join(f"id={one}" for one in made)
    paths = {
        "list": "",
        "wrong": "?issue=no&since=soon",
        "why": "/why?issue=ABC-12",
        "replay": f"/replay?chosen=ticked&{ticked}",
        "long": f"/{made[4]}",
        "left out": f"/{made[7]}",
        "ignored": f"/{made[8]}",
    }
    return {name: tenant.path(f"deliveries{rest}") for name, rest in paths.items()}


def test_pages_with_something_on_them(
    tenant: TenantWorld, furnished: dict[str, str], new_window: Callable[[], Window]
) -> None:
    window = new_window()
    window.sign_in(tenant.admin)
    wrong = []
    for name, path in furnished.items():
        window.page.goto(path)
        window.page.evaluate("for (const fold of document.querySelectorAll('main details')) fold.open = true")
        wrong += look_at(window.page, f"deliveries {name}")
    assert not wrong, "\n".join(wrong)


def test_replaying_by_keyboard_alone(tenant: TenantWorld, new_window: Callable[[], Window]) -> None:
    """A box is ticked with the space bar, and the buttons are pressed with Enter."""
    deliveries(tenant, [{"build": 1, "state": "rejected"}, {"build": 2}])
    page = new_window().sign_in(tenant.admin)
    page.goto(tenant.path("deliveries"))
    page.get_by_label("Choose web #1, number 1001").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Replay the ticked").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Replay 1 delivery?").wait_for()
    page.get_by_role("button", name="Replay it").focus()
    page.keyboard.press("Enter")
    page.get_by_text("1 delivery is replayed: it waits to be sent.").wait_for()
    page.get_by_role("heading", name="web #1").wait_for()
