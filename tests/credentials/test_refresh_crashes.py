"""A renewal whose process dies or sleeps in the middle: no grant is lost while Atlassian has its leeway.

Without leeway, a pair is lost that came and was not stored; the worker finds that out and says so (T45, T46).
"""

import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest

from portal.credentials.acting_as import acting_as
from portal.store.tables import Grant
from tests.credentials.rotation import (
    Rotating,
    due_of,
    end_lease,
    expire,
    grant_now,
    rotating,
    sweep,
)
from tests.support.cloud import CloudOffice, cloud_office
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.variants import variants
from tests.support.waiting import wait_until
from tests.support.world import TenantWorld

KILLS = int(os.environ.get("TEST_KILLS", "2"))  # the second finds what the first has left
# A dead process leaves what it had committed, on either database: the first step goes through all of it.
STEPS = ("unsaved", "unclaimed", "claimed", "sent", "answered", "saved")
# Atlassian has replaced the refresh token, and its successor is not stored.
LOSING = ("sent", "answered", "unsaved")
LEEWAY_SECONDS = 600


@pytest.fixture
def office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> CloudOffice:
    return cloud_office(portal, sandbox, tenant)


def kill_at(step: str, nursery: Rotating, office: CloudOffice, grant: Grant) -> None:
    """Renew in a process that is killed with this step before it."""
    if step != "sent":
        assert nursery.wait(nursery.renew(grant, step)) == -signal.SIGKILL
        return
    exchanged = office.sandbox.cloud_state()["refreshes_ok"]
    office.sandbox.state(token_slow_after=3)
    child = nursery.renew(grant, step)
    wait_until(lambda: office.sandbox.cloud_state()["refreshes_ok"] > exchanged)
    os.kill(child, signal.SIGKILL)
    office.sandbox.state(token_slow_after=0)
    assert nursery.wait(child) == -signal.SIGKILL


@pytest.mark.soak
@pytest.mark.parametrize("step", variants(STEPS))
def test_nothing_is_lost_within_the_leeway(step: str, office: CloudOffice) -> None:
    """Nobody has to ask: the worker finishes what the killed process began."""
    office.sandbox.state(refresh_leeway_seconds=LEEWAY_SECONDS)
    grant = office.grants()[0]
    with rotating(office.portal.settings, 1) as (nursery,):
        for _ in range(KILLS):
            before = expire(office, grant.id)
            kill_at(step, nursery, office, before)
            if step != "unclaimed":
                end_lease(office, grant.id)
                sweep(office)
                assert is_renewed(office, before)
            assert_usable(office)
    assert office.sandbox.cloud_state()["families_dead"] == 0
    assert [grant.id for grant in office.grants()] == [grant.id]


def is_renewed(office: CloudOffice, before: Grant) -> bool:
    row = grant_now(office, before.id)
    assert row is not None
    return row.generation == before.generation + 1 and row.pending_since is None and row.lease is None


def assert_usable(office: CloudOffice) -> None:
    with acting_as(office.work, office.registry, office.account_id, None) as acting:
        assert acting.credential.state == "connected"
        assert acting.jira.myself().display_name


@pytest.mark.soak
@pytest.mark.parametrize("step", variants(STEPS))
def test_without_leeway_a_loss_is_found_and_told(step: str, office: CloudOffice) -> None:
    """Only a kill between Atlassian's answer and our commit may cost the grant."""
    office.sandbox.state(refresh_leeway_seconds=0)
    with rotating(office.portal.settings, 1) as (nursery,):
        for _ in range(KILLS):
            before = expire(office, office.grants()[0].id)
            kill_at(step, nursery, office, before)
            if step != "unclaimed":
                end_lease(office, before.id)
                sweep(office)
            if step not in LOSING:
                assert_usable(office)
                continue
            row = grant_now(office, before.id)
            assert row is not None
            assert (row.state, row.ended_why, row.access_token) == ("ended", "renewal_lost", None)
            assert (office.account.state, due_of(office, before.id)) == ("ended", None)
            office.authorise()
            assert_usable(office)


def test_the_worker_looks_again_when_the_lease_ends(office: CloudOffice) -> None:
    """The claim itself has made the renewal due; and nothing is sent before."""
    grant = office.grants()[0]
    with rotating(office.portal.settings, 1, ALMONER_REFRESH_LEASE_SECONDS="20") as (nursery,):
        assert nursery.wait(nursery.renew(expire(office, grant.id), "claimed")) == -signal.SIGKILL
    row, due = grant_now(office, grant.id), due_of(office, grant.id)
    assert row is not None
    assert due is not None
    assert row.lease_until is not None
    assert row.pending_since is not None
    assert due.due_at == row.lease_until
    assert timedelta(seconds=19) < row.lease_until - row.pending_since < timedelta(seconds=21)
    sweep(office)
    assert grant_now(office, grant.id).generation == grant.generation  # type: ignore[union-attr]


@pytest.mark.parametrize(("step", "after"), [("begun", False), ("claimed", True)], ids=["early", "late"])
def test_who_slept_longer_than_the_lease_sends_nothing(step: str, after: bool, office: CloudOffice) -> None:
    """T46: stopped before the look or after it, while another process renews; then it goes on."""
    office.sandbox.state(refresh_leeway_seconds=0)
    grant = office.grants()[0]
    with rotating(office.portal.settings, 1, ALMONER_REFRESH_LEASE_SECONDS="3") as (nursery,):
        child = nursery.renew(expire(office, grant.id), step, stop=True, after=after)
        wait_until_stopped(child)
        end_lease(office, grant.id)
        sweep(office)
        time.sleep(1.1)  # the deadline of the call is a third of the lease
        os.kill(child, signal.SIGCONT)
        assert nursery.wait(child) == 0
    for _ in range(2):
        expire(office, grant.id)
        assert_usable(office)
    seen = office.sandbox.cloud_state()
    assert (seen["refreshes_ok"], seen["refreshes_refused"], seen["families_dead"]) == (3, 0, 0)


def test_who_slept_with_the_answer_overwrites_nothing(office: CloudOffice) -> None:
    """T46: what another process stored meanwhile is newer, and stays."""
    grant = office.grants()[0]
    with rotating(office.portal.settings, 1) as (nursery,):
        child = nursery.renew(expire(office, grant.id), "answered", stop=True)
        wait_until_stopped(child)
        end_lease(office, grant.id)
        sweep(office)
        newer = grant_now(office, grant.id)
        os.kill(child, signal.SIGCONT)
        assert nursery.wait(child) == 0
    row = grant_now(office, grant.id)
    assert newer is not None
    assert row is not None
    assert (row.generation, row.refresh_token) == (grant.generation + 1, newer.refresh_token)


def wait_until_stopped(child: int) -> None:
    """The kernel's letter for a stopped process is T."""
    wait_until(lambda: read_state(child) == "T")


def read_state(child: int) -> str:
    return Path(f"/proc/{child}/stat").read_text("ascii").rpartition(")")[2].split()[0]
