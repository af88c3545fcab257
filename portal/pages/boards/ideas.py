"""The pages of a board's ideas: reading and writing them needs no Jira; what is shown of Jira is read as the
person who looks."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.boards import ideas as rules
from portal.boards.boards import BoardView, find_board
from portal.boards.idea_issues import read_issues, switched_off
from portal.boards.idea_views import IdeaView, find_idea, list_ideas
from portal.boards.link_backs import failure_of
from portal.errors import FieldErrors, NotAllowed, NotHere
from portal.jira.found_issues import by_marker
from portal.pages.boards.idea_forms import IdeaForm
from portal.pages.boards.shown import account_of, trouble
from portal.web import access
from portal.web.board_places import remember
from portal.web.forms import show_errors
from portal.web.place import place, registry, work

bp = Blueprint("ideas", __name__, url_prefix="/t/<slug:slug>/boards/<uuid:board_id>/ideas")
Answer = str | Response | tuple[str, int]
LAST_START = 100_000


def found(board_id: UUID, idea_id: UUID) -> tuple[BoardView, IdeaView]:
    """The board and its idea with the key of its issue, whoever asks; raises ``NotHere``.

    A page shows it only as :func:`shown_to_me` gives it.
    """
    board = find_board(work(), board_id)
    return board, _idea(board, idea_id)


def _idea(board: BoardView, idea_id: UUID) -> IdeaView:
    return find_idea(work(), board, idea_id, is_admin=place().is_admin)


def shown_to_me(board: BoardView, idea: IdeaView, **read: Any) -> IdeaView:
    """The idea as the person at work may see it: the key of its issue is of Jira, and shown only to whom has
    a working credential of their own. Without it the idea is ``linked``, and nothing says to what.
    ``read``: what :func:`of_jira` gave, where Jira was asked."""
    issues, told = read.get("issues"), read.get("trouble")
    if issues and issues.is_read:
        return idea
    is_refused = bool(issues and issues.connection) or bool(told and told.reconnect)
    return idea if board.is_open_to_me and not is_refused else replace(idea, issue_key=None)


def of_jira(board: BoardView, *ideas: IdeaView) -> dict[str, Any]:
    """What a template needs to show the issues of ideas, or why there is nothing to show."""
    issues = read_issues(work(), registry(), board, ideas)
    shown: dict[str, Any] = {"issues": issues}
    if issues.connection:
        view = issues.connection.view
        shown |= {"view": view, "problem": account_of(board).trouble_of(view) if view else None}
    if issues.trouble:
        shown |= trouble(issues.trouble, account_of(board).trouble_of_mine)
    return shown | ({"off": issues.off, "account": account_of(board)} if issues.off else {})


@bp.get("")
@access.member
def index(board_id: UUID) -> str:
    """The ideas of the board, the newest first."""
    board, start = find_board(work(), board_id), request.args.get("from", 0, type=int)
    remember(board.id)
    listed = list_ideas(work(), board, min(max(start, 0), LAST_START), is_admin=place().is_admin)
    read = of_jira(board, *listed.ideas)
    listed = replace(listed, ideas=tuple(shown_to_me(board, idea, **read) for idea in listed.ideas))
    return render_template("ideas/index.html", board=board, listed=listed, **read)


@bp.route("/new", methods=["GET", "POST"])
@access.member
def new(board_id: UUID) -> Answer:
    """Write an idea down."""
    board, form = find_board(work(), board_id), IdeaForm()
    if request.method == "GET":
        return render_template("ideas/new.html", board=board, form=form)
    try:
        idea_id = rules.add_idea(work(), board, form.title.data or "", form.description.data or "", form.id)
    except FieldErrors as error:
        show_errors(form, error)
        return render_template("ideas/new.html", board=board, form=form), 422
    flash("Idea added.", "success")
    return redirect(url_for("ideas.show", board_id=board_id, idea_id=idea_id), 303)


@bp.get("/<uuid:idea_id>")
@access.member
def show(board_id: UUID, idea_id: UUID) -> str:
    """One idea, with what can be done with it now."""
    board, idea = found(board_id, idea_id)
    remember(board.id)
    return show_page(board, idea, looked="looked" in request.args, **of_jira(board, idea))


def show_page(board: BoardView, idea: IdeaView, **shown: Any) -> str:
    """The idea's page. ``shown``: what :func:`of_jira` gives, or ``trouble`` or ``off``, what stopped a
    change, and the ``account`` of both; ``looked``: the issue of a push was searched for and not found."""
    query = by_marker(idea.marker, idea.marker_in) if idea.marker and idea.marker_in else ""
    account = account_of(board)
    off = {one.feature.name: one for one in switched_off(board, idea, read_only=account.read_only)}
    off |= {one.feature.name: one for one in shown.get("off", ())}
    shown |= {"off": tuple(off.values()), "switched_off": frozenset(off), "account": account}
    shown["idea"] = shown_to_me(board, idea, issues=shown.get("issues"), trouble=shown.get("trouble"))
    shown["link_failure"] = failure_of(work(), shown["idea"])
    return render_template("ideas/show.html", board=board, query=query, **shown)


@bp.route("/<uuid:idea_id>/edit", methods=["GET", "POST"])
@access.member
def edit(board_id: UUID, idea_id: UUID) -> Answer:
    """Write it anew; what was typed is shown once more where somebody was faster, or deleted the idea."""
    board, form = find_board(work(), board_id), IdeaForm()
    try:
        idea = shown_to_me(board, _idea(board, idea_id))
        _refuse_others(idea)
        if request.method == "POST":
            text = form.title.data or "", form.description.data or "", form.seen.data or ""
            rules.change_idea(work(), board, idea_id, *text, is_admin=place().is_admin)
            flash("Idea saved.", "success")
            return redirect(url_for("ideas.show", board_id=board_id, idea_id=idea_id), 303)
    except NotHere:
        if request.method == "GET" or not form.title.data:
            raise
        return render_template("ideas/new.html", board=board, form=form, is_gone=True), 404
    except FieldErrors as error:
        show_errors(form, error)
        return render_template("ideas/edit.html", board=board, idea=idea, form=form), 422
    except rules.ChangedMeanwhile:
        theirs = shown_to_me(board, _idea(board, idea_id))
        form.seen.data = theirs.version
        return render_template("ideas/edit.html", board=board, idea=theirs, form=form, theirs=theirs), 409
    form = IdeaForm(title=idea.title, description=idea.description, seen=idea.version)
    return render_template("ideas/edit.html", board=board, idea=idea, form=form)


@bp.route("/<uuid:idea_id>/delete", methods=["GET", "POST"])
@access.member
def delete(board_id: UUID, idea_id: UUID) -> Answer:
    """Ask, then forget it."""
    board, idea = found(board_id, idea_id)
    _refuse_others(idea)
    if request.method == "GET":
        return render_template("ideas/delete.html", board=board, idea=shown_to_me(board, idea))
    rules.remove_idea(work(), board, idea_id, is_admin=place().is_admin)
    flash("Idea deleted. In Jira nothing changed.", "success")
    return redirect(url_for("ideas.index", board_id=board_id), 303)


def _refuse_others(idea: IdeaView) -> None:
    if not idea.may_change:
        raise NotAllowed(rules.NOT_YOURS)
