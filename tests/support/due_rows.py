"""Rows of due work that tests share a database with: put off, or freed as if time had passed."""

from datetime import timedelta

from sqlalchemy import ColumnElement, update

from portal.store.tables import DueWork
from portal.store.work import NOBODY, Store, Work, now_of

SOON, LATER = timedelta(hours=1), timedelta(days=1)


def put_off(store: Store, *which: ColumnElement[bool]) -> None:
    """What other tests left of these rows is none of this one's: it stays theirs, and is due a day later."""
    with Work(store, None, NOBODY).write() as session:
        now = now_of(session)
        session.execute(
            update(DueWork).where(DueWork.due_at <= now + SOON, *which).values(due_at=now + LATER)
        )


def end_leases(store: Store) -> None:
    """Let so much time pass that whoever holds a row has lost it."""
    with Work(store, None, NOBODY).write() as session:
        held = DueWork.lease_until.is_not(None)
        session.execute(update(DueWork).where(held).values(lease_until=now_of(session)))
