from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.errors import FieldErrors, Refused
from portal.people import tenants
from portal.store.tables import Tenant
from portal.store.work import OPERATOR, Work
from tests.people.helpers import events


@pytest.fixture
def operator(store):
    return Work(store, None, OPERATOR)


def slug() -> str:
    return f"made-{clock.now():%H%M%S%f}"


def test_made_tenant_can_hold_secrets(operator):
    made = tenants.make_tenant(operator, slug(), "Made")
    work = operator.within(made.id)
    with work.write() as session:
        vault = session.info["vault"]
        assert vault.newest_key(session)
    assert events(work) == ["tenant.made"]
    assert events(operator, made.id) == ["tenant.made"]
    assert tenants.by_slug(operator, made.slug) == made


def test_slug_is_taken_once(operator, tenant):
    with pytest.raises(Refused):
        tenants.make_tenant(operator, tenant.slug, "Another")


@pytest.mark.parametrize("bad_slug, name", [("Not A Slug", "Name"), ("good-slug", "")])
def test_nothing_is_made_of_bad_input(operator, bad_slug, name):
    with operator.read() as session:
        before = session.scalar(select(func.count()).select_from(Tenant))
    with pytest.raises(FieldErrors):
        tenants.make_tenant(operator, bad_slug, name)
    with operator.read() as session:
        assert session.scalar(select(func.count()).select_from(Tenant)) == before


def test_membership_by_slug(nobody, tenant, world):
    assert tenants.membership_by_slug(nobody, tenant.slug, tenant.admin.user_id).role == "admin"
    found = tenants.membership_by_slug(nobody, tenant.slug, tenant.member.user_id)
    assert (found.role, found.tenant.id) == ("member", tenant.id)
    assert tenants.membership_by_slug(nobody, tenant.slug, tenant.stranger.user_id) is None
    assert tenants.membership_by_slug(nobody, tenant.slug, world.support().user_id) is None
    assert tenants.membership_by_slug(nobody, "never-existed", tenant.admin.user_id) is None


@pytest.mark.parametrize("column", ["suspended_at", "deleted_at"])
def test_closed_tenant_is_told_to_its_own_and_entered_by_nobody(nobody, tenant, column):
    """T06."""
    with nobody.write() as session:
        setattr(session.get(Tenant, tenant.id), column, clock.now() + timedelta(days=7))
    assert tenants.membership_by_slug(nobody, tenant.slug, tenant.admin.user_id).tenant.is_closed
    assert [one.tenant.is_closed for one in tenants.tenants_of(nobody, tenant.admin.user_id)] == [True]
    assert tenants.membership_by_slug(nobody, tenant.slug, tenant.stranger.user_id) is None
    assert not tenants.has_member(nobody.within(tenant.id), tenant.admin.user_id)


def test_tenants_of_somebody_in_two(nobody, tenant, world):
    world.join(tenant.member, tenant.other.id, "admin")
    found = tenants.tenants_of(nobody, tenant.member.user_id)
    assert {(one.tenant.slug, one.role) for one in found} == {
        (tenant.slug, "member"),
        (tenant.other.slug, "admin"),
    }


def test_unknown_slug_for_the_operator(operator):
    with pytest.raises(Refused):
        tenants.by_slug(operator, "never-existed")
