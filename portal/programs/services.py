"""What a process holds for programs: who lets them in, what is remembered, limits, and the way out."""

from datetime import timedelta
from functools import cached_property
from uuid import UUID

from portal.config import Settings
from portal.credentials.ready_rows import ReadyRows
from portal.credentials.registry import Registry
from portal.jira.relay import Relay
from portal.programs.entering import Doorkeeper, ProgramInUse
from portal.programs.limits import Limits
from portal.store.generations import Generations
from portal.store.hot_secrets import HotSecrets
from portal.store.work import Store


class ProgramServices:
    """One per process."""

    def __init__(self, store: Store, registry: Registry, settings: Settings) -> None:
        self.generations = Generations(store)
        self.doorkeeper = Doorkeeper(store, self.generations)
        self.rows = ReadyRows(store, self.generations, settings.remembered_rows)
        self.secrets = HotSecrets(store)
        self.deadline = timedelta(seconds=settings.proxy_seconds)
        self.clock_offsets: dict[UUID, int] = {}  # of the accounts whose Jira's clock is another
        self._registry = registry
        self._settings = settings

    @cached_property
    def relay(self) -> Relay:
        """The way out; its connections are opened after the fork, as they are needed."""
        return Relay(self._registry.outbound.wire)

    @cached_property
    def _limits(self) -> Limits:
        return Limits(self._settings.instance / "limits")

    def count(self, program: ProgramInUse, account_id: UUID | None) -> None:
        """Count a request. Raises :class:`~portal.programs.limits.Limited` for one too many."""
        asked = [
            ("key", program.key_id, self._settings.key_requests),
            ("tenant", program.tenant_id, self._settings.tenant_requests),
        ]
        if account_id is not None:
            asked.append(("account", account_id, self._settings.account_requests))
        self._limits.take_each(*asked)
