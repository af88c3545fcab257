"""The application link generated: as a script, or made from here where the operator allows that."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.alm_accounts import accounts, link_by_rest, link_power_shell, link_script
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.link_power_shell import power_shell_script
from portal.alm_accounts.link_script import shell_script, wanted_link
from portal.credentials.problem import Problem
from portal.errors import FieldErrors, NotHere
from portal.jira.applinks import NewLink
from portal.jira.base_urls import BaseUrl
from portal.pages.alm_accounts.forms import LinkByRestForm
from portal.web import access
from portal.web.forms import show_errors
from portal.web.guides import facts_of
from portal.web.place import place, registry, runs, settings, work

bp = Blueprint(
    "link_script", __name__, url_prefix="/t/<slug:slug>/alm-accounts/<uuid:account_id>/link-script"
)

Page = str | AnyResponse | tuple[str, int]


def _wanted(account_id: UUID) -> tuple[AccountView, NewLink]:
    account = accounts.account(work(), account_id)
    return account, wanted_link(account, settings().base_url, place().tenant.name)


@bp.get("")
@access.admin
def show(account_id: UUID) -> Page:
    """The script, to look at and copy; for a shell and for PowerShell."""
    account, link = _wanted(account_id)
    scripts = {}
    if account.base_url is not None:
        base_url = BaseUrl.stored(account.base_url)
        scripts = {"shell": shell_script(base_url, link), "windows": power_shell_script(base_url, link)}
    return render_template("alm_accounts/link_script.html", account=account, scripts=scripts)


@bp.get("/shell")
@access.admin
def shell(account_id: UUID) -> Page:
    """The script for a shell as a file."""
    base_url, link = _for_file(account_id)
    return _file(shell_script(base_url, link), link_script.FILE_NAME, "text/x-shellscript")


@bp.get("/power-shell")
@access.admin
def power_shell(account_id: UUID) -> Page:
    """The script for PowerShell as a file."""
    base_url, link = _for_file(account_id)
    return _file(power_shell_script(base_url, link), link_power_shell.FILE_NAME, "text/plain")


def _for_file(account_id: UUID) -> tuple[BaseUrl, NewLink]:
    account, link = _wanted(account_id)
    if account.base_url is None:
        raise NotHere
    return BaseUrl.stored(account.base_url), link


def _file(script: str, name: str, mimetype: str) -> Response:
    answer = Response(script, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.route("/run", methods=["GET", "POST"])
@access.admin
@access.recently_proved
def run(account_id: UUID) -> Page:
    """Make the link from here, once the operator switched that on; then the checklist looks at it."""
    account, link = _wanted(account_id)
    if not settings().links_by_rest or account.base_url is None:
        raise NotHere
    form = LinkByRestForm()
    return _make(account, link, form) if form.is_submitted() else _render(account, form)


def _make(account: AccountView, link: NewLink, form: LinkByRestForm) -> Page:
    given = link_by_rest.read_typed(form.method.data or "", form.login.data or "", form.secret.data or "")
    form.method.data, form.login.data, form.secret.data = given.typed.method, given.shown["login"], ""
    try:
        trouble = link_by_rest.make(work(), registry(), account, link, given)
    except FieldErrors as error:
        show_errors(form, error)
        return _render(account, form)
    if trouble:
        return _render(account, form, trouble)
    runs().start(work(), account.id)
    flash("Jira made the link. The checklist looks now whether it works.", "success")
    return redirect(url_for("checklist.show", account_id=account.id), 303)


def _render(account: AccountView, form: LinkByRestForm, trouble: Problem | None = None) -> Page:
    steps = account.kind_in_set_up.guide(facts_of(account))
    shown = {"account": account, "form": form, "trouble": trouble, "steps_of_guide": steps}
    page = render_template("alm_accounts/link_by_rest.html", **shown)
    return page, 422 if form.errors else 409 if trouble else 200
