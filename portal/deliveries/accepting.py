"""Taking deliveries from a program: what is accepted stands in the database before the program is told so.

One transaction writes the rows, their order, the numbers of those that came without one, and what makes them
due (mission row D5); whoever is killed before its end has accepted nothing.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, bindparam, func, select, update
from sqlalchemy.orm import Session

from portal.audit.log import About, record
from portal.credentials.delivery_ways import go_on
from portal.deliveries.data_kinds import Body, DataKind
from portal.deliveries.items import Item
from portal.errors import NotHere, Refused
from portal.store.adding import add_many
from portal.store.prepared import Answer, Prepared, among, ask_now
from portal.store.tables import AccountApp, AlmAccount, Delivery, DeliveryRequest, DeliveryWay, OauthApp
from portal.store.work import Work

RECEIVED = "received"  # the first step of every delivery
LARGEST_NUMBER = 2**63 - 1  # of the column, and of what Jira takes
NO_NUMBER = (
    "One of these has no sequence number, and the highest there is was sent of the same thing before: none "
    "is left that Jira would take for newer. Report it under another number or name."
)
_REPORTED = 20  # letters of the state a delivery tells of


class OtherRequest(Refused):
    """The ``Idempotency-Key`` was used before, with another body."""


_SET_UP = Prepared(
    select(AlmAccount.saved_at, OauthApp.scopes)
    .join(
        AccountApp,
        (AccountApp.tenant_id == AlmAccount.tenant_id) & (AccountApp.account_id == AlmAccount.id),
    )
    .join(OauthApp, (OauthApp.tenant_id == AccountApp.tenant_id) & (OauthApp.id == AccountApp.app_id))
    .where(AlmAccount.tenant_id == bindparam("tenant"), AlmAccount.id == bindparam("account"))
    .with_for_update(of=AlmAccount, read=True, key_share=True)
)
# Holds the way until the transaction ends, and gives as many places on it.
_PLACES = Prepared(
    update(DeliveryWay)
    .where(DeliveryWay.tenant_id == bindparam("tenant"), DeliveryWay.account_id == bindparam("account"))
    .values(last_position=DeliveryWay.last_position + bindparam("places", type_=BigInteger))
    .returning(
        DeliveryWay.tenant_id,
        DeliveryWay.account_id,
        DeliveryWay.last_position,
        DeliveryWay.trouble,
        DeliveryWay.retry_at,
        DeliveryWay.left_out,
    )
)
_LAST_NUMBERS = Prepared(
    select(Delivery.subject, func.max(Delivery.number).label("number"))
    .where(
        Delivery.tenant_id == bindparam("tenant"),
        Delivery.account_id == bindparam("account"),
        among(Delivery.subject, "subjects"),
    )
    .group_by(Delivery.subject)
)
_SAME = Prepared(
    select(DeliveryRequest.body_hash, DeliveryRequest.deliveries).where(
        DeliveryRequest.tenant_id == bindparam("tenant"),
        DeliveryRequest.account_id == bindparam("account"),
        DeliveryRequest.key_id == bindparam("key"),
        DeliveryRequest.idempotency_key == bindparam("name"),
    )
)


@dataclass(frozen=True)
class Request:
    """A request of a program's. ``key_id`` is the program key's; ``digest`` (SHA-256) is of all that was
    asked, and ``idempotency_key`` the program's name for it, where it gave one."""

    key_id: UUID
    digest: bytes
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Taken:
    """A delivery that was accepted, and the number it goes to Jira with."""

    id: UUID
    number: int

    def as_json(self) -> dict[str, Any]:
        """As a program is told, and as it is kept for a request that comes again."""
        return {"id": str(self.id), "sequence_number": self.number}


def accept(
    work: Work, account_id: UUID, kind: DataKind, items: Sequence[Item], request: Request
) -> list[Taken]:
    """Keep ``items`` to be sent in their order; the same request again gets the same answer.

    Raises :class:`NotHere` for an account that delivers nothing, :class:`Refused` where its set-up does not
    have this kind of data yet, and :class:`OtherRequest`.
    """
    # Before the transaction: others who accept for the same account wait while it is open.
    told = [described(kind, item.body) for item in items]
    without = {one["subject"] for one, item in zip(told, items, strict=True) if item.number is None}
    with work.write_pipelined() as session:
        way, found = _ask(session, account_id, len(items), without, request)
        if found.answered:
            return found.answered
        _refuse_unready(found.ready, kind)
        rows = _rows(way.last_position, kind, items, told, without, found)
        origin = {"sender": request.key_id, "again_of": None, "received_at": found.now}
        add_many(session, Delivery, rows, new_row(account_id, kind, found.now) | origin)
        taken = [Taken(row["id"], row["number"]) for row in rows]
        _remember(session, account_id, request, taken, found.now)
        about = About(account_id=account_id, subject_id=request.key_id)
        record(session, work, "deliveries.accepted", **about, kind=kind.name, count=len(rows))
        go_on(session, way, found.now)
        return taken


@dataclass(frozen=True)
class _Found:
    """What is read once the way is held. ``ready``: since when the account is set up, and its permissions;
    ``last``: the last numbers of what came without one; ``answered``: what the same request was answered."""

    ready: Any
    now: datetime
    last: dict[str, int]
    answered: list[Taken]


def _ask(
    session: Session, account_id: UUID, places: int, subjects: Collection[str], request: Request
) -> tuple[Any, _Found]:
    """Hold the way, take places on it, and read what decides, in one trip. Raises :class:`NotHere` and
    :class:`OtherRequest`."""
    # Held against being deleted, as the rows to come would do, but before the way: who changes an account
    # holds it first, and then its way.
    set_up = _SET_UP.ask(session, account=account_id)
    place = _PLACES.ask(session, account=account_id, places=places)
    now = ask_now(session)
    last = _LAST_NUMBERS.ask(session, account=account_id, subjects=list(subjects)) if subjects else None
    same = (
        _SAME.ask(session, account=account_id, key=request.key_id, name=request.idempotency_key)
        if request.idempotency_key is not None
        else None
    )
    ready, way = set_up.first(), place.first()
    if ready is None or way is None:
        raise NotHere
    answered = _answered(same.first(), request) if same else []
    return way, _Found(ready, now(), _by_subject(last) if last else {}, answered)


def _refuse_unready(ready: Any, kind: DataKind) -> None:
    if ready.saved_at is None:
        raise Refused(
            "The set-up of this ALM account is not finished. Ask an admin of the organisation to finish it."
        )
    if kind.name not in ready.scopes:
        raise Refused(
            f"This ALM account is set up without {kind.title}. Ask an admin of the organisation: the "
            f"permission {kind.permission} is given in Jira with the credential, and ticked in the set-up."
        )


def _answered(same: Any, request: Request) -> list[Taken]:
    """What the same request was answered before; empty where it is a new one."""
    if same is None:
        return []
    if same.body_hash != request.digest:
        raise OtherRequest("This Idempotency-Key came before, with another body.")
    return [Taken(UUID(one["id"]), one["sequence_number"]) for one in same.deliveries]


def _remember(
    session: Session, account_id: UUID, request: Request, taken: Iterable[Taken], now: datetime
) -> None:
    if request.idempotency_key is None:
        return
    row = {
        "id": uuid4(),
        "account_id": account_id,
        "key_id": request.key_id,
        "idempotency_key": request.idempotency_key,
        "body_hash": request.digest,
        "deliveries": [one.as_json() for one in taken],
        "received_at": now,
    }
    add_many(session, DeliveryRequest, [row])


def _rows(
    last_position: int,
    kind: DataKind,
    items: Sequence[Item],
    told: Sequence[Mapping[str, str]],
    without: Collection[str],
    found: _Found,
) -> list[dict[str, Any]]:
    """The columns that differ from one to the next. ``without``: subjects that came without a number."""
    last, first = dict(found.last), last_position - len(items) + 1
    milliseconds = int(found.now.timestamp() * 1000)
    rows = []
    for item, one, position in zip(items, told, count(first), strict=False):
        number, subject = item.number, one["subject"]
        if number is None:
            number = max(milliseconds, last.get(subject, -1) + 1)
            if number > LARGEST_NUMBER:
                raise Refused(NO_NUMBER)
        if subject in without:
            last[subject] = max(number, last.get(subject, number))
        body = kind.with_number(item.body, number)  # also to the parts of a repository that have none
        rows.append({**one, "id": uuid4(), "number": number, "position": position, "body": body})
    return rows


def described(kind: DataKind, body: Body) -> dict[str, str]:
    """The columns of a delivery's row that are read off ``body``, in Atlassian's JSON."""
    subject = hashed(kind, kind.subject(body))
    return {
        "subject": subject,
        "lane": subject if kind.lane_of is kind.subject_of else hashed(kind, kind.lane(body)),
        "label": kind.label(body),
        "reported": kind.state(body)[:_REPORTED],
        "issue_keys": " ".join(["", *kind.issue_keys(body), ""]),
    }


def new_row(account_id: UUID, kind: DataKind, now: datetime) -> dict[str, Any]:
    """The columns of a delivery's row that are alike in all that come at ``now``."""
    return {
        "account_id": account_id,
        "kind": kind.name,
        "state": "waiting",
        "outcome": "waiting",
        "reasons": [],
        "unknown_keys": [],
        "steps": [{"at": now.isoformat(), "what": RECEIVED}],
        "attempts": 0,
        "finished_at": None,
    }


def hashed(kind: DataKind, text: str) -> str:
    """What a subject or lane is called in its column: short whatever the tool's names are."""
    return hashlib.sha256(f"{kind.name}\n{text}".encode()).hexdigest()


def last_numbers(session: Session, account_id: UUID, subjects: Iterable[str]) -> dict[str, int]:
    """The highest number that went, or is to go, of each subject that has one."""
    return _by_subject(_LAST_NUMBERS.ask(session, account=account_id, subjects=list(subjects)))


def _by_subject(last: Answer) -> dict[str, int]:
    return {row.subject: row.number for row in last.all()}


def digest(*parts: object, body: bytes) -> bytes:
    """SHA-256 of a request: what was asked of whom, and its body as it came."""
    asked = json.dumps([str(part) for part in parts]).encode()
    return hashlib.sha256(hashlib.sha256(asked).digest() + body).digest()


def as_answer(taken: Iterable[Taken]) -> Mapping[str, object]:
    """The answer to a request that was accepted."""
    return {"deliveries": [one.as_json() for one in taken]}
