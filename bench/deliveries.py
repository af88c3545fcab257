"""What it costs to accept deliveries durably: ``python -m bench.deliveries``, once for each database.

The portal is served by gunicorn as ``gunicorn.conf.py`` says, on this machine; programs send builds in
batches of a hundred, and each answer comes when they stand on the disk. That is told as a part of what the
bare driver does with the very same rows: one ``executemany`` and one commit for each hundred, into the same
table, by one connection that waits for the disk as well. Both take turns within one run, each as often the
first, and are compared round by round.
"""

import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from sqlalchemy import create_engine, make_url, text

from bench.slow_jira import free_url, served
from portal.start import prepare
from portal.store.engine import PRAGMAS
from portal.store.tables import Delivery
from tests.support.databases import MAKERS, Database, sqlite
from tests.support.deliveries import DeliveryOffice, build, delivery_office
from tests.support.portals import PRACTICE, Portal, make_app
from tests.support.sandbox import SandboxProcess

ROUNDS = 9
BATCHES = 100  # of each turn
ITEMS = 100
PROGRAMS = 4
GOAL = 0.5
# A turn is more than a key or account may ask within a minute.
NO_LIMITS = dict.fromkeys(("key_requests", "tenant_requests", "account_requests"), 1_000_000)
COLUMNS = [column.name for column in Delivery.__table__.columns]
Insert = Callable[[Sequence[Sequence[Any]]], None]
_next_build = count(1)


def body() -> bytes:
    """A request with a hundred builds that nobody has reported yet."""
    return json.dumps([build(next(_next_build)) for _ in range(ITEMS)]).encode()


def accepted(office: DeliveryOffice) -> float:
    """Items accepted a second, by some programs at once, each on a connection it keeps."""
    bodies = [[body() for _ in range(BATCHES // PROGRAMS)] for _ in range(PROGRAMS)]
    path = f"/api/v1/alm-accounts/{office.account_id}/builds"
    headers = {"Authorization": f"Bearer {office.key}", "Content-Type": "application/json"}

    def send(own: list[bytes]) -> None:
        with closing(HTTPConnection(urlsplit(office.portal.base_url).netloc, timeout=60)) as connection:
            for one in own:
                connection.request("POST", path, one, headers)
                answer = connection.getresponse()
                told = answer.read()
                assert answer.status == 202, told

    start = time.perf_counter()
    with ThreadPoolExecutor(PROGRAMS) as programs:
        list(programs.map(send, bodies))
    return BATCHES * ITEMS / (time.perf_counter() - start)


def inserted(rows: Sequence[Sequence[Any]], insert: Insert) -> float:
    """Rows inserted a second by the bare driver; they are the accepted ones under new ids."""
    place = COLUMNS.index("id")
    anew = [[*row[:place], new_id(row[place]), *row[place + 1 :]] for row in rows]
    start = time.perf_counter()
    for first in range(0, len(anew), ITEMS):
        insert(anew[first : first + ITEMS])
    return len(anew) / (time.perf_counter() - start)


def new_id(former: object) -> object:
    """As the database keeps ids: SQLite as text without hyphens."""
    return uuid4().hex if isinstance(former, str) else uuid4()


@contextmanager
def bare(database: Database) -> Iterator[tuple[Callable[[], list[Any]], Insert]]:
    """The plain driver: reads the rows of one turn, and inserts as many at once as it is given."""
    names, url = ", ".join(COLUMNS), make_url(database.all_rows)
    latest = f"SELECT {names} FROM deliveries ORDER BY position DESC LIMIT {BATCHES * ITEMS}"
    if database.kind == "sqlite":
        with closing(sqlite3.connect(str(url.database), isolation_level=None)) as connection:
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            places = ", ".join("?" * len(COLUMNS))

            def insert(rows: Sequence[Sequence[Any]]) -> None:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(f"INSERT INTO deliveries ({names}) VALUES ({places})", rows)
                connection.execute("COMMIT")

            yield lambda: connection.execute(latest).fetchall(), insert
        return
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as plain:
        assert plain.execute("SHOW synchronous_commit").fetchone() == ("on",)
        texts = latest
        for name in ("body", "reasons", "unknown_keys", "steps"):
            texts = texts.replace(f" {name},", f" {name}::text,")
        places = ", ".join(["%s"] * len(COLUMNS))

        def insert_there(rows: Sequence[Sequence[Any]]) -> None:
            with plain.cursor() as cursor:
                cursor.executemany(f"INSERT INTO deliveries ({names}) VALUES ({places})", rows)
            plain.commit()

        yield lambda: plain.execute(texts).fetchall(), insert_there


def measure(kind: str) -> float:
    """The part of the bare driver's speed at which deliveries are accepted."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # Those of tests do not wait for the disk.
        made = sqlite(folder, memory=folder) if kind == "sqlite" else MAKERS[kind](folder)
        database = stack.enter_context(made)
        if kind == "postgres":
            run(database, f"ALTER DATABASE {make_url(database.url).database} SET synchronous_commit = on")
        office = stack.enter_context(ready(database))
        read, insert = stack.enter_context(bare(database))
        accepted(office)  # the first requests of a process are slow
        if kind == "postgres":
            run(database, "ANALYZE")  # as the server does by itself within a minute
        rates = []
        for turn in range(ROUNDS):
            rows = read()
            first = inserted(rows, insert) if turn % 2 else None  # each is the first as often
            ours = accepted(office)
            rates.append((ours, first or inserted(rows, insert)))
    for name, found in zip(("accepted", "bare"), zip(*rates, strict=True), strict=True):
        print(f"{kind}: {statistics.median(found):8.0f} items a second {name}")
    ratio = statistics.median(ours / bare_rate for ours, bare_rate in rates)
    print(f"{kind}: {ratio:.2f} of the bare insert")
    return ratio


def run(database: Database, statement: str) -> None:
    """As the superuser, outside a transaction."""
    engine = create_engine(database.all_rows, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def ready(database: Database) -> Iterator[DeliveryOffice]:
    """A tenant that delivers, and the portal that accepts; nobody sends meanwhile."""
    with SandboxProcess() as sandbox:
        settings = database.settings(
            base_url=free_url(),
            cloud_auth_url=sandbox.cloud_url,
            cloud_api_url=sandbox.cloud_url,
            practice_sites=" ".join(sandbox.sites.values()),
            worker_embedded=False,
            log_level="ERROR",
            **NO_LIMITS,
            **PRACTICE,
        )
        prepare(settings)
        portal = Portal(settings, make_app(settings))
        office = delivery_office(portal, sandbox, portal.world.tenant())
        with served(settings):
            yield office
        portal.store.engine.dispose()


if __name__ == "__main__":
    sys.exit(min([measure(kind) for kind in sys.argv[1:] or MAKERS]) < GOAL)
