"""The front door: one more listener in front of practice Jira Server, where the network goes wrong.

It speaks http and https on one port, told apart by the first byte, and is what a reverse proxy is in front of
a real Jira: below ``/jira`` it serves a Jira with that context path. Switches make it refuse, hang, cut, show
a wrong certificate, or let Jira see another address than was called. It listens on 127.0.0.1 only.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer

from portal.sandbox.certificates import Certificates
from portal.sandbox.faults import LONGEST_WAIT
from portal.sandbox.server import Handler
from portal.sandbox.state import State

HOST = "127.0.0.1"
PATH = "/jira"
HANDSHAKE = b"\x16"
"""What a TLS connection begins with (RFC 8446, 5.1)."""

StartResponse = Callable[..., Any]


class Proxied:
    """Calls Jira as a proxy does: right, or with a part of the address lost on the way."""

    def __init__(self, jira: Callable[..., Iterable[bytes]], state: State) -> None:
        """``jira``: without a context path."""
        self.jira = jira
        self.state = state

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Put into ``environ`` what Jira then believes was asked for."""
        wrong = self.state.faults.door_proxy
        schemes = (
            ("https", "http") if isinstance(environ["werkzeug.socket"], ssl.SSLSocket) else ("http", "https")
        )
        environ["wsgi.url_scheme"] = schemes[wrong == "wrong_scheme"]
        if wrong == "wrong_host":
            environ["HTTP_HOST"] = "jira-node-1.internal"
        if wrong == "wrong_port":
            environ["HTTP_HOST"] = f"{environ.get('HTTP_HOST', '').partition(':')[0]}:8080"
        if f"{environ['PATH_INFO']}/".startswith(f"{PATH}/"):
            environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(PATH) or "/"
            if wrong == "lost_path":
                environ["REQUEST_URI"] = environ["REQUEST_URI"].removeprefix(PATH) or "/"
            else:
                environ["SCRIPT_NAME"] = PATH
        return self.jira(environ, start_response)


class _Doorway(ThreadedWSGIServer):
    """What takes the connections while the door is not shut."""

    state: State
    certificates: Certificates

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Cut, hang, or answer; over TLS where the caller begins with that."""
        if self.state.faults.door == "cut":
            request.recv(1, socket.MSG_PEEK)  # as soon as something is said
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        until = time.monotonic() + LONGEST_WAIT
        while self.state.faults.door == "hanging" and time.monotonic() < until:
            time.sleep(0.05)
        with suppress(OSError):  # callers hang up, and refuse certificates
            self._answer(request, client_address)

    def _answer(self, request: socket.socket, client_address: Any) -> None:
        kind = self.state.faults.door_certificate
        if kind == "no_tls" or request.recv(1, socket.MSG_PEEK) != HANDSHAKE:
            super().finish_request(request, client_address)
            return
        with self.certificates.context(kind).wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)


class FrontDoor:
    """The listener, opened and shut as the switch ``door`` says. Its port stays reserved while it is shut."""

    def __init__(
        self, jira: Callable[..., Iterable[bytes]], state: State, certificates: Certificates, port: int = 0
    ) -> None:
        """``port`` 0 takes the one of the last start, or a free one. ``OSError``: the port is taken."""
        self._app = Proxied(jira, state)
        self._handler = type("DoorHandler", (Handler,), {"state": state})
        self._state = state
        self._certificates = certificates
        self._lock = threading.Lock()
        self._is = ""
        self._server: BaseWSGIServer | None = None
        self._serves = threading.Thread()
        self._stuffed: list[socket.socket] = []
        self._reserved = _reserve(port or state.door_port, may_be_another=not port)
        self.port = int(self._reserved.getsockname()[1])
        self.apply()

    def apply(self) -> None:
        """Do what the switch says."""
        with self._lock:
            wanted = self._state.faults.door  # here: of two at once the later one does what is wished last
            if wanted == self._is:
                return
            self._is = wanted
            self._shut()
            if wanted == "unreachable":
                self._stuffed = _stuffed(self.port)
            elif wanted != "refused":
                self._open()

    def _shut(self) -> None:
        if self._server:
            self._server.shutdown()
            self._serves.join()  # it closes the listener; until it has, connections are still taken
            self._server = None
        for one in self._stuffed:
            one.close()
        self._stuffed = []

    def _open(self) -> None:
        with _bound(self.port) as listening:
            listening.listen()
            server = _Doorway(HOST, self.port, self._app, self._handler, fd=listening.fileno())
        server.state, server.certificates = self._state, self._certificates
        self._server = server
        self._serves = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        self._serves.start()


def _bound(port: int) -> socket.socket:
    """Bound together with the one that reserves the port; until somebody listens, it refuses."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        made.bind((HOST, port))
    except OSError:
        made.close()
        raise
    return made


def _reserve(port: int, *, may_be_another: bool) -> socket.socket:
    try:
        return _bound(port)
    except OSError:
        if not may_be_another:
            raise
        return _bound(0)


def _stuffed(port: int) -> list[socket.socket]:
    """A listener whose queue is full and stays so: who connects waits in vain."""
    listening = _bound(port)
    listening.listen(0)
    waiting = [socket.socket() for _ in range(3)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex((HOST, port))
    return [listening, *waiting]
