"""Work that is due later: one row per kind and subject, made in the transaction that makes it necessary.

The rows are the truth; whoever runs them (:mod:`portal.worker`) only looks for those that are due. A row is
done at least once: whoever takes it holds a lease, and one whose process died is taken up after its lease.
What ends a row (:func:`done`, :func:`failed`) names that lease, so whoever lost it changes nothing (T46).
Whoever puts a row anew frees it: from then on its new time alone decides, even while its holder is at it.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from portal.store.prepared import Statement
from portal.store.tables import DueWork
from portal.store.upsert import INSERTS, insert_into
from portal.store.work import now_of

LONGEST_WAIT_SECONDS = 300


@dataclass(frozen=True)
class DueRow:
    """A row somebody holds: what it is about, and the lease by which it is held."""

    id: UUID
    kind: str
    tenant_id: UUID | None
    subject_id: UUID
    attempts: int
    lease: UUID


def put(session: Session, kind: str, subject_id: UUID, due_at: datetime, tenant_id: UUID | None) -> None:
    """Have this done at ``due_at``, in place of the time it was due before, whoever holds the row now.

    One statement: of two that put the same at once, neither fails.
    """
    anew = {"due_at": due_at, "lease": None, "lease_until": None, "attempts": 0}
    insert = insert_into(session, DueWork).values(
        id=uuid4(), kind=kind, tenant_id=tenant_id, subject_id=subject_id, **anew
    )
    again = insert.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=anew)
    session.execute(again)


def put_soon(session: Session, kind: str, subject_id: UUID, due_at: datetime, tenant_id: UUID | None) -> None:
    """Have this done at ``due_at`` or before; anew where somebody is at it already.

    What waits for its turn keeps its place, however often it is put.
    """
    session.flush()  # rows before it in the one order are held first
    row = {"kind": kind, "tenant_id": tenant_id, "subject_id": subject_id, "due_at": due_at}
    # Of every request that is accepted.
    _put_soon(session.get_bind().dialect.name).ask(session, id=uuid4(), **row)


@cache
def _put_soon(dialect: str) -> Statement:
    insert: Any = INSERTS[dialect](DueWork).values(attempts=0)
    anew = {"due_at": insert.excluded.due_at, "lease": None, "lease_until": None, "attempts": 0}
    at_it_or_later = DueWork.lease.is_not(None) | (DueWork.due_at > insert.excluded.due_at)
    names = ("id", "kind", "tenant_id", "subject_id", "due_at")
    insert = insert.values({name: bindparam(name) for name in names})
    return Statement(
        insert.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=anew, where=at_it_or_later)
    )


def come_back(
    session: Session, kind: str, subject_id: UUID, due_at: datetime, tenant_id: UUID | None
) -> None:
    """Have this looked at again at ``due_at``, as whoever is at it found.

    Where it was put anew meanwhile, that stands: it tells of something newer.
    """
    anew = {"due_at": due_at, "lease": None, "lease_until": None, "attempts": 0}
    insert = insert_into(session, DueWork).values(
        id=uuid4(), kind=kind, tenant_id=tenant_id, subject_id=subject_id, **anew
    )
    again = insert.on_conflict_do_update(
        index_elements=["kind", "subject_id"], set_=anew, where=DueWork.lease.is_not(None)
    )
    session.execute(again)


def put_once(
    session: Session, kind: str, subject_id: UUID, due_at: datetime, tenant_id: UUID | None = None
) -> None:
    """Have this done at ``due_at`` unless it is due at some time already."""
    insert = insert_into(session, DueWork).values(
        id=uuid4(), kind=kind, tenant_id=tenant_id, subject_id=subject_id, due_at=due_at, attempts=0
    )
    session.execute(insert.on_conflict_do_nothing(index_elements=["kind", "subject_id"]))


def drop(session: Session, kind: str, subject_id: UUID) -> None:
    """There is nothing to be done any more."""
    session.execute(delete(DueWork).where(DueWork.kind == kind, DueWork.subject_id == subject_id))


def _takeable(now: datetime, kinds: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    free = or_(DueWork.lease_until.is_(None), DueWork.lease_until <= now)
    return DueWork.due_at <= now, DueWork.kind.in_(kinds), free


def count(session: Session, kinds: Collection[str], most: int) -> int:
    """How many rows could be taken now; counts up to ``most``."""
    query = select(DueWork.id).where(*_takeable(now_of(session), kinds)).limit(most)
    return len(session.scalars(query).all())


def claim(session: Session, kinds: Collection[str], lease_for: timedelta) -> DueRow | None:
    """Take the row that is due longest, for ``lease_for``; None when nothing is due.

    One at a time: the later ones of a batch would wait while their lease runs. Kinds that are not named
    are left alone; a newer version of the portal may know them (T53).
    """
    now = now_of(session)
    oldest = select(DueWork).where(*_takeable(now, kinds)).order_by(DueWork.due_at).limit(1)
    row = session.scalars(oldest.with_for_update(skip_locked=True)).first() or _waited_for(session, oldest)
    if row is None:
        return None
    row.lease, row.lease_until, row.attempts = uuid4(), now + lease_for, row.attempts + 1
    session.flush()
    return DueRow(row.id, row.kind, row.tenant_id, row.subject_id, row.attempts, row.lease)


def _waited_for(session: Session, oldest: Select[DueWork]) -> DueWork | None:
    """The oldest one, which others hold just now: for a moment only, but one put without end is always
    held by somebody. Who took it meanwhile has it."""
    which = session.scalars(oldest.with_only_columns(DueWork.id)).first()
    if which is None:
        return None
    return session.scalars(oldest.where(DueWork.id == which).with_for_update()).first()


def holds(session: Session, row: DueRow) -> bool:
    """Whether the lease still is ours and still runs; asked before what cannot be taken back."""
    mine = select(DueWork.id).where(*_mine(row), DueWork.lease_until > now_of(session))
    return session.scalar(mine) is not None


def _mine(row: DueRow) -> tuple[ColumnElement[bool], ...]:
    return DueWork.id == row.id, DueWork.lease == row.lease


def done(session: Session, row: DueRow) -> None:
    """The row is done and goes, unless it was put anew meanwhile."""
    session.execute(delete(DueWork).where(*_mine(row)))


def failed(session: Session, row: DueRow) -> None:
    """The row is free again after a while that doubles with each attempt, up to five minutes."""
    later = now_of(session) + timedelta(seconds=_wait(row.attempts))
    again = update(DueWork).where(*_mine(row)).values(due_at=later, lease=None, lease_until=None)
    session.execute(again)


def _wait(attempts: int) -> float:
    """Seconds; a quarter by chance, so that what failed together does not come back together."""
    longest: int = min(2 ** min(attempts, 10), LONGEST_WAIT_SECONDS)
    return longest * random.uniform(0.75, 1)  # noqa: S311  # nosec B311 # no secret
