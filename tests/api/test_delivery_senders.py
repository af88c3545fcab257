"""Programs that send slowly hold no thread for good, and not those of others (T31)."""

import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from uuid import UUID

import pytest

from portal.programs.keys import WRITE_DELIVERIES
from portal.start import open_store
from tests.support.delivery_rows import delivering_account
from tests.support.programs import Key, program_key
from tests.support.relayed import DEADLINE, MOST_SECONDS, Relayed, Told
from tests.support.world import World

AT_ONCE = 120  # more than both processes have threads
STEP_SECONDS = 0.2
LENGTH, CHUNKED = b"Content-Length: 1000\r\n", b"Transfer-Encoding: chunked\r\n"


@dataclass(frozen=True)
class Tool:
    """Delivers builds for a tenant of its own, at the same portal."""

    relay: Relayed
    account_id: UUID
    key: Key

    def begin(self, more: bytes) -> socket.socket:
        """A connection on which the head of a delivery was sent, and this."""
        sock = socket.create_connection(("127.0.0.1", self.relay.port), timeout=MOST_SECONDS)
        line = f"POST /api/v1/alm-accounts/{self.account_id}/builds HTTP/1.1\r\n"
        known = f"Host: 127.0.0.1:{self.relay.port}\r\nAuthorization: Bearer {self.key.text}\r\n"
        sock.sendall(f"{line}{known}Content-Type: application/json\r\n".encode() + more)
        return sock

    def whole(self) -> Told:
        """What it is told of a delivery that is sent in one go."""
        with closing(self.begin(b"Connection: close\r\nContent-Length: 2\r\n\r\n[]")) as sock:
            return Told(sock.recv(1 << 16))

    def drip(self, headers: bytes, piece: bytes, seconds: float) -> Told:
        """What it is told while it sends a piece now and then, for so long at most."""
        until = time.monotonic() + seconds
        with closing(self.begin(headers + b"\r\n")) as sock:
            sock.settimeout(STEP_SECONDS)
            while time.monotonic() < until:
                with suppress(TimeoutError):
                    return Told(sock.recv(1 << 16))
                sock.sendall(piece)
        return Told(b"")


@pytest.fixture
def tool(relay: Relayed) -> Tool:
    store = open_store(relay.settings)
    tenant = World(store).tenant()
    account_id = delivering_account(tenant)
    key = program_key(tenant, [account_id], "Script", operations=[WRITE_DELIVERIES])
    store.engine.dispose()
    return Tool(relay, account_id, key)


@pytest.mark.parametrize(("headers", "piece"), [(LENGTH, b" "), (CHUNKED, b"1\r\n \r\n")])
def test_who_sends_slowly_is_cut_at_the_deadline(tool: Tool, headers: bytes, piece: bytes) -> None:
    told = tool.drip(headers, piece, 10 * DEADLINE)
    assert (told.status, told.is_from("almoner")) == (400, True), told.raw


def test_others_are_served_while_a_tenant_sends_slowly(relay: Relayed, tool: Tool) -> None:
    """So is whoever of that tenant sends all at once: for what is delivered no Jira is waited for."""
    others, own = [], []
    with ThreadPoolExecutor(AT_ONCE) as threads:
        slow = [threads.submit(tool.drip, LENGTH, b" ", MOST_SECONDS) for _ in range(AT_ONCE)]
        while not all(one.done() for one in slow):
            others.append(relay.serves())
            own.append(tool.whole().status)
        told = Counter(one.result().status for one in slow)
    assert others and all(others)
    assert set(own) == {422}, "each was read: no builds stand in it"
    assert set(told) == {400, 503}, "turned away at once, or heard no further at the deadline"
    assert told[503] >= AT_ONCE // 4
    assert relay.serves()
