"""Root keys are added, promoted, sealed anew with and retired while the portal serves (T36, T39)."""

import json
import shutil
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine, func, inspect, select, text

from portal import clock
from portal.audit.log import verify
from portal.config import Settings
from portal.credentials.shared_grants import account_hashes
from portal.errors import SecretUnreadable
from portal.mail.outbox import queue
from portal.secret import Secret
from portal.store import health, rewrapping
from portal.store.ring import create_ring_file
from portal.store.tables import (
    Grant,
    Mail,
    OauthApp,
    PortalAuditEvent,
    RootCanary,
    SharedGrant,
    SigningKey,
    User,
)
from portal.store.vault import get_secret, put_secret
from portal.store.work import NOBODY, Store, Work
from tests.operator.conftest import Operator
from tests.support import canaries, samples
from tests.support.page import Page
from tests.support.portals import Portal
from tests.support.world import TenantWorld, World

SHARED = "SharedAppOfTheOperator"


def ids(operator: Operator) -> list[str]:
    return [line.split()[0] for line in operator.run("root-key", "list").splitlines()]


def values(operator: Operator) -> dict[str, int]:
    lines = [line.split() for line in operator.run("root-key", "list").splitlines()]
    return {line[0]: int(line[-1]) for line in lines}


def add(operator: Operator) -> str:
    before = ids(operator)
    operator.run("root-key", "add")
    return next(one for one in ids(operator) if one not in before)


def send(store: Store, text: str) -> None:
    with Work(store, None, NOBODY).write() as session:
        queue(session, uuid4().hex, "mia@example.org", "Hello", text)


def shared_grant(tenant: TenantWorld, account: str) -> None:
    app, now = OauthApp(id=uuid4(), is_shared=True, client_id=SHARED, scopes=[]), clock.now()
    with tenant.work().write() as session:
        session.add(app)
        session.flush()
        row = Grant(
            app_id=app.id, provider_account=account, scopes=[], sites=[], expires_at=now, refreshed_at=now
        )
        session.add(row)
        newest = account_hashes(session, account)[0]
        session.add(SharedGrant(client_id=SHARED, account_hash=newest, tenant_id=tenant.id))


def fill(store: Store) -> list[TenantWorld]:
    """Something of every sort that a root key seals or hashes."""
    tenants = [World(store).tenant(), World(store).tenant()]
    for tenant in tenants:
        samples.signing_key(tenant, samples.account(tenant))
        shared_grant(tenant, f"account-of-{tenant.slug}")
        with tenant.work().write() as session:
            user = session.get_one(User, tenant.member.user_id)
            put_secret(session, user, "totp_secret", Secret(canaries.new("totp")))
    send(store, canaries.new("mail"))
    return tenants


def read_all(store: Store, tenants: list[TenantWorld]) -> None:
    """Every secret opens in this process, and every account of the shared app is found."""
    for tenant in tenants:
        with Work(store, tenant.id, NOBODY).read() as session:
            for key in session.scalars(select(SigningKey)):
                assert canaries.found_in(get_secret(session, key, "private_key").reveal())
            user = session.get_one(User, tenant.member.user_id)
            assert canaries.found_in(get_secret(session, user, "totp_secret").reveal())
            hashes = account_hashes(session, f"account-of-{tenant.slug}")
            found = session.scalars(select(SharedGrant.tenant_id).where(SharedGrant.account_hash.in_(hashes)))
            assert list(found) == [tenant.id]
    with Work(store, None, NOBODY).read() as session:
        for mail in session.scalars(select(Mail)):
            get_secret(session, mail, "content")


def at(server: Portal, cookies: dict[str, str]) -> FlaskClient:
    """A browser with these cookies, at this process."""
    client = server.client()
    for name, value in cookies.items():
        client.set_cookie(name, value, domain="127.0.0.1")
    return client


def newest_mail_sealed_by(store: Store) -> str:
    with Work(store, None, NOBODY).read() as session:
        return bytes(session.scalars(select(Mail.content).order_by(Mail.created_at.desc())).first())[
            1:9
        ].hex()


def test_a_promoted_key_seals_in_every_process_that_serves(operator: Operator) -> None:
    server, other = operator.server(), operator.process()
    tenants, old = fill(server.store), ids(operator)[0]
    before = values(operator)[old]
    assert before >= 9  # the data keys of two tenants and their strangers' tenants; then what `fill` made

    new = add(operator)
    ring = operator.settings.root_key_path
    assert stat.S_IMODE(ring.stat().st_mode) == 0o400 and ids(operator) == [old, new]
    assert values(operator) == {old: before, new: 0}

    client = at(server, server.cookies_of(tenants[0].admin))
    form = str(Page(client.get("/profile/").text).soup.select("input[name=csrf_token]")[0]["value"])
    operator.run("root-key", "promote", new)
    assert ids(operator) == [new, old]
    assert f"The key {new} seals" in operator.run("root-key", "promote", new)
    assert health.look(server.store) == {"database": True, "schema": True, "root_key": True}

    # A cookie that a restarted process has signed is good at one that learns of the key from it alone.
    restarted = operator.server()
    fresh = at(server, restarted.cookies_of(tenants[0].member))
    assert fresh.get("/profile/").status_code == 200
    # A form that was opened before is taken.
    assert client.post("/sign-out", data={"csrf_token": form}).status_code == 303
    send(other, "sealed by a process that had read the old ring")
    assert newest_mail_sealed_by(other) == new
    for store in (server.store, other, restarted.store):
        read_all(store, tenants)
    assert values(operator) == {new: 1, old: before}


def test_what_an_old_key_sealed_is_sealed_anew_and_the_key_retired(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = operator.process()
    tenants, old = fill(other), ids(operator)[0]
    before, new = values(operator)[old], add(operator)
    behind, idle = ring_of_another_machine(operator), operator.server()
    operator.run("root-key", "promote", new)
    # That process has sealed nothing since, and has seen no cookie by the new key.
    cookies = idle.cookies_of(tenants[0].member)
    assert f"Values still sealed with {old}: {before}." in operator.run("root-key", "retire", old, code=1)
    assert ids(operator) == [new, old]

    monkeypatch.setattr(rewrapping, "AT_ONCE", 1)
    for done in range(1, 4):
        with monkeypatch.context() as patched:
            patched.setattr(rewrapping, "_seal_again", stopped_after_one())
            with pytest.raises(AssertionError, match="stopped"):
                operator.run("root-key", "rewrap")
        assert values(operator)[old] == before - done
        read_all(other, tenants)
    assert f"sealed anew: {before - 3}." in operator.run("root-key", "rewrap")
    assert "sealed anew: 0." in operator.run("root-key", "rewrap")
    assert values(operator) == {new: before, old: 0}

    stale = operator.process(behind)
    assert "seals" in operator.run("root-key", "retire", new, code=1)
    operator.run("root-key", "retire", old)
    assert ids(operator) == [new]
    assert at(operator.server(), cookies).get("/profile/").status_code == 200
    with pytest.raises(SecretUnreadable):
        send(stale, "what nobody could open")
    for store in (other, operator.process()):
        read_all(store, tenants)
        send(store, "after it")
    assert values(operator) == {new: before + 2}
    with Work(other, None, NOBODY).read() as session:
        lines = select(PortalAuditEvent.event).where(PortalAuditEvent.event.like("root%"))
        lines = lines.order_by(PortalAuditEvent.seq)
        told = [event.removeprefix("root_key.") for event in session.scalars(lines)]
        assert told == ["added", "promoted", "rewrapped", "rewrapped", "retired"]
        assert verify(session)[1] is None


def ring_of_another_machine(operator: Operator) -> Settings:
    """Settings of a machine that has the keys of now, and is never told of what comes."""
    ring = operator.settings.root_key_path
    behind = operator.settings.model_copy(update={"root_key_file": ring.with_name("behind.key")})
    shutil.copy(ring, behind.root_key_path)
    return behind


def stopped_after_one() -> Callable[..., None]:
    seal_again, left = rewrapping._seal_again, [1]

    def once(*given: Any) -> None:
        if not left:
            raise RuntimeError("stopped")
        left.pop()
        seal_again(*given)

    return once


def test_a_key_that_a_process_is_sealing_with_is_not_retired(operator: Operator) -> None:
    """The canary is held by whoever seals; with it gone nobody does."""
    store, old = operator.process(), ids(operator)[0]
    new = add(operator)
    operator.run("root-key", "promote", new)
    with Work(store, None, NOBODY).write() as session:
        assert session.info["vault"].sealing_key(session)[0] == new
        session.delete(session.get_one(RootCanary, new))
        with pytest.raises(SecretUnreadable):
            session.info["vault"].sealing_key(session)
        session.rollback()
    for key, words in ((uuid4().hex[:16], "no key"), (new, "Promote another")):
        assert words in operator.run("root-key", "retire", key, code=1)
    assert "no key" in operator.run("root-key", "promote", "zz", code=1)
    operator.run("root-key", "retire", old)
    with Work(store, None, NOBODY).read() as session:
        assert list(session.scalars(select(RootCanary.root_key_id))) == [new]


@pytest.mark.parametrize("empty_database", ["postgres"], indirect=True)  # on SQLite one writes at a time
def test_who_retires_a_key_waits_for_who_is_sealing_with_it(operator: Operator) -> None:
    store, old = operator.process(), ids(operator)[0]
    new = add(operator)
    with ThreadPoolExecutor(1) as pool:
        with Work(store, None, NOBODY).write() as session:
            queue(session, "slow", "mia@example.org", "Hello", "sealed by the old key")
            operator.run("root-key", "promote", new)
            retiring = pool.submit(operator.run, "root-key", "retire", old, code=1)
            with pytest.raises(TimeoutError):
                retiring.result(timeout=3)
        assert f"Values still sealed with {old}: 1." in retiring.result(timeout=30)
    assert ids(operator) == [new, old]


@pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)
def test_a_ring_in_a_secret_store_is_changed_there(operator: Operator, tmp_path: Path) -> None:
    """With a command the keys are printed once, where they have to be put by hand, and nowhere else."""
    kept = tmp_path / "kept"
    shutil.move(operator.settings.root_key_path, kept)
    kept.chmod(0o600)
    operator.change(root_key_command=f"cat {kept}")
    fill(operator.process())
    old = ids(operator)[0]
    printed = operator.run("root-key", "add")
    line = next(line for line in printed.splitlines() if line.startswith("{"))
    new = json.loads(line)["keys"][1]["id"]
    assert ids(operator) == [old] and not operator.settings.root_key_path.exists()
    assert "no key" in operator.run("root-key", "promote", new, code=1)
    kept.write_text(line)
    assert "first in what" in operator.run("root-key", "promote", new, code=1)
    entries = json.loads(line)["keys"]
    kept.write_text(json.dumps({"keys": entries[::-1]}))
    said = operator.run("root-key", "promote", new) + operator.run("root-key", "rewrap")
    said += operator.run("root-key", "retire", old) + operator.run("root-key", "list")
    assert f"Take the entry {old} out" in said and not [e for e in entries if e["key"] in said]
    kept.write_text(json.dumps({"keys": [entries[1]]}))
    with Work(operator.process(), None, NOBODY).read() as session:
        assert session.scalar(select(func.count()).select_from(Mail)) == 1
    assert operator.run("verify-audit")


@pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)
def test_no_command_goes_on_with_a_wrong_ring(operator: Operator, tmp_path: Path) -> None:
    """Each refuses before anything is written."""
    fill(operator.process())
    ring, kept = operator.settings.root_key_path, tmp_path / "ring"
    shutil.move(ring, kept)
    rows = rows_of(operator)
    commands = [
        ("init",), ("migrate",), ("make-tenant", "x1", "X", "--admin", "a@example.org"),
        ("make-support", "s@example.org", "S"), ("reset-link", "s@example.org"), ("verify-audit",),
        ("worker",), ("root-key", "list"), ("root-key", "add"), ("root-key", "promote", "x"),
        ("root-key", "rewrap"), ("root-key", "retire", "x"),
    ]  # fmt: skip
    for words in commands:
        assert "root key file" in operator.run(*words, code=78), words
        assert not ring.exists()
    ring.write_text(kept.read_text().replace(ids_in(kept)[0], "0" * 16))
    ring.chmod(0o400)
    for words in commands:
        assert "does not fit its key" in operator.run(*words, code=78), words
    ring.unlink()
    create_ring_file(ring)  # a good one, of another portal
    for words in commands:
        assert "is not in the ring" in operator.run(*words, code=78), words
    assert rows_of(operator) == rows


def ids_in(path: Path) -> list[str]:
    return [entry["id"] for entry in json.loads(path.read_text())["keys"]]


def rows_of(operator: Operator) -> dict[str, int]:
    engine = create_engine(operator.database.all_rows)
    with engine.connect() as connection:
        names = inspect(engine).get_table_names()
        counted = {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) for name in names}
    engine.dispose()
    return counted


@pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)
def test_a_secret_store_that_lags_behind_is_asked_once_a_second_and_outside_transactions(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each asking runs a command, for which everybody who wants to write would wait."""
    kept, asked, seconds = tmp_path / "kept", tmp_path / "asked", [100.0]
    monkeypatch.setattr("portal.store.vault.time.monotonic", lambda: seconds[0])
    shutil.copy(operator.settings.root_key_path, kept)
    behind = {"root_key_file": None, "root_key_command": f"sh -c 'echo 1 >> {asked}; cat {kept}'"}
    store = operator.process(operator.settings.model_copy(update=behind))
    at_start = len(asked.read_text().split())
    send(store, "nothing was changed since the start")
    assert len(asked.read_text().split()) == at_start

    operator.run("root-key", "promote", add(operator))
    for more, times in ((0, 1), (0.5, 1), (1, 2), (0, 2)):
        seconds[0] += more
        with Work(store, None, NOBODY).read() as session:
            found = store.vault.canaries(session)
        assert len(asked.read_text().split()) <= at_start + times
        store.vault.follow(found)
        assert len(asked.read_text().split()) == at_start + times
    kept.chmod(0o600)
    kept.write_text(operator.settings.root_key_path.read_text())
    seconds[0] += 2
    send(store, "by the new key")
    assert newest_mail_sealed_by(store) == ids(operator)[0]
    send(store, "again")
    assert len(asked.read_text().split()) == at_start + 3
