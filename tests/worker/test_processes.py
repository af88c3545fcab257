"""Worker processes: killed in the middle, several at once, stopped in order."""

import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing, suppress
from secrets import randbelow

import pytest
import redis

from tests.support.due_rows import end_leases
from tests.support.needs import missing
from tests.worker.conftest import MORE_THAN_IT_DOES, ROOT, Works, environment_of

# What several processes do to the same rows; the others send nothing besides, or are about files and Redis.
pytestmark = pytest.mark.on_both(
    "test_a_killed_worker_loses_nothing",
    "test_several_processes_do_nothing_twice",
    "test_a_stopped_worker_finishes_what_it_does_and_takes_nothing_more",
)

ENVIRONMENT_ERROR = 78


def test_what_is_due_is_done_and_gone(works: Works) -> None:
    now, later = works.put(), works.put(seconds=3600)
    works.start()
    works.wait(lambda: [row.subject_id for row in works.rows()] == [later])
    assert [line[1] for line in works.journal("ended")] == [str(now)]


def test_a_killed_worker_loses_nothing(works: Works) -> None:
    """The row is taken up by another process once its lease has run out, and not before."""
    subject = works.put("stuck")
    first = works.start()
    works.wait(lambda: bool(works.journal("began")))
    first.kill()
    first.wait(10)
    (works.folder / str(subject)).unlink()
    younger = works.put()
    second = works.start()
    works.wait(lambda: [row.subject_id for row in works.rows()] == [subject])
    assert [line[1] for line in works.journal("ended")] == [str(younger)], "who looked passed the held one by"
    end_leases(works.store)
    works.wait(lambda: not works.rows())
    begun = [line[2:] for line in works.journal("began") if line[1] == str(subject)]
    assert begun == [[str(first.pid), "1"], [str(second.pid), "2"]]


def test_several_processes_do_nothing_twice(works: Works) -> None:
    subjects = {str(works.put()) for _ in range(150)}
    for _ in range(3):
        works.start()
    works.wait(lambda: not works.rows())
    for _ in range(50):  # the first to come up may have done all of it before the others were there
        if len({line[2] for line in works.journal()}) > 1:
            break
        subjects |= {str(works.put()) for _ in range(50)}
        works.wait(lambda: not works.rows())
    began = Counter(line[1] for line in works.journal("began"))
    assert set(began) == subjects
    assert set(began.values()) == {1}
    assert len({line[2] for line in works.journal()}) > 1, "only one process did something"


def test_a_stopped_worker_finishes_what_it_does_and_takes_nothing_more(works: Works) -> None:
    """T53."""
    for _ in range(MORE_THAN_IT_DOES):
        works.put("slow")
    process = works.start()
    works.wait(lambda: bool(works.journal("began")))
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    began, ended = ({line[1] for line in works.journal(word)} for word in ("began", "ended"))
    assert began == ended
    left = works.rows()
    assert len(left) == MORE_THAN_IT_DOES - len(ended) > 0
    assert {row.lease for row in left} == {None}


def test_a_kind_nobody_here_knows_is_left_alone(works: Works) -> None:
    """T53: a newer version may know it."""
    newer = works.put(kind="newer")
    works.put()
    works.start()
    works.wait(lambda: not works.rows())
    assert [(row.subject_id, row.attempts, row.lease) for row in works.rows("newer")] == [(newer, 0, None)]


def redis_url() -> str:
    """A Redis, and in it a database hopefully nobody uses."""
    url = f"redis://127.0.0.1:6379/{1 + randbelow(15)}"
    with closing(redis.Redis.from_url(url)) as client, suppress(redis.ConnectionError):
        client.ping()
        return url
    return missing("redis", "no server answers on 127.0.0.1:6379")


def test_workers_may_wake_each_other_through_redis(works: Works) -> None:
    url = redis_url()
    subjects = {str(works.put()) for _ in range(30)}
    for _ in range(2):
        works.start(ALMONER_QUEUE_URL=url)
    works.wait(lambda: not works.rows())
    assert sorted(line[1] for line in works.journal("began")) == sorted(subjects)


def test_a_queue_nobody_answers_stops_nothing(works: Works) -> None:
    subjects = {str(works.put()) for _ in range(3)}
    works.start(ALMONER_QUEUE_URL="redis://127.0.0.1:9/0")
    works.wait(lambda: not works.rows())
    assert sorted(line[1] for line in works.journal("began")) == sorted(subjects)


def test_the_command_refuses_in_a_sentence(works: Works) -> None:
    (works.settings.instance / "root.key").chmod(0o444)
    command = [sys.executable, "-m", "portal.cli", "worker"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment_of(works.settings), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == ENVIRONMENT_ERROR
    assert "chmod 0400" in done.stderr
    assert "Traceback" not in done.stderr
