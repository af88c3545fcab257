"""``create_app(settings)``: a plain list of what is set up."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from flask_bootstrap import Bootstrap5
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from portal import __version__
from portal.api.accounts import bp as accounts_api
from portal.api.credentials import bp as credentials_api
from portal.api.deliveries import bp as deliveries_api
from portal.api.description import bp as description
from portal.api.lane import Lane
from portal.api.problems import set_up_problems
from portal.api.proxy import bp as proxy_api
from portal.checklist.background import Background
from portal.config import LONGEST_BODY, Settings
from portal.credentials.registry import Registry
from portal.logs import set_up_logs
from portal.pages.alm_accounts.conversion import bp as conversion
from portal.pages.alm_accounts.keys import bp as keys
from portal.pages.alm_accounts.link_script import bp as link_script
from portal.pages.alm_accounts.people import bp as connected_people
from portal.pages.alm_accounts.set_up import bp as set_up
from portal.pages.alm_accounts.views import bp as alm_accounts
from portal.pages.audit.sign_ins import bp as members_sign_ins
from portal.pages.audit.timelines import bp as timeline
from portal.pages.audit.uses import bp as uses
from portal.pages.audit.views import bp as audit
from portal.pages.boards.epic_issues import bp as epic_issues
from portal.pages.boards.epics import bp as epics
from portal.pages.boards.idea_links import bp as idea_links
from portal.pages.boards.idea_pushes import bp as idea_pushes
from portal.pages.boards.ideas import bp as ideas
from portal.pages.boards.live import bp as live_boards
from portal.pages.boards.moves import bp as moves
from portal.pages.boards.sprints import bp as sprints
from portal.pages.boards.statuses import bp as statuses
from portal.pages.boards.views import bp as boards
from portal.pages.checklist.guide import bp as guide_links
from portal.pages.checklist.views import bp as checklist
from portal.pages.connections.alm_credentials import bp as alm_credentials
from portal.pages.connections.tokens import bp as tokens
from portal.pages.connections.views import bp as connections
from portal.pages.deliveries.views import bp as deliveries
from portal.pages.guide.views import bp as guide
from portal.pages.health.views import bp as health
from portal.pages.metrics.views import bp as metrics
from portal.pages.patterns.views import bp as patterns
from portal.pages.problems.views import bp as problems
from portal.pages.profiles.emails import bp as emails
from portal.pages.profiles.second_factor import bp as second_factor
from portal.pages.profiles.views import bp as profiles
from portal.pages.programs.views import bp as programs
from portal.pages.signin.proofs import bp as proofs
from portal.pages.signin.second_steps import bp as second_steps
from portal.pages.signin.views import bp as signin
from portal.pages.support.answers import bp as support_access
from portal.pages.support.looks import bp as support_looks
from portal.pages.support.searches import bp as support_searches
from portal.pages.support.views import bp as support
from portal.pages.tenants.second_factors import bp as second_factors
from portal.pages.tenants.settings import bp as tenant_settings
from portal.pages.tenants.views import bp as tenants
from portal.programs.services import ProgramServices
from portal.start import metrics_token, open_registry, open_store
from portal.store.work import Store
from portal.web import access
from portal.web.audit_words import set_up_audit_words
from portal.web.csrf import set_up_csrf
from portal.web.doors import BrowserSessions, take_keys
from portal.web.ends import set_up_ends
from portal.web.errors import set_up_errors
from portal.web.headers import set_up_headers
from portal.web.jira_side import set_up_jira_side
from portal.web.layout import set_up_layout
from portal.web.place import Services
from portal.web.requests import set_up_requests
from portal.web.sign_in import set_up_sign_in
from portal.web.slashes import set_up_slashes
from portal.web.support import set_up_support

ROOT = Path(__file__).parents[1]
PAGES = (
    signin,
    second_steps,
    proofs,
    tenants,
    tenant_settings,
    second_factors,
    profiles,
    emails,
    second_factor,
    alm_accounts,
    set_up,
    conversion,
    keys,
    link_script,
    checklist,
    guide_links,
    guide,
    connected_people,
    connections,
    alm_credentials,
    tokens,
    boards,
    live_boards,
    sprints,
    ideas,
    idea_pushes,
    idea_links,
    epics,
    epic_issues,
    moves,
    statuses,
    deliveries,
    programs,
    problems,
    audit,
    members_sign_ins,
    timeline,
    uses,
    support,
    support_searches,
    support_looks,
    support_access,
    health,
    metrics,
    patterns,
)
FOR_PROGRAMS = (accounts_api, credentials_api, proxy_api, deliveries_api, description)


class Portal(Flask):
    """Flask, told that nothing in here is asynchronous: it asks that of each hook at each request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


class SlugConverter(BaseConverter):
    """A tenant's slug in a URL: small letters, digits, hyphens."""

    regex = "[a-z0-9][a-z0-9-]{1,39}"


def create_app(settings: Settings, store: Store | None = None, registry: Registry | None = None) -> Flask:
    """The portal as a Flask application.

    ``store`` and ``registry`` are opened from the settings unless given. Raises
    :class:`~portal.errors.StartRefused` when settings, database or root key are not as they have to be.
    """
    set_up_logs(settings.log_level)
    registry = registry or open_registry(settings)
    token = metrics_token(settings)
    store = store or open_store(settings)
    programs = ProgramServices(store, registry, settings)
    services = Services(settings, store, registry, Background(registry), programs, token)
    app = Portal("portal", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.extensions["almoner"] = services
    app.session_interface = BrowserSessions(services.store)
    _configure(app, services)
    set_up_requests(app, settings.base_url)
    set_up_headers(app, https=settings.https)
    _set_up_entrance(app, services)
    set_up_errors(app)
    set_up_problems(app)
    set_up_sign_in(app)
    set_up_csrf(app)
    access.set_up_access(app)
    set_up_slashes(app)
    set_up_layout(app)
    set_up_audit_words(app)
    set_up_jira_side(app)
    set_up_ends(app)
    set_up_support(app)
    Bootstrap5(app)
    for blueprint in (*PAGES, *FOR_PROGRAMS):
        app.register_blueprint(blueprint)
    return app


def _configure(app: Flask, services: Services) -> None:
    settings = services.settings
    take_keys(app, services.store.vault)
    app.config.update(
        SESSION_COOKIE_NAME="__Host-almoner" if settings.https else "almoner",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",  # Strict would lose the session on the way back from Jira
        MAX_CONTENT_LENGTH=LONGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LONGEST_BODY,
        MAX_FORM_PARTS=200,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.jinja_env.globals.update(version=__version__, settings=settings)
    app.url_map.converters["slug"] = SlugConverter


def _set_up_entrance(app: Flask, services: Services) -> None:
    """What a request meets before Flask."""
    settings = services.settings
    app.wsgi_app = Lane(app.wsgi_app, services)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
