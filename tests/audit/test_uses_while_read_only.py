"""A PostgreSQL that takes over for another takes no uses for a while: they are kept until it does (T49)."""

from typing import Any
from uuid import UUID

import pytest
from psycopg.errors import InFailedSqlTransaction, ReadOnlySqlTransaction
from sqlalchemy.exc import InternalError

from portal.audit import uses
from portal.audit.uses import Ledger
from portal.store.work import Actor, Work


class Batches:
    """Stands for the database: refuses with ``error`` until that is taken away."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        self.error: Exception | None = error
        self.taken: list[int] = []
        monkeypatch.setattr(uses, "write_batch", self._write)

    def _write(self, work: Work, batch_id: UUID, rows: list[Any], lost: int) -> None:
        if self.error:
            raise self.error
        self.taken += [len(rows), lost]


def use(ledger: Ledger) -> None:
    """One use by a person, of a tenant that is in no database."""
    work: Any = Work(None, UUID(int=4), Actor("person", UUID(int=3)))  # type: ignore[arg-type]
    ledger.take(
        work, account_id=UUID(int=1), credential_id=UUID(int=2), holder_id=UUID(int=3), calls=1, code=None
    )


def ledger_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> tuple[Ledger, Batches]:
    """A ledger that holds one use, which is written by hand."""
    batches, ledger = Batches(monkeypatch, InternalError("INSERT", {}, error)), Ledger()
    ledger.by_itself = False
    use(ledger)
    return ledger, batches


def test_what_waits_is_kept_and_written_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, batches = ledger_with(ReadOnlySqlTransaction("read-only transaction"), monkeypatch)
    assert not ledger.write() and not ledger.write()
    batches.error = None
    assert ledger.write() and batches.taken == [1, 0]


def test_what_is_refused_for_good_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, batches = ledger_with(InFailedSqlTransaction("aborted"), monkeypatch)
    assert ledger.write()
    batches.error = None
    assert ledger.write() and batches.taken == [0, 1]
