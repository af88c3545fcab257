"""What hangs on ALM accounts, read for all at once: a list takes as many statements as one account."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal import clock
from portal.credentials.views import CredentialView, views_of
from portal.store.tables import CloudSite, Credential, Grant, OauthApp, SigningKey


@dataclass(frozen=True)
class Parts:
    """Of one account: its signing keys by stage, its site and app, the credentials a page shows, and how many
    people are connected."""

    keys: Mapping[str, SigningKey]
    site: CloudSite | None
    app: OauthApp | None
    own: CredentialView | None
    pending: CredentialView | None
    mine: CredentialView | None
    people: int


def parts_of(session: Session, account_ids: Collection[UUID], user_id: UUID | None) -> dict[UUID, Parts]:
    """The parts of each account; ``mine`` is the credential of ``user_id``."""
    keys, sites = _keys(session, account_ids), _sites(session, account_ids)
    credentials, people = _credentials(session, account_ids, user_id), _people(session, account_ids)
    found = {}
    for account_id in account_ids:
        site, app = sites.get(account_id, (None, None))
        views = credentials[account_id]
        own = [view for view in views if view.user_id is None]
        found[account_id] = Parts(
            keys=keys[account_id],
            site=site,
            app=app,
            own=next((view for view in own if view.state != "pending"), None),
            pending=next((view for view in own if view.state == "pending"), None),
            mine=next((view for view in views if view.user_id is not None), None),
            people=people.get(account_id, 0),
        )
    return found


def _keys(session: Session, account_ids: Collection[UUID]) -> dict[UUID, dict[str, SigningKey]]:
    keys: dict[UUID, dict[str, SigningKey]] = defaultdict(dict)
    for key in session.scalars(select(SigningKey).where(SigningKey.account_id.in_(account_ids))):
        keys[key.account_id][key.stage] = key
    return keys


def _sites(session: Session, account_ids: Collection[UUID]) -> dict[UUID, tuple[CloudSite, OauthApp]]:
    of_site = (OauthApp.tenant_id == CloudSite.tenant_id) & (OauthApp.id == CloudSite.app_id)
    wanted = select(CloudSite, OauthApp).join(OauthApp, of_site).where(CloudSite.account_id.in_(account_ids))
    return {site.account_id: (site, app) for site, app in session.execute(wanted)}


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


def _people(session: Session, account_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many people's credentials serve, by account: as :attr:`CredentialView.serves` says of one."""
    of_grant = (Grant.tenant_id == Credential.tenant_id) & (Grant.id == Credential.grant_id)
    wanted = (
        select(Credential.account_id, func.count(Credential.id).label("connected"))
        .outerjoin(Grant, of_grant)
        .where(Credential.account_id.in_(account_ids), Credential.user_id.is_not(None))
        .where(Credential.state == "active", or_(Credential.grant_id.is_(None), Grant.state == "active"))
        .where(or_(Credential.expires_at.is_(None), Credential.expires_at > clock.now()))
        .group_by(Credential.account_id)
    )
    return {row.account_id: row.connected for row in session.execute(wanted)}
