"""Support's search across tenants: over the audit index alone, which holds no person and no detail.

What was searched stands in the portal's chain before anything is found, and the results are read by that
line: there is no looking without it. A tenant that lets support in on request shows only that something fits.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, select, tuple_
from sqlalchemy.orm import Session

from portal import clock
from portal.audit import events, permits
from portal.audit.filtering import LARGEST_SEQ, NO_REQUEST, OUTCOMES, REQUEST_ID
from portal.audit.log import record
from portal.audit.visits import going_on
from portal.days import read_days, start_of
from portal.errors import FieldErrors, NotHere
from portal.ids import uuid_of
from portal.store.tables import AuditIndex, PortalAuditEvent, Tenant
from portal.store.work import Work

EVENT = "support.searched"
HITS_A_PAGE = 50
FIELDS = ("request_id", "account", "tenant", "event", "outcome", "since", "until")
TENANTS_TOLD = 20  # that have to be asked; whoever meets more should search for less
OPEN_FOR = timedelta(hours=1)
# What a busy tenant has one of each second; it is searched for by its name only.
DROWNING = "uses.batch"
NO_TENANT = "There is no organisation of this short name. Its address shows it, after /t/."
NO_ACCOUNT = (
    "An account id is 32 hexadecimal digits in five groups, as the address of the account's page shows it. "
    "Enter all of it."
)
SAY_WHAT = "Enter what to look for: a request id is the quickest."
ALONE = (
    "By action or outcome alone the record of every organisation would be read through. Enter a request id, "
    "an account, an organisation or a first day beside it."
)
BOUNDS = ("request_id", "account", "tenant", "since")  # of what an action or an outcome is looked for in
NOT_ONE = "Choose one of the list."


@dataclass(frozen=True)
class Search:
    """What was searched; None: anything. Days are both included and those of ``zone``."""

    tenant: UUID | None = None
    account: UUID | None = None
    event: str | None = None
    outcome: str | None = None
    since: date | None = None
    until: date | None = None
    zone: str = "UTC"
    request_id: str | None = None

    @property
    def details(self) -> dict[str, str]:
        """As the chain holds it: what was given."""
        return {name: str(value) for name, value in asdict(self).items() if value is not None}

    @classmethod
    def of(cls, details: Mapping[str, str]) -> "Search":
        """Back from the chain."""
        ids = {name: UUID(details[name]) for name in ("tenant", "account") if name in details}
        days = {name: date.fromisoformat(details[name]) for name in ("since", "until") if name in details}
        given: dict[str, Any] = {**details, **ids, **days}
        return cls(**given)

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a line of the index must fulfil."""
        zone = ZoneInfo(self.zone)
        chosen = (
            (AuditIndex.tenant_id, self.tenant),
            (AuditIndex.account_id, self.account),
            (AuditIndex.event, self.event),
            (AuditIndex.outcome, self.outcome),
            (AuditIndex.request_id, self.request_id),
        )
        found = [column == value for column, value in chosen if value is not None]
        if self.event != DROWNING:
            found.append(AuditIndex.event != DROWNING)
        if self.since:
            found.append(AuditIndex.at >= start_of(self.since, zone))
        if self.until:
            found.append(AuditIndex.at < start_of(self.until + timedelta(days=1), zone))
        return found


@dataclass(frozen=True)
class Hit:
    """A line that fits. ``is_visited``: it can be read now, without opening a visit first."""

    tenant_id: UUID
    tenant: str
    seq: int
    at: datetime
    what: str
    is_failed: bool
    account_id: UUID | None
    request_id: str | None
    is_visited: bool


@dataclass(frozen=True)
class ToAsk:
    """A tenant where something fits, whose admins have to be asked first."""

    tenant_id: UUID
    name: str
    standing: permits.Standing


@dataclass(frozen=True)
class Found:
    """A page of what a search found, newest first. ``tenant`` is the name of one that was searched alone.

    ``older`` asks for the page after it. ``to_ask`` stands on the first page; ``are_more`` are not told.
    """

    search: Search
    tenant: str | None
    hits: list[Hit]
    older: str | None
    to_ask: list[ToAsk]
    are_more: bool


def search(work: Work, typed: Mapping[str, str], zone: ZoneInfo) -> int:
    """Write down what is searched, and by which line of the portal's chain it is found.

    Raises :class:`FieldErrors` for what cannot be read, and where nothing is asked for.
    """
    work = work.within(None)
    with work.read() as session:
        wanted = _read(session, typed, zone)
    search_id = uuid4()
    with work.write() as session:
        record(session, work, EVENT, subject_id=search_id, searched=wanted.details)
    mine = (PortalAuditEvent.event == EVENT) & (PortalAuditEvent.subject_id == search_id)
    newest = select(PortalAuditEvent.seq).where(mine).order_by(PortalAuditEvent.seq.desc()).limit(1)
    with work.read() as session:
        return session.scalars(newest).one()


def _read(session: Session, typed: Mapping[str, str], zone: ZoneInfo) -> Search:
    texts = {name: text.strip() for name, text in typed.items()}
    since, until, errors = read_days(texts)
    tenant, account = None, uuid_of(texts.get("account", ""))
    if slug := texts.get("tenant"):
        is_text = slug.isascii() and slug.isprintable()
        tenant = session.scalar(select(Tenant.id).where(Tenant.slug == slug)) if is_text else None
        if tenant is None:
            errors["tenant"] = NO_TENANT
    if texts.get("account") and account is None:
        errors["account"] = NO_ACCOUNT
    if texts.get("request_id") and not REQUEST_ID.fullmatch(texts["request_id"]):
        errors["request_id"] = NO_REQUEST
    for name, known in (("event", events.TENANT), ("outcome", OUTCOMES)):
        if texts.get(name) and texts[name] not in known:
            errors[name] = NOT_ONE
    if not errors and not any(texts.get(name) for name in FIELDS):
        errors["request_id"] = SAY_WHAT
    if not errors and not any(texts.get(name) for name in BOUNDS):
        errors.update({name: ALONE for name in ("event", "outcome") if texts.get(name)})
    if errors:
        raise FieldErrors(errors)
    chosen = {name: texts.get(name) or None for name in ("event", "outcome", "request_id")}
    return Search(tenant=tenant, account=account, since=since, until=until, zone=zone.key, **chosen)


def results(work: Work, seq: int, before: str = "") -> Found | None:
    """What the search of this line finds now; ``before`` is what ``older`` of the page above said.

    None where it was made over an hour ago. Raises :class:`NotHere` for what is not one's own search.
    """
    with work.within(None).read() as session:
        line = session.get(PortalAuditEvent, seq) if seq <= LARGEST_SEQ else None
        if line is None or line.event != EVENT or line.actor_id != work.user_id:
            raise NotHere
        if line.at <= clock.now() - OPEN_FOR:
            return None
        wanted, after = Search.of(line.details["searched"]), _place(before)
        tenant = session.get(Tenant, wanted.tenant) if wanted.tenant else None
        hits, older = _hits(session, work, wanted, after)
        asked = [] if after else _to_ask(session, work, wanted)
        told = asked[:TENANTS_TOLD]
        return Found(wanted, tenant.name if tenant else None, hits, older, told, len(asked) > len(told))


def _hits(
    session: Session, work: Work, wanted: Search, after: tuple[datetime, UUID, int] | None
) -> tuple[list[Hit], str | None]:
    key = tuple_(AuditIndex.at, AuditIndex.tenant_id, AuditIndex.seq)
    query = (
        select(AuditIndex, Tenant.name)
        .join(Tenant, Tenant.id == AuditIndex.tenant_id)
        .where(*wanted.conditions(), permits.may_visit(work.user_id))
        .order_by(AuditIndex.at.desc(), AuditIndex.tenant_id.desc(), AuditIndex.seq.desc())
    )
    if after is not None:
        query = query.where(key < after, AuditIndex.at <= after[0])
    rows = session.execute(query.limit(HITS_A_PAGE + 1)).all()
    shown = rows[:HITS_A_PAGE]
    visited = {row.tenant_id for row, _ in session.execute(going_on(work.user_id))}
    hits = [_hit(row, name, visited) for row, name in shown]
    last = shown[-1][0] if len(rows) > len(shown) else None
    return hits, f"{last.at.isoformat()}_{last.tenant_id.hex}_{last.seq}" if last else None


def _hit(row: AuditIndex, tenant: str, visited: set[UUID]) -> Hit:
    known = events.TENANT.get(row.event)
    return Hit(
        tenant_id=row.tenant_id,
        tenant=tenant,
        seq=row.seq,
        at=row.at,
        what=known.title if known else row.event,
        is_failed=row.outcome == "failed",
        account_id=row.account_id,
        request_id=row.request_id,
        is_visited=row.tenant_id in visited,
    )


def _to_ask(session: Session, work: Work, wanted: Search) -> list[ToAsk]:
    fits = exists().where(AuditIndex.tenant_id == Tenant.id, *wanted.conditions())
    closed = select(Tenant).where(~Tenant.is_erased, ~permits.may_visit(work.user_id), fits)
    rows = session.scalars(closed.order_by(Tenant.name, Tenant.slug).limit(TENANTS_TOLD + 1)).all()
    return [ToAsk(one.id, one.name, permits.standing(session, one, work.user_id)) for one in rows]


def _place(text: str) -> tuple[datetime, UUID, int] | None:
    """Of a line among the others; what cannot be read is the beginning."""
    moment, _, rest = text.partition("_")
    tenant, _, seq = rest.partition("_")
    try:
        at, tenant_id, number = datetime.fromisoformat(moment), uuid_of(tenant), int(seq)
        is_one = at.tzinfo and tenant_id and 0 < number <= LARGEST_SEQ
        return (at.astimezone(UTC), tenant_id, number) if is_one and tenant_id else None
    except (ValueError, OverflowError):
        return None
