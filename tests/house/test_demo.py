"""``make run`` without make: both programs start, stop, go on, and refuse in words."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from random import randrange

import pytest
import requests
from sqlalchemy import create_engine, text

ROOT = Path(__file__).parents[2]
Started = tuple["subprocess.Popen[str]", str]


def free_port() -> int:
    """A port that is free with the three above it: the practice Jira takes four. Below those that this
    machine gives to outgoing connections, of which other tests make many meanwhile."""
    while True:
        first = randrange(10_000, 32_000)
        with ExitStack() as held, suppress(OSError):
            for port in range(first, first + 4):
                held.enter_context(closing(socket.create_server(("127.0.0.1", port))))
            return first


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A demo of the test's own: its folder and its ports."""
    ports = {"PORT": str(free_port()), "SANDBOX_PORT": str(free_port())}
    return {**os.environ, **ports, "ALMONER_INSTANCE": str(tmp_path / "instance"), "PYTHONUNBUFFERED": "1"}


@contextmanager
def demo(environment: dict[str, str], end: signal.Signals = signal.SIGINT) -> Iterator[Started]:
    """The demo, running until ``end`` is sent, with what it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "portal.demo"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    printed = ""
    while "Ctrl-C" not in printed and (line := process.stdout.readline()):
        printed += line
    try:
        yield process, printed
    finally:
        process.send_signal(end)
        assert process.wait(30) == (-end if end is signal.SIGKILL else 0)
        process.stdout.close()


def refused(environment: dict[str, str]) -> str:
    """What a demo that must not start says."""
    done = subprocess.run(
        [sys.executable, "-m", "portal.demo"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 78, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def passwords(printed: str) -> list[str]:
    return re.findall(r"@acme\.example +(\S+)", printed)


def assert_atlassian_knows_the_app(printed: str, secret: str) -> None:
    """By its secret only; and the practice site has an id."""
    atlassian = re.findall(r"Atlassian +(http://\S+)", printed)[0]
    asked = {"client_id": "PracticeAppOfThisPortal000000000", "grant_type": "refresh_token"}
    for given, error in (("wrong", "access_denied"), (secret, "invalid_grant")):
        body = {**asked, "client_secret": given, "refresh_token": "none"}
        assert requests.post(f"{atlassian}/oauth/token", body, timeout=30).json()["error"] == error
    site = re.findall(r"with the site (http://\S+)", printed)[0]
    assert requests.get(f"{site}/_edge/tenant_info", timeout=30).json()["cloudId"]


def assert_too_large_a_form_ends_the_connection(portal: str) -> None:
    """What is not read of it would stand where the next request is expected."""
    address = f"{portal}/sign-in"
    with requests.Session() as browser:
        page = browser.get(address, timeout=30).text
        token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0]
        answer = browser.post(address, {"csrf_token": token, "email": "A" * (2 << 20)}, timeout=30)
        assert (answer.status_code, answer.headers["Connection"]) == (413, "close")
        assert browser.get(address, timeout=30).status_code == 200


def test_both_run_and_a_second_start_goes_on(environment: dict[str, str]) -> None:
    secret_file = Path(environment["ALMONER_INSTANCE"]) / "sandbox" / "shared-app.secret"
    with demo(environment) as (_, printed):
        portal, jira = re.findall(r"http://\S+", printed)[:2]
        assert requests.get(f"{portal}/readyz", timeout=30).json()["status"] == "ok"
        assert requests.get(jira, timeout=30).ok
        assert len(passwords(printed)) == 3
        secret = secret_file.read_text().strip()
        assert_atlassian_knows_the_app(printed, secret)
        assert_too_large_a_form_ends_the_connection(portal)
    assert secret_file.stat().st_mode & 0o777 == 0o600
    for address in (portal, jira):
        with pytest.raises(requests.ConnectionError):
            requests.get(address, timeout=2)
    with demo(environment, signal.SIGHUP) as (_, again):  # the terminal is closed
        assert passwords(again) == passwords(printed)
        assert secret_file.read_text().strip() == secret
    assert_nothing_stays_behind(again)


def answers(address: str) -> bool:
    try:
        requests.get(address, timeout=2)
    except requests.Timeout:
        return True
    except requests.ConnectionError:
        return False
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="needs prctl")
def test_a_killed_demo_leaves_nothing_behind(environment: dict[str, str]) -> None:
    """Nobody is left to stop the two; only Linux tells them."""
    with demo(environment, signal.SIGKILL) as (_, printed):
        pass
    assert_nothing_stays_behind(printed)


def assert_nothing_stays_behind(printed: str) -> None:
    addresses = re.findall(r"http://\S+", printed)[:2]
    for _ in range(60):
        if not any(answers(address) for address in addresses):
            return
        time.sleep(0.25)
    pytest.fail("a server still answers")


@pytest.mark.parametrize("name", ["PORT", "SANDBOX_PORT"])
def test_a_taken_port_is_named(name: str, environment: dict[str, str]) -> None:
    with closing(socket.create_server(("127.0.0.1", int(environment[name])))):
        said = refused(environment)
    assert f"Port {environment[name]} is taken" in said
    assert f"make run {name}=" in said
    assert not Path(environment["ALMONER_INSTANCE"]).exists()


def lose_key(instance: Path) -> None:
    (instance / "root.key").unlink()


def make_newer(instance: Path) -> None:
    engine = create_engine(f"sqlite:///{instance / 'almoner.db'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()


def spoil(instance: Path) -> None:
    (instance / "almoner.db").write_bytes(b"no database" * 1000)


NOT_FITTING: dict[Callable[[Path], None], str] = {
    lose_key: "Put it back",
    make_newer: "newer version",
    spoil: "cannot be used as a database",
}


def test_a_folder_that_does_not_fit_is_refused(environment: dict[str, str], tmp_path: Path) -> None:
    with demo(environment, signal.SIGTERM) as (_, printed):
        pass
    assert_nothing_stays_behind(printed)
    with closing(sqlite3.connect(Path(environment["ALMONER_INSTANCE"]) / "almoner.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # as whoever opens it next would
    for change, sentence in NOT_FITTING.items():
        instance = tmp_path / change.__name__
        shutil.copytree(environment["ALMONER_INSTANCE"], instance)
        change(instance)
        before = (instance / "almoner.db").read_bytes()
        assert sentence in refused({**environment, "ALMONER_INSTANCE": str(instance)})
        assert (instance / "almoner.db").read_bytes() == before
