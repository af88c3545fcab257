"""What every page's frame needs: the person, the tenant, the ways to go."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g, request, url_for
from flask_login import current_user

from portal.people import tenants
from portal.web.place import Place


@dataclass(frozen=True)
class NavItem:
    """One way to go, as the main navigation shows it."""

    label: str
    href: str
    icon: str
    active: bool


# Label, endpoint, icon, for admins only.
TENANT_NAV = (
    ("Home", "alm_accounts.home", "home", False),
    ("Boards", "boards.index", "board", False),
    ("People", "tenants.people", "people", False),
    ("Activity", "audit.activity", "book", True),
)


def set_up_layout(app: Flask) -> None:
    """Give every template its frame. Error pages outside a tenant get a frame without one."""
    app.context_processor(_frame)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _frame() -> dict[str, Any]:
    here: Place | None = g.get("place")
    frame: dict[str, Any] = {"place": here, "request_id": g.get("request_id"), "nav": [], "zone": None}
    if not current_user.is_authenticated:
        return frame
    frame["zone"] = ZoneInfo(current_user.time_zone)
    if here:
        frame["nav"] = _nav(here)
        mine = tenants.tenants_of(g.work.within(None), current_user.user_id)
        frame["other_tenants"] = [one.tenant for one in mine if one.tenant.id != here.tenant.id]
    return frame


def _nav(here: Place) -> list[NavItem]:
    return [
        NavItem(label, url_for(endpoint), icon, _is_active(endpoint))
        for label, endpoint, icon, admins_only in TENANT_NAV
        if here.is_admin or not admins_only
    ]


def _is_active(endpoint: str) -> bool:
    """Whether the page shown belongs to this way: same blueprint."""
    return request.blueprint == endpoint.partition(".")[0]
