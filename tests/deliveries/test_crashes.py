"""``kill -9`` at every step and at random: what was acknowledged reaches Jira; the practice site judges."""

import os
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from math import ceil
from typing import Any
from uuid import uuid4

import pytest
import requests
from sqlalchemy import func, select

from portal.start import prepare
from portal.store.tables import Delivery
from tests.support.databases import Database
from tests.support.deliveries import DeliveryOffice, build, delivery_office
from tests.support.delivery_processes import ACCEPTING, SENDING, Nursery, Started, nursery, running
from tests.support.portals import PRACTICE, Portal, make_app
from tests.support.sandbox import SandboxProcess
from tests.support.waiting import wait_until

DELIVERIES = int(os.environ.get("TEST_DELIVERIES", "300"))
PROGRAMS = 4
AT_ONCE = 5  # items of a request
KILLS = 4  # at least so many; a slow machine reports on until it came to them
STATES = ("pending", "in_progress", "")  # the last one is chosen by chance
SEED = 20261122


@pytest.fixture
def apart(empty_database: Database, sandbox: SandboxProcess) -> Iterator[DeliveryOffice]:
    """A portal of the test's own, which is served by processes of the test's own."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    settings = empty_database.settings(
        base_url=url,
        cloud_auth_url=sandbox.cloud_url,
        cloud_api_url=sandbox.cloud_url,
        practice_sites=" ".join(sandbox.sites.values()),
        work_lease_seconds=3,
        worker_embedded=empty_database.kind == "sqlite",
        **PRACTICE,
    )
    prepare(settings)
    portal = Portal(settings, make_app(settings))
    yield delivery_office(portal, sandbox, portal.world.tenant())
    portal.store.engine.dispose()


@pytest.fixture(scope="module")
def children(portal: Portal) -> Iterator[Nursery]:
    """Whose children die."""
    with nursery(portal.settings) as made:
        yield made


def test_a_server_that_dies_has_accepted_all_or_nothing(office: DeliveryOffice, children: Nursery) -> None:
    """The program got no answer and asks again, by the same name: each time everything is there once."""
    for number, step in enumerate(ACCEPTING):
        items = [build(number, "pending"), build(number, "failed")]
        order = {"key": office.key, "account": office.account_id, "name": step, "items": items}
        assert children.run("accept", step, **order) == -signal.SIGKILL
        kept = office.deliveries()[2 * number :]
        assert len(kept) == (2 if step == "committed" else 0), step
        answer = office.post(items, Idempotency_Key=step)
        assert answer.status_code == 202, answer.text
        told = [one["id"] for one in answer.json()["deliveries"]]
        assert told == [str(row.id) for row in office.deliveries()[2 * number :]], step
        assert not kept or told == [str(row.id) for row in kept]
    office.send()
    stored = {row["key"]["buildNumber"]: row["item"]["state"] for row in office.sandbox.stored("builds")}
    assert stored == dict.fromkeys(range(len(ACCEPTING)), "failed")
    assert sum(len(call["items"]) for call in office.sandbox.deliveries()) == 2 * len(ACCEPTING)


def test_a_worker_that_dies_leaves_its_batch_to_the_next(office: DeliveryOffice, children: Nursery) -> None:
    """What Jira had already goes to it again with the same number, and Jira ignores it."""
    for number, step in enumerate(SENDING):
        (sent,) = office.accepted(build(number))
        before = len(office.sandbox.deliveries())
        office.put_off_others()
        assert children.run("turn", step) == -signal.SIGKILL
        reached = step in ("sent", "answered", "unmarked", "marked")
        if reached:
            wait_until(lambda before=before: len(office.sandbox.deliveries()) > before)
        assert office.get(sent).json()["state"] == ("accepted" if step == "marked" else "waiting"), step
        assert len(office.sandbox.deliveries()) == before + reached, step
        office.send()
        assert len(office.sandbox.deliveries()) == before + reached, f"{step}: its lease runs"
        office.make_due()
        office.send()
        told = office.get(sent).json()
        assert told["state"] == "accepted", step
        twice = ["accepted", "ignored"] if reached and step != "marked" else ["accepted"]
        calls = office.sandbox.deliveries()[before:]
        assert [item["outcome"] for call in calls for item in call["items"]] == twice, step
        assert {item["sequence"] for call in calls for item in call["items"]} == {told["sequence_number"]}


@dataclass
class Program:
    """A program that reports its own builds, state after state, until each report is acknowledged."""

    office: DeliveryOffice
    number: int
    chance: random.Random
    killed: list[int]
    last: dict[tuple[str, int], str] = field(default_factory=dict)
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    asked_again: int = 0

    def report(self) -> None:
        """All states of all builds; of one build the next is sent when the one before was acknowledged."""
        first, builds = 0, ceil(DELIVERIES / len(STATES) / PROGRAMS)
        while first < builds or len(self.killed) < KILLS:
            assert first < 20 * builds, "the server and its workers did not die often enough"
            for state in STATES:
                self._send([self._build(number, state) for number in range(first, first + AT_ONCE)])
                time.sleep(self.chance.uniform(0.1, 0.3))
            first += AT_ONCE

    def _build(self, number: int, state: str) -> dict[str, Any]:
        pipeline, state = f"program-{self.number}", state or self.chance.choice(("successful", "failed"))
        self.last[pipeline, number] = state
        return build(number, state, pipeline=pipeline)

    def _send(self, items: list[dict[str, Any]]) -> None:
        name, end = str(uuid4()), time.monotonic() + 60
        while time.monotonic() < end:
            try:
                answer = self.office.post(items, Idempotency_Key=name)
            except requests.RequestException:  # the server is gone, or went while it was at it
                self.asked_again += 1
                time.sleep(0.1)
                continue
            assert answer.status_code == 202, answer.text
            self.acknowledged += answer.json()["deliveries"]
            return
        raise AssertionError("the server did not come back")


FAULTS: tuple[dict[str, Any], ...] = (
    {"deliveries_limited_each": 3},
    {"deliveries_status": 503},
    {"deliveries_answer": "lost"},
    {"deliveries_hang": True},
)
WELL = {
    "deliveries_limited_each": 0,
    "deliveries_status": 0,
    "deliveries_answer": "good",
    "deliveries_hang": False,
}


def trouble(sandbox: SandboxProcess, over: threading.Event) -> None:
    """One fault after the other: too many calls, an outage, answers that get lost, a site that hangs."""
    while not over.is_set():
        for fault in FAULTS:
            sandbox.state(**WELL | fault)
            over.wait(0.5)
            sandbox.state(**WELL)
            over.wait(0.5)
    sandbox.state(**WELL)


def death(
    server: Started, workers: list[Started], killed: list[int], over: threading.Event, url: str
) -> None:
    """Kill one after the other, each when the server answers again, however long a busy machine takes to
    start it; each is counted in ``killed``."""
    chance = random.Random(SEED)
    while answers(url, over) and not over.wait(chance.uniform(1, 2)):
        chance.choice([server.kill, *[server.kill_child] * 2, *(worker.kill for worker in workers)])()
        killed.append(1)


def answers(url: str, over: threading.Event) -> bool:
    """Whether the server came back before all was over."""
    while not over.is_set():
        with suppress(requests.RequestException):
            requests.get(f"{url}/healthz", timeout=5)
            return True
        over.wait(0.1)
    return False


@pytest.mark.soak
def test_nothing_acknowledged_is_lost(apart: DeliveryOffice, empty_database: Database) -> None:
    """Programs report while server and workers die and Jira is in trouble; then Jira has every last state."""
    settings, over, killed = apart.portal.settings, threading.Event(), list[int]()
    url = apart.portal.base_url
    server = Started(settings, "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app")
    workers = [Started(settings, "portal.cli", "worker") for _ in range(1 + apart.portal.store.is_postgres)]
    programs = [Program(apart, number, random.Random(SEED + number), killed) for number in range(PROGRAMS)]
    with running(server, *workers), ThreadPoolExecutor(PROGRAMS + 2) as threads:
        reporting = [threads.submit(one.report) for one in programs]
        around = [
            threads.submit(trouble, apart.sandbox, over),
            threads.submit(death, server, workers, killed, over, url),
        ]
        try:
            for one in reporting:
                one.result()
        finally:
            over.set()
        for one in around:
            one.result()
        wait_until(lambda: waiting(apart) == 0)
    acknowledged = [one for program in programs for one in program.acknowledged]
    assert len(acknowledged) == sum(len(one.last) for one in programs) * len(STATES)
    judge(apart, programs, acknowledged)
    again = sum(one.asked_again for one in programs)
    print(f"{len(acknowledged)} deliveries, {len(killed)} kills, {again} times asked again")


def waiting(office: DeliveryOffice) -> int:
    """How many deliveries wait."""
    with office.work.read() as session:
        return session.scalar(select(func.count()).where(Delivery.state == "waiting")) or 0


def judge(office: DeliveryOffice, programs: list[Program], acknowledged: list[dict[str, Any]]) -> None:
    """By what the practice site has: every report came to it, and it shows the last one of each build."""
    calls = office.sandbox.deliveries("builds")
    seen = {
        (item["key"]["pipelineId"], item["key"]["buildNumber"], item["sequence"])
        for call in calls
        for item in call["items"]
        if item["outcome"] in ("accepted", "ignored")
    }
    rows = {str(row.id): row for row in office.deliveries()}
    assert {one["id"] for one in acknowledged} == rows.keys(), "what was acknowledged, and nothing else"
    for one in acknowledged:
        row = rows[one["id"]]
        assert row.state == "accepted"
        assert (row.body["pipelineId"], row.body["buildNumber"], one["sequence_number"]) in seen
    shown = {
        (row["key"]["pipelineId"], row["key"]["buildNumber"]): row["item"]["state"]
        for row in office.sandbox.stored("builds")
    }
    assert shown == {key: state for program in programs for key, state in program.last.items()}
