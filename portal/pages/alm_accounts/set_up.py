"""The set-up of an account: the Jira side as steps, the portal's few fields, consent, identity, fields."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from portal.alm_accounts import accounts, field_maps, keys
from portal.alm_accounts.accounts import AccountView
from portal.alm_accounts.testing import run_test
from portal.credentials.acting_as import NotConnected
from portal.credentials.keeping import confirm, disconnect
from portal.credentials.problems import problem
from portal.errors import FieldErrors, NotHere, Refused
from portal.jira.answers import JiraTrouble
from portal.jira.client import Field
from portal.kinds.shape import Facts
from portal.pages.alm_accounts.forms import KeyForm, SetUpForm, field_map_form
from portal.start import user_agent
from portal.web import access
from portal.web import place as here
from portal.web.consent import begin_consent
from portal.web.forms import show_errors
from portal.web.place import external, registry, work

bp = Blueprint("set_up", __name__, url_prefix="/t/<slug:slug>/alm-accounts/<uuid:account_id>")

Page = str | Response | tuple[str, int]


@bp.get("/set-up")
@access.admin
def show(account_id: UUID) -> Page:
    """The Jira side beside the portal's fields."""
    account = accounts.account(work(), account_id)
    form = SetUpForm(
        name=account.name, base_url=account.base_url or "", consumer_key=account.key.consumer_key
    )
    return _render(account, form)


@bp.post("/set-up")
@access.admin
def save(account_id: UUID) -> Page:
    """Keep what was typed; with *Get auth token* go on to Jira."""
    account = accounts.account(work(), account_id)
    form = SetUpForm()
    try:
        _save(account, form)
    except FieldErrors as error:
        show_errors(form, error)
        return _render(accounts.account(work(), account_id), form)
    if request.form.get("then") == "connect":
        return begin_consent(account_id, "account")
    has_url = accounts.account(work(), account_id).base_url is not None
    todo = "The direct link to your Jira is in step 1." if has_url else "The base URL is still to come."
    flash(f"Saved. {todo}", "success")
    return redirect(url_for(".show", account_id=account_id), 303)


def _save(account: AccountView, form: SetUpForm) -> None:
    """Keep what is right and tell everything that is wrong: a valid key beside a mistake stays, sealed."""
    wanted = {"name": form.name.data or ""}
    if form.base_url.data or request.form.get("then") == "connect":
        wanted["base_url"] = form.base_url.data or ""
    wire, consumer_key = registry().outbound.wire, form.consumer_key.data or ""
    attempts: tuple[Callable[[], None], ...] = (
        partial(_keep_pasted_key, account, form),
        partial(keys.change_consumer_key, work(), account.id, consumer_key),
        partial(accounts.change, work(), wire, account.id, wanted),
    )
    errors: dict[str, str] = {}
    for attempt in attempts:
        try:
            attempt()
        except FieldErrors as wrong:
            errors |= wrong.errors
    if errors:
        raise FieldErrors(errors)


def _keep_pasted_key(account: AccountView, form: KeyForm | SetUpForm) -> None:
    pasted = pasted_key(form)
    if pasted is not None:
        pair, origin = keys.read_key(pasted, account.key.bits)
        keys.replace_in_draft(work(), account.id, pair, origin)


def pasted_key(form: KeyForm | SetUpForm) -> str | bytes | None:
    """The key as pasted, or as uploaded, be it an empty file; None for neither."""
    upload = form.private_key_file.data
    if isinstance(upload, FileStorage) and upload.filename:
        return bytes(upload.read())
    return str(form.private_key.data or "").strip() or None


@bp.post("/key")
@access.admin
def make_key(account_id: UUID) -> Page:
    """Put a new key pair, made here, in place of a draft's."""
    form = KeyForm()
    if not form.validate():
        raise Refused("Choose one of the key sizes listed.")
    pair, origin = keys.read_key(None, int(form.bits.data))
    keys.replace_in_draft(work(), account_id, pair, origin)
    flash("A new key pair is in place. Paste the new public key in Jira.", "success")
    return redirect(url_for(".show", account_id=account_id), 303)


@bp.post("/identity/<uuid:credential_id>/confirm")
@access.admin
def confirm_identity(account_id: UUID, credential_id: UUID) -> Page:
    """Yes, that identity was meant: tested first, then the account's own. The former serves until then."""
    account = accounts.account(work(), account_id)
    if account.pending is None or account.pending.id != credential_id:
        raise NotHere
    result = run_test(work(), registry(), account_id, None, pending=True)
    if result.passed:
        confirm(work(), account_id, credential_id)
        account = accounts.account(work(), account_id)
        flash(_proof(account), "success")
        endpoint = "alm_accounts.overview" if account.saved else ".fields"
        return redirect(url_for(endpoint, account_id=account_id), 303)
    trouble = problem(result.code or "", result.evidence)
    shown = {"account": account, "result": result, "trouble": trouble}
    return render_template("alm_accounts/tested.html", **shown), 409


def _proof(account: AccountView) -> str:
    version = account.server_info.get("version", "")
    return f"Test passed: identity proved, Jira {version}, and a spoiled signature was refused."


@bp.post("/identity/reject")
@access.admin
def reject_identity(account_id: UUID) -> Page:
    """No, somebody else was signed in to Jira: erase the token and start again."""
    account = accounts.account(work(), account_id)
    if account.pending:
        disconnect(work(), account_id, None, "not_the_one_meant", only_pending=True)
    flash("That token is erased. Sign out of Jira, sign in as the right user, then try again.", "info")
    return redirect(url_for(".show", account_id=account_id), 303)


@bp.route("/fields", methods=["GET", "POST"])
@access.admin
def fields(account_id: UUID) -> Page:
    """Map the fields of that Jira; saving finishes the set-up."""
    account = accounts.account(work(), account_id)
    try:
        listed = field_maps.read_fields(work(), registry(), account_id)
    except (JiraTrouble, NotConnected) as error:
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
        trouble = problem(str(error.code), error.evidence)
    else:
        trouble = problem((error.view and error.view.code) or "not_connected")
    return render_template("alm_accounts/no_fields.html", account=account, trouble=trouble), 409


def _render(account: AccountView, form: SetUpForm) -> Page:
    settings = here.settings()
    facts = Facts(
        portal_url=settings.base_url,
        callback_url=external(account.kind.callback_path(account.id)),
        base_url=account.base_url,
        tenant_name=here.place().tenant.name,
        consumer_key=account.key.consumer_key,
        public_pem=account.key.public_pem,
        user_agent=user_agent(settings),
        outbound_addresses=settings.outbound_addresses,
    )
    shown = {"account": account, "form": form, "key_form": KeyForm(), "facts": facts}
    steps = account.kind.guide(facts)
    return render_template(
        "alm_accounts/set_up.html", steps_of_guide=steps, **shown
    ), 422 if form.errors else 200
