"""A process that takes from a limit: ``python -m tests.support.limit_processes FOLDER WHICH A_MINUTE``.

It says when it is ready, begins when it is told to, and prints how many of its requests went through.
"""

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from portal.programs.limits import Limited, Limits

TRIES = 150  # of each process: more than a burst
PAUSE_SECONDS = 0.001  # as requests come: far longer than it takes to count one


def passed(folder: Path, which: UUID, a_minute: int, processes: int) -> int:
    """How many requests go through, of so many processes at once."""
    command = [sys.executable, "-m", "tests.support.limit_processes", str(folder), str(which), str(a_minute)]
    begun = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    assert [one.stdout.readline() for one in begun if one.stdout] == ["ready\n"] * processes
    for one in begun:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    return sum(int(one.communicate(timeout=60)[0]) for one in begun)


def main(folder: str, which: str, a_minute: str) -> None:
    """Take at the pace of requests."""
    limits, count = Limits(Path(folder)), 0
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(TRIES):
        with suppress(Limited):
            limits.take_each(("key", UUID(which), int(a_minute)))
            count += 1
        time.sleep(PAUSE_SECONDS)
    print(count)


if __name__ == "__main__":
    main(*sys.argv[1:])
