"""Who may enter a route. Every view carries exactly one mark; a route without one is refused.

    @bp.get("/t/<slug:slug>/boards")
    @access.member
    def list_boards() -> str: ...

    @bp.post("/api/v1/alm-accounts/<uuid:account_id>/builds")
    @access.program("deliveries:write")
    def take_builds(account_id: UUID) -> Response: ...

A stranger to a tenant gets the same answer as for a tenant that never existed (404); a member without
the right gets 403, and so do its own people while it is closed; who is not signed in is sent to the sign-in
page, whatever was asked. A program is told in a problem document.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.errors import NotAllowed, NotHere, TenantClosed
from portal.people import tenants
from portal.store.work import Work
from portal.web.doors import by_program
from portal.web.headers import ASSETS
from portal.web.place import Place, actor, store
from portal.web.program_access import enter_nobody, enter_program, prepare
from portal.web.proof import led_elsewhere

View = TypeVar("View", bound=Callable[..., Any])


class Access(StrEnum):
    """The marks. ``MEMBER`` and ``ADMIN`` ask for a role in the tenant named by the URL, ``PROGRAM`` for a
    key."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"
    MEMBER = "member"
    ADMIN = "admin"
    SUPPORT = "support"
    PROGRAM = "program"


# Which marks hold on which side of ``/api/``; another one there is a bug, and nobody gets in.
FOR_PROGRAMS = frozenset({Access.PUBLIC, Access.PROGRAM})
FOR_PEOPLE = frozenset(Access) - {Access.PROGRAM}


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


def program(operation: str) -> Callable[[View], View]:
    """The mark of what a program may call whose key has this operation."""

    def mark(view: View) -> View:
        view.operation = operation  # type: ignore[attr-defined]
        return _mark(Access.PROGRAM)(view)

    return mark


def even_in_deletion(view: View) -> View:
    """Beside another mark: also while the tenant is going to be deleted, when it is closed otherwise."""
    view.even_in_deletion = True  # type: ignore[attr-defined]
    return view


def recently_proved(view: View) -> View:
    """Beside another mark: before secrets, keys, roles, removals, exports and deletions. Who showed who they
    are more than an hour ago, or three for what a form sends, confirms it first (:mod:`portal.web.proof`).

    Left out on purpose: disconnecting, ending sign-ins, taking back and leaving. They make things safer, or
    are one's own.
    """
    view.recently_proved = True  # type: ignore[attr-defined]
    return view


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
    is_program, endpoint = by_program(), request.endpoint
    if is_program:
        prepare()
    if endpoint is None or endpoint in ASSETS:  # a page has many: nobody is looked up for them
        return None
    mark = access_of(g.app, endpoint)
    if mark is None or mark not in (FOR_PROGRAMS if is_program else FOR_PEOPLE):
        raise NotAllowed(f"{endpoint} carries no access mark that holds at its address")
    if is_program:
        _let_program_in(mark, endpoint)
        return None
    return _let_person_in(mark)


def _let_program_in(mark: Access, endpoint: str) -> None:
    if mark is Access.PUBLIC:
        enter_nobody()
    else:
        enter_program(g.app.view_functions[endpoint].operation)


def _let_person_in(mark: Access) -> Response | None:
    g.work = Work(store(), None, actor(as_support=mark is Access.SUPPORT))
    if mark is Access.PUBLIC:
        return None
    if not current_user.is_authenticated:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("signin.sign_in", next=wanted), 303)
    if mark is Access.SUPPORT and not current_user.is_support:
        raise NotHere
    if mark in (Access.MEMBER, Access.ADMIN):
        _enter_tenant(mark)
    return led_elsewhere(g.app.view_functions[request.endpoint], for_support=mark is Access.SUPPORT)


def _enter_tenant(mark: Access) -> None:
    found = tenants.membership_by_slug(g.work, g.slug or "", current_user.user_id)
    if found is None:
        raise NotHere
    g.place = Place(found.tenant, found.role)
    g.work = g.work.within(found.tenant.id)
    if found.tenant.is_closed and not (found.tenant.deleted_at and _is_even_in_deletion()):
        raise TenantClosed
    if mark is Access.ADMIN and found.role != "admin":
        raise NotAllowed("This is for admins of the organisation.")


def _is_even_in_deletion() -> bool:
    return getattr(g.app.view_functions[request.endpoint], "even_in_deletion", False)
