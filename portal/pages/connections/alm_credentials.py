"""A person's own ALM credentials: connect, test, let programs act, disconnect (mission rows B1 to B3)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import clock
from portal.alm_accounts import accounts, disconnecting, sharing
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.testing import run_test
from portal.audit.uses_reading import UseLine, program_uses
from portal.boards.boards import has_board
from portal.credentials import program_consents
from portal.credentials.keeping import disconnect as erase
from portal.errors import NotHere
from portal.programs.acting_keys import acting_keys
from portal.web import access
from portal.web.board_places import leave_from
from portal.web.consent import begin_consent, refuse_secrets
from portal.web.jira_side import jira_side
from portal.web.place import registry, work

bp = Blueprint("alm_credentials", __name__, url_prefix="/t/<slug:slug>/profile/alm-credentials")

Page = str | Response | tuple[str, int]
USES_SHOWN = 5


@dataclass(frozen=True)
class Programs:
    """Since when programs may act for the person (None: they may not), by which keys, and what they did."""

    since: datetime | None
    keys: list[str]
    uses: list[UseLine]


@bp.get("/")
@access.member
def index() -> Page:
    """Every account of the tenant and my state with it."""
    ready = [account for account in accounts.accounts(work()) if account.saved and account.kind.person_by]
    shown = {"accounts": ready, "allowing": program_consents.allowing_accounts(work())}
    shown["notices"] = disconnecting.notices(work())
    return render_template("connections/alm_credentials.html", **shown, now=clock.now())


@bp.get("/<uuid:account_id>")
@access.member
def show(account_id: UUID) -> Page:
    """My credential for one account."""
    account = _saved(account_id)
    shown = {"account": account, "trouble": account.trouble_of(account.mine), "now": clock.now()}
    told = {"notice": disconnecting.notices(work()).get(account_id), "programs": _programs(account_id)}
    return render_template("connections/alm_credential.html", **shown, **told)


def _programs(account_id: UUID) -> Programs:
    since = program_consents.consent(work(), account_id)
    uses = program_uses(work(), account_id, work().user_id, USES_SHOWN)
    return Programs(since, acting_keys(work(), account_id), uses)


@bp.post("/<uuid:account_id>/programs/allow")
@access.member
@access.recently_proved
def allow_programs(account_id: UUID) -> Page:
    """Let programs act as I do for this account."""
    program_consents.allow(work(), _saved(account_id).id)
    flash("Programs may act as you from now on.", "success")
    return redirect(url_for(".show", account_id=account_id), 303)


@bp.post("/<uuid:account_id>/programs/stop")
@access.member
def stop_programs(account_id: UUID) -> Page:
    """No program acts as I do any more; it makes things safer, so nobody proves anything first."""
    stopped = program_consents.withdraw(work(), _saved(account_id).id)
    flash("No program can act as you any more." if stopped else "Programs were not allowed.", "success")
    return redirect(url_for(".show", account_id=account_id), 303)


@bp.post("/<uuid:account_id>/connect")
@access.member
def connect(account_id: UUID) -> Page:
    """One click, one consent page; where there is none, the page where one pastes a token."""
    account = _saved(account_id)
    refuse_secrets()
    board_id = request.form.get("board_id", type=UUID)
    if board_id and not has_board(work(), board_id):
        raise NotHere
    back = request.form.get("back", "")
    if account.kind.consent is None:
        return redirect(
            url_for("tokens.show", account_id=account_id, board_id=board_id, back=back or None), 303
        )
    if board_id:
        leave_from(board_id, back)
    return begin_consent(account_id, "person", board_id)


@bp.post("/<uuid:account_id>/test")
@access.member
def test(account_id: UUID) -> Page:
    """Try my credential and say who Jira takes me for."""
    account = _saved(account_id)
    result = run_test(work(), registry(), account_id, work().user_id)
    trouble = account.trouble_of_mine(result.code, result.evidence) if result.code else None
    shown = {"account": account, "result": result, "trouble": trouble}
    return render_template("connections/tested.html", **shown), 200 if result.passed else 409


@bp.route("/<uuid:account_id>/disconnect", methods=["GET", "POST"])
@access.member
def disconnect(account_id: UUID) -> Page:
    """Erase my credential; also the way out when I am not the person Jira took me for."""
    account = _saved(account_id)
    stays = sharing.sentence(
        sharing.rests_beside(work(), account_id, work().user_id), jira_side(account).name
    )
    if request.method == "POST":
        gone = erase(work(), account_id, work().user_id, "disconnected")
        name = jira_side(account).name
        erased = f"Your token is erased here. At {name} nothing was revoked: see below how you do that."
        done = f"You are disconnected. {stays}" if stays else erased
        flash(done if gone else "You were not connected.", "success")
        return redirect(url_for(".show", account_id=account_id), 303)
    since = program_consents.consent(work(), account_id)
    return render_template("connections/disconnect.html", account=account, stays=stays, since=since)


def _saved(account_id: UUID) -> AccountView:
    """An account people may connect to; a draft is the admins' business, and some only send."""
    account = accounts.account(work(), account_id)
    if not account.saved or not account.kind.person_by:
        raise NotHere
    return account
