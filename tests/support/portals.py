"""The portal on a real socket, in this process."""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any

from flask import Flask, session
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from portal.app import create_app
from portal.config import Settings
from portal.people import sign_ins
from portal.start import open_store, prepare
from portal.store.tables import SignIn
from portal.store.work import NOBODY, Store, Work
from portal.web.sign_in import enter
from tests.support import canaries
from tests.support.databases import Database
from tests.support.world import Someone, World

# The practice Jira stands on localhost, by plain http, on a port of its own choosing.
PRACTICE: dict[str, Any] = {
    "outbound_networks": "127.0.0.0/8 ::1/128",
    "plain_http_hosts": "localhost 127.0.0.1",
    "outbound_deadline": 5,
    # All people of the tests come from one network.
    "sign_in_tries": 1000,
}


AGENT = "python-requests"
# A hundred portals are made in a run, and each would compile the same templates. By their contents, for good.
COMPILED = FileSystemBytecodeCache()


class _Client(FlaskClient):
    """Asks for the portal's address, as a browser would; any other is refused."""

    base_url: str

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("base_url", self.base_url)
        return super().open(*args, **kwargs)


class Portal:
    """A running portal: ``base_url``, ``settings``, ``store``, ``app`` and its log."""

    def __init__(self, settings: Settings, app: Flask) -> None:
        self.settings = settings
        self.base_url = settings.base_url
        self.app = app
        self.store: Store = app.extensions["almoner"].store
        self.world = World(self.store)
        self._log: list[str] = []
        self.catch_log()

    def client(self, app: Flask | None = None) -> FlaskClient:
        """A test client that asks for the portal's own address."""
        client = _Client(app or self.app)
        client.base_url = self.base_url
        return client

    def cookies_of(self, someone: Someone) -> dict[str, str]:
        """What the browser of somebody holds who has just signed in."""
        return {name: morsel.value for name, morsel in self.cookie_of(someone).items()}

    def cookie_of(self, someone: Someone) -> SimpleCookie:
        """The same, with what the portal says of it."""
        nobody = Work(self.store, None, NOBODY)
        token, started = sign_ins.start_for(nobody, someone.user_id, AGENT, "127.0.0.1")
        if started.awaits_second:  # the code's own step is walked where it is tested
            with nobody.write() as session:
                session.get_one(SignIn, started.id).awaits_second = False
        with self.app.test_request_context(base_url=self.base_url):
            enter(token)
            return self._cookie_of_session()

    def cookies_of_session(self) -> dict[str, str]:
        """What a browser is given of the session of this request; nothing where it did not change."""
        return {name: morsel.value for name, morsel in self._cookie_of_session().items()}

    def _cookie_of_session(self) -> SimpleCookie:
        answer = self.app.make_response("")
        self.app.session_interface.save_session(self.app, session, answer)
        return SimpleCookie(answer.headers.get("Set-Cookie", ""))

    def another_process(self) -> Flask:
        """The portal once more on the same database, sharing nothing in memory."""
        app = make_app(self.settings)
        self.catch_log()
        return app

    def catch_log(self) -> None:
        """Write the log into this object, where tests read it."""
        handler = logging.getLogger().handlers[0]
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(self)  # type: ignore[arg-type]

    def write(self, text: str) -> int:
        """Take a piece of log, as a stream does."""
        self._log.append(text)
        return len(text)

    def flush(self) -> None:
        """A stream has it; nothing is buffered here."""

    def log_text(self) -> str:
        """Everything logged so far."""
        return "".join(self._log)

    def get_log(self, event: str | None = None) -> list[dict[str, Any]]:
        """The log's lines as dicts, only those of ``event`` if given."""
        lines = [json.loads(line) for line in self.log_text().splitlines() if line.startswith("{")]
        return [line for line in lines if event in (None, line.get("event"))]


def make_app(settings: Settings) -> Flask:
    """``create_app`` with a store of its own."""
    app = create_app(settings, store=open_store(settings))
    app.config["TESTING"] = False
    app.jinja_env.bytecode_cache = COMPILED
    return app


@contextmanager
def serve(database: Database, **more: Any) -> Iterator[Portal]:
    """The portal over HTTP on a free port of 127.0.0.1. ``more``: further settings."""
    server = make_server("127.0.0.1", 0, lambda environ, start: [], threaded=True)
    settings = database.settings(base_url=f"http://127.0.0.1:{server.server_port}", **PRACTICE, **more)
    prepare(settings)
    portal = Portal(settings, make_app(settings))
    server.app = portal.app
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        portal.store.engine.dispose()
    canaries.assert_none_in(portal.log_text(), "the log")
