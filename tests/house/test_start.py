"""What must stop a start, and that nothing is written then (T36)."""

import base64
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from portal.config import Settings
from portal.errors import StartRefused
from portal.start import open_store, prepare, upgrade
from portal.store.ring import key_id
from tests.support.databases import Database

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A prepared portal on SQLite."""
    made = Settings(instance=tmp_path / "instance")
    prepare(made)
    return made


def write_ring(settings: Settings, *keys: bytes, ids: list[str] | None = None) -> None:
    names = ids or [key_id(key) for key in keys]
    entries = [
        {"id": name, "key": base64.b64encode(key).decode()} for name, key in zip(names, keys, strict=True)
    ]
    settings.root_key_path.chmod(0o600)
    settings.root_key_path.write_text(json.dumps({"keys": entries}))
    settings.root_key_path.chmod(0o400)


def no_json(settings: Settings) -> None:
    settings.root_key_path.chmod(0o600)
    settings.root_key_path.write_bytes(b"\xff\xfe no json")
    settings.root_key_path.chmod(0o400)


SPOILED: dict[str, tuple[Callable[[Settings], object], str]] = {
    "missing": (lambda s: s.root_key_path.unlink(), "is not there. Put it back"),
    "short": (lambda s: write_ring(s, os.urandom(16)), "every key must be 32 bytes"),
    "empty": (write_ring, "every key must be 32 bytes"),
    "other": (lambda s: write_ring(s, os.urandom(32)), "Put back the root key file"),
    "readable by others": (lambda s: s.root_key_path.chmod(0o444), "chmod 0400"),
    "changed id": (lambda s: write_ring(s, os.urandom(32), ids=["00" * 8]), "does not fit its key"),
    "no json": (no_json, "cannot be read"),
}


def checksum(folder: Path) -> dict[str, str]:
    """What lies in the instance folder; SQLite's shared-memory index is no content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def make_older(settings: Settings) -> None:
    """Have the database say that it is older: then whoever migrates before the ring is tried is noticed."""
    engine = create_engine(settings.database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    engine.dispose()


@pytest.mark.parametrize("spoiled", SPOILED)
@pytest.mark.parametrize("start", [prepare, upgrade, open_store])
def test_a_wrong_ring_stops_the_start(
    spoiled: str, start: Callable[[Settings], object], settings: Settings
) -> None:
    spoil, sentence = SPOILED[spoiled]
    make_older(settings)
    spoil(settings)
    before = checksum(settings.instance)
    with pytest.raises(StartRefused, match=sentence):
        start(settings)
    assert checksum(settings.instance) == before


def test_a_ring_with_a_newer_key_in_front_still_opens(settings: Settings) -> None:
    old = json.loads(settings.root_key_path.read_text())["keys"][0]["key"]
    write_ring(settings, os.urandom(32), base64.b64decode(old))
    open_store(settings).engine.dispose()


def test_a_command_may_give_the_ring(settings: Settings, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.move(settings.root_key_path, elsewhere)
    by_command = settings.model_copy(update={"root_key_command": f"cat {elsewhere}"})
    open_store(by_command).engine.dispose()
    broken = settings.model_copy(update={"root_key_command": "cat /no/such/file"})
    with pytest.raises(StartRefused, match="ROOT_KEY_COMMAND"):
        open_store(broken)


def test_a_prepared_instance_is_private(settings: Settings) -> None:
    modes = {
        path: stat.S_IMODE((settings.instance / path).stat().st_mode) for path in ("almoner.db", "root.key")
    }
    assert modes == {"almoner.db": 0o600, "root.key": 0o400}
    assert stat.S_IMODE(settings.instance.stat().st_mode) == 0o700


def test_a_practice_portal_is_begun_again_by_make_run(settings: Settings) -> None:
    settings.root_key_path.unlink()
    with pytest.raises(StartRefused, match=r"remove the folder .* and run: make run"):
        open_store(settings.model_copy(update={"demo": True}))


def test_preparing_again_changes_no_key(settings: Settings) -> None:
    key = settings.root_key_path.read_bytes()
    prepare(settings)
    assert settings.root_key_path.read_bytes() == key


def test_a_newer_database_stops_the_start(empty_database: Database) -> None:
    settings = empty_database.settings()
    prepare(settings)
    engine = create_engine(empty_database.all_rows)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    for start in (prepare, open_store):
        with pytest.raises(StartRefused, match="newer version"):
            start(settings)


def test_a_file_that_is_no_database_stops_the_start(settings: Settings) -> None:
    (settings.instance / "almoner.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StartRefused, match=r"almoner\.db cannot be used as a database") as caught:
        prepare(settings)
    assert "password" not in str(caught.value)


def test_no_database_and_no_key_together_are_told_apart(settings: Settings) -> None:
    (settings.instance / "almoner.db").write_bytes(b"no database" * 1000)
    settings.root_key_path.unlink()
    with pytest.raises(StartRefused):
        prepare(settings)
    assert not settings.root_key_path.exists()


def test_a_server_that_does_not_answer_stops_the_start(tmp_path: Path) -> None:
    url = "postgresql://nobody:secret-of-nobody@127.0.0.1:9/none"
    settings = Settings(instance=tmp_path, database_url=url, owner_database_url=url)
    with pytest.raises(StartRefused, match="does not answer") as caught:
        prepare(settings)
    assert "secret-of-nobody" not in str(caught.value)


def test_a_folder_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StartRefused, match="INSTANCE"):
        prepare(Settings(instance=tmp_path / "file" / "instance"))


@pytest.mark.parametrize("role", ["owner_url", "all_rows"])
def test_the_working_role_must_not_own_or_bypass(role: str, empty_database: Database) -> None:
    if empty_database.kind != "postgres":
        pytest.skip("SQLite has no roles")
    prepare(empty_database.settings())
    settings = empty_database.settings().model_copy(update={"database_url": getattr(empty_database, role)})
    with pytest.raises(StartRefused, match=r"owns the table|bypasses row level security"):
        open_store(settings)


def test_a_table_without_its_wall_stops_the_start(empty_database: Database) -> None:
    if empty_database.kind != "postgres":
        pytest.skip("SQLite has no row level security")
    prepare(empty_database.settings())
    engine = create_engine(empty_database.all_rows)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE boards NO FORCE ROW LEVEL SECURITY"))
    engine.dispose()
    with pytest.raises(StartRefused, match="not forced on the table boards"):
        open_store(empty_database.settings())


@pytest.mark.parametrize("program", [("-c", "import wsgi"), ("-m", "gunicorn", "wsgi:app")])
def test_the_server_ends_with_a_sentence(program: tuple[str, ...], settings: Settings) -> None:
    settings.root_key_path.chmod(0o444)
    environment = {**os.environ, "ALMONER_INSTANCE": str(settings.instance)}
    done = subprocess.run(
        [sys.executable, *program], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert "chmod 0400" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 78


SECRET_FILES: dict[str, tuple[tuple[str, int] | None, str]] = {
    "missing": (None, "is not there, is empty or cannot be read"),
    "empty": (("", 0o400), "is not there, is empty or cannot be read"),
    "readable by others": (("ATOA-file", 0o440), "can be read by others. Run: chmod 0400"),
}


@pytest.mark.parametrize("found", SECRET_FILES)
def test_the_file_of_the_shared_apps_secret_is_looked_at(found: str, settings: Settings) -> None:
    """Before any worker is begun: one that refuses would be begun again and again."""
    given, sentence = SECRET_FILES[found]
    path = settings.instance / "shared-app"
    if given:
        path.write_text(given[0])
        path.chmod(given[1])
    environment = {
        **os.environ,
        "ALMONER_INSTANCE": str(settings.instance),
        "ALMONER_SHARED_APP_CLIENT_ID": "A" * 32,
        "ALMONER_SHARED_APP_SECRET_FILE": str(path),
    }
    program = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert f"The file of ALMONER_SHARED_APP_SECRET_FILE {sentence}" in done.stderr
    assert "Traceback" not in done.stderr and "ATOA-file" not in done.stderr
    assert "worker" not in done.stderr.lower()
    assert done.returncode == 78
