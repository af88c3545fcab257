"""The developer console: a person's own apps, their permissions, callback URL, sharing and secret."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for

from portal.sandbox.cloud.apps import AppError, change, new_app, new_secret
from portal.sandbox.cloud.scopes import APIS, SCOPES
from portal.sandbox.cloud.store import App
from portal.sandbox.signin import Page, sign_in_first
from portal.sandbox.state import current_state

bp = Blueprint("console", __name__, url_prefix="/console")

LONGEST_NAME = 100


def _app(app_id: str) -> App:
    app = current_state().cloud.apps.get(app_id)
    return app if app and app.owner == g.user.name else abort(404)


def _change(app: App, **wanted: Any) -> None:
    """Raises ``AppError``."""
    state = current_state()
    with state.lock:
        change(app, wanted)
        state.save()


def _to(tab: str, app: App) -> Page:
    return redirect(url_for(f"console.{tab}", app_id=app.id))


@bp.get("/")
@bp.get("/myapps")
@sign_in_first
def my_apps() -> Page:
    """The person's apps, and the form for a new one."""
    return _my_apps("")


def _my_apps(problem: str) -> str:
    apps = [app for app in list(current_state().cloud.apps.values()) if app.owner == g.user.name]
    return render_template("console_apps.html", apps=apps, problem=problem)


@bp.post("/myapps")
@sign_in_first
def create() -> Page:
    """*Create*: an OAuth 2.0 integration."""
    state = current_state()
    name = request.form.get("name", "").strip()
    if not name or len(name) > LONGEST_NAME:
        return _my_apps(f"Enter a name of at most {LONGEST_NAME} characters.")
    with state.lock:
        app = new_app(g.user.name, name)
        state.cloud.apps[app.id] = app
        state.save()
    return _to("permissions", app)


@bp.get("/apps/<app_id>/permissions")
@sign_in_first
def permissions(app_id: str) -> Page:
    """The APIs that can be added, and how many permissions of each the app has."""
    app = _app(app_id)
    counts = {api: sum(SCOPES[scope].api == api for scope in app.scopes) for api in APIS}
    return render_template("console_permissions.html", app=app, apis=APIS, counts=counts, tab="permissions")


@bp.post("/apps/<app_id>/permissions")
@sign_in_first
def add_api(app_id: str) -> Page:
    """*Add* an API; its permissions are chosen next."""
    app, api, state = _app(app_id), request.form.get("api", ""), current_state()
    with state.lock:
        if api in APIS and api not in app.apis:
            app.apis = [*app.apis, api]
            state.save()
    return _to("permissions", app)


@bp.get("/apps/<app_id>/permissions/<api>")
@sign_in_first
def scopes(app_id: str, api: str) -> Page:
    """*Configure*: the permissions of one API, by name and id."""
    app = _app(app_id)
    if api not in app.apis:
        abort(404)
    kinds = {
        kind: [scope for scope in SCOPES.values() if (scope.api, scope.kind) == (api, kind)]
        for kind in ("classic", "granular")
    }
    return render_template(
        "console_scopes.html", app=app, api=api, name=APIS[api], kinds=kinds, tab="permissions"
    )


@bp.post("/apps/<app_id>/permissions/<api>")
@sign_in_first
def save_scopes(app_id: str, api: str) -> Page:
    """Keep the ticked permissions of one API; those of the others stay."""
    app = _app(app_id)
    if api not in app.apis:
        abort(404)
    ticked = set(request.form.getlist("scope"))
    kept = [one.id for one in SCOPES.values() if (one.id in (ticked if one.api == api else app.scopes))]
    _change(app, scopes=kept)
    return _to("permissions", app)


@bp.get("/apps/<app_id>/authorization")
@sign_in_first
def authorization(app_id: str) -> Page:
    """The callback URL."""
    app = _app(app_id)
    return render_template(
        "console_authorization.html", app=app, url=app.callback_url, problem="", tab="authorization"
    )


@bp.post("/apps/<app_id>/authorization")
@sign_in_first
def save_authorization(app_id: str) -> Page:
    """Keep the one callback URL."""
    app, url = _app(app_id), request.form.get("callback_url", "").strip()
    try:
        _change(app, callback_url=url)
    except AppError as refused:
        return render_template(
            "console_authorization.html", app=app, url=url, problem=str(refused), tab="authorization"
        )
    return _to("authorization", app)


@bp.get("/apps/<app_id>/distribution")
@sign_in_first
def distribution(app_id: str) -> Page:
    """Whether others than the owner may use the app."""
    return render_template("console_distribution.html", app=_app(app_id), tab="distribution")


@bp.post("/apps/<app_id>/distribution")
@sign_in_first
def save_distribution(app_id: str) -> Page:
    """Share the app, or make it private again."""
    app = _app(app_id)
    _change(app, sharing=request.form.get("sharing") == "on")
    return _to("distribution", app)


@bp.get("/apps/<app_id>/settings")
@sign_in_first
def settings(app_id: str) -> Page:
    """Name, client ID and secret."""
    return render_template("console_settings.html", app=_app(app_id), tab="settings")


@bp.post("/apps/<app_id>/secret")
@sign_in_first
def renew_secret(app_id: str) -> Page:
    """Make a new secret; the old one ends at once."""
    app = _app(app_id)
    _change(app, client_secret=new_secret())
    return _to("settings", app)


@bp.post("/apps/<app_id>/delete")
@sign_in_first
def delete(app_id: str) -> Page:
    """Delete the app with every grant and token."""
    state = current_state()
    with state.lock:
        state.cloud.remove_app(_app(app_id))
        state.save()
    return redirect(url_for("console.my_apps"))
