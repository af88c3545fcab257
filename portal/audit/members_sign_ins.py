"""What the portal's own chain says of a tenant's members: how they came in, since they joined.

Sign-ins belong to people, not to a tenant, and are not copied into its record. An admin reads them here for
who is a member now, from the day of joining on: what was before, and of anybody else, is not the tenant's to
see.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, Select, select

from portal.audit import events
from portal.audit.reading import LINES_A_PAGE, Line, Lines
from portal.store.tables import Membership, PortalAuditEvent, User
from portal.store.work import Work

SHOWN = ("sign_in", "second_factor", "password")


@dataclass(frozen=True)
class WantedSignIns:
    """Which lines; None: all. ``before``: older than this line of the portal's chain."""

    person: UUID | None = None
    before: int | None = None


def read_sign_ins(work: Work, wanted: WantedSignIns) -> Lines:
    """The newest lines about members of the tenant, at most :data:`LINES_A_PAGE`. Their details stay out."""
    with work.read() as session:
        rows = session.execute(_lines(work.tenant, wanted).limit(LINES_A_PAGE + 1)).all()
    shown = [_line(row) for row in rows[:LINES_A_PAGE]]
    return Lines(shown, shown[-1].seq if len(rows) > len(shown) else None)


def _lines(tenant_id: UUID, wanted: WantedSignIns) -> Select[PortalAuditEvent, str]:
    names = [one.name for one in events.PORTAL_EVENTS if one.name.partition(".")[0] in SHOWN]
    found = (
        select(PortalAuditEvent, User.name)
        .join(User, User.id == PortalAuditEvent.subject_id)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == tenant_id, PortalAuditEvent.at >= Membership.joined_at)
        .where(PortalAuditEvent.event.in_(names))
        .order_by(PortalAuditEvent.seq.desc())
    )
    if wanted.person is not None:
        found = found.where(PortalAuditEvent.subject_id == wanted.person)
    if wanted.before is not None:
        found = found.where(PortalAuditEvent.seq < wanted.before)
    return found


def _line(row: Row[PortalAuditEvent, str]) -> Line:
    line, name = row
    return Line(
        seq=line.seq,
        time=line.at,
        who=name,
        what=events.PORTAL[line.event].title,
        outcome="failed" if line.outcome == "failed" else None,
        about=[],
        details={},
        request_id=line.request_id,
    )
