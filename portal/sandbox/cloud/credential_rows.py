"""Rows about the OAuth credentials of a site, made by its admin for a tool that sends."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Credentials2LO:
    """Client ID and secret of one tool at one site; ``permissions`` is what it may send there."""

    client_id: str
    client_secret: str = field(repr=False)
    id: str
    site: str
    created: int
    name: str
    server_url: str
    logo_url: str
    permissions: list[str]


@dataclass
class Token2LO:
    """What was issued for them; ``expires`` in epoch seconds."""

    token: str = field(repr=False)
    client_id: str
    expires: int
