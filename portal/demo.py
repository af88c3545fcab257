"""``python -m portal.demo``: the portal and a practice Jira on this machine, until Ctrl-C.

What ``make run`` does. Everything it keeps lies in the instance folder, so the next start goes on
where this one stopped. It is for trying the portal out; the README says how to run it for others.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_urlsafe
from types import FrameType
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from portal.config import Settings, read_settings
from portal.errors import StartRefused
from portal.kinds.scopes import SCOPES
from portal.kinds.shape import SHARED_CALLBACK
from portal.people.demo import DemoPerson, make_demo
from portal.start import open_store, prepare
from portal.store.work import OPERATOR, Work

ROOT = Path(__file__).parents[1]
EX_CONFIG = 78
SECONDS_TO_START = 40
SANDBOX_PORTS = 4  # the practice Jira, the practice Atlassian, and its two sites
SECONDS_TO_STOP = 30
PR_SET_PDEATHSIG = 1  # prctl(2)

Process = subprocess.Popen[str]


class _Ended(Exception):
    """Somebody asked us to stop."""


def main() -> None:
    """Start both, print how to sign in, wait for Ctrl-C or the end of the terminal, stop both."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asks to outlive the terminal
        signal.signal(signal.SIGHUP, _end)
    try:
        sys.exit(_run(_port("PORT", 8000), _port("SANDBOX_PORT", 8090)))
    except _Ended:
        with suppress(OSError):  # the terminal may be gone
            _say("\nStopped. Run it again to go on where you left off.")
    except StartRefused as refused:
        sys.stderr.write(f"almoner: {refused}\n")
        sys.exit(EX_CONFIG)


def _run(port: int, sandbox_port: int) -> int:
    """Returns the exit code once one of the two has ended by itself."""
    _refuse_taken("PORT", port)
    for more in range(SANDBOX_PORTS):
        _refuse_taken("SANDBOX_PORT", sandbox_port, more)
    _demo_settings(port, sandbox_port)
    settings = read_settings()
    people = _make_ready(settings)
    shared_app = _make_shared_app(settings)
    with ExitStack() as stack:
        sandbox = stack.enter_context(_started(*_sandbox_command(settings, sandbox_port, shared_app)))
        portal = stack.enter_context(_started("-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"))
        _wait_until_up(settings.base_url, sandbox, portal)
        _say(_welcome(settings, people))
        while portal.poll() is None and sandbox.poll() is None:
            time.sleep(0.5)
        _say("The portal or the practice Jira ended by itself; what it said stands above.")
    return 1


def _port(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise SystemExit(f"almoner: {name} must be a port number, 1 to 65535.")
    return int(text)


def _refuse_taken(name: str, first: int, more: int = 0) -> None:
    """Raise :class:`StartRefused` when the port ``first + more`` cannot be listened on."""
    port = first + more
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise StartRefused(
                f"Port {port} is taken by another program. Stop that one, or choose another port: "
                f"make run {name}={first + SANDBOX_PORTS}"
            ) from None


def _demo_settings(port: int, sandbox_port: int) -> None:
    """What the demo needs of the settings; whatever is set in the environment stays."""
    for name, value in {
        "BASE_URL": f"http://127.0.0.1:{port}",
        "INSTANCE": str(ROOT / "instance"),
        "DEMO": "1",
        "SANDBOX_URL": f"http://localhost:{sandbox_port}",
        "CLOUD_AUTH_URL": f"http://localhost:{sandbox_port + 1}",
        "CLOUD_API_URL": f"http://localhost:{sandbox_port + 1}",
        "PRACTICE_SITES": f"http://localhost:{sandbox_port + 2} http://localhost:{sandbox_port + 3}",
        "OUTBOUND_NETWORKS": "127.0.0.0/8 ::1/128",
        "PLAIN_HTTP_HOSTS": "localhost",
        "LOG_LEVEL": "WARNING",
    }.items():
        os.environ.setdefault(f"ALMONER_{name}", value)
    if "ALMONER_SHARED_APP_CLIENT_ID" not in os.environ:
        os.environ["ALMONER_SHARED_APP_CLIENT_ID"] = "PracticeAppOfThisPortal000000000"
        secret_file = Path(os.environ["ALMONER_INSTANCE"]) / "sandbox" / "shared-app.secret"
        os.environ.setdefault("ALMONER_SHARED_APP_SECRET_FILE", str(secret_file))


def _make_ready(settings: Settings) -> list[DemoPerson]:
    prepare(settings)
    store = open_store(settings)
    try:
        return make_demo(Work(store, None, OPERATOR))
    finally:
        store.engine.dispose()  # the server's processes open their own


def _make_shared_app(settings: Settings) -> Path:
    """The app of this portal at the practice Atlassian: its secret is made once, its callback is today's."""
    folder = settings.instance / "sandbox"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret_file = settings.shared_app_secret_file or folder / "shared-app.secret"
    if not secret_file.exists():
        _write_private(secret_file, f"ATOA{token_urlsafe(45)}\n")
    app = {
        "client_id": settings.shared_app_client_id,
        "client_secret": secret_file.read_text("ascii").strip(),
        "callback_url": settings.base_url + SHARED_CALLBACK,
        "scopes": [scope.id for scope in SCOPES],
    }
    path = folder / "shared-app.json"
    _write_private(path, json.dumps(app))
    return path


def _write_private(path: Path, content: str) -> None:
    """Readable by this user only, from its first byte on."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(content, "ascii")


def _sandbox_command(settings: Settings, port: int, shared_app: Path) -> tuple[str, ...]:
    ports = ("--port", str(port), "--cloud-port", str(port + 1), "--site-ports", f"{port + 2},{port + 3}")
    kept = ("--data", str(settings.instance / "sandbox"), "--shared-app", str(shared_app))
    return ("-m", "portal.sandbox", *ports, *kept, "--quiet")


@contextmanager
def _started(*arguments: str) -> Iterator[Process]:
    """A Python process in a session of its own: Ctrl-C reaches us only, and we stop it in order."""
    process = subprocess.Popen(  # noqa: S603  # nosec B603 # our own modules
        (sys.executable, *arguments),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no threads here
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()


def _end_with_parent() -> None:
    """In the child: take SIGTERM when the demo is killed before it can stop us; only Linux has that."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_until_up(base_url: str, *processes: Process) -> None:
    straight = build_opener(ProxyHandler({}))
    for _ in range(SECONDS_TO_START * 5):
        if any(process.poll() is not None for process in processes):
            raise StartRefused("The portal or the practice Jira could not start; what it said stands above.")
        try:
            straight.open(f"{base_url}/healthz", timeout=2).close()
        except (URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise StartRefused(f"The portal does not answer at {base_url} after {SECONDS_TO_START} seconds.")


def _welcome(settings: Settings, people: list[DemoPerson]) -> str:
    lines = [
        "",
        f"  Almoner         {settings.base_url}",
        f"  Practice Jira   {settings.sandbox_url}   (its users and passwords stand on its first page)",
        f"  Atlassian       {settings.cloud_auth_url}   (practice too, the same users)",
        "",
        "  Sign in to Almoner as:",
        *(f"    {one.email:<20} {one.password or '(changed by you)':<22} {one.role}" for one in people),
        "",
        "  Begin as the admin: Home > Add ALM account, then",
        "    Jira Server OAuth   with the practice Jira above, or",
        f"    Jira Cloud OAuth    with the site {settings.practice_sites[0]} and the app of this portal; or",
        "    Jira Cloud builds and deployments of that site, by an OAuth credential its admin makes there.",
        "  Ctrl-C stops both; nothing is lost.",
        "",
    ]
    return "\n".join(lines)


def _end(number: int, frame: FrameType | None) -> None:
    raise _Ended


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
