"""Making program keys, and second ones that take their place; the text of each can be had once."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import About, record
from portal.errors import FieldErrors, Refused
from portal.kinds import KINDS
from portal.people.tokens import digest
from portal.programs import key_texts
from portal.programs.keys import KeyAccount, KeyView, is_same_name, key_in
from portal.programs.typed_keys import Typed, Wanted, read, read_end
from portal.secret import Secret
from portal.store.tables import AlmAccount, ProgramKey, ProgramKeyAccount, Tenant
from portal.store.work import Work

MOST_OF_A_NAME = 2
NAME_TAKEN = (
    "Two keys of this name are live. A name, in capitals or not, has two at most, so that one can take the "
    "place of the other. Revoke one of them first."
)
NO_ACCOUNTS_LEFT = "The ALM accounts of this key were deleted. Make a new key for the accounts there are."


class MadeBefore(Refused):
    """The form was sent before: its key ``key_id`` was made and shown then, and is not made again."""

    def __init__(self, key_id: UUID) -> None:
        super().__init__("This form was sent before. Its key was made and shown then.")
        self.key_id = key_id


def choosable(work: Work) -> list[KeyAccount]:
    """The accounts a key can be made for: those that are set up, by name."""
    with work.read() as session:
        return _choosable(session)


def make(work: Work, key_id: UUID, typed: Typed) -> tuple[Secret, KeyView]:
    """Make the key that was typed; its text cannot be had again.

    ``key_id`` is the form's, and the key's own from here on, so that a form makes one key however often it
    is sent. Raises :class:`FieldErrors` with one sentence for each field that is wrong,
    and :class:`MadeBefore`.
    """
    with _once(work, key_id) as session:
        return _add(session, work, key_id, read(typed, _choosable(session, hold=True)))


def replace(work: Work, key_id: UUID, replaced_id: UUID, ends_on: str) -> tuple[Secret, KeyView]:
    """Make the key ``key_id`` that may do what another may, under the same name; the other works on until it
    is revoked or ends.

    Raises as :func:`make`, :class:`NotHere` where there is no such other key, and :class:`Refused` where
    none of its accounts is left.
    """
    with _once(work, key_id) as session:
        former = key_in(session, replaced_id)
        ids = {one.id for one in former.accounts}
        accounts = [one for one in _choosable(session, hold=True) if one.id in ids]
        if not accounts:
            raise Refused(NO_ACCOUNTS_LEFT)
        try:
            ends_at = read_end(ends_on)
        except ValueError as error:
            raise FieldErrors({"ends_on": str(error)}) from None
        may = {field: list(getattr(former, field)) for field in ("operations", "paths", "networks")}
        return _add(session, work, key_id, Wanted(former.name, accounts, ends_at=ends_at, **may))


@contextmanager
def _once(work: Work, key_id: UUID) -> Iterator[Session]:
    """A transaction that is the only one of the tenant to make a key, and this one for the first time."""
    with work.write() as session:
        session.get_one(Tenant, work.tenant, with_for_update={"key_share": True})
        if session.get(ProgramKey, (work.tenant, key_id)) is not None:
            raise MadeBefore(key_id)
        yield session


def _add(session: Session, work: Work, key_id: UUID, wanted: Wanted) -> tuple[Secret, KeyView]:
    _refuse_third(session, wanted.name)
    text = key_texts.new_text(work.tenant, key_id)
    row = ProgramKey(id=key_id, name=wanted.name, token_hash=digest(text), ends_at=wanted.ends_at)
    row.operations, row.paths, row.networks = wanted.operations, wanted.paths, wanted.networks
    row.made_by, row.made_at = work.user_id, clock.now()
    session.add(row)
    session.flush()
    session.add_all(ProgramKeyAccount(key_id=key_id, account_id=one.id) for one in wanted.accounts)
    ends = row.ends_at.date().isoformat()
    for account in wanted.accounts:  # a line for each, so that it is found by the account
        about = About(account_id=account.id, subject_id=key_id)
        record(session, work, "program_key.made", **about, ends=ends, operations=row.operations)
    session.flush()
    return text, key_in(session, key_id)


def _refuse_third(session: Session, name: str) -> None:
    is_live = ProgramKey.revoked_at.is_(None) & (ProgramKey.ends_at > clock.now())
    live = session.scalars(select(ProgramKey.name).where(is_live))
    if sum(is_same_name(name, other) for other in live) >= MOST_OF_A_NAME:
        raise FieldErrors({"name": NAME_TAKEN})


def _choosable(session: Session, *, hold: bool = False) -> list[KeyAccount]:
    """Held, none of them is deleted before the transaction ends."""
    wanted = select(AlmAccount).where(AlmAccount.saved_at.is_not(None)).order_by(AlmAccount.id)
    rows = session.scalars(wanted.with_for_update(read=True, key_share=True) if hold else wanted)
    found = [KeyAccount(row.id, row.name, KINDS[row.kind], row.read_only) for row in rows]
    return sorted(found, key=lambda one: one.name)
