"""Leaving for a consent page: begin a flow, then show our own page "Taking you to <host>".

A redirect straight from a POST would be stopped by ``form-action`` as soon as Jira sends the browser on to
a single sign-on host (design, section 6).
"""

from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from portal.alm_accounts.accounts import account
from portal.credentials import flows
from portal.errors import Refused
from portal.web.board_places import leave_by
from portal.web.place import registry, work

# What a form that connects may carry. A password or token sent along is refused, not ignored (B3).
CONNECT_FIELDS = frozenset({"csrf_token", "board_id", "back"})


def refuse_secrets() -> None:
    """Raise :class:`Refused` when this request brings more than a press of the button."""
    if {*request.values, *request.files} - CONNECT_FIELDS:
        raise Refused("This ALM account connects by Jira's consent page only; it takes no password or token.")


def begin_consent(account_id: UUID, purpose: str, board_id: UUID | None = None) -> Response:
    """Begin a flow for the account's own credential (``account``) or the person's (``person``)."""
    path = account(work(), account_id).callback_path
    wanted = flows.FlowRequest(account_id, purpose, path, board_id)
    flow_id = flows.start(work(), registry(), wanted)
    if board_id:
        leave_by(flow_id)
    return redirect(url_for("connections.leave", flow_id=flow_id), 303)
