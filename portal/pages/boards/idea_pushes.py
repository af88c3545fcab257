"""Pushing an idea to Jira, and what there is to do while it is in doubt whether that made an issue."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.boards import pushes
from portal.boards.asked_fields import Screen, name_of
from portal.boards.boards import BoardView
from portal.boards.claims import Claimed
from portal.boards.features import ONE_ISSUE
from portal.boards.idea_views import IdeaView
from portal.boards.push_choices import PushPage, read_choices
from portal.boards.pushes import InDoubt, Pushed, Sent
from portal.errors import FieldErrors
from portal.jira.answers import JiraTrouble
from portal.kinds.features import NEW_ISSUES
from portal.pages.boards.changing import Answer, changed, typed
from portal.pages.boards.idea_forms import (
    ChooseForm,
    GiveUpForm,
    kept_push_form,
    names_of_asked,
    push_form,
    shown_again,
)
from portal.pages.boards.idea_shared import SENT_ALREADY, back, idea_url, stay, tell
from portal.pages.boards.ideas import found, show_page
from portal.pages.boards.shown import account_of, page
from portal.web import access
from portal.web.place import registry, settings, work

bp = Blueprint(
    "idea_pushes", __name__, url_prefix="/t/<slug:slug>/boards/<uuid:board_id>/ideas/<uuid:idea_id>"
)
LONGEST = 255


@bp.get("/push")
@access.member
def choose(board_id: UUID, idea_id: UUID) -> Answer:
    """Choose project and type; then say what Jira wants of such an issue."""
    board, idea = found(board_id, idea_id)
    before = typed()
    chosen = request.args if before is None else before
    instead, project, type_id = (chosen.get(name, "")[:LONGEST] for name in ("instead", "project", "type"))
    if idea.state != "open" and not (idea.state == "in_doubt" and instead == idea.marker):
        return back(board, idea)
    instead = instead if idea.state == "in_doubt" else ""

    def more(live: PushPage) -> dict[str, Any]:
        offered = ChooseForm(project=live.project, type=type_id, instead=instead)
        offered.offer(live)
        form = push_form(live.screen.asked if live.screen else (), before)
        form.project.data, form.instead.data = live.project, instead
        form.type.data, form.type_name.data = (live.type.id, live.type.name) if live.type else ("", "")
        return {"idea": idea, "choose": offered, "form": form}

    read = partial(read_choices, work(), registry(), board, idea, project, type_id)
    return page(board, "ideas/push.html", read, more)


@bp.post("/push")
@access.member
def push(board_id: UUID, idea_id: UUID) -> Answer:
    """Make the issue, once."""
    board, idea = found(board_id, idea_id)
    pushing = _Pushing(board, idea)
    return changed(board, NEW_ISSUES, pushing.form, pushing.do, pushing.again)


class _Pushing:
    """A push whose form was sent: made, or shown once more with what stopped it."""

    def __init__(self, board: BoardView, idea: IdeaView) -> None:
        self.form = kept_push_form(request.form)
        self._board, self._idea = board, idea
        given = {name: request.form.getlist(name) for name in names_of_asked(request.form)}
        project, type_id = self.form.project.data or "", self.form.type.data or ""
        self._sent = Sent(project, type_id, given, self.form.instead.data or "")
        self._screens = list[Screen]()  # what Jira wants, as soon as that is known
        self._wrong = dict[str, str]()

    def do(self) -> Response:
        """Have it made; where it was sent before, or is in doubt, the idea's page tells more."""
        try:
            made = self._made()
            tell(made, f"Jira made {made.key} of this idea.")
        except Claimed:
            flash(SENT_ALREADY, "info")
        except InDoubt:
            flash("It is not known whether Jira made an issue.", "warning")
        return back(self._board, self._idea)

    def _made(self) -> Pushed:
        url, seconds = idea_url(self._board, self._idea), settings().outbound_deadline
        what = self._board, self._idea, url, self._sent, seconds
        try:
            return pushes.push(work(), registry(), *what, self._screens.append)
        except FieldErrors as error:
            self._wrong = dict(error.errors)
            raise
        except JiraTrouble as error:
            self._wrong = {name_of(name): said for name, said in error.fields.items()}
            raise

    def again(self, **shown: Any) -> str:
        """The form with what was typed, in fields where it is known by now what Jira wants."""
        screen = self._screens[0] if self._screens else None
        filled = shown_again(screen.asked, self._wrong) if screen else self.form
        live = PushPage(project=self._sent.project, screen=screen)
        shown |= {"idea": self._idea, "form": filled, "live": live, "account": account_of(self._board)}
        return render_template("ideas/push.html", board=self._board, **shown)


@bp.post("/look")
@access.member
def look(board_id: UUID, idea_id: UUID) -> Answer:
    """Search in Jira for the issue of a push in doubt."""
    board, idea = found(board_id, idea_id)

    def do() -> Response:
        pushed = pushes.look(work(), registry(), board, idea, idea_url(board, idea))
        if pushed is None:
            return back(board, idea, looked="")
        tell(pushed, f"Jira had made {pushed.key} of this idea.")
        return back(board, idea)

    again = partial(show_page, board, idea, account=account_of(board))
    return changed(board, ONE_ISSUE, GiveUpForm(), do, again, keep=partial(stay, board, idea))


@bp.route("/push-again", methods=["GET", "POST"])
@access.member
def push_again(board_id: UUID, idea_id: UUID) -> Answer:
    """Say what may happen; then search once more, and lead to another push only where nothing is found.

    The former push stays in doubt until the other one is claimed: whoever turns back has changed nothing.
    """
    board, idea = found(board_id, idea_id)
    if idea.state != "in_doubt" or not idea.marker:
        return back(board, idea)
    form = GiveUpForm()
    if request.method == "GET":
        form.marker.data = idea.marker
        return render_template("ideas/push_again.html", board=board, idea=idea, form=form)

    again = partial(show_page, board, idea, account=account_of(board))
    do = partial(_look_once_more, board, idea, form)
    return changed(board, ONE_ISSUE, form, do, again, keep=partial(stay, board, idea))


def _look_once_more(board: BoardView, idea: IdeaView, form: GiveUpForm) -> Response:
    """To the idea where its issue is found, or where that push is given up already; else to another push."""
    pushed = pushes.look(work(), registry(), board, idea, idea_url(board, idea))
    if pushed is not None:
        tell(pushed, f"Nothing was pushed again: Jira had made {pushed.key} of this idea.")
        return back(board, idea)
    if form.marker.data != idea.marker:
        flash(SENT_ALREADY, "info")
        return back(board, idea)
    form_of_another = url_for("idea_pushes.choose", board_id=board.id, idea_id=idea.id, instead=idea.marker)
    return redirect(form_of_another, 303)
