"""What every page's frame needs: the person, the tenant, the ways to go."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g, request, url_for
from flask_login import current_user

from portal.people import tenants
from portal.people.tenants import TenantView
from portal.web.board_places import way_back
from portal.web.place import Place


@dataclass(frozen=True)
class NavItem:
    """One way to go, as the main navigation shows it."""

    label: str
    href: str
    icon: str
    active: bool


ACCOUNTS = frozenset(
    {
        "alm_accounts",
        "set_up",
        "conversion",
        "keys",
        "checklist",
        "connected_people",
        "guide_links",
        "link_script",
        "timeline",
        "uses.show",
    }
)
BOARDS = frozenset(
    {
        "boards",
        "live_boards",
        "moves",
        "sprints",
        "epics",
        "epic_issues",
        "statuses",
        "ideas",
        "idea_pushes",
        "idea_links",
    }
)
# Label, endpoint, icon, for admins only, blueprints (or single pages) that lie this way.
TENANT_NAV = (
    ("Home", "alm_accounts.home", "home", False, ACCOUNTS),
    ("Boards", "boards.index", "board", False, BOARDS),
    ("Deliveries", "deliveries.index", "upload", False, frozenset({"deliveries"})),
    ("Programs", "programs.index", "program", True, frozenset({"programs", "uses.program"})),
    ("People", "tenants.people", "people", False, frozenset({"tenants", "second_factors"})),
    ("Activity", "audit.activity", "book", True, frozenset({"audit"})),
    ("Settings", "tenant_settings.show", "settings", True, frozenset({"tenant_settings", "support_access"})),
)


def set_up_layout(app: Flask) -> None:
    """Give every template its frame. Error pages outside a tenant get a frame without one."""
    app.context_processor(_frame)
    app.jinja_env.globals.update(my_tenants=my_tenants, way_back=way_back)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def my_tenants() -> list[TenantView]:
    """The tenants in which whoever is signed in can work now; for pages of the person and of no tenant."""
    mine = tenants.tenants_of(g.work.within(None), current_user.user_id)
    return [one.tenant for one in mine if not one.tenant.is_closed]


def _frame() -> dict[str, Any]:
    here: Place | None = g.get("place")
    frame: dict[str, Any] = {"place": here, "request_id": g.get("request_id"), "nav": [], "zone": None}
    if not current_user.is_authenticated:
        return frame
    frame["zone"] = ZoneInfo(current_user.time_zone)
    if here:
        frame["nav"] = [] if here.tenant.is_closed else _nav(here)
        frame["other_tenants"] = [one for one in my_tenants() if one.id != here.tenant.id]
    return frame


def _nav(here: Place) -> list[NavItem]:
    return [
        NavItem(label, url_for(endpoint), icon, not ways.isdisjoint((request.blueprint, request.endpoint)))
        for label, endpoint, icon, admins_only, ways in TENANT_NAV
        if here.is_admin or not admins_only
    ]
