"""What tests do about OAuth credentials of a practice site, and what they see of what was sent by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

ALL_PERMISSIONS = ("deployments", "builds", "devinfo", "featureflags")


@dataclass
class Credentials2LO:
    """OAuth credentials of a site."""

    id: str
    site: str
    cloud_id: str
    client_id: str
    client_secret: str = field(repr=False)


class DeliveryControl:
    """The part of ``SandboxProcess`` about deliveries; it brings address and connection."""

    url: str
    _http: requests.Session

    def make_credentials(
        self, site: str = "acme", permissions: Sequence[str] = ALL_PERMISSIONS, name: str = "Almoner"
    ) -> Credentials2LO:
        """Make credentials as the site's admin does, without walking the pages."""
        values = {"site": site, "permissions": list(permissions), "name": name}
        return Credentials2LO(**self._deliveries("credentials", values))

    def delete_credentials(self, credentials: Credentials2LO) -> None:
        """The site's admin deletes them; their tokens end."""
        self._deliveries(f"credentials/{credentials.id}/delete")

    def end_2lo_tokens(self) -> None:
        """Every token of credentials is over now; new ones can be had."""
        self._deliveries("tokens/end")

    def deliveries(self, kind: str = "") -> list[dict[str, Any]]:
        """Every call, or those of a kind, oldest first (fields: ``portal.sandbox.cloud.delivered.Call``).

        Its ``items`` have ``key``, ``sequence`` and ``outcome``: accepted, ignored, rejected, or empty.
        """
        rows = self._http.get(f"{self.url}/sandbox/deliveries/calls", timeout=30).json()
        return [row for row in rows if kind in ("", row["kind"])]

    def stored(self, kind: str) -> list[dict[str, Any]]:
        """The last states of a kind (builds, deployments, featureflags, devinfo).

        Fields: ``portal.sandbox.cloud.delivered.Stored``.
        """
        return list(self._http.get(f"{self.url}/sandbox/deliveries/stored/{kind}", timeout=30).json())

    def _deliveries(self, path: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._http.post(f"{self.url}/sandbox/deliveries/{path}", json=values or {}, timeout=10)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())
