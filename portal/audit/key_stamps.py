"""When program keys were last used: stamped with a batch of the use ledger, in no transaction of its own."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from portal.store.generations import STAMP
from portal.store.tables import ProgramKey


def stamp_keys(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Stamp the keys of the programs among these uses with the last of them, forwards only.

    Keys are held in the order of their ids, before the chain of the audit. Nothing that processes remember of
    a key changes, so nobody forgets it.
    """
    used: dict[UUID, datetime] = {}
    for row in rows:
        if row["actor_kind"] == "program":
            used[row["actor_id"]] = max(used.get(row["actor_id"], row["at"]), row["at"])
    for key_id, at in sorted(used.items()):
        is_older = or_(ProgramKey.last_used_at.is_(None), ProgramKey.last_used_at < at)
        stamp = update(ProgramKey).where(ProgramKey.id == key_id, is_older).values(last_used_at=at)
        session.execute(stamp.execution_options(**{STAMP: True}, synchronize_session=False))
