"""Taking lines of the audit out of the portal: as CSV for a spreadsheet, as JSON lines for a program.

Lines are read a few hundred at a time, oldest first: a reader who is slow holds no transaction, and how many
there are makes no difference to memory. Ids go along with the names they have while the file is written.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select

from portal.audit.filtering import Wanted
from portal.audit.log import record
from portal.audit.reading import Whole, whole
from portal.errors import FieldErrors
from portal.store.tables import AuditEvent
from portal.store.work import Work

READ_AT_ONCE = 500
COLUMNS = (
    "line", "time", "who", "actor_kind", "actor_id", "action", "event", "outcome", "account", "account_id",
    "subject", "subject_id", "request_id", "details", "seal",
)  # fmt: skip
# What a spreadsheet takes for the beginning of a formula, also in full width (OWASP, CSV Injection).
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for the machine's own code page


@dataclass(frozen=True)
class Format:
    """A form an export takes. ``write`` makes pieces of text of lines."""

    name: str
    title: str
    extension: str
    mimetype: str
    write: Callable[[Iterable[Whole]], Iterator[str]]


def read_format(name: str) -> Format:
    """The format of this name; raises :class:`FieldErrors` where there is none."""
    if name not in FORMATS:
        raise FieldErrors({"format": "Choose CSV or JSON lines."})
    return FORMATS[name]


def export(work: Work, wanted: Wanted, zone: ZoneInfo, form: Format) -> Iterator[str]:
    """What is wanted of the tenant's audit as pieces of a file.

    That it was exported is in the audit when this returns; that line, and any later one, is not in the file.
    Days of the filter are those of ``zone``.
    """
    with work.read() as session:
        last = session.scalar(select(func.max(AuditEvent.seq))) or 0
        conditions = [*wanted.conditions(zone), AuditEvent.seq <= last]
        count = session.scalar(select(func.count(AuditEvent.seq)).where(*conditions))
    with work.write() as session:
        record(session, work, "audit.exported", format=form.name, count=count)
    return form.write(_lines(work, conditions))


def _lines(work: Work, conditions: list[ColumnElement[bool]]) -> Iterator[Whole]:
    after, is_more = 0, True
    while is_more:
        oldest = select(AuditEvent).where(*conditions, AuditEvent.seq > after).order_by(AuditEvent.seq)
        with work.read() as session:
            found = whole(session, session.scalars(oldest.limit(READ_AT_ONCE)).all())
        yield from found
        is_more = len(found) == READ_AT_ONCE
        after = found[-1].line.seq if found else after


def _facts(one: Whole) -> dict[str, Any]:
    """A line by the names of :data:`COLUMNS`; times are in UTC."""
    values: tuple[Any, ...] = (
        one.line.seq,
        one.line.time.isoformat(),
        one.line.who,
        one.actor_kind,
        one.actor_id,
        one.line.what,
        one.event,
        one.line.outcome or "ok",
        one.account,
        one.account_id,
        one.subject,
        one.subject_id,
        one.line.request_id,
        one.line.details,
        one.seal,
    )
    return dict(zip(COLUMNS, values, strict=True))


def write_csv(lines: Iterable[Whole]) -> Iterator[str]:
    """Rows under a head; details stand as JSON. No cell begins as a formula does."""
    yield BYTE_ORDER_MARK + _row(COLUMNS)
    for one in lines:
        facts = _facts(one)
        facts["details"] = json.dumps(facts["details"], sort_keys=True)
        yield _row(_cell(value) for value in facts.values())


def _row(cells: Iterable[str]) -> str:
    text = StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def write_json_lines(lines: Iterable[Whole]) -> Iterator[str]:
    """An object for each line, on a line of its own."""
    for one in lines:
        yield json.dumps(_facts(one), default=str) + "\n"


CSV = Format("csv", "CSV", "csv", "text/csv", write_csv)
JSON_LINES = Format("json-lines", "JSON lines", "jsonl", "application/jsonl", write_json_lines)
FORMATS = {one.name: one for one in (CSV, JSON_LINES)}
