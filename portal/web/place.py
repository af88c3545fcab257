"""Where a request is: its store, its work, its tenant."""

from dataclasses import dataclass

from flask import current_app, g
from flask_login import current_user

from portal.checklist.background import Background
from portal.config import Settings
from portal.credentials.registry import Registry
from portal.people.tenants import TenantView
from portal.programs.entering import ProgramInUse
from portal.programs.services import ProgramServices
from portal.secret import Secret
from portal.store.work import SUPPORT, Actor, Store, Work


@dataclass(frozen=True)
class Place:
    """The tenant of this request and the role of the person in it."""

    tenant: TenantView
    role: str

    @property
    def is_admin(self) -> bool:
        """Whether the person is an admin of this tenant."""
        return self.role == "admin"


@dataclass(frozen=True)
class Services:
    """What the process holds once, under ``app.extensions["almoner"]``."""

    settings: Settings
    store: Store
    registry: Registry
    runs: Background
    programs: ProgramServices
    metrics_token: Secret | None = None


def services() -> Services:
    """The process's store, registry and settings."""
    found: Services = current_app.extensions["almoner"]
    return found


def store() -> Store:
    """The process's store."""
    return services().store


def registry() -> Registry:
    """The process's registry of OAuth clients, with its guarded way out."""
    return services().registry


def program_services() -> ProgramServices:
    """What the process holds for programs."""
    return services().programs


def runs() -> Background:
    """The process's threads for runs of checklists."""
    return services().runs


def settings() -> Settings:
    """The operator's settings."""
    return services().settings


def actor(*, as_support: bool = False) -> Actor:
    """Who acts in this request. ``as_support``: on support's own pages; elsewhere one of the staff is a
    person like others, with a profile of their own."""
    if not current_user.is_authenticated:
        return Actor("portal", request_id=g.request_id)
    kind = SUPPORT if as_support and current_user.is_support else "person"
    return Actor(kind, current_user.user_id, current_user.sign_in_id, g.request_id)


def work() -> Work:
    """The work of this request: the tenant of the URL and the person signed in."""
    found: Work = g.work
    return found


def place() -> Place:
    """The tenant of this request; only views marked member or admin have one."""
    found: Place = g.place
    return found


def program() -> ProgramInUse:
    """The program of this request; only views marked for programs have one."""
    found: ProgramInUse = g.program
    return found


def external(path: str) -> str:
    """An absolute URL on the configured address; never the Host header's (T18)."""
    return settings().base_url + path
