"""What is waited for where a token that can be had once would be lost otherwise (T49)."""

import pytest
from psycopg.errors import DataCorrupted, DeadlockDetected, InFailedSqlTransaction, ReadOnlySqlTransaction
from sqlalchemy.exc import IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.errors import SecretUnreadable
from portal.store import patience
from portal.store.patience import patiently

PASSING = {
    "a deadlock": OperationalError("UPDATE", {}, DeadlockDetected("deadlock detected")),
    "a closed connection": InterfaceError("UPDATE", {}, Exception("the connection is closed")),
    "a server that takes over": InternalError("UPDATE", {}, ReadOnlySqlTransaction("read-only transaction")),
    "a full pool": PoolTimeout("no room"),
    "a root key of another process": SecretUnreadable(),
}
LASTING = {
    "another was faster": IntegrityError("INSERT", {}, Exception("unique")),
    "a mistake of ours": KeyError("name"),
    "a transaction that failed before": InternalError("SELECT", {}, InFailedSqlTransaction("aborted")),
    "damage": InternalError("SELECT", {}, DataCorrupted("invalid page")),
}


class Transaction:
    """Fails so often, then works."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.left, self.tries = error, times, 0

    def __call__(self) -> str:
        self.tries += 1
        if self.tries <= self.left:
            raise self.error
        return "kept"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize("what", PASSING)
def test_what_passes_is_tried_again(what: str) -> None:
    transaction = Transaction(PASSING[what], 3)
    assert (patiently(transaction), transaction.tries) == ("kept", 4)


@pytest.mark.parametrize("what", PASSING)
def test_what_does_not_pass_in_time_is_raised(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "SECONDS", -1.0)
    with pytest.raises(type(PASSING[what])):
        patiently(Transaction(PASSING[what], 1))


@pytest.mark.parametrize("what", LASTING)
def test_what_would_meet_the_next_try_too_is_raised_at_once(what: str) -> None:
    transaction = Transaction(LASTING[what], 1)
    with pytest.raises(type(LASTING[what])):
        patiently(transaction)
    assert transaction.tries == 1
