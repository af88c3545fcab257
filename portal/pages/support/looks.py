"""What support sees of a tenant during a visit, beside its audit: accounts, checklists and deliveries as they
stand. Nothing here can be pressed: whoever reads this changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask_login import current_user

from portal import clock
from portal.alm_accounts import accounts, connected
from portal.audit.visits import VisitedTenant
from portal.checklist.layers import layers
from portal.checklist.plain import came_back
from portal.checklist.shown import checklist
from portal.checklist.verdict import verdict
from portal.credentials.problems import problem
from portal.credentials.waiting_deliveries import REPLAYED
from portal.deliveries import reading, ways
from portal.deliveries.accepting import RECEIVED
from portal.deliveries.filtering import Wanted
from portal.deliveries.outcomes import OUTCOME_WORDS
from portal.deliveries.replaying import SENT_AGAIN
from portal.errors import FieldErrors
from portal.pages.support.forms import DeliveriesForm
from portal.pages.support.visiting import during_visit
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import work
from portal.web.timelines import shown_timeline

bp = Blueprint("support_looks", __name__, url_prefix="/support/tenants/<uuid:tenant_id>")
STEPS = {
    RECEIVED: "Taken from the program",
    "sent": "Sent to Jira",
    "not_sent": "Could not be sent",
    "refused_together": "Refused together with others",
    REPLAYED: "Replayed by an admin",
    SENT_AGAIN: "Latest state sent again by an admin",
}


@bp.get("/accounts")
@access.support
@during_visit
def all_accounts(tenant: VisitedTenant) -> str:
    """Every ALM account with its state."""
    found = accounts.accounts(work().within(tenant.id))
    return render_template("support/accounts.html", tenant=tenant, accounts=found)


@bp.get("/accounts/<uuid:account_id>")
@access.support
@during_visit
def account(tenant: VisitedTenant, account_id: UUID) -> str:
    """One account: how it connects, and the state of its credentials; never a value."""
    there = work().within(tenant.id)
    found = accounts.account(there, account_id)
    people = connected.people(there, found, connected.Wanted.of(request.args))
    return render_template(
        "support/account.html", tenant=tenant, account=found, people=people, now=clock.now()
    )


@bp.get("/accounts/<uuid:account_id>/checklist")
@access.support
@during_visit
def account_checklist(tenant: VisitedTenant, account_id: UUID) -> str:
    """Its checklist as it stands; nobody goes through it from here."""
    there = work().within(tenant.id)
    found = accounts.account(there, account_id)
    rows = checklist(there, found)
    return render_template(
        "support/checklist.html",
        tenant=tenant,
        account=found,
        checklist=rows,
        layers=layers(rows.rows, lambda row: row.name),
        verdict=verdict(rows),
        came_back=came_back,
        now=clock.now(),
    )


@bp.get("/accounts/<uuid:account_id>/timeline")
@access.support
@during_visit
def timeline(tenant: VisitedTenant, account_id: UUID) -> tuple[str, int]:
    """What happened to it, newest first, and where it stopped working."""
    there = work().within(tenant.id)
    shown, status = shown_timeline(there, accounts.account(there, account_id))
    return render_template("support/timeline.html", tenant=tenant, **shown), status


@bp.get("/deliveries")
@access.support
@during_visit
def all_deliveries(tenant: VisitedTenant) -> tuple[str, int]:
    """Deliveries as they stand, and what holds them up."""
    there, form = work().within(tenant.id), DeliveriesForm(request.args)
    form.offer(reading.choices(there))
    shown = {"tenant": tenant, "form": form, "standing": ways.standing(there), "now": clock.now()}
    try:
        # Not by their names: those are what a program wrote.
        wanted = Wanted.of({name: text for name, text in request.args.items() if name != "words"})
    except FieldErrors as error:
        show_errors(form, error)
        return render_template("support/deliveries.html", page=None, wanted=None, **shown), 422
    page = reading.deliveries(there, wanted, ZoneInfo(current_user.time_zone))
    return render_template("support/deliveries.html", page=page, wanted=wanted, **shown), 200


@bp.get("/deliveries/<uuid:delivery_id>")
@access.support
@during_visit
def delivery(tenant: VisitedTenant, delivery_id: UUID) -> str:
    """One delivery: its state and way; not what the program wrote."""
    found = reading.delivery(work().within(tenant.id), delivery_id)
    steps = [_step(step) for step in found.steps]
    return render_template(
        "support/delivery.html", tenant=tenant, found=found, delivery=found.view, steps=steps
    )


@dataclass(frozen=True)
class Step:
    """A step of a delivery's way, ``times`` over."""

    at: datetime
    what: str
    result: str
    times: int


def _step(step: Mapping[str, Any]) -> Step:
    code = str(step.get("code", ""))
    if code in OUTCOME_WORDS:
        result = OUTCOME_WORDS[code]
    else:
        result = problem(code, is_cloud=True, only_sends=True).title if code else ""
    what = str(step["what"])
    return Step(datetime.fromisoformat(step["at"]), STEPS.get(what, what), result, int(step.get("times", 1)))
