"""Worker processes that send: one killed in the middle loses nothing, two send nothing twice."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from portal import mail
from portal.start import open_store, prepare
from portal.store.tables import Mail
from tests.mail.conftest import Mailing, mail_settings
from tests.support.databases import Database
from tests.support.due_rows import end_leases
from tests.support.post import PostOffice
from tests.support.waiting import wait_until
from tests.worker.conftest import environment_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def quick(empty_database: Database, office: PostOffice) -> Iterator[Mailing]:
    """A portal of the test's own. Leases are longer than any test: a starved worker may not lose its own."""
    settings = empty_database.settings(**mail_settings(office), work_lease_seconds=600)
    prepare(settings)
    made = Mailing(settings, open_store(settings))
    yield made
    made.store.engine.dispose()


@pytest.fixture
def start(quick: Mailing) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Starts ``almoner worker``."""
    processes: list[subprocess.Popen[bytes]] = []

    def one() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "portal.cli", "worker"]
        environment = environment_of(quick.settings)
        processes.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL))
        return processes[-1]

    yield one
    for process in processes:
        process.kill()
        process.wait(10)


def queue(mailing: Mailing, *names: str) -> None:
    with mailing.work.write() as session:
        for name in names:
            mail.queue(session, name, f"{name}@example.org", "Subject", "Text")


def all_sent(mailing: Mailing) -> bool:
    with mailing.work.read() as session:
        return all(row.sent_at for row in session.scalars(select(Mail)))


def test_a_worker_killed_while_it_sends_loses_nothing(
    quick: Mailing, office: PostOffice, start: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    reached = threading.Event()

    def hang(address: str) -> str | None:
        if reached.is_set():
            return None
        reached.set()
        killed.kill()
        return "451 later"

    office.recipient = hang
    killed = start()
    queue(quick, "mia")
    wait_until(reached.is_set)
    killed.wait(10)
    end_leases(quick.store)
    start()
    wait_until(lambda: all_sent(quick))
    assert office.recipients == ["mia@example.org"]


def test_two_workers_send_nothing_twice(
    quick: Mailing, office: PostOffice, start: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    names = [f"p{number}" for number in range(40)]
    queue(quick, *names)
    for _ in range(2):
        start()
    wait_until(lambda: all_sent(quick))
    assert sorted(office.recipients) == sorted(f"{name}@example.org" for name in names)
