"""The worker as a process: it takes up what a crash left when the lease ends, and finishes what it began."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from portal import mail
from portal.store.work import NOBODY, Store, Work, now_of
from tests.credentials.rotation import (
    ROOT,
    age,
    expire,
    grant_now,
    make_due,
    portal_at_work,
    process_environment,
    rotating,
)
from tests.support.cloud import CloudOffice, cloud_office
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.waiting import wait_until
from tests.support.world import TenantWorld

# The lease of the worker's row is longer than any test waits: what a killed renewal left may not hang on it.
LEASE = {"ALMONER_REFRESH_LEASE_SECONDS": "60", "ALMONER_WORK_LEASE_SECONDS": "600"}
# What somebody has who is killed: tests wait for its end. A third of it is the deadline of the call, which a
# busy machine has to keep.
SHORT = {**LEASE, "ALMONER_REFRESH_LEASE_SECONDS": "9"}


@pytest.fixture
def office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> CloudOffice:
    return cloud_office(portal, sandbox, tenant)


@contextmanager
def worker(office: CloudOffice, **changes: str) -> Iterator["subprocess.Popen[bytes]"]:
    """``almoner worker`` on the office's database."""
    command = [sys.executable, "-m", "portal.cli", "worker"]
    environment = process_environment(office.portal.settings, **{**LEASE, **changes})
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def generation(office: CloudOffice) -> int:
    return office.grants()[0].generation


def test_what_a_killed_process_left_is_renewed_when_its_lease_ends(office: CloudOffice) -> None:
    """Nobody asks for it, and no time is set: the lease, scaled down, runs out by itself."""
    before = expire(office, office.grants()[0].id)
    with worker(office), rotating(office.portal.settings, 1, **SHORT) as (nursery,):
        assert nursery.wait(nursery.renew(before, "answered")) == -signal.SIGKILL
        left = grant_now(office, before.id)
        wait_until(lambda: generation(office) > before.generation)
    assert left is not None
    assert left.lease_until is not None
    with portal_at_work(office).read() as session:
        assert now_of(session) > left.lease_until
    seen = office.sandbox.cloud_state()
    assert (seen["refreshes_ok"], generation(office)) == (2, before.generation + 1)


def test_what_a_killed_worker_left_is_taken_up_when_the_lease_of_the_grant_ends(office: CloudOffice) -> None:
    """T46. The killed worker held the row of due work as well; nobody waits for that lease."""
    office.sandbox.state(token_slow_after=3)
    before = age(office, office.grants()[0].id, refreshed_at=timedelta(days=31))
    with worker(office, **SHORT) as killed:
        make_due(office, before.id)
        wait_until(lambda: office.sandbox.cloud_state()["refreshes_ok"] == 1)
        killed.kill()
        killed.wait(20)
    left = grant_now(office, before.id)
    assert left is not None
    assert (left.generation, left.lease_until is not None) == (before.generation, True)
    office.sandbox.state(token_slow_after=0)
    with worker(office):
        wait_until(lambda: generation(office) > before.generation)
    with portal_at_work(office).read() as session:
        assert left.lease_until is not None
        assert now_of(session) > left.lease_until
    assert office.sandbox.cloud_state()["refreshes_ok"] == 2


def test_a_worker_told_to_stop_finishes_its_renewal(office: CloudOffice) -> None:
    """T53: an exchange is never given up after it was sent."""
    office.sandbox.state(refresh_leeway_seconds=0, token_slow_after=0.7)
    before = age(office, office.grants()[0].id, refreshed_at=timedelta(days=31))
    with worker(office) as process:
        make_due(office, before.id)
        wait_until(lambda: office.sandbox.cloud_state()["refreshes_ok"] == 1)
        process.terminate()
        assert process.wait(60) == 0
    assert generation(office) == before.generation + 1


def queue_mails(office: CloudOffice, count: int) -> None:
    """Messages that are due before anything that is put from now on."""
    store = office.portal.store
    sending = Work(Store(store.engine, store.vault, office.portal.base_url), None, NOBODY)
    with sending.write() as session:
        for number in range(count):
            mail.queue(session, f"news {number}", f"p{number}@example.org", "News", "Text")


def test_a_mail_server_that_never_answers_keeps_no_renewal_waiting(office: CloudOffice) -> None:
    """A message takes ten seconds until it is put off; one thread at least only renews."""
    before = age(office, office.grants()[0].id, refreshed_at=timedelta(days=31))
    queue_mails(office, 20)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        with worker(office, ALMONER_SMTP_URL=url, ALMONER_MAIL_FROM="almoner@example.org"):
            waiting, _ = silent.accept()
            make_due(office, before.id)
            wait_until(lambda: generation(office) > before.generation)
            waiting.close()
