"""Reading a tenant's audit: newest first, filtered, with the names that its ids have today.

The audit holds ids only, so that a name can be erased; here they meet for the time of one page.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.audit import events
from portal.store.tables import AlmAccount, AuditEvent, Board, User
from portal.store.work import Work

LINES_A_PAGE = 50
OUTCOMES = ("ok", "failed")
LARGEST_SEQ = 2**31 - 1  # of the column; PostgreSQL refuses to compare it with more
REQUEST_ID = re.compile(r"[!-~]{1,40}", re.ASCII)


@dataclass(frozen=True)
class Wanted:
    """Which lines; None: all. ``person`` acted or was acted on. ``before``: older than this line."""

    person: UUID | None = None
    account: UUID | None = None
    event: str | None = None
    outcome: str | None = None
    request_id: str | None = None
    before: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Wanted":
        """From a page's query; what cannot be read is left out."""
        return cls(
            person=_uuid(query.get("person")),
            account=_uuid(query.get("account")),
            event=query["event"] if query.get("event") in events.TENANT else None,
            outcome=query["outcome"] if query.get("outcome") in OUTCOMES else None,
            request_id=_request_id(query.get("request_id", "").strip()),
            before=_seq(query.get("before", "")),
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered out."""
        return replace(self, before=None) != Wanted()

    def query(self, before: int | None) -> dict[str, str]:
        """The query of the page that shows the lines before this one."""
        return {name: str(value) for name, value in asdict(replace(self, before=before)).items() if value}


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
class Lines:
    """A page of lines. ``older``: ask for lines before this one; None at the end."""

    shown: list[Line]
    older: int | None


@dataclass(frozen=True)
class Choices:
    """What can be filtered by in this tenant: pairs of value and words."""

    people: list[tuple[str, str]]
    accounts: list[tuple[str, str]]
    events: list[tuple[str, str]]


def read_lines(work: Work, wanted: Wanted) -> Lines:
    """The newest lines of the tenant that are wanted, at most :data:`LINES_A_PAGE`."""
    with work.read() as session:
        rows = list(session.scalars(_query(wanted).limit(LINES_A_PAGE + 1)))
        shown = rows[:LINES_A_PAGE]
        names = _names(session, shown)
        return Lines([_line(row, names) for row in shown], shown[-1].seq if len(rows) > len(shown) else None)


def read_choices(work: Work) -> Choices:
    """People and accounts that stand in the tenant's audit, and every event there is."""
    with work.read() as session:
        people = _ids(session.scalars(select(AuditEvent.actor_id).distinct()))
        accounts = _ids(session.scalars(select(AuditEvent.account_id).distinct()))
        names = _names_of(session, people | accounts)
    return Choices(
        _sorted((str(one), _name(names, one, "a person")) for one in people),
        _sorted((str(one), _name(names, one, "an account")) for one in accounts),
        _sorted((event.name, event.title) for event in events.TENANT_EVENTS),
    )


def _query(wanted: Wanted) -> Select[AuditEvent]:
    query = select(AuditEvent).order_by(AuditEvent.seq.desc())
    if wanted.person:
        query = query.where(or_(AuditEvent.actor_id == wanted.person, AuditEvent.subject_id == wanted.person))
    for column, value in (
        (AuditEvent.account_id, wanted.account),
        (AuditEvent.event, wanted.event),
        (AuditEvent.outcome, wanted.outcome),
        (AuditEvent.request_id, wanted.request_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.before is not None:
        query = query.where(AuditEvent.seq < wanted.before)
    return query


def _names(session: Session, rows: list[AuditEvent]) -> dict[UUID, str]:
    return _names_of(
        session, _ids(one for row in rows for one in (row.actor_id, row.account_id, row.subject_id))
    )


def _ids(found: Iterable[UUID | None]) -> set[UUID]:
    return {one for one in found if one is not None}


def _names_of(session: Session, wanted: set[UUID]) -> dict[UUID, str]:
    """Names of people, accounts and boards among these ids; an id is random, so it is one of them only."""
    names: dict[UUID, str] = {}
    for table in (User, AlmAccount, Board):
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
        return {"operator": "The operator", "portal": "Somebody not signed in"}.get(row.actor_kind, "Almoner")
    name = _name(names, row.actor_id, "a person")
    return f"{name} (support)" if row.actor_kind == "support" else name


def _name(names: dict[UUID, str], one: UUID, kind: str) -> str:
    return names.get(one) or f"{kind} deleted since ({str(one)[:8]})"


def _sorted(pairs: Any) -> list[tuple[str, str]]:
    return sorted(pairs, key=lambda pair: pair[1].casefold())


def _request_id(text: str) -> str | None:
    return text if REQUEST_ID.fullmatch(text) else None


def _seq(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) < 16
    return int(text) if is_number and int(text) <= LARGEST_SEQ else None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
