"""The worker inside the server: one process of the machine works, and another takes over when it dies."""

import os
import signal
import socket
import subprocess
from contextlib import closing

import pytest

from tests.worker.conftest import Works


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def serve(works: Works, **changes: str) -> "subprocess.Popen[bytes]":
    """The server with two processes."""
    url = f"http://127.0.0.1:{free_port()}"
    arguments = ("gunicorn", "--config", "tests/worker/serving.py", "wsgi:app")
    return works.run(*arguments, ALMONER_BASE_URL=url, **changes)


def leader(works: Works) -> int:
    """The process that works, as its locked file says."""
    path = works.settings.instance / "worker.lock"
    works.wait(lambda: path.exists() and path.read_text() != "")
    return int(path.read_text())


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
    works.wait(lambda: not works.rows())
    assert leader(works) != killed
    assert [line[3] for line in works.journal("began")] == ["1", "2"]


def test_a_stopped_server_finishes_what_it_does(works: Works) -> None:
    """T53."""
    for _ in range(6):
        works.put("slow")
    server = serve(works)
    works.wait(lambda: bool(works.journal("began")))
    server.terminate()
    assert server.wait(20) == 0
    began, ended = (sorted(line[1] for line in works.journal(word)) for word in ("began", "ended"))
    assert began == ended
    assert len(works.rows()) == 6 - len(ended) > 0


def test_a_server_may_leave_it_to_others(works: Works) -> None:
    works.put()
    server = serve(works, ALMONER_WORKER_EMBEDDED="0")
    with pytest.raises(subprocess.TimeoutExpired):
        server.wait(4)
    assert len(works.rows()) == 1
    assert not (works.settings.instance / "worker.lock").exists()
