"""The pages that make, change, start, complete and delete a sprint in Jira."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.boards import sprint_changes as changes
from portal.boards.boards import find_board
from portal.boards.moves import TO_SPRINT
from portal.boards.new_sprints import make_sprint
from portal.boards.sent_once import SentAlready
from portal.boards.sprint_changes import ChangedMeanwhile, Known, SprintDesk
from portal.boards.sprint_ends import complete_sprint, move_open
from portal.errors import FieldErrors
from portal.kinds.features import DELETE_SPRINTS, EDIT_SPRINTS, Feature
from portal.pages.boards import sprint_asked as asked
from portal.pages.boards.changing import Answer, changed, keep_typed
from portal.pages.boards.shown import account_of, named, page
from portal.pages.boards.sprint_forms import (
    CompleteForm,
    CountedForm,
    KnownForm,
    NewSprintForm,
    SprintForm,
    StartForm,
)
from portal.web import access
from portal.web.activity import my_zone
from portal.web.place import registry, settings, work

bp = Blueprint("sprints", __name__, url_prefix="/t/<slug:slug>/boards/<uuid:board_id>/sprints")
ONE = "/<int(max=9007199254740991):sprint_id>"
THIS = "This sprint"
# What Jira and the rules say of fields, by the names the forms have for them.
NAMES = {"startDate": "start", "endDate": "end"}
RESEND = "Send it again: that finishes what is not done yet. No sprint is completed twice."
SENT_TWICE = "You sent this twice. Jira made one sprint of it: this one."
ON_ITS_WAY = FieldErrors(
    {"": "Jira has not answered yet what you sent a moment ago. Look at the board before you send it again."}
)
MAKE, EDIT, START, COMPLETE, DELETE = (
    f"boards/sprint_{name}.html" for name in ("new", "edit", "start", "complete", "delete")
)


@bp.route("/new", methods=["GET", "POST"])
@access.member
def new(board_id: UUID) -> Answer:
    """Make a sprint."""
    desk = _desk(board_id)
    if request.method == "GET":
        return page(desk.board, MAKE, partial(asked.to_make, desk))
    form = NewSprintForm()

    def do() -> Response:
        form.hold_past(desk.zone)
        try:
            made = make_sprint(desk, form.texts, form.id, settings().outbound_deadline)
        except SentAlready as error:
            if error.made is None:
                raise ON_ITS_WAY from None
            return _back(desk, SENT_TWICE, error.made, "info")
        return _back(desk, f"Sprint {made.name} made.", made.id)

    return _changed(desk, MAKE, form, EDIT_SPRINTS, do)


@bp.route(f"{ONE}/edit", methods=["GET", "POST"])
@access.member
def edit(board_id: UUID, sprint_id: int) -> Answer:
    """Change name, goal and times."""
    return _timed(board_id, sprint_id, EDIT, SprintForm, _saved)


@bp.route(f"{ONE}/start", methods=["GET", "POST"])
@access.member
def start(board_id: UUID, sprint_id: int) -> Answer:
    """Start a sprint that is planned."""
    return _timed(board_id, sprint_id, START, StartForm, _started)


def _timed(
    board_id: UUID,
    sprint_id: int,
    template: str,
    kind: type[SprintForm | StartForm],
    send: Callable[[SprintDesk, int, Mapping[str, str], Known], str],
) -> Answer:
    """The page of a form with times; ``send`` has Jira take what was typed, and says what came of it."""
    desk = _desk(board_id)
    if request.method == "GET":
        return page(desk.board, template, partial(asked.to_change, desk, sprint_id, kind), about=THIS)
    form = kind()

    def do() -> Response:
        form.hold_past(desk.zone)
        return _back(desk, send(desk, sprint_id, form.texts, form.known), sprint_id)

    return _changed(desk, template, form, EDIT_SPRINTS, do, sprint_id)


def _saved(desk: SprintDesk, sprint_id: int, typed: Mapping[str, str], known: Known) -> str:
    made = changes.change_sprint(desk, sprint_id, typed, known)
    return f"Sprint {made.name} saved." if made else "You changed nothing, so nothing was sent to Jira."


def _started(desk: SprintDesk, sprint_id: int, typed: Mapping[str, str], known: Known) -> str:
    return f"Sprint {changes.start_sprint(desk, sprint_id, typed, known).name} started."


@bp.route(f"{ONE}/delete", methods=["GET", "POST"])
@access.member
def delete(board_id: UUID, sprint_id: int) -> Answer:
    """Say what will happen, then delete a sprint."""
    desk = _desk(board_id)
    if request.method == "GET":
        return page(desk.board, DELETE, partial(asked.to_delete, desk, sprint_id), about=THIS)
    form = CountedForm()

    def do() -> Response:
        name = form.was_name.data
        if changes.delete_sprint(desk, sprint_id, form.known):
            return _back(desk, f"Sprint {name} deleted.")
        return _back(
            desk, f"Sprint {name} is deleted already, or Jira does not show it to you any more.", tone="info"
        )

    return _changed(desk, DELETE, form, DELETE_SPRINTS, do, sprint_id)


@bp.route(f"{ONE}/complete", methods=["GET", "POST"])
@access.member
def complete(board_id: UUID, sprint_id: int) -> Answer:
    """Complete a sprint, then move its open issues; where that stops, what is left can be moved from here."""
    desk = _desk(board_id)
    if request.method == "GET":
        return page(desk.board, COMPLETE, partial(asked.to_complete, desk, sprint_id), about=THIS)
    form = CompleteForm()
    form.choose()
    ending = form.ending

    def do() -> Answer:
        try:
            if not ending.is_completed:
                complete_sprint(desk, sprint_id, form.known, ending)
        finally:
            form.remember(ending)
        return _changed(desk, COMPLETE, form, TO_SPRINT, move, sprint_id, RESEND)

    def move() -> Response:
        try:
            move_open(desk, ending)
        finally:
            form.remember(ending)
        return _back(desk, f"Sprint {form.was_name.data} completed. {ending.words}")

    return _changed(desk, COMPLETE, form, EDIT_SPRINTS, do, sprint_id, RESEND)


def _desk(board_id: UUID) -> SprintDesk:
    return SprintDesk(work(), registry(), find_board(work(), board_id), my_zone())


def _changed(
    desk: SprintDesk,
    template: str,
    form: KnownForm,
    feature: Feature,
    do: Callable[[], Answer],
    sprint_id: int | None = None,
    resend: str = "",
) -> Answer:
    """What ``do`` answers, or the form once more with what stopped it, and with how the sprint is now."""

    def told() -> Answer:
        try:
            return do()
        except ChangedMeanwhile as error:
            form.learn(error.now)
            raise

    def again(**stopped: Any) -> str:
        # Where issues are moved, it may be one of them that is gone.
        if "trouble" in stopped and sprint_id and feature is not TO_SPRINT:
            stopped["trouble"] = named(stopped["trouble"], THIS)
        shown = {"live": asked.FilledForm(form, sprint_id), "account": account_of(desk.board), **stopped}
        return render_template(template, board=desk.board, **shown)

    def keep() -> str:
        return keep_typed(desk.board, fields=form.kept)

    return changed(desk.board, feature, form, told, again, NAMES, keep, resend)


def _back(desk: SprintDesk, told: str, sprint_id: int | None = None, tone: str = "success") -> Response:
    flash(told, tone)
    return redirect(url_for("boards.show", board_id=desk.board.id, sprint=sprint_id), 303)
