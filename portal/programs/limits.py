"""How many requests a minute: one limit over all processes of a machine, without a database.

The generic cell rate algorithm (ITU-T I.371, annex A): of each thing that is counted only the moment is kept
at which its account is even again. A request puts it off by a minute's share, and is let through while it is
less than :data:`BURST` ahead. So ten seconds' worth may come at once, and one that is refused costs nothing.

The moments lie in a file that every process maps into its memory. A word of eight bytes holds a tag of 24
bits, of whom, and 40 bits of microseconds since the machine started; processors write such a word whole.
Nobody is locked out: of two who look before either has written, one is forgotten, so each such meeting lets
one request more through, and a process that stalls just there brings back what others took meanwhile. That is
a burst more at worst.
"""

import fcntl
import math
import mmap
import os
import secrets
import time
from hashlib import blake2b
from pathlib import Path
from uuid import UUID

from portal.errors import PortalError

SECOND = 1_000_000  # in the unit of the moments
MINUTE = 60 * SECOND
BURST = 10 * SECOND

_TIME_BITS = 40  # comes round after 12 days
_TIME = (1 << _TIME_BITS) - 1
# A thing may lie in any of the words of its bucket; where all are taken, the one that is even soonest goes.
_WORDS_IN_BUCKET = 4
_BUCKETS = 16384
_SALT_WORDS = 2  # so that nobody who may choose an id can choose one that counts as somebody else's
_BYTES = 8 * (_SALT_WORDS + _BUCKETS * _WORDS_IN_BUCKET)


class Limited(PortalError):
    """There were too many requests; nothing was done.

    ``whose`` limit: ``key``, ``tenant`` or ``account``. ``retry_after``: whole seconds, at least 1, after
    which a request goes through if nobody else was quicker.
    """

    def __init__(self, whose: str, seconds: float) -> None:
        self.whose = whose
        self.retry_after = max(1, math.ceil(seconds))
        super().__init__(f"too many requests of this {whose}; again in {self.retry_after} seconds")


class Limits:
    """What is counted in ``folder``, which is on a local disk; it is made where there is none."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        mapped = _map(folder / "requests")
        self._salt = mapped[: 8 * _SALT_WORDS]
        self._words = memoryview(mapped).cast("Q")

    def take_each(self, *asked: tuple[str, UUID, int]) -> None:
        """Count a request towards several limits, each ``(whose, which, a_minute)``: all of them, or none.

        Raises :class:`Limited` for the one that is to be waited for longest.
        """
        now, words, longest = time.monotonic_ns() // 1000, [], 0
        for whose, which, a_minute in asked:
            hashed = int.from_bytes(blake2b(which.bytes, digest_size=8, salt=self._salt).digest(), "little")
            place, ahead = self._find(hashed, now)
            share = MINUTE // a_minute
            words.append((place, (hashed >> _TIME_BITS << _TIME_BITS) | ((now + ahead + share) & _TIME)))
            wait = ahead + share - max(BURST, share)
            if wait > longest:
                waited_for, longest = whose, wait
        if longest:
            raise Limited(waited_for, longest / SECOND)
        for place, word in words:
            self._words[place] = word

    def _find(self, hashed: int, now: int) -> tuple[int, int]:
        """The place of what has this hash, and by how much it is ahead of now."""
        first = _SALT_WORDS + hashed % _BUCKETS * _WORDS_IN_BUCKET
        tag, best, least = hashed >> _TIME_BITS, first, _TIME
        for place in range(first, first + _WORDS_IN_BUCKET):
            word = self._words[place]
            ahead = (word - now) & _TIME
            if ahead > MINUTE:  # long even, or from before the machine was started anew
                ahead = 0
            if word >> _TIME_BITS == tag:
                return place, ahead
            if ahead < least:
                best, least = place, ahead
        return best, 0


def _map(path: Path) -> mmap.mmap:
    """The file in memory. One that is none yet, or broke off, is written by the first; the others wait."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_size != _BYTES:
            # Written, not just made longer: a full disk says so now, and not when memory is written to.
            file.write(secrets.token_bytes(8 * _SALT_WORDS) + bytes(_BYTES - 8 * _SALT_WORDS))
            file.truncate()
            file.flush()
        mapped = mmap.mmap(descriptor, _BYTES)
        fcntl.flock(file, fcntl.LOCK_UN)  # by name: the map keeps the file open, and with it the lock
        return mapped
