"""Errors become pages here and nowhere else; for programs, problem documents."""

import structlog
from flask import Flask, Response, g, render_template
from flask_wtf.csrf import CSRFError
from gunicorn.http.errors import ParseException
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadRequest, HTTPException

from portal.credentials.problem import pause_in_words
from portal.credentials.problems import problem
from portal.errors import NotAllowed, NotHere, PortalBusy, Refused, SecretUnreadable, TenantClosed, TooMany
from portal.store.patience import is_away
from portal.web.documents import Problem, document
from portal.web.doors import by_program
from portal.web.place import external
from portal.web.program_problems import code_of

log = structlog.get_logger("almoner.error")

Answer = Response | tuple[str, int] | tuple[str, int, dict[str, str]]

# Code → what happened, what to do.
SENTENCES = {
    400: ("That request could not be read", "Go back, reload the page and try again."),
    403: ("You may not do this here", "Ask an admin of your organisation if you need it."),
    405: ("This address does not take that", "Go back and use the buttons of the page."),
    409: ("That does not work as things stand", "Go back, reload the page and look again."),
    413: ("That was too large", "A form may hold one megabyte. Key files are a few kilobytes."),
    429: ("That was tried too often", "Wait a while, then go back and try again."),
    500: ("Something broke on our side", "Try again; if it stays, tell the operator the request id below."),
    503: (
        "The portal cannot do this right now",
        "Try again in a minute; if it stays, tell the operator the request id.",
    ),
}
SAME_MOMENT = (
    "Somebody changed the same thing in the same moment, and was faster. Nothing of yours was changed: go "
    "back, reload the page and try again."
)
FORM_EXPIRED = "This form belonged to an earlier sign-in. Nothing was changed: reload it and send it again."


class OtherHost(BadRequest):
    """A page was asked for under another address than the operator's ``ALMONER_BASE_URL`` (T18)."""


def set_up_errors(app: Flask) -> None:
    """Register a page for each named error and for every HTTP code."""
    app.register_error_handler(NotHere, lambda error: not_found())
    app.register_error_handler(404, lambda error: not_found())
    app.register_error_handler(NotAllowed, lambda error: page(403, str(error)))
    app.register_error_handler(TenantClosed, lambda error: (render_template("tenants/closed.html"), 403))
    app.register_error_handler(Refused, lambda error: page(409, str(error)))
    app.register_error_handler(SecretUnreadable, _unreadable)
    app.register_error_handler(PortalBusy, _busy)
    app.register_error_handler(TooMany, _too_many)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(PoolTimeout, _database_away)
    app.register_error_handler(InternalError, _internal)
    app.register_error_handler(IntegrityError, _same_moment)
    app.register_error_handler(StaleDataError, _same_moment)
    app.register_error_handler(OtherHost, _other_host)
    app.register_error_handler(CSRFError, lambda error: page(400, FORM_EXPIRED))
    app.register_error_handler(ParseException, lambda error: page(400))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def page(code: int, what: str | None = None) -> Answer:
    """The error page for ``code``; ``what`` replaces the general sentence about what to do."""
    if by_program():
        return document(Problem(code_of(code), what))
    title, todo = SENTENCES.get(code, SENTENCES[400])
    shown = {"code": code, "title": title, "text": what or todo, "request_id": g.get("request_id")}
    return render_template("errors/page.html", **shown), code


def _http(error: HTTPException) -> Answer:
    code = error.code or 500
    if not by_program():
        return page(code)
    allowed = getattr(error, "valid_methods", None)
    headers = {"Allow": ", ".join(sorted(allowed))} if allowed else None
    return document(Problem(code_of(code), headers=headers))


def _busy(error: PortalBusy) -> Answer:
    """There is no thread for another call to a Jira: told at once, with when to come again."""
    wait = {"Retry-After": str(error.retry_after)}
    if by_program():
        return document(Problem(error.code.replace("_", "-"), headers=wait))
    told = problem(error.code)
    shown = {"code": 503, "request_id": g.get("request_id"), "text": f"{told.cause} {told.fix}"}
    return render_template("errors/page.html", title=told.title, **shown), 503, wait


def _too_many(error: TooMany) -> Answer:
    """Where no form says it itself: how long to wait."""
    shown = {"code": 429, "title": SENTENCES[429][0], "request_id": g.get("request_id")}
    text = (
        f"Wait {pause_in_words(error.retry_after)}, then go back and try again. This try was not looked at, "
        "and nothing was changed."
    )
    wait = {"Retry-After": str(error.retry_after)}
    return render_template("errors/page.html", text=text, **shown), 429, wait


def not_found() -> Answer:
    """One answer for what never existed and for what is not theirs; no nav or form on it, and no id but the
    request's own."""
    if by_program():
        return document(Problem("not-found"))
    return render_template("errors/not_found.html", request_id=g.get("request_id")), 404


def _other_host(error: Exception) -> Answer:
    address = external("")
    if by_program():
        return document(
            Problem("other-host", f"The portal's address is {address}; another one was asked for.")
        )
    return page(400, f"The portal's address is {address}. Go on from there, and correct your bookmark.")


def _unreadable(error: Exception) -> Answer:
    log.error("secret_unreadable")
    return page(503, "A stored secret could not be opened. The operator must look at the root key.")


def _database_away(error: Exception) -> Answer:
    """The database does not answer, or is locked for long: the same request may succeed later (T49)."""
    log.error("database_away", exc_info=error)
    return page(503)


def _internal(error: Exception) -> Answer:
    """Of what a driver calls internal, a database that is read-only for a while passes; no mistake does."""
    return _database_away(error) if is_away(error) else _unexpected(error)


def _same_moment(error: Exception) -> Answer:
    """Two wrote the same in the same moment; the database let one of them do it."""
    log.warning("same_moment", exc_info=error)
    return document(Problem("changed-meanwhile")) if by_program() else page(409, SAME_MOMENT)


def _unexpected(error: Exception) -> Answer:
    log.error("unexpected", exc_info=error)
    return page(500)
