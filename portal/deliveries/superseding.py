"""Which deliveries Jira ignores: of one thing it keeps the state with the highest number it has accepted, and
takes others without a word ("Jira Software Cloud REST API", ``updateSequenceNumber``).

Development information differs: each commit, branch and pull request has a number of its own, so that a newer
delivery of a repository takes the place of nothing but itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased, defer

from portal.deliveries.outcomes import ACCEPTED, WAITING
from portal.store.tables import Delivery

PIECEMEAL = "development"


@dataclass(frozen=True)
class Sibling:
    """A delivery about the same thing as another, or ``is_itself``."""

    id: UUID
    number: int
    reported: str
    is_waiting: bool
    is_itself: bool

    @classmethod
    def of(cls, found: Delivery, row: Delivery) -> "Sibling":
        """``found`` as a page about ``row`` speaks of it."""
        reported = found.reported.replace("_", " ")
        return cls(found.id, found.number, reported, found.state == WAITING, found.id == row.id)


def accepted_of(session: Session, row: Delivery) -> Sibling | None:
    """What Jira has accepted of the same thing with this number or a higher one: it would ignore this."""
    found = highest_accepted(session, row)
    return found if found and found.number >= row.number else None


def highest_accepted(session: Session, row: Delivery) -> Sibling | None:
    """What Jira shows of the same thing: of all it accepted, what has the highest number."""
    of_it = (Delivery.account_id == row.account_id, Delivery.subject == row.subject)
    accepted = select(Delivery).options(defer(Delivery.body)).where(*of_it, Delivery.state == ACCEPTED)
    if row.kind == PIECEMEAL:
        accepted = accepted.where(Delivery.id == row.id)
    highest = accepted.order_by(Delivery.number.desc(), Delivery.position.desc()).limit(1)
    found = session.scalars(highest).first()
    return Sibling.of(found, row) if found else None


def older_ones(session: Session, account_id: UUID, rows: Iterable[Delivery]) -> set[UUID]:
    """Which of these, that Jira has just accepted and that still count as waiting, it ignored: before, it had
    accepted the same number or a higher one of the same thing."""
    numbers = {row.id: (row.subject, row.number) for row in rows if row.kind != PIECEMEAL}
    subjects = {subject for subject, _ in numbers.values()}
    highest = select(Delivery.subject, func.max(Delivery.number)).where(
        Delivery.account_id == account_id, Delivery.subject.in_(subjects), Delivery.state == ACCEPTED
    )
    found = {row[0]: row[1] for row in session.execute(highest.group_by(Delivery.subject))}
    return {id for id, (subject, number) in numbers.items() if found.get(subject, number - 1) >= number}


def latest_of(session: Session, row: Delivery) -> Delivery:
    """The delivery of the same thing with the highest number, whatever became of it; perhaps ``row``.

    Read anew, also where the session knows it: the way may have been waited for meanwhile.
    """
    of_it = select(Delivery).where(Delivery.account_id == row.account_id, Delivery.subject == row.subject)
    newest = of_it.order_by(Delivery.number.desc(), Delivery.position.desc()).limit(1)
    newest = newest.options(defer(Delivery.body)).execution_options(populate_existing=True)
    return session.scalars(newest).first() or row


def is_ignored() -> ColumnElement[bool]:
    """That Jira would ignore a delivery if it came again as it is."""
    newer = aliased(Delivery)
    same = and_(
        newer.tenant_id == Delivery.tenant_id,
        newer.account_id == Delivery.account_id,
        newer.subject == Delivery.subject,
    )
    counts = or_(Delivery.kind != PIECEMEAL, newer.id == Delivery.id)
    taken = and_(newer.number >= Delivery.number, newer.state == ACCEPTED)
    return select(newer.id).where(same, counts, taken).exists()
