"""Which tenant has an Atlassian account's grant for the operator's shared app: one at a time, since a newer
consent narrows or ends the older one.
"""

import hashlib
import hmac
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.credentials.connections import App
from portal.errors import PortalError
from portal.jira.atlassian import Me
from portal.store.tables import Grant, OauthApp, SharedGrant
from portal.store.vault import Vault


class AccountElsewhere(PortalError):
    """Another tenant took this Atlassian account's grant for the shared app in the same moment."""


def holder_elsewhere(session: Session, app: App, me: Me) -> UUID | None:
    """The other tenant that has this Atlassian account's grant for the shared app, if one has."""
    if not app.is_shared:
        return None
    hashes = account_hashes(session, me.account_id)
    wanted = select(SharedGrant.tenant_id).where(
        SharedGrant.client_id == app.client_id, SharedGrant.account_hash.in_(hashes)
    )
    tenants = set(session.scalars(wanted)) - {session.info["tenant_id"]}
    return next(iter(tenants), None)


def account_hashes(session: Session, provider_account: str) -> list[bytes]:
    """Keyed hashes of an Atlassian account, by the newest root key first; nobody can try ids against them."""
    vault: Vault = session.info["vault"]
    account = provider_account.encode()
    return [hmac.digest(key, account, hashlib.sha256) for key in vault.derive("shared grants")]


def claim_account(session: Session, tenant_id: UUID, app: App, me: Me) -> None:
    """Note that this tenant has the account's grant; :class:`AccountElsewhere` for the slower of two."""
    vault: Vault = session.info["vault"]
    vault.keep_up(session)  # all processes note it by the same key
    account_hash = account_hashes(session, me.account_id)[0]
    key = (app.client_id, account_hash)
    if known := session.get(SharedGrant, key):
        if known.tenant_id != tenant_id:
            raise AccountElsewhere
        return
    try:
        with session.begin_nested():
            session.add(SharedGrant(client_id=key[0], account_hash=key[1], tenant_id=tenant_id))
    except IntegrityError:
        raise AccountElsewhere from None


def free_account(session: Session, row: Grant) -> None:
    """Another tenant may have the account's grant from now on."""
    app = session.get(OauthApp, (row.tenant_id, row.app_id))
    if app is not None and app.is_shared:
        hashes = account_hashes(session, row.provider_account)
        own = (SharedGrant.tenant_id == row.tenant_id) & (SharedGrant.client_id == app.client_id)
        session.execute(delete(SharedGrant).where(own, SharedGrant.account_hash.in_(hashes)))
