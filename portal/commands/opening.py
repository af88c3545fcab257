"""Opening what a command works with, closed again when it ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from portal.config import Settings
from portal.start import open_store
from portal.store.engine import make_engine
from portal.store.generations import wait_until_seen
from portal.store.work import OPERATOR, Store, Work


@contextmanager
def opened(settings: Settings) -> Iterator[Work]:
    """The operator at work in no tenant; raises :class:`~portal.errors.StartRefused` as the start does.

    When it ends, no process of the portal goes by the state before it any more.
    """
    store = open_store(settings)
    try:
        yield Work(store, None, OPERATOR)
        wait_until_seen()
    finally:
        store.engine.dispose()


@contextmanager
def opened_as_owner(settings: Settings) -> Iterator[Work]:
    """The same as the owner of the tables, for what the portal's own role may not do."""
    with opened(settings) as work:
        store = Store(make_engine(settings.owner_database), work.store.vault)
        try:
            yield Work(store, None, OPERATOR)
        finally:
            store.engine.dispose()
