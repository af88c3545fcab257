"""The timeline of one connection: why did it stop on Tuesday?

Everything that is recorded of an ALM account and its credentials in one list, newest first: steps of the
set-up, tests, checks that changed, failures, keys, endings; and between them, counted, what happens all the
time (mission row E2).

Where a connection went from working to not working, what happened just before stands beside it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.timeline_entries import EARLIEST, Day, Entry, marked, sign_of
from portal.alm_accounts.timeline_folds import UsesFold, routine_between, uses_between
from portal.alm_accounts.timeline_lines import (
    about,
    days_of,
    ends,
    just_before,
    of_one,
    read_telling,
)
from portal.alm_accounts.timeline_words import FAILED, STOPPED
from portal.audit.filtering import LARGEST_SEQ, seq_of
from portal.audit.reading import Whole
from portal.audit.uses_wanted import whose_of, whose_uses, within
from portal.credentials.problem import Problem
from portal.credentials.problems import PROBLEMS
from portal.days import read_days
from portal.errors import FieldErrors
from portal.ids import uuid_of
from portal.store.tables import AuditEvent, Use
from portal.store.work import Work


@dataclass(frozen=True)
class WantedTimeline:
    """What of it; None: all. ``person`` did it; ``whose`` connection, a person's or the account's own;
    ``since`` and ``until`` are days, both included; ``before``: older than this line of the audit."""

    person: UUID | None = None
    whose: UUID | str | None = None
    since: date | None = None
    until: date | None = None
    before: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "WantedTimeline":
        """From a page's query. What cannot be chosen is left out; raises :class:`FieldErrors` for a day that
        cannot be read."""
        since, until, errors = read_days(query)
        if errors:
            raise FieldErrors(errors)
        return cls(
            person=uuid_of(query.get("person")),
            whose=whose_of(query),
            since=since,
            until=until,
            before=seq_of(query.get("before", "")),
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered out."""
        return replace(self, before=None) != WantedTimeline()

    def query(self, before: int | None = None) -> dict[str, str]:
        """The query of the page that shows these, or those of them before this line."""
        return {name: str(value) for name, value in asdict(replace(self, before=before)).items() if value}


@dataclass(frozen=True)
class Timeline:
    """A page of it. ``older``: ask for what is before this line; None at the end."""

    days: list[Day]
    older: int | None


def read_timeline(work: Work, account: AccountView, wanted: WantedTimeline, zone: ZoneInfo) -> Timeline:
    """The newest of what is wanted; days are those of ``zone``."""
    with work.read() as session:
        page = _Page(session, account, wanted, zone)
        entries = marked([*page.of_lines(), *page.of_uses(), *page.of_routine(), *page.of_ends()])
        _explain(session, account.id, entries)
    days = groupby(reversed(entries), key=lambda entry: entry.time.astimezone(zone).date())
    return Timeline([Day(day, list(of_day)) for day, of_day in days], page.older)


class _Page:
    """What one page is made of: the lines that tell something, and what lies between them."""

    def __init__(
        self, session: Session, account: AccountView, wanted: WantedTimeline, zone: ZoneInfo
    ) -> None:
        self._session, self._account, self._wanted, self._zone = session, account, wanted, zone
        self._before = wanted.before or LARGEST_SEQ
        self._about = about(session, account.id, wanted.whose)
        self._conditions = self._of_lines_wanted()
        self._lines, is_more = read_telling(session, self._about, self._before, self._conditions)
        self.older = self._lines[-1].line.seq if is_more else None
        self._newest = self._begins()

    def _of_lines_wanted(self) -> list[ColumnElement[bool]]:
        wanted = self._wanted
        found = days_of(wanted.since, wanted.until, self._zone)
        if wanted.person:
            found.append(AuditEvent.actor_id == wanted.person)
        if wanted.whose:
            found.append(of_one(self._session, self._account.id, wanted.whose))
        return found

    def _begins(self) -> datetime:
        """Now, or at the last line of the page before."""
        last = select(AuditEvent.at).where(AuditEvent.seq == self._wanted.before)
        found = self._session.scalar(last) if self._wanted.before else None
        return found or clock.now() + timedelta(seconds=1)

    def of_lines(self) -> list[Entry]:
        """The lines that tell something."""
        return [
            Entry(line.line.time, line=line, sign=sign_of(line), problem=problem_of(self._account, line))
            for line in self._lines
        ]

    def of_uses(self) -> list[Entry]:
        """Uses between the lines; on the last page also those before the first line."""
        wanted, account_id = self._wanted, self._account.id
        conditions = [
            *whose_uses(wanted.person, wanted.whose),
            *within(wanted.since, wanted.until, self._zone),
        ]
        moments = sorted({line.line.time for line in self._lines}, reverse=True)
        if self.older is None:
            oldest = self._session.scalar(select(func.min(Use.at)).where(Use.account_id == account_id))
            if oldest is not None and (not moments or oldest < moments[-1]):
                moments.append(oldest)
        moments = [self._newest, *(moment for moment in moments if moment < self._newest)]
        folds = uses_between(self._session, account_id, moments, conditions)
        return [Entry(fold.last, uses=fold, problem=self._trouble(fold)) for fold in folds]

    def _trouble(self, fold: UsesFold) -> Problem | None:
        failure = fold.stopped or next(iter(fold.failures), None)
        return self._account.trouble(failure.code) if failure else None

    def of_routine(self) -> list[Entry]:
        """What is counted between the lines."""
        numbers = [self._before, *(line.line.seq for line in self._lines)]
        if self.older is None:
            numbers.append(0)
        places = [and_(place, *self._conditions) for place in self._about.places()]
        folds = routine_between(self._session, places, numbers)
        return [Entry(fold.last, routine=fold, sign=FAILED if fold.failed else None) for fold in folds]

    def of_ends(self) -> list[Entry]:
        """Tokens that came to their end by themselves: no line says so."""
        oldest = self._lines[-1].line.time if self.older else EARLIEST
        return [
            Entry(at, ended=whose, sign=STOPPED, problem=self._account.trouble_of(view))
            for at, whose, view in ends(self._session, self._account.id, self._wanted.whose)
            if oldest <= at < self._newest and self._fits(at)
        ]

    def _fits(self, at: datetime) -> bool:
        wanted, day = self._wanted, at.astimezone(self._zone).date()
        is_in_days = (wanted.since or day) <= day <= (wanted.until or day)
        return wanted.person is None and is_in_days


def problem_of(account: AccountView, line: Whole) -> Problem | None:
    """The problem that a line names, if it is one of the catalogue's."""
    code = line.line.details.get("code") or line.line.details.get("why")
    return account.trouble(code) if isinstance(code, str) and code in PROBLEMS else None


def _explain(session: Session, account_id: UUID, entries: list[Entry]) -> None:
    """Put what happened just before beside each entry where something stopped."""
    for number, entry in enumerate(entries):
        if entry.sign == STOPPED and entry.routine is None:
            at = entry.uses.stopped.first if entry.uses and entry.uses.stopped else entry.time
            entries[number] = replace(entry, before=just_before(session, account_id, at, entry.line))
