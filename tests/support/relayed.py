"""The portal under gunicorn with a Jira of our own behind it: what a program sends goes through both."""

import re
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import requests

from portal import clock
from portal.config import Settings
from portal.programs.keys import READ_PROXY, WRITE_PROXY
from portal.programs.paths import PRESETS
from portal.secret import Secret
from portal.start import open_store, prepare
from portal.store.tables import AlmAccount, Credential
from portal.store.vault import put_secret
from tests.jira.servers import Answer, Server, always, reply
from tests.support import canaries
from tests.support.databases import MAKERS
from tests.support.delivery_processes import Started, running
from tests.support.portals import PRACTICE
from tests.support.programs import Key, program_key
from tests.support.world import TenantWorld, World

DEADLINE = 2.0
MOST_SECONDS = 20
END = b"\r\n\r\n"
FINE = always(reply(b"{}"))


class StubJira:
    """A Jira that answers by the last word of the path, ``{}`` to any other, and keeps what came."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.server = Server(self._answer)

    def _answer(self, request: bytes) -> Iterable[bytes]:
        word = request.split(b" ", 2)[1].rpartition(b"/")[2].decode()
        return self.answers.get(word, FINE)(request)

    def take(self) -> list[bytes]:
        """The requests that came since the last look."""
        taken, self.server.requests[:] = list(self.server.requests), []
        return taken


@dataclass
class Relayed:
    """A portal with one account at the stub, by a personal access token; its key may read and write."""

    settings: Settings
    tenant: TenantWorld
    jira: StubJira
    account_id: UUID
    token: str
    key: Key
    server: Started
    port: int = field(init=False)

    def __post_init__(self) -> None:
        self.port = int(self.settings.base_url.rpartition(":")[2])

    @property
    def prefix(self) -> str:
        """What stands before a path of Jira."""
        return f"/api/v1/alm-accounts/{self.account_id}/proxy/"

    def send(self, target: bytes, *headers: bytes, method: bytes = b"GET", body: bytes = b"") -> "Told":
        """A request with these very bytes as its path behind ``proxy/``, and the answer."""
        more = b"".join(one + b"\r\n" for one in (b"Connection: close", *headers))
        return self.raw(self.head(method, target) + more + b"\r\n" + body)

    def head(self, method: bytes, target: bytes) -> bytes:
        """The request line, and the headers that every request has."""
        host = b"127.0.0.1:%d" % self.port
        line = b"%s %s%s HTTP/1.1\r\nHost: %s\r\n" % (method, self.prefix.encode(), target, host)
        return line + b"Authorization: Bearer %s\r\n" % self.key.text.encode()

    def raw(self, request: bytes) -> "Told":
        """Send bytes, and read until the other side closes; of a long answer the beginning and the end."""
        answer = b""
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=MOST_SECONDS)) as sock:
            with suppress(OSError):  # refused before it was read
                sock.sendall(request)
            with suppress(ConnectionResetError):
                while chunk := sock.recv(1 << 16):
                    answer = answer[: 1 << 23] + chunk
        return Told(answer.removeprefix(b"HTTP/1.1 100 Continue" + END))

    def serves(self) -> bool:
        """Whether the next request is served, as ever."""
        return self.send(b"rest/api/2/myself").body == b"{}"

    def peak(self) -> int:
        """The most memory that a process of the server ever held, in bytes."""
        return max(
            int(re.findall(r"VmHWM:\s+(\d+) kB", (Path("/proc") / str(pid) / "status").read_text())[0]) << 10
            for pid in self.processes()
        )

    def processes(self) -> list[int]:
        """Those that serve."""
        pid = self.server.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@dataclass(frozen=True)
class Told:
    """An answer as it came."""

    raw: bytes

    @property
    def status(self) -> int:
        """Its status; 0 where the connection was closed without one."""
        return int(self.raw[9:12]) if self.raw else 0

    @property
    def head(self) -> str:
        """Its headers, in lower case."""
        return self.raw.partition(END)[0].decode("latin-1").lower()

    @property
    def body(self) -> bytes:
        """What follows, put together where it came in chunks."""
        rest = self.raw.partition(END)[2]
        if "\r\ntransfer-encoding: chunked" not in self.head:
            return rest
        chunks = []
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            chunks.append(rest[: int(size, 16)])
            rest = rest[int(size, 16) + 2 :]
        return b"".join(chunks)

    def is_from(self, who: str) -> bool:
        """Whether it is marked as this one's: jira, or almoner."""
        return f"\r\nalmoner-answer: {who}" in self.head


@contextmanager
def relayed(kind: str = "sqlite") -> Iterator[Relayed]:
    """Such a portal until the block ends, on this kind of database."""
    jira = StubJira()
    with TemporaryDirectory() as folder, MAKERS[kind](Path(folder)) as database, jira.server:
        url = f"http://127.0.0.1:{_free_port()}"
        limits = {"key_requests": 10**6, "tenant_requests": 10**6, "account_requests": 10**6}
        given = {**PRACTICE, **limits, "proxy_seconds": DEADLINE, "worker_embedded": False, "threads": 32}
        settings = database.settings(base_url=url, **given)
        prepare(settings)
        store = open_store(settings)
        tenant = World(store).tenant()
        account_id, token = account_at(tenant, jira.server.url)
        operations = [READ_PROXY, WRITE_PROXY]
        key = program_key(tenant, [account_id], "Script", operations=operations, paths=list(PRESETS))
        server = Started(settings, "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app")
        with running(server):
            _wait_for(url)
            yield Relayed(settings, tenant, jira, account_id, token, key, server)
        store.engine.dispose()


def account_at(tenant: TenantWorld, url: str) -> tuple[UUID, str]:
    """A saved account at this address with a personal access token of its own; its id and the token."""
    token, account_id, now = canaries.new("stub-pat"), uuid4(), clock.now()
    mine = {"tenant_id": tenant.id}
    with tenant.work(tenant.admin).write() as session:
        session.add(
            AlmAccount(
                **mine,
                id=account_id,
                kind="server_token",
                name="Stub",
                base_url=url,
                max_concurrent=200,  # the ceiling of the account is not what is tried
                made_by=tenant.admin.user_id,
                created_at=now,
                saved_at=now,
            )
        )
        session.flush()
        own = Credential(**mine, id=uuid4(), account_id=account_id, method="pat", state="active")
        own.consumer_key, own.jira_key, own.jira_name, own.jira_display_name, own.jira_email = (
            "",
            *["svc"] * 4,
        )
        own.connected_by, own.connected_at = tenant.admin.user_id, now
        put_secret(session, own, "access_token", Secret(token))
        session.add(own)
    return account_id, token


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def _wait_for(url: str) -> None:
    for _ in range(600):
        with suppress(requests.RequestException):
            requests.get(f"{url}/healthz", timeout=5)
            return
        time.sleep(0.05)
    raise AssertionError("the server did not start")
