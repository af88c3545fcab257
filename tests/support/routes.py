"""Calls of any route by anybody, with one's own ids, another tenant's, or ids that never existed."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from secrets import token_hex
from threading import get_ident
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, NullPool, Select, Table, create_engine, event, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal import clock
from portal.programs.keys import OPERATIONS, READ_PROXY, WRITE_DELIVERIES, WRITE_PROXY
from portal.store.base import Base
from portal.store.tables import AlmAccount
from portal.store.work import OPERATOR, Store, Work
from portal.web.csrf import form_token
from portal.web.doors import is_of_programs
from tests.support.databases import Database
from tests.support.delivery_rows import delivering_account
from tests.support.portals import Portal
from tests.support.programs import Key, program_key
from tests.support.samples import SAMPLES, TOKEN_ACCOUNT, board_of
from tests.support.world import Someone, TenantWorld

# Written by looking: the audit takes lines; a sign-in and a key note when they were last used.
NOT_COMPARED = {"audit_events", "portal_audit_events", "audit_index", "alembic_version"}
# The same by name, with what is stamped while somebody looks.
LOOKING = {"audit_events", "portal_audit_events", "audit_index", "sign_ins", "program_keys"}
WRITE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)")
Ids = dict[str, Any]
Sample = Callable[[TenantWorld], object]
Made = dict[Sample, Any]
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Route:
    """One rule with one method."""

    rule: Rule
    method: str

    @property
    def parameters(self) -> set[str]:
        """Names of what stands in the path."""
        return set(self.rule.arguments)

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


def routes(app: Flask) -> list[Route]:
    """Every rule with every method that is not answered by the framework."""
    found = [Route(rule, method) for rule in app.url_map.iter_rules() for method in rule.methods or ()]
    return sorted((one for one in found if one.method not in ("HEAD", "OPTIONS")), key=str)


def ids_of(route: Route, tenant: TenantWorld, made: Made | None = None) -> Ids:
    """What exists in the tenant, for each parameter of the route.

    ``made``: what was made for other routes, to be used again and added to.
    """
    made = {} if made is None else made
    others: dict[str, Sample] = {}
    if route.rule.endpoint.startswith("tokens."):
        others = {"account_id": TOKEN_ACCOUNT}
    if is_of_programs(route.rule.rule):
        others = {"account_id": delivering_account}
    ids = {name: _made(made, (SAMPLES | others)[name], tenant) for name in route.parameters}
    return ids | {"board_id": board_of(tenant, ids["idea_id"])} if "idea_id" in ids else ids


def _made(made: Made, sample: Sample, tenant: TenantWorld) -> Any:
    if sample not in made:
        made[sample] = sample(tenant)
    return made[sample]


def never(ids: Ids) -> Ids:
    """Ids of the same shapes that never existed."""
    return {name: _never(name, value) for name, value in ids.items()}


def _never(name: str, value: Any) -> Any:
    if isinstance(value, UUID):
        return uuid4()
    if name == "token":
        return f"{uuid4().hex}.{token_hex(16)}"
    return value if isinstance(value, int) or name == "data" else f"never-{token_hex(4)}"


class Caller:
    """Somebody with a browser in this process."""

    def __init__(self, portal: Portal, someone: Someone | None) -> None:
        self.portal = portal
        self.client: FlaskClient = portal.client()
        self.host = str(urlsplit(portal.base_url).hostname)
        self._take(portal.cookies_of(someone) if someone else {})
        # Made at once: the first page with a form sets a cookie, which would tell answers apart.
        self.token = self._token()

    def call(self, route: Route, ids: Ids) -> TestResponse:
        """Call the route; a POST carries a valid token and nothing else."""
        path = self.path(route, ids)
        if route.method == "GET":
            return self.client.get(path)
        return self.client.open(path, method=route.method, data={"csrf_token": self.token})

    def path(self, route: Route, ids: Ids) -> str:
        """The route's address with these ids."""
        built = self.portal.app.url_map.bind("").build(route.rule.endpoint, ids, method=route.method)
        return str(built)

    def _token(self) -> str:
        """A token for the forms of this browser, as a page would have it: pages take long to make."""
        app, name = self.portal.app, self.portal.app.config["SESSION_COOKIE_NAME"]
        cookie = self.client.get_cookie(name, domain=self.host)
        headers = {"Cookie": f"{name}={cookie.value}"} if cookie else {}
        with app.test_request_context(base_url=self.portal.base_url, headers=headers):
            token = form_token()
            kept = self.portal.cookies_of_session()
        self._take(kept)
        return token

    def _take(self, cookies: dict[str, str]) -> None:
        for name, value in cookies.items():
            self.client.set_cookie(name, value, domain=self.host)


class Program:
    """A program with a key, or with none."""

    def __init__(self, portal: Portal, key: Key | None) -> None:
        self.adapter = portal.app.url_map.bind("")
        self.client = portal.client()
        self.headers = key.header if key else {}

    def call(self, route: Route, ids: Ids) -> TestResponse:
        """Call the route; a POST carries an object that says nothing."""
        path = self.adapter.build(route.rule.endpoint, ids, method=route.method)
        body = {"json": {}} if route.method == "POST" else {}
        return self.client.open(path, method=route.method, headers=self.headers, **body)


def programs(portal: Portal, tenant: TenantWorld, route: Route, ids: Ids) -> Iterator[tuple[str, Program]]:
    """Keys of every sort. That of the right tenant is for the account of ``ids``, or the delivery's, and may
    do what the route asks for; another may do everything else."""
    now, other = clock.now(), cast(TenantWorld, tenant.other)
    asked = getattr(portal.app.view_functions[route.rule.endpoint], "operation", WRITE_DELIVERIES)
    needed = {READ_PROXY, WRITE_PROXY} if asked == READ_PROXY else {asked}
    may = {"operations": sorted(needed)}
    accounts = [ids["account_id"]] if "account_id" in ids else accounts_of(tenant)
    yield "no key", Program(portal, None)
    for name, columns in {
        "revoked": {"revoked_at": now},
        "ended": {"ends_at": now},
        "without the operation": {"operations": sorted(set(OPERATIONS) - needed)},
        "right": {},
    }.items():
        yield name, Program(portal, program_key(tenant, accounts, **(may | columns)))
    yield "of another account", Program(portal, program_key(tenant, [delivering_account(tenant)], **may))
    yield "of another tenant", Program(portal, program_key(other, accounts_of(other), **may))


def accounts_of(tenant: TenantWorld) -> list[UUID]:
    """Every account of the tenant."""
    with Work(tenant.store, tenant.id, OPERATOR).read() as session:
        return list(session.scalars(select(AlmAccount.id)))


def seen(response: TestResponse, ids: Ids) -> tuple[int, str, list[tuple[str, str]]]:
    """What somebody can tell an answer by: status, body and headers, without what was asked for itself."""
    body = re.sub(r'(name="csrf_token"[^>]*value=")[^"]+', r"\1", response.text)
    headers = [
        (name, value.partition("=")[0] if name == "Set-Cookie" else value)
        for name, value in response.headers.items()
        if name not in ("X-Request-Id", "Content-Length")
    ]
    request_id = response.headers["X-Request-Id"]
    return (
        response.status_code,
        _without(body.replace(request_id, ""), ids),
        [(name, _without(value, ids)) for name, value in headers],
    )


def _without(content: str, ids: Ids) -> str:
    for name, value in ids.items():
        if not isinstance(value, int):  # a number may stand anywhere, and is the same for both
            content = content.replace(str(value), f"<{name}>")
    return content


def rows(database: Database, *tenants: TenantWorld, is_whole: bool = True) -> dict[str, list[Row]]:
    """Every row of these tenants by table, without when a sign-in was last seen or a key last used.

    Where ``is_whole``, also of the tables that belong to no tenant. Other tests' tenants would take long to
    read.
    """
    with _engine(database.all_rows).connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(wanted)]
            for name, table in Base.metadata.tables.items()
            if (wanted := _of(table, tenants, is_whole=is_whole)) is not None
        }


@lru_cache
def _engine(url: str) -> Engine:
    """One for all reads: what it makes of a statement is made once."""
    return create_engine(url, poolclass=NullPool)


def _of(table: Table, tenants: Sequence[TenantWorld], *, is_whole: bool) -> Select[Any] | None:
    if table.name in NOT_COMPARED:
        return None
    told = [column for column in table.c if column.name not in ("last_seen_at", "last_used_at")]
    wanted = select(*told).order_by(*table.primary_key)
    if "tenant_id" in table.c:
        return wanted.where(table.c.tenant_id.in_([one.id for one in tenants]))
    return wanted if is_whole else None


@contextmanager
def writing(store: Store) -> Iterator[set[str]]:
    """The tables in which this thread makes, changes or deletes a row until the block ends."""
    found: set[str] = set()
    thread = get_ident()

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        writes = WRITE.match(statement)
        if writes and cursor.rowcount and get_ident() == thread:
            found.add(writes[1])

    event.listen(store.engine, "after_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(store.engine, "after_cursor_execute", note)
