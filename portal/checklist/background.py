"""Runs beside the requests of a process: a page begins one, shows what came so far, and does not wait.

One tenant has one turn at a time, so that its hanging Jiras hold up nobody else's checklist.
"""

import threading
from collections.abc import Collection
from contextlib import ExitStack
from functools import cached_property
from uuid import UUID

import structlog

from portal.checklist import runs
from portal.checklist.leases import kept
from portal.credentials.registry import Registry
from portal.store.work import Work

log = structlog.get_logger("almoner.checklist")

RUNS_AT_ONCE = 3


class Background:
    """Threads of one process for runs; more of them wait for their turn."""

    def __init__(self, registry: Registry) -> None:
        self._for_pages = registry
        self._turn = threading.BoundedSemaphore(RUNS_AT_ONCE)
        self._turns_of_tenants: dict[UUID, threading.Lock] = {}

    @cached_property
    def _registry(self) -> Registry:
        """The way out of threads that no page waits for; accounts' ceilings hold for them too."""
        return self._for_pages.apart()

    def start(self, work: Work, account_id: UUID, rows: Collection[str] | None = None) -> bool:
        """Begin a run that a person asked for; False while another one is under way.

        Raises :class:`NotHere` for an account that is gone.
        """
        run_id = runs.begin(work, account_id, runs.PERSON, rows)
        if run_id is not None:
            threading.Thread(target=self._run, args=(work, run_id), name="checklist", daemon=True).start()
        return run_id is not None

    def _run(self, work: Work, run_id: UUID) -> None:
        try:
            with ExitStack() as turn:
                with kept(work, run_id):
                    # Its tenant's first: who waits for that one takes no turn from others.
                    turn.enter_context(self._turns_of_tenants.setdefault(work.tenant, threading.Lock()))
                    turn.enter_context(self._turn)
                runs.perform(work, self._registry, run_id)
        except Exception:  # nobody waits for this thread who could be told
            log.exception("run_broke_off", run_id=str(run_id))
