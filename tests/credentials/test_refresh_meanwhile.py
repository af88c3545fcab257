"""What happens while an exchange is on its way: things deleted stay deleted, and a database that is away for
a moment costs no grant (T47, T49)."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, event, func, make_url, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.alm_accounts.leaving import leave
from portal.credentials import access_tokens, grants, keeping, refreshing
from portal.credentials.grants import AccessToken
from portal.jira.answers import Code, JiraTrouble
from portal.store.tables import AuditEvent, Credential, Grant
from tests.credentials.rotation import age, due_of, expire, grant_now, portal_at_work, sweep
from tests.support.accounts import delete_account
from tests.support.cloud import CloudOffice, cloud_office
from tests.support.databases import Database
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.waiting import wait_until
from tests.support.world import TenantWorld


@pytest.fixture
def office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> CloudOffice:
    return cloud_office(portal, sandbox, tenant)


@contextmanager
def on_its_way(office: CloudOffice, grant: Grant, seconds: float = 1.5) -> Iterator["Future[AccessToken]"]:
    """An exchange that Atlassian has done and answers later; ends with what the caller got."""
    expire(office, grant.id)
    office.sandbox.state(token_slow_after=seconds)
    exchanged = office.sandbox.cloud_state()["refreshes_ok"]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(access_tokens.access_token, portal_at_work(office), office.registry, grant.id)
        wait_until(lambda: office.sandbox.cloud_state()["refreshes_ok"] == exchanged + 1)
        office.sandbox.state(token_slow_after=0)
        yield asked


def leave_tenant(office: CloudOffice) -> None:
    leave(office.work, office.tenant.member.user_id, "removed")


def disconnect(office: CloudOffice) -> None:
    keeping.disconnect(office.work, office.account_id, office.tenant.member.user_id, "disconnected")


def delete(office: CloudOffice) -> None:
    delete_account(office.work, office.account_id)


@pytest.mark.parametrize("how", [disconnect, leave_tenant, delete], ids=lambda how: how.__name__)
def test_what_was_deleted_meanwhile_stays_deleted(
    how: Callable[[CloudOffice], None], office: CloudOffice
) -> None:
    credential_id = office.connect(office.tenant.member, "grace")
    grant = office.grant_of(credential_id)
    with on_its_way(office, grant) as asked:
        how(office)
        with pytest.raises(JiraTrouble) as caught:
            asked.result(20)
    assert caught.value.code is Code.GRANT_ENDED
    assert (grant_now(office, grant.id), due_of(office, grant.id)) == (None, None)
    sweep(office)
    with office.work.read() as session:
        resting = select(func.count(Credential.id)).where(Credential.grant_id == grant.id)
        renewed = select(AuditEvent).where(AuditEvent.event == "grant.renewed")
        assert session.scalar(resting) == 0
        assert session.scalars(renewed.where(AuditEvent.subject_id == grant.id)).all() == []


def test_a_new_consent_meanwhile_is_the_newer(office: CloudOffice) -> None:
    credential_id = office.connect(office.tenant.member, "grace")
    grant = office.grant_of(credential_id)
    with on_its_way(office, grant, 3) as asked:
        office.connect(office.tenant.member, "grace")
        consented = grant_now(office, grant.id)
        asked.result(20)
    row = grant_now(office, grant.id)
    assert row is not None
    assert consented is not None
    assert (row.generation, row.refresh_token) == (grant.generation + 1, consented.refresh_token)
    expire(office, grant.id)
    held = access_tokens.access_token(portal_at_work(office), office.registry, grant.id)
    assert held.generation == grant.generation + 2


@contextmanager
def locked(database: Database, office: CloudOffice) -> Iterator[None]:
    """SQLite: another process writes for longer than anybody waits."""
    engine = office.portal.store.engine
    engine.dispose()
    event.listen(engine, "checkout", _hurry)
    other = create_engine(database.all_rows)
    with other.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.exec_driver_sql("ROLLBACK")
            event.remove(engine, "checkout", _hurry)
            engine.dispose()
    other.dispose()


def _hurry(connection: Any, record: Any, proxy: Any) -> None:
    connection.execute("PRAGMA busy_timeout=100")


@contextmanager
def shut(database: Database, office: CloudOffice) -> Iterator[None]:
    """PostgreSQL: every connection of the portal is cut, and no new one is taken."""
    role = make_url(database.url).username
    admin = create_engine(database.all_rows, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'ALTER ROLE "{role}" NOLOGIN'))
        cut = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :role")
        connection.execute(cut, {"role": role})
        try:
            yield
        finally:
            connection.execute(text(f'ALTER ROLE "{role}" LOGIN'))
    admin.dispose()


AWAY = {"sqlite": locked, "postgres": shut}


def test_a_database_that_is_away_when_the_answer_comes_costs_nothing(
    office: CloudOffice, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without leeway at Atlassian: the pair that came is the only one there is."""
    office.sandbox.state(refresh_leeway_seconds=0)
    grant = office.grants()[0]
    failed: list[Exception] = []
    save = refreshing._save

    def counting(*given: Any) -> AccessToken | None:
        try:
            return save(*given)
        except Exception as error:
            failed.append(error)
            raise

    monkeypatch.setattr(refreshing, "_save", counting)
    with on_its_way(office, grant, 0.7) as asked:
        with AWAY[database.kind](database, office):
            wait_until(lambda: len(failed) > 1)
        assert asked.result(20).generation == grant.generation + 1
    assert all(isinstance(error, OperationalError) for error in failed)
    seen = office.sandbox.cloud_state()
    assert (seen["refreshes_ok"], seen["families_dead"]) == (1, 0)


HOLDING: dict[str, Callable[[Session, Grant], Grant | None]] = {
    "by id": lambda session, row: grants.hold_grant(session, row.id),
    "by account": lambda session, row: grants.find_grant(session, row.app_id, row.provider_account),
}


@pytest.mark.parametrize("by", HOLDING)
@pytest.mark.parametrize("database", ["postgres"], indirect=True, scope="session")
def test_a_grant_is_held_as_it_is_and_not_as_it_was_read(by: str, office: CloudOffice) -> None:
    """What a session read before it got the lock may be older than what the lock protects."""
    grant = office.grants()[0]
    with portal_at_work(office).write() as session:
        read = session.get_one(Grant, (office.tenant.id, grant.id))
        aged = age(office, grant.id, refreshed_at=timedelta(days=3))
        assert read.refreshed_at == grant.refreshed_at
        row = HOLDING[by](session, read)
        assert row is not None
        assert row.refreshed_at == aged.refreshed_at
