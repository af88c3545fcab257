"""Start the practice Jira: ``python -m portal.sandbox --port 8090 --data instance/sandbox``."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from portal.sandbox.app import create_app
from portal.sandbox.certificates import Certificates
from portal.sandbox.cloud.app import create_cloud_app, create_media_app, create_site_app
from portal.sandbox.cloud.apps import AppError, shared_app
from portal.sandbox.cloud.places import SITES
from portal.sandbox.door import FrontDoor
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
        "--cloud-port", type=int, default=0, help="port of the Atlassian host; 0 takes a free one"
    )
    parser.add_argument(
        "--site-ports", type=_ports, default=[0] * len(SITES), help="ports of the sites, as in 8093,8094"
    )
    parser.add_argument(
        "--door-port", type=int, default=0, help="port of the front door; 0 takes the last one, or a free one"
    )
    parser.add_argument("--shared-app", type=Path, help="JSON file of an app that everybody may allow")
    parser.add_argument(
        "--data", type=Path, help="folder to keep links and tokens in; left out: in memory only"
    )
    parser.add_argument("--context-path", default="", help="path everything lives below, such as /jira")
    parser.add_argument("--quiet", action="store_true", help="do not log requests")
    return parser.parse_args()


def _ports(text: str) -> list[int]:
    """Raises ``ValueError``, which argparse turns into a sentence."""
    ports = [int(part) for part in text.split(",")]
    if len(ports) != len(SITES):
        raise ValueError
    return ports


def serve(options: argparse.Namespace, state: State, context_path: str) -> list[str]:
    """Listen on all ports; returns the lines that say where, Jira Server's first."""
    servers = listen(options.port, create_app(state, context_path), state)
    sso = listen(options.sso_port, create_sso_app(state), state)
    cloud = listen(options.cloud_port, create_cloud_app(state), state)
    state.sso_url = f"http://127.0.0.1:{sso[0].server_port}"
    state.cloud_url = f"http://localhost:{cloud[0].server_port}"
    media = listen(0, create_media_app(state), state)
    state.media_url = f"http://127.0.0.1:{media[0].server_port}"
    everything = [*servers, *sso, *cloud, *media]
    for site, port in zip(SITES, options.site_ports, strict=True):
        hosts = listen(port, create_site_app(state, site), state)
        state.site_urls[site.name] = f"http://localhost:{hosts[0].server_port}"
        everything += hosts
    for server in everything:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    _open_door(options, state)
    return [
        f"Sandbox Jira: http://localhost:{servers[0].server_port}{context_path}",
        f"Sandbox front door: {state.door_url} and {state.secure_door_url}",
        f"Sandbox Atlassian: {state.cloud_url}",
        *(f"Sandbox site {name}: {url}" for name, url in state.site_urls.items()),
    ]


def _open_door(options: argparse.Namespace, state: State) -> None:
    """Ends the program with a sentence when the port that was asked for is taken."""
    certificates = Certificates(options.data)
    try:
        door = FrontDoor(create_app(state), state, certificates, options.door_port)
    except OSError:
        sys.exit(f"Port {options.door_port} is in use by another program. Choose another --door-port.")
    state.door_port, state.authority_pem, state.switched = door.port, certificates.authority_pem, door.apply
    state.save()


def main() -> None:
    """Serve until a signal ends it."""
    options = arguments()
    if options.quiet:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
    context_path = "/" + options.context_path.strip("/") if options.context_path.strip("/") else ""
    try:
        state = State(options.data)
        if options.shared_app:
            state.share(shared_app(options.shared_app))
    except (StateFileError, AppError) as problem:
        sys.exit(str(problem))
    print("\n".join(serve(options, state, context_path)), flush=True)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
    sys.exit(0)


if __name__ == "__main__":
    main()
