"""What else rests on the consent of a credential that is about to go: that keeps its tokens (design, 4).

Atlassian keeps one consent for an app and an Atlassian account, and removing access there ends all of it.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select

from portal.credentials.acting_as import holder
from portal.store.tables import AlmAccount, Credential, Grant
from portal.store.work import Work


def rests_beside(
    work: Work, account_id: UUID, user_id: UUID | None, *, only_pending: bool = False
) -> list[str]:
    """In words, what stays connected by the same consent when the credential of this holder goes: the
    account's own (``user_id`` None) or a person's."""
    going = (Credential.account_id == account_id) & holder(user_id)
    return _rests_beside(work, going & (Credential.state == "pending") if only_pending else going, user_id)


def rests_beside_account(work: Work, account_id: UUID) -> list[str]:
    """The same when a whole account goes."""
    return _rests_beside(work, Credential.account_id == account_id)


def _rests_beside(work: Work, going: ColumnElement[bool], whose: UUID | None = None) -> list[str]:
    of_account = (AlmAccount.tenant_id == Credential.tenant_id) & (AlmAccount.id == Credential.account_id)
    with work.read() as session:
        gone = session.execute(select(Credential.id, Credential.grant_id).where(going)).all()
        alive = select(Grant.id).where(Grant.id.in_([row.grant_id for row in gone]), Grant.state == "active")
        others = (
            select(AlmAccount.name, Credential.user_id, Credential.state)
            .join(AlmAccount, of_account)
            .where(Credential.grant_id.in_(alive), Credential.id.not_in([row.id for row in gone]))
            .order_by(AlmAccount.name, Credential.user_id)
        )
        words = [_words(work, whose, *other) for other in session.execute(others)]
    return list(dict.fromkeys(words))


def _words(work: Work, whose: UUID | None, account: str, user_id: UUID | None, state: str) -> str:
    if user_id is None:
        waits = " that waits to be confirmed" if state == "pending" else ""
        return f"the connection of {account} itself{waits}"
    if user_id == work.actor.user_id:
        return f"your own connection to {account}"
    if user_id == whose:
        return f"their own connection to {account}"
    return f"another person's connection to {account}"


def sentence(resting: Sequence[str], place: str) -> str:
    """Why the tokens stay, and what removing access at ``place`` would do; empty where nothing rests on."""
    if not resting:
        return ""
    *others, last = resting
    named = f"{', '.join(others)} and {last}" if others else last
    rest, that = ("rest", "them") if others else ("rests", "that")
    return (
        f"The tokens stay, because {named} {rest} on the same consent. Removing access at "
        f"{place} ends {that} too."
    )
