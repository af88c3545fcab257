"""That a run is under way is a lease, which its process begins anew while it lives."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import update

from portal.store.tables import CheckRun
from portal.store.work import Work, now_of

log = structlog.get_logger("almoner.checklist")

# So long after its process was stopped a run is called broken off, and another can begin.
LEASE = timedelta(seconds=30)
RENEW_EVERY_SECONDS = 5.0
# A thread that hangs for ever must not keep the account from another run as long.
LONGEST_SECONDS = 3600.0


@contextmanager
def kept(work: Work, run_id: UUID) -> Iterator[None]:
    """While the block lasts the run is under way, whether it waits for its turn or for a slow Jira."""
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(work, run_id, over), name="checklist-lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(work: Work, run_id: UUID, over: threading.Event) -> None:
    for _ in range(int(LONGEST_SECONDS / RENEW_EVERY_SECONDS)):
        if over.wait(RENEW_EVERY_SECONDS):
            return
        try:
            with work.write() as session:
                mine = update(CheckRun).where(CheckRun.id == run_id, CheckRun.ended_at.is_(None))
                session.execute(mine.values(lease_until=now_of(session) + LEASE))
        except Exception:  # as while the database is away for a moment: the next one may come in time
            log.exception("lease_not_renewed", run_id=str(run_id))
