"""A sealed value opens in its own place only (T34)."""

import os
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from portal.errors import SecretUnreadable
from portal.store import sealing
from portal.store.ring import key_id
from portal.store.tables import Credential
from portal.store.vault import get_secret
from tests.support import samples
from tests.support.world import TenantWorld, World

KEY = os.urandom(32)
WHERE = sealing.place(UUID(int=1), "credentials", "row", "access_token")
COLUMNS = ("access_token", "token_secret")


def envelope() -> bytes:
    return sealing.seal(KEY, key_id(KEY), WHERE, b"a token")


def test_opens_in_its_place() -> None:
    assert sealing.unseal(KEY, WHERE, envelope()) == b"a token"


def test_no_changed_bit_opens() -> None:
    sealed = envelope()
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SecretUnreadable):
            sealing.unseal(KEY, WHERE, bytes(changed))


@pytest.mark.parametrize("length", [0, 1, 20, 36, 43])
def test_no_part_opens(length: int) -> None:
    with pytest.raises(SecretUnreadable):
        sealing.unseal(KEY, WHERE, envelope()[:length])


@pytest.mark.parametrize(
    "other",
    [
        (UUID(int=2), "credentials", "row", "access_token"),
        (None, "credentials", "row", "access_token"),
        (UUID(int=1), "flows", "row", "access_token"),
        (UUID(int=1), "credentials", "wor", "access_token"),
        (UUID(int=1), "credentials", "row", "token_secret"),
        (UUID(int=1), "credentialsrow", "", "access_token"),
    ],
)
def test_no_other_place_opens(other: tuple[UUID | None, str, str, str]) -> None:
    with pytest.raises(SecretUnreadable):
        sealing.unseal(KEY, sealing.place(*other), envelope())


def test_equal_secrets_look_different() -> None:
    assert envelope() != envelope()


def three_credentials(world: World) -> list[tuple[TenantWorld, UUID]]:
    """Two of one tenant and one of another."""
    one, other = world.tenant(), world.tenant()
    first, foreign = samples.account(one), samples.account(other)
    return [
        (one, samples.credential(one, first)),
        (one, samples.credential(one, first, one.member.user_id)),
        (other, samples.credential(other, foreign)),
    ]


def test_no_swap_between_rows_columns_and_tenants_opens(world: World) -> None:
    rows = three_credentials(world)
    places = [(*row, column) for row in rows for column in COLUMNS]
    sealed = {place: raw(*place) for place in places}
    for source, target in permutations(places, 2):
        tenant, row_id, column = target
        with tenant.work().read() as session:
            row = session.get(Credential, (tenant.id, row_id))
            assert row is not None
            setattr(row, column, sealed[source])
            with pytest.raises(SecretUnreadable):
                get_secret(session, row, column)
            session.expunge(row)


def raw(tenant: TenantWorld, row_id: UUID, column: str) -> bytes:
    with tenant.work().read() as session:
        row = session.get(Credential, (tenant.id, row_id))
        assert row is not None
        return bytes(getattr(row, column))


def test_a_destroyed_tenant_key_opens_nothing(world: World) -> None:
    tenant = world.tenant()
    row_id = samples.credential(tenant, samples.account(tenant))
    with tenant.work().write() as session:
        session.connection().execute(
            text("DELETE FROM tenant_keys WHERE tenant_id = :id"), {"id": session_id(tenant)}
        )
    with tenant.work().read() as session, pytest.raises(SecretUnreadable):
        row = session.get(Credential, (tenant.id, row_id))
        get_secret(session, row, "access_token")


def session_id(tenant: TenantWorld) -> str:
    return str(tenant.id) if tenant.store.is_postgres else tenant.id.hex


def test_unreadable_says_nothing_about_why() -> None:
    with pytest.raises(SecretUnreadable) as caught:
        sealing.unseal(os.urandom(32), WHERE, envelope())
    assert str(caught.value) == ""
    assert caught.value.__cause__ is None


def test_rows_do_not_print_what_they_hold() -> None:
    assert repr(Credential(id=uuid4(), access_token=b"sealed")) == "<Credential>"
