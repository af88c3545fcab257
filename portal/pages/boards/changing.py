"""What the pages that change something in Jira share: nothing typed is lost, whatever stops the change."""

from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from flask import render_template, request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal.boards import typed as typed_forms
from portal.boards.boards import BoardView
from portal.boards.features import FeatureOff
from portal.boards.troubles import BoardTrouble, change_trouble
from portal.credentials.acting_as import NotConnected
from portal.credentials.problems import problem
from portal.errors import FieldErrors, PortalBusy
from portal.jira.answers import JiraTrouble
from portal.kinds.features import Feature
from portal.pages.boards.shown import account_of
from portal.web.board_places import remember
from portal.web.forms import show_errors
from portal.web.place import settings, work

Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]
TYPED = "typed"


def typed() -> MultiDict[str, str] | None:
    """What the person typed into this form before they left to connect; None: nothing."""
    form_id = request.args.get(TYPED, type=UUID)
    fields = typed_forms.kept(work(), request.path, form_id) if form_id else None
    return MultiDict(fields) if fields else None


def changed(
    board: BoardView,
    feature: Feature,
    form: FlaskForm,
    do: Callable[[], Answer],
    again: Callable[..., str],
    names: Mapping[str, str] | None = None,
    keep: Callable[[], str] | None = None,
    resend: str = "",
) -> Answer:
    """What ``do`` answers, or what stopped it.

    ``again`` gives the page of the form, which holds what was typed; it is called with ``trouble``, a
    BoardTrouble, or ``off``, features that are off, where one of these is the reason; then ``is_kept`` says
    whether what was typed is kept for after connecting. ``names``: fields of Jira to fields of the form, for
    what Jira says about one. ``keep``: keeps what was typed, for whom has to connect first, and gives the
    address they come back to; :func:`keep_typed` if left out.
    ``resend``: what to do where it is not known whether Jira did it, for what may be sent twice.
    """
    try:
        return _tried(
            board, feature, form, do, again, names or {}, keep or partial(keep_typed, board), resend
        )
    except PortalBusy as error:  # met by ``do``, or by an ``again`` that reads the board for its page
        return again(trouble=BoardTrouble(problem(error.code))), 503, {"Retry-After": str(error.retry_after)}


def _tried(
    board: BoardView,
    feature: Feature,
    form: FlaskForm,
    do: Callable[[], Answer],
    again: Callable[..., str],
    names: Mapping[str, str],
    keep: Callable[[], str],
    resend: str,
) -> Answer:
    try:
        return do()
    except FieldErrors as error:
        show_errors(form, error)
        return again(), 422
    except NotConnected as error:
        shown = {"view": error.view, "problem": account_of(board).trouble_of(error.view)}
        return render_template("boards/connect.html", board=board, is_kept=_is_kept(keep()), **shown), 409
    except FeatureOff as error:
        is_kept = error.off.ends_by_connecting and _is_kept(keep())
        return again(off=[error.off], is_kept=is_kept), 409
    except JiraTrouble as error:
        tell, seconds = account_of(board).trouble_of_mine, settings().outbound_deadline
        told = change_trouble(error, feature, tell, seconds, resend)
        is_kept = told.reconnect and _is_kept(keep())
        show_errors(form, FieldErrors({names.get(name, name): said for name, said in error.fields.items()}))
        return again(trouble=told, is_kept=is_kept), 409


def _is_kept(address: str) -> bool:
    """Whether what was typed is there: a form with nothing to type in leads back to its page alone."""
    return TYPED in parse_qs(urlsplit(address).query)


def keep_typed(board: BoardView, page: str = "", fields: typed_forms.Fields | None = None) -> str:
    """Keep what was typed; the address of the form's page with it, to which whoever connects comes back.

    ``page`` is the address of that page where the form is sent to another one, ``fields`` what is kept where
    that is not the whole form. Nothing is kept for an address that is longer than any of ours.
    """
    if fields is None:
        fields = {name: request.form.getlist(name) for name in request.form if name != "csrf_token"}
    page = page or request.path
    form_id = typed_forms.keep(work(), page.partition("?")[0], fields)
    address = f"{page}{'&' if '?' in page else '?'}{TYPED}={form_id}" if form_id else page
    remember(board.id, address)
    return address
