"""What a token reaches, who it is, and the apps a person has allowed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, url_for

from portal.sandbox.cloud.accounts import name_of
from portal.sandbox.cloud.bearer import UnauthorizedError, holder, refused
from portal.sandbox.cloud.places import ACME, site_of
from portal.sandbox.cloud.scopes import SCOPES, jira_scopes
from portal.sandbox.signin import Page, sign_in_first
from portal.sandbox.state import State, current_state

bp = Blueprint("account", __name__)
bp.register_error_handler(UnauthorizedError, refused)


@bp.get("/me")
def me() -> Response:
    """The profile of the token's person; needs ``read:me``."""
    held = holder(current_state())
    if "read:me" not in held.scopes:
        raise UnauthorizedError("Unauthorized; scope does not match")
    user = held.user
    return jsonify(
        account_type="atlassian",
        account_id=user.account_id,
        email=user.email,
        name=name_of(current_state(), user),
        picture="",
        account_status="active",
        nickname=user.name,
        zoneinfo=user.time_zone,
        locale="en-US",
        extended_profile={},
    )


@bp.get("/oauth/token/accessible-resources")
def accessible_resources() -> Response:
    """The sites of the grant. Confluence of acme has an entry of its own under the same id, as in life."""
    state = current_state()
    held = holder(state)
    rows = []
    for cloud_id in held.sites:
        if cloud_id == ACME.cloud_id:
            rows.append(_resource(state, cloud_id, ["read:confluence-content.summary"]))
        if jira_scopes(held.scopes):
            rows.append(_resource(state, cloud_id, jira_scopes(held.scopes)))
    return jsonify(rows)


def _resource(state: State, cloud_id: str, scopes: list[str]) -> dict[str, Any]:
    site = site_of(cloud_id)
    name = site.name if site else ""
    return {
        "id": cloud_id,
        "url": state.url_of_site(name),
        "name": name,
        "scopes": scopes,
        "avatarUrl": f"{state.cloud_url}/avatars/240/flag.png",
    }


@bp.get("/connected-apps")
@sign_in_first
def connected_apps() -> Page:
    """The apps the signed-in person has allowed."""
    state = current_state()
    rows = [
        {
            "client_id": grant.client_id,
            "name": app.name if app else "removed",
            "scopes": [SCOPES[scope].name for scope in grant.scopes if scope in SCOPES],
            "sites": [site.name for site in map(site_of, grant.sites) if site],
        }
        for grant in list(state.cloud.grants.values())
        if grant.user == g.user.name
        for app in [state.cloud.app_of(grant.client_id)]
    ]
    return render_template("cloud_connected.html", rows=rows)


@bp.post("/connected-apps/remove")
@sign_in_first
def remove() -> Page:
    """Remove one app: the person's grant and every token of it end."""
    state = current_state()
    with state.lock:
        state.cloud.end_grant(request.form.get("client_id", ""), g.user.name)
        state.save()
    return redirect(url_for("account.connected_apps"))
