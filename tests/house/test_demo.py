"""``make run`` without make: both programs start, stop, go on, and refuse in words."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import create_engine, text

ROOT = Path(__file__).parents[2]
Started = tuple["subprocess.Popen[str]", str]


def free_port() -> int:
    """A port that is free with the three above it: the practice Jira takes four."""
    while True:
        with ExitStack() as held:
            first = held.enter_context(closing(socket.create_server(("127.0.0.1", 0)))).getsockname()[1]
            try:
                for more in (1, 2, 3):
                    held.enter_context(closing(socket.create_server(("127.0.0.1", first + more))))
            except (OSError, OverflowError):
                continue
            return int(first)


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


def test_both_run_and_a_second_start_goes_on(environment: dict[str, str]) -> None:
    with demo(environment) as (_, printed):
        portal, jira = re.findall(r"http://\S+", printed)[:2]
        assert requests.get(f"{portal}/readyz", timeout=5).json()["status"] == "ok"
        assert requests.get(jira, timeout=5).ok
        assert len(passwords(printed)) == 3
    for address in (portal, jira):
        with pytest.raises(requests.ConnectionError):
            requests.get(address, timeout=2)
    with demo(environment) as (_, again):
        assert passwords(again) == passwords(printed)


def test_the_practice_atlassian_knows_the_app_of_the_portal(environment: dict[str, str]) -> None:
    secret_file = Path(environment["ALMONER_INSTANCE"]) / "sandbox" / "shared-app.secret"
    with demo(environment) as (_, printed):
        atlassian = re.findall(r"Atlassian +(http://\S+)", printed)[0]
        asked = {"client_id": "PracticeAppOfThisPortal000000000", "grant_type": "refresh_token"}
        secret = secret_file.read_text().strip()
        for given, error in (("wrong", "access_denied"), (secret, "invalid_grant")):
            body = {**asked, "client_secret": given, "refresh_token": "none"}
            assert requests.post(f"{atlassian}/oauth/token", body, timeout=5).json()["error"] == error
        site = re.findall(r"with the site (http://\S+)", printed)[0]
        assert requests.get(f"{site}/_edge/tenant_info", timeout=5).json()["cloudId"]
    assert secret_file.stat().st_mode & 0o777 == 0o600
    with demo(environment):
        assert secret_file.read_text().strip() == secret


def answers(address: str) -> bool:
    try:
        requests.get(address, timeout=2)
    except requests.ConnectionError:
        return False
    return True


@pytest.mark.parametrize("end", [signal.SIGHUP, signal.SIGTERM, signal.SIGKILL], ids=lambda end: end.name)
def test_nothing_stays_behind_however_it_ends(end: signal.Signals, environment: dict[str, str]) -> None:
    """SIGHUP: the terminal is closed. SIGKILL: nobody is left to stop the two; only Linux tells them."""
    if end is signal.SIGKILL and sys.platform != "linux":
        pytest.skip("needs prctl")
    with demo(environment, end) as (_, printed):
        addresses = re.findall(r"http://\S+", printed)[:2]
    for _ in range(60):
        if not any(answers(address) for address in addresses):
            return
        time.sleep(0.25)
    pytest.fail("a server still answers")


def test_too_large_a_form_ends_the_connection(environment: dict[str, str]) -> None:
    """What is not read of it would stand where the next request is expected."""
    with demo(environment) as (_, printed), requests.Session() as browser:
        address = re.findall(r"http://\S+", printed)[0] + "/sign-in"
        page = browser.get(address, timeout=5).text
        token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0]
        answer = browser.post(address, {"csrf_token": token, "email": "A" * (2 << 20)}, timeout=5)
        assert (answer.status_code, answer.headers["Connection"]) == (413, "close")
        assert browser.get(address, timeout=5).status_code == 200


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


@pytest.mark.parametrize(
    ("change", "sentence"),
    [(lose_key, "Put it back"), (make_newer, "newer version"), (spoil, "cannot be used as a database")],
)
def test_a_folder_that_does_not_fit_is_refused(
    change: Callable[[Path], None], sentence: str, environment: dict[str, str]
) -> None:
    with demo(environment):
        pass
    instance = Path(environment["ALMONER_INSTANCE"])
    change(instance)
    database = (instance / "almoner.db").read_bytes()
    assert sentence in refused(environment)
    assert (instance / "almoner.db").read_bytes() == database
