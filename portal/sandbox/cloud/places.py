"""The two sites people can choose on the consent page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Site:
    """A site; ``cloud_id`` never changes, its address may."""

    name: str
    cloud_id: str


ACME = Site("acme", "1a6c4f0e-52b7-4d0c-9a3e-7f21b8c5d640")
GLOBEX = Site("globex", "b83d2c71-0e49-4f6a-8d15-94c7e2a1f3b8")
SITES = (ACME, GLOBEX)


def site_of(cloud_id: str) -> Site | None:
    """The site with this cloud id."""
    return next((site for site in SITES if site.cloud_id == cloud_id), None)


def belongs(user: str, site: Site, strangers: list[str]) -> bool:
    """Whether a user is on a site: everybody is, but those a switch names as ``user:site``."""
    return f"{user}:{site.name}" not in strangers
