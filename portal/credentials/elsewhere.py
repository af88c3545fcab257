"""The operator's shared app in two tenants: one Atlassian account can have its grant in one of them only.

A newer consent overrides the scopes of the older one and may end its tokens, so a second tenant is refused:
before leaving for Jira where the portal knows the person, at the callback where only the Atlassian account
tells.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.credentials.connections import App
from portal.credentials.doubt import renew_in_doubt
from portal.credentials.grants import Consent
from portal.credentials.registry import Registry
from portal.credentials.shared_grants import holder_elsewhere
from portal.store.tables import Credential, Grant, Membership, OauthApp
from portal.store.work import NOBODY, Work

ENDED_ELSEWHERE = "consent_elsewhere"


def has_grant(work: Work, app: App) -> bool:
    """Whether the person at work has a grant for the shared app in another of their tenants."""
    if not app.is_shared:
        return False
    with work.within(None).read() as session:
        tenants = session.scalars(select(Membership.tenant_id).where(Membership.user_id == work.user_id))
        others = [tenant_id for tenant_id in tenants if tenant_id != work.tenant]
    return any(_has_grant_in(work.within(tenant_id), app) for tenant_id in others)


def _has_grant_in(work: Work, app: App) -> bool:
    same_app = (OauthApp.tenant_id == Grant.tenant_id) & (OauthApp.id == Grant.app_id)
    same_grant = (Grant.tenant_id == Credential.tenant_id) & (Grant.id == Credential.grant_id)
    wanted = (
        select(Grant.id)
        .join(Credential, same_grant)
        .join(OauthApp, same_app)
        .where(OauthApp.client_id == app.client_id, OauthApp.is_shared, Grant.state == "active")
        .where(Credential.connected_by == work.user_id)
    )
    with work.read() as session:
        return session.scalars(wanted).first() is not None


def look_after(work: Work, registry: Registry, consent: Consent) -> None:
    """Renew the other tenant's grant at once: only that tells whether this consent has ended it."""
    with work.read() as session:
        tenant_id = holder_elsewhere(session, consent.app, consent.me)
    if tenant_id is None:
        return
    there = Work(work.store, tenant_id, NOBODY)
    with there.read() as session:
        found = _grant_there(session, consent)
    if found is None:
        return
    renew_in_doubt(there, registry, found, ENDED_ELSEWHERE)


def _grant_there(session: Session, consent: Consent) -> UUID | None:
    same_app = (OauthApp.tenant_id == Grant.tenant_id) & (OauthApp.id == Grant.app_id)
    wanted = (
        select(Grant.id)
        .join(OauthApp, same_app)
        .where(OauthApp.client_id == consent.app.client_id, OauthApp.is_shared)
        .where(Grant.provider_account == consent.me.account_id, Grant.state == "active")
    )
    return session.scalars(wanted).first()
