"""Replacing a key, or key and consumer key, by stages: make, paste in Jira, try, switch."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.alm_accounts import accounts, keys
from portal.credentials.problem import Problem
from portal.credentials.problems import problem
from portal.errors import FieldErrors
from portal.pages.alm_accounts.forms import NextKeyForm
from portal.pages.alm_accounts.server_set_ups import pasted_key
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import external, registry, work

bp = Blueprint("keys", __name__, url_prefix="/t/<slug:slug>/alm-accounts/<uuid:account_id>/key")

Page = str | Response | tuple[str, int]


@bp.get("/replace")
@access.admin
@access.recently_proved
def show(account_id: UUID) -> Page:
    """Where the replacement stands."""
    account = accounts.account(work(), account_id)
    return _render(account_id, NextKeyForm(consumer_key=account.key.consumer_key))


@bp.post("/next")
@access.admin
@access.recently_proved
def make_next(account_id: UUID) -> Page:
    """Stage 1: a next key beside the current one, which serves on."""
    accounts.account(work(), account_id)
    form = NextKeyForm()
    if not form.validate():
        return _render(account_id, form)
    try:
        pair, origin = keys.read_key(pasted_key(form), int(form.bits.data))
        keys.make_next(work(), account_id, pair, origin, form.consumer_key.data or "")
    except FieldErrors as error:
        show_errors(form, error)
        return _render(account_id, form)
    flash("The new key is made. The old one serves until you switch.", "success")
    return redirect(url_for(".show", account_id=account_id), 303)


@bp.post("/try")
@access.admin
def try_next(account_id: UUID) -> Page:
    """Stage 3: does Jira accept the new key?"""
    account = accounts.account(work(), account_id)
    callback = external(account.kind.callback_path(account_id))
    trouble = keys.try_next(work(), registry(), account_id, callback)
    if trouble:
        return _render(account_id, NextKeyForm(), problem(str(trouble.code), trouble.evidence))
    flash("Jira accepts the new key. You can switch now.", "success")
    return redirect(url_for(".show", account_id=account_id), 303)


@bp.post("/switch")
@access.admin
@access.recently_proved
def switch(account_id: UUID) -> Page:
    """Stage 4: the new key signs from the next request on, everywhere."""
    if keys.switch(work(), account_id):
        flash(
            "Switched to the new consumer key. Reauthorise the account now; everybody else reconnects.",
            "warning",
        )
    else:
        flash("Switched. The old private key is destroyed; nobody has to reconnect.", "success")
    return redirect(url_for("alm_accounts.overview", account_id=account_id), 303)


@bp.post("/discard")
@access.admin
def discard(account_id: UUID) -> Page:
    """Drop the new key; the old one goes on."""
    keys.discard_next(work(), account_id)
    flash("The new key is discarded. The old one serves on.", "info")
    return redirect(url_for(".show", account_id=account_id), 303)


def _render(account_id: UUID, form: NextKeyForm, trouble: Problem | None = None) -> Page:
    account = accounts.account(work(), account_id)
    tried = keys.next_was_accepted(work(), account_id)
    shown = {"account": account, "form": form, "trouble": trouble, "tried": tried}
    callback = external(account.kind.callback_path(account_id))
    status = 422 if form.errors else 409 if trouble else 200
    return render_template("alm_accounts/key.html", callback_url=callback, **shown), status
