"""What the text of a setting has to look like: types with their validators, for :mod:`portal.config`.

Each complaint says what was expected and never repeats what was typed: that may hold a password.
"""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

Network = IPv4Network | IPv6Network


def _words(value: Any) -> Any:
    """Split ``"a, b c"`` into its words; anything that is no string passes as it is."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _network(value: Any) -> Network:
    try:
        return value if isinstance(value, IPv4Network | IPv6Network) else ip_network(value)
    except ValueError:
        raise ValueError("must be networks like 10.20.0.0/16, with no bit set behind the prefix") from None


def is_local(url: str) -> bool:
    """Whether an address is one on this machine."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK_HOSTS


def _is_bare(parts: SplitResult) -> bool:
    """Whether an address says where and as whom only, and its port is one."""
    try:
        port = parts.port
    except ValueError:  # its words would repeat what was typed
        return False
    return not (parts.password or parts.path or parts.query or parts.fragment or port == 0)


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError("must be an address like https://almoner.example.org")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("must be scheme and host only; the portal lives at the root of its host")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise ValueError("must be https, unless the portal is reached on this machine only")
    return value.rstrip("/")


def _local_sites(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(is_local(site) for site in value):
        raise ValueError("must be addresses on this machine, like http://localhost:8092")
    return tuple(site.rstrip("/") for site in value)


def _address(*schemes: str, like: str) -> Callable[[str], str]:
    """A validator: nothing, or an address of one of these schemes."""

    def check(value: str) -> str:
        if value and urlsplit(value).scheme not in schemes:
            raise ValueError(f"must be an address like {like}")
        return value

    return check


def _mail_server(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("smtp", "smtps") or not parts.hostname or not _is_bare(parts)):
        raise ValueError("must be an address like smtps://user@mail.example.org:465, without a password")
    return value


def _mail_address(value: str) -> str:
    if value and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value):
        raise ValueError("must be an address like almoner@example.org")
    return value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
Networks = Annotated[
    tuple[Annotated[Network, BeforeValidator(_network)], ...], NoDecode, BeforeValidator(_words)
]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
LocalSites = Annotated[Words, AfterValidator(_local_sites)]
HttpProxy = Annotated[str, AfterValidator(_address("http", "https", like="http://proxy.example.org:3128"))]
QueueUrl = Annotated[
    str, AfterValidator(_address("redis", "rediss", like="redis://redis.example.org:6379/0"))
]
MailServer = Annotated[str, AfterValidator(_mail_server)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
