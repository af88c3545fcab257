"""What only programs meet, told in problem documents; what people meet too is in :mod:`portal.web.errors`."""

from flask import Flask, Response

from portal.programs.entering import KeyRefused, Why
from portal.programs.limits import Limited
from portal.web.documents import Problem, document
from portal.web.program_access import KeyMisplaced, OperationMissing

REALM = 'Bearer realm="Almoner"'
# What is said of a key that is over. ``{day}``: when it ended or was revoked.
SINCE = {
    Why.ENDED: "The key was good until {day} (UTC).",
    Why.REVOKED: "An admin of your organisation revoked the key on {day} (UTC).",
}
PLACES = {
    "address": "There is a program key in the address. It is not used there, and others may have read it: "
    "logs keep addresses.",
    "body": "There is a program key in the body. It is not used there, and others may read it: what is "
    "delivered or sent to Jira is shown to people.",
}
# Whose limit is reached, in words.
WHOSE = {
    "key": "More requests came with this key than it may send in a minute.",
    "tenant": "More requests came with the keys of this organisation than it may send in a minute.",
    "account": "More requests came for this ALM account than programs may send it in a minute.",
}


def set_up_problems(app: Flask) -> None:
    """Answer each of them by its document."""
    app.register_error_handler(Problem, document)
    app.register_error_handler(KeyRefused, _key_refused)
    app.register_error_handler(OperationMissing, _operation_missing)
    app.register_error_handler(KeyMisplaced, _misplaced)
    app.register_error_handler(Limited, _limited)


def _key_refused(error: KeyRefused) -> Response:
    day = f"{error.at.day} {error.at:%B %Y, %H:%M}" if error.at else ""
    told = Problem(f"key-{error.why}", SINCE[error.why].format(day=day) if error.why in SINCE else None)
    if told.type.status == 401:  # RFC 6750, section 3.1: no error code where no key came
        asked = REALM if error.why is Why.MISSING else f'{REALM}, error="invalid_token"'
        told.headers["WWW-Authenticate"] = asked
    return document(told)


def _operation_missing(error: OperationMissing) -> Response:
    asked = f'{REALM}, error="insufficient_scope", scope="{error.operation}"'
    detail = f"It takes the operation {error.operation}, which this key was not given."
    return document(Problem("operation-missing", detail, headers={"WWW-Authenticate": asked}))


def _misplaced(error: KeyMisplaced) -> Response:
    return document(Problem("key-misplaced", PLACES[error.place]))


def _limited(error: Limited) -> Response:
    wait = {"Retry-After": str(error.retry_after)}
    return document(Problem("rate-limited", f"{WHOSE[error.whose]} Nothing was done.", headers=wait))
