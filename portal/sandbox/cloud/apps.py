"""What an app may be: made by hand in the console, as JSON by tests, or from a file at the start."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from portal.sandbox.cloud.scopes import APIS, OFFLINE, SCOPES
from portal.sandbox.cloud.store import App, random_text
from portal.sandbox.people import USERS

SETTABLE = {"name": str, "callback_url": str, "scopes": list, "sharing": bool, "client_secret": str}


class AppError(ValueError):
    """What is asked of an app cannot be. The text says what and why."""


def new_secret() -> str:
    """A client secret of the length and beginning Atlassian's have."""
    return f"ATOA{random_text(60)}"


def new_app(owner: str, name: str) -> App:
    """A private app without permissions."""
    return App(secrets.token_hex(8), owner, name, random_text(32), new_secret())


def check_callback(url: str) -> None:
    """Raises ``AppError`` unless an app may have this callback URL: https, or http on this computer."""
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise AppError("Enter a URL with https. Plain http is for localhost and 127.0.0.1 only.")
    if parts.fragment:
        raise AppError("A callback URL has no part after #.")


def change(app: App, wanted: dict[str, Any]) -> None:
    """Set several things of an app, all or none. Raises ``AppError``."""
    for name, value in wanted.items():
        if name not in SETTABLE or type(value) is not SETTABLE[name]:
            raise AppError(f"An app takes {', '.join(SETTABLE)}; '{name}' cannot be {type(value).__name__}.")
    unknown = [one for one in wanted.get("scopes", []) if one not in SCOPES and one != OFFLINE]
    if unknown:
        raise AppError(f"There is no permission {unknown[0]!r}.")
    if wanted.get("callback_url"):
        check_callback(wanted["callback_url"])
    for name, value in wanted.items():
        setattr(app, name, value)
    if "scopes" in wanted:
        app.scopes = [scope for scope in wanted["scopes"] if scope != OFFLINE]
        used = {SCOPES[scope].api for scope in app.scopes}
        app.apis = [api for api in APIS if api in used or api in app.apis]


def made(wanted: dict[str, Any]) -> App:
    """An app from JSON; ``owner`` is one of the practice users. Raises ``AppError``."""
    given = dict(wanted)
    owner, client_id = given.pop("owner", "admin"), given.pop("client_id", None)
    if owner not in USERS:
        raise AppError(f"There is no user {owner!r}.")
    app = new_app(owner, "App")
    app.client_id = str(client_id or app.client_id)
    change(app, given)
    return app


def shared_app(file: Path) -> App:
    """The app of a file with ``client_id``, ``client_secret``, ``callback_url``, ``scopes``.

    Raises ``AppError``.
    """
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        raise AppError(f"{file} cannot be read as JSON.") from None
    if not isinstance(content, dict) or not content.get("client_id") or not content.get("client_secret"):
        raise AppError(f"{file} has no client_id or no client_secret.")
    return made({"name": "Almoner", **content, "owner": "admin", "sharing": True})
