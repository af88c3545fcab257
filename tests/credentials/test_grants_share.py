"""The hourly points of the operator's app: each tenant has an even share, and cannot use up the others'."""

from dataclasses import replace
from datetime import timedelta
from secrets import token_bytes, token_hex
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from portal.credentials import points
from portal.credentials.connections import App
from portal.credentials.registry import Registry
from portal.jira.answers import Code, JiraTrouble
from portal.store.tables import SharedGrant, SharedPoints
from portal.store.work import OPERATOR, Work
from tests.support.accounts import registry_of
from tests.support.portals import Portal
from tests.support.world import TenantWorld

POINTS = 100


@pytest.fixture
def app() -> App:
    """The operator's app, new with each test: its points are counted over all tenants."""
    return App(uuid4(), token_hex(16), None, ())


@pytest.fixture
def registry(portal: Portal, app: App) -> Registry:
    known = registry_of(portal)
    assert known.cloud.shared_app is not None
    shared = replace(known.cloud.shared_app, client_id=app.client_id, points=POINTS)
    return Registry(known.outbound, replace(known.cloud, shared_app=shared), known.portal_url)


@pytest.fixture
def sharing(portal: Portal, app: App) -> list[Work]:
    """Two tenants whose people have grants for the app, one of them two."""
    tenants = [portal.world.tenant(), portal.world.tenant()]
    with tenants[0].work().within(None).write() as session:
        for tenant in (*tenants, tenants[0]):
            row = SharedGrant(client_id=app.client_id, account_hash=token_bytes(32), tenant_id=tenant.id)
            session.add(row)
    return [tenant.work() for tenant in tenants]


def test_a_share_is_even_and_its_use_is_counted(registry: Registry, app: App, sharing: list[Work]) -> None:
    for used in (1, 24, 24):
        points.count(sharing[0], app, used)
    points.refuse_when_used(sharing[0], registry, app)
    points.count(sharing[0], app, 1)
    share = points.share_of(sharing[0], registry, app)
    assert share is not None
    assert (share.used, share.share, share.tenants) == (50, POINTS // 2, 2)
    with pytest.raises(JiraTrouble) as caught:
        points.refuse_when_used(sharing[0], registry, app)
    assert caught.value.code is Code.POINTS_USED
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 3600
    points.refuse_when_used(sharing[1], registry, app)


def test_with_the_hour_the_share_begins_anew(registry: Registry, app: App, sharing: list[Work]) -> None:
    work = sharing[0]
    points.count(work, app, POINTS)
    with work.write() as session:
        (row,) = session.scalars(select(SharedPoints).where(SharedPoints.client_id == app.client_id))
        earlier = update(SharedPoints).where(SharedPoints.client_id == app.client_id)
        session.execute(earlier.values(hour=row.hour - timedelta(hours=1)))
    points.refuse_when_used(work, registry, app)
    points.count(work, app, 3)
    share = points.share_of(work, registry, app)
    assert share is not None
    assert share.used == 3


def test_an_app_of_ones_own_has_no_share(registry: Registry, app: App, tenant: TenantWorld) -> None:
    own = replace(app, secret=registry.secret_of(app))
    work = replace(tenant.work(), actor=OPERATOR)
    points.count(work, own, 10 * POINTS)
    points.refuse_when_used(work, registry, own)
    assert points.share_of(work, registry, own) is None
