"""Deliveries as pages show them: lists, filtered and page by page, and one with its whole way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from portal.deliveries.data_kinds import DATA_KINDS, DataKind
from portal.deliveries.filtering import ISSUE_KEY, NEWEST_FIRST, Wanted, place_of
from portal.deliveries.outcomes import WAITING, are_all_unknown, in_capitals, keys_of
from portal.deliveries.superseding import Sibling, accepted_of, latest_of
from portal.errors import NotHere
from portal.jira.trouble import clean
from portal.store.tables import AlmAccount, Delivery, DeliveryWay, ProgramKey
from portal.store.work import Work

A_PAGE = 50
ISSUES_OF_MANY, ISSUES_OF_ONE = (
    20,
    300,
)  # of a delivery in a list, and on its own page; there may be thousands
BY_A_PERSON = "a person"
NAMELESS_KEY = "a key that is gone"
LISTED = (defer(Delivery.body, raiseload=True), defer(Delivery.steps, raiseload=True))


@dataclass(frozen=True)
class Issue:
    """An issue a delivery names; ``url`` is its page in Jira, ``is_known`` whether Jira knew it."""

    key: str
    url: str | None
    is_known: bool


@dataclass(frozen=True)
class DeliveryView:
    """A delivery. ``outcome`` is one of :data:`~portal.deliveries.outcomes.OUTCOMES`; ``sender`` the name of
    the program key it came by.

    ``issues`` are the first of ``issue_count``, and ``unknown`` the first keys and ids of the
    ``unknown_count`` that Jira did not know; ``knows_none``: there are none but these.
    """

    id: UUID
    account_id: UUID
    account_name: str
    kind: DataKind
    label: str
    reported: str
    number: int
    outcome: str
    reasons: tuple[str, ...]
    issues: tuple[Issue, ...]
    issue_count: int
    unknown: tuple[str, ...]
    unknown_count: int
    knows_none: bool
    sender: str
    received_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class Page:
    """A page of deliveries. ``older`` asks for the page after it; None at the end."""

    shown: tuple[DeliveryView, ...]
    older: str | None


@dataclass(frozen=True)
class Whole:
    """A delivery with everything that is kept of it. ``steps`` stand as they were recorded; ``accepted`` is
    what Jira accepted of the same thing with this number or a higher one, ``latest`` what was reported of it
    last; ``again_of`` is another delivery's id."""

    view: DeliveryView
    body: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]
    attempts: int
    accepted: Sibling | None
    latest: Sibling
    again_of: UUID | None


@dataclass(frozen=True)
class Choices:
    """What can be filtered by in this tenant: pairs of value and words."""

    accounts: list[tuple[str, str]]
    keys: list[tuple[str, str]]


def deliveries(work: Work, wanted: Wanted, zone: ZoneInfo) -> Page:
    """The newest that are wanted, at most :data:`A_PAGE`; days of the filter are those of ``zone``."""
    newest = select(Delivery).options(*LISTED).where(*wanted.conditions(zone))
    newest = newest.order_by(*NEWEST_FIRST).limit(A_PAGE + 1)
    with work.read() as session:
        rows = list(session.scalars(newest))
        shown = rows[:A_PAGE]
        return Page(tuple(views(session, shown)), place_of(shown[-1]) if len(rows) > len(shown) else None)


def delivery(work: Work, delivery_id: UUID) -> Whole:
    """One of them; :class:`NotHere` when it is not this tenant's, or is kept no longer."""
    with work.read() as session:
        row = get_delivery(session, delivery_id)
        (view,) = views(session, [row], ISSUES_OF_ONE)
        again_of = session.scalar(select(Delivery.id).where(Delivery.id == row.again_of))
        return Whole(
            view=view,
            body=row.body,
            steps=tuple(row.steps),
            attempts=row.attempts,
            accepted=accepted_of(session, row),
            latest=Sibling.of(latest_of(session, row), row),
            again_of=again_of,
        )


def get_delivery(session: Session, delivery_id: UUID) -> Delivery:
    """The row of a delivery of the session's tenant; :class:`NotHere` for any other id."""
    row = session.get(Delivery, (session.info["tenant_id"], delivery_id))
    if row is None:
        raise NotHere
    return row


def choices(work: Work) -> Choices:
    """The accounts that deliver, and every program key there is or was."""
    with work.read() as session:
        accounts = session.scalars(select(DeliveryWay.account_id)).all()
        keys = session.scalars(select(ProgramKey.id)).all()
        return Choices(_pairs(session, AlmAccount, accounts), _pairs(session, ProgramKey, keys))


def views(session: Session, rows: Iterable[Delivery], issues: int = ISSUES_OF_MANY) -> list[DeliveryView]:
    """These deliveries with the names and addresses of what they belong to; so many ``issues`` of each."""
    rows = list(rows)
    found = select(AlmAccount).where(AlmAccount.id.in_({row.account_id for row in rows}))
    accounts = {account.id: account for account in session.scalars(found)}
    senders = dict(_named(session, ProgramKey, {row.sender for row in rows}))
    return [_view(row, accounts[row.account_id], senders, issues) for row in rows]


def _view(row: Delivery, account: AlmAccount, senders: Mapping[UUID, str], most: int) -> DeliveryView:
    keys, unknown = keys_of(row.issue_keys), in_capitals(row.unknown_keys)
    return DeliveryView(
        id=row.id,
        account_id=row.account_id,
        account_name=account.name,
        kind=DATA_KINDS[row.kind],
        label=clean(row.label) or "without a name",
        reported=row.reported.replace("_", " "),
        number=row.number,
        outcome=row.outcome,
        reasons=tuple(row.reasons),
        issues=tuple(
            Issue(key, issue_url(account.base_url, key), key.upper() not in unknown) for key in keys[:most]
        ),
        issue_count=len(keys),
        unknown=tuple(row.unknown_keys[:most]),
        unknown_count=len(row.unknown_keys),
        knows_none=bool(keys) and are_all_unknown(row.unknown_keys, keys),
        sender=senders.get(row.sender, NAMELESS_KEY) if row.sender else BY_A_PERSON,
        received_at=row.received_at,
        finished_at=None if row.state == WAITING else row.finished_at,
    )


def issue_url(site: str | None, key: str) -> str | None:
    """The page of an issue in Jira; None where it would be no address."""
    return f"{site}/browse/{key}" if site and key.isascii() and ISSUE_KEY.fullmatch(key) else None


Named = type[AlmAccount] | type[ProgramKey]


def _named(session: Session, table: Named, ids: Iterable[UUID | None]) -> Iterable[tuple[UUID, str]]:
    rows = session.execute(select(table.id, table.name).where(table.id.in_({one for one in ids if one})))
    return [(row.id, row.name) for row in rows]


def _pairs(session: Session, table: Named, ids: Iterable[UUID | None]) -> list[tuple[str, str]]:
    pairs = [(str(found), name) for found, name in _named(session, table, ids)]
    return sorted(pairs, key=lambda pair: pair[1].casefold())
