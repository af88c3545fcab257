"""Everybody who may stand before the portal, and where each of them may come in.

Who lost a right is signed in first and loses it then: what they get is what the very next request gets.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import update

from portal import clock
from portal.audit import visits
from portal.people import memberships, sign_ins
from portal.store.tables import SignIn, Tenant, User
from portal.store.work import OPERATOR, Work
from portal.web.access import Access
from tests.support.portals import Portal
from tests.support.routes import Caller
from tests.support.world import Someone, TenantWorld

# Who comes in, by mark: the standings of the roles below.
COMES_IN = {
    Access.PUBLIC: {"nobody", "stranger", "shut out", "member", "admin", "support"},
    Access.SIGNED_IN: {"stranger", "shut out", "member", "admin", "support"},
    Access.MEMBER: {"member", "admin"},
    Access.ADMIN: {"admin"},
    Access.SUPPORT: {"support"},
}


@dataclass(frozen=True)
class Role:
    """Somebody: ``standing`` is what they are to the tenant, ``enter`` makes them at their browser."""

    name: str
    standing: str
    enter: Callable[[Portal, TenantWorld], Caller]


def expected(standing: str, mark: Access) -> int | None:
    """With which status somebody is kept out of a page with this mark; None for who may come in."""
    assert mark in COMES_IN, f"tests/wall/roles.py: COMES_IN does not say who comes in where it says {mark!r}"
    if standing in COMES_IN[mark]:
        return None
    if standing == "nobody":
        return 303
    is_told = mark in (Access.MEMBER, Access.ADMIN) and standing in ("member", "shut out")
    return 403 if is_told else 404


def _joined(portal: Portal, tenant: TenantWorld, role: str) -> tuple[Someone, Caller]:
    someone = portal.world.person()
    portal.world.join(someone, tenant.id, role)
    return someone, Caller(portal, someone)


def _signed_out(portal: Portal, tenant: TenantWorld) -> Caller:
    someone, caller = _joined(portal, tenant, "admin")
    work = Work(tenant.store, None, someone.actor)
    with work.write() as session:
        sign_ins.end_all(session, work, someone.user_id, "ended_by_person")
    return caller


def _half_in(portal: Portal, tenant: TenantWorld) -> Caller:
    """The password was right, and the code of the second factor is asked for."""
    someone, caller = _joined(portal, tenant, "admin")
    portal.world.with_factor(someone)
    with Work(tenant.store, None, OPERATOR).write() as session:
        session.execute(update(SignIn).where(SignIn.user_id == someone.user_id).values(awaits_second=True))
    return caller


def _disabled(portal: Portal, tenant: TenantWorld) -> Caller:
    someone, caller = _joined(portal, tenant, "admin")
    _change(tenant, User, someone.user_id, disabled_at=clock.now())
    return caller


def _removed(portal: Portal, tenant: TenantWorld) -> Caller:
    someone, caller = _joined(portal, tenant, "admin")
    work = tenant.work(tenant.admin)
    with work.write() as session:
        memberships.remove(session, work, someone.user_id, "removed")
    return caller


def _demoted(portal: Portal, tenant: TenantWorld) -> Caller:
    someone, caller = _joined(portal, tenant, "admin")
    memberships.change_role(tenant.work(tenant.admin), someone.user_id, "member")
    return caller


def _suspended(portal: Portal, tenant: TenantWorld) -> Caller:
    """An admin of the tenant. It must be a tenant of the role's own."""
    caller = Caller(portal, tenant.admin)
    _change(tenant, Tenant, tenant.id, suspended_at=clock.now())
    return caller


def _support(portal: Portal, tenant: TenantWorld) -> Caller:
    return Caller(portal, portal.world.support())


def _on_visit(portal: Portal, tenant: TenantWorld) -> Caller:
    someone = portal.world.support()
    actor = replace(someone.actor, kind="support")
    visits.open_visit(Work(tenant.store, None, actor), tenant.id, "A question about it")
    return Caller(portal, someone)


def _once_support(portal: Portal, tenant: TenantWorld) -> Caller:
    """Left the staff in the middle of a visit."""
    someone = portal.world.support()
    visits.open_visit(Work(tenant.store, None, someone.actor), tenant.id, "A question about it")
    caller = Caller(portal, someone)
    _change(tenant, User, someone.user_id, is_support=False)
    return caller


def _change(tenant: TenantWorld, table: type[User] | type[Tenant], row_id: UUID, **values: object) -> None:
    with Work(tenant.store, None, OPERATOR).write() as session:
        session.execute(update(table).where(table.id == row_id).values(**values))


ROLES = (
    Role("nobody", "nobody", lambda portal, tenant: Caller(portal, None)),
    Role("signed out", "nobody", _signed_out),
    Role("half in", "nobody", _half_in),
    Role("disabled", "nobody", _disabled),
    Role("stranger", "stranger", lambda portal, tenant: Caller(portal, portal.world.tenant().admin)),
    Role("removed", "stranger", _removed),
    Role("suspended tenant", "shut out", _suspended),
    Role("once support", "stranger", _once_support),
    Role("member", "member", lambda portal, tenant: Caller(portal, tenant.member)),
    Role("demoted", "member", _demoted),
    Role("admin", "admin", lambda portal, tenant: Caller(portal, tenant.admin)),
    Role("support", "support", _support),
    Role("support on a visit", "support", _on_visit),
)
