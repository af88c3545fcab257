"""What the pages that show a board share: who may look, and what to say when Jira does not simply answer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import render_template

from portal.alm_accounts import accounts
from portal.alm_accounts.account_views import AccountView
from portal.boards.boards import BoardView
from portal.boards.features import Off
from portal.boards.troubles import BoardTrouble, Tell, board_trouble
from portal.credentials.acting_as import NotConnected
from portal.jira.answers import JiraTrouble
from portal.web.board_places import here, remember
from portal.web.place import settings, work


def _nothing(live: Any) -> dict[str, Any]:
    return {}


def page(
    board: BoardView,
    template: str,
    read: Callable[[], Any],
    more: Callable[[Any], dict[str, Any]] = _nothing,
    at: str = "",
    about: str = "",
) -> str:
    """The template with what ``read`` gave as ``live``; or the way to connect; or what went wrong.

    ``more``: what else the template needs, made of what was read, such as a filled form.
    Whoever connects from here comes back to ``at``, an address of this portal: this very page if left out.
    ``about``: what the page is about, in words such as "This sprint", where that is not the whole board.
    """
    remember(board.id, at)
    try:
        live = read()
    except NotConnected as error:
        shown = {"view": error.view, "problem": account_of(board).trouble_of(error.view)}
        return render_template("boards/connect.html", board=board, **shown)
    except JiraTrouble as error:
        told = named(trouble(error, account_of(board).trouble_of_mine)["trouble"], about)
        return render_template(
            "boards/trouble.html", board=board, here=at or here(), about=about, trouble=told
        )
    account = _to_mend(board, live.off)
    return render_template(template, board=board, live=live, off=live.off, account=account, **more(live))


def _to_mend(board: BoardView, off: tuple[Off, ...]) -> AccountView | None:
    return account_of(board) if off else None


def account_of(board: BoardView) -> AccountView:
    """The account in full, for what has to be said about it."""
    return accounts.account(work(), board.account_id)


def named(told: BoardTrouble, about: str) -> BoardTrouble:
    """The same, which says what is gone: ``about`` in words, empty for the board itself."""
    if not (told.hidden and about):
        return told
    return replace(told, problem=replace(told.problem, title=f"{about} is gone, or not for you to see"))


def trouble(error: JiraTrouble, tell: Tell) -> dict[str, Any]:
    """What a template needs to say what went wrong."""
    return {"trouble": board_trouble(error, tell, settings().outbound_deadline)}
