"""A person's own token or password for one account: pasted, tried, connected (mission row B4)."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.alm_accounts import accounts
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.testing import run_test
from portal.boards.boards import has_board
from portal.credentials import token_drafts, tokens, typed
from portal.credentials.problem import Problem
from portal.errors import FieldErrors, NotHere
from portal.kinds.methods import PAT
from portal.web import access, token_forms
from portal.web.board_places import back_to, leave_from
from portal.web.forms import show_errors
from portal.web.guides import token_guide
from portal.web.place import registry, work
from portal.web.shown_tests import keep_test, kept_test
from portal.web.token_ends import end_page, lacks_end
from portal.web.token_forms import TokenForm

bp = Blueprint(
    "tokens", __name__, url_prefix="/t/<slug:slug>/profile/alm-credentials/<uuid:account_id>/token"
)

Page = str | Response | tuple[str, int]

UNTOLD = (
    "Jira does not tell when this token ends, so nobody is warned before. Enter the day: profile → ALM "
    "credentials → Edit."
)


@bp.get("")
@access.member
@access.recently_proved
def show(account_id: UUID) -> Page:
    """The fields, and how one makes the token."""
    return _Pasting(account_id).render()


@bp.post("")
@access.member
@access.recently_proved
def connect(account_id: UUID) -> Page:
    """Keep what was typed, try it, and connect with it."""
    pasting = _Pasting(account_id)
    try:
        token_forms.keep(work(), account_id, work().user_id, pasting.methods, pasting.form)
    except FieldErrors as error:
        show_errors(pasting.form, error)
        return pasting.render()
    outcome = tokens.connect(work(), registry(), account_id, work().user_id)
    if outcome.identity is None:
        return pasting.render(pasting.account.trouble(outcome.code or "", outcome.evidence))
    return pasting.connected(outcome.identity.display_name)


@bp.get("/connected")
@access.member
def connected(account_id: UUID) -> Page:
    """Who one is connected as by what was pasted, and what the test of it saw."""
    account, result = accounts.account(work(), account_id), kept_test(account_id)
    if account.mine is None or not account.mine.is_pasted or result is None:
        return redirect(url_for("alm_credentials.show", account_id=account_id), 303)
    trouble = account.trouble(result.code, result.evidence) if result.code else None
    shown = {"account": account, "result": result, "trouble": trouble}
    return render_template("connections/tested.html", connected=account.mine.display_name, **shown)


@bp.route("/end", methods=["GET", "POST"])
@access.member
def end(account_id: UUID) -> Page:
    """Enter when one's token ends, where its Jira did not tell."""
    account = accounts.account(work(), account_id)
    back = url_for("alm_credentials.show", account_id=account_id)
    return end_page(account, work().user_id, account.mine, back=back)


class _Pasting:
    """One person at one account's page; :class:`NotHere` where nothing is pasted."""

    def __init__(self, account_id: UUID) -> None:
        self.account: AccountView = accounts.account(work(), account_id)
        self.methods = typed.methods_of(work(), account_id, work().user_id)
        self.board_id = request.values.get("board_id", type=UUID)
        if not self.account.saved or (self.board_id and not has_board(work(), self.board_id)):
            raise NotHere
        self.back = request.values.get("back", "")
        if self.board_id and request.method == "POST":  # a link changes nothing of what a session holds
            leave_from(self.board_id, self.back)
        self.form = TokenForm()
        self.held = token_drafts.draft_of(work(), account_id, work().user_id)
        token_forms.fit(self.form, self.methods, self.held)
        if PAT not in self.methods and not self.held and not self.form.is_submitted():
            mine = self.account.mine
            self.form.login.data = (mine.login if mine else "") or current_user.email

    def render(self, trouble: Problem | None = None) -> Page:
        """The page, with what is wrong."""
        held = token_drafts.draft_of(work(), self.account.id, work().user_id)
        shown: dict[str, Any] = {"account": self.account, "form": self.form}
        shown |= {"board_id": self.board_id, "back": self.back}
        shown |= {"held": held is not None and held.has_secret, "trouble": trouble}
        status = 422 if self.form.errors else 409 if trouble else 200
        return render_template("connections/token.html", guide=token_guide(self.account), **shown), status

    def connected(self, name: str) -> Page:
        """Back to the board one came from, or on to what a test of the new connection saw."""
        if self.board_id:
            if lacks_end(accounts.account(work(), self.account.id).mine):
                flash(UNTOLD, "warning")
            flash(f"Connected as {name}. Not you? Open “Acting as” below.", "success")
            return redirect(back_to(self.board_id), 303)
        keep_test(self.account.id, run_test(work(), registry(), self.account.id, work().user_id))
        return redirect(url_for(".connected", account_id=self.account.id), 303)
