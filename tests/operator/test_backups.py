"""A backup made while the portal serves, the database destroyed, and everything back: on both databases."""

import gzip
import json
import os
import shutil
import sqlite3
import stat
import tarfile
import threading
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, make_url, select, text

from portal.audit.log import record, verify
from portal.people import sign_ins
from portal.store import backups
from portal.store.ring import create_ring_file
from portal.store.sqlite_files import BESIDE_SQLITE
from portal.store.tables import AuditEvent
from portal.store.work import NOBODY, Work
from tests.operator.conftest import Operator
from tests.operator.test_root_keys import fill, read_all, send
from tests.support import canaries
from tests.support.world import TenantWorld


def write_until(stop: threading.Event, begun: threading.Event, tenant: TenantWorld) -> None:
    work = tenant.work(tenant.admin)
    while not stop.is_set():
        with work.write() as session:
            record(session, work, "member.joined", role="member")
        begun.set()
        stop.wait(0.005)


def count_lines(tenant: TenantWorld) -> int:
    """How many lines the tenant's record has."""
    with tenant.work().read() as session:
        return session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def destroy(operator: Operator) -> None:
    """What a disk that dies leaves of the database."""
    for store in operator.opened:
        store.engine.dispose()
    operator.opened.clear()
    if operator.database.kind == "sqlite":
        for path in operator.settings.instance.glob("almoner.db*"):
            path.unlink()
        return
    name = make_url(operator.database.url).database
    owner = make_url(operator.database.owner_url).username
    engine = create_engine(
        make_url(operator.database.all_rows).set(database="postgres"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name} OWNER {owner}"))
    engine.dispose()


def test_what_was_backed_up_while_serving_is_there_again(operator: Operator, tmp_path: Path) -> None:
    server = operator.server()
    tenants, file = fill(server.store), tmp_path / "almoner.backup"
    stop, begun = threading.Event(), threading.Event()
    writer = threading.Thread(target=write_until, args=(stop, begun, tenants[0]))
    writer.start()
    try:
        assert begun.wait(30)
        said = operator.run("backup", file)
    finally:
        stop.set()
        writer.join()
    assert "root keys are not in it" in said and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "already" in operator.run("backup", file, code=1)
    assert [path.name for path in tmp_path.iterdir()] == [file.name], "something was left beside it"
    keys = json.loads(operator.settings.root_key_path.read_text())["keys"]
    with tarfile.open(file) as packed:
        inside = b"".join(packed.extractfile(name).read() for name in ("backup.json", "database"))  # type: ignore[union-attr]
    assert not [key for key in keys if key["key"].encode() in inside]
    canaries.assert_none_in(inside, "the backup")

    person = tenants[0].admin
    lines = count_lines(tenants[0])
    assert "--replace" in operator.run("restore", file, code=1)
    destroy(operator)
    told = operator.run("restore", file)
    assert "the portal: whole" in told and "does not fit" not in told
    again = operator.server()
    read_all(again.store, tenants)
    anybody = Work(again.store, None, NOBODY)
    assert sign_ins.start(anybody, person.email, person.password, "", "")
    with Work(again.store, tenants[0].id, NOBODY).read() as session:
        kept, broken = verify(session)
    assert broken is None and 0 < kept <= lines
    send(again.store, "goes on")
    assert "is made" in operator.run("make-tenant", "new", "New", "--admin", "nina@example.org")


def test_a_database_that_holds_something_is_replaced_by_name_only_and_with_nobody_in_it(
    operator: Operator, tmp_path: Path
) -> None:
    file = tmp_path / "one"
    operator.run("backup", file)
    operator.run("make-tenant", "later", "Later", "--admin", "lea@example.org")
    name = backups.database_name(operator.settings)
    for typed in ((), ("--replace", "other")):
        assert f"type: --replace {name}" in operator.run("restore", file, *typed, code=1)
    serving = operator.process()
    with Work(serving, None, NOBODY).read() as session:
        session.scalar(select(func.count()).select_from(AuditEvent.__table__.metadata.tables["tenants"]))
        assert "Stop the portal" in operator.run("restore", file, "--replace", name, code=1)
    serving.engine.dispose()
    assert "later: whole" in operator.run("verify-audit")
    operator.run("restore", file, "--replace", name)
    assert "later" not in operator.run("verify-audit")


def spoil_digest(path: Path) -> None:
    rewrite(path, lambda name, content: content + b"more" if name == "database" else content)


def spoil_words(path: Path) -> None:
    rewrite(path, lambda name, content: content.replace(b'"users": 0', b'"users": 1'))


def spoil_revision(path: Path) -> None:
    rewrite(path, lambda name, content: content.replace(b'"revision": "0', b'"revision": "9'))


def spoil_canaries(path: Path) -> None:
    rewrite(
        path, lambda name, content: content.replace(b'"canaries": {', b'"canaries": {"00": "no digits", ')
    )


def spoil_seal(path: Path) -> None:
    rewrite(path, lambda name, content: content.replace(b'"seal": "', b'"seal": "\\u00e9'))


def spoil_middle(path: Path) -> None:
    """What a bad disk leaves: the compressed stream itself does not hold together."""
    whole, again = gzip.decompress(path.read_bytes()), zlib.compressobj(wbits=31)
    path.write_bytes(again.compress(whole[: len(whole) // 2]) + again.flush(zlib.Z_FULL_FLUSH) + b"\xff" * 99)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2000])


def rewrite(path: Path, change) -> None:
    with tarfile.open(path) as packed:
        members = {name: packed.extractfile(name).read() for name in packed.getnames()}  # type: ignore[union-attr]
    with tarfile.open(path, "w:gz") as packed:
        for name, content in members.items():
            changed = change(name, content)
            member = tarfile.TarInfo(name)
            member.size = len(changed)
            packed.addfile(member, BytesIO(changed))


def test_what_is_wrong_with_a_backup_is_found_before_anything_is_written(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = tmp_path / "good"
    operator.run("backup", good)
    name = backups.database_name(operator.settings)
    before = backups.counts_now(operator.settings)
    for spoil, words in (
        (spoil_digest, "is not the one"),
        (spoil_words, "was changed"),
        (spoil_revision, "was changed"),
        (cut, "not whole"),
        (spoil_middle, "not whole"),
        (spoil_canaries, "is no backup"),
        (spoil_seal, "was changed"),
        (lambda path: path.write_text("no backup"), "is no backup"),
        (Path.unlink, "no file"),
    ):
        bad = tmp_path / "bad"
        shutil.copy(good, bad)
        spoil(bad)  # type: ignore[operator]
        assert words in operator.run("restore", bad, "--replace", name, code=1)
    with monkeypatch.context() as patched:
        patched.setattr("portal.store.schema.head", lambda: "9999")  # as a later version would be
        assert "Restore it with that version" in operator.run("restore", good, "--replace", name, code=1)
    ring = operator.settings.root_key_path
    shutil.move(ring, tmp_path / "ring")
    assert "root key file" in operator.run("restore", good, "--replace", name, code=78)
    operator.change(root_key_file=tmp_path / "ring", root_key_command="")
    other = operator.settings.model_copy(update={"instance": tmp_path / "other", "root_key_file": None})
    (tmp_path / "other").mkdir()
    create_ring_file(other.root_key_path)
    operator.change(root_key_file=other.root_key_path)
    assert "is not in the ring" in operator.run("restore", good, "--replace", name, code=78)
    operator.change(root_key_file=tmp_path / "ring")
    assert backups.counts_now(operator.settings) == before
    assert operator.run("restore", good, "--replace", name)


@pytest.mark.parametrize("empty_database", ["postgres"], indirect=True)
def test_a_password_is_no_argument(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arguments can be read by every user of the machine."""
    password = make_url(operator.database.owner_url).password
    spy = tmp_path / "bin" / "pg_dump"
    spy.parent.mkdir()
    spy.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\nexec {shutil.which("pg_dump")} "$@"\n')
    spy.chmod(0o700)
    monkeypatch.setenv("PATH", f"{spy.parent}:{os.environ['PATH']}")
    operator.run("backup", tmp_path / "file")
    assert password and password not in (tmp_path / "said").read_text()
    engine = create_engine(operator.database.all_rows)
    with engine.begin() as connection:
        connection.execute(text("DROP POLICY owner_reads ON boards"))
    engine.dispose()
    assert "cannot read all rows of boards" in operator.run("backup", tmp_path / "blind", code=78)
    operator.run("migrate")
    operator.run("backup", tmp_path / "seeing")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "pg_dump is not there" in operator.run("backup", tmp_path / "none", code=78)


@pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("damage", [b"\xff", b"\x00", b"\x0d\x00\x00\x7f"], ids=["ones", "noughts", "pages"])
def test_a_damaged_file_is_not_backed_up(operator: Operator, tmp_path: Path, damage: bytes) -> None:
    path = operator.settings.instance / "almoner.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("CREATE TABLE big (a TEXT)")
        connection.executemany("INSERT INTO big VALUES (?)", [("x" * 900,)] * 400)
    content = bytearray(path.read_bytes())
    content[-200_000:-100_000] = damage * (100_000 // len(damage))
    path.write_bytes(content)
    assert "damaged" in operator.run("backup", tmp_path / "file", code=1)
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("empty_database", ["postgres"], indirect=True)
def test_what_cannot_be_loaded_leaves_the_database_as_it_was(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, name = tmp_path / "file", backups.database_name(operator.settings)
    operator.run("backup", file)
    operator.run("make-tenant", "later", "Later", "--admin", "lea@example.org")
    before = backups.counts_now(operator.settings)
    programs = tmp_path / "bin"
    programs.mkdir()
    real, failing = shutil.which("pg_restore"), "#!/bin/sh\necho 'unsupported version (1.99)' >&2; exit 1\n"
    unknown_role = f'#!/bin/sh\n{real} "$@" && sed -i "s/ TO [^ ;]*;/ TO nobody_here;/" "${{2#--file=}}"\n'
    with monkeypatch.context() as patched:
        patched.setenv("PATH", str(programs))
        for program in ("pg_restore", "psql"):
            said = operator.run("restore", file, "--replace", name, code=78)
            assert f"{program} is not there" in said
            (programs / program).symlink_to(shutil.which(program, path=os.defpath) or f"/usr/bin/{program}")
    for stand_in, words in ((failing, "unsupported version"), (unknown_role, 'role "nobody_here" does not')):
        (programs / "pg_restore").unlink()
        (programs / "pg_restore").write_text(stand_in)
        (programs / "pg_restore").chmod(0o700)
        with monkeypatch.context() as patched:
            patched.setenv("PATH", f"{programs}:{os.environ['PATH']}")
            assert words in operator.run("restore", file, "--replace", name, code=78)
        assert backups.counts_now(operator.settings) == before
    assert "later: whole" in operator.run("verify-audit")
    operator.run("restore", file, "--replace", name)
    assert "later" not in operator.run("verify-audit")


def noted_syncs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which files and folders are synced from here on, by their numbers on the disk; 0 where a file is put in
    the place of another."""
    fsync, replace, synced = os.fsync, Path.replace, list[int]()

    def noted(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def replaced(path: Path, place: Path) -> Path:
        synced.append(0)
        return replace(path, place)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(Path, "replace", replaced)
    return synced


@pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)
def test_a_damaged_file_is_replaced(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, place = tmp_path / "file", operator.settings.instance / "almoner.db"
    fill(operator.process())
    before = backups.counts_now(operator.settings)
    operator.run("backup", file)
    operator.run("make-tenant", "later", "Later", "--admin", "lea@example.org")
    written = place.with_name(f"{place.name}-wal").read_bytes()
    for store in operator.opened:
        store.engine.dispose()
    place.write_bytes(os.urandom(50_000))
    for ending in BESIDE_SQLITE:
        place.with_name(place.name + ending).write_bytes(os.urandom(5_000))
    assert f"--replace {place.name}" in operator.run("restore", file, code=1)
    synced = noted_syncs(monkeypatch)
    assert "the portal: whole" in operator.run("restore", file, "--replace", place.name)
    folder = place.parent.stat().st_ino
    assert synced == [place.stat().st_ino, folder, 0, folder]
    counted = backups.counts_now(operator.settings)
    assert counted["users"] == before["users"] > 0 and counted["tenants"] == before["tenants"]

    # Whoever removed the file left what was written for it: SQLite would apply that to any file of this name.
    place.unlink()
    place.with_name(f"{place.name}-wal").write_bytes(written)
    assert "later" not in operator.run("restore", file)
    assert backups.counts_now(operator.settings) == counted
