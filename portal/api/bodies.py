"""Reading what a program sends, while a thread of the process waits for it (T31).

Its key is known by then. So the thread counts among those that its tenant holds, as one does that waits for a
Jira (:mod:`portal.credentials.slow_calls`), and whoever sends a byte now and then holds it no longer than the
deadline of a program's request.
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Event, Timer
from typing import Any

from flask import request
from werkzeug.exceptions import ClientDisconnected

from portal.credentials.slow_calls import ROOM_SECONDS
from portal.errors import PortalBusy
from portal.web.place import program_services, registry, work

# What a refused coding is answered with, besides its problem: those that are taken (RFC 9110, 15.5.16).
NO_CODING = {"Accept-Encoding": "identity"}


def is_coded() -> bool:
    """Whether the body was sent compressed, or otherwise than as it is."""
    return (request.content_encoding or "identity").strip().casefold() != "identity"


@contextmanager
def reading() -> Iterator[None]:
    """Around the reading of a whole body.

    Raises ``ClientDisconnected`` for one that has no end, or none in time. Where the tenant holds as many
    threads as it may, a body that came with its head is read all the same, since what is sent needs no Jira;
    for the rest of any other nobody waits: :class:`PortalBusy`.
    """
    seconds, busy = program_services().deadline.total_seconds(), None
    with ExitStack() as held:
        try:
            held.enter_context(registry().outbound.slots.one_call(work().tenant))
        except PortalBusy as error:
            seconds, busy = ROOM_SECONDS, error
        is_late = held.enter_context(_cut_after(seconds))
        try:
            yield
        except (OSError, ClientDisconnected):
            if not (busy and is_late.is_set()):
                raise ClientDisconnected from None
        if is_late.is_set():
            raise busy or ClientDisconnected


@contextmanager
def in_time() -> Iterator[None]:
    """Around the reading of a body that is sent on as it comes. Raises ``ClientDisconnected`` as
    :func:`reading` does."""
    with _cut_after(program_services().deadline.total_seconds()):
        try:
            yield
        except OSError:
            raise ClientDisconnected from None


@contextmanager
def _cut_after(seconds: float) -> Iterator[Event]:
    """Hear nothing more of the program then; what is given tells whether that was so. The socket's own
    time-out is for one piece: a byte now and then would hold the thread for good."""
    is_late, sock = Event(), request.environ.get("gunicorn.socket")
    timer = Timer(seconds, _stop_reading, [sock, is_late])
    timer.daemon = True
    if sock is not None:
        timer.start()
    try:
        yield is_late
    finally:
        timer.cancel()


def _stop_reading(sock: Any, is_late: Event) -> None:
    is_late.set()
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RD)  # that of TLS would let it be written to in plain text
