"""By which methods a holder connects now: as the account's kind says, or the kind it is being made into.

``user_id`` None, or the purpose ``account``, is the account's own credential, which is set up by the new kind
while an account is being converted; people go on by the kind that serves.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from portal.errors import NotHere
from portal.kinds import KINDS
from portal.store.tables import AlmAccount, Conversion


def consent_method(session: Session, account_id: UUID, purpose: str) -> str:
    """The protocol of the consent page for a flow of this purpose; :class:`NotHere` where there is none.

    An account that is being converted is set up by its new kind; people go on by the one that serves.
    """
    account = session.get(AlmAccount, (session.info["tenant_id"], account_id))
    if account is None:
        raise NotHere
    kind = kind_in_set_up(session, account) if purpose == "account" else account.kind
    method = KINDS[kind].consent
    if method is None:
        raise NotHere
    return method


def kind_in_set_up(session: Session, account: AlmAccount) -> str:
    """The kind the account is being made into, where it is being converted; else its own."""
    conversion = session.get(Conversion, (account.tenant_id, account.id))
    return conversion.to_kind if conversion and conversion.switched_at is None else account.kind


def methods_for(session: Session, account_id: UUID, user_id: UUID | None) -> tuple[str, ...]:
    """The methods by which this holder may paste something now; :class:`NotHere` where there is none.

    An account that is being converted is set up by its new kind, and nobody starts by the former one.
    """
    account = session.get(AlmAccount, (session.info["tenant_id"], account_id))
    if account is None:
        raise NotHere
    kind = KINDS[kind_in_set_up(session, account) if user_id is None else account.kind]
    ways = kind.account_by if user_id is None else kind.person_by
    methods = tuple(method for method in kind.tokens if method in ways)
    if not methods:
        raise NotHere
    return methods
