"""The worker inside the server: one process of the machine works, and another takes over when it dies."""

import os
import signal
import socket
import subprocess
from contextlib import AbstractContextManager, closing

import pytest
from sqlalchemy.exc import OperationalError

from portal import embedded, worker
from portal.config import Settings
from portal.embedded import Embedded
from portal.handlers import Tools
from portal.worker import opened
from tests.support.due_rows import end_leases
from tests.worker.conftest import MORE_THAN_IT_DOES, Works

# Which process works is told by a file; what it does to rows, tests/worker/test_processes.py shows on both.
pytestmark = pytest.mark.on_both(
    "test_another_process_takes_over_from_a_killed_one",
    "test_who_takes_over_while_the_database_is_away_tries_again",
)


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def serve(works: Works, **changes: str) -> "subprocess.Popen[bytes]":
    """The server with two processes."""
    url = f"http://127.0.0.1:{free_port()}"
    arguments = ("gunicorn", "--config", "tests/worker/serving.py", "wsgi:app")
    return works.run(*arguments, ALMONER_BASE_URL=url, **changes)


def leader(works: Works) -> int:
    """The process that works, as its locked file says; 0 just while it is written."""
    return int((works.settings.instance / "worker.lock").read_text() or 0)


def test_the_server_does_what_is_due_in_one_process(works: Works) -> None:
    subjects = {str(works.put()) for _ in range(40)}
    serve(works)
    works.wait(lambda: not works.rows())
    assert sorted(line[1] for line in works.journal("began")) == sorted(subjects)
    assert {int(line[2]) for line in works.journal()} == {leader(works)}


def test_another_process_takes_over_from_a_killed_one(works: Works) -> None:
    subject = works.put("stuck")
    serve(works)
    works.wait(lambda: bool(works.journal("began")))
    killed = leader(works)
    (works.folder / str(subject)).unlink()
    os.kill(killed, signal.SIGKILL)
    works.wait(lambda: leader(works) not in (0, killed))
    end_leases(works.store)
    works.wait(lambda: not works.rows())
    assert [line[3] for line in works.journal("began")] == ["1", "2"]


def test_a_stopped_server_finishes_what_it_does(works: Works) -> None:
    """T53."""
    for _ in range(MORE_THAN_IT_DOES):
        works.put("slow")
    server = serve(works)
    works.wait(lambda: bool(works.journal("began")))
    server.terminate()
    assert server.wait(60) == 0
    began, ended = (sorted(line[1] for line in works.journal(word)) for word in ("began", "ended"))
    assert began == ended
    assert len(works.rows()) == MORE_THAN_IT_DOES - len(ended) > 0


def test_a_server_may_leave_it_to_others(works: Works) -> None:
    works.put()
    server = serve(works, ALMONER_WORKER_EMBEDDED="0")
    with pytest.raises(subprocess.TimeoutExpired):
        server.wait(4)
    assert len(works.rows()) == 1
    assert not (works.settings.instance / "worker.lock").exists()


def test_who_takes_over_while_the_database_is_away_tries_again(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says so in the log, each time."""
    tried: list[Settings] = []
    told: list[str] = []

    def open_late(settings: Settings) -> AbstractContextManager[Tools]:
        tried.append(settings)
        if len(tried) < 3:
            raise OperationalError("SELECT 1", {}, Exception("the database is away"))
        return opened(settings)

    monkeypatch.setattr(worker, "opened", open_late)
    monkeypatch.setattr(embedded, "BEGIN_AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(embedded.log, "exception", lambda event, **more: told.append(event))
    monkeypatch.setitem(worker.HANDLERS, "test", lambda tools, work, row: None)
    works.put()
    inside = Embedded(works.settings, alive=lambda: True)
    inside.start()
    try:
        works.wait(lambda: not works.rows())
    finally:
        inside.stop()
    assert (told, len(tried)) == (["worker_broke_off"] * 2, 3)


def test_a_worker_that_cannot_begin_ends_with_its_server(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(settings: Settings) -> AbstractContextManager[Tools]:
        raise OperationalError("SELECT 1", {}, Exception("the database is away"))

    monkeypatch.setattr(worker, "opened", away)
    inside = Embedded(works.settings, alive=lambda: True)
    inside.start()
    inside.stop()
    assert not inside._thread.is_alive()
