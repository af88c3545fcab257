"""A request of a program that was let in, as the views that are asked most often read it.

They are served by Flask and past it (:mod:`portal.api.lane`), so they know nothing of Flask's request.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import request

from portal.programs.entering import ProgramInUse
from portal.store.work import Work
from portal.web.place import Services, program, services, work

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PERSON = "Almoner-User"


@cache
def named(header: str) -> str:
    """As what WSGI has a header, other than the length of a body."""
    key = header.upper().replace("-", "_")
    return key if key == "CONTENT_TYPE" else f"HTTP_{key}"


@dataclass(slots=True)
class Asked:
    """Who asks (``program``, in ``work``), and what: ``environ`` is what WSGI tells of the request."""

    environ: "WSGIEnvironment"
    services: Services
    program: ProgramInUse
    work: Work

    @property
    def method(self) -> str:
        """As in the request line."""
        name: str = self.environ["REQUEST_METHOD"]
        return name

    @property
    def target(self) -> str:
        """Path and query exactly as they stand in the request line."""
        return self.environ.get("RAW_URI") or self.environ.get("REQUEST_URI") or ""

    @property
    def socket(self) -> Any:
        """The program's connection, where gunicorn serves; else None."""
        return self.environ.get("gunicorn.socket")

    @property
    def person(self) -> str | None:
        """In whose name it is asked, as it was sent; None where it goes as the account itself."""
        return self.header(PERSON)

    def header(self, name: str) -> str | None:
        """What was sent by this name, other than the length of a body."""
        found: str | None = self.environ.get(named(name))
        return found


def asked_by_flask() -> Asked:
    """The request that Flask is serving."""
    return Asked(request.environ, services(), program(), work())
