"""The pages of an incoming link: an external application is let in by OAuth 2.0 (Jira 8.22 and later)."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, url_for

from portal.sandbox.bearer import OAUTH2_SINCE
from portal.sandbox.links import admin_only
from portal.sandbox.server_scopes import SCOPES
from portal.sandbox.server_store import IncomingLink
from portal.sandbox.signin import Page
from portal.sandbox.state import State, current_state

bp = Blueprint("incoming", __name__, url_prefix="/plugins/servlet/applinks/external")


@bp.before_request
def since_8_22() -> None:
    """Older Jira has no such pages."""
    if not current_state().faults.at_least(*OAUTH2_SINCE):
        abort(404)


def new_link(name: str, redirect_url: str, scopes: list[str]) -> IncomingLink:
    """A link with a client ID and a client secret of its own."""
    client_id, secret = secrets.token_hex(16), secrets.token_hex(32)
    return IncomingLink(secrets.token_hex(8), name, redirect_url, scopes, client_id, secret)


def keep(link: IncomingLink, state: State) -> None:
    """Put it among the links."""
    with state.lock:
        state.server.incoming[link.id] = link
        state.save()


def check(name: str, redirect_url: str, scopes: list[str]) -> dict[str, str]:
    """Say by field name what is wrong."""
    problems = {}
    parts = urlsplit(redirect_url)
    if not name:
        problems["name"] = "Enter a name."
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.fragment:
        problems["redirectUrl"] = "Enter the whole redirect URL, beginning with https:// or http://."
    if not scopes or any(scope not in SCOPES for scope in scopes):
        problems["scopes"] = "Choose at least one permission."
    return problems


@bp.get("/incoming")
@admin_only
def new() -> Page:
    """*Configure an incoming link*."""
    return _form({"scopes": [], "problems": {}})


def _form(values: dict[str, object]) -> str:
    return render_template("link_external_incoming.html", names=SCOPES, **values)


@bp.post("/incoming")
@admin_only
def create() -> Page:
    """Make the link, and show its credentials."""
    name, url = request.form.get("name", "").strip(), request.form.get("redirectUrl", "").strip()
    scopes = request.form.getlist("scopes")
    problems = check(name, url, scopes)
    if problems:
        return _form({"name": name, "redirect_url": url, "scopes": scopes, "problems": problems})
    link = new_link(name, url, scopes)
    keep(link, current_state())
    return redirect(url_for("incoming.credentials", link_id=link.id))


@bp.get("/<link_id>/credentials")
@admin_only
def credentials(link_id: str) -> Page:
    """*View credentials*: client ID and client secret, as often as one likes."""
    link = current_state().server.incoming.get(link_id) or abort(404)
    return render_template("link_external_credentials.html", link=link)


@bp.post("/<link_id>/delete")
@admin_only
def delete(link_id: str) -> Page:
    """Delete the link; its codes and tokens go with it."""
    state = current_state()
    with state.lock:
        state.server.remove_incoming(link_id)
        state.save()
    return redirect(url_for("links.listing"))
