"""Reading the use ledger: newest first, filtered, with the names ids have today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.audit.reading import name_of, names_of
from portal.audit.uses_wanted import REFUSED_FROM, Key, WantedUses
from portal.store.tables import Use
from portal.store.work import Work

USES_A_PAGE = 50


@dataclass(frozen=True)
class UseLine:
    """One use as a person reads it, or several of a program that were counted together.

    ``holder``: whose credential it was, None for the account's own; ``code``: the problem that ended it, None
    where all went well. Of a program's request: ``method``, ``template`` of its path and the ``status`` Jira
    answered; without a method the program got the token itself. ``mean``: milliseconds of each call.
    """

    at: datetime
    who: str
    is_program: bool
    account: str
    holder: str | None
    method: str | None
    template: str | None
    calls: int
    mean: int | None
    status: int | None
    code: str | None
    request_id: str | None

    @property
    def refused(self) -> int | None:
        """The status by which Jira said that it did not do what it was asked for."""
        return self.status if self.code is None and (self.status or 0) >= REFUSED_FROM else None


@dataclass(frozen=True)
class Uses:
    """A page of uses. ``older``: ask for those after this one; None at the end."""

    shown: list[UseLine]
    older: Key | None


def read_uses(work: Work, wanted: WantedUses, zone: ZoneInfo) -> Uses:
    """The newest uses of the tenant that are wanted, at most :data:`USES_A_PAGE`; days of ``zone``."""
    newest = _newest_first().where(*wanted.conditions(zone))
    with work.read() as session:
        rows = session.scalars(newest.limit(USES_A_PAGE + 1)).all()
        shown = rows[:USES_A_PAGE]
        lines = _lines(session, shown)
    last = shown[-1] if len(rows) > len(shown) else None
    return Uses(lines, Key(last.at, last.batch_id, last.position) if last else None)


def program_uses(work: Work, account_id: UUID, holder_id: UUID, limit: int) -> list[UseLine]:
    """The newest uses that programs made of this person's credential, at most so many."""
    theirs = Use.account_id == account_id, Use.holder_id == holder_id, Use.actor_kind == "program"
    with work.read() as session:
        return _lines(session, session.scalars(_newest_first().where(*theirs).limit(limit)).all())


def _newest_first() -> Select[Use]:
    return select(Use).order_by(Use.at.desc(), Use.batch_id.desc(), Use.position.desc())


def _lines(session: Session, rows: Sequence[Use]) -> list[UseLine]:
    ids = {one for row in rows for one in (row.actor_id, row.account_id, row.holder_id) if one is not None}
    names = names_of(session, ids)
    return [_line(row, names) for row in rows]


def _line(row: Use, names: dict[UUID, str]) -> UseLine:
    is_program = row.actor_kind == "program"
    kind = "a program" if is_program else "a person"
    return UseLine(
        at=row.at,
        who=name_of(names, row.actor_id, kind) if row.actor_id else "Almoner",
        is_program=is_program,
        account=name_of(names, row.account_id, "an account"),
        holder=name_of(names, row.holder_id, "a person") if row.holder_id else None,
        method=row.method,
        template=row.template,
        calls=row.calls,
        mean=None if row.millis is None else round(row.millis / max(row.calls, 1)),
        status=row.status,
        code=row.code,
        request_id=row.request_id,
    )
