"""How fast programs are served: ``python -m bench.programs [--accounts N] [--rounds N] [--seconds N]
[--warm N]``.

Credentials and the proxy, the portal under gunicorn as ``gunicorn.conf.py`` says with two processes of four
threads, on PostgreSQL with row level security, beside what the same machine does at most: Flask with nothing
on it, and Flask with one prepared read. Each request is for one of the accounts of a thousand tenants, at
random, which is the worst for what is remembered. Each variant has a portal of its own, so that none lives on
what another left in memory, and all of them are on this machine's loopback, wrk too.

Each variant is asked for ``--warm`` seconds first, so that what is remembered was seen by both processes. The
rounds go forwards and backwards over the variants, and each ratio is taken inside its round. ``cpu`` is the
same ratio by what was taken of the processors for a request, PostgreSQL and the stub included: it is steadier
on a machine that others use. wrk is not counted: it reads its list anew at each turn, a second with 100,000
accounts, whatever it then asks. Nothing is left behind.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.hot import seeding, servers
from bench.hot.databases import Database, postgres
from bench.hot.report import BARE_ROUTE, BASE, Variant, report
from bench.hot.seeding import BEARER, SIGNED
from bench.hot.servers import Told, free_address, gunicorn, with_children, wrk
from portal.config import Settings
from portal.start import open_store, prepare

API = "/api/v1/alm-accounts/"
CREDENTIALS, PROXY = "/credentials", "/proxy/rest/api/2/myself"
MANY = "1000000000"
BARE = "-c /dev/null --no-control-socket --bind {} -w 2 --threads 4 bench.hot.bare:app"


@dataclass(frozen=True)
class Bench:
    """A seeded database, and what runs over it."""

    database: Database
    folder: Path
    stack: ExitStack

    def portal(self, name: str, wanted: str, after: str, **more: str) -> Variant:
        """A portal of its own for a variant."""
        address = free_address()
        settings = {"BASE_URL": f"http://{address}", **self.settings(), **more}
        environment = {f"ALMONER_{key}": value for key, value in settings.items()} | {"PGAPPNAME": name}
        pid = self.stack.enter_context(gunicorn(address, "/healthz", environment))
        return Variant(name, address, pid, wanted, API, after)

    def bare(self, name: str, path: str) -> Variant:
        """Flask without a portal."""
        address = free_address()
        command = BARE.format(address).split()
        pid = self.stack.enter_context(
            gunicorn(address, "/bare/0", {"BENCH_URL": self.database.all_rows, "PGAPPNAME": name}, *command)
        )
        return Variant(name, address, pid, BEARER, path)

    def settings(self) -> dict[str, str]:
        """Of every portal here: as an installation has them, but that no limit is ever reached."""
        return {
            "INSTANCE": str(self.folder / "instance"),
            "DATABASE_URL": self.database.url,
            "OWNER_DATABASE_URL": self.database.owner_url,
            "OUTBOUND_NETWORKS": "127.0.0.0/8",
            "PLAIN_HTTP_HOSTS": "127.0.0.1",
            "THREADS": "4",
            "WORKER_EMBEDDED": "0",
            "KEY_REQUESTS": MANY,
            "TENANT_REQUESTS": MANY,
            "ACCOUNT_REQUESTS": MANY,
        }


@contextmanager
def ready(accounts: int) -> Iterator[tuple[Bench, list[Variant]]]:
    """Everything that is measured, running."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(postgres())
        bench, address = Bench(database, folder, stack), free_address()
        nginx = stack.enter_context(servers.stub(folder, address))
        began = time.monotonic()
        seed(bench, accounts, f"http://{address}")
        print(f"{accounts} accounts of either sort seeded in {time.monotonic() - began:.0f} s", flush=True)
        yield (
            bench,
            [
                bench.bare(BARE_ROUTE, "/bare/"),
                bench.bare(BASE, "/one/"),
                bench.portal("credentials", BEARER, CREDENTIALS),
                bench.portal("credentials, no memory", BEARER, CREDENTIALS, REMEMBERED_ROWS="0"),
                bench.portal("proxy, Bearer", BEARER, PROXY),
                bench.portal("proxy, OAuth 1.0a", SIGNED, PROXY),
                Variant("the stub itself", address, nginx, BEARER, "/"),
            ],
        )


def seed(bench: Bench, accounts: int, stub: str) -> None:
    """The rows of the portal, and those of the bare app."""
    own = {name.lower(): value for name, value in bench.settings().items()}
    settings = Settings.model_validate(own)
    prepare(settings)
    store = open_store(settings)
    seeding.Seeder(store, stub, bench.folder).seed(accounts)
    store.engine.dispose()
    with psycopg.connect(bench.database.all_rows, autocommit=True) as connection:
        connection.execute(
            "CREATE SCHEMA bench CREATE TABLE bench.rows (id uuid PRIMARY KEY, value text NOT NULL)"
        )
        with connection.cursor() as cursor, cursor.copy("COPY bench.rows FROM STDIN") as copy:
            for row in seeding.bench_rows(bench.folder):
                copy.write_row(row)
        connection.execute("VACUUM ANALYZE")


def turn(bench: Bench, nginx: int, variant: Variant, seconds: int) -> Told:
    """One variant for so long; not all of it may fail."""
    pids = [*with_children(variant.pid), *bench.database.backends(variant.name)]
    pids += [] if variant.pid == nginx else with_children(nginx)
    url = f"http://{variant.address}"
    return wrk(url, bench.folder / variant.wanted, variant.before, variant.after, seconds, pids)


def rounds(
    bench: Bench, variants: list[Variant], number: int, seconds: int, warm: int
) -> Mapping[str, list[Told]]:
    """What each variant did in each round."""
    seen: dict[str, list[Told]] = defaultdict(list)
    nginx = variants[-1].pid
    for variant in variants:
        turn(bench, nginx, variant, warm)
    for which in range(number):
        for variant in variants if which % 2 == 0 else reversed(variants):
            seen[variant.name].append(turn(bench, nginx, variant, seconds))
    return seen


def main() -> None:
    """Measure, and print the table."""
    options = argparse.ArgumentParser(prog="python -m bench.programs")
    options.add_argument("--accounts", type=int, default=1000, help="in thousands: 1000 or 100000")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=6)
    options.add_argument("--warm", type=int, default=10)
    given = options.parse_args()
    with ready(given.accounts) as (bench, variants):
        report(rounds(bench, variants, given.rounds, given.seconds, given.warm), variants)


if __name__ == "__main__":
    main()
