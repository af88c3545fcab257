"""One migration back and up again with all the ways to connect: the version before can use what is left."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, make_url, text, update

from portal import clock
from portal.kinds.methods import API_TOKEN, OAUTH1, OAUTH2, PAT, SCOPED_TOKEN
from portal.start import open_store, prepare
from portal.store import due
from portal.store.base import Base
from portal.store.engine import make_engine
from portal.store.schema import alembic_config
from portal.store.tables import (
    AccountApp,
    AlmAccount,
    CloudSite,
    Conversion,
    Credential,
    Flow,
    FlowLookup,
    Grant,
    OauthApp,
    Reminder,
    SharedGrant,
    TokenDraft,
)
from portal.store.work import OPERATOR, Work
from tests.support import samples
from tests.support.databases import Database
from tests.support.world import TenantWorld, World

SHARED = "the-operators-app"
LATER = clock.now() + timedelta(days=9)


class Desk:
    """A tenant's rows, made without its pages."""

    def __init__(self, tenant: TenantWorld) -> None:
        self.tenant = tenant

    def add(self, *rows: Base) -> None:
        with Work(self.tenant.store, self.tenant.id, OPERATOR).write() as session:
            for row in rows:
                session.add(row)
                session.flush()

    def account(self, kind: str) -> UUID:
        account_id = samples.account(self.tenant)
        with Work(self.tenant.store, self.tenant.id, OPERATOR).write() as session:
            session.execute(update(AlmAccount).where(AlmAccount.id == account_id).values(kind=kind))
        if kind.startswith("cloud"):
            self.add(CloudSite(account_id=account_id, cloud_id="a-site", site_name="acme"))
        return account_id

    def app(self, *account_ids: UUID, shared: bool = False) -> UUID:
        app = OauthApp(id=uuid4(), is_shared=shared, client_id=SHARED if shared else uuid4().hex, scopes=[])
        self.add(app, *(AccountApp(account_id=one, app_id=app.id) for one in account_ids))
        return app.id

    def grant(self, app_id: UUID) -> UUID:
        """With its renewal, and its place with the operator's app."""
        now, account = clock.now(), uuid4().hex
        times = {"expires_at": now, "refreshed_at": now}
        row = Grant(id=uuid4(), app_id=app_id, provider_account=account, scopes=[], sites=[], **times)
        self.add(row)
        with Work(self.tenant.store, None, OPERATOR).write() as session:
            due.put(session, "refresh", row.id, LATER, self.tenant.id)
        return row.id

    def take_place(self) -> bytes:
        """That an Atlassian account has its grant for the operator's app in this tenant."""
        account_hash = uuid4().bytes * 2
        with Work(self.tenant.store, None, OPERATOR).write() as session:
            key = {"client_id": SHARED, "account_hash": account_hash}
            session.add(SharedGrant(**key, tenant_id=self.tenant.id))
        return account_hash

    def credential(
        self, account_id: UUID, method: str, of: UUID | None, grant_id: UUID | None = None, **more: Any
    ) -> UUID:
        row_id = samples.credential(self.tenant, account_id, of)
        values = {"method": method, "grant_id": grant_id, **more}
        with Work(self.tenant.store, self.tenant.id, OPERATOR).write() as session:
            session.execute(update(Credential).where(Credential.id == row_id).values(**values))
        return row_id

    def flow(self, account_id: UUID, client_ref: UUID) -> UUID:
        flow_id, who = uuid4(), self.tenant.member.user_id
        ids = {"account_id": account_id, "client_ref": client_ref, "user_id": who, "sign_in_id": uuid4()}
        times = {"created_at": clock.now(), "expires_at": LATER}
        self.add(Flow(id=flow_id, account_version=1, purpose="person", path="/", **ids, **times))
        with Work(self.tenant.store, None, OPERATOR).write() as session:
            lookup = {"token_hash": uuid4().bytes * 2, "flow_id": flow_id, "expires_at": LATER}
            session.add(FlowLookup(tenant_id=self.tenant.id, **lookup))
        return flow_id

    def conversion(self, account_id: UUID, from_kind: str, to_kind: str, **more: Any) -> None:
        by = self.tenant.admin.user_id
        kinds = {"from_kind": from_kind, "to_kind": to_kind}
        self.add(Conversion(account_id=account_id, begun_by=by, begun_at=clock.now(), **kinds, **more))


class Kept:
    """What stays of a tenant, by table; everything else of these tables goes."""

    def __init__(self, world: World) -> None:
        self.tenant = world.tenant()
        self.desk = Desk(self.tenant)
        self.member, self.second = self.tenant.member.user_id, self.tenant.second.user_id
        self.link_account, self.cloud_account = self._older_ways()
        self._later_ways()
        self._way_under_way()
        self.by_link = self.desk.credential(self.link_account, OAUTH1, None)
        self._former_users_of_the_operators_app(world)

    def _older_ways(self) -> tuple[UUID, UUID]:
        desk = self.desk
        link, cloud = desk.account("server_oauth1"), desk.account("cloud_oauth")
        self.app = desk.app(cloud, shared=True)
        self.grant, self.place = desk.grant(self.app), desk.take_place()
        self.by_consent = desk.credential(cloud, OAUTH2, self.member, self.grant)
        self.flows = {desk.flow(cloud, self.app), desk.flow(link, samples.signing_key(self.tenant, link))}
        desk.credential(cloud, SCOPED_TOKEN, None, login="ada@example.com")
        return link, cloud

    def _later_ways(self) -> None:
        """One account of each later kind; of one that went by the operator's app, a consent still serves."""
        desk = self.desk
        for kind, method in (("cloud_token", API_TOKEN), ("server_token", PAT)):
            desk.credential(desk.account(kind), method, None, login="ada")
        by_incoming_link = desk.account("server_oauth2")
        app_id = desk.app(by_incoming_link)
        desk.credential(by_incoming_link, OAUTH2, self.member, desk.grant(app_id))
        desk.flow(by_incoming_link, app_id)
        switched = desk.account("cloud_token")
        desk.add(AccountApp(account_id=switched, app_id=self.app))
        more = {"serves_until": LATER}
        desk.credential(switched, OAUTH2, self.second, desk.grant(self.app), **more)
        times = {"switched_at": clock.now(), "old_way_until": LATER}
        desk.conversion(switched, "cloud_oauth", "cloud_token", **times)

    def _way_under_way(self) -> None:
        """The account that stays is being changed: consented, not confirmed; somebody pasted, one is told."""
        desk, account_id = self.desk, self.link_account
        desk.conversion(account_id, "server_oauth1", "server_oauth2")
        app_id = desk.app(account_id)
        desk.credential(account_id, OAUTH2, None, desk.grant(app_id), state="pending")
        desk.flow(account_id, app_id)
        typed = {"method": SCOPED_TOKEN, "login": "ada@example.com", "kept_at": clock.now()}
        desk.add(TokenDraft(account_id=self.cloud_account, holder_id=self.member, **typed))
        desk.add(Reminder(account_id=account_id, user_id=self.member, sent_at=clock.now()))

    @staticmethod
    def _former_users_of_the_operators_app(world: World) -> None:
        """Another tenant, in which nothing but a later kind of account goes by that app."""
        desk = Desk(world.tenant())
        account_id = desk.account("cloud_token")
        app_id = desk.app(account_id, shared=True)
        desk.credential(account_id, OAUTH2, desk.tenant.member.user_id, desk.grant(app_id))
        desk.take_place()


@pytest.fixture
def kept(empty_database: Database) -> Iterator[Kept]:
    prepare(empty_database.settings())
    store = open_store(empty_database.settings())
    yield Kept(World(store))
    store.engine.dispose()


def rows(connection: Connection, table: str) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]


def ids(found: list[dict[str, Any]], column: str = "id") -> set[UUID]:
    return {UUID(str(row[column])) for row in found}


def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tenants."""
    engine = create_engine(database.all_rows)
    portal_wide = ("due_work", "flow_lookups", "shared_grants")
    tenants = ("alm_accounts", "cloud_sites", "credentials", "flows", "grants", "oauth_apps")
    with engine.connect() as connection:
        found = {table: rows(connection, table) for table in (*portal_wide, *tenants)}
    engine.dispose()
    return found


def move(database: Database, revision: str) -> None:
    engine = make_engine(database.settings().owner_database)
    with engine.begin() as connection:
        step = command.downgrade if revision == "0002" else command.upgrade
        step(alembic_config(connection, make_url(database.settings().database).username), revision)
    engine.dispose()


def test_the_version_before_finds_nothing_it_would_take_for_its_own(
    kept: Kept, empty_database: Database
) -> None:
    """Sent to Atlassian, a secret or refresh token of somebody's own Jira would be given away."""
    before = everything(empty_database)
    move(empty_database, "0002")
    left = everything(empty_database)
    assert ids(left["alm_accounts"]) == {kept.link_account, kept.cloud_account}
    assert ids(left["credentials"]) == {kept.by_link, kept.by_consent}
    assert ids(left["grants"]) == {kept.grant}
    assert ids(left["oauth_apps"]) == ids(left["cloud_sites"], "app_id") == {kept.app}
    assert ids([row for row in left["due_work"] if row["kind"] == "refresh"], "subject_id") == {kept.grant}
    assert ids(left["flows"]) == ids(left["flow_lookups"], "flow_id") == kept.flows
    assert {bytes(row["account_hash"]) for row in left["shared_grants"]} == {kept.place}
    for table, found in left.items():  # whole, to the last column the version before knows
        known = set(found[0]) - ({"app_id"} if table == "cloud_sites" else set())
        was = [{name: row[name] for name in known} for row in before[table]]
        assert all({name: row[name] for name in known} in was for row in found), table


def test_up_again_what_stayed_is_held_as_it_was(kept: Kept, empty_database: Database) -> None:
    before = everything(empty_database)
    move(empty_database, "0002")
    move(empty_database, "head")
    again = everything(empty_database)
    methods = {UUID(str(row["id"])): row["method"] for row in again["credentials"]}
    assert methods == {kept.by_link: OAUTH1, kept.by_consent: OAUTH2}
    for table, found in again.items():
        assert all(row in before[table] for row in found), table
    engine = create_engine(empty_database.all_rows)
    with engine.connect() as connection:
        [known] = rows(connection, "account_apps")
        assert (ids([known], "account_id"), ids([known], "app_id")) == ({kept.cloud_account}, {kept.app})
        for table in ("conversions", "token_drafts", "reminders", "certificates", "accounts_to_report"):
            assert rows(connection, table) == [], table
    engine.dispose()
