"""The set-up of an account: the Jira side as steps, the portal's few fields, consent, identity, fields."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from portal.alm_accounts import accounts, field_maps, keys, sharing
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.confirming import confirm
from portal.alm_accounts.sites import OtherKind, pin_site
from portal.alm_accounts.testing import run_test
from portal.credentials import token_drafts, tokens
from portal.credentials.acting_as import NotConnected
from portal.credentials.keeping import disconnect
from portal.credentials.problem import Problem
from portal.errors import FieldErrors, NotHere, Refused
from portal.jira.answers import Code, JiraTrouble
from portal.jira.client import Field
from portal.kinds import features
from portal.kinds.methods import CONTROLS
from portal.kinds.scopes import Scope
from portal.kinds.shape import Kind
from portal.pages.alm_accounts.conversion import back_to_account, identity_page, keep_last_day
from portal.pages.alm_accounts.delivery_set_up import test_page
from portal.pages.alm_accounts.forms import KeyForm, field_map_form
from portal.pages.alm_accounts.set_up_shape import SetUp
from portal.pages.alm_accounts.set_ups import set_up_of
from portal.web import access
from portal.web.consent import begin_consent
from portal.web.forms import show_errors
from portal.web.guides import token_guide
from portal.web.jira_side import jira_side
from portal.web.place import registry, work

bp = Blueprint("set_up", __name__, url_prefix="/t/<slug:slug>/alm-accounts/<uuid:account_id>")

Page = str | Response | tuple[str, int]

WAITS_NO_LONGER = "That token waits for your word no longer: it was answered already, or another one came."


@bp.get("/set-up")
@access.admin
@access.recently_proved
def show(account_id: UUID) -> Page:
    """The Jira side beside the portal's fields."""
    return _render(set_up_of(accounts.account(work(), account_id)))


@bp.post("/set-up")
@access.admin
@access.recently_proved
def save(account_id: UUID) -> Page:
    """Keep what was typed; with *Get auth token* or *Connect* go on to Jira."""
    goes_on = request.form.get("then") in ("connect", "token")
    set_up = set_up_of(accounts.account(work(), account_id))
    try:
        set_up.save(goes_on=goes_on)
    except FieldErrors as error:
        show_errors(set_up.form, error)
        set_up.account = accounts.account(work(), account_id)
        return _render(set_up, error.kinds if isinstance(error, OtherKind) else ())
    if goes_on:
        return _go_on(set_up)
    flash(set_up.saved(), "success")
    return redirect(url_for(".show", account_id=account_id), 303)


def _go_on(set_up: SetUp) -> Page:
    """To the consent page; with what was pasted, to the question whose it is; what only sends is tried."""
    account = set_up.account
    if account.kind.only_sends:
        return test_page(account)
    if account.kind_in_set_up.consent and request.form.get("then") != "token":
        return begin_consent(account.id, "account")
    outcome = tokens.connect(work(), registry(), account.id, None)
    set_up.account = accounts.account(work(), account.id)
    if outcome.code:
        return _render(set_up, trouble=set_up.account.trouble(outcome.code, outcome.evidence))
    return redirect(url_for(".identity", account_id=account.id), 303)


@bp.post("/key")
@access.admin
@access.recently_proved
def make_key(account_id: UUID) -> Page:
    """Put a new key pair, made here, in place of a draft's."""
    form = KeyForm()
    if not form.validate():
        raise Refused("Choose one of the key sizes listed.")
    pair, origin = keys.read_key(None, int(form.bits.data))
    keys.replace_in_draft(work(), account_id, pair, origin)
    flash("A new key pair is in place. Paste the new public key in Jira.", "success")
    return redirect(url_for(".show", account_id=account_id), 303)


@bp.get("/identity")
@access.admin
def identity(account_id: UUID) -> Page:
    """Whose token came: is it the identity, and the site, that was meant?"""
    account = accounts.account(work(), account_id)
    if account.pending is None:
        return redirect(url_for(".show", account_id=account_id), 303)
    return identity_page(account)


@bp.post("/identity/<uuid:credential_id>/confirm")
@access.admin
def confirm_identity(account_id: UUID, credential_id: UUID) -> Page:
    """Yes, that identity was meant: tested first, then the account's own. The former serves until then."""
    account = accounts.account(work(), account_id)
    if account.pending is None or account.pending.id != credential_id:
        return back_to_account(account_id, Refused(WAITS_NO_LONGER))
    if form := keep_last_day(account):
        return identity_page(account, form)
    if account.site is not None and account.pending.grant_id is not None:
        chosen = request.form.get("cloud_id") or (account.site.is_pinned and account.site.cloud_id) or ""
        pin_site(work(), registry(), account_id, credential_id, chosen)
    result = run_test(work(), registry(), account_id, None, pending=True)
    if result.passed:
        return _confirmed(account, credential_id)
    account = accounts.account(work(), account_id)
    trouble = account.trouble(result.code or "", result.evidence)
    shown = {"account": account, "result": result, "trouble": trouble}
    return render_template("alm_accounts/tested.html", **shown), 409


def _confirmed(former: AccountView, credential_id: UUID) -> Page:
    """Take it, say what that did, and go on."""
    try:
        confirm(work(), former.id, credential_id)
    except NotHere:
        return back_to_account(former.id, Refused(WAITS_NO_LONGER))
    except Refused as refusal:
        return back_to_account(former.id, refusal)
    account = accounts.account(work(), former.id)
    flash(_proof(account), "success")
    if account.kind is not former.kind and account.conversion is None:
        flash(f"{_going_on(account.people)}, and nobody has to reconnect.", "success")
    endpoint = "alm_accounts.overview" if account.saved else ".fields"
    return redirect(url_for(endpoint, account_id=former.id), 303)


def _going_on(people: int) -> str:
    if people == 0:
        return "Nobody was connected"
    return "1 person goes on as connected" if people == 1 else f"{people} people go on as they are connected"


def _proof(account: AccountView) -> str:
    version = account.server_info.get("version", "")
    sent = CONTROLS[account.own.method] if account.own else "what is spoiled"
    return f"Test passed: identity proved, Jira {version}, and {sent} was refused."


@bp.post("/identity/reject")
@access.admin
def reject_identity(account_id: UUID) -> Page:
    """No, somebody else was signed in to Jira: erase the token and start again."""
    account = accounts.account(work(), account_id)
    name = jira_side(account).name
    stays = sharing.sentence(sharing.rests_beside(work(), account_id, None, only_pending=True), name)
    if account.pending:
        disconnect(work(), account_id, None, "not_the_one_meant", only_pending=True)
    done = f"That identity is not used. {stays}" if stays else "That token is erased."
    again = f"Sign out of {name}, sign in as the right user, then try again."
    if account.pending and account.pending.is_pasted:
        again = "Paste one of the right user."
    flash(f"{done} {again}", "info")
    return redirect(url_for(".show", account_id=account_id), 303)


@bp.route("/fields", methods=["GET", "POST"])
@access.admin
def fields(account_id: UUID) -> Page:
    """Map the fields of that Jira; saving finishes the set-up."""
    account = accounts.account(work(), account_id)
    if account.kind.only_sends:
        raise NotHere
    lacking = features.missing(features.FIELDS, account.own.scopes) if account.own else []
    if lacking:
        return _without_fields(account, lacking)
    try:
        listed = field_maps.read_fields(work(), registry(), account_id)
    except (JiraTrouble, NotConnected) as error:
        if _lacks_scope(error):
            return _without_fields(account, features.missing(features.FIELDS, frozenset()))
        return _no_fields(account, error)
    form = field_map_form(_choices(account_id, listed))
    if form.validate_on_submit():
        try:
            wanted = {role.key: form[role.key].data or "" for role in field_maps.ROLES}
            field_maps.save(work(), account_id, listed, wanted)
        except FieldErrors as error:
            show_errors(form, error)
        else:
            flash(f"{account.name} is saved.", "success")
            return redirect(url_for("alm_accounts.overview", account_id=account_id), 303)
    shown = {"account": account, "form": form, "listed": listed, "roles": field_maps.ROLES}
    return render_template("alm_accounts/fields.html", **shown), 422 if form.errors else 200


def _lacks_scope(error: JiraTrouble | NotConnected) -> bool:
    """Whether it is the token's scopes that keep the fields from being read: none can be added to it."""
    return isinstance(error, JiraTrouble) and error.code is Code.TOKEN_LACKS_SCOPE


def _without_fields(account: AccountView, lacking: list[Scope]) -> Page:
    """The consent does not let fields be read: a draft is saved without a map of them."""
    form = FlaskForm()
    if form.validate_on_submit():
        if account.saved:
            raise Refused("The fields cannot be read with the permissions of this account.")
        field_maps.save(work(), account.id, [], {})
        flash(f"{account.name} is saved.", "success")
        return redirect(url_for("alm_accounts.overview", account_id=account.id), 303)
    return render_template("alm_accounts/fields_off.html", account=account, lacking=lacking)


def _choices(account_id: UUID, listed: list[Field]) -> list[tuple[str, str, list[SelectChoice], str]]:
    none = SelectChoice("", "None")
    return [
        (
            choice.role.key,
            choice.role.label,
            [none, *(SelectChoice(field.id, f"{field.name} ({field.id})") for field in choice.fields)],
            choice.chosen,
        )
        for choice in field_maps.choices(work(), account_id, listed)
    ]


def _no_fields(account: AccountView, error: JiraTrouble | NotConnected) -> Page:
    if isinstance(error, JiraTrouble):
        trouble = account.trouble(str(error.code), error.evidence)
    else:
        trouble = account.trouble_of(error.view) or account.trouble("not_connected")
    return render_template("alm_accounts/no_fields.html", account=account, trouble=trouble), 409


def _render(set_up: SetUp, meant: Sequence[Kind] = (), trouble: Problem | None = None) -> Page:
    """The page; ``meant`` are the kinds of account that the address typed is for, ``trouble`` what came of
    trying what was pasted."""
    account, facts = set_up.account, set_up.facts()
    shown = {"account": account, "form": set_up.form, "key_form": KeyForm(), "facts": facts, "meant": meant}
    draft = token_drafts.draft_of(work(), account.id, None)
    shown |= {"trouble": trouble, "token_held": draft is not None and draft.has_secret}
    shown["token_steps"] = token_guide(account)
    status = 422 if set_up.form.errors else 409 if trouble else 200
    steps = () if account.is_by_shared_app else account.kind_in_set_up.guide(facts)
    return render_template("alm_accounts/set_up.html", steps_of_guide=steps, **shown), status
