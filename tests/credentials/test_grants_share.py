"""The hourly points of the operator's app: each tenant has an even share, and cannot use up the others'."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from secrets import token_bytes, token_hex
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from portal.credentials import grants, points
from portal.credentials.connections import App
from portal.credentials.registry import Registry
from portal.credentials.shared_grants import AccountElsewhere
from portal.jira.answers import Code, JiraTrouble
from portal.jira.atlassian import Me
from portal.jira.oauth2_tokens import TokenPair
from portal.secret import Secret
from portal.store.tables import Grant, OauthApp, SharedGrant, SharedPoints
from portal.store.work import OPERATOR, Work
from tests.support import canaries
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


def test_what_is_counted_at_once_adds_up(app: App, sharing: list[Work]) -> None:
    """Also the first counts of an hour, before there is a row."""
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: points.count(sharing[0], app, number), range(1, 17)))
    with sharing[0].read() as session:
        (row,) = session.scalars(select(SharedPoints).where(SharedPoints.client_id == app.client_id))
    assert row.points == sum(range(1, 17))


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


def test_one_account_has_its_grant_in_one_tenant(portal: Portal, app: App) -> None:
    """Also where both consented in the same moment: the slower one is refused, and nothing of it is kept."""
    first, second = (portal.world.tenant() for _ in range(2))
    keep(first.work(), app)
    with pytest.raises(AccountElsewhere):
        keep(second.work(), app)
    with second.work().read() as session:
        assert session.scalars(select(Grant)).all() == []
    keep(first.work(), app)


def keep(work: Work, app: App) -> None:
    """Store what a consent of one Atlassian account brings, with no look at other tenants before."""
    pair = TokenPair(Secret(canaries.new("access")), Secret(canaries.new("refresh")), 3600, None)
    consent = grants.Consent(app, pair, Me("one", "One", ""), [], frozenset())
    with work.write() as session:
        if session.get(OauthApp, (work.tenant, app.id)) is None:
            session.add(OauthApp(id=app.id, is_shared=True, client_id=app.client_id, scopes=[]))
            session.flush()
        grants.keep_grant(session, work, consent)
