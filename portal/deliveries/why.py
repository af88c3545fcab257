"""Why nothing shows on an issue: what came for it, what became of that, and what nearly named it."""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, or_, select
from sqlalchemy.orm import Session

from portal.deliveries.filtering import ISSUE_KEY, NEWEST_FIRST, NO_KEY, UNKNOWN, names_issue
from portal.deliveries.outcomes import ACCEPTED, WAITING, in_capitals
from portal.deliveries.reading import LISTED, DeliveryView, issue_url, views
from portal.deliveries.superseding import PIECEMEAL, Sibling, highest_accepted
from portal.deliveries.ways import WayView
from portal.errors import FieldErrors
from portal.ids import uuid_of
from portal.jira.trouble import clean
from portal.store.tables import Delivery
from portal.store.work import Work

LOOKED_AT = 2000  # of the newest deliveries, for what nearly names the issue
MOST = 20
_CANDIDATES = 200
_READ_AT_ONCE = 10  # with their bodies, of which each may have megabytes
# What became of a delivery, as far as one of its issues is concerned.
SHOWN, SUPERSEDED, UNKNOWN_KEY = "shown", "superseded", "unknown_key"
PAUSED, STOPPED, LEFT_OUT = "paused", "stopped", "left_out"


@dataclass(frozen=True)
class Question:
    """What somebody asks: about an issue, and the host of the Jira whose address they pasted, if they did."""

    key: str
    host: str | None
    account: UUID | None

    @classmethod
    def of(cls, issue: str, account: str | None, ways: Iterable[WayView] = ()) -> "Question":
        """From a key, however it is written, or the address of an issue. :class:`FieldErrors` for neither,
        and for an ``account`` that is none of ``ways``."""
        text = issue.strip()
        selected = parse_qs(urlsplit(text).query).get("selectedIssue", []) if _host(text) else []
        last = selected[0] if selected else re.split("[?#]", text)[0].rstrip("/").rpartition("/")[2]
        if not ISSUE_KEY.fullmatch(last.upper()):
            raise FieldErrors({"issue": NO_KEY})
        if account and account not in {str(way.account_id) for way in ways}:
            raise FieldErrors({"account": UNKNOWN["account"].format(value=clean(account, 60))})
        return cls(last.upper(), _host(text), uuid_of(account))


@dataclass(frozen=True)
class Finding:
    """The newest delivery of one thing that names the issue. ``verdict`` is an outcome, or one of
    those above; ``url`` the issue's page in Jira; ``accepted``: what Jira last accepted of the same thing, if
    anything."""

    delivery: DeliveryView
    verdict: str
    way: WayView
    url: str | None
    accepted: Sibling | None


@dataclass(frozen=True)
class Near:
    """A delivery that does not name the issue, but holds ``written``, which looks like its key."""

    delivery: DeliveryView
    written: str


@dataclass(frozen=True)
class Answer:
    """What is kept that concerns the issue. ``ways``: of the accounts asked about."""

    question: Question
    ways: tuple[WayView, ...]
    findings: tuple[Finding, ...]
    near: tuple[Near, ...]

    @property
    def is_elsewhere(self) -> bool:
        """Whether somebody asks about an issue of another Jira."""
        return self.question.host is not None and self.question.host not in map(_host, self.sites)

    @property
    def sites(self) -> tuple[str, ...]:
        """Where the accounts send to, each once."""
        return tuple(dict.fromkeys(way.site for way in self.ways if way.site))

    @property
    def is_shown(self) -> bool:
        """Whether Jira took something for the issue that nothing has replaced."""
        return any(finding.verdict == SHOWN for finding in self.findings)


def answer(work: Work, question: Question, ways: Iterable[WayView]) -> Answer:
    """What is kept here says about it. ``ways``: of all accounts that deliver."""
    asked = tuple(way for way in ways if question.account in (None, way.account_id))
    accounts = {way.account_id: way for way in asked}
    with work.read() as session:
        findings = _findings(session, question.key, accounts)
        near = () if findings else _near(session, question.key, accounts)
    return Answer(question, asked, findings, near)


def _findings(session: Session, key: str, ways: Mapping[UUID, WayView]) -> tuple[Finding, ...]:
    naming = select(Delivery).options(*LISTED)
    naming = naming.where(Delivery.account_id.in_(ways), names_issue(key))
    newest = naming.order_by(*NEWEST_FIRST).limit(_CANDIDATES)
    rows = _last_of_each(session.scalars(newest))[:MOST]
    told = zip(rows, views(session, rows), strict=True)
    return tuple(_finding(session, key, row, view, ways[row.account_id]) for row, view in told)


def _last_of_each(rows: Iterable[Delivery]) -> list[Delivery]:
    """Of each thing the delivery with the highest number; of a repository every one."""
    last: dict[object, Delivery] = {}
    for row in rows:
        thing = row.id if row.kind == PIECEMEAL else (row.account_id, row.subject)
        if thing not in last or last[thing].number < row.number:
            last[thing] = row
    return list(last.values())


def _finding(session: Session, key: str, row: Delivery, view: DeliveryView, way: WayView) -> Finding:
    accepted = highest_accepted(session, row)
    return Finding(view, _verdict(key, row, way, accepted), way, issue_url(way.site, key), accepted)


def _verdict(key: str, row: Delivery, way: WayView, accepted: Sibling | None) -> str:
    if accepted is not None and accepted.number > row.number:
        return SUPERSEDED
    if row.state == WAITING:
        left_out = LEFT_OUT if row.kind in way.left_out else WAITING
        return PAUSED if way.paused_at else STOPPED if way.trouble else left_out
    if key in in_capitals(row.unknown_keys):
        return UNKNOWN_KEY
    return SHOWN if row.state == ACCEPTED else row.state


def _near(session: Session, key: str, accounts: Collection[UUID]) -> tuple[Near, ...]:
    lately = select(Delivery.id).where(Delivery.account_id.in_(accounts))
    lately = lately.order_by(*NEWEST_FIRST).limit(LOOKED_AT)
    like = select(Delivery.id, Delivery.label, Delivery.body)
    like = like.where(Delivery.id.in_(lately), _says_like(key)).order_by(*NEWEST_FIRST).limit(_CANDIDATES)
    written: dict[UUID, str] = {}
    with session.execute(like.execution_options(yield_per=_READ_AT_ONCE)) as rows:
        for delivery_id, label, body in rows:
            if match := _looks_like(key).search(_text_of(label, body)):
                written[delivery_id] = match[0]
            if len(written) == MOST:
                break
    found = select(Delivery).options(*LISTED).where(Delivery.id.in_(written)).order_by(*NEWEST_FIRST)
    return tuple(Near(view, written[view.id]) for view in views(session, session.scalars(found)))


def _says_like(key: str) -> ColumnElement[bool]:
    """That something in it is the key but for capitals and what stands between project and number."""
    project, number = key.rsplit("-", 1)
    body = cast(Delivery.body, Text)
    spellings = [f"{project}{between}{number}" for between in ("-", "_", " ", "")]
    return or_(
        *(column.icontains(one, autoescape=True) for one in spellings for column in (Delivery.label, body))
    )


def _looks_like(key: str) -> re.Pattern[str]:
    project, number = key.rsplit("-", 1)
    return re.compile(rf"(?<![^\W_]){re.escape(project)}[-_ ]?{number}(?![^\W_])", re.IGNORECASE)


def _text_of(label: str, body: Mapping[str, object]) -> str:
    return f"{label}\n{json.dumps(body, ensure_ascii=False)}"


def _host(address: str) -> str | None:
    """The host of an address, with its port where it has one; None where the text is no address."""
    with_scheme = address if "://" in address else f"https://{address}"
    try:
        return (urlsplit(with_scheme).netloc.lower() or None) if "/" in address else None
    except ValueError:
        return None
