"""The application link pages, as an administrator meets them in Jira before 9 and from 9 on."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

from flask import Blueprint, abort, g, redirect, render_template, request, url_for

from portal.sandbox.bearer import OAUTH2_SINCE
from portal.sandbox.oauth_rows import Link
from portal.sandbox.people import USERS
from portal.sandbox.public_keys import PublicKeyError, read_public_key
from portal.sandbox.signin import Page, sign_in_first
from portal.sandbox.state import State, current_state

P = ParamSpec("P")

bp = Blueprint("links", __name__, url_prefix="/plugins/servlet/applinks")


def admin_only(view: Callable[P, Page]) -> Callable[P, Page]:
    """Let Jira administrators in; everybody else reads who can help."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Page:
        if not g.user.is_admin:
            text = f"'{g.user.name}' may not access this page. Sign in as a Jira administrator."
            return render_template("message.html", title="Administrator access required", text=text), 403
        return view(*args, **kwargs)

    return sign_in_first(guarded)


@bp.get("/listApplicationLinks")
@admin_only
def listing() -> Page:
    """All links; before Jira 9 with the field for the URL of a new one."""
    state = current_state()
    return render_template(
        "links.html",
        links=state.links.values(),
        incoming=state.server.incoming.values(),
        new_dialog=state.faults.major_version >= 9,
        has_oauth2=state.faults.at_least(*OAUTH2_SINCE),
    )


@bp.get("/createLink")
@admin_only
def choose() -> Page:
    """The first dialog of Jira 9 and later: which kind of application it is."""
    return render_template("link_choose.html", problem="")


@bp.post("/createLink")
@admin_only
def chosen() -> Page:
    """Go on with an Atlassian product, or with an external application, which is OAuth 2.0."""
    kind = request.form.get("applicationType", "")
    if kind == "external":
        has_oauth2 = current_state().faults.at_least(*OAUTH2_SINCE)
        return render_template("link_external.html", has_oauth2=has_oauth2)
    if kind != "atlassian":
        return render_template("link_choose.html", problem="Choose the type of application.")
    return to_dialog(request.form.get("applicationUrl", ""))


@bp.post("/createNewLink")
@admin_only
def create_new_link() -> Page:
    """*Create new link* of Jira before 9."""
    return to_dialog(request.form.get("applicationUrl", ""))


def to_dialog(url: str) -> Page:
    """Show the dialog *Link applications*, with the warning Jira gives for a generic application's URL."""
    url = url.strip()
    if url and "://" not in url:
        url = f"http://{url}"
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        text = "Enter the URL of the application you want to link to."
        return render_template("message.html", title="The URL is not valid", text=text), 400
    return render_template("link_dialog.html", url=url, name="", problem="")


@bp.post("/linkApplications")
@admin_only
def link_applications() -> Page:
    """The dialog's answer: on to incoming authentication, or a link without any."""
    name, url = (
        request.form.get("applicationName", "").strip(),
        request.form.get("applicationUrl", "").strip(),
    )
    if not name:
        return render_template(
            "link_dialog.html", url=url, name=name, problem="Application Name is required."
        )
    link = Link(secrets.token_hex(8), name, url)
    if "createIncomingLink" in request.form:
        return render_template("link_incoming.html", link=link, problems={}, is_new=True)
    _keep(link, current_state())
    return redirect(url_for("links.listing"))


def _keep(link: Link, state: State) -> None:
    with state.lock:
        old = state.links.get(link.id)
        if old and old.consumer_key != link.consumer_key:
            state.drop_tokens(old.consumer_key)
        state.links[link.id] = link
        state.save()


@bp.get("/<link_id>/incoming")
@admin_only
def edit(link_id: str) -> Page:
    """*Incoming Authentication* of an existing link."""
    return render_template("link_incoming.html", link=_existing(link_id), problems={}, is_new=False)


@bp.post("/incoming")
@admin_only
def save_incoming() -> Page:
    """Keep incoming authentication of a new or an existing link."""
    state = current_state()
    link, problems = _read_incoming(state)
    if problems:
        is_new = link.id not in state.links
        return render_template("link_incoming.html", link=link, problems=problems, is_new=is_new)
    _keep(link, state)
    return redirect(url_for("links.listing"))


def _read_incoming(state: State) -> tuple[Link, dict[str, str]]:
    """Read the form into a link, and say by field name what is wrong with it."""
    field = {name: value.strip() for name, value in request.form.items()}
    link = Link(
        id=field.get("linkId") or secrets.token_hex(8),
        name=field.get("applicationName", ""),
        url=field.get("applicationUrl", ""),
        consumer_key=field.get("consumerKey", ""),
        consumer_name=field.get("consumerName", ""),
        description=field.get("description", ""),
        public_key=field.get("publicKey", ""),
        callback_url=field.get("consumerCallbackUrl", ""),
        two_lo_allowed="twoLOAllowed" in field,
        two_lo_user=field.get("executingTwoLOUser", ""),
    )
    return link, check_link(link, state)


def check_link(link: Link, state: State) -> dict[str, str]:
    """Say by field name what is wrong with a link; bring its public key into one form (PEM)."""
    problems = {}
    other = state.consumer(link.consumer_key)
    if not link.consumer_key:
        problems["consumerKey"] = "Please enter the consumer key."
    elif other and other.id != link.id:
        problems["consumerKey"] = f"There is already a consumer with the key '{link.consumer_key}'."
    if not link.consumer_name:
        problems["consumerName"] = "Please enter the consumer name."
    try:
        link.public_key = read_public_key(link.public_key)
    except PublicKeyError as refused:
        problems["publicKey"] = str(refused)
    if link.callback_url and urlsplit(link.callback_url).scheme not in ("http", "https"):
        problems["consumerCallbackUrl"] = "The callback URL must start with http:// or https://."
    if link.two_lo_user and link.two_lo_user not in USERS:
        problems["executingTwoLOUser"] = f"There is no user '{link.two_lo_user}'."
    return problems


@bp.post("/<link_id>/delete")
@admin_only
def delete(link_id: str) -> Page:
    """Delete a link; every token of its consumer goes with it."""
    current_state().remove_link(_existing(link_id).id)
    return redirect(url_for("links.listing"))


def _existing(link_id: str) -> Link:
    link = current_state().links.get(link_id)
    return link or abort(404)
