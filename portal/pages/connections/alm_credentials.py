"""A person's own ALM credentials: one row per account, connect, test, disconnect (mission rows B1 to B3)."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import clock
from portal.alm_accounts import accounts, sharing
from portal.alm_accounts.testing import run_test
from portal.boards.boards import has_board
from portal.credentials.keeping import disconnect as erase
from portal.errors import NotHere
from portal.web import access
from portal.web.consent import begin_consent, refuse_secrets
from portal.web.jira_side import jira_side
from portal.web.place import registry, work

bp = Blueprint("alm_credentials", __name__, url_prefix="/t/<slug:slug>/profile/alm-credentials")

Page = str | Response | tuple[str, int]


@bp.get("/")
@access.member
def index() -> Page:
    """Every account of the tenant and my state with it."""
    ready = [account for account in accounts.accounts(work()) if account.saved]
    return render_template("connections/alm_credentials.html", accounts=ready, now=clock.now())


@bp.get("/<uuid:account_id>")
@access.member
def show(account_id: UUID) -> Page:
    """My credential for one account."""
    account = _saved(account_id)
    shown = {"account": account, "trouble": account.trouble_of(account.mine), "now": clock.now()}
    return render_template("connections/alm_credential.html", **shown)


@bp.post("/<uuid:account_id>/connect")
@access.member
def connect(account_id: UUID) -> Page:
    """One click, one consent page."""
    _saved(account_id)
    refuse_secrets()
    board_id = request.form.get("board_id", type=UUID)
    if board_id and not has_board(work(), board_id):
        raise NotHere
    return begin_consent(account_id, "person", board_id)


@bp.post("/<uuid:account_id>/test")
@access.member
def test(account_id: UUID) -> Page:
    """Try my credential and say who Jira takes me for."""
    account = _saved(account_id)
    result = run_test(work(), registry(), account_id, work().user_id)
    trouble = account.trouble(result.code, result.evidence) if result.code else None
    shown = {"account": account, "result": result, "trouble": trouble}
    return render_template("connections/tested.html", **shown), 200 if result.passed else 409


@bp.route("/<uuid:account_id>/disconnect", methods=["GET", "POST"])
@access.member
def disconnect(account_id: UUID) -> Page:
    """Erase my credential; also the way out when I am not the person Jira took me for."""
    account = _saved(account_id)
    stays = sharing.sentence(sharing.rests_beside(work(), account_id, work().user_id))
    if request.method == "POST":
        gone = erase(work(), account_id, work().user_id, "disconnected")
        name = jira_side(account).name
        erased = f"Your token is erased here. At {name} nothing was revoked: see below how you do that."
        done = f"You are disconnected. {stays}" if stays else erased
        flash(done if gone else "You were not connected.", "success")
        return redirect(url_for(".show", account_id=account_id), 303)
    return render_template("connections/disconnect.html", account=account, stays=stays)


def _saved(account_id: UUID) -> accounts.AccountView:
    """An account people may connect to; a draft is the admins' business."""
    account = accounts.account(work(), account_id)
    if not account.saved:
        raise NotHere
    return account
