"""How a program enters: by the key in its Authorization header, and by nothing else."""

from urllib.parse import unquote_to_bytes
from uuid import UUID

from flask import g, request
from werkzeug.exceptions import NotFound
from werkzeug.routing import RequestRedirect

from portal.config import LONGEST_API_BODY
from portal.errors import NotHere, PortalError
from portal.programs import exposures
from portal.programs.entering import KeyRefused, ProgramInUse, Why, stamp
from portal.programs.key_texts import ANYWHERE
from portal.programs.keys import READ_CREDENTIALS, READ_PROXY, WRITE_PROXY
from portal.programs.services import ProgramServices
from portal.secret import Secret
from portal.store.work import Actor, Store, Work
from portal.web.place import program_services, store

# What is done by these stands in the use ledger, which notes the key's last use too.
IN_LEDGER = frozenset({READ_CREDENTIALS, READ_PROXY, WRITE_PROXY})


class OperationMissing(PortalError):
    """The key is good, and may not do this."""

    def __init__(self, operation: str) -> None:
        super().__init__(f"the key lacks {operation}")
        self.operation = operation


class KeyMisplaced(PortalError):
    """A key stands where others read it. ``place``: address or body."""

    def __init__(self, place: str) -> None:
        super().__init__(f"a key in the {place}")
        self.place = place


def prepare() -> None:
    """What holds for every request of a program, also one to an address that is none.

    Raises :class:`KeyMisplaced` for a key in the address. Nobody is sent to another spelling of it: programs
    follow with another method, or not at all.
    """
    # One more than may come: of what has no length, Werkzeug reads just that much and tells of no rest.
    request.max_content_length = LONGEST_API_BODY + 1
    refuse_key_in(request.path.encode() + b"?" + unquote_to_bytes(request.query_string), "address")
    if isinstance(request.routing_exception, RequestRedirect):
        raise NotFound


def refuse_key_in(sent: bytes, place: str) -> None:
    """Raise :class:`KeyMisplaced` where a key stands in ``sent``, once its tenant's admins can read of it."""
    if ANYWHERE.search(sent):
        exposures.note(store(), sent, place, g.request_id)
        raise KeyMisplaced(place)


def enter_nobody() -> None:
    """Set ``g.work`` for what anybody may ask, a key or not."""
    g.work = Work(store(), None, Actor("portal", request_id=g.request_id))


def enter_program(operation: str) -> None:
    """Set ``g.work`` and ``g.program``, or raise what :func:`admit` does."""
    account_id = (request.view_args or {}).get("account_id")
    sent, address = request.headers.get("Authorization", ""), request.remote_addr or ""
    program = admit(program_services(), operation, sent, address, account_id)
    g.work, g.program = work_of(store(), program, g.request_id), program
    if operation not in IN_LEDGER:
        stamp(g.work, program)


def admit(
    programs: ProgramServices, operation: str, authorization: str, address: str, account_id: UUID | None
) -> ProgramInUse:
    """The program that asks for an operation, from an IP address, on an account if one is named.

    Raises :class:`KeyRefused`, :class:`OperationMissing`, :class:`~portal.programs.limits.Limited` or, for an
    account that the key was not given, :class:`NotHere`.
    """
    program = programs.doorkeeper.enter(_key_sent(authorization), address)
    was_given = account_id in program.account_ids
    programs.count(program, account_id if was_given else None)
    if operation not in program.operations:
        raise OperationMissing(operation)
    if account_id is not None and not was_given:
        raise NotHere
    return program


def work_of(store: Store, program: ProgramInUse, request_id: str) -> Work:
    """The work of a program's request."""
    return Work(store, program.tenant_id, Actor("program", key_id=program.key_id, request_id=request_id))


def _key_sent(authorization: str) -> Secret:
    scheme, _, key = authorization.strip().partition(" ")
    if scheme.casefold() != "bearer" or not key.strip():
        raise KeyRefused(Why.MISSING)
    return Secret(key.strip())
