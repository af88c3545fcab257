"""*Settings*, *Apps*, *OAuth credentials* of a site, for its admins.

support.atlassian.com, "Integrate with self-hosted tools using OAuth". Permissions cannot be changed later:
who wants others deletes the credentials and makes new ones. That the secret is shown once is not confirmed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from flask import Blueprint, abort, g, redirect, render_template, request, url_for

from portal.sandbox.cloud.credentials_2lo import PERMISSIONS, check, delete, make, of_site
from portal.sandbox.cloud.site import own_site
from portal.sandbox.signin import Page, sign_in_first
from portal.sandbox.state import current_state

bp = Blueprint("site_credentials", __name__, url_prefix="/jira/settings/apps")

P = ParamSpec("P")


def admin_only(view: Callable[P, Page]) -> Callable[P, Page]:
    """Let the site's admins in; everybody else reads who can help."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Page:
        if not g.user.is_admin:
            text = (
                f"{g.user.display_name} is no admin of the site {own_site().name}. "
                "Ask a site admin (here: Avery Admin) to do this."
            )
            return render_template("cloud_message.html", title="Only for site admins", text=text), 403
        return view(*args, **kwargs)

    return sign_in_first(guarded)


@bp.get("")
@admin_only
def settings() -> Page:
    """*Apps*: what can be set there."""
    return render_template("site_apps.html", site=own_site())


@bp.get("/oauth-credentials")
@admin_only
def listing() -> Page:
    """The site's credentials; no secret is shown again."""
    rows = of_site(current_state(), own_site())
    return render_template("site_credentials.html", site=own_site(), rows=rows, names=PERMISSIONS)


@bp.get("/oauth-credentials/create")
@admin_only
def new() -> Page:
    """*Create credentials*."""
    return _form({"permissions": []}, {})


def _form(values: dict[str, Any], problems: dict[str, str]) -> str:
    return render_template(
        "site_credentials_new.html", site=own_site(), given=values, problems=problems, names=PERMISSIONS
    )


@bp.post("/oauth-credentials/create")
@admin_only
def create() -> Page:
    """Make them, and show client ID and secret, this once."""
    wanted: dict[str, Any] = {
        name: request.form.get(name, "").strip() for name in ("name", "server_url", "logo_url")
    }
    wanted["permissions"] = list(dict.fromkeys(request.form.getlist("permissions")))
    problems = check(wanted)
    if problems:
        return _form(wanted, problems)
    made = make(current_state(), own_site(), wanted)
    return render_template("site_credentials_made.html", site=own_site(), made=made)


@bp.post("/oauth-credentials/<credentials_id>/delete")
@admin_only
def remove(credentials_id: str) -> Page:
    """Delete credentials; their tokens end at once."""
    if not delete(current_state(), own_site(), credentials_id):
        abort(404)
    return redirect(url_for("site_credentials.listing"))
