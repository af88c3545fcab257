"""What tests do to the practice Jira Server behind its pages: tokens, passwords, people, incoming links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import requests


class ServerControl:
    """The Server side of ``SandboxProcess``, which brings address, connection and switches."""

    url: str
    _http: requests.Session

    def state(self, **switches: Any) -> dict[str, Any]:
        """Set switches."""
        raise NotImplementedError

    def make_pat(self, user: str, *, name: str = "Almoner", days: int | None = 90) -> str:
        """A personal access token of this user; ``days`` None: it never expires."""
        return str(self._server("pats", {"user": user, "name": name, "days": days})["token"])

    def end_pat(self, token: str) -> None:
        """The person revokes it."""
        self._server("pats/end", {"token": token})

    def expire_pat(self, token: str) -> None:
        """Its last day is over."""
        self._server("pats/end", {"token": token, "expire": True})

    def set_password(self, user: str, text: str) -> None:
        """Another password, for HTTP Basic and the sign-in page; a ``JiraBrowser`` goes on with the first."""
        self._server("users", {"user": user, "password": text})

    def reset_captcha(self, user: str) -> None:
        """An administrator resets the failed sign-ins."""
        self._server("users", {"user": user, "reset_captcha": True})

    def disable_user(self, user: str) -> None:
        """An administrator deactivates the user."""
        self.state(user_disabled=sorted({*self.state()["switches"]["user_disabled"], user}))

    def enable_user(self, user: str) -> None:
        """An administrator activates the user again."""
        self.state(user_disabled=[one for one in self.state()["switches"]["user_disabled"] if one != user])

    def basic_off(self, off: bool = True) -> None:
        """Whether Basic authentication is disabled in this Jira."""
        self.state(basic_off=off)

    def make_incoming_link(
        self, redirect_url: str, *, name: str = "Almoner", scopes: Sequence[str] = ("WRITE",)
    ) -> tuple[str, str]:
        """An incoming OAuth 2.0 link without walking the pages: client id and client secret.

        The browser at its consent page is ``JiraBrowser``: ``allow`` and ``deny``.
        """
        values = {"redirect_url": redirect_url, "name": name, "scopes": list(scopes)}
        made = self._server("incoming-links", values)
        return str(made["client_id"]), str(made["client_secret"])

    def end_access_tokens_of_server(self) -> None:
        """Every OAuth 2.0 access token of the Server side is over now; refresh tokens are not."""
        self._server("grants/end", {"access": True})

    def end_server_grant(self, user: str) -> None:
        """The person revokes every application that came in by OAuth 2.0."""
        self._server("grants/end", {"user": user})

    def set_code_lifetime(self, seconds: int) -> None:
        """How long an OAuth 2.0 authorization code of the Server side lives; Jira's own are ten seconds."""
        self.state(server_code_seconds=seconds)

    def _server(self, path: str, values: dict[str, Any]) -> dict[str, Any]:
        answer = self._http.post(f"{self.url}/sandbox/server/{path}", json=values, timeout=10)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    def content(self, place: str = "server") -> dict[str, Any]:
        """What Jira Server or a site holds: ``issues`` by key, ``sprints`` by id, ``rank``, ``deeds``."""
        return dict(self._http.get(f"{self.url}/sandbox/content/{place}", timeout=10).json())
