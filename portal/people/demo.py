"""The people of a practice installation. Making them again changes nothing."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from sqlalchemy import select

from portal.people import memberships, passwords, tenants, users
from portal.store.tables import Tenant
from portal.store.work import Store, Work

SLUG, NAME = "acme", "Acme Instruments"
PEOPLE = (
    ("ada@acme.example", "Ada Admin", memberships.ADMIN),
    ("mia@acme.example", "Mia Member", memberships.MEMBER),
    ("ben@acme.example", "Ben Member", memberships.MEMBER),
)


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to sign in as. ``password`` is None when the person has changed it since."""

    name: str
    email: str
    role: str
    password: str | None


def make_demo(work: Work) -> list[DemoPerson]:
    """Tenant ``acme`` with an admin and two members, as far as they are not there yet; who they are."""
    with work.read() as session:
        tenant_id = session.scalar(select(Tenant.id).where(Tenant.slug == SLUG))
    work = work.within(tenant_id or tenants.make_tenant(work, SLUG, NAME).id)
    return [_person(work, *person) for person in PEOPLE]


def _person(work: Work, email: str, name: str, role: str) -> DemoPerson:
    password = _password(work.store, email)
    with work.read() as session:
        known = users.by_email(session, email)
        stored = known.password_hash if known else None
    if known is not None:
        return DemoPerson(name, email, role, password if passwords.verify(stored, password) else None)
    new_hash = passwords.hashed(password)
    with work.write() as session:
        user = users.add(session, work, email=email, name=name, password_hash=new_hash, how="demo")
        memberships.join(session, work, user, role)
    return DemoPerson(name, email, role, password)


def _password(store: Store, email: str) -> str:
    """The same at every start and another in every installation: it comes from the root key."""
    oldest = store.vault.derive("demo passwords")[-1]
    text = base64.b32encode(hmac.digest(oldest, email.encode(), hashlib.sha256)).decode().lower()
    return "-".join(text[start : start + 4] for start in (0, 4, 8, 12))
