"""A door with a room behind it: addresses that only say who came in."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, Response, jsonify, request, session
from flask.testing import FlaskClient
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadGateway, ImATeapot
from werkzeug.test import TestResponse

from portal.api.door import api, json_body
from portal.errors import NotAllowed, PortalBusy, PortalFull, Refused, SecretUnreadable
from portal.programs.keys import WRITE_DELIVERIES
from portal.programs.limits import Limited
from portal.web import access
from portal.web.documents import Problem
from portal.web.place import program, work
from tests.support.delivery_rows import delivering_account
from tests.support.portals import Portal
from tests.support.programs import Key
from tests.support.relayed import Relayed, relayed
from tests.support.world import TenantWorld

ERRORS: dict[str, Callable[[], Exception]] = {
    "problem": lambda: Problem("items-invalid", errors=[{"pointer": "/a", "detail": "b", "remedy": "c"}]),
    "known": lambda: Problem("not-connected", "It has ended.", "Connect again."),
    "same-moment": lambda: StaleDataError("UPDATE deliveries"),
    "teapot": lambda: ImATeapot(),
    "gateway": lambda: BadGateway(),
    "not-allowed": lambda: NotAllowed("You may not."),
    "refused": lambda: Refused("First do that."),
    "busy": lambda: PortalBusy(7),
    "full": lambda: PortalFull(7),
    "key-limit": lambda: Limited("key", 0.01),
    "tenant-limit": lambda: Limited("tenant", 2.5),
    "account-limit": lambda: Limited("account", 60),
    "unreadable": lambda: SecretUnreadable(),
    "unexpected": lambda: ZeroDivisionError("the password is cnry"),
}
room = api("room")


@room.route("/alm-accounts/<uuid:account_id>/echo", methods=["GET", "POST"])
@access.program(WRITE_DELIVERIES)
def echo(account_id: UUID) -> Response:
    """Who is at work, and how much they sent."""
    actor = work().actor
    size = len(json_body()) if request.method == "POST" else 0
    return jsonify(kind=actor.kind, key=program().key_id, tenant=work().tenant, account=account_id, size=size)


@room.get("/errors/<name>")
@access.program(WRITE_DELIVERIES)
def fail(name: str) -> Response:
    """What goes wrong by itself."""
    raise ERRORS[name]()


@room.get("/session")
@access.program(WRITE_DELIVERIES)
def write_session() -> Response:
    """What no address for programs may do."""
    session["seen"] = "yes"
    return jsonify()


@room.get("/for-people")
@access.member
def for_people() -> Response:
    """A mark that does not hold here."""
    return jsonify()


class Door:
    """Calls of the room."""

    def __init__(self, portal: Portal, app: Flask) -> None:
        self.portal = portal
        self.app = app
        self.client: FlaskClient = portal.client(app)

    def call(self, path: str, key: Key | None = None, method: str = "GET", **more: Any) -> TestResponse:
        """A request to ``/api/v1/…``."""
        headers = {**(key.header if key else {}), **more.pop("headers", {})}
        return self.client.open(f"/api/v1/{path}", method=method, headers=headers, **more)

    def post(self, path: str, key: Key | None, body: bytes, **more: Any) -> TestResponse:
        """Send JSON."""
        return self.call(path, key, "POST", data=body, content_type="application/json", **more)


@pytest.fixture(scope="session")
def room_app(portal: Portal) -> Flask:
    """The portal once more, with the room."""
    app = portal.another_process()
    app.register_blueprint(room)
    return app


@pytest.fixture
def door(portal: Portal, room_app: Flask) -> Door:
    """A program that has no cookies."""
    return Door(portal, room_app)


@pytest.fixture
def account_id(tenant: TenantWorld) -> UUID:
    """An account that delivers."""
    return delivering_account(tenant)


@pytest.fixture(scope="session")
def relay() -> Iterator[Relayed]:
    """The portal under gunicorn on SQLite, with a Jira that does what a test says."""
    with relayed() as running:
        yield running
