"""How gunicorn serves the portal: ``gunicorn wsgi:app`` reads this file by itself.

Listens on the address people use when that is on this machine; behind a reverse proxy it listens on
127.0.0.1:8000 and ``--bind`` says otherwise. Threads, because a request may wait for Jira.
"""

import sys
from typing import Any
from urllib.parse import urlsplit

from portal.config import LONGEST_BODY, LOOPBACK_HOSTS, read_settings
from portal.credentials.slots import MOST_IN_PROCESS
from portal.errors import StartRefused
from portal.mail.smtp import server_of
from portal.start import open_registry, open_store
from portal.worker import Embedded

try:
    settings = read_settings()
    # Looked at here as well: gunicorn starts a worker that refuses again and again.
    open_store(settings).engine.dispose()
    open_registry(settings)
    server_of(settings)
except StartRefused as refused:
    sys.stderr.write(f"almoner: {refused}\n")
    raise SystemExit(78) from None

address = urlsplit(settings.base_url)

bind = address.netloc if address.hostname in LOOPBACK_HOSTS and address.port else "127.0.0.1:8000"
worker_class = "gthread"
workers = 2
threads = MOST_IN_PROCESS + 1  # one is always free of waiting for Jira
timeout = 60  # a worker that answers nothing for so long is replaced; calls to Jira end well before
graceful_timeout = 25
keepalive = 5
accesslog = None  # the portal logs each request by its rule; a path may hold a link's token
loglevel = "warning"
control_socket_disable = True  # it would lie in the home directory of whoever starts the portal


def pre_request(worker: Any, request: Any) -> None:
    """Announce that the connection ends with a body longer than the portal reads, or of unknown length.

    What is left of it would stand where the next request is expected. Gunicorn closes such a connection,
    but says so only when told before, and lets no application say it.
    """
    headers = dict(request.headers)
    if int(headers.get("CONTENT-LENGTH", 0)) > LONGEST_BODY or "TRANSFER-ENCODING" in headers:
        request.force_close()


def post_worker_init(worker: Any) -> None:
    """Begin what runs by the clock, in one process of this machine; after the fork."""
    if settings.worker_embedded:
        worker.embedded = Embedded(settings, alive=lambda: bool(worker.alive))
        worker.embedded.start()


def worker_exit(server: Any, worker: Any) -> None:
    """Let what runs come to its end; gunicorn kills what takes longer than ``graceful_timeout``."""
    if embedded := getattr(worker, "embedded", None):
        embedded.stop()
