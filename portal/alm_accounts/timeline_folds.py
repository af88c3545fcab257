"""What happens again and again at one connection, counted between the lines of its timeline: uses of its
credentials, renewals, runs of its checklist, deliveries.

Everything is found by index and counted by the database, one statement for all stretches of a page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Label, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.alm_accounts.timeline_words import ROUTINE
from portal.store.base import UtcDateTime
from portal.store.tables import AuditEvent, Use

IS_PROGRAM = Use.actor_kind == "program"  # whose uses that went well are counted together in a row
COUNTED = ("count", "accepted", "rejected", "unanswered", "failed")  # details of such lines


@dataclass(frozen=True)
class Failure:
    """Uses that failed for one reason in a stretch."""

    code: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class UsesFold:
    """Uses in a stretch without a line between them. ``people`` and ``programs`` used it; ``last_well``: the
    last that went well, None where none did."""

    first: datetime
    last: datetime
    count: int
    calls: int
    people: int
    programs: int
    last_well: datetime | None
    failures: list[Failure] = field(default_factory=list)

    @property
    def stopped(self) -> Failure | None:
        """The failure after which nothing went well, if the stretch ends with one."""
        after = [one for one in self.failures if self.last_well is None or one.last > self.last_well]
        return min(after, key=lambda one: one.first, default=None)


@dataclass(frozen=True)
class RoutineFold:
    """Lines of one event in a stretch. ``counts`` sums what they count."""

    event: str
    first: datetime
    last: datetime
    count: int
    failed: int
    counts: dict[str, int]


def _stretch(of: InstrumentedAttribute[Any], bounds: Sequence[Any]) -> ColumnElement[int]:
    """The number of the stretch a row lies in; ``bounds`` are the lower ends, newest first. One look at each
    row: a join of ranges may be planned as a look at each row for each stretch."""
    return case(*((of >= bound, number) for number, bound in enumerate(bounds)))


def uses_between(
    session: Session,
    account_id: UUID,
    moments: Sequence[datetime],
    conditions: Sequence[ColumnElement[bool]],
) -> list[UsesFold]:
    """Uses of an account between these moments (newest first) that fulfil these conditions, by stretch."""
    if len(moments) < 2:
        return []
    stretch = _stretch(Use.at, moments[1:]).label("stretch")
    among = [Use.account_id == account_id, Use.at < moments[0], Use.at >= moments[-1], *conditions]
    counted = select(stretch, _users(~IS_PROGRAM), _users(IS_PROGRAM)).where(*among).group_by(stretch)
    users = {number: (people, programs) for number, people, programs in session.execute(counted)}
    found: dict[int, list[Any]] = {}
    for row in session.execute(_by_code(stretch).where(*among)):
        found.setdefault(row.stretch, []).append(row)
    return [_uses_fold(rows, *users[number]) for number, rows in found.items()]


def _users(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((which, Use.actor_id)).distinct())


def _by_code(stretch: Label[int]) -> Any:
    return select(
        stretch,
        Use.code,
        func.sum(case((IS_PROGRAM & Use.code.is_(None), Use.calls), else_=1)).label("uses"),
        func.sum(Use.calls).label("calls"),
        func.min(Use.at, type_=UtcDateTime()).label("first"),
        func.max(Use.at, type_=UtcDateTime()).label("last"),
    ).group_by(stretch, Use.code)


def _uses_fold(rows: Sequence[Any], people: int, programs: int) -> UsesFold:
    return UsesFold(
        first=min(row.first for row in rows),
        last=max(row.last for row in rows),
        count=sum(row.uses for row in rows),
        calls=sum(row.calls for row in rows),
        people=people,
        programs=programs,
        last_well=max((row.last for row in rows if row.code is None), default=None),
        failures=sorted(
            (Failure(row.code, row.uses, row.first, row.last) for row in rows if row.code is not None),
            key=lambda one: one.first,
        ),
    )


def routine_between(
    session: Session, about: Sequence[ColumnElement[bool]], numbers: Sequence[int]
) -> list[RoutineFold]:
    """Lines of everyday events between those of these numbers (newest first), of an account or its grants:
    each of ``about`` is found by an index of its own."""
    if len(numbers) < 2:
        return []
    stretch = _stretch(AuditEvent.seq, numbers[1:]).label("stretch")
    between = [AuditEvent.seq < numbers[0], AuditEvent.seq > numbers[-1], AuditEvent.event.in_(ROUTINE)]
    return [
        RoutineFold(
            event=row.event,
            first=row.first,
            last=row.last,
            count=row.lines,
            failed=row.failed_lines,
            counts={name: getattr(row, f"sum_{name}") or 0 for name in COUNTED},
        )
        for one in about
        for row in session.execute(_by_event(stretch).where(one, *between))
    ]


def _by_event(stretch: Label[int]) -> Any:
    sums = [func.sum(AuditEvent.details[name].as_integer()).label(f"sum_{name}") for name in COUNTED]
    return select(
        stretch,
        AuditEvent.event,
        func.count(AuditEvent.seq).label("lines"),
        func.sum(case((AuditEvent.outcome == "failed", 1), else_=0)).label("failed_lines"),
        func.min(AuditEvent.at, type_=UtcDateTime()).label("first"),
        func.max(AuditEvent.at, type_=UtcDateTime()).label("last"),
        *sums,
    ).group_by(stretch, AuditEvent.event)
