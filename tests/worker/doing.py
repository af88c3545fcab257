"""``python -m tests.worker.doing``: a worker process that knows one more kind, ``test``.

Also imported by the server of the tests (``serving.py``). It writes a line to a file when it begins a row and
one when it has ended it. How it goes about a row stands in a file of ``DOING_FOLDER`` named like the row, by
a word: ``slow`` takes a second, ``stuck`` never ends.
"""

import os
import time
from pathlib import Path

from portal import worker
from portal.config import read_settings
from portal.store.due import DueRow
from portal.store.work import Work

FOLDER = Path(os.environ["DOING_FOLDER"])
SECONDS = {"slow": 1.0, "stuck": 600.0}


def note(word: str, row: DueRow) -> None:
    """One line in one write, so that lines of several processes do not mix."""
    with (FOLDER / "journal").open("a") as journal:
        journal.write(f"{word} {row.subject_id} {os.getpid()} {row.attempts}\n")


def handle(tools: worker.Tools, work: Work, row: DueRow) -> None:
    """Begin, take the time the row asks for, end."""
    note("began", row)
    manner = FOLDER / str(row.subject_id)
    if manner.exists():
        time.sleep(SECONDS[manner.read_text()])
    note("ended", row)


worker.HANDLERS["test"] = handle

if __name__ == "__main__":
    worker.main(read_settings())
