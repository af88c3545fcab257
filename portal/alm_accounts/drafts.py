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
from portal.jira.private_keys import make_key
from portal.kinds.shape import OAUTH1, Kind
from portal.store.tables import AlmAccount, CloudSite
from portal.store.work import Work

DEFAULT_BITS = 2048


def create_draft(work: Work, kind: Kind, slug: str, shared: SharedApp | None = None) -> UUID:
    """A new draft of this kind; returns its id.

    By application link it has a key pair made here and a consumer key proposed; on Jira Cloud an app, which
    is ``shared`` or the tenant's own, of which nothing is known yet.
    """
    # Before the transaction: it takes a tenth of a second.
    pair = make_key(DEFAULT_BITS) if kind.protocol == OAUTH1 else None
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
        if pair:
            session.add(new_row(session, work, row.id, pair, "current", propose_consumer_key(slug), "made"))
        else:
            app = shared_app_row(session, work, shared) if shared else new_app(session, work)
            session.add(CloudSite(tenant_id=work.tenant, account_id=row.id, app_id=app.id))
        return row.id


def propose_consumer_key(slug: str) -> str:
    """A consumer key nobody else in that Jira is likely to have."""
    return f"almoner-{slug}-{secrets.token_hex(3)}"


def _free_name(session: Session) -> str:
    taken = set(session.scalars(select(AlmAccount.name)))
    number = 1
    while (name := "Jira" if number == 1 else f"Jira {number}") in taken:
        number += 1
    return name
