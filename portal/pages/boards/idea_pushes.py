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
from portal.boards.ideas import IdeaView
from portal.boards.pushes import InDoubt, Pushed, PushPage, Sent
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
from portal.pages.boards.ideas import found, show_page
from portal.pages.boards.shown import account_of, page
from portal.web import access
from portal.web.board_places import remember
from portal.web.place import external, registry, settings, work

bp = Blueprint(
    "idea_pushes", __name__, url_prefix="/t/<slug:slug>/boards/<uuid:board_id>/ideas/<uuid:idea_id>"
)
LONGEST = 255
SENT_ALREADY = "Nothing was sent: this idea was pushed or linked already. Here is how it stands."
MADE_BESIDE = (
    "Jira has {} for this idea, but meanwhile the idea was linked, pushed again or deleted. Look at that "
    "issue in Jira: it may be one too many."
)

# Made by copying the issue, or by pushing again; as many as a message holds are named.
MORE_FOUND = (
    "More than one issue in Jira has the word of this push. {} was made first. The others: {}. Look at them "
    "in Jira: a copy carries the word too, and one may be too many."
)
_MOST_NAMED = 5


def idea_url(board: BoardView, idea: IdeaView) -> str:
    """Where the idea is read, as the link in Jira says it."""
    return external(url_for("ideas.show", board_id=board.id, idea_id=idea.id))


def back(board: BoardView, idea: IdeaView, **more: Any) -> Response:
    """To the idea's page."""
    return redirect(url_for("ideas.show", board_id=board.id, idea_id=idea.id, **more), 303)


def stay(board: BoardView, idea: IdeaView) -> str:
    """Whoever has to connect comes back to the idea's page."""
    address = url_for("ideas.show", board_id=board.id, idea_id=idea.id)
    remember(board.id, address)
    return address


def tell(pushed: Pushed, done: str) -> None:
    """What became of a push or a link."""
    if pushed.others:
        named = ", ".join(pushed.others[:_MOST_NAMED])
        more = f" and {left} more" if (left := len(pushed.others) - _MOST_NAMED) > 0 else ""
        flash(MORE_FOUND.format(pushed.key, named + more), "warning")
    if not pushed.is_kept:
        flash(MADE_BESIDE.format(pushed.key), "warning")
        return
    flash(done, "success")
    if pushed.leads_back is None:
        flash(f"It is not known whether {pushed.key} got its link back to this idea.", "warning")
    elif not pushed.leads_back:
        flash(f"The link from {pushed.key} back to this idea could not be added. Add it here.", "warning")


@bp.get("/push")
@access.member
def choose(board_id: UUID, idea_id: UUID) -> Answer:
    """Choose project and type; then say what Jira wants of such an issue."""
    board, idea = found(board_id, idea_id)
    before = typed()
    chosen = request.args if before is None else before
    instead = chosen.get("instead", "")[:LONGEST]
    if idea.state != "open" and not (idea.state == "in_doubt" and instead == idea.marker):
        return back(board, idea)
    instead = instead if idea.state == "in_doubt" else ""
    project, type_id = chosen.get("project", "")[:LONGEST], chosen.get("type", "")[:LONGEST]

    def more(live: PushPage) -> dict[str, Any]:
        offered = ChooseForm(project=live.project, type=type_id, instead=instead)
        offered.offer(live)
        form = push_form(live.screen.asked if live.screen else (), before)
        form.project.data, form.instead.data = live.project, instead
        form.type.data, form.type_name.data = (live.type.id, live.type.name) if live.type else ("", "")
        return {"idea": idea, "choose": offered, "form": form}

    read = partial(pushes.read_choices, work(), registry(), board, idea, project, type_id)
    return page(board, "ideas/push.html", read, more)


@bp.post("/push")
@access.member
def push(board_id: UUID, idea_id: UUID) -> Answer:
    """Make the issue, once."""
    board, idea = found(board_id, idea_id)
    form, screens, wrong = kept_push_form(request.form), list[Screen](), dict[str, str]()
    given = {name: request.form.getlist(name) for name in names_of_asked(request.form)}
    sent = Sent(form.project.data or "", form.type.data or "", given, form.instead.data or "")

    def do() -> Response:
        url, seconds = idea_url(board, idea), settings().outbound_deadline
        try:
            made = pushes.push(work(), registry(), board, idea, url, sent, seconds, screens.append)
            tell(made, f"Jira made {made.key} of this idea.")
        except Claimed:
            flash(SENT_ALREADY, "info")
        except InDoubt:
            flash("It is not known whether Jira made an issue.", "warning")
        except FieldErrors as error:
            wrong.update(error.errors)
            raise
        except JiraTrouble as error:
            wrong.update({name_of(name): said for name, said in error.fields.items()})
            raise
        return back(board, idea)

    def again(**shown: Any) -> str:
        screen = screens[0] if screens else None
        filled = shown_again(screen.asked, wrong) if screen else form
        live = PushPage(project=sent.project, screen=screen)
        shown |= {"idea": idea, "form": filled, "live": live, "account": account_of(board)}
        return render_template("ideas/push.html", board=board, **shown)

    return changed(board, NEW_ISSUES, form, do, again)


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

    def do() -> Response:
        pushed = pushes.look(work(), registry(), board, idea, idea_url(board, idea))
        if pushed is not None:
            tell(pushed, f"Nothing was pushed again: Jira had made {pushed.key} of this idea.")
            return back(board, idea)
        if form.marker.data != idea.marker:
            flash(SENT_ALREADY, "info")
            return back(board, idea)
        form_of_another = url_for(
            "idea_pushes.choose", board_id=board.id, idea_id=idea.id, instead=idea.marker
        )
        return redirect(form_of_another, 303)

    again = partial(show_page, board, idea, account=account_of(board))
    return changed(board, ONE_ISSUE, form, do, again, keep=partial(stay, board, idea))
