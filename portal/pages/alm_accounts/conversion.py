"""Changing the way an account connects: choosing the new one, how far people have come, and the way back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.alm_accounts import accounts, conversion, old_way
from portal.alm_accounts.account_views import AccountView
from portal.errors import FieldErrors, Refused
from portal.kinds import KINDS
from portal.pages.alm_accounts.forms import LastDayForm
from portal.store.work import Work
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import place, registry, work

bp = Blueprint("conversion", __name__, url_prefix="/t/<slug:slug>/alm-accounts/<uuid:account_id>/conversion")

Page = str | Response | tuple[str, int]


@bp.get("")
@access.admin
def show(account_id: UUID) -> Page:
    """The ways this account can change to; or where its change stands."""
    return _render(accounts.account(work(), account_id))


@bp.post("/begin")
@access.admin
def begin(account_id: UUID) -> Page:
    """Make the new way ready beside the former one, and go on to its set-up."""
    shared = registry().cloud.shared_app if request.form.get("app") == "shared" else None
    try:
        conversion.begin(work(), account_id, request.form.get("kind", ""), place().tenant.slug, shared)
    except Refused as refusal:
        return back_to_account(account_id, refusal)
    flash("The new way is set up here. What is connected now goes on meanwhile.", "success")
    return redirect(url_for("set_up.show", account_id=account_id), 303)


@bp.route("/cancel", methods=["GET", "POST"])
@access.admin
def cancel(account_id: UUID) -> Page:
    """Ask, then erase what was made for the new way."""
    account = accounts.account(work(), account_id)
    if request.method == "POST":
        told = "The change is cancelled. Everything goes on as before."
        return _done(account_id, conversion.cancel, told)
    if account.kind_in_set_up is account.kind:
        return redirect(url_for(".show", account_id=account_id), 303)
    return render_template("alm_accounts/conversion_cancel.html", account=account)


@bp.post("/last-day")
@access.admin
def set_last_day(account_id: UUID) -> Page:
    """Choose another last day for older connections."""
    account, form = accounts.account(work(), account_id), LastDayForm()
    try:
        old_way.set_last_day(work(), account_id, form.last_day.data or "")
    except FieldErrors as error:
        show_errors(form, error)
        return _render(account, form)
    except Refused as refusal:
        return back_to_account(account_id, refusal)
    flash("The last day is changed.", "success")
    return redirect(url_for(".show", account_id=account_id), 303)


@bp.route("/end", methods=["GET", "POST"])
@access.admin
def end(account_id: UUID) -> Page:
    """Ask, then end the former way before its day."""
    account = accounts.account(work(), account_id)
    if request.method == "POST":
        told = "The former way has ended. What only it needed is erased."
        return _done(account_id, old_way.end_now, told)
    if account.conversion is None or account.conversion.switched_at is None:
        return redirect(url_for(".show", account_id=account_id), 303)
    counted = old_way.numbers(work(), account_id)
    return render_template("alm_accounts/conversion_end.html", account=account, numbers=counted)


def _done(account_id: UUID, do: Callable[[Work, UUID], object], told: str) -> Response:
    """Do what was asked before, say that it is done, and go on to the account."""
    try:
        do(work(), account_id)
    except Refused as refusal:
        return back_to_account(account_id, refusal)
    flash(told, "success")
    return redirect(url_for("alm_accounts.overview", account_id=account_id), 303)


def back_to_account(account_id: UUID, refusal: Refused) -> Response:
    """From a page that was overtaken, such as one in a second window, to how the account stands now."""
    flash(str(refusal), "warning")
    return redirect(url_for("alm_accounts.overview", account_id=account_id), 303)


def identity_page(account: AccountView, form: LastDayForm | None = None) -> Page:
    """Whose token came; while the account is changing, also what the switch does, and the last day."""
    shown: dict[str, Any] = {"account": account, "identity": account.pending}
    if account.kind_in_set_up is not account.kind:
        shown |= {"numbers": old_way.numbers(work(), account.id), "form": form or last_day_form(account)}
    status = 422 if form and form.errors else 200
    return render_template("alm_accounts/identity.html", **shown), status


def last_day_form(account: AccountView) -> LastDayForm:
    """The day chosen so far, or the one preset."""
    until = account.conversion.old_way_until if account.conversion else None
    return LastDayForm(last_day=(until.date() if until else old_way.preset_day()).isoformat())


def keep_last_day(account: AccountView) -> LastDayForm | None:
    """Keep the day sent with the confirmation; the form with what is wrong, where it cannot be taken."""
    if "last_day" not in request.form or account.kind_in_set_up is account.kind:
        return None
    form = LastDayForm()
    try:
        old_way.set_last_day(work(), account.id, form.last_day.data or "")
    except FieldErrors as error:
        show_errors(form, error)
        return form
    return None


def _render(account: AccountView, form: LastDayForm | None = None) -> Page:
    has_shared = registry().cloud.shared_app is not None
    shown: dict[str, Any] = {
        "account": account,
        "has_shared": has_shared,
        "form": form or last_day_form(account),
    }
    shown["ways"] = [KINDS[name] for name in account.kind.converts_to] if account.saved else []
    shown["numbers"] = old_way.numbers(work(), account.id)
    return render_template("alm_accounts/conversion.html", **shown), 422 if form and form.errors else 200
