"""Entering into the use ledger what a credential was used for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from uuid import UUID

from portal.credentials.registry import Registry
from portal.jira.answers import JiraTrouble
from portal.store.work import Work


class Counts(Protocol):
    """What counts the calls it makes."""

    @property
    def calls(self) -> int:
        """How many were begun."""
        ...


@contextmanager
def entered(
    work: Work,
    registry: Registry,
    account_id: UUID,
    credential_id: UUID,
    holder_id: UUID | None,
    counts: Counts,
) -> Iterator[None]:
    """Enter one use into the ledger when it ends, if a call was made, with the JiraTrouble that ended it.

    ``holder_id``: whose credential it is, None for the account's own.
    """
    code: str | None = None
    try:
        yield
    except JiraTrouble as trouble:
        code = str(trouble.code)
        raise
    finally:
        if counts.calls:
            registry.outbound.ledger.take(
                work,
                account_id=account_id,
                credential_id=credential_id,
                holder_id=holder_id,
                calls=counts.calls,
                code=code,
            )
