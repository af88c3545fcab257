"""``/metrics``: told to the operator's token alone, and of nobody."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families

from portal import __version__, clock
from portal.config import Settings
from portal.errors import StartRefused
from portal.handlers import DELIVERIES
from portal.mail.outbox import queue
from portal.start import metrics_token
from portal.store import due, waiting
from portal.store.tables import Delivery
from portal.store.work import NOBODY, Work
from tests.operator.conftest import Operator
from tests.support import canaries
from tests.support.delivery_rows import delivery
from tests.support.page import Page
from tests.support.world import World

ROOT = Path(__file__).parents[2]
Samples = dict[tuple[str, str], float]


def token_file(folder: Path) -> tuple[str, Path]:
    token, path = canaries.new("metrics"), folder / "metrics-token"
    path.touch(0o600)
    path.write_text(f"{token}\n")
    return token, path


def samples(text: str) -> Samples:
    return {
        (one.name, "/".join(value for name, value in sorted(one.labels.items()) if name != "le")): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if not one.name.endswith("_bucket")
    }


def test_numbers_for_the_operator_and_nothing_for_others(operator: Operator, tmp_path: Path) -> None:
    token, path = token_file(tmp_path)
    nobody = operator.server().client()
    never = nobody.get("/no-such-page")
    operator.change(metrics_token_file=path)
    server = operator.server()
    tenant = World(server.store).tenant()
    client, right = server.client(), {"Authorization": f"Bearer {token}"}
    for given, asked in (
        (right, nobody),  # no token is set there
        ({}, client),
        ({"Authorization": f"Bearer {token}x"}, client),
        ({"Authorization": "Bearer"}, client),
        ({"Authorization": "Basic eDp5"}, client),
        ({"Authorization": "Bearer \xe4"}, client),
    ):
        answer = asked.get("/metrics", headers=given)
        assert answer.status_code == 404 and len(answer.text) == pytest.approx(len(never.text), abs=200)

    work = Work(server.store, None, NOBODY)
    with work.write() as session:
        queue(session, uuid4().hex, "mia@example.org", "Hello", "text")
        due.put(session, "purge", uuid4(), clock.now() - timedelta(minutes=5), None)
    form = Page(client.get("/sign-in").text).soup.select("input[name=csrf_token]")[0]["value"]
    client.post("/sign-in", data={"csrf_token": form, "email": "x@example.org", "password": "wrong wrong"})

    client.open("/sign-in", method="MADE-UP")
    answer = client.get("/metrics", headers=right, base_url="http://10.1.2.3:8000")  # by its own address
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    found = samples(answer.text)
    assert found["almoner_waiting", "mails"] == 1 and found["almoner_waiting", "due_work/purge"] == 1
    assert 299 < found["almoner_waiting_oldest_seconds", "due_work/purge"] < 400
    assert found["almoner_waiting", "deliveries"] == 0
    assert found["almoner_request_seconds_count", "GET//sign-in/200"] >= 1
    assert found["almoner_audit_lines_total", "sign_in.failed/failed"] >= 1
    assert found["almoner_build_info", __version__] == 1
    for secret in ("MADE-UP", tenant.slug, str(tenant.id), tenant.admin.email, "mia@example.org", token):
        assert secret not in answer.text


@pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)
def test_deliveries_that_wait_are_counted_over_all_tenants(operator: Operator) -> None:
    store = operator.process()
    work = Work(store, None, NOBODY)
    for _ in range(2):
        tenant = World(store).tenant()
        delivery(tenant)
        with tenant.work().write() as session:
            row = session.query(Delivery).one()
            row.state, row.received_at = "waiting", clock.now() - timedelta(hours=1)
            due.put(session, "deliver", tenant.id, clock.now(), tenant.id)
    found = waiting.deliveries(work, DELIVERIES)
    assert found.count == 2 and 3500 < found.oldest < 3700


SUM = """
import os, sys
from pathlib import Path
from portal import metrics
metrics.share(Path(sys.argv[1]))
metrics.JIRA_CALLS.labels("2xx").observe(0.2)
if child := os.fork():
    os.waitpid(child, 0)
    sys.stdout.write(metrics.text(lambda: ()).decode())
else:
    metrics.JIRA_CALLS.labels("2xx").observe(0.3)
    os._exit(0)
"""


def test_processes_of_a_machine_tell_their_sum(tmp_path: Path) -> None:
    tmp_path.joinpath("counter_999999999.db").write_bytes(b"of a process that has ended long ago")
    done = subprocess.run(
        [sys.executable, "-c", SUM, str(tmp_path)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
        timeout=60,
    )  # fmt: skip
    assert samples(done.stdout)["almoner_jira_call_seconds_count", "2xx"] == 2


def test_the_tokens_file_is_looked_at_before_the_start(tmp_path: Path) -> None:
    token, path = token_file(tmp_path)
    settings = Settings(instance=tmp_path, metrics_token_file=path)
    given = metrics_token(settings)
    assert given is not None and given.reveal() == token
    path.chmod(0o644)
    with pytest.raises(StartRefused, match="ALMONER_METRICS_TOKEN_FILE can be read by others"):
        metrics_token(settings)
