"""The program keys by which programs can act for people who allow it."""

from uuid import UUID

from sqlalchemy import select

from portal import clock
from portal.programs.keys import READ_CREDENTIALS, READ_PROXY, WRITE_PROXY
from portal.store.tables import ProgramKey, ProgramKeyAccount
from portal.store.work import Work

ACTING = frozenset({READ_CREDENTIALS, READ_PROXY, WRITE_PROXY})


def acting_keys(work: Work, account_id: UUID) -> list[str]:
    """The names of the live keys by which a program can act for people at this account, each once."""
    same = (ProgramKeyAccount.tenant_id == ProgramKey.tenant_id) & (ProgramKeyAccount.key_id == ProgramKey.id)
    is_live = ProgramKey.revoked_at.is_(None) & (ProgramKey.ends_at > clock.now())
    wanted = (
        select(ProgramKey.name, ProgramKey.operations)
        .join(ProgramKeyAccount, same)
        .where(ProgramKeyAccount.account_id == account_id, is_live)
    )
    with work.read() as session:
        return sorted({row.name for row in session.execute(wanted) if ACTING & set(row.operations)})
