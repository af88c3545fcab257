"""Which door a request came by: people's, with a browser session, or that of programs, with a key."""

import time

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from sqlalchemy.exc import SQLAlchemyError

from portal.store.vault import Vault
from portal.store.work import NOBODY, Store, Work

API = "/api/"
LOOK_EVERY_SECONDS = 1.0


def is_of_programs(path: str) -> bool:
    """Whether a path is behind the door for programs."""
    return path.startswith(API) or path == API.rstrip("/")


def by_program() -> bool:
    """Whether this request came by the door for programs: no session, no form token, no page."""
    return is_of_programs(request.path)


class BrowserSessions(SecureCookieSessionInterface):
    """Sessions in a signed cookie, for people; programs have none, whatever cookie they bring.

    The newest root key signs and all of them open, cookies and forms alike. A cookie that does not open may
    be signed by a key that another process has promoted meanwhile: then the ring is read again, once. Whoever
    signs in looks before (:func:`portal.web.sign_in.enter`), so no sign-in begins by a key that may go.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._looked_at = store, 0.0

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of the cookie; for a program one that is empty and cannot be written."""
        if is_of_programs(request.path):
            return self.make_null_session(app)
        take_keys(app, self._store.vault)
        found = super().open_session(app, request)
        if not found and request.cookies.get(self.get_cookie_name(app)) and self._has_other_keys():
            take_keys(app, self._store.vault)
            found = super().open_session(app, request)
        return found

    def _has_other_keys(self) -> bool:
        """Look whether the ring was changed; once a second at most, whatever strangers send."""
        now, before = time.monotonic(), self._store.vault.ring
        if now - self._looked_at < LOOK_EVERY_SECONDS:
            return False
        self._looked_at = now
        try:
            keep_up(self._store)
        except SQLAlchemyError:
            return False  # whoever needs the database will say so
        return self._store.vault.ring is not before


def keep_up(store: Store) -> None:
    """Read the ring again if another process has changed it, whatever this one was told so far."""
    with Work(store, None, NOBODY).read() as session:
        canaries = store.vault.canaries(session)
    store.vault.follow(canaries)


def take_keys(app: Flask, vault: Vault) -> None:
    """Sign cookies and forms by keys of the ring as it is now."""
    newest, *older = vault.derive("browser session")
    if app.secret_key != newest or app.config["SECRET_KEY_FALLBACKS"] != older[::-1]:
        app.config.update(
            SECRET_KEY=newest,
            SECRET_KEY_FALLBACKS=older[::-1],
            WTF_CSRF_SECRET_KEY=[*older[::-1], newest],  # the last one signs: a form outlives a new key
        )
