"""What the practice Jira remembers: application links, apps, tokens, switches, and the record of requests.

Links, apps and tokens are kept in one JSON file when a data folder is given, so that a second start goes on
where the first stopped; what tools sent to the sites lies in a file beside it. Switches, nonces, the
record of requests and what was changed in issues are not kept: a restarted practice Jira is a healthy one.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from flask import current_app

from portal.sandbox.cloud.delivered import Delivered
from portal.sandbox.cloud.store import App, CloudStore
from portal.sandbox.content import Attachment, Content
from portal.sandbox.faults import Faults
from portal.sandbox.journal import Journal
from portal.sandbox.oauth_rows import REQUEST_TOKEN_TTL, AccessToken, Link, RequestToken
from portal.sandbox.server_store import ServerStore

__all__ = ["Link", "State", "StateFileError", "current_state"]


class StateFileError(Exception):
    """The file of a former start cannot be read. The text says which and what to do."""


class State:
    """Everything that changes. Hold ``lock`` while reading and writing what must belong together."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder``: where to keep ``sandbox.json`` (made when missing, readable by its owner only).

        Raises ``StateFileError``.
        """
        self.lock = threading.RLock()
        self.sso_url = ""
        self.cloud_url = ""
        self.media_url = ""
        self.site_urls: dict[str, str] = {}
        self.door_port = 0
        self.authority_pem = ""
        self.switched: Callable[[], None] = lambda: None
        self.shared_app: App | None = None
        self.secret_key = secrets.token_hex(32)
        self._file = folder / "sandbox.json" if folder else None
        self.delivered = Delivered(folder / "deliveries.jsonl" if folder else None)
        self._clear()
        if folder:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._load()

    def _clear(self) -> None:
        self.faults = Faults()
        self.journal = Journal()
        self.links: dict[str, Link] = {}
        self.request_tokens: dict[str, RequestToken] = {}
        self.access_tokens: dict[str, AccessToken] = {}
        self.nonces: dict[tuple[str, str, str], int] = {}
        self.tickets: dict[str, str] = {}
        self.server = ServerStore()
        self.cloud = CloudStore()
        self._contents: dict[str, Content] = {}
        self.media_files: dict[str, Attachment] = {}
        self.epoch = secrets.token_hex(8)

    def reset(self) -> None:
        """Back to the initial data: no links, no tokens, no switches, everybody signed out.

        The shared app the program was started with is there again.
        """
        with self.lock:
            self._clear()
            self.delivered.forget()
            self.keep_shared_app()
            self.save()
        self.switched()

    def set_switches(self, changes: dict[str, Any]) -> None:
        """Set switches by name, and have the front door follow. Raises ``SwitchError``."""
        with self.lock:
            self.faults.set(changes)
            if "deliveries_rate_limited" in changes:
                self.delivered.limited_until = 0.0
        self.switched()

    def content(self, cloud_id: str = "") -> Content:
        """What the site with this cloud id holds; empty: Jira Server."""
        with self.lock:
            return self._contents.setdefault(cloud_id, Content())

    def share(self, app: App) -> None:
        """Have this app from the start on, also after a reset; one with its client id is brought up to it."""
        with self.lock:
            self.shared_app = app
            self.keep_shared_app()
            self.save()

    def keep_shared_app(self) -> None:
        """Put the shared app where a reset, or a change by hand, took it away."""
        if self.shared_app is None:
            return
        old = self.cloud.app_of(self.shared_app.client_id)
        app = replace(self.shared_app, id=old.id if old else self.shared_app.id)
        self.cloud.apps[app.id] = app

    def url_of_site(self, name: str) -> str:
        """The address of a site; one that was renamed has another, at the same place."""
        url = self.site_urls.get(name, "")
        return url.replace("localhost", "127.0.0.1") if name in self.faults.sites_renamed else url

    @property
    def door_url(self) -> str:
        """The front door by http."""
        return f"http://localhost:{self.door_port}"

    @property
    def secure_door_url(self) -> str:
        """The front door by https."""
        return f"https://localhost:{self.door_port}"

    def now(self) -> int:
        """The practice Jira's own clock in epoch seconds; the clock switch moves it."""
        return int(time.time()) + self.faults.clock_offset_seconds

    def consumer(self, consumer_key: str) -> Link | None:
        """The link whose incoming authentication has this consumer key."""
        if self.faults.client_unknown:
            return None
        return next(
            (link for link in self.links.values() if consumer_key and link.consumer_key == consumer_key), None
        )

    def remove_link(self, link_id: str) -> None:
        """Remove a link and, as Jira does, every token of its consumer."""
        with self.lock:
            link = self.links.pop(link_id, None)
            if link:
                self.drop_tokens(link.consumer_key)
            self.save()

    def drop_tokens(self, consumer_key: str) -> None:
        """Remove every request and access token of one consumer."""
        self.request_tokens = {k: t for k, t in self.request_tokens.items() if t.consumer_key != consumer_key}
        self.access_tokens = {k: t for k, t in self.access_tokens.items() if t.consumer_key != consumer_key}

    def expire_request_tokens(self) -> None:
        """Make every existing request token older than its ten minutes."""
        with self.lock:
            for token in self.request_tokens.values():
                token.created -= REQUEST_TOKEN_TTL + 1
            self.save()

    def save(self) -> None:
        """Write the file as a whole, or not at all."""
        if self._file is None:
            return
        with self.lock:
            content = {
                "secret_key": self.secret_key,
                "epoch": self.epoch,
                "door_port": self.door_port,
                "links": [asdict(link) for link in self.links.values()],
                "request_tokens": [asdict(token) for token in self.request_tokens.values()],
                "access_tokens": [asdict(token) for token in self.access_tokens.values()],
                "server": self.server.as_json(),
                "cloud": self.cloud.as_json(),
            }
            part = self._file.with_suffix(".part")
            descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as out:
                json.dump(content, out, indent=1)
            part.replace(self._file)

    def _load(self) -> None:
        if self._file is None or not self._file.exists():
            self.delivered.forget()
            self.save()
            return
        try:
            self._take(json.loads(self._file.read_text("utf-8")))
            self.delivered.load()
        except (ValueError, KeyError, TypeError):
            raise StateFileError(
                f"{self._file} cannot be read by this version of the practice Jira. "
                "Move it away to begin with an empty one."
            ) from None

    def _take(self, content: dict[str, Any]) -> None:
        self.secret_key = content["secret_key"]
        self.epoch = content["epoch"]
        self.door_port = content.get("door_port", 0)
        self.links = {row["id"]: Link(**row) for row in content["links"]}
        self.request_tokens = {row["token"]: RequestToken(**row) for row in content["request_tokens"]}
        self.access_tokens = {row["token"]: AccessToken(**row) for row in content["access_tokens"]}
        if "server" in content:  # a file of before there were personal access tokens has none
            self.server.take(content["server"])
        if "cloud" in content:  # a file of before there was a Cloud side has none
            self.cloud.take(content["cloud"])


def current_state() -> State:
    """The state of the application that serves the current request."""
    state = current_app.extensions["sandbox"]
    assert isinstance(state, State)
    return state
