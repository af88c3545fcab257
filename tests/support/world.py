"""Tenants and people for tests. Every one is new and has a name of its own, so nothing needs cleaning."""

from dataclasses import dataclass, replace
from secrets import token_hex
from uuid import UUID, uuid4

from argon2 import PasswordHasher

from portal import clock
from portal.secret import Secret
from portal.store.tables import Membership, Tenant, User
from portal.store.vault import put_secret
from portal.store.work import OPERATOR, Actor, Store, Work
from tests.support import canaries, factors

# The least Argon2 takes: tests sign in often, and its cost is the point of it elsewhere.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(frozen=True)
class Someone:
    """A person with a password; ``totp`` is the secret in their app where they have a second factor."""

    name: str
    email: str
    password: str
    user_id: UUID
    totp: str = ""

    @property
    def actor(self) -> Actor:
        """The person as the one who acts."""
        return Actor("person", self.user_id)


@dataclass(frozen=True)
class TenantWorld:
    """A tenant, its people, and a stranger: the admin of another tenant (``other``)."""

    store: Store
    id: UUID
    slug: str
    name: str
    admin: Someone
    member: Someone
    second: Someone
    other: "TenantWorld | None" = None

    @property
    def stranger(self) -> Someone:
        """Admin of another tenant."""
        assert self.other is not None
        return self.other.admin

    def path(self, rest: str = "") -> str:
        """A path inside the tenant: ``path("boards")`` is ``/t/<slug>/boards``."""
        return f"/t/{self.slug}/{rest}"

    def work(self, person: Someone | None = None) -> Work:
        """The person (or the operator) at work in this tenant."""
        return Work(self.store, self.id, person.actor if person else OPERATOR)


class World:
    """Makes tenants and people in a store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def tenant(self, name: str = "Acme") -> TenantWorld:
        """A tenant with admin, member, second member, and a stranger from another one."""
        return self._tenant(name, self._tenant("Elsewhere", None))

    def _tenant(self, name: str, other: TenantWorld | None) -> TenantWorld:
        tenant_id, slug = uuid4(), f"{name.lower()}-{token_hex(4)}"
        admin, member, second = (_someone(first) for first in ("Ada Admin", "Mel Member", "Sam Second"))
        # In one transaction: every test waits for this.
        with Work(self.store, tenant_id, OPERATOR).write() as session:
            session.add(Tenant(id=tenant_id, slug=slug, name=f"{name} {slug[-4:]}", created_at=clock.now()))
            session.add_all(_user(someone) for someone in (admin, member, second))
            session.flush()
            self.store.vault.add_tenant_key(session, tenant_id)
            roles = (admin, "admin"), (member, "member"), (second, "member")
            session.add_all(_membership(someone, tenant_id, role) for someone, role in roles)
        return TenantWorld(self.store, tenant_id, slug, f"{name} {slug[-4:]}", admin, member, second, other)

    def person(self, name: str = "Nora Nobody", *, is_support: bool = False) -> Someone:
        """A person who belongs to no tenant yet."""
        someone = _someone(name)
        with Work(self.store, None, OPERATOR).write() as session:
            session.add(_user(someone, is_support=is_support))
        return someone

    def support(self) -> Someone:
        """One of the support staff, who have a second factor or see nothing."""
        return self.with_factor(self.person("Sue Support", is_support=True))

    def with_factor(self, someone: Someone) -> Someone:
        """The same person, who has a second factor now."""
        secret = factors.new_secret()
        with Work(self.store, None, OPERATOR).write() as session:
            user = session.get_one(User, someone.user_id)
            put_secret(session, user, "totp_secret", Secret(secret))
            user.totp_since, user.totp_step = clock.now(), 0
        return replace(someone, totp=secret)

    def join(self, someone: Someone, tenant_id: UUID, role: str = "member") -> None:
        """Make the person a member of the tenant."""
        with Work(self.store, None, OPERATOR).write() as session:
            session.add(_membership(someone, tenant_id, role))


def _someone(name: str) -> Someone:
    email = f"{name.split(maxsplit=1)[0].lower()}-{token_hex(4)}@example.org"
    return Someone(name, email, canaries.new("password"), uuid4())


def _user(someone: Someone, *, is_support: bool = False) -> User:
    return User(
        id=someone.user_id,
        email=someone.email,
        email_key=someone.email,
        name=someone.name,
        password_hash=CHEAP.hash(someone.password),
        is_support=is_support,
        created_at=clock.now(),
    )


def _membership(someone: Someone, tenant_id: UUID, role: str) -> Membership:
    return Membership(tenant_id=tenant_id, user_id=someone.user_id, role=role, joined_at=clock.now())
