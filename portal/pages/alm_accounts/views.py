"""Home, adding an account, its overview, its settings, and its end."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import clock
from portal.alm_accounts import accounts, apps, drafts, lifecycle, sharing
from portal.alm_accounts.testing import run_test
from portal.credentials.keeping import disconnect
from portal.errors import FieldErrors, NotHere
from portal.kinds import KINDS, scopes
from portal.kinds.shape import OAUTH2
from portal.pages.alm_accounts.forms import DeleteForm, KindForm, SettingsForm
from portal.people import tenants, users
from portal.web import access
from portal.web.forms import show_errors
from portal.web.jira_side import jira_side
from portal.web.place import place, registry, work

bp = Blueprint("alm_accounts", __name__, url_prefix="/t/<slug:slug>")

Page = str | Response | tuple[str, int]


@bp.get("/")
@access.member
def home() -> Page:
    """Every ALM account with its state; what there is to do."""
    found = accounts.accounts(work())
    return render_template("alm_accounts/home.html", accounts=found, now=clock.now())


@bp.route("/alm-accounts/new", methods=["GET", "POST"])
@access.admin
def new() -> Page:
    """Choose a kind; a draft exists from here on."""
    form, shared_kinds = KindForm(), _shared_kinds()
    if form.validate_on_submit():
        kind, by_shared = KINDS.get(form.kind.data or ""), form.app.data == "shared"
        if kind is None or (by_shared and kind.name not in shared_kinds):
            raise NotHere
        shared = registry().cloud.shared_app if by_shared else None
        account_id = drafts.create_draft(work(), kind, place().tenant.slug, shared)
        return redirect(url_for("set_up.show", account_id=account_id), 303)
    shown = {"kinds": KINDS.values(), "shared_kinds": shared_kinds}
    return render_template("alm_accounts/new.html", **shown)


def _shared_kinds() -> frozenset[str]:
    """Kinds of account for which the operator has an app."""
    there = registry().cloud.shared_app is not None
    return frozenset(kind.name for kind in KINDS.values() if there and kind.protocol == OAUTH2)


@bp.get("/alm-accounts/<uuid:account_id>")
@access.admin
def overview(account_id: UUID) -> Page:
    """State of one account: who it acts as, until when, who authorised it, what Jira it is."""
    account = accounts.account(work(), account_id)
    if not account.saved:
        return redirect(url_for("set_up.show", account_id=account_id), 303)
    shown: dict[str, Any] = {"account": account, "now": clock.now()}
    shown["trouble"] = account.trouble_of(account.own)
    shown["share"] = apps.share_of(work(), registry(), account_id) if account.is_by_shared_app else None
    shown["off"] = scopes.switched_off(account.own.scopes) if account.own and account.own.scopes else []
    if account.own:
        author = account.own.connected_by
        shown["author"] = users.names(work(), [author]).get(author, "somebody who is gone")
        shown["author_left"] = not tenants.has_member(work(), author)
    return render_template("alm_accounts/overview.html", **shown)


@bp.post("/alm-accounts/<uuid:account_id>/test")
@access.admin
def test(account_id: UUID) -> Page:
    """Try the account's own credential and say what came back."""
    account = accounts.account(work(), account_id)
    result = run_test(work(), registry(), account_id, None)
    trouble = account.trouble(result.code, result.evidence) if result.code else None
    shown = {"account": account, "result": result, "trouble": trouble}
    return render_template("alm_accounts/tested.html", **shown), 200 if result.passed else 409


@bp.route("/alm-accounts/<uuid:account_id>/settings", methods=["GET", "POST"])
@access.admin
def settings(account_id: UUID) -> Page:
    """Name, address, read-only switch, ceiling, private certificate authority."""
    account = accounts.account(work(), account_id)
    form = SettingsForm(obj=account)
    for name in {"base_url", "ca_pem"} - set(account.changeable):
        del form[name]
    if form.validate_on_submit():
        try:
            wanted = {name: form[name].data for name in account.changeable}
            accounts.change(work(), registry().outbound.wire, account_id, wanted)
        except FieldErrors as error:
            show_errors(form, error)
        else:
            flash("Settings are saved.", "success")
            return redirect(url_for(".settings", account_id=account_id), 303)
    status = 422 if form.errors else 200
    return render_template("alm_accounts/settings.html", account=account, form=form), status


@bp.route("/alm-accounts/<uuid:account_id>/disconnect", methods=["GET", "POST"])
@access.admin
def disconnect_own(account_id: UUID) -> Page:
    """Erase the account's own credential; people keep theirs."""
    account = accounts.account(work(), account_id)
    stays = sharing.sentence(sharing.rests_beside(work(), account_id, None))
    if request.method == "POST":
        disconnect(work(), account_id, None, "disconnected")
        name = jira_side(account).name
        erased = "The account's own token is erased here."
        todo = f"At {name} nothing was revoked: see below how you do that."
        flash(f"The account itself is disconnected. {stays}" if stays else f"{erased} {todo}", "success")
        return redirect(url_for(".overview", account_id=account_id), 303)
    return render_template("alm_accounts/disconnect.html", account=account, stays=stays)


@bp.route("/alm-accounts/<uuid:account_id>/delete", methods=["GET", "POST"])
@access.admin
def delete(account_id: UUID) -> Page:
    """Delete the account, its name typed."""
    account = accounts.account(work(), account_id)
    people, boards = lifecycle.what_goes(work(), account_id)
    form = DeleteForm()
    if form.validate_on_submit():
        try:
            lifecycle.delete(work(), account_id, form.typed_name.data or "")
        except FieldErrors as error:
            show_errors(form, error)
        else:
            flash(f"The ALM account {account.name} is deleted.", "success")
            return redirect(url_for(".home"), 303)
    stays = sharing.sentence(sharing.rests_beside_account(work(), account_id))
    shown = {"account": account, "people": people, "boards": boards, "form": form, "stays": stays}
    return render_template("alm_accounts/delete.html", **shown), 422 if form.errors else 200
