"""What uses of the ledger can be filtered by: the programs of an account, and the accounts of a program."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from portal.store.tables import AlmAccount, ProgramKey, ProgramKeyAccount
from portal.store.work import Work

Pairs = list[tuple[str, str]]


def programs_of(work: Work, account_id: UUID) -> Pairs:
    """Ids and names of the program keys that were made for an account, also those that are over, by name."""
    wanted = select(ProgramKey.id, ProgramKey.name).join(
        ProgramKeyAccount, ProgramKeyAccount.key_id == ProgramKey.id
    )
    with work.read() as session:
        rows = session.execute(wanted.where(ProgramKeyAccount.account_id == account_id)).all()
    return _sorted((row.id, row.name) for row in rows)


def accounts_of(work: Work, key_id: UUID) -> Pairs:
    """Ids and names of the accounts that a program key was made for, by name."""
    wanted = select(AlmAccount.id, AlmAccount.name).join(
        ProgramKeyAccount, ProgramKeyAccount.account_id == AlmAccount.id
    )
    with work.read() as session:
        rows = session.execute(wanted.where(ProgramKeyAccount.key_id == key_id)).all()
    return _sorted((row.id, row.name) for row in rows)


def _sorted(found: Iterable[tuple[UUID, str]]) -> Pairs:
    return sorted(((str(one), name) for one, name in found), key=lambda pair: pair[1].casefold())
