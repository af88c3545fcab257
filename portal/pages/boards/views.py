"""The boards' pages: thin, the rules are in :mod:`portal.boards`."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.alm_accounts.account_views import AccountView
from portal.boards import boards, choosing
from portal.boards.features import FeatureOff
from portal.boards.idea_views import count_ideas
from portal.credentials.acting_as import NotConnected
from portal.errors import FieldErrors
from portal.jira.answers import JiraTrouble
from portal.pages.boards.changing import typed
from portal.pages.boards.forms import ChooseForm, MoveForm, NameForm
from portal.pages.boards.live import board_page
from portal.pages.boards.shown import trouble
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import place, registry, work

bp = Blueprint("boards", __name__, url_prefix="/t/<slug:slug>/boards")
Answer = str | Response | tuple[str, int]
NOT_SHOWN = (NotConnected, FeatureOff, JiraTrouble)


@bp.get("")
@access.member
def index() -> str:
    """The tenant's boards."""
    found = boards.all_boards(work())
    readable = choosing.readable_accounts(work()) if place().is_admin and not found else []
    return render_template("boards/index.html", boards=found, accounts=readable)


@bp.get("/new")
@access.admin
def new() -> str:
    """Choose an account, then one of the boards its credential sees."""
    form = ChooseForm(request.args)
    readable = choosing.readable_accounts(work())
    account = form.offer([one for one in readable if one.saved])
    shown = _list_boards(account, form.search.data or "") if account else {"accounts": readable}
    return render_template("boards/new.html", form=form, account=account, **shown)


def _list_boards(account: AccountView, search: str) -> dict[str, Any]:
    try:
        return {"listing": choosing.jira_boards(work(), registry(), account.id, search)}
    except NOT_SHOWN as error:
        return _told(error, account)


@bp.get("/new/<uuid:account_id>/<int(max=9007199254740991):jira_board_id>")
@access.admin
def name(account_id: UUID, jira_board_id: int) -> str:
    """Propose the name of the Jira board that was chosen."""
    account, form = choosing.saved_account(work(), account_id), NameForm()
    shown: dict[str, Any] = {}
    try:
        found = choosing.jira_board(work(), registry(), account_id, jira_board_id)
        form.name.data = found.name
    except NOT_SHOWN as error:
        shown = _told(error, account)
    return render_template("boards/add.html", form=form, account=account, **shown)


@bp.post("/new/<uuid:account_id>/<int(max=9007199254740991):jira_board_id>")
@access.admin
def add(account_id: UUID, jira_board_id: int) -> Answer:
    """Keep the Jira board that was chosen."""
    account, form = choosing.saved_account(work(), account_id), NameForm()
    try:
        board_id = boards.add_board(work(), registry(), account_id, jira_board_id, form.name.data or "")
    except FieldErrors as error:
        show_errors(form, error)
        return render_template("boards/add.html", form=form, account=account), 422
    except NOT_SHOWN as error:
        shown = _told(error, account)
        return render_template("boards/add.html", form=form, account=account, **shown)
    flash("Board added. Everybody here opens it with their own Jira identity.", "success")
    return redirect(url_for("boards.show", board_id=board_id), 303)


@bp.get("/<uuid:board_id>")
@access.member
def show(board_id: UUID) -> str:
    """The board, live, as the person looking; or the way to connect; or what went wrong."""
    return board_page(boards.find_board(work(), board_id), MoveForm(typed()))


@bp.route("/<uuid:board_id>/edit", methods=["GET", "POST"])
@access.admin
def edit(board_id: UUID) -> Answer:
    """Give the board another name."""
    board = boards.find_board(work(), board_id)
    form = NameForm(name=board.name)
    if request.method == "GET":
        return render_template("boards/edit.html", form=form, board=board)
    try:
        boards.rename_board(work(), board_id, form.name.data or "")
    except FieldErrors as error:
        show_errors(form, error)
        return render_template("boards/edit.html", form=form, board=board), 422
    flash("Name saved.", "success")
    return redirect(url_for("boards.index"), 303)


@bp.route("/<uuid:board_id>/remove", methods=["GET", "POST"])
@access.admin
def remove(board_id: UUID) -> Answer:
    """Ask, then forget the board."""
    board = boards.find_board(work(), board_id)
    if request.method == "GET":
        return render_template("boards/remove.html", board=board, ideas=count_ideas(work(), board_id))
    boards.remove_board(work(), board_id)
    flash(f"Board {board.name} removed. In Jira nothing changed.", "success")
    return redirect(url_for("boards.index"), 303)


def _told(error: NotConnected | FeatureOff | JiraTrouble, account: AccountView) -> dict[str, Any]:
    """What a template needs to say what went wrong."""
    if isinstance(error, NotConnected):
        return {"not_connected": True}
    if isinstance(error, FeatureOff):
        return {"off": [error.off]}
    return trouble(error, account.trouble)
