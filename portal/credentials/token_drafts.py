"""What people pasted and is not connected yet: kept sealed while something is wrong, and never sent back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal import clock
from portal.credentials.given import TypedToken
from portal.credentials.ways import methods_for
from portal.errors import FieldErrors, NotHere
from portal.kinds.methods import API_TOKENS
from portal.secret import Secret
from portal.store.tables import AlmAccount, TokenDraft
from portal.store.vault import get_secret, put_secret
from portal.store.work import Work

MOVED = (
    "Meanwhile an admin changed the address of this account to {address}. Look whether that is your Jira, "
    "and paste it again."
)


@dataclass(frozen=True)
class Typed:
    """What stands in a form; ``secret`` None keeps the one held."""

    method: str
    login: str
    secret: Secret | None
    ends_at: datetime | None


@dataclass(frozen=True)
class DraftView:
    """What is kept of a form, without its secret."""

    method: str
    login: str
    has_secret: bool
    ends_at: datetime | None


def draft_of(work: Work, account_id: UUID, user_id: UUID | None) -> DraftView | None:
    """What this holder typed and is not connected yet."""
    with work.read() as session:
        row = session.get(TokenDraft, (work.tenant, account_id, user_id or account_id))
        return DraftView(row.method, row.login, row.secret is not None, row.ends_at) if row else None


def keep_draft(work: Work, account_id: UUID, user_id: UUID | None, typed: Typed, address: str = "") -> None:
    """Keep what is right of a form, sealed.

    A secret held before goes with its method: a token is never sent as a password. Raises :class:`NotHere`
    for a method this account does not take, and :class:`FieldErrors` where ``address``, which the page named,
    is not the account's any more: nobody gives a password to a Jira they did not see.
    """
    with work.write() as session:
        account = session.get(AlmAccount, (work.tenant, account_id), with_for_update=True)
        if account is not None and address and account.base_url != address:
            raise FieldErrors({"secret": MOVED.format(address=account.base_url)})
        if typed.method not in methods_for(session, account_id, user_id):
            raise NotHere
        key = (work.tenant, account_id, user_id or account_id)
        row = session.get(TokenDraft, key)
        if row is None:
            row = TokenDraft(tenant_id=work.tenant, account_id=account_id, holder_id=key[2])
            session.add(row)
        elif row.method != typed.method and not {row.method, typed.method} <= API_TOKENS:
            row.secret = None
        row.method, row.login, row.ends_at, row.kept_at = (
            typed.method,
            typed.login,
            typed.ends_at,
            clock.now(),
        )
        if typed.secret is not None:
            put_secret(session, row, "secret", typed.secret)


def read_draft(session: Session, account_id: UUID, user_id: UUID | None) -> TypedToken:
    """What is kept, opened; :class:`NotHere` when nothing is that could be tried."""
    row = session.get(TokenDraft, (session.info["tenant_id"], account_id, user_id or account_id))
    if row is None or row.secret is None:
        raise NotHere
    return TypedToken(row.method, row.login, get_secret(session, row, "secret"), row.ends_at)


def drop_draft(session: Session, account_id: UUID, user_id: UUID | None) -> None:
    """Drop it within the caller's transaction."""
    holder_id = user_id or account_id
    mine = (TokenDraft.account_id == account_id) & (TokenDraft.holder_id == holder_id)
    session.execute(delete(TokenDraft).where(mine))
