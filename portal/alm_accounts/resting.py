"""Accounts that act by what a person gave: they go on when that person leaves, until Jira ends it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.credentials.views import CredentialView, views_of
from portal.kinds.methods import CONSENTS, TWO_LEGGED
from portal.people import users
from portal.store.tables import AlmAccount, Credential, Membership
from portal.store.work import Work

NAMELESS = "somebody who is gone"


@dataclass(frozen=True)
class Resting:
    """An account that acts by what a person gave. ``acts_as`` is its identity in Jira, ``by_token`` how.

    ``is_their_user``: it acts as the Jira user the person is connected as, whoever authorised it.
    """

    account_id: UUID
    name: str
    acts_as: str
    by_token: bool
    is_authorised_by_them: bool
    is_their_user: bool


def rests_on(work: Work, user_id: UUID) -> list[Resting]:
    """The accounts of the tenant that act by what this person gave, by name."""
    with work.read() as session:
        return resting_on(session, user_id)


def ended_of(work: Work, user_id: UUID) -> list[Resting]:
    """The accounts that acted by what this person gave until it ended: nothing serves them now."""
    with work.read() as session:
        found = [one for one, serves in _given(session, user_id) if not serves]
        return [one for one in found if one.is_authorised_by_them]


def resting_on(session: Session, user_id: UUID) -> list[Resting]:
    """The same within another transaction of the tenant's."""
    found = [one for one, serves in _given(session, user_id) if serves]
    return [one for one in found if one.is_authorised_by_them or one.is_their_user]


# The credential of a site belongs to no person, whoever entered it.
_of_somebody = Credential.method != TWO_LEGGED


def _given(session: Session, user_id: UUID) -> list[tuple[Resting, bool]]:
    """The own credential of every account as this person would leave it, and whether it serves."""
    of_account = (AlmAccount.tenant_id == Credential.tenant_id) & (AlmAccount.id == Credential.account_id)
    wanted = select(AlmAccount, Credential).join(Credential, of_account)
    own_ones = Credential.user_id.is_(None) & (Credential.state != "pending") & _of_somebody
    own = session.execute(wanted.where(own_ones).order_by(AlmAccount.name)).all()
    of_person = (Credential.user_id == user_id) & (Credential.state == "active")
    theirs = session.execute(wanted.where(of_person)).all()
    identities = {(account.base_url, credential.jira_key) for account, credential in theirs}
    views = views_of(session, [credential for _, credential in own])
    return [
        (
            Resting(
                account_id=account.id,
                name=account.name,
                acts_as=view.display_name,
                by_token=view.method not in CONSENTS,
                is_authorised_by_them=credential.connected_by == user_id,
                is_their_user=(account.base_url, credential.jira_key) in identities,
            ),
            view.serves,
        )
        for (account, credential), view in zip(own, views, strict=True)
    ]


def gone_authors(work: Work, own: Iterable[CredentialView]) -> dict[UUID, str]:
    """Of the people who authorised these credentials of accounts, those who belong to the tenant no longer:
    names by id."""
    authors = {view.connected_by for view in own if view.method != TWO_LEGGED}
    with work.read() as session:
        here = (Membership.tenant_id == work.tenant) & Membership.user_id.in_(authors)
        gone = authors - set(session.scalars(select(Membership.user_id).where(here)))
    names = users.names(work, gone)
    return {user_id: names.get(user_id, NAMELESS) for user_id in gone}
