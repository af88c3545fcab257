"""What one Jira that hangs costs everybody else: ``python -m bench.slow_jira``.

The portal is served by gunicorn as ``gunicorn.conf.py`` says, on this machine, with two practice Jiras. One
hangs, and many people and programs of its tenant keep opening their board and sending requests, each as often
as the answer allows. Somebody of another tenant opens a board and the first page meanwhile, and a program of
theirs sends requests; and, in turns within one run, while nobody else is there: the one is told as a multiple
of the other.
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import requests

from portal.alm_accounts import accounts as rules
from portal.boards import boards
from portal.config import Settings
from portal.programs.keys import READ_PROXY
from portal.start import prepare
from tests.support.accounts import connect, connected_account, registry_of
from tests.support.databases import sqlite
from tests.support.portals import PRACTICE, Portal, make_app
from tests.support.programs import Key, program_key
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld

ROOT = Path(__file__).parents[1]
ROUNDS = 3
SECONDS = 8.0  # of each turn
PEOPLE = (
    40  # and programs, half and half, of the tenant whose Jira hangs: more than may wait in both processes
)
AT_ONCE = 32  # calls its account allows: the ceiling of accounts is not what is measured
LIMIT = 2.0
Times = dict[str, list[float]]


@dataclass(frozen=True)
class Shop:
    """A tenant with a practice Jira of its own, a board, the cookies of a member, and a program key."""

    sandbox: SandboxProcess
    tenant: TenantWorld
    account_id: UUID
    board_id: UUID
    cookies: dict[str, str]
    key: Key

    @property
    def board(self) -> str:
        """Path of the board."""
        return self.tenant.path(f"boards/{self.board_id}")

    @property
    def home(self) -> str:
        """Path of the first page, which asks no Jira."""
        return self.tenant.path()

    @property
    def request(self) -> str:
        """Path of a program's request to Jira."""
        return f"/api/v1/alm-accounts/{self.account_id}/proxy/rest/api/2/issue/SHOP-1"

    def opened(self, url: str, path: str) -> requests.Response:
        """One answer, on a connection of its own, so that either process may get it."""
        headers = {"Connection": "close"} | (self.key.header if path == self.request else {})
        return requests.get(url + path, cookies=self.cookies, headers=headers, timeout=60)


def shop(portal: Portal, sandbox: SandboxProcess) -> Shop:
    """A new tenant whose member is connected."""
    tenant = portal.world.tenant()
    account_id = connected_account(portal, sandbox, tenant)
    work, registry = tenant.work(tenant.admin), registry_of(portal)
    rules.change(work, registry.outbound.wire, account_id, {"max_concurrent": AT_ONCE})
    board_id = boards.add_board(work, registry, account_id, 1, "Web shop")
    connect(portal, sandbox, tenant, tenant.member, account_id, "ada")
    key = program_key(tenant, [account_id], operations=[READ_PROXY])
    return Shop(sandbox, tenant, account_id, board_id, portal.cookies_of(tenant.member), key)


def free_url() -> str:
    """An address of this machine at which nobody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@contextmanager
def served(settings: Settings) -> Iterator[None]:
    """gunicorn with the configuration of this repository."""
    changed = {name: getattr(settings, name) for name in settings.model_fields_set}
    words = {
        name: " ".join(map(str, one)) if isinstance(one, tuple) else str(one) for name, one in changed.items()
    }
    environment = {**os.environ, **{f"ALMONER_{name.upper()}": text for name, text in words.items()}}
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                try:
                    requests.get(f"{settings.base_url}/healthz", timeout=30)
                    break
                except requests.RequestException:
                    time.sleep(0.1)
            else:
                raise SystemExit("gunicorn does not answer")
            yield
        finally:
            process.terminate()


class Crowd:
    """People of one tenant who keep opening their board, and programs; ``answers`` counts what they got."""

    def __init__(self, base_url: str, where: Shop) -> None:
        self.answers: Counter[int] = Counter()
        self.refused: list[float] = []
        self._url, self._where = base_url, where
        self._over = threading.Event()
        paths = [where.board, where.request] * (PEOPLE // 2)
        self._threads = [threading.Thread(target=self._open, args=(path,), daemon=True) for path in paths]

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Nobody opens another page; those that hang go on."""
        self._over.set()

    def end(self) -> None:
        """Wait for those whose page still hangs."""
        for thread in self._threads:
            thread.join()

    def _open(self, path: str) -> None:
        while not self._over.is_set():
            start = time.perf_counter()
            answer = self._where.opened(self._url, path)
            self.answers[answer.status_code] += 1
            if answer.status_code == 503:
                self.refused.append(time.perf_counter() - start)
            self._over.wait(float(answer.headers.get("Retry-After", 0)))


def look(base_url: str, where: Shop, seen: Times) -> None:
    """One turn: the seconds that pages and requests of a shop take, one after the other."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        for name, path in (("board", where.board), ("first page", where.home), ("request", where.request)):
            start = time.perf_counter()
            answer = where.opened(base_url, path)
            seen[name].append(time.perf_counter() - start)
            assert answer.status_code == 200, f"{name}: {answer.status_code}"


def main() -> None:
    """Print the other tenant's times while the Jira hangs as multiples of those while it answers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = free_url()
        limits = {"key_requests": 10**6, "tenant_requests": 10**6, "account_requests": 10**6}
        practice = {
            **PRACTICE,
            **limits,
            "proxy_seconds": 20,
            "outbound_deadline": 20,
            "worker_embedded": False,
            "log_level": "ERROR",
        }
        settings = stack.enter_context(sqlite(folder)).settings(base_url=url, **practice)
        prepare(settings)
        portal = Portal(settings, make_app(settings))
        hanging, other = (shop(portal, stack.enter_context(SandboxProcess())) for _ in range(2))
        stack.enter_context(served(settings))
        look(url, other, defaultdict(list))  # the first pages of a process are slow
        told(*rounds(url, hanging, other))


def rounds(url: str, hanging: Shop, other: Shop) -> tuple[Times, Times, list[Crowd]]:
    """The times when nobody else is there, and while that Jira hangs; and who waited for it."""
    alone: Times = defaultdict(list)
    beside: Times = defaultdict(list)
    crowds = []
    for _ in range(ROUNDS):
        look(url, other, alone)
        hanging.sandbox.state(hang=True)
        with Crowd(url, hanging) as crowd:
            look(url, other, beside)
        hanging.sandbox.state(hang=False)
        crowd.end()
        crowds.append(crowd)
    return alone, beside, crowds


def told(alone: Times, beside: Times, crowds: list[Crowd]) -> None:
    """Print the ratios; exit code 1 where one is over the limit, or nobody was turned away."""
    worst = 0.0
    for name, usual in alone.items():
        ratio = statistics.median(beside[name]) / statistics.median(usual)
        late = statistics.quantiles(beside[name], n=20)[-1] / statistics.quantiles(usual, n=20)[-1]
        worst = max(worst, ratio)
        pages = f"{len(usual)} and {len(beside[name])} pages"
        print(f"another tenant's {name:<10} {ratio:5.2f} x as usual (one in twenty: {late:.2f} x; {pages})")
    refused = [seconds for crowd in crowds for seconds in crowd.refused]
    answers: Counter[int] = sum((crowd.answers for crowd in crowds), Counter())
    print(f"the tenant's own board, by status: {dict(answers)}")
    if refused:
        times = statistics.median(refused) / statistics.median(alone["board"])
        print(f"to be turned away takes {times:.2f} x the time of a board")
    sys.exit(worst > LIMIT or not refused)


if __name__ == "__main__":
    main()
