"""One exchange per expiry, however many threads, processes and machines ask (T44, T52)."""

import os

import pytest

from tests.credentials.rotation import ask_all, expire, rotating
from tests.support.cloud import cloud_office
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld

ROUNDS = int(os.environ.get("TEST_REFRESH_ROUNDS", "4"))
PROCESSES, THREADS = 4, 16


@pytest.mark.soak
def test_sixty_four_callers_make_one_exchange(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    """Without any leeway at Atlassian: one exchange too many would end the grant."""
    office = cloud_office(portal, sandbox, tenant)
    sandbox.state(refresh_leeway_seconds=0)
    grant = office.grants()[0]
    with rotating(portal.settings, PROCESSES) as processes:
        for number in range(1, ROUNDS + 1):
            expire(office, grant.id)
            got = ask_all(processes, grant, THREADS)
            assert got == [grant.generation + number] * PROCESSES * THREADS
    seen = sandbox.cloud_state()
    assert (seen["refreshes_ok"], seen["refreshes_refused"], seen["families_dead"]) == (ROUNDS, 0, 0)
