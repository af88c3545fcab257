"""Pages that put issues into epics, and take them out, as the person at work."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from portal.boards import epic_choices, epic_moves
from portal.boards.boards import BoardView, find_board
from portal.boards.named_issues import left_out
from portal.boards.statuses import key_of
from portal.errors import FieldErrors
from portal.kinds.features import EDIT_EPICS
from portal.pages.boards.changing import Answer, changed, keep_typed, typed
from portal.pages.boards.epic_forms import AddForm, EpicOfIssueForm, LeaveForm, places_of, target_of
from portal.pages.boards.epic_shared import came_from, form_again
from portal.pages.boards.live import LONGEST_SEARCH
from portal.pages.boards.shown import page
from portal.web import access
from portal.web.place import registry, work

bp = Blueprint("epic_issues", __name__, url_prefix="/t/<slug:slug>/boards/<uuid:board_id>")
ALL_THE_SAME = "Send it again to move it all the same."


@bp.get("/epics/<string:issue_key>/move")
@access.member
def move(board_id: UUID, issue_key: str) -> str:
    """The issues of an epic, to tick those that leave it."""
    board, key = _place(board_id, issue_key)
    return _leaving(board, LeaveForm(typed()), key)


@bp.post("/epics/<string:issue_key>/move")
@access.member
def do_move(board_id: UUID, issue_key: str) -> Answer:
    """Put what is ticked into another epic, or into none."""
    (board, key), form = _place(board_id, issue_key), LeaveForm()

    def do() -> Response:
        if not form.ticked:
            raise FieldErrors({"issue": "Tick the issues that leave the epic."})
        form.expect_few()
        target = form.target
        was = dict.fromkeys(form.ticked, key)
        moved = epic_moves.put_into(work(), registry(), board, form.ticked, target, was, key)
        _tell(form, form.ticked, moved, target)
        return redirect(came_from(key), 303)

    form.offer(None)

    def again(**stopped: Any) -> str:
        if not stopped:
            left = {"issue": list(form.issue.data or ()), "to": [form.to.data or ""]}
            return _leaving(board, form, key, keep_typed(board, fields=left))
        return form_again("boards/epic_move.html", board, form, {"issue_key": key})(**stopped)

    return changed(board, EDIT_EPICS, form, do, again, {"parent": "to"})


@bp.get("/epics/<string:issue_key>/add")
@access.member
def add(board_id: UUID, issue_key: str) -> str:
    """Issues for an epic: typed by key, or looked for on the board."""
    board, key = _place(board_id, issue_key)
    shown = _adding(key)

    def filled(live: epic_choices.ToAdd) -> dict[str, Any]:
        cards = live.found.entries if live.found else ()
        return {"form": AddForm(typed()).see(cards), "places": places_of(cards), **shown}

    read = partial(epic_choices.to_add, work(), registry(), board, key, shown["search"])
    return page(board, "boards/epic_add.html", read, filled)


@bp.post("/epics/<string:issue_key>/add")
@access.member
def do_add(board_id: UUID, issue_key: str) -> Answer:
    """Put issues into an epic."""
    (board, key), form = _place(board_id, issue_key), AddForm()

    def do() -> Response:
        keys = list(dict.fromkeys([*epic_moves.keys_of(form.keys.data or ""), *form.ticked]))
        if not keys:
            raise FieldErrors({"keys": "Type the key of an issue, or look for issues below and tick them."})
        form.expect_few()
        moved = epic_moves.put_into(work(), registry(), board, keys, key, form.seen)
        _tell(form, keys, moved, key)
        return redirect(came_from(key), 303)

    again = form_again("boards/epic_add.html", board, form, _adding(key))
    return changed(board, EDIT_EPICS, form, do, again, {"parent": "keys"})


@bp.get("/issues/<string:issue_key>/epic")
@access.member
def epic_of(board_id: UUID, issue_key: str) -> str:
    """The epic of an issue, in a form."""
    board, key = _place(board_id, issue_key)

    def filled(live: epic_choices.EpicOfIssue) -> dict[str, Any]:
        form, own = EpicOfIssueForm(kept := typed()), live.card.epic_key if live.card else ""
        if kept is None:
            form.epic.data, form.was.data = own or epic_moves.NO_EPIC, own
        return {"form": form.offer(live.epics), "issue_key": key}

    read = partial(epic_choices.epic_of_issue, work(), registry(), board, key)
    return page(board, "boards/epic_of_issue.html", read, filled)


@bp.post("/issues/<string:issue_key>/epic")
@access.member
def change_epic_of(board_id: UUID, issue_key: str) -> Answer:
    """Put the issue into another epic, or into none."""
    (board, key), form = _place(board_id, issue_key), EpicOfIssueForm()

    def do() -> Response:
        target, was = target_of("epic", form.epic.data), form.was.data or ""
        if target == was:
            flash("Nothing was changed.", "info")
        else:
            try:
                epic_moves.change_epic_of(work(), registry(), board, key, target, was)
            except epic_moves.EpicMeanwhile as error:
                form.was.data = error.now
                raise
            flash(f"{key} is {f'in {target}' if target else 'in no epic'} now.", "success")
        return redirect(came_from(key), 303)

    form.offer(None)
    again = form_again("boards/epic_of_issue.html", board, form, {"issue_key": key})
    return changed(board, EDIT_EPICS, form, do, again, {"parent": "epic"})


def _place(board_id: UUID, issue_key: str) -> tuple[BoardView, str]:
    """The board, and the key as Jira writes it; :class:`NotHere` for what is none, and for what is no key."""
    return find_board(work(), board_id), key_of(issue_key)


def _leaving(board: BoardView, form: LeaveForm, issue_key: str, at: str = "") -> str:
    """The issues of an epic with those ticked that ``form`` says, and the epics to choose among."""

    def filled(live: epic_choices.ToMove) -> dict[str, Any]:
        places = places_of(live.issues.entries if live.issues else ())
        return {"form": form.offer(live.others), "issue_key": issue_key, "places": places}

    read = partial(epic_choices.to_move, work(), registry(), board, issue_key)
    return page(board, "boards/epic_move.html", read, filled, at)


def _tell(form: LeaveForm | AddForm, keys: list[str], moved: epic_moves.Moved, target: str) -> None:
    """How many issues went; raises what stopped the others, which stay in the form."""
    count = len(moved.done)
    where = f"in {target}" if target else "in no epic"
    if moved.stopped is None:
        flash(f"{count} issue{' is' if count == 1 else 's are'} {where} now.", "success")
        return
    left, stopped = [key for key in keys if key not in moved.done], moved.stopped
    written = epic_moves.keys_of(form.keys.data or "") if isinstance(form, AddForm) else []
    ticked = [key for key in form.ticked if key not in written]
    reasons = stopped.reasons if isinstance(stopped, epic_moves.NotTaken) else {}
    form.keep(key for key in left if key not in reasons)
    if count:
        flash(f"{count} of {len(keys)} issues are {where} now. The others stay in the form below.", "warning")
        if isinstance(form, AddForm):
            form.keys.data = " ".join(key for key in left if key not in ticked)
    if not isinstance(stopped, epic_moves.NotTaken):
        raise stopped
    if isinstance(form, AddForm):
        form.learn(stopped.now)
    out = {key: told for key, told in reasons.items() if key in ticked}
    others = [
        f"{told} {ALL_THE_SAME}" if key in stopped.now else told
        for key, told in reasons.items()
        if key not in ticked
    ]
    errors = {"issue": left_out(out, bool(form.ticked)) if out else "", "keys": " ".join(others)}
    raise FieldErrors({name: told for name, told in errors.items() if told})


def _adding(issue_key: str) -> dict[str, Any]:
    search = " ".join(request.args.get("search", "").split())[:LONGEST_SEARCH]
    return {"issue_key": issue_key, "search": search, "back": came_from(issue_key)}
