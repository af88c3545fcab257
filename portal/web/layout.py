"""What every page's frame needs: the person, the tenant, the ways to go."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g, request, url_for
from flask_login import current_user

from portal.people import tenants
from portal.people.tenants import TenantView
from portal.web.place import Place


@dataclass(frozen=True)
class NavItem:
    """One way to go, as the main navigation shows it."""

    label: str
    href: str
    icon: str
    active: bool


# Label, endpoint, icon, for admins only, blueprints whose pages lie this way.
TENANT_NAV = (
    ("Home", "alm_accounts.home", "home", False, frozenset({"alm_accounts", "set_up", "keys"})),
    ("Boards", "boards.index", "board", False, frozenset({"boards"})),
    ("People", "tenants.people", "people", False, frozenset({"tenants"})),
    ("Activity", "audit.activity", "book", True, frozenset({"audit"})),
)


def set_up_layout(app: Flask) -> None:
    """Give every template its frame. Error pages outside a tenant get a frame without one."""
    app.context_processor(_frame)
    app.jinja_env.globals["my_tenants"] = my_tenants
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def my_tenants() -> list[TenantView]:
    """The tenants of whoever is signed in; for pages that belong to the person and to no tenant."""
    return [one.tenant for one in tenants.tenants_of(g.work.within(None), current_user.user_id)]


def _frame() -> dict[str, Any]:
    here: Place | None = g.get("place")
    frame: dict[str, Any] = {"place": here, "request_id": g.get("request_id"), "nav": [], "zone": None}
    if not current_user.is_authenticated:
        return frame
    frame["zone"] = ZoneInfo(current_user.time_zone)
    if here:
        frame["nav"] = _nav(here)
        frame["other_tenants"] = [one for one in my_tenants() if one.id != here.tenant.id]
    return frame


def _nav(here: Place) -> list[NavItem]:
    return [
        NavItem(label, url_for(endpoint), icon, request.blueprint in blueprints)
        for label, endpoint, icon, admins_only, blueprints in TENANT_NAV
        if here.is_admin or not admins_only
    ]
