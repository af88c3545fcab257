"""A portal of the test's own, and the commands its operator runs beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from click.testing import CliRunner

from portal import cli
from portal.config import Settings
from portal.start import open_store
from portal.store.work import NOBODY, Store, Work
from tests.support.databases import Database
from tests.support.portals import Portal, make_app

MAIL = {"smtp_url": "smtp://127.0.0.1:9", "mail_from": "almoner@example.org"}


@dataclass
class Operator:
    """Runs commands on a database, and opens processes that serve it."""

    database: Database
    settings: Settings
    monkeypatch: pytest.MonkeyPatch
    opened: list[Store] = field(default_factory=list)

    def run(self, *words: object, code: int = 0) -> str:
        """What the command prints; the test fails when it does not exit with ``code``."""
        self.monkeypatch.setattr(cli, "read_settings", lambda: self.settings)
        done = CliRunner().invoke(cli.main, [str(word) for word in words])
        assert done.exit_code == code, f"{done.output}\n{done.exception!r}"
        assert "Traceback" not in done.output
        return done.output

    def change(self, **settings: object) -> None:
        """Run what follows with other settings."""
        self.settings = self.settings.model_copy(update=settings)

    def process(self, settings: Settings | None = None) -> Store:
        """A store as another process holds it."""
        self.opened.append(open_store(settings or self.settings))
        return self.opened[-1]

    def server(self) -> Portal:
        """A server process."""
        portal = Portal(self.settings, make_app(self.settings))
        self.opened.append(portal.store)
        return portal

    def work(self) -> Work:
        """The portal at work, in a process of its own."""
        return Work(self.process(), None, NOBODY)


@pytest.fixture
def operator(empty_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    """An operator whose portal is set up."""
    made = Operator(empty_database, empty_database.settings(**MAIL), monkeypatch)
    made.run("init")
    yield made
    for store in made.opened:
        store.engine.dispose()
