"""Grants as tests of renewing need them: old, leased, waiting; and processes that renew them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.config import Settings
from portal.credentials.grants import RENEWAL
from portal.credentials.registry import Registry
from portal.handlers import Tools
from portal.mail.smtp import server_of
from portal.store import due
from portal.store.tables import DueWork, Grant
from portal.store.work import NOBODY, Work, now_of
from portal.worker import do_one
from tests.support.cloud import CloudOffice
from tests.support.due_rows import put_off

ROOT = Path(__file__).parents[2]
# Further than any step of a test takes, near enough to be waited for.
TOGETHER_SECONDS = 0.05
MOST_WORKS = 50


class Rotating:
    """A process that renews grants as it is told (``rotating.py``)."""

    def __init__(self, settings: Settings, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.credentials.rotating"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=process_environment(settings, **environment),
        )

    def order(self, **order: Any) -> None:
        """Tell it to do something; ``answer`` is what came of it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order, default=str) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Its next line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process ended without an answer"
        return dict(json.loads(line))

    def renew(self, grant: Grant, at: str, **more: Any) -> int:
        """Have a child renew this generation; its process number."""
        told = {"tenant": grant.tenant_id, "grant": grant.id, "generation": grant.generation, "at": at}
        self.order(do="renew", **told, **more)
        return int(self.answer()["pid"])

    def wait(self, pid: int) -> int:
        """How a child ended: 0, or minus the signal that ended it."""
        self.order(do="wait", pid=pid)
        return int(self.answer()["ended"])

    def end(self) -> None:
        """Close its orders, which ends it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


def process_environment(settings: Settings, **more: str) -> dict[str, str]:
    """What another process of the portal finds in its environment: the settings that differ, and more."""
    changed = {name: getattr(settings, name) for name in settings.model_fields_set}
    given = {f"ALMONER_{name.upper()}": _as_text(value) for name, value in changed.items()}
    return {**os.environ, **given, **more}


def _as_text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


@contextmanager
def rotating(settings: Settings, count: int, **environment: str) -> Iterator[list[Rotating]]:
    """So many processes, ready."""
    with ExitStack() as stack:
        started = [Rotating(settings, **environment) for _ in range(count)]
        for process in started:
            stack.callback(process.end)
        for process in started:
            process.answer()
        yield started


def ask_all(processes: Sequence[Rotating], grant: Grant, threads: int, **more: Any) -> list[int | str]:
    """What all threads of all processes got when they asked for an access token at the same moment."""
    told = {"tenant": grant.tenant_id, "grant": grant.id, "threads": threads, **more}
    moment = time.clock_gettime(time.CLOCK_MONOTONIC) + TOGETHER_SECONDS
    for process in processes:
        process.order(do="ask", moment=moment, **told)
    return [got for process in processes for got in process.answer()["got"]]


def portal_at_work(office: CloudOffice) -> Work:
    """The portal itself at work in the office's tenant, as the worker is."""
    return Work(office.portal.store, office.tenant.id, NOBODY)


def grant_now(office: CloudOffice, grant_id: UUID) -> Grant | None:
    """The grant as it stands."""
    with office.work.read() as session:
        return session.get(Grant, (office.tenant.id, grant_id))


def expire(office: CloudOffice, grant_id: UUID) -> Grant:
    """Let the access token end; the grant as it stands then."""
    return age(office, grant_id, expires_at=timedelta(seconds=1))


def age(office: CloudOffice, grant_id: UUID, **ago: timedelta | None) -> Grant:
    """Set times of a grant so long ago (None: empty), and its renewal as due as its lease makes it."""
    with portal_at_work(office).write() as session:
        row = session.get_one(Grant, (office.tenant.id, grant_id))
        for name, span in ago.items():
            setattr(row, name, None if span is None else now_of(session) - span)
        session.flush()
        return row


def make_due(office: CloudOffice, grant_id: UUID) -> None:
    """The worker is to look at the grant now."""
    with portal_at_work(office).write() as session:
        due.put(session, RENEWAL, grant_id, now_of(session), office.tenant.id)


def end_lease(office: CloudOffice, grant_id: UUID) -> None:
    """Let so much time pass that a lease has run out and a pause is over, and the worker's row is due."""
    with portal_at_work(office).write() as session:
        now = now_of(session)
        row = session.get_one(Grant, (office.tenant.id, grant_id))
        row.lease_until = now if row.lease_until else None
        row.retry_at = now if row.retry_at else None
        if row.lease_until or row.retry_at:
            due.put(session, RENEWAL, grant_id, now, office.tenant.id)


def due_of(office: CloudOffice, grant_id: UUID) -> DueWork | None:
    """When the worker looks at the grant next."""
    with office.work.read() as session:
        wanted = select(DueWork).where(DueWork.kind == RENEWAL, DueWork.subject_id == grant_id)
        return session.scalars(wanted).one_or_none()


def sweep(office: CloudOffice, registry: Registry | None = None) -> None:
    """Do what is due, as the worker does; but for what other tests left to be done for their tenants."""
    portal = office.portal
    put_off(portal.store, DueWork.tenant_id != office.tenant.id)
    tools = Tools(portal.settings, portal.store, registry or office.registry, server_of(portal.settings))
    for _ in range(MOST_WORKS):
        if not do_one(tools):
            return
    raise AssertionError("there is no end of what is due")
