"""The pages of deliveries: thin, the rules are in :mod:`portal.deliveries`."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal import clock
from portal.credentials import delivery_ways
from portal.deliveries import counting, pausing, reading, replaying, why
from portal.deliveries.filtering import Wanted
from portal.deliveries.outcomes import OUTCOME_WORDS
from portal.deliveries.ways import standing
from portal.errors import FieldErrors, Refused
from portal.pages.deliveries.choosing import NOTHING_CHOSEN, Choice
from portal.pages.deliveries.forms import FilterForm, WhyForm
from portal.pages.deliveries.words import shown_json, steps_of, waits_for
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import settings, work

bp = Blueprint("deliveries", __name__, url_prefix="/t/<slug:slug>/deliveries")
Answer = str | Response | tuple[str, int]


@bp.get("")
@access.member
def index() -> Answer:
    """What came, the newest first; what waits, and what holds it up."""
    form, shown = FilterForm(request.args), _frame()
    choices = reading.choices(work())
    form.offer(choices)
    try:
        wanted = Wanted.of(request.args, dict(choices.accounts), dict(choices.keys))
    except FieldErrors as error:
        show_errors(form, error)
        return render_template("deliveries/index.html", form=form, wanted=None, **shown), 422
    # Counting takes a second where there are millions: only for whoever asks.
    counts = counting.counts(work(), _zone()) if "counts" in request.args else None
    shown |= {"page": reading.deliveries(work(), wanted, _zone()), "counts": counts, "days": counting.DAYS}
    return render_template("deliveries/index.html", form=form, wanted=wanted, **shown)


@bp.get("/<uuid:delivery_id>")
@access.member
def show(delivery_id: UUID) -> str:
    """One delivery, its way step by step, and what it says."""
    found = reading.delivery(work(), delivery_id)
    ways = {way.account_id: way for way in standing(work()).ways}
    return render_template(
        "deliveries/show.html",
        found=found,
        delivery=found.view,
        steps=steps_of(work(), found),
        waits_for=waits_for(ways.get(found.view.account_id), found.view.kind),
        json=shown_json(found.body),
        can_send_latest=replaying.can_send_latest(found),
    )


@bp.get("/why")
@access.member
def why_nothing() -> Answer:
    """Why nothing shows on an issue."""
    form, shown = WhyForm(request.args), _frame()
    ways = shown["standing"].ways
    form.offer(ways)
    if "issue" not in request.args:
        return render_template("deliveries/why.html", form=form, answer=None, **shown)
    try:
        question = why.Question.of(request.args["issue"], form.account.data, ways)
    except FieldErrors as error:
        show_errors(form, error)
        return render_template("deliveries/why.html", form=form, answer=None, **shown), 422
    found = why.answer(work(), question, ways)
    return render_template("deliveries/why.html", form=form, answer=found, **shown)


@bp.get("/replay")
@access.admin
def confirm_replay() -> Answer:
    """How many would be replayed, and of how many Jira will ignore the number."""
    choice = _choice(request.args)
    if choice is None:
        flash(NOTHING_CHOSEN, "info")
        return redirect(url_for(".index"), 303)
    would = replaying.chosen(work(), choice.conditions(_zone()))
    return render_template("deliveries/replay.html", choice=choice, would=would, most=replaying.MOST)


@bp.post("/replay")
@access.admin
def replay() -> Response:
    """Replay them: they go once more as they were."""
    choice = _choice(request.form)
    count = replaying.replay(work(), choice.conditions(_zone())) if choice else 0
    if choice is None or count == 0:
        flash(NOTHING_CHOSEN, "info")
        return redirect(url_for(".index"), 303)
    what = "1 delivery is replayed: it waits" if count == 1 else f"{count} deliveries are replayed: they wait"
    flash(f"{what} to be sent. Nothing more is to be done.", "success")
    if len(choice.ids) == 1:
        return redirect(url_for(".show", delivery_id=choice.ids[0]), 303)
    query: dict[str, Any] = choice.wanted.query()
    return redirect(url_for(".index", **query), 303)


@bp.post("/<uuid:delivery_id>/send-latest")
@access.admin
def send_latest(delivery_id: UUID) -> Response:
    """Have the latest state of the same thing sent with a new number."""
    try:
        made = replaying.send_latest(work(), delivery_id)
    except Refused as refused:
        flash(str(refused), "warning")
        return redirect(url_for(".show", delivery_id=delivery_id), 303)
    flash("The latest state waits to be sent, with a new number. This is its delivery.", "success")
    return redirect(url_for(".show", delivery_id=made), 303)


@bp.post("/accounts/<uuid:account_id>/pause")
@access.admin
def pause(account_id: UUID) -> Response:
    """Send nothing of this account until somebody resumes it."""
    name = pausing.pause(work(), account_id)
    flash(
        f"{name} is paused. Nothing is lost: what programs report is taken and waits until you resume it.",
        "success",
    )
    return redirect(url_for(".index"), 303)


@bp.post("/accounts/<uuid:account_id>/resume")
@access.admin
def resume(account_id: UUID) -> Response:
    """Send again."""
    flash(f"{pausing.resume(work(), account_id)} sends again, beginning with what waits longest.", "success")
    return redirect(url_for(".index"), 303)


@bp.post("/accounts/<uuid:account_id>/try-again")
@access.admin
def try_again(account_id: UUID) -> Response:
    """Send what is held up, or left out, now; a page that is no longer true may ask for it during a pause."""
    paused_until = delivery_ways.try_again(work(), account_id)
    if paused_until:
        here = paused_until.astimezone(_zone())
        until = f"{here.day} {here:%b %Y, %H:%M %Z}"
        flash(
            f"Jira asked for a pause until {until}. Nothing is sent before; it goes by itself then.", "info"
        )
    else:
        flash("It is tried again now. What Jira still does not take goes on waiting.", "success")
    return redirect(url_for(".index"), 303)


def _choice(given: MultiDict[str, str]) -> Choice | None:
    try:
        return Choice.of(given)
    except FieldErrors:
        return None


def _zone() -> ZoneInfo:
    return ZoneInfo(current_user.time_zone)


def _frame() -> dict[str, Any]:
    """What the list and the question have in common."""
    kept = settings().deliveries_days
    words = list(OUTCOME_WORDS.items())
    return {"standing": standing(work()), "now": clock.now(), "days_kept": kept, "words": words}
