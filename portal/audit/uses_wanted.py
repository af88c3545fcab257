"""Which uses of the ledger somebody wants to see: as chosen and typed, and as conditions on the rows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, not_, or_

from portal.audit.filtering import OUTCOMES
from portal.days import read_days, start_of
from portal.errors import FieldErrors
from portal.ids import uuid_of
from portal.store.tables import Use

REFUSED_FROM = 400  # statuses by which Jira says that it did not do what it was asked for (RFC 9110)
YEARS = range(2000, 2101)
OWN = "account"  # whose credential: the account's own
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
HANDED_OUT = "handed-out"  # in the place of a method: a program got the token itself


@dataclass(frozen=True)
class Key:
    """The place of one use among the others; a page begins after the last one of the page before."""

    at: datetime
    batch_id: UUID
    position: int

    @classmethod
    def of(cls, text: str) -> "Key | None":
        """From a query; None for what is no key."""
        try:
            at, batch_id, position = text.split("_")
            found = cls(datetime.fromisoformat(at), UUID(batch_id), int(position))
        except ValueError:
            return None
        return found if found.at.tzinfo and found.at.year in YEARS and 0 <= found.position < 2**31 else None

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.batch_id}_{self.position}"

    def older(self) -> ColumnElement[bool]:
        """What comes after it, as a condition on the rows."""
        in_batch = and_(Use.batch_id == self.batch_id, Use.position < self.position)
        at_once = and_(Use.at == self.at, or_(Use.batch_id < self.batch_id, in_batch))
        return and_(Use.at <= self.at, or_(Use.at < self.at, at_once))


@dataclass(frozen=True)
class WantedUses:
    """Which uses; None: all. ``person`` used it, a program counts as one; ``whose`` credential it was, a
    person's or :data:`OWN`; ``method`` of a program's request or :data:`HANDED_OUT`; ``since`` and ``until``
    are days, both included."""

    account: UUID | None = None
    person: UUID | None = None
    whose: UUID | str | None = None
    method: str | None = None
    outcome: str | None = None
    since: date | None = None
    until: date | None = None
    before: Key | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "WantedUses":
        """From a page's query. What cannot be chosen is left out; raises :class:`FieldErrors` for a day that
        cannot be read."""
        since, until, errors = read_days(query)
        if errors:
            raise FieldErrors(errors)
        return cls(
            account=uuid_of(query.get("account")),
            person=uuid_of(query.get("person")),
            whose=whose_of(query),
            method=query["method"] if query.get("method") in (*METHODS, HANDED_OUT) else None,
            outcome=query["outcome"] if query.get("outcome") in OUTCOMES else None,
            since=since,
            until=until,
            before=Key.of(query.get("before", "")),
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered out."""
        return replace(self, before=None) != WantedUses()

    def query(self, before: Key | None = None) -> dict[str, str]:
        """The query of the page that shows these, or those of them after this one."""
        wanted = {name: value for name, value in asdict(self).items() if value and name != "before"}
        return {name: str(value) for name, value in wanted.items()} | (
            {"before": str(before)} if before else {}
        )

    def conditions(self, zone: ZoneInfo) -> list[ColumnElement[bool]]:
        """What a row must fulfil; days are those of ``zone``."""
        found = [*whose_uses(self.person, self.whose), *within(self.since, self.until, zone)]
        if self.account:
            found.append(Use.account_id == self.account)
        if self.method:
            found += _sent_by(self.method)
        if self.outcome:
            is_well = and_(Use.code.is_(None), func.coalesce(Use.status, 0) < REFUSED_FROM)
            found.append(is_well if self.outcome == "ok" else not_(is_well))
        if self.before:
            found.append(self.before.older())
        return found


def _sent_by(method: str) -> list[ColumnElement[bool]]:
    if method == HANDED_OUT:
        return [Use.method.is_(None), Use.actor_kind == "program"]
    return [Use.method == method]


def whose_of(query: Mapping[str, str]) -> UUID | str | None:
    """Whose credential a page's query chooses: a person's, or :data:`OWN`."""
    return OWN if query.get("whose") == OWN else uuid_of(query.get("whose"))


def whose_uses(person: UUID | None, whose: UUID | str | None) -> list[ColumnElement[bool]]:
    """Uses by this person, of this person's credential (or the account's own)."""
    found = [] if person is None else [Use.actor_id == person]
    if whose is not None:
        found.append(Use.holder_id.is_(None) if whose == OWN else Use.holder_id == whose)
    return found


def within(since: date | None, until: date | None, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """Uses from the first to the last of these days."""
    found = [] if since is None else [Use.at >= start_of(since, zone)]
    return found if until is None else [*found, Use.at < start_of(until + timedelta(days=1), zone)]
