"""A row's place among those at work, which can be taken from it when it takes too long."""

import math
import time
from threading import Lock, Semaphore


class Turn:
    """It begins when there is room and lasts for ``seconds``; then whoever waits for the row gives it up, and
    its room is free for others. The thread itself cannot be ended: what it still finds out nobody hears."""

    def __init__(self, room: Semaphore, seconds: float) -> None:
        self._room, self._seconds = room, seconds
        self._lock = Lock()
        self._has_room = self._is_over = False
        self.late_at = math.inf

    def begin(self) -> bool:
        """Wait for room; False where nobody wants it any more."""
        self._room.acquire()
        with self._lock:
            self._has_room = True
            self.late_at = time.monotonic() + self._seconds
            is_wanted = not self._is_over
        if not is_wanted:
            self.end()
        return is_wanted

    def end(self) -> None:
        """It is over, or given up: give back the room, if it had any."""
        with self._lock:
            self._is_over = True
            if self._has_room:
                self._has_room = False
                self._room.release()
