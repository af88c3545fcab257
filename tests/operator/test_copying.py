"""A portal goes from SQLite to PostgreSQL with everything, or stays where it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from portal.audit.log import record
from portal.people import sign_ins
from portal.store import copying
from portal.store.work import NOBODY, Work
from tests.operator.conftest import MAIL, Operator
from tests.operator.test_root_keys import fill, read_all, send
from tests.support import samples
from tests.support.databases import Database, postgres
from tests.support.world import World

pytestmark = pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Database]:
    """A PostgreSQL database with nothing in it."""
    with postgres(tmp_path) as made:
        yield made


def move_to(operator: Operator, target: Database) -> Path:
    """The same instance folder and root key; the settings name PostgreSQL now. The file that is left."""
    for store in operator.opened:
        store.engine.dispose()
    urls = {"database_url": target.url, "owner_database_url": target.owner_url}
    operator.settings = operator.database.settings(**urls, **MAIL)
    return operator.database.instance / "almoner.db"


def test_everything_goes_to_postgresql(operator: Operator, target: Database) -> None:
    store = operator.process()
    tenants, world = fill(store), World(store)
    tenant = world.tenant()
    for make in samples.SAMPLES.values():
        make(tenant)
    work = tenant.work(tenant.admin)
    for number in range(30):
        with work.write() as session:
            record(session, work, "member.joined", role=f"rôle {number} \u2603")
    operator.run("close-audit", "--before", "2020-01-01", "--into", operator.database.instance)
    before = operator.run("verify-audit")

    file = move_to(operator, target)
    said = operator.run("copy-from-sqlite", file)
    assert "the same in both databases" in said and before.splitlines()[0] in said
    again = operator.process()
    read_all(again, tenants)
    someone = tenant.admin
    anybody = Work(again, None, NOBODY)
    assert sign_ins.start(anybody, someone.email, someone.password, "", "")
    send(again, "goes on")
    after = {line for line in operator.run("verify-audit").splitlines() if not line.startswith("the portal")}
    assert after >= {line for line in before.splitlines() if not line.startswith("the portal")}
    assert "holds rows of" in operator.run("copy-from-sqlite", file, code=1)


def test_what_does_not_fit_leaves_the_target_empty(
    operator: Operator, target: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fill(operator.process())
    assert "names no PostgreSQL" in operator.run(
        "copy-from-sqlite", operator.settings.instance / "almoner.db", code=1
    )
    file = move_to(operator, target)
    assert "is no SQLite" in operator.run("copy-from-sqlite", operator.settings.root_key_path, code=1)

    lost = copying._copy_rows

    def lose_one(source, there, table, wanted):  # type: ignore[no-untyped-def]
        lost(source, there, table, wanted.limit(1) if table.name == "users" else wanted)

    with monkeypatch.context() as patched:
        patched.setattr(copying, "_copy_rows", lose_one)
        told = operator.run("copy-from-sqlite", file, code=1)
    assert "users" in told
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE tenants SET name = :name"), {"name": "x" * 300})
    assert "A row of tenants does not go" in operator.run("copy-from-sqlite", file, code=1)
    with engine.begin() as connection:
        connection.execute(text("UPDATE tenants SET name = 'Acme'"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0007'"))
    assert "is at version 0007" in operator.run("copy-from-sqlite", file, code=1)
    everything = create_engine(target.all_rows)
    with everything.connect() as connection:
        for name in ("tenants", "users", "signing_keys", "portal_audit_events"):
            assert connection.scalar(text(f"SELECT count(*) FROM {name}")) == 0
    everything.dispose()
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = :head"), {"head": copying.schema.head()}
        )
    engine.dispose()
    assert operator.run("copy-from-sqlite", file)
