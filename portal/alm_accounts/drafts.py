"""Drafts: an account exists from the first click on, with its callback URL and key pair (mission row A1)."""

import secrets
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts.apps import new_app, shared_app_row
from portal.alm_accounts.keys import new_row
from portal.audit.log import record
from portal.credentials.registry import SharedApp
from portal.jira.private_keys import SigningKey, make_key
from portal.kinds.cloud_delivery import APP_NAME
from portal.kinds.methods import OAUTH1, OAUTH2
from portal.kinds.shape import Kind
from portal.store.tables import AccountApp, AlmAccount, CloudSite, DeliveryWay
from portal.store.work import Work

DEFAULT_BITS = 2048


def create_draft(work: Work, kind: Kind, slug: str, shared: SharedApp | None = None) -> UUID:
    """A new draft of this kind; returns its id.

    By application link it has a key pair made here and a consumer key proposed; with OAuth 2.0 an app, which
    is ``shared`` or the tenant's own, of which nothing is known yet; on Jira Cloud a site; where it only
    sends, the way of what is sent.
    """
    pair = new_pair(kind)
    with work.write() as session:
        row = AlmAccount(
            id=uuid4(),
            tenant_id=work.tenant,
            kind=kind.name,
            name=_free_name(session),
            made_by=work.user_id,
            created_at=clock.now(),
        )
        session.add(row)
        session.flush()
        record(session, work, "account.drafted", account_id=row.id, kind=kind.name)
        if kind.is_cloud:
            session.add(CloudSite(tenant_id=work.tenant, account_id=row.id))
        if kind.only_sends:
            session.add(DeliveryWay(tenant_id=work.tenant, account_id=row.id, app_name=APP_NAME))
        add_client(session, work, row.id, kind, pair, propose_consumer_key(slug), shared)
        return row.id


def new_pair(kind: Kind) -> SigningKey | None:
    """The key pair an account of this kind signs with; it takes a tenth of a second, so no transaction."""
    return make_key(DEFAULT_BITS) if kind.consent == OAUTH1 else None


def add_client(
    session: Session,
    work: Work,
    account_id: UUID,
    kind: Kind,
    pair: SigningKey | None,
    consumer_key: str,
    shared: SharedApp | None,
) -> None:
    """What an account of this kind proves itself with: at a consent page, or by itself."""
    if pair:
        session.add(new_row(session, work, account_id, pair, "current", consumer_key, "made"))
    if kind.consent == OAUTH2 or kind.only_sends:
        app = shared_app_row(session, work, shared) if shared else new_app(session, work, kind)
        session.add(AccountApp(tenant_id=work.tenant, account_id=account_id, app_id=app.id))


def propose_consumer_key(slug: str) -> str:
    """A consumer key nobody else in that Jira is likely to have."""
    return f"almoner-{slug}-{secrets.token_hex(3)}"


def _free_name(session: Session) -> str:
    taken = set(session.scalars(select(AlmAccount.name)))
    number = 1
    while (name := "Jira" if number == 1 else f"Jira {number}") in taken:
        number += 1
    return name
