"""Calls of any route by anybody, with one's own ids, another tenant's, or ids that never existed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, inspect, text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.support.databases import Database
from tests.support.portals import Portal
from tests.support.samples import SAMPLES
from tests.support.world import Someone, TenantWorld

ACTORS = ("nobody", "stranger", "member", "admin", "support")
# Written by looking: the audit takes lines, and a sign-in notes when it was last used.
NOT_COMPARED = {"audit_events", "portal_audit_events", "alembic_version"}
Ids = dict[str, Any]


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


def ids_of(route: Route, tenant: TenantWorld) -> Ids:
    """What exists in the tenant, for each parameter of the route."""
    return {name: SAMPLES[name](tenant) for name in route.parameters}


def never(ids: Ids) -> Ids:
    """Ids of the same shapes that never existed."""
    return {name: _never(name, value) for name, value in ids.items()}


def _never(name: str, value: Any) -> Any:
    if isinstance(value, UUID):
        return uuid4()
    if name == "token":
        return f"{uuid4().hex}.{token_hex(16)}"
    return value if isinstance(value, int) else f"never-{token_hex(4)}"


class Caller:
    """Somebody with a browser in this process."""

    def __init__(self, portal: Portal, someone: Someone | None) -> None:
        self.portal = portal
        self.client: FlaskClient = portal.client()
        if someone:
            form = {"email": someone.email, "password": someone.password}
            signed_in = self.client.post("/sign-in", data={**form, "csrf_token": self._token("/sign-in")})
            assert signed_in.status_code == 303
        self._token("/profile/")  # the first page with a form sets a cookie, which would tell answers apart

    def call(self, route: Route, ids: Ids) -> TestResponse:
        """Call the route; a POST carries a valid token and nothing else."""
        adapter = self.portal.app.url_map.bind("")
        path = adapter.build(route.rule.endpoint, ids, method=route.method)
        if route.method == "GET":
            return self.client.get(path)
        return self.client.open(path, method=route.method, data={"csrf_token": self.token()})

    def token(self) -> str:
        """A token for a form of this browser."""
        return self._token("/sign-in") or self._token("/profile/")

    def _token(self, path: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.client.get(path).text)
        return found[1] if found else ""


def callers(portal: Portal, tenant: TenantWorld) -> Iterator[tuple[str, Caller]]:
    """The five who may come, each freshly signed in."""
    people = (None, tenant.stranger, tenant.member, tenant.admin, portal.world.support())
    for name, someone in zip(ACTORS, people, strict=True):
        yield name, Caller(portal, someone)


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


def rows(database: Database, tenant: TenantWorld | None = None) -> dict[str, list[str]]:
    """Every row (of one tenant) by table, as text, without when a sign-in was last seen."""
    engine = create_engine(database.all_rows)
    with engine.connect() as connection:
        found = {
            name: sorted(
                str(_told(row))
                for row in connection.execute(text(f'SELECT * FROM "{name}"')).mappings()
                if tenant is None or _is_of(row, tenant)
            )
            for name in set(inspect(engine).get_table_names()) - NOT_COMPARED
        }
    engine.dispose()
    return found


def _told(row: Any) -> list[tuple[str, str]]:
    return [(name, repr(value)) for name, value in row.items() if name != "last_seen_at"]


def _is_of(row: Any, tenant: TenantWorld) -> bool:
    return str(row.get("tenant_id", "")).replace("-", "") == tenant.id.hex
