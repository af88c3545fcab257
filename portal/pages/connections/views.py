"""The way to Jira's consent page and back, and the pages on which it ends."""

from uuid import UUID

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.alm_accounts import accounts
from portal.alm_accounts.account_views import AccountView
from portal.boards.boards import has_board
from portal.credentials import callbacks, flows
from portal.credentials.flow_rows import CONNECTED, FlowRejected
from portal.credentials.problems import problem
from portal.errors import NotHere
from portal.kinds.shape import SHARED_CALLBACK, JiraSide
from portal.store.tables import Flow
from portal.web import access
from portal.web.board_places import back_to
from portal.web.consent import begin_consent, refuse_secrets
from portal.web.jira_side import jira_side_of
from portal.web.place import place, registry, work

bp = Blueprint("connections", __name__)

Page = str | Response | tuple[str, int]

CHANGED = (
    "You acted as {former} until now, and act as {now} from here on. Not what you meant? Disconnect, sign "
    "out there, and connect again."
)
# Why a callback could not be taken → title, what happened, what to do.
ENDINGS = {
    "elsewhere": (
        "This was begun somewhere else",
        "The consent you gave belongs to a connection that was begun in another browser, by another "
        "person, or "
        "for another ALM account. Nothing was stored.",
        "Begin and finish in the same browser, signed in as yourself: open ALM credentials in your "
        "profile and "
        "press Connect.",
    ),
    "unknown": (
        "This connection is not known here",
        "The address Jira sent you to does not belong to a connection that is being made: it is too old, was "
        "used before, or was never begun here. Nothing was stored.",
        "Open ALM credentials in your profile and press Connect.",
    ),
    "membership-ended": (
        "You no longer belong to this organisation",
        "While you were at Jira, your membership ended. No new connection was made.",
        "Ask an admin of the organisation to invite you again. The consent you gave can be withdrawn: in "
        "Jira under your profile → Authorized applications, at Atlassian under Connected apps.",
    ),
    "signed-out": (
        "You are not signed in here",
        "Jira sent you back to a browser in which nobody is signed in to this portal. Nothing was stored.",
        "Sign in, open ALM credentials in your profile and press Connect; finish in the same browser.",
    ),
}


@bp.post("/t/<slug:slug>/alm-accounts/<uuid:account_id>/authorise")
@access.admin
def authorise(account_id: UUID) -> Page:
    """Get (or get again) the account's own token."""
    refuse_secrets()
    return begin_consent(account_id, "account")


@bp.get("/t/<slug:slug>/flows/<uuid:flow_id>/leave")
@access.member
def leave(flow_id: UUID) -> Page:
    """Taking you to Jira; once the flow is used or over, to the page that says how it ended."""
    try:
        url = flows.consent_url(work(), registry(), flow_id)
    except NotHere:
        return redirect(url_for(".ended", flow_id=flow_id), 303)
    flow = flows.read_flow(work(), flow_id)
    account = accounts.account(work(), flow.account_id)
    shown = {"account": account, "side": _side(account, flow), "url": url, "flow_id": flow_id}
    return render_template("connections/leave.html", **shown)


@bp.get("/oauth/<uuid:account_id>/callback")
@access.public
def callback(account_id: UUID) -> Page:
    """Where Jira sends the browser back to. Ends the flow and goes on to a clean URL."""
    return _come_back()


@bp.get(SHARED_CALLBACK)
@access.public
def shared_callback() -> Page:
    """The same for the operator's shared app."""
    return _come_back()


def _come_back() -> Page:
    if request.method == "HEAD":  # somebody looks whether the address answers; a flow ends once
        return ""
    came = _read_callback()
    if not current_user.is_authenticated:
        return redirect(url_for(".not_taken", reason="signed-out"), 303)
    try:
        tenant_id, flow_id = callbacks.find_tenant(work(), came.token)
        within = work().within(tenant_id)
        callbacks.finish(within, registry(), flow_id, came)
    except FlowRejected as rejected:
        return redirect(url_for(".not_taken", reason=rejected.code), 303)
    slug = flows.slug_for(within)
    if slug is None:
        return redirect(url_for(".not_taken", reason="membership-ended"), 303)
    return redirect(url_for(".ended", slug=slug, flow_id=flow_id), 303)


def _read_callback() -> callbacks.Callback:
    """What Jira (OAuth 1.0a: after *Deny* the verifier says so) or Atlassian (OAuth 2.0) sent back."""
    said = request.args
    if "oauth_token" in said:
        verifier = said.get("oauth_verifier", "")
        refusal = verifier if verifier == "denied" else ""
        return callbacks.Callback(request.path, said["oauth_token"], verifier, refusal, said.get("iss", ""))
    return callbacks.Callback(
        request.path, said.get("state", ""), said.get("code", ""), said.get("error", ""), said.get("iss", "")
    )


@bp.get("/oauth/ended/<string:reason>")
@access.public
def not_taken(reason: str) -> Page:
    """Why a callback could not be taken; the same for everybody."""
    if reason not in ENDINGS:
        abort(404)
    title, happened, todo = ENDINGS[reason]
    return render_template("connections/not_taken.html", title=title, happened=happened, todo=todo)


@bp.get("/t/<slug:slug>/flows/<uuid:flow_id>")
@access.member
def ended(flow_id: UUID) -> Page:
    """How a flow ended: on to what it was for, or what happened and what to do."""
    flow = flows.read_flow(work(), flow_id)
    if flow.outcome == CONNECTED:
        return _connected(flow)
    if flow.outcome is None:
        return _waiting(flow)
    account = _account_or_none(flow)
    trouble = (account.trouble if account else problem)(flow.outcome, flow.evidence)
    shown = {"flow": flow, "trouble": trouble, "account": account}
    shown["side"] = _side(account, flow) if account else None
    return render_template("connections/problem.html", **shown), 200


def _side(account: AccountView, flow: Flow) -> JiraSide:
    """Jira's side as the flow met it: an account that is being converted is authorised by its new kind."""
    kind = account.kind_in_set_up if flow.purpose == "account" else account.kind
    return jira_side_of(kind.name, account.base_url or "")


def _waiting(flow: Flow) -> Page:
    account = _account_or_none(flow)
    side = _side(account, flow) if account else None
    return render_template("connections/waiting.html", flow=flow, late=flows.is_late(flow), side=side)


def _connected(flow: Flow) -> Page:
    if flow.purpose == "person":
        if flow.evidence:
            flash(CHANGED.format_map(flow.evidence), "warning")
        return redirect(_where_it_was_for(flow), 303)
    if not place().is_admin:
        raise NotHere
    account = accounts.account(work(), flow.account_id)
    if account.pending and account.pending.id == flow.credential_id:
        return redirect(url_for("set_up.identity", account_id=flow.account_id), 303)
    unsaved = "set_up.fields" if account.own else "set_up.show"
    endpoint = "alm_accounts.overview" if account.saved else unsaved
    return redirect(url_for(endpoint, account_id=flow.account_id), 303)


def _where_it_was_for(flow: Flow) -> str:
    """The board the person came from, while it is there; else their credential for the account."""
    if flow.board_id and has_board(work(), flow.board_id):
        return back_to(flow.board_id, flow.id)
    if flow.board_id:
        flash("You are connected. The board you came from was removed in the meantime.", "warning")
    return url_for("alm_credentials.show", account_id=flow.account_id)


def _account_or_none(flow: Flow) -> AccountView | None:
    """The account a flow was for, unless it is gone, or is no business of a member any more."""
    try:
        return accounts.account(g.work, flow.account_id)
    except NotHere:
        return None
