"""Fields no form has: another tenant's ids, another person's, a higher role. Nothing reads them (T02, T04).

And a change whose line in the record cannot be written is no change (T54).
"""

from typing import Any, cast

import pytest
from sqlalchemy.exc import OperationalError

from portal.store.tables import User
from portal.web.access import Access, access_of
from tests.house.test_odd_input import FIELDS
from tests.house.test_routes import FOR_PEOPLE
from tests.support import routes
from tests.support.databases import Database
from tests.support.portals import Portal
from tests.support.routes import Caller, ids_of
from tests.support.samples import account
from tests.support.world import TenantWorld

pytestmark = pytest.mark.own_database

ROLES = ("memberships", "support_visits", "support_requests")


def forged(tenant: TenantWorld) -> dict[str, str]:
    """What an attacker would add to a form; the rest is in order, so that it is not refused for that."""
    other = cast(TenantWorld, tenant.other)
    return FIELDS | {
        "role": "admin",
        "is_support": "true",
        "is_admin": "true",
        "tenant": other.slug,
        "slug": other.slug,
        "tenant_id": str(other.id),
        "user_id": str(other.admin.user_id),
        "made_by": str(other.admin.user_id),
        "granted_by": str(other.admin.user_id),
        "account_id": str(account(other)),
        "email": other.admin.email,
        "state": "active",
        "saved_at": "2026-01-01",
        "second_factor_required": "false",
        "support_access": "always",
    }


def test_forged_fields_change_nothing(portal: Portal, database: Database) -> None:
    """Sent by a member to whatever a member may press: nobody's role is another one, and nothing of the other
    tenant has changed."""
    tenant = portal.world.tenant()
    other = cast(TenantWorld, tenant.other)
    extra = forged(tenant)
    pressed = 0
    before = routes.rows(database, other, is_whole=False)
    roles = rights(database, tenant)
    for route in FOR_PEOPLE:
        mark = access_of(portal.app, route.rule.endpoint)
        if route.method == "GET" or mark in (Access.ADMIN, Access.SUPPORT):
            continue
        if route.rule.endpoint == "tenants.leave":
            continue  # that is a change of the member's own
        caller = Caller(portal, None if mark is Access.PUBLIC else tenant.member)
        fields = {"csrf_token": caller.token, **extra}
        answer = caller.client.post(caller.path(route, ids_of(route, tenant)), data=fields)
        assert answer.status_code < 500, route
        assert rights(database, tenant) == roles, route
        pressed += 1
    assert pressed > 15
    assert routes.rows(database, other, is_whole=False) == before


def rights(database: Database, tenant: TenantWorld) -> list[Any]:
    """Who may do what, anywhere."""
    found = routes.rows(database, tenant)
    names = list(User.__table__.c.keys())
    told = [names.index(name) for name in ("id", "email", "is_support", "disabled_at")]
    return [[found[name] for name in ROLES], [[row[one] for one in told] for row in found["users"]]]


def test_without_its_line_in_the_record_nothing_changes(
    portal: Portal, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = portal.world.tenant()
    admin = Caller(portal, tenant.admin)
    before = routes.rows(database, tenant)

    def fails(row: object) -> bytes:
        raise OperationalError("INSERT INTO audit_events", {}, Exception("disk full"))

    monkeypatch.setattr("portal.audit.log.digest", fails)
    fields = {"csrf_token": admin.token, "role": "admin"}
    path = tenant.path(f"people/{tenant.member.user_id}/role")
    assert admin.client.post(path, data=fields).status_code == 503
    assert routes.rows(database, tenant) == before
    monkeypatch.undo()
    assert admin.client.post(path, data=fields).status_code == 303
    assert routes.rows(database, tenant) != before
