"""Databases with work that is due, and worker processes on them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from portal.config import Settings
from portal.start import open_store, prepare
from portal.store import due
from portal.store.tables import DueWork
from portal.store.work import NOBODY, Store, Work, now_of
from tests.support.databases import Database
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
LEASE_SECONDS = 600  # no process may lose its row because the machine is busy; tests end leases themselves
MORE_THAN_IT_DOES = 30  # slow ones, until it is told to stop, however busy the machine


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings that differ from their default, as another process reads them."""
    changed = {name: getattr(settings, name) for name in settings.model_fields_set}
    return {**os.environ, **{f"ALMONER_{name.upper()}": str(value) for name, value in changed.items()}}


@dataclass
class Works:
    """A portal's due work, the processes that do it, and what they wrote down."""

    settings: Settings
    store: Store
    folder: Path
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def work(self) -> Work:
        """The portal at work in no tenant."""
        return Work(self.store, None, NOBODY)

    def put(self, manner: str = "", kind: str = "test", seconds: float = 0) -> UUID:
        """Something due in so many seconds; ``manner`` is a word of :mod:`tests.worker.doing`."""
        subject_id = uuid4()
        if manner:
            (self.folder / str(subject_id)).write_text(manner)
        with self.work.write() as session:
            due.put(session, kind, subject_id, now_of(session) + timedelta(seconds=seconds), None)
        return subject_id

    def rows(self, kind: str = "test") -> list[DueWork]:
        """What is left to do."""
        with self.work.read() as session:
            return list(session.scalars(select(DueWork).where(DueWork.kind == kind)))

    def start(self, **changes: str) -> "subprocess.Popen[bytes]":
        """A worker process."""
        return self.run("tests.worker.doing", **changes)

    def run(self, *module: str, **changes: str) -> "subprocess.Popen[bytes]":
        """Any module as a process of this portal."""
        environment = {**environment_of(self.settings), "DOING_FOLDER": str(self.folder), **changes}
        command = [sys.executable, "-m", *module]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def journal(self, word: str = "") -> list[list[str]]:
        """What the processes wrote down: word, row, process, attempt."""
        path = self.folder / "journal"
        lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [line for line in lines if word in ("", line[0])]

    def wait(self, until: Callable[[], bool]) -> None:
        """Look until it is so."""
        wait_until(until, self.journal)

    def end(self) -> None:
        """Stop every process that still runs, and with it what it has started."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


@pytest.fixture
def works(empty_database: Database, tmp_path: Path) -> Iterator[Works]:
    """A portal of the test's own, with a lease longer than any test."""
    settings = empty_database.settings(work_lease_seconds=LEASE_SECONDS)
    prepare(settings)
    made = Works(settings, open_store(settings), tmp_path)
    yield made
    made.end()
    made.store.engine.dispose()
