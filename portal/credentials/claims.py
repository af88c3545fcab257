"""What the operator's shared app is noted by across tenants, hashed anew when another root key seals.

``shared_grants`` holds a keyed hash of each Atlassian account that has its grant in a tenant. Which key made
a hash is written nowhere; the account stands in the tenant's own grant, so that every hash can be made again.
"""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.credentials.shared_grants import account_hashes
from portal.store.tables import Grant, OauthApp, SharedGrant, Tenant
from portal.store.upsert import insert_into
from portal.store.vault import Vault
from portal.store.work import Work

AT_ONCE = 50  # grants of a transaction


def count(work: Work) -> Counter[str]:
    """How many hashes each root key of the ring has made, by its id."""
    found: Counter[str] = Counter()
    for place in _tenants(work):
        with place.read() as session:
            vault: Vault = session.info["vault"]
            for client_id, account in _shared(session):
                hashes = account_hashes(session, account)
                known = _known(session, place.tenant, client_id, hashes)
                by_hash = dict(zip(hashes, vault.ring.ids, strict=True))
                found.update(by_hash[one] for one in known)
    return found


def renew(work: Work) -> int:
    """Hash again what the active root key has not hashed; how many that were."""
    return sum(_renew_in(place) for place in _tenants(work))


def _tenants(work: Work) -> Iterator[Work]:
    with work.within(None).read() as session:
        tenants = session.scalars(select(SharedGrant.tenant_id).distinct()).all()
        known = session.scalars(select(Tenant.id).where(Tenant.id.in_(tenants))).all()
    return (work.within(tenant_id) for tenant_id in known)


def _shared(session: Session) -> list[tuple[str, str]]:
    same_app = (OauthApp.tenant_id == Grant.tenant_id) & (OauthApp.id == Grant.app_id)
    rows = select(OauthApp.client_id, Grant.provider_account).select_from(Grant).join(OauthApp, same_app)
    shared = rows.where(OauthApp.is_shared, OauthApp.client_id.is_not(None))
    return [(client_id or "", account) for client_id, account in session.execute(shared)]


def _known(session: Session, tenant_id: UUID, client_id: str, hashes: list[bytes]) -> list[bytes]:
    own = (SharedGrant.tenant_id == tenant_id) & (SharedGrant.client_id == client_id)
    return list(
        session.scalars(select(SharedGrant.account_hash).where(own, SharedGrant.account_hash.in_(hashes)))
    )


def _renew_in(work: Work) -> int:
    with work.read() as session:
        shared = _shared(session)
    batches = [shared[start : start + AT_ONCE] for start in range(0, len(shared), AT_ONCE)]
    return sum(_renew_some(work, batch) for batch in batches)


def _renew_some(work: Work, accounts: list[tuple[str, str]]) -> int:
    done = 0
    with work.write() as session:
        vault: Vault = session.info["vault"]
        vault.sealing_key(session)  # held: whoever retires a key waits
        for client_id, account in accounts:
            newest, *older = account_hashes(session, account)
            own = (SharedGrant.tenant_id == work.tenant) & (SharedGrant.client_id == client_id)
            gone = delete(SharedGrant).where(own, SharedGrant.account_hash.in_(older))
            if session.execute(gone.returning(SharedGrant.account_hash)).all():
                row = {"client_id": client_id, "account_hash": newest, "tenant_id": work.tenant}
                session.execute(insert_into(session, SharedGrant).values(row).on_conflict_do_nothing())
                done += 1
    return done
