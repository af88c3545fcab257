"""``create_app(settings)``: a plain list of what is set up."""

from pathlib import Path

from flask import Flask
from flask_bootstrap import Bootstrap5
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from portal import __version__
from portal.config import LONGEST_BODY, Settings
from portal.credentials.registry import Registry
from portal.logs import set_up_logs
from portal.pages.alm_accounts.keys import bp as keys
from portal.pages.alm_accounts.set_up import bp as set_up
from portal.pages.alm_accounts.views import bp as alm_accounts
from portal.pages.audit.views import bp as audit
from portal.pages.boards.views import bp as boards
from portal.pages.connections.alm_credentials import bp as alm_credentials
from portal.pages.connections.views import bp as connections
from portal.pages.health.views import bp as health
from portal.pages.patterns.views import bp as patterns
from portal.pages.profiles.views import bp as profiles
from portal.pages.signin.views import bp as signin
from portal.pages.support.views import bp as support
from portal.pages.tenants.views import bp as tenants
from portal.start import open_registry, open_store
from portal.store.work import Store
from portal.web import access
from portal.web.audit_words import set_up_audit_words
from portal.web.csrf import set_up_csrf
from portal.web.errors import set_up_errors
from portal.web.headers import set_up_headers
from portal.web.jira_side import set_up_jira_side
from portal.web.layout import set_up_layout
from portal.web.place import Services
from portal.web.requests import set_up_requests
from portal.web.sign_in import set_up_sign_in

ROOT = Path(__file__).parents[1]
PAGES = (
    signin,
    tenants,
    profiles,
    alm_accounts,
    set_up,
    keys,
    connections,
    alm_credentials,
    boards,
    audit,
    support,
    health,
    patterns,
)


class SlugConverter(BaseConverter):
    """A tenant's slug in a URL: small letters, digits, hyphens."""

    regex = "[a-z0-9][a-z0-9-]{1,39}"


def create_app(settings: Settings, store: Store | None = None, registry: Registry | None = None) -> Flask:
    """The portal as a Flask application.

    ``store`` and ``registry`` are opened from the settings unless given. Raises
    :class:`~portal.errors.StartRefused` when settings, database or root key are not as they have to be.
    """
    set_up_logs(settings.log_level)
    services = Services(settings, store or open_store(settings), registry or open_registry(settings))
    app = Flask("portal", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.extensions["almoner"] = services
    _configure(app, services)
    set_up_requests(app, settings.base_url)
    set_up_headers(app, https=settings.https)
    set_up_errors(app)
    set_up_sign_in(app)
    set_up_csrf(app)
    access.set_up_access(app)
    set_up_layout(app)
    set_up_audit_words(app)
    set_up_jira_side(app)
    Bootstrap5(app)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    return app


def _configure(app: Flask, services: Services) -> None:
    settings = services.settings
    keys = services.store.vault.derive("browser session")
    app.config.update(
        SECRET_KEY=keys[0],
        SECRET_KEY_FALLBACKS=keys[1:],
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
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
