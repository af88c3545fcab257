"""The older part of the audit goes to files; what stays is as whole as it was (T55)."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from alembic import command
from sqlalchemy import create_engine, func, make_url, select, text
from sqlalchemy.exc import DBAPIError

from portal.audit import closing
from portal.audit.log import record, verify
from portal.audit.reading import closed_until
from portal.credentials.views import view_of
from portal.store.engine import make_engine
from portal.store.schema import alembic_config
from portal.store.tables import AuditEvent, AuditIndex, AuditSegment, Credential
from portal.store.work import OPERATOR, Work
from tests.operator.conftest import Operator
from tests.support import samples
from tests.support.world import TenantWorld, World

# What is found in files and chains by reading them, SQLite shows; the rest writes, locks or changes tables.
pytestmark = pytest.mark.on_both(
    "test_what_is_old_goes_to_files_and_the_chain_goes_on",
    "test_lines_are_append_only_again_and_for_everybody_else_all_along",
    "test_killed_at_any_step_leaves_all_or_nothing",
    "test_a_credential_that_was_refused_long_ago_stays_refused",
    "test_the_version_before_is_not_given_a_chain_without_its_beginning",
)

OLD, NEW = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


def write(work: Work, event: str, count: int, at: datetime, **details: object) -> None:
    for number in range(count):
        with time_machine.travel(at + timedelta(hours=number)), work.write() as session:
            record(session, work, event, **details)  # type: ignore[arg-type]


@pytest.fixture
def tenant(operator: Operator) -> Iterator[TenantWorld]:
    """A tenant with ten lines of spring and four of summer; the portal has some too, another tenant none."""
    made = World(operator.process()).tenant()
    write(made.work(made.admin), "member.joined", 10, OLD, role="member")
    write(made.work(made.admin), "member.joined", 4, NEW, role="admin")
    write(Work(made.store, None, OPERATOR), "sign_in.failed", 3, OLD, outcome="failed")
    return made


def lines(tenant: TenantWorld) -> list[int]:
    with tenant.work().read() as session:
        return list(session.scalars(select(AuditEvent.seq).order_by(AuditEvent.seq)))


def test_what_is_old_goes_to_files_and_the_chain_goes_on(
    operator: Operator, tenant: TenantWorld, tmp_path: Path
) -> None:
    said = operator.run("close-audit", "--before", "2026-05-01", "--into", tmp_path)
    assert f"{tenant.slug}: lines 1 to 10 are in {tenant.id}-000000001-000000010.jsonl.gz" in said
    assert lines(tenant) == [11, 12, 13, 14, 15]  # the last one says that it was closed
    assert closed_until(tenant.work()) == OLD + timedelta(hours=9)
    assert closed_until(tenant.work().within(tenant.other.id)) is None  # type: ignore[union-attr]
    with tenant.work().read() as session:
        assert verify(session) == (5, None)
        index = select(func.min(AuditIndex.seq)).where(AuditIndex.tenant_id == tenant.id)
        assert session.scalar(index) == 11
    told = operator.run("verify-audit", "--segments", tmp_path)
    assert "lines 1 to 10 are closed; 1 files fit" in told and "the portal: lines 1 to 3" in told
    assert "were not looked at" in operator.run("verify-audit", tenant.slug)
    with gzip.open(tmp_path / f"{tenant.id}-000000001-000000010.jsonl.gz", "rt") as file:
        kept = [json.loads(line) for line in file]
    assert [line["seq"] for line in kept] == list(range(1, 11)) and kept[0]["details"] == {"role": "member"}

    # Nothing more is old; then everything is, and the next line goes on from the closed part.
    assert (
        "lines"
        not in operator.run("close-audit", "--before", "2026-05-01", "--into", tmp_path).partition("Keep")[0]
    )
    with tenant.work().read() as session:
        assert len(session.scalars(select(AuditSegment)).all()) == 1
    with time_machine.travel(datetime(2090, 1, 1, tzinfo=UTC)):
        assert "lines 11 to 15" in operator.run("close-audit", "--before", "2089-01-01", "--into", tmp_path)
    assert lines(tenant) == [16]
    write(tenant.work(), "member.joined", 1, NEW, role="admin")
    assert "2 files fit" in operator.run("verify-audit", "--segments", tmp_path)
    said = operator.run("close-audit", "--before", "2999-01-01", "--into", tmp_path, code=1)
    assert "last 90 days stay" in said


def test_lines_are_append_only_again_and_for_everybody_else_all_along(
    operator: Operator, tenant: TenantWorld, tmp_path: Path
) -> None:
    operator.run("close-audit", "--before", "2026-05-01", "--into", tmp_path)
    engine = create_engine(operator.database.all_rows)
    for table in ("audit_events", "portal_audit_events"):
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))
    engine.dispose()
    if operator.database.kind == "postgres":  # the portal's own role is not the owner
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
            closing.close(tenant.work(), NEW + timedelta(days=1), tmp_path)
        assert lines(tenant) == [11, 12, 13, 14, 15]


def test_killed_at_any_step_leaves_all_or_nothing(
    operator: Operator, tenant: TenantWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*given: object, **more: object) -> None:
        raise KeyboardInterrupt

    words = ("close-audit", "--before", "2026-05-01", "--into", tmp_path)
    for step in ("_write_file", "lock_head", "_segment", "_take_out", "record"):
        with monkeypatch.context() as patched:
            patched.setattr(closing, step, killed)
            operator.run(*words, code=1)
        assert lines(tenant) == list(range(1, 15)), step
        with tenant.work().read() as session:
            assert verify(session) == (14, None)
    assert "lines 1 to 10" in operator.run(*words)
    assert "1 files fit" in operator.run("verify-audit", "--segments", tmp_path)


def test_a_file_or_a_part_that_was_changed_shows(
    operator: Operator, tenant: TenantWorld, tmp_path: Path
) -> None:
    operator.run("close-audit", "--before", "2026-05-01", "--into", tmp_path)
    path = tmp_path / f"{tenant.id}-000000001-000000010.jsonl.gz"
    content = path.read_bytes()
    for spoil, words in (
        (lambda: path.write_bytes(content[:-9]), "was changed"),
        (path.unlink, "is not there"),
    ):
        spoil()
        told = operator.run("verify-audit", "--segments", tmp_path, code=1)
        assert f"{path.name} (lines 1 to 10) {words}" in told
    path.write_bytes(content)
    assert operator.run("verify-audit", "--segments", tmp_path)
    engine = create_engine(operator.database.all_rows)
    # Somebody notes another end of the part: the lines that stay do not go on from it.
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_segments SET last_hash = digest"))
    assert "does not fit from line 11 on" in operator.run("verify-audit", code=1)
    assert "does not end as was noted" in operator.run("verify-audit", "--segments", tmp_path, code=1)
    engine.dispose()


def test_a_chain_that_is_not_whole_is_not_closed(
    operator: Operator, tenant: TenantWorld, tmp_path: Path
) -> None:
    engine = create_engine(operator.database.all_rows)
    on = " ON audit_events" if operator.database.kind == "postgres" else ""
    with engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER audit_events_no_update{on}"))
        connection.execute(text("UPDATE audit_events SET outcome = 'failed' WHERE seq = 4"))
    engine.dispose()
    said = operator.run("close-audit", "--before", "2026-05-01", "--into", tmp_path, code=1)
    assert "does not fit from line 4 on" in said and lines(tenant) == list(range(1, 15))
    assert not list(tmp_path.iterdir())


def test_a_credential_that_was_refused_long_ago_stays_refused(
    operator: Operator, tenant: TenantWorld, tmp_path: Path
) -> None:
    """Its state follows from the line that is closed."""
    account_id = samples.account(tenant)
    refused, working = (
        samples.credential(tenant, account_id, one.user_id) for one in (tenant.member, tenant.admin)
    )
    work = tenant.work()
    for one in (refused, working):
        with time_machine.travel(OLD), work.write() as session:
            about = {"account_id": account_id, "subject_id": one}
            record(session, work, "credential.refused", outcome="failed", **about, code="token_revoked")
    with time_machine.travel(OLD + timedelta(hours=1)), work.write() as session:
        record(session, work, "credential.tested", account_id=account_id, subject_id=working, code="passed")
    operator.run("close-audit", "--before", "2026-08-01", "--into", tmp_path)
    with work.read() as session:
        states = [
            view_of(session, session.get_one(Credential, (tenant.id, one))) for one in (refused, working)
        ]
        told = session.scalars(select(AuditEvent).where(AuditEvent.event == "credential.refused")).all()
    assert [(one.state, one.code) for one in states] == [("refused", "token_revoked"), ("connected", None)]
    assert [line.subject_id for line in told] == [refused]


def test_a_beginning_that_was_only_taken_out_is_no_closed_part(
    operator: Operator, tenant: TenantWorld
) -> None:
    """Somebody with all rights deletes lines and notes them as closed: no line of the chain tells of it."""
    with tenant.work().read() as session:
        kept = session.scalars(select(AuditEvent).where(AuditEvent.seq == 11)).one()
        before = kept.previous_hash
    engine = create_engine(operator.database.all_rows)
    with engine.begin() as connection:
        is_postgres = operator.database.kind == "postgres"
        opened = (
            "ALTER TABLE audit_events DISABLE TRIGGER ALL"
            if is_postgres
            else "DROP TRIGGER audit_events_no_delete"
        )
        connection.execute(text(opened))
        mine = AuditEvent.__table__.c
        connection.execute(AuditEvent.__table__.delete().where(mine.tenant_id == tenant.id, mine.seq <= 10))
        connection.execute(
            AuditSegment.__table__.insert().values(
                tenant_id=tenant.id,
                last_seq=10,
                first_seq=1,
                last_at=OLD,
                last_hash=before,
                file="x",
                digest=bytes(32),
                closed_at=NEW,
            )
        )
    engine.dispose()
    with tenant.work().read() as session:
        assert verify(session) == (4, 11)


def step_back(operator: Operator) -> None:
    """To the version that knows nothing of closed parts."""
    engine = make_engine(operator.settings.owner_database)
    try:
        with engine.begin() as connection:
            role = make_url(operator.settings.database).username
            command.downgrade(alembic_config(connection, role), "0006")
            if operator.database.kind == "postgres":
                left = "SELECT count(*) FROM pg_policies WHERE policyname = 'owner_reads'"
                assert connection.scalar(text(left)) == 0
                rights = text(
                    "SELECT count(*) FROM information_schema.role_table_grants WHERE grantee = :role"
                )
                assert connection.scalar(rights, {"role": f"{role}_support"}) == 0
    finally:
        engine.dispose()


def test_the_version_before_is_not_given_a_chain_without_its_beginning(
    operator: Operator, tenant: TenantWorld, tmp_path: Path
) -> None:
    operator.run("close-audit", "--before", "2026-05-01", "--into", tmp_path)
    engine = create_engine(operator.database.all_rows)
    with engine.begin() as connection:  # a tenant's part alone is enough
        connection.execute(text("DELETE FROM portal_audit_segments"))
    for store in operator.opened:
        store.engine.dispose()
    with pytest.raises(RuntimeError, match="restore the backup"):
        step_back(operator)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM audit_segments")) == 1
        connection.execute(text("DELETE FROM audit_segments"))
    engine.dispose()
    step_back(operator)
