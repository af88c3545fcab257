"""Tables: which belong to a tenant, and that the tenant leads every one of their keys."""

import pytest
from sqlalchemy import LargeBinary, Table, UniqueConstraint

from portal.store.base import Base, Sealed, TenantOwned, UtcDateTime
from portal.store.tables import PORTAL_WIDE

TENANTS = {
    mapper.local_table.name: mapper.local_table
    for mapper in Base.registry.mappers
    if issubclass(mapper.class_, TenantOwned)
}
# Bytes that are no secret: hashes, which tell nothing about what they were made of.
HASHES = frozenset(
    {
        "token_hash",
        "reset_hash",
        "email_hash",
        "code_hash",
        "previous_hash",
        "last_hash",
        "hash",
        "digest",
        "account_hash",
        "body_hash",
        "about_hash",
    }
)


def test_every_table_is_a_tenants_or_on_the_list() -> None:
    everything = set(Base.metadata.tables)
    assert everything - set(TENANTS) == PORTAL_WIDE
    assert not set(TENANTS) & PORTAL_WIDE


def test_the_list_is_closed() -> None:
    assert {
        "tenants",
        "users",
        "memberships",
        "sign_ins",
        "flow_lookups",
        "recovery_codes",
        "support_visits",
        "support_requests",
        "portal_audit_events",
        "portal_audit_segments",
        "audit_index",
        "root_canaries",
        "generations",
        "shared_grants",
        "shared_points",
        "accounts_to_report",
        "due_work",
        "mails",
        "tries",
    } == PORTAL_WIDE


@pytest.mark.parametrize("table", sorted(TENANTS.values(), key=str), ids=str)
def test_the_tenant_leads_every_key(table: Table) -> None:
    keys = [table.primary_key, *(c for c in table.constraints if isinstance(c, UniqueConstraint))]
    for columns in [key.columns for key in keys] + [index.columns for index in table.indexes]:
        assert next(iter(columns)).name == "tenant_id"


@pytest.mark.parametrize("table", sorted(TENANTS.values(), key=str), ids=str)
def test_a_row_points_into_its_own_tenant_only(table: Table) -> None:
    for constraint in table.foreign_key_constraints:
        if constraint.referred_table.name in TENANTS:
            assert constraint.column_keys[0] == "tenant_id"
            assert constraint.elements[0].column.name == "tenant_id"


@pytest.mark.parametrize("table", Base.metadata.tables.values(), ids=str)
def test_bytes_are_sealed_or_hashes_and_times_are_aware(table: Table) -> None:
    for column in table.columns:
        if isinstance(column.type, LargeBinary):
            assert column.name in HASHES, f"{column} holds plain bytes"
        assert isinstance(column.type, UtcDateTime | Sealed) or "DATETIME" not in str(column.type)
