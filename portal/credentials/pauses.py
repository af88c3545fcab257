"""Pauses that all processes of a machine keep together: the moment at which each is over is the time of an
empty file. One file more has that of the last, so whoever asks often looks at that one alone.

A Jira that asks for a pause is asked nothing meanwhile (T33).
"""

import os
import time
from pathlib import Path
from uuid import UUID

FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
# What is asked for beyond that is a block or a mistake, and nobody tells when it is over: limits of Jira are
# per hour at most ("Rate limiting" at developer.atlassian.com).
LONGEST_SECONDS = 3600.0


class Pauses:
    """Of accounts and credentials, in a folder on a local disk. ``why``: a word that names the kind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last = f"{folder}/pauses"

    def any_lasts(self) -> bool:
        """Whether one may last, of whomever."""
        return _left(self._last) > 0.0

    def left(self, which: UUID, why: str) -> float:
        """Seconds until the pause is over; 0 where there is none."""
        left = _left(self._path(which, why))
        return left if left <= LONGEST_SECONDS else 0.0  # more: the clock was set back

    def begin(self, which: UUID, why: str, seconds: float) -> None:
        """Have it last for so long from now, :data:`LONGEST_SECONDS` at most; none is made shorter."""
        seconds = min(seconds, LONGEST_SECONDS)
        if self.left(which, why) >= seconds:
            return
        self._keep(self._path(which, why), time.time() + seconds)
        if _left(self._last) < seconds:
            self._keep(self._last, time.time() + seconds)

    def _keep(self, path: str, until: float) -> None:
        try:
            descriptor = os.open(path, FLAGS, 0o600)
        except FileNotFoundError:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path, FLAGS, 0o600)
        try:
            os.utime(descriptor, (until, until))
        finally:
            os.close(descriptor)

    def take(self, which: UUID, why: str, seconds: float) -> bool:
        """Whether no pause lasts; then one begins. Of two who ask in the same moment both may go on."""
        if self.left(which, why):
            return False
        self.begin(which, why, seconds)
        return True

    def _path(self, which: UUID, why: str) -> str:
        return f"{self._folder}/{which.hex}-{why}"


def _left(path: str) -> float:
    """Seconds until the time of the file; 0 where that is over, or there is none."""
    try:
        until = os.stat(path).st_mtime  # noqa: PTH116 # a Path takes twice as long, and each request looks
    except FileNotFoundError:
        return 0.0
    return max(0.0, until - time.time())
