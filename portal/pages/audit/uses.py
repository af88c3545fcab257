"""Who used which credential: of an ALM account and by a program for admins, one's own for everybody."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from portal.alm_accounts import accounts
from portal.audit.uses_reading import read_uses
from portal.audit.uses_wanted import WantedUses
from portal.credentials.problems import problem
from portal.errors import FieldErrors, NotHere
from portal.pages.audit.forms import MyUsesForm, ProgramUsesForm, UsesForm
from portal.programs import keys
from portal.web import access
from portal.web.activity import my_zone
from portal.web.forms import show_errors
from portal.web.place import settings, work

bp = Blueprint("uses", __name__, url_prefix="/t/<slug:slug>")

Page = str | Response | tuple[str, int]


@bp.get("/alm-accounts/<uuid:account_id>/uses")
@access.admin
def show(account_id: UUID) -> Page:
    """Uses of everybody's credential for this account, and of its own."""
    account, form = accounts.account(work(), account_id), UsesForm(request.args)
    form.offer(work(), account)
    shown, status = _shown(form, account=account.id)
    return render_template("audit/uses.html", account=account, form=form, **shown), status


@bp.get("/programs/<uuid:key_id>/uses")
@access.admin
def program(key_id: UUID) -> Page:
    """What a program did by its key, with whose credential."""
    key, form = keys.key(work(), key_id), ProgramUsesForm(request.args)
    form.offer(work(), key.id)
    shown, status = _shown(form, person=key.id)
    return render_template("audit/program_uses.html", key=key, form=form, trouble=problem, **shown), status


@bp.get("/profile/alm-credentials/<uuid:account_id>/uses")
@access.member
def mine(account_id: UUID) -> Page:
    """Uses of one's own credential, whoever asked for them."""
    account, form = accounts.account(work(), account_id), MyUsesForm(request.args)
    if not account.saved or not account.kind.person_by:
        raise NotHere
    shown, status = _shown(form, account=account.id, whose=work().user_id, person=None)
    return render_template("audit/my_uses.html", account=account, form=form, **shown), status


def _shown(form: MyUsesForm, **of_page: Any) -> tuple[dict[str, Any], int]:
    """The uses that are wanted among those of the page, and the answer's status."""
    days = settings().uses_days
    try:
        wanted = WantedUses.of(request.args)
    except FieldErrors as error:
        show_errors(form, error)
        return {"wanted": None, "uses": None, "days": days}, 422
    uses = read_uses(work(), replace(wanted, **of_page), my_zone())
    return {"wanted": wanted, "uses": uses, "days": days}, 200
