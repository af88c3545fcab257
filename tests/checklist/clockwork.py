"""What the worker does about checklists, without its clock: due rows, time that passed, letters."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from portal.checklist import quiet
from portal.handlers import Tools
from portal.mail import outbox
from portal.store import due
from portal.store.tables import AlmAccount, AuditEvent, Check, CheckRun, DueWork, Mail
from portal.store.work import NOBODY, Work, now_of
from portal.worker import do_one
from tests.support.accounts import registry_of
from tests.support.checklist import Sheet


@dataclass(frozen=True)
class Clockwork:
    """The due work about one account's checklist."""

    sheet: Sheet

    @property
    def everywhere(self) -> Work:
        """The portal at work in no tenant."""
        return Work(self.sheet.tenant.store, None, NOBODY)

    def rows(self, kind: str) -> list[DueWork]:
        """What of this kind is to be done about the account."""
        with self.everywhere.read() as session:
            about = DueWork.subject_id == self.sheet.account_id
            return list(session.scalars(select(DueWork).where(DueWork.kind == kind, about)))

    def wait(self, kind: str) -> timedelta:
        """How long from now until it is due."""
        [row] = self.rows(kind)
        with self.everywhere.read() as session:
            return row.due_at - now_of(session)

    def make_due(self, kind: str, subject_id: UUID | None = None) -> None:
        """Have it due before anything else."""
        with self.everywhere.write() as session:
            at = now_of(session) - timedelta(days=1)
            due.put(session, kind, subject_id or self.sheet.account_id, at, self.sheet.tenant.id)

    def work_off(self, kind: str) -> None:
        """Do what is due of this kind."""
        tools = Tools(
            self.sheet.portal.settings, self.sheet.tenant.store, registry_of(self.sheet.portal), None
        )
        while do_one(tools, [kind]):
            pass

    def look(self) -> None:
        """A night passes: what ran before it ended the day before."""
        with self.sheet.work.write() as session:
            mine = CheckRun.account_id == self.sheet.account_id
            for run in session.scalars(select(CheckRun).where(mine, CheckRun.ended_at.is_not(None))):
                run.ended_at -= quiet.EVERY
        self.make_due(quiet.NIGHTLY)
        self.work_off(quiet.NIGHTLY)

    def age(self, by: timedelta) -> None:
        """Let everything the checklist noted lie back by so much."""
        with self.sheet.work.write() as session:
            for table, column in ((CheckRun, "started_at"), (Check, "since"), (Check, "broken_since")):
                for row in session.scalars(select(table).where(table.account_id == self.sheet.account_id)):
                    if (at := getattr(row, column)) is not None:
                        setattr(row, column, at - by)

    def set_account(self, **values: Any) -> None:
        """Columns of the account itself."""
        with self.sheet.work.write() as session:
            one = AlmAccount.id == self.sheet.account_id
            session.execute(update(AlmAccount).where(one).values(**values))

    @property
    def letters(self) -> dict[str, str]:
        """The messages queued about this account, by recipient; the last to each."""
        with self.everywhere.read() as session:
            mine = Mail.once.like(f"drift {self.sheet.account_id.hex} %")
            rows = session.scalars(select(Mail).where(mine).order_by(Mail.created_at))
            return {row.recipient: _text(outbox._opened(session, row)) for row in rows}

    @property
    def how_many_letters(self) -> int:
        """Messages queued about this account."""
        with self.everywhere.read() as session:
            mine = Mail.once.like(f"drift {self.sheet.account_id.hex} %")
            return len(session.scalars(select(Mail.id).where(mine)).all())

    def forget_letters(self) -> None:
        """A month passes."""
        with self.everywhere.write() as session:
            session.execute(delete(Mail).where(Mail.once.like(f"drift {self.sheet.account_id.hex} %")))

    @property
    def changes(self) -> list[tuple[str, str, str, str | None]]:
        """The lines of the audit about rows that changed: row, before, after, code."""
        with self.sheet.work.read() as session:
            wanted = select(AuditEvent.details).where(
                AuditEvent.event == "checklist.changed", AuditEvent.account_id == self.sheet.account_id
            )
            found = session.scalars(wanted.order_by(AuditEvent.seq)).all()
            return [(one["row"], one["before"], one["after"], one["code"]) for one in found]

    def broken_since(self, row: str) -> datetime | None:
        """Since when the row is broken."""
        with self.sheet.work.read() as session:
            return session.get_one(Check, (self.sheet.tenant.id, self.sheet.account_id, row)).broken_since


def _text(message: Any) -> str:
    return f"{message.subject}\n{message.text}"
