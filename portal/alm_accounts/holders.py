"""The people who have a connection to an ALM account, and whose does not work."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from portal.audit.reading import name_of, names_of
from portal.credentials.views import CredentialView, views_of
from portal.store.tables import Credential
from portal.store.work import Work

MOST_SHOWN = 20


@dataclass(frozen=True)
class Held:
    """A person's connection, by the name they have today."""

    name: str
    credential: CredentialView


@dataclass(frozen=True)
class Broken:
    """People's connections that do not work, the first :data:`MOST_SHOWN` by name; and how many there are of
    all."""

    shown: list[Held]
    count: int
    of: int


def of_account(work: Work, account_id: UUID) -> list[tuple[str, str]]:
    """Pairs of id and name, by name."""
    wanted = select(Credential.user_id).where(
        Credential.account_id == account_id, Credential.user_id.is_not(None)
    )
    with work.read() as session:
        ids = {one for one in session.scalars(wanted.distinct()) if one is not None}
        names = names_of(session, ids)
    return sorted(((str(one), name_of(names, one, "a person")) for one in ids), key=lambda pair: pair[1])


def broken(work: Work, account_id: UUID) -> Broken:
    """People's connections that do not work, as last seen."""
    wanted = select(Credential).where(Credential.account_id == account_id, Credential.user_id.is_not(None))
    with work.read() as session:
        views = views_of(session, session.scalars(wanted))
        found = [view for view in views if not view.works]
        names = names_of(session, {view.user_id for view in found if view.user_id})
    held = [Held(name_of(names, view.user_id, "a person"), view) for view in found if view.user_id]
    held.sort(key=lambda one: one.name)
    return Broken(held[:MOST_SHOWN], len(held), len(views))
