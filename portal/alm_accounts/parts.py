"""What hangs on ALM accounts, read for all at once: a list takes as many statements as one account."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.credentials.views import CredentialView, views_of, working
from portal.store.tables import (
    AccountApp,
    AlmAccount,
    Certificate,
    CloudSite,
    Conversion,
    Credential,
    DeliveryWay,
    OauthApp,
    SigningKey,
)


@dataclass(frozen=True)
class Parts:
    """Of one account: its signing keys by stage, its site and app, the conversion under way, the certificate
    last seen, the way of its deliveries, the credentials a page shows, and how many people are connected."""

    keys: Mapping[str, SigningKey]
    site: CloudSite | None
    app: OauthApp | None
    conversion: Conversion | None
    certificate: Certificate | None
    way: DeliveryWay | None
    own: CredentialView | None
    pending: CredentialView | None
    mine: CredentialView | None
    people: int


def parts_of(session: Session, account_ids: Collection[UUID], user_id: UUID | None) -> dict[UUID, Parts]:
    """The parts of each account; ``mine`` is the credential of ``user_id``."""
    keys, singles = _keys(session, account_ids), _singles(session, account_ids)
    credentials, people = _credentials(session, account_ids, user_id), _people(session, account_ids)
    found = {}
    for account_id in account_ids:
        views = credentials[account_id]
        own = [view for view in views if view.user_id is None]
        found[account_id] = Parts(
            keys=keys[account_id],
            **singles[account_id],
            own=next((view for view in own if view.state != "pending"), None),
            pending=next((view for view in own if view.state == "pending"), None),
            mine=next((view for view in views if view.user_id is not None), None),
            people=people[account_id],
        )
    return found


def _keys(session: Session, account_ids: Collection[UUID]) -> dict[UUID, dict[str, SigningKey]]:
    keys: dict[UUID, dict[str, SigningKey]] = defaultdict(dict)
    for key in session.scalars(select(SigningKey).where(SigningKey.account_id.in_(account_ids))):
        keys[key.account_id][key.stage] = key
    return keys


def _singles(session: Session, account_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """What an account has one of at most, by its name in :class:`Parts`."""
    link = (AccountApp.tenant_id == AlmAccount.tenant_id) & (AccountApp.account_id == AlmAccount.id)
    app = (OauthApp.tenant_id == AccountApp.tenant_id) & (OauthApp.id == AccountApp.app_id)
    wanted = select(AlmAccount.id, OauthApp, CloudSite, Conversion, Certificate, DeliveryWay)
    wanted = wanted.outerjoin(AccountApp, link).outerjoin(OauthApp, app)
    for table in (CloudSite, Conversion, Certificate, DeliveryWay):
        same = (table.tenant_id == AlmAccount.tenant_id) & (table.account_id == AlmAccount.id)
        wanted = wanted.outerjoin(table, same)
    names = ("app", "site", "conversion", "certificate", "way")
    found = session.execute(wanted.where(AlmAccount.id.in_(account_ids)))
    return {account_id: dict(zip(names, rows, strict=True)) for account_id, *rows in found}


def _credentials(
    session: Session, account_ids: Collection[UUID], user_id: UUID | None
) -> dict[UUID, list[CredentialView]]:
    """The accounts' own and those of one person; other people's are counted only."""
    own, mine = Credential.user_id.is_(None), Credential.user_id == user_id
    wanted = select(Credential).where(Credential.account_id.in_(account_ids), or_(own, mine))
    found: dict[UUID, list[CredentialView]] = defaultdict(list)
    for view in views_of(session, session.scalars(wanted)):
        found[view.account_id].append(view)
    return found


def _people(session: Session, account_ids: Collection[UUID]) -> Counter[UUID]:
    """How many people's credentials work, by account."""
    return Counter(one.account_id for one in working(session, account_ids))
