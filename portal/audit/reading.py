"""Reading a tenant's audit: newest first, filtered, with the names that its ids have today.

The audit holds ids only, so that a name can be erased; here they meet for the time of one page.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from portal.audit import events, use_batches
from portal.audit.filtering import LARGEST_SEQ, Wanted
from portal.errors import NotHere
from portal.store.tables import AlmAccount, AuditEvent, AuditSegment, Board, ProgramKey, User
from portal.store.work import Work

LINES_A_PAGE = 50
TOLD_APART = frozenset({"support", "program"})  # kinds of actor, from people of the tenant


@dataclass(frozen=True)
class Line:
    """One line as a person reads it. ``outcome`` is ``failed``, or None where all went well.

    ``about`` names what it is about; ``details`` stand as they were recorded, pages put them into words.
    """

    seq: int
    time: datetime
    who: str
    what: str
    outcome: str | None
    about: list[str]
    details: dict[str, Any]
    request_id: str | None


@dataclass(frozen=True)
class Whole:
    """A line with everything that is kept of it: ids, with the names they have today (None: they have none),
    and its seal (SHA-256 in hexadecimal digits)."""

    line: Line
    event: str
    actor_kind: str
    actor_id: UUID | None
    account_id: UUID | None
    account: str | None
    subject_id: UUID | None
    subject: str | None
    seal: str


@dataclass(frozen=True)
class Lines:
    """A page of lines. ``older``: ask for lines before this one; None at the end."""

    shown: list[Line]
    older: int | None


@dataclass(frozen=True)
class Choices:
    """What can be filtered by in this tenant: pairs of value and words. Programs stand among the people."""

    people: list[tuple[str, str]]
    accounts: list[tuple[str, str]]


def read_lines(work: Work, wanted: Wanted, zone: ZoneInfo) -> Lines:
    """The newest lines of the tenant that are wanted, at most :data:`LINES_A_PAGE`; days of the filter are
    those of ``zone``."""
    newest = select(AuditEvent).where(*wanted.conditions(zone)).order_by(AuditEvent.seq.desc())
    if wanted.event is None:
        # A line a second while somebody works: they are shown to those who ask for them, and exported.
        # Its name stands in the statement itself: an index of its own leaves out just these.
        newest = newest.where(AuditEvent.event != literal(use_batches.EVENT, literal_execute=True))
    with work.read() as session:
        rows = list(session.scalars(newest.limit(LINES_A_PAGE + 1)))
        shown = rows[:LINES_A_PAGE]
        names = _names(session, shown)
        return Lines([_line(row, names) for row in shown], shown[-1].seq if len(rows) > len(shown) else None)


def closed_until(work: Work) -> datetime | None:
    """The time of the last line that the operator has taken out into a file; None where all are here."""
    with work.read() as session:
        return session.scalar(select(func.max(AuditSegment.last_at)))


def read_line(work: Work, seq: int) -> Whole:
    """One line of the tenant's; :class:`NotHere` when there is none of this number."""
    with work.read() as session:
        row = session.get(AuditEvent, (work.tenant, seq)) if seq <= LARGEST_SEQ else None
        if row is None:
            raise NotHere
        return whole(session, [row])[0]


def whole(session: Session, rows: Sequence[AuditEvent]) -> list[Whole]:
    """These lines with everything that is kept of them."""
    names = _names(session, rows)
    return [
        Whole(
            line=_line(row, names),
            event=row.event,
            actor_kind=row.actor_kind,
            actor_id=row.actor_id,
            account_id=row.account_id,
            account=name_of(names, row.account_id, "an account") if row.account_id else None,
            subject_id=row.subject_id,
            subject=names.get(row.subject_id) if row.subject_id else None,
            seal=row.hash.hex(),
        )
        for row in rows
    ]


def read_choices(work: Work) -> Choices:
    """People and accounts that stand in the tenant's audit."""
    with work.read() as session:
        actors = session.execute(select(AuditEvent.actor_id, AuditEvent.actor_kind).distinct()).all()
        programs = {row.actor_id for row in actors if row.actor_kind == "program"}
        people = _ids(row.actor_id for row in actors)
        accounts = _ids(session.scalars(select(AuditEvent.account_id).distinct()))
        names = names_of(session, people | accounts)
    return Choices(
        _sorted(
            (str(one), name_of(names, one, "a person") + (" (program)" if one in programs else ""))
            for one in people
        ),
        _sorted((str(one), name_of(names, one, "an account")) for one in accounts),
    )


def _names(session: Session, rows: Iterable[AuditEvent]) -> dict[UUID, str]:
    return names_of(
        session, _ids(one for row in rows for one in (row.actor_id, row.account_id, row.subject_id))
    )


def _ids(found: Iterable[UUID | None]) -> set[UUID]:
    return {one for one in found if one is not None}


def names_of(session: Session, wanted: Collection[UUID]) -> dict[UUID, str]:
    """Names of people, accounts, boards and program keys among these ids; an id is random, so it is one of
    them only."""
    names: dict[UUID, str] = {}
    for table in (User, AlmAccount, Board, ProgramKey):
        rows = session.execute(select(table.id, table.name).where(table.id.in_(wanted)))
        names.update({row.id: row.name for row in rows})
    return names


def _line(row: AuditEvent, names: dict[UUID, str]) -> Line:
    known = events.TENANT.get(row.event)
    about = [names[one] for one in (row.subject_id, row.account_id) if one in names and one != row.actor_id]
    return Line(
        seq=row.seq,
        time=row.at,
        who=_who(row, names),
        what=known.title if known else row.event,
        outcome="failed" if row.outcome == "failed" else None,
        about=about,
        details=row.details,
        request_id=row.request_id,
    )


def _who(row: AuditEvent, names: dict[UUID, str]) -> str:
    if row.actor_id is None:
        nobody = "Somebody not signed in" if row.request_id else "Almoner"  # by the clock
        return {"operator": "The operator", "portal": nobody}.get(row.actor_kind, "Almoner")
    name = name_of(names, row.actor_id, "a person")
    return f"{name} ({row.actor_kind})" if row.actor_kind in TOLD_APART else name


def name_of(names: dict[UUID, str], one: UUID, kind: str) -> str:
    """The name of an id, or that there is none any more."""
    return names.get(one) or f"{kind} deleted since ({str(one)[:8]})"


def _sorted(pairs: Any) -> list[tuple[str, str]]:
    return sorted(pairs, key=lambda pair: pair[1].casefold())
