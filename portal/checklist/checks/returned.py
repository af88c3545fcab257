"""Whether people come back from a consent page of OAuth 2.0, Atlassian's or that of a Jira Data Center."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row as Line

from portal.checklist.calls import Calls
from portal.checklist.scene import FLOWS_SINCE
from portal.credentials.callbacks import REFUSALS
from portal.credentials.flow_rows import CONNECTED
from portal.jira.answers import Code
from portal.store.tables import AuditEvent

# Flows that end so did come back, whatever came of them then. Others may have ended before they left.
_BACK = frozenset(
    {
        CONNECTED,
        *REFUSALS.values(),
        "consent_refused",
        "flow_expired",
        "membership_ended",
        "role_ended",
        str(Code.GRANT_REFUSED),
        str(Code.NO_REFRESH_TOKEN),
        str(Code.SCOPES_EXTRA),
        str(Code.SCOPES_MISSING),
        str(Code.SITE_NOT_COVERED),
    }
)
_MOST = 200


@dataclass(frozen=True)
class Returns:
    """``last``: when somebody last came back by the client ID and to the callback URL of now. ``astray``: how
    many have left since then, within a week, and were not seen again. ``since``: when client ID, or the
    address of a Jira of one's own, became what it is, if it changed."""

    last: datetime | None
    astray: int
    since: datetime | None


def returns(calls: Calls) -> Returns:
    """Read once in a run, from the audit."""
    return calls.once("returns", lambda: _returns(calls))


def _returns(calls: Calls) -> Returns:
    scene = calls.scene
    lines = _lines(calls)
    since = _changed(lines, is_cloud=scene.account.kind.is_cloud)
    ended = [line for line in lines if line.event == "flow.ended"]
    back = [line.at for line in ended if line.details["code"] in _BACK and (since is None or line.at > since)]
    moved = scene.portal_url_then is not None and scene.portal_url_then != scene.portal_url
    last = None if moved else max(back, default=None)
    over = {line.subject_id for line in ended}
    left = [line for line in lines if line.event == "flow.started" and line.subject_id not in over]
    first = max(one for one in (last, since, scene.now - FLOWS_SINCE) if one)
    return Returns(last, sum(line.at > first for line in left), since)


def _lines(calls: Calls) -> Sequence[Line[Any]]:
    """What the audit has of consents of this account, and of changes of its app; the newest."""
    told = AuditEvent.event.in_(("flow.started", "flow.ended", "app.changed", "account.changed"))
    wanted = (
        select(AuditEvent.event, AuditEvent.at, AuditEvent.subject_id, AuditEvent.details)
        .where(AuditEvent.account_id == calls.scene.account.id, told)
        .order_by(AuditEvent.seq.desc())
        .limit(_MOST)
    )
    with calls.work.read() as session:
        return session.execute(wanted).all()


def _changed(lines: Sequence[Line[Any]], *, is_cloud: bool) -> datetime | None:
    """When the client ID that is held now was entered, or the address of the Jira that knows it: that of a
    Cloud site is no matter, since Atlassian leads back for all of them."""
    telling = {("app.changed", "client_id")} | (set() if is_cloud else {("account.changed", "base_url")})
    entered = [
        line.at
        for line in lines
        if any(line.event == event and name in line.details["changed"] for event, name in telling)
    ]
    return max(entered, default=None)
