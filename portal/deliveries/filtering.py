"""Which deliveries somebody wants to see: as it was chosen and typed, and as conditions on the rows."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_

from portal.days import read_days, start_of
from portal.deliveries.data_kinds import DATA_KINDS
from portal.deliveries.outcomes import OUTCOMES
from portal.errors import FieldErrors
from portal.ids import uuid_of
from portal.jira.trouble import clean
from portal.store.tables import Delivery

ISSUE_KEY = re.compile(r"\w{1,255}-\d{1,255}")  # as Jira takes them (Jira Software Cloud REST API, Builds)
NEWEST_FIRST = (Delivery.received_at.desc(), Delivery.position.desc(), Delivery.id.desc())
NO_KEY = "An issue key is a project's key, a hyphen and a number, like ABC-12. Enter one like that."
_CHOOSE = " Choose one from the list, or all."
# What is said of a value that a list does not have. {value}: as it came.
UNKNOWN = {
    "account": "No ALM account that delivers here is called “{value}”; it may have been deleted." + _CHOOSE,
    "type": "“{value}” is no type of delivery." + _CHOOSE,
    "state": "“{value}” is nothing that becomes of a delivery." + _CHOOSE,
    "key": "There is no program key “{value}” here." + _CHOOSE,
}
_LONGEST, _SHOWN = 200, 60


@dataclass(frozen=True)
class Wanted:
    """Which deliveries; None and empty: all. ``sender`` is a program key, ``words`` stand in the label.

    ``since`` and ``until`` are days in ``zone``, both included; ``before``: only what was
    listed after this one, of which it has time, position and id.
    """

    account: UUID | None = None
    type: str | None = None
    state: str | None = None
    key: UUID | None = None
    issue: str = ""
    words: str = ""
    since: date | None = None
    until: date | None = None
    before: tuple[datetime, int, UUID] | None = None

    @classmethod
    def of(
        cls,
        query: Mapping[str, str],
        accounts: Collection[str] | None = None,
        keys: Collection[str] | None = None,
    ) -> "Wanted":
        """From a page's query. ``accounts`` and ``keys``: the ids there are to choose from, where they are
        known. Raises :class:`FieldErrors` for what cannot be read, and for what none of the lists has: a list
        of everything would be taken for the answer."""
        since, until, issue = _typed(query, {"account": accounts, "key": keys})
        return cls(
            account=uuid_of(query.get("account")),
            type=query.get("type") or None,
            state=query.get("state") or None,
            key=uuid_of(query.get("key")),
            issue=issue,
            words=clean(query.get("words", ""), _LONGEST),
            since=since,
            until=until,
            before=_before(query.get("before", "")),
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered out."""
        return replace(self, before=None) != Wanted()

    def query(self, before: str | None = None) -> dict[str, str]:
        """The query of the page that shows these, or those of them ``before`` one."""
        given = {
            "account": self.account,
            "type": self.type,
            "state": self.state,
            "key": self.key,
            "issue": self.issue,
            "words": self.words,
            "since": self.since,
            "until": self.until,
            "before": before,
        }
        return {name: str(value) for name, value in given.items() if value}

    def conditions(self, zone: ZoneInfo) -> list[ColumnElement[bool]]:
        """What a row must fulfil; days are those of ``zone``."""
        chosen = (
            (Delivery.account_id, self.account),
            (Delivery.kind, self.type),
            (Delivery.outcome, self.state),
            (Delivery.sender, self.key),
        )
        found = [column == value for column, value in chosen if value is not None]
        if self.issue:
            found.append(names_issue(self.issue))
        found += [Delivery.label.icontains(word, autoescape=True) for word in self.words.split()]
        if self.since:
            found.append(Delivery.received_at >= start_of(self.since, zone))
        if self.until:
            found.append(Delivery.received_at < start_of(self.until + timedelta(days=1), zone))
        return [*found, *self._older()]

    def _older(self) -> list[ColumnElement[bool]]:
        if self.before is None:
            return []
        moment, position, delivery_id = self.before
        # The first condition is the one an index serves; the others tell apart what came in one request.
        same_place = and_(Delivery.position == position, Delivery.id < delivery_id)
        beside = or_(Delivery.received_at < moment, Delivery.position < position, same_place)
        return [and_(Delivery.received_at <= moment, beside)]


def names_issue(key: str) -> ColumnElement[bool]:
    """That a delivery names this issue, in capitals or not."""
    return Delivery.issue_keys.icontains(f" {key} ", autoescape=True)


def place_of(delivery: Delivery) -> str:
    """Where a delivery stands among the others, for the address of the page after it."""
    return f"{delivery.received_at.isoformat()}_{delivery.position}_{delivery.id.hex}"


def _typed(
    query: Mapping[str, str], offered: Mapping[str, Collection[str] | None]
) -> tuple[date | None, date | None, str]:
    """First day, last day, issue key; raises :class:`FieldErrors` with a sentence for each field that is
    wrong, also of those chosen from a list."""
    since, until, errors = read_days(query)
    for name, choices in {"type": DATA_KINDS, "state": OUTCOMES, **offered}.items():
        if (value := query.get(name)) and not _is_offered(value, choices):
            errors[name] = UNKNOWN[name].format(value=clean(value, _SHOWN))
    issue = query.get("issue", "").strip()
    if issue and not ISSUE_KEY.fullmatch(issue):
        errors["issue"] = NO_KEY
    if errors:
        raise FieldErrors(errors)
    return since, until, issue


def _is_offered(value: str, choices: Collection[str] | None) -> bool:
    """Whether it is one of the choices; where they are not known, whether it is an id."""
    return uuid_of(value) is not None if choices is None else value in choices


def _before(text: str) -> tuple[datetime, int, UUID] | None:
    moment, _, place = text.partition("_")
    position, _, delivery_id = place.partition("_")
    try:
        at, number, found = datetime.fromisoformat(moment), int(position), uuid_of(delivery_id)
        is_one = at.tzinfo and found and 0 <= number < 2**63
        return (at.astimezone(UTC), number, found) if is_one and found else None
    except (ValueError, OverflowError):
        return None
