"""Whether this process can do its work right now."""

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from portal.errors import StartRefused
from portal.store import schema
from portal.store.tables import RootCanary
from portal.store.vault import check_ring
from portal.store.work import OPERATOR, Store, Work


def look(store: Store) -> dict[str, bool]:
    """What was looked at and whether it is well: ``database``, ``schema``, ``root_key``."""
    return {"database": _writable(store), "schema": _fits(store), "root_key": _opens(store)}


def _writable(store: Store) -> bool:
    """Changes no row, yet needs all that a change needs: disk, lock, rights."""
    nothing = update(RootCanary).where(RootCanary.root_key_id == "").values(root_key_id="")
    try:
        with Work(store, None, OPERATOR).write() as session:
            session.execute(nothing)
    except SQLAlchemyError:
        return False
    return True


def _fits(store: Store) -> bool:
    try:
        schema.check_ready(store.engine)
    except (StartRefused, SQLAlchemyError):
        return False
    return True


def _opens(store: Store) -> bool:
    try:
        with Work(store, None, OPERATOR).read() as session:
            canaries = store.vault.canaries(session)
        store.vault.follow(canaries)
        check_ring(store.vault.ring, canaries)
    except (StartRefused, SQLAlchemyError):
        return False
    return True
