"""The record of requests, read by tests as the oracle of what a client really did. It holds no secrets."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass

KEPT = 500


@dataclass
class Entry:
    """One request. The query string is left out, as it may carry tokens.

    ``signature_verified``: ``None`` when no OAuth signature was looked at. ``status``: ``None`` while the
    request is being answered. ``at``: epoch seconds of the practice Jira's clock.
    ``host``: the host and port that was asked.
    """

    at: int
    method: str
    path: str
    endpoint: str
    user_agent: str
    host: str = ""
    signature_verified: bool | None = None
    oauth_problem: str | None = None
    token_user: str | None = None
    status: int | None = None


class Journal:
    """The last requests, counts by method and endpoint, and how many were answered at once at most."""

    def __init__(self) -> None:
        """An empty record."""
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries: deque[Entry] = deque(maxlen=KEPT)
            self._counts: Counter[str] = Counter()
            self._in_flight = 0
            self._most_at_once = 0

    def begin(self, entry: Entry) -> None:
        """Write a request down when it arrives, so that hanging ones are seen too."""
        with self._lock:
            self._entries.append(entry)
            self._counts[f"{entry.method} {entry.endpoint}"] += 1
            self._in_flight += 1
            self._most_at_once = max(self._most_at_once, self._in_flight)

    def end(self, entry: Entry, status: int) -> None:
        """Note the answer."""
        with self._lock:
            entry.status = status
            self._in_flight = max(0, self._in_flight - 1)

    def entries(self) -> list[dict[str, object]]:
        """The last requests, oldest first, as JSON objects."""
        with self._lock:
            return [asdict(entry) for entry in self._entries]

    def counters(self) -> dict[str, object]:
        """Counts by ``METHOD endpoint`` and the most requests answered at the same time."""
        with self._lock:
            return {"requests": dict(self._counts), "most_at_once": self._most_at_once}
