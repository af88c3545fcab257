"""The list of Atlassian accounts about which personal data is kept here for an app to report: ids and dates.

An app reports everybody whose name is kept for an ALM account that goes by it, by consent or by a token they
pasted. The list is portal-wide, since one app may serve several tenants. What each tenant holds it finds out
itself, from its credentials; the daily work (:mod:`portal.credentials.reporting`) holds the list to that.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from portal.jira.client import Identity
from portal.kinds import KINDS
from portal.store.tables import AccountApp, AccountToReport, AlmAccount, Credential, Grant, OauthApp
from portal.store.upsert import insert_into
from portal.store.work import now_of

CYCLE = timedelta(days=7)
# What is stored now was fetched within this time: a change in between must not be taken for seen.
FETCHED_WITHIN = timedelta(minutes=1)
CLOUD_KINDS = tuple(name for name, kind in KINDS.items() if kind.is_cloud)


def fetched(session: Session, account_id: UUID, identity: Identity) -> None:
    """Who somebody is was just asked for this ALM account: note it if an app at Atlassian has to report it,
    and keep one name only.

    What another tenant keeps by the same shared app is as old as before, so there the older date counts.
    """
    with_app = (OauthApp.tenant_id == AccountApp.tenant_id) & (OauthApp.id == AccountApp.app_id)
    of_account = (AccountApp.account_id == account_id) & AccountApp.account_id.in_(_at_cloud())
    app = session.scalars(select(OauthApp).join(AccountApp, with_app).where(of_account)).first()
    if app is None or app.client_id is None:
        return
    same = (Credential.jira_key == identity.key) & Credential.account_id.in_(_at_cloud())
    name, email = identity.display_name, identity.email
    # No row is held that is right already: two who test at once as the same account wait for nobody.
    other = (Credential.jira_display_name != name) | (Credential.jira_email != email)
    renamed = update(Credential).where(same, other)
    session.execute(renamed.values(jira_display_name=name, jira_email=email))
    asked_at = now_of(session) - FETCHED_WITHIN
    note(session, app.client_id, identity.key, asked_at, keep_older=app.is_shared)


def _at_cloud() -> Select[UUID]:
    return select(AlmAccount.id).where(AlmAccount.kind.in_(CLOUD_KINDS))


def note(
    session: Session, client_id: str, provider_account: str, data_at: datetime, *, keep_older: bool = False
) -> None:
    """Data of this account is as of ``data_at``, or with ``keep_older`` of the date listed already. First
    reported a cycle later: until then it is fresh, and whoever goes and comes back is not reported twice
    within one."""
    first = insert_into(session, AccountToReport).values(
        client_id=client_id,
        provider_account=provider_account,
        data_at=data_at,
        due_at=now_of(session) + cycle_of(session, client_id),
    )
    keys = ["client_id", "provider_account"]
    if keep_older:
        session.execute(first.on_conflict_do_nothing(index_elements=keys))
    else:
        session.execute(first.on_conflict_do_update(index_elements=keys, set_={"data_at": data_at}))


def cycle_of(session: Session, client_id: str) -> timedelta:
    """The cycle Atlassian named last to this app."""
    reported = (AccountToReport.client_id == client_id) & AccountToReport.reported_at.is_not(None)
    newest = select(AccountToReport).where(reported).order_by(AccountToReport.reported_at.desc()).limit(1)
    row = session.scalars(newest).first()
    return row.due_at - row.reported_at if row and row.reported_at else CYCLE


def holdings() -> Select[*tuple[Any, ...]]:
    """What the session's tenant holds of Atlassian accounts for ALM accounts that go by an app: one row per
    credential, whatever its method; without a grant where it is a token."""
    with_app = (OauthApp.tenant_id == AccountApp.tenant_id) & (OauthApp.id == AccountApp.app_id)
    of_grant = (Grant.tenant_id == Credential.tenant_id) & (Grant.id == Credential.grant_id)
    tenant = Credential.tenant_id
    return (
        select(
            OauthApp.client_id,
            OauthApp.id.label("app_id"),
            Credential.jira_key,
            Credential.id,
            Credential.connected_at,
            Grant.id.label("grant_id"),
            Grant.state,
            Grant.scopes,
        )
        .join(AlmAccount, (AlmAccount.tenant_id == tenant) & (AlmAccount.id == Credential.account_id))
        .join(AccountApp, (AccountApp.tenant_id == tenant) & (AccountApp.account_id == AlmAccount.id))
        .join(OauthApp, with_app)
        .outerjoin(Grant, of_grant)
        .where(AlmAccount.kind.in_(CLOUD_KINDS))
        .where(Credential.jira_key != "", OauthApp.client_id.is_not(None))
        .order_by(Credential.connected_at)
    )


def forget_unheld(session: Session, client_id: str, provider_account: str) -> None:
    """Take an account off the list when nothing is held of it any more in the session's tenant.

    Should another tenant hold some by the same app, the daily work puts it back. Of those held by a token
    alone the daily work takes off who is gone.
    """
    theirs = (OauthApp.client_id == client_id) & (Credential.jira_key == provider_account)
    if session.execute(holdings().where(theirs).limit(1)).first() is None:
        session.execute(delete(AccountToReport).where(*_named(client_id, provider_account)))


def _named(client_id: str, provider_account: str) -> tuple[Any, ...]:
    same = AccountToReport.provider_account == provider_account
    return AccountToReport.client_id == client_id, same


def clients_of(session: Session, provider_account: str) -> Iterable[str]:
    """The apps that report this account for the session's tenant."""
    return {
        row.client_id for row in session.execute(holdings().where(Credential.jira_key == provider_account))
    }
