"""The ceiling of concurrent calls: slots as locked files, free when their holder is gone."""

import subprocess
import sys
from uuid import uuid4

import pytest

from portal.credentials.slots import Slots
from portal.jira.answers import Code, JiraTrouble

HOLDER = """
import sys, time
from pathlib import Path
from uuid import UUID
from portal.credentials.slots import Slots
with Slots(Path(sys.argv[1]), None).hold(UUID(int=0), UUID(sys.argv[2]), 1):
    print("held", flush=True)
    time.sleep(60)
"""
TENANT = uuid4()


@pytest.fixture
def slots(tmp_path, monkeypatch):
    monkeypatch.setattr("portal.credentials.slots.WAIT_SECONDS", 0.2)
    return Slots(tmp_path / "slots", None)


def full(slots, account_id, ceiling):
    with pytest.raises(JiraTrouble) as caught, slots.hold(TENANT, account_id, ceiling):
        pass
    return caught.value


def test_as_many_as_the_ceiling(slots):
    account_id = uuid4()
    with slots.hold(TENANT, account_id, 2), slots.hold(TENANT, account_id, 2):
        trouble = full(slots, account_id, 2)
        assert (trouble.code, trouble.evidence["ceiling"]) == (Code.CONCURRENCY_CEILING, "2")
    with slots.hold(TENANT, account_id, 2):
        pass


def test_accounts_do_not_share(slots):
    with slots.hold(TENANT, uuid4(), 1), slots.hold(TENANT, uuid4(), 1):
        pass


def test_threads_apart_are_under_the_ceiling_too(slots):
    account_id = uuid4()
    with slots.apart().hold(TENANT, account_id, 1):
        assert full(slots, account_id, 1).code is Code.CONCURRENCY_CEILING


def test_an_error_inside_gives_the_slot_back(slots):
    account_id = uuid4()
    with pytest.raises(ZeroDivisionError), slots.hold(TENANT, account_id, 1):
        raise ZeroDivisionError
    with slots.hold(TENANT, account_id, 1):
        pass


def test_another_process_counts_and_its_death_frees_the_slot(slots, tmp_path):
    account_id = uuid4()
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "slots"), str(account_id)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        full(slots, account_id, 1)
        process.kill()
        process.wait(10)
    with slots.hold(TENANT, account_id, 1):
        pass
