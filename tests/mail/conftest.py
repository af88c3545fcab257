"""A portal with a mail server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from portal.config import Settings
from portal.handlers import Tools
from portal.mail.smtp import server_of
from portal.start import open_store, prepare
from portal.store.work import NOBODY, Store, Work
from portal.worker import do_one
from tests.support.databases import Database
from tests.support.portals import Portal, serve
from tests.support.post import PostOffice, post_office

SENDER = "almoner@example.org"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """A mail server that takes everything."""
    with post_office() as running:
        yield running


def mail_settings(office: PostOffice, **changes: Any) -> dict[str, Any]:
    """Settings of a portal that sends through it."""
    return {"smtp_url": f"smtp://{office.host}:{office.port}", "mail_from": SENDER, **changes}


@dataclass
class Mailing:
    """A portal that sends mail, without its pages; ``work_off`` does what is due."""

    settings: Settings
    store: Store

    @property
    def work(self) -> Work:
        """The portal at work in no tenant."""
        return Work(self.store, None, NOBODY)

    def work_off(self, **changes: Any) -> None:
        """Do all that is due now, as a worker with these settings."""
        settings = self.settings.model_copy(update=changes)
        tools = Tools(settings, self.store, None, server_of(settings))  # type: ignore[arg-type]
        for _ in range(100):
            if not do_one(tools):
                return
        raise AssertionError("it does not end")


@pytest.fixture
def mailing(empty_database: Database, office: PostOffice) -> Iterator[Mailing]:
    """A portal of the test's own with a mail server."""
    settings = empty_database.settings(**mail_settings(office))
    prepare(settings)
    made = Mailing(settings, open_store(settings))
    yield made
    made.store.engine.dispose()


@pytest.fixture
def mail_portal(empty_database: Database, office: PostOffice) -> Iterator[Portal]:
    """The portal over HTTP with a mail server."""
    with serve(empty_database, **mail_settings(office)) as running:
        yield running


@pytest.fixture
def deliver_mail(mail_portal: Portal) -> Callable[[], None]:
    """Does what is due, as the worker next to the pages would."""
    return Mailing(mail_portal.settings, mail_portal.store).work_off
