"""Which lines of the audit somebody wants to see: as chosen and typed, and as conditions on the rows."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_

from portal.audit import events
from portal.days import read_days, start_of
from portal.errors import FieldErrors
from portal.ids import uuid_of
from portal.store.tables import AuditEvent

OUTCOMES = ("ok", "failed")
LARGEST_SEQ = 2**31 - 1  # of the column; PostgreSQL refuses to compare it with more
REQUEST_ID = re.compile(r"[!-~]{1,40}", re.ASCII)
NO_REQUEST = (
    "A request id is one word of up to 40 letters and digits, as error pages show it. Enter it as it stands "
    "there."
)


@dataclass(frozen=True)
class Wanted:
    """Which lines; None: all. ``person`` acted or was acted on; ``since`` and ``until`` are days, both
    included; ``before``: older than this line."""

    person: UUID | None = None
    account: UUID | None = None
    event: str | None = None
    outcome: str | None = None
    since: date | None = None
    until: date | None = None
    request_id: str | None = None
    before: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Wanted":
        """From a page's query. What is chosen from a list and is not in it is left out; raises
        :class:`FieldErrors` for what was typed and cannot be read."""
        since, until, errors = read_days(query)
        request_id = query.get("request_id", "").strip()
        if request_id and not REQUEST_ID.fullmatch(request_id):
            errors["request_id"] = NO_REQUEST
        if errors:
            raise FieldErrors(errors)
        return cls(
            person=uuid_of(query.get("person")),
            account=uuid_of(query.get("account")),
            event=query["event"] if query.get("event") in events.TENANT else None,
            outcome=query["outcome"] if query.get("outcome") in OUTCOMES else None,
            since=since,
            until=until,
            request_id=request_id or None,
            before=seq_of(query.get("before", "")),
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered out."""
        return replace(self, before=None) != Wanted()

    def query(self, before: int | None = None) -> dict[str, str]:
        """The query of the page that shows these, or those of them before this line."""
        return {name: str(value) for name, value in asdict(replace(self, before=before)).items() if value}

    def conditions(self, zone: ZoneInfo) -> list[ColumnElement[bool]]:
        """What a row must fulfil; days are those of ``zone``."""
        chosen = (
            (AuditEvent.account_id, self.account),
            (AuditEvent.event, self.event),
            (AuditEvent.outcome, self.outcome),
            (AuditEvent.request_id, self.request_id),
        )
        found = [column == value for column, value in chosen if value is not None]
        if self.person:
            found.append(or_(AuditEvent.actor_id == self.person, AuditEvent.subject_id == self.person))
        if self.since:
            found.append(AuditEvent.at >= start_of(self.since, zone))
        if self.until:
            found.append(AuditEvent.at < start_of(self.until + timedelta(days=1), zone))
        if self.before is not None:
            found.append(AuditEvent.seq < self.before)
        return found


def seq_of(text: str) -> int | None:
    """The number of a line in a query; None for what can be none."""
    is_number = text.isascii() and text.isdigit() and len(text) < 16
    return int(text) if is_number and int(text) <= LARGEST_SEQ else None
