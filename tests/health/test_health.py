"""The two addresses for whoever watches the process."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.support.databases import Database
from tests.support.person import Person
from tests.support.portals import Portal, serve


def test_a_running_portal_lives_and_is_ready(portal: Portal) -> None:
    watcher = Person(portal)
    watcher.get("/healthz")
    assert watcher.response.json() == {"status": "ok"}
    watcher.get("/readyz")
    assert watcher.response.json() == {"status": "ok", "database": "ok", "schema": "ok", "root_key": "ok"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_watcher_may_ask_by_any_name(path: str, portal: Portal) -> None:
    assert portal.client().get(path, base_url="http://10.1.2.3:8000").status_code == 200


def readiness(portal: Portal) -> tuple[int, dict[str, str]]:
    watcher = Person(portal)
    watcher.get("/readyz")
    return watcher.status, watcher.response.json()


def change(database: Database, statement: str) -> None:
    engine = create_engine(database.all_rows)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_database_of_another_version_is_not_ready(empty_database: Database) -> None:
    with serve(empty_database) as portal:
        change(empty_database, "UPDATE alembic_version SET version_num = '9999'")
        status, seen = readiness(portal)
        assert (status, seen["schema"], seen["database"]) == (503, "failed", "ok")


def test_a_root_key_of_another_database_is_not_ready(empty_database: Database) -> None:
    with serve(empty_database) as portal:
        change(empty_database, "UPDATE root_canaries SET root_key_id = '0000000000000000'")
        status, seen = readiness(portal)
        assert (status, seen["root_key"]) == (503, "failed")


def test_a_database_that_is_gone_is_not_ready_but_alive(empty_database: Database) -> None:
    with serve(empty_database) as portal:
        change(empty_database, "DROP TABLE root_canaries")
        status, seen = readiness(portal)
        assert (status, seen["database"]) == (503, "failed")
        assert Person(portal).get("/healthz").html.strip() == '{"status":"ok"}'


def test_not_ready_tells_a_stranger_nothing_more(empty_database: Database, tmp_path: Path) -> None:
    with serve(empty_database) as portal:
        change(empty_database, "DROP TABLE root_canaries")
        watcher = Person(portal)
        watcher.get("/readyz")
        assert set(watcher.response.json().values()) <= {"ok", "failed", "not ready"}
        assert str(tmp_path) not in watcher.response.text


@pytest.mark.parametrize("empty_database", ["postgres"], indirect=True)
def test_a_database_that_takes_nothing_for_a_while_is_no_fault_of_the_page(empty_database: Database) -> None:
    """As while a standby takes over: what is sent may be sent again."""
    with serve(empty_database) as portal:
        someone = portal.world.tenant().member
        person, role = Person(portal, someone.email, someone.password), make_url(empty_database.url).username
        person.get("/sign-in")
        change(empty_database, f"ALTER ROLE {role} SET default_transaction_read_only = on")
        portal.store.engine.dispose()
        person.submit("Sign in", email=someone.email, password=someone.password)
        assert (person.status, person.page.h1) == (503, "The portal cannot do this right now")
        change(empty_database, f"ALTER ROLE {role} RESET default_transaction_read_only")
        portal.store.engine.dispose()
        assert person.sign_in().status == 200
