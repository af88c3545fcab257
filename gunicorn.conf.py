"""How gunicorn serves the portal: ``gunicorn wsgi:app`` reads this file by itself.

Listens on the address people use when that is on this machine; behind a reverse proxy it listens on
127.0.0.1:8000 and ``--bind`` says otherwise. Threads, because a request may wait for Jira.
"""

import gc
import sys
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

import portal.app  # noqa: F401  # here, before the fork, its code is in memory once for all processes
from portal import metrics
from portal.config import LONGEST_API_BODY, LONGEST_BODY, read_settings
from portal.embedded import Embedded
from portal.errors import StartRefused
from portal.mail.smtp import server_of
from portal.setting_types import LOOPBACK_HOSTS
from portal.start import metrics_token, open_registry, open_store
from portal.web.doors import is_of_programs
from portal.web.unread import LONGEST_LINE, answer

try:
    settings = read_settings()
    if metrics_token(settings):
        metrics.share(settings.instance / "metrics")  # before the fork, and before anything is counted
    # Looked at here as well: gunicorn starts a worker that refuses again and again.
    open_store(settings).engine.dispose()
    open_registry(settings)
    server_of(settings)
except StartRefused as refused:
    sys.stderr.write(f"almoner: {refused}\n")
    raise SystemExit(78) from None

address = urlsplit(settings.base_url)

bind = address.netloc if address.hostname in LOOPBACK_HOSTS and address.port else "127.0.0.1:8000"


class Server(ThreadWorker):
    """Gunicorn's threads, but for what is told of a request that cannot be read."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer it in the portal's words; in gunicorn's it would be repeated, in the log too."""
        with suppress(OSError):  # whoever sent it may be gone
            write_nonblock(client, answer(self.wsgi, exc))


worker_class = Server
workers = 2
threads = settings.threads  # what one tenant may hold of them is reckoned from this number
timeout = 60  # a worker that answers nothing for so long is replaced; calls to Jira end well before
graceful_timeout = 25
keepalive = 5
limit_request_line = LONGEST_LINE  # a program's search may be long; nginx takes as much unless told otherwise
accesslog = None  # the portal logs each request by its rule; a path may hold a link's token
loglevel = "warning"
control_socket_disable = True  # it would lie in the home directory of whoever starts the portal


def on_starting(server: Any) -> None:
    """Refuse fewer threads by the command line than what a tenant may hold of them is reckoned from."""
    if server.cfg.threads < threads:
        sys.stderr.write("almoner: set ALMONER_THREADS instead of --threads.\n")
        raise SystemExit(78)


def pre_request(worker: Any, request: Any) -> None:
    """Announce that the connection ends with a body longer than the portal reads, or of unknown length.

    What is left of it would stand where the next request is expected. Gunicorn closes such a connection,
    but says so only when told before, and lets no application say it.
    """
    headers = dict(request.headers)
    longest = LONGEST_API_BODY if is_of_programs(request.path) else LONGEST_BODY
    if int(headers.get("CONTENT-LENGTH", 0)) > longest or "TRANSFER-ENCODING" in headers:
        request.force_close()


def pre_fork(server: Any, worker: Any) -> None:
    """Leave what is loaded so far to all processes together: the collector of garbage would write to it."""
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Begin what runs by the clock, in one process of this machine; after the fork."""
    if settings.worker_embedded:
        worker.embedded = Embedded(settings, alive=lambda: bool(worker.alive))
        worker.embedded.start()


def worker_exit(server: Any, worker: Any) -> None:
    """Let what runs come to its end; gunicorn kills what takes longer than ``graceful_timeout``."""
    app = getattr(worker, "wsgi", None)  # none, or another one, where it could not begin
    if portal := getattr(app, "extensions", {}).get("almoner"):
        portal.registry.outbound.ledger.close()
    if embedded := getattr(worker, "embedded", None):
        embedded.stop()
