"""Who may enter a route. Every view carries exactly one mark; a route without one is refused.

    @bp.get("/t/<slug:slug>/boards")
    @access.member
    def list_boards() -> str: ...

A stranger to a tenant gets the same answer as for a tenant that never existed (404); a member without
the right gets 403; who is not signed in is sent to the sign-in page, whatever was asked.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.errors import NotAllowed, NotHere
from portal.people import tenants
from portal.store.work import Work
from portal.web.headers import ASSETS
from portal.web.place import Place, actor, store

View = TypeVar("View", bound=Callable[..., Any])


class Access(StrEnum):
    """The marks. ``MEMBER`` and ``ADMIN`` ask for a role in the tenant named by the URL."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"
    MEMBER = "member"
    ADMIN = "admin"
    SUPPORT = "support"


def _mark(level: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = level  # type: ignore[attr-defined]
        return view

    return mark


public = _mark(Access.PUBLIC)
signed_in = _mark(Access.SIGNED_IN)
member = _mark(Access.MEMBER)
admin = _mark(Access.ADMIN)
support = _mark(Access.SUPPORT)


def access_of(app: Flask, endpoint: str) -> Access | None:
    """The mark of an endpoint; None when it carries none. Assets come from libraries and are public."""
    if endpoint in ASSETS:
        return Access.PUBLIC
    return getattr(app.view_functions[endpoint], "access", None)


def set_up_access(app: Flask) -> None:
    """Ask before every request; keep the tenant's slug out of the views' parameters."""
    app.before_request(_enforce)
    app.url_value_preprocessor(_take_slug)
    app.url_defaults(_give_slug)


def _take_slug(endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.slug = values.pop("slug", None) if values else None


def _give_slug(endpoint: str, values: dict[str, Any]) -> None:
    from_url = g.get("slug")
    if from_url and "slug" not in values and _app_expects_slug(endpoint):
        values["slug"] = from_url


def _app_expects_slug(endpoint: str) -> bool:
    adapter = request.routing_exception is None and request.url_rule is not None
    return bool(adapter) and g.app.url_map.is_endpoint_expecting(endpoint, "slug")


def _enforce() -> Response | None:
    if request.endpoint is None:
        return None
    mark = access_of(g.app, request.endpoint)
    if mark is None:
        raise NotAllowed(f"{request.endpoint} carries no access mark")
    g.work = Work(store(), None, actor())
    if mark is Access.PUBLIC:
        return None
    if not current_user.is_authenticated:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("signin.sign_in", next=wanted), 303)
    if mark is Access.SUPPORT and not current_user.is_support:
        raise NotHere
    if mark in (Access.MEMBER, Access.ADMIN):
        _enter_tenant(mark)
    return None


def _enter_tenant(mark: Access) -> None:
    found = tenants.membership_by_slug(g.work, g.slug or "", current_user.user_id)
    if found is None:
        raise NotHere
    g.place = Place(found.tenant, found.role)
    g.work = g.work.within(found.tenant.id)
    if mark is Access.ADMIN and found.role != "admin":
        raise NotAllowed("This is for admins of the tenant.")
