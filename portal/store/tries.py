"""Counting tries of what can be guessed, in the database: so all processes and machines count together, no
matter which of them is asked, and where nothing can be counted nothing is tried either (T21).

One row for each thing that is counted, a bucket that empties by itself: each try fills in some time, and a
try that would make it overflow is refused. The row holds when it is empty, so nothing has to empty it.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.store.tables import Tries
from portal.store.upsert import insert_into
from portal.store.vault import Vault

NOTHING = timedelta(0)
CLOCKS_DIFFER = timedelta(hours=1)  # at most, among machines that count together


@dataclass(frozen=True)
class Rate:
    """``at_once`` tries one after the other, then one more each ``every``."""

    at_once: int
    every: timedelta

    @property
    def room(self) -> timedelta:
        """The time a full bucket takes to empty."""
        return self.at_once * self.every


@dataclass(frozen=True)
class Ask:
    """One try of ``about`` (:func:`about`). ``by`` is a word for what is counted.

    ``weight``: as how many tries it counts. ``refuses``: whether a full bucket refuses it; one that does not
    only says that there were many.
    """

    by: str
    about: bytes
    rate: Rate
    weight: int = 1
    refuses: bool = True

    @property
    def cost(self) -> timedelta:
        """The time it fills in."""
        return self.weight * self.rate.every


class Full(Exception):
    """A try was refused, and nothing counted. ``seconds`` later it may go, if nothing else is tried.

    ``is_new``: nobody was told so since the bucket was last empty.
    """

    def __init__(self, ask: Ask, wait: timedelta, *, is_new: bool) -> None:
        super().__init__(f"too many tries by {ask.by}")
        self.ask = ask
        self.seconds = max(1, ceil(wait.total_seconds()))
        self.is_new = is_new


def about(vault: Vault, *what: str) -> bytes:
    """The keyed hash under which something is counted; the database does not tell what it is made of.

    With a new root key in front of the ring counting begins anew.
    """
    text = "\0".join(what).encode("utf-8", "surrogatepass")
    return hmac.digest(vault.derive("tries")[0], text, hashlib.sha256)


def is_full(session: Session, about: bytes, rate: Rate) -> bool:
    """Whether another try would overflow this bucket."""
    empty_at = session.scalar(select(Tries.empty_at).where(Tries.about_hash == about))
    return empty_at is not None and _level(empty_at, rate, clock.now()) + rate.every > rate.room


def _level(empty_at: datetime, rate: Rate, now: datetime) -> timedelta:
    """How full a bucket is. One much fuller than it can be is of a clock that went back: it counts as empty,
    or everybody would be kept out until then (T52)."""
    left = max(empty_at - now, NOTHING)
    return min(left, rate.room) if left <= rate.room + CLOCKS_DIFFER else NOTHING


def take(session: Session, asks: Sequence[Ask]) -> None:
    """Count a try in all of these, before it is made: of many at once no more get through than may.

    Raises :class:`Full` where one of them refuses; the caller's transaction must not be committed then.
    """
    rows = _held(session, asks, clock.now())
    now = clock.now()  # others may have held them until now
    levels = {ask: _level(rows[ask.about].empty_at, ask.rate, now) for ask in asks}
    over = {ask: levels[ask] + ask.cost - ask.rate.room for ask in asks if ask.refuses}
    if over and max(over.values()) > NOTHING:
        fullest = max(over, key=lambda ask: over[ask])
        raise Full(fullest, over[fullest], is_new=rows[fullest.about].slowed_at is None)
    for ask in asks:
        row = rows[ask.about]
        if levels[ask] == NOTHING:
            row.slowed_at = None
        row.empty_at = now + min(levels[ask] + ask.cost, ask.rate.room)


def give_back(session: Session, asks: Sequence[Ask]) -> None:
    """The try was none: it was right, or was never made."""
    rows = _held(session, asks, clock.now())
    for ask in asks:
        rows[ask.about].empty_at -= ask.cost


def note_slowed(session: Session, ask: Ask) -> bool:
    """Note that somebody was told to wait; whether this is the first time since the bucket was empty."""
    first = update(Tries).where(Tries.about_hash == ask.about, Tries.slowed_at.is_(None))
    return session.scalar(first.values(slowed_at=clock.now()).returning(Tries.about_hash)) is not None


def _held(session: Session, asks: Sequence[Ask], now: datetime) -> dict[bytes, Tries]:
    """The rows, made where they are missing and held until the transaction ends; always in one order, so
    that no two wait for each other."""
    wanted = sorted(ask.about for ask in asks)
    if not asks:
        return {}
    new = [{"about_hash": one, "empty_at": now} for one in wanted]
    session.execute(insert_into(session, Tries).values(new).on_conflict_do_nothing())
    rows = select(Tries).where(Tries.about_hash.in_(wanted)).order_by(Tries.about_hash).with_for_update()
    return {row.about_hash: row for row in session.scalars(rows)}
