"""Home, adding an account, its overview, its settings, and its end."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import clock
from portal.alm_accounts import (
    accounts,
    apps,
    connected,
    drafts,
    lifecycle,
    next_credential,
    old_way,
    resting,
    sharing,
)
from portal.alm_accounts.testing import run_test
from portal.checklist import drift
from portal.credentials.keeping import disconnect
from portal.errors import FieldErrors, NotHere
from portal.kinds import KINDS, features, sent_data
from portal.kinds.shape import Kind
from portal.pages.alm_accounts.delivery_set_up import test_page
from portal.pages.alm_accounts.forms import DeleteForm, KindForm, SettingsForm
from portal.people import users
from portal.web import access
from portal.web.forms import show_errors
from portal.web.jira_side import jira_side
from portal.web.place import place, registry, work
from portal.web.token_ends import end_page

bp = Blueprint("alm_accounts", __name__, url_prefix="/t/<slug:slug>")

Page = str | Response | tuple[str, int]


@bp.get("/")
@access.member
def home() -> Page:
    """Every ALM account with its state; what there is to do."""
    found = accounts.accounts(work())
    gone = resting.gone_authors(work(), [one.own for one in found if one.own]) if place().is_admin else {}
    checked = drift.standings(work(), [one.id for one in found]) if place().is_admin else {}
    shown = {"accounts": found, "gone": gone, "checked": checked, "now": clock.now()}
    return render_template("alm_accounts/home.html", **shown)


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
    shown = {"groups": _groups(), "shared_kinds": shared_kinds}
    return render_template("alm_accounts/new.html", **shown)


def _groups() -> dict[str, list[Kind]]:
    """The kinds to choose from, by where a Jira stands; the recommended one first."""
    first = sorted(KINDS.values(), key=lambda kind: (kind.only_sends, not kind.is_recommended))
    return {
        "cloud": [kind for kind in first if kind.is_cloud],
        "server": [kind for kind in first if not kind.is_cloud],
    }


def _shared_kinds() -> frozenset[str]:
    """Kinds of account for which the operator has an app."""
    there = registry().cloud.shared_app is not None
    return frozenset(kind.name for kind in KINDS.values() if there and kind.is_cloud and kind.consent)


@bp.get("/alm-accounts/<uuid:account_id>")
@access.admin
def overview(account_id: UUID) -> Page:
    """State of one account: who it acts as, until when, who authorised it, what Jira it is."""
    account = accounts.account(work(), account_id)
    if not account.saved:
        return redirect(url_for("set_up.show", account_id=account_id), 303)
    shown: dict[str, Any] = {"account": account, "now": clock.now()}
    shown["trouble"] = account.trouble_of(account.own)
    shown["numbers"] = old_way.numbers(work(), account_id) if account.conversion else None
    shown["share"] = apps.share_of(work(), registry(), account_id) if account.is_by_shared_app else None
    shown["people"] = connected.people(work(), account, connected.Wanted())
    shown["sent_data"] = sent_data.ticked(account.app.scopes) if account.app else []
    shown["off"] = features.switched_off(account.own.scopes) if account.own and account.own.scopes else []
    shown["entered"] = next_credential.entered(work(), account_id) if account.kind.only_sends else None
    if account.own:
        author = account.own.connected_by
        shown["author"] = users.names(work(), [author]).get(author, resting.NAMELESS)
        shown["author_left"] = bool(resting.gone_authors(work(), [account.own]))
    return render_template("alm_accounts/overview.html", **shown)


@bp.post("/alm-accounts/<uuid:account_id>/next-credential/forget")
@access.admin
def forget_next(account_id: UUID) -> Page:
    """Stay with the credential that serves: forget what was entered to replace it."""
    next_credential.forget(work(), account_id)
    flash("What was entered is forgotten. The credential that served goes on.", "success")
    return redirect(url_for(".overview", account_id=account_id), 303)


@bp.post("/alm-accounts/<uuid:account_id>/test")
@access.admin
def test(account_id: UUID) -> Page:
    """Try the account's own credential and say what came back."""
    account = accounts.account(work(), account_id)
    if account.kind.only_sends:
        return test_page(account)
    result = run_test(work(), registry(), account_id, None)
    trouble = account.trouble(result.code, result.evidence) if result.code else None
    shown = {"account": account, "result": result, "trouble": trouble}
    return render_template("alm_accounts/tested.html", **shown), 200 if result.passed else 409


@bp.route("/alm-accounts/<uuid:account_id>/token-end", methods=["GET", "POST"])
@access.admin
def token_end(account_id: UUID) -> Page:
    """Enter when the account's own token ends, where its Jira did not tell."""
    account = accounts.account(work(), account_id)
    endpoint = "set_up.identity" if account.pending else ".overview"
    back = url_for(endpoint, account_id=account_id)
    return end_page(account, None, account.pending, account.own, back=back)


@bp.route("/alm-accounts/<uuid:account_id>/settings", methods=["GET", "POST"])
@access.admin
def settings(account_id: UUID) -> Page:
    """Name, address, read-only switch, ceiling, private certificate authority."""
    account = accounts.account(work(), account_id)
    form = SettingsForm(obj=account)
    for name in {"base_url", "ca_pem", "read_only"} - set(account.changeable):
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
    name = jira_side(account).name
    stays = sharing.sentence(sharing.rests_beside(work(), account_id, None), name)
    if request.method == "POST":
        disconnect(work(), account_id, None, "disconnected")
        erased = "The account's own token is erased here."
        todo = f"At {name} nothing was revoked: see below how you do that."
        flash(f"The account itself is disconnected. {stays}" if stays else f"{erased} {todo}", "success")
        return redirect(url_for(".overview", account_id=account_id), 303)
    return render_template("alm_accounts/disconnect.html", account=account, stays=stays)


@bp.route("/alm-accounts/<uuid:account_id>/delete", methods=["GET", "POST"])
@access.admin
@access.recently_proved
def delete(account_id: UUID) -> Page:
    """Delete the account, its name typed."""
    account = accounts.account(work(), account_id)
    goes = lifecycle.what_goes(work(), account_id)
    form = DeleteForm()
    if form.validate_on_submit():
        try:
            lifecycle.delete(work(), account_id, form.typed_name.data or "")
        except FieldErrors as error:
            show_errors(form, error)
        else:
            flash(f"The ALM account {account.name} is deleted.", "success")
            return redirect(url_for(".home"), 303)
    resting = sharing.rests_beside_account(work(), account_id)
    stays = sharing.sentence(resting, jira_side(account).name)
    shown = {"account": account, "goes": goes, "form": form, "stays": stays}
    return render_template("alm_accounts/delete.html", **shown), 422 if form.errors else 200
