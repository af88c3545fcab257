"""The network is shut: a test that connects to anything but this machine fails loudly."""

import sys
from ipaddress import ip_address
from typing import Any


class NetworkShut(BaseException):
    """A connection left this machine. No Exception, so that nothing on the way takes it for a fault."""


def _is_here(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0]).partition("%")[0]
    if host in ("localhost", ""):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and not _is_here(arguments[1]):
        raise NetworkShut(f"a test tried to connect to {arguments[1]!r}")


def shut() -> None:
    """Watch every connection of this process from now on."""
    sys.addaudithook(_watch)
