"""Credentials for programs that speak with Jira themselves (mission row E6)."""

import json
import time
from datetime import timedelta
from uuid import UUID

from flask import Response, request

from portal import clock
from portal.api.acting import ready
from portal.api.asked import Asked, asked_by_flask
from portal.api.door import JSON, api
from portal.api.troubles import told
from portal.config import MOST_VALID_SECONDS
from portal.credentials.for_programs import Way, way_of
from portal.kinds import KINDS
from portal.kinds.methods import OAUTH1
from portal.programs.keys import READ_CREDENTIALS
from portal.web import access
from portal.web.documents import Problem

PRESET_SECONDS = 60
PRESET = timedelta(seconds=PRESET_SECONDS)

bp = api("credentials_api")


@bp.get("/alm-accounts/<uuid:account_id>/credentials")
@access.program(READ_CREDENTIALS)
def show(account_id: UUID) -> Response:
    """What to send to Jira, where to, and for how long it is good."""
    return Response(given(asked_by_flask(), account_id, _min_valid()), content_type=JSON)


def given(asked: Asked, account_id: UUID, at_least: timedelta = PRESET) -> str:
    """The credential as a program is told it; it stands in the use ledger. Raises :class:`Problem`."""
    began, registry = time.monotonic(), asked.services.registry
    row = ready(asked, account_id, at_least, given_away=True)
    if row.read_only:
        raise Problem("read-only-account", "What it would give away can write. Read through the proxy.")
    if row.method == OAUTH1:
        raise Problem("credential-stays-here")
    if row.ends_at is not None and row.ends_at - clock.now() < at_least:
        raise Problem("min-valid-impossible", f"It ends at {row.ends_at.isoformat(timespec='seconds')}.")
    with told(is_cloud=KINDS[row.kind].is_cloud, for_person=asked.person is not None):
        body = json.dumps(_content(way_of(registry, asked.services.programs.secrets, row))) + "\n"
    registry.outbound.ledger.take(
        asked.work,
        account_id=account_id,
        credential_id=row.used_id,
        holder_id=row.holder_id,
        calls=1,
        code=None,
        millis=round(1000 * (time.monotonic() - began)),
    )
    return body


def _content(way: Way) -> dict[str, object]:
    row, ends = way.row, way.row.ends_at
    return {
        "account_id": str(row.account_id),
        "method": row.method,
        "acts_as": row.acts_as,
        "base_url": way.base.text,
        "browse_url": row.base_url,
        "headers": {"Authorization": way.header("GET", way.base.text).reveal()},
        "expires_at": ends.isoformat(timespec="seconds") if ends else None,
        "valid_for": int((ends - clock.now()).total_seconds()) if ends else None,
    }


def _min_valid() -> timedelta:
    typed = request.args.get("min_valid") if request.query_string else None
    if typed is None:
        return PRESET
    if not (typed.isascii() and typed.isdigit() and len(typed) < 6 and int(typed) <= MOST_VALID_SECONDS):
        raise Problem("min-valid-unusable")
    return timedelta(seconds=int(typed))
