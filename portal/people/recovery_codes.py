"""Recovery codes: each stands in for the second factor once, when the phone is lost.

The portal keeps their hash only. With 80 random bits none can be guessed, so a fast hash will do.
"""

import base64
import re
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.people.tokens import digest
from portal.secret import Secret
from portal.store.tables import RecoveryCode

HOW_MANY = 10
BYTES = 10
GROUP = 4
FORM = re.compile("[a-z2-7]{16}")  # ten bytes in base 32


def renew(session: Session, user_id: UUID) -> list[Secret]:
    """Ten new codes in the place of all there were, as the person writes them down."""
    drop(session, user_id)
    codes = [base64.b32encode(secrets.token_bytes(BYTES)).decode().lower() for _ in range(HOW_MANY)]
    now = clock.now()
    session.add_all(
        RecoveryCode(user_id=user_id, code_hash=digest(Secret(code)), made_at=now) for code in codes
    )
    return [Secret("-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))) for code in codes]


def drop(session: Session, user_id: UUID) -> None:
    """All codes of the person work no longer."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def has_form(typed: str) -> bool:
    """Whether somebody typed what may be a recovery code, with blanks and hyphens or without."""
    return FORM.fullmatch(re.sub(r"[\s-]", "", typed).lower()) is not None


def use(session: Session, user_id: UUID, typed: str) -> bool:
    """Whether this is a code not used yet; it is used now. ``typed``: without blanks and hyphens."""
    is_it = RecoveryCode.code_hash == digest(Secret(typed.lower()))
    unused = update(RecoveryCode).where(
        RecoveryCode.user_id == user_id, is_it, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(unused.values(used_at=clock.now()).returning(RecoveryCode.user_id)) is not None


def count(session: Session, user_id: UUID) -> tuple[int, datetime | None]:
    """How many are not used yet, and when they were made."""
    of_person = RecoveryCode.user_id == user_id
    left = select(func.count()).select_from(RecoveryCode).where(of_person, RecoveryCode.used_at.is_(None))
    made_at = session.scalar(select(RecoveryCode.made_at).where(of_person).limit(1))
    return session.scalar(left) or 0, made_at
