"""Replaying what was sent before, with its number; and sending the latest state of a thing with a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, defer

from portal.audit.log import record
from portal.credentials.delivery_ways import go_on, hold_account, hold_way, positions
from portal.credentials.waiting_deliveries import REPLAYED
from portal.deliveries.accepting import LARGEST_NUMBER, described, last_numbers, new_row
from portal.deliveries.data_kinds import DATA_KINDS, ENTITIES
from portal.deliveries.filtering import NEWEST_FIRST
from portal.deliveries.outcomes import WAITING
from portal.deliveries.reading import Whole, get_delivery
from portal.deliveries.superseding import PIECEMEAL, is_ignored, latest_of
from portal.errors import NotHere, Refused
from portal.store.tables import Delivery, DeliveryWay
from portal.store.work import Work, now_of

MOST = 1000
SENT_AGAIN = "sent_again"  # the first step of a copy's way
WAITS = "The latest state of this waits to be sent already. Look at its delivery for what it waits for."
OVERRIDES = (
    "Something newer of this repository was reported since. Sending this one with a new number could put an "
    "older state of a branch or pull request over a newer one. Have the program report it again instead."
)
NO_NUMBER = "The program sent the highest number there is, so none is left for this. Replay it instead."

Which = Sequence[ColumnElement[bool]]


@dataclass(frozen=True)
class Chosen:
    """What a replay would do: ``count`` go again, of which Jira will ignore ``ignored``.

    ``waiting`` go anyway; ``is_cut``: more fit than go at once.
    """

    count: int
    ignored: int
    waiting: int
    is_cut: bool


def chosen(work: Work, which: Which) -> Chosen:
    """What replaying these would do. ``which``: conditions on the rows of :class:`Delivery`."""
    with work.read() as session:
        found = list(session.scalars(_newest(which)))
        ignored = select(func.count()).where(Delivery.id.in_(found[:MOST]), is_ignored())
        waiting = select(func.count()).select_from(Delivery).where(*which, Delivery.state == WAITING)
        return Chosen(
            count=min(len(found), MOST),
            ignored=session.scalar(ignored) or 0,
            waiting=session.scalar(waiting) or 0,
            is_cut=len(found) > MOST,
        )


def replay(work: Work, which: Which) -> int:
    """Have these go once more with their numbers, the newest :data:`MOST` at most; how many.

    What still waits is left alone. They go behind all that waits now, in the order they had among themselves.
    """
    with work.write() as session:
        ids = list(session.scalars(_newest(which)))[:MOST]
        of_these = select(Delivery.account_id).where(Delivery.id.in_(ids)).distinct()
        ways = {found: _held(session, found) for found in sorted(session.scalars(of_these))}
        # Read once the ways are held: somebody may have replayed one of them meanwhile.
        again = select(Delivery).options(defer(Delivery.body, raiseload=True)).order_by(Delivery.position)
        rows = session.scalars(again.where(Delivery.id.in_(ids), Delivery.state != WAITING)).all()
        moment = now_of(session).isoformat()
        for account_id, way in ways.items():
            own = [row for row in rows if row.account_id == account_id]
            for row, position in zip(own, positions(way, own), strict=True):
                _put_back(row, position, work, moment)
            if own:
                record(session, work, "deliveries.replayed", account_id=account_id, count=len(own))
                go_on(session, way)
        return len(rows)


def send_latest(work: Work, delivery_id: UUID) -> UUID:
    """Have the latest state of what this delivery is about sent with a new number; the new delivery's id.

    Raises :class:`Refused` where that would be of no use or do harm, :class:`NotHere` as always.
    """
    with work.write() as session:
        asked = get_delivery(session, delivery_id)
        hold_account(session, asked.account_id)
        way = _held(session, asked.account_id)
        latest = latest_of(session, asked)
        _refuse_useless(asked, latest)
        moment = now_of(session)
        # By one: a tool that numbers its states itself goes on from there, and Jira ignores what is lower.
        number = last_numbers(session, latest.account_id, [latest.subject])[latest.subject] + 1
        if number > LARGEST_NUMBER:
            raise Refused(NO_NUMBER)
        made = _copy(latest, number, positions(way, (latest,))[0], moment)
        made.steps = [{"at": moment.isoformat(), "what": SENT_AGAIN, "by": str(work.user_id)}]
        session.add(made)
        record(session, work, "deliveries.sent_again", account_id=made.account_id, subject_id=made.id)
        go_on(session, way)
        return made.id


def _held(session: Session, account_id: UUID) -> DeliveryWay:
    way = hold_way(session, account_id)
    if way is None:
        raise NotHere
    return way


def can_send_latest(found: Whole) -> bool:
    """Whether :func:`send_latest` is of use for this delivery."""
    is_harmless = found.view.kind.name != PIECEMEAL or found.latest.is_itself
    return is_harmless and not found.latest.is_waiting


def _newest(which: Which) -> Select[UUID]:
    newest = select(Delivery.id).where(*which, Delivery.state != WAITING)
    return newest.order_by(*NEWEST_FIRST).limit(MOST + 1)


def _put_back(row: Delivery, position: int, work: Work, moment: str) -> None:
    """It waits again; what Jira said of it stays with the step of its way at which it did."""
    *steps, last = row.steps
    said = {"reasons": row.reasons, "unknown_keys": row.unknown_keys}
    row.steps = [*steps, last | said, {"at": moment, "what": REPLAYED, "by": str(work.user_id)}]
    row.state = row.outcome = WAITING
    row.position, row.attempts = position, 0
    row.reasons, row.unknown_keys, row.finished_at = [], [], None


def _refuse_useless(asked: Delivery, latest: Delivery) -> None:
    if latest.state == WAITING:
        raise Refused(WAITS)
    if asked.kind == PIECEMEAL and latest.id != asked.id:
        raise Refused(OVERRIDES)


def _copy(latest: Delivery, number: int, position: int, moment: datetime) -> Delivery:
    """A delivery that says the same with another number; by a person, not by a program."""
    kind = DATA_KINDS[latest.kind]
    body = kind.with_number(_without_numbers(latest.body, kind.number_name), number)
    row = new_row(latest.account_id, kind, moment) | described(kind, body)
    place = {"id": uuid4(), "number": number, "position": position, "body": body}
    return Delivery(**row, **place, received_at=moment, again_of=latest.id)


def _without_numbers(body: dict[str, Any], name: str) -> dict[str, Any]:
    """``body`` whose commits, branches and pull requests have no numbers of their own any more."""
    held = [part for part in ENTITIES if part in body]
    return body | {part: [_bare(entity, name) for entity in body[part]] for part in held}


def _bare(entity: dict[str, Any], name: str) -> dict[str, Any]:
    bare = {field: value for field, value in entity.items() if field != name}
    return bare | {"lastCommit": _bare(bare["lastCommit"], name)} if "lastCommit" in bare else bare
