"""Pauses that all processes of a machine keep together: the moment at which each is over is the time of an
empty file. One file more has that of the last, so whoever asks often looks at that one alone.

A Jira that asks programs for a pause is asked nothing by programs meanwhile (T33); what people do knows
nothing of it.
"""

import fcntl
import os
import time
from pathlib import Path
from uuid import UUID

from portal.credentials.shared_files import opened

# What is asked for beyond that is a block or a mistake, and nobody tells when it is over: limits of Jira are
# per hour at most ("Rate limiting" at developer.atlassian.com).
LONGEST_SECONDS = 3600.0
_LAST = "pauses"


class Pauses:
    """Of accounts and credentials, in a folder on a local disk. ``why``: a word that names the kind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def any_lasts(self) -> bool:
        """Whether one may last, of whomever."""
        return self._left(_LAST) > 0.0

    def left(self, which: UUID, why: str) -> float:
        """Seconds until the pause is over; 0 where there is none."""
        left = self._left(_name(which, why))
        return left if left <= LONGEST_SECONDS else 0.0  # more: the clock was set back

    def begin(self, which: UUID, why: str, seconds: float) -> None:
        """Have it last for so long from now, :data:`LONGEST_SECONDS` at most; none is made shorter."""
        seconds = min(seconds, LONGEST_SECONDS)
        if self.left(which, why) >= seconds:
            return
        until = time.time() + seconds
        self._keep(_LAST, until)  # first: it is over no sooner than any other
        self._keep(_name(which, why), until)

    def _keep(self, name: str, until: float) -> None:
        """Put the moment off to this one. Others do so for theirs, so it is compared while it is locked."""
        descriptor = opened(self._folder, name)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            kept = os.fstat(descriptor).st_mtime
            if kept < until or kept > time.time() + LONGEST_SECONDS:  # the clock was set back
                os.utime(descriptor, (until, until))
        finally:
            os.close(descriptor)

    def take(self, which: UUID, why: str, seconds: float) -> bool:
        """Whether no pause lasts; then one begins. Of two who ask in the same moment both may go on."""
        if self.left(which, why):
            return False
        self.begin(which, why, seconds)
        return True

    def _left(self, name: str) -> float:
        """Seconds until the time of the file; 0 where that is over, or there is none."""
        try:
            path = f"{self._folder}/{name}"
            until = os.stat(path).st_mtime  # noqa: PTH116 # a Path takes twice as long, and each request looks
        except FileNotFoundError:
            return 0.0
        return max(0.0, until - time.time())


def _name(which: UUID, why: str) -> str:
    return f"{which.hex}-{why}"
