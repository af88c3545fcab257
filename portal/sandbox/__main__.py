"""Start the practice Jira: ``python -m portal.sandbox --port 8090 --data instance/sandbox``."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from portal.sandbox.app import create_app
from portal.sandbox.server import listen
from portal.sandbox.sso import create_sso_app
from portal.sandbox.state import State, StateFileError


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m portal.sandbox", description="A practice Jira on localhost."
    )
    parser.add_argument("--port", type=int, default=8090, help="port to listen on; 0 takes a free one")
    parser.add_argument(
        "--sso-port", type=int, default=0, help="port of the single sign-on host; 0 takes a free one"
    )
    parser.add_argument(
        "--data", type=Path, help="folder to keep links and tokens in; left out: in memory only"
    )
    parser.add_argument("--context-path", default="", help="path everything lives below, such as /jira")
    parser.add_argument("--quiet", action="store_true", help="do not log requests")
    return parser.parse_args()


def main() -> None:
    """Serve until a signal ends it."""
    options = arguments()
    if options.quiet:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
    context_path = "/" + options.context_path.strip("/") if options.context_path.strip("/") else ""
    try:
        state = State(options.data)
    except StateFileError as problem:
        sys.exit(str(problem))
    servers = listen(options.port, create_app(state, context_path), state)
    (sso, *_) = sso_servers = listen(options.sso_port, create_sso_app(state), state)
    state.sso_url = f"http://127.0.0.1:{sso.server_port}"
    for server in (*servers, *sso_servers):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"Sandbox Jira: http://localhost:{servers[0].server_port}{context_path}", flush=True)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
    sys.exit(0)


if __name__ == "__main__":
    main()
