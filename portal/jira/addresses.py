"""Which network addresses Almoner connects to, decided on the very address connected to (T23, T24)."""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from portal.jira.trouble import Code, JiraTrouble

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
SockAddr = tuple[int, int, int, tuple[Any, ...]]

# Never a Jira, whatever the operator lists: link-local, cloud metadata, "this host", multicast, broadcast.
_NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32",
        "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32",
        "::/128", "fe80::/10", "fec0::/10", "ff00::/8", "fd00:ec2::254/128",
    )
)  # fmt: skip
# Special-purpose blocks (IANA registries); ``is_global`` of Python 3.11 lets several of them through.
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
_PUBLIC_V6 = ip_network("2000::/3")  # all of IPv6 that is handed out; NAT64, ULA and mapped forms lie outside
_NAT64 = ip_network("64:ff9b::/96")
_V4_COMPATIBLE = ip_network("::/96")


@dataclass(frozen=True)
class AddressPolicy:
    """Public addresses, and the networks the operator listed (a Jira inside the firewall lives there)."""

    allowed: tuple[Network, ...] = ()

    def check(self, ip: str | Address) -> bool:
        """Whether Almoner may connect to ``ip``. What is not an address is refused."""
        try:
            address = _unwrapped(ip_address(ip.partition("%")[0]) if isinstance(ip, str) else ip)
        except ValueError:
            return False
        if any(_within(face, _NEVER) for face in _faces(address)):
            return False
        if _within(address, self.allowed):
            return True
        if isinstance(address, IPv6Address) and address not in _PUBLIC_V6:
            return False
        return not _within(address, _NOT_PUBLIC)

    def sockaddrs(self, host: str, port: int) -> list[SockAddr]:
        """Resolve ``host`` once. JiraTrouble ``name_unknown``, or ``address_refused``.

        One refused record spoils the name: which of them is connected to is not ours to say.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError):
            raise JiraTrouble(Code.NAME_UNKNOWN, host=host) from None
        if not found:
            raise JiraTrouble(Code.NAME_UNKNOWN, host=host)
        if not all(self.check(str(sockaddr[0])) for *_, sockaddr in found):
            raise JiraTrouble(Code.ADDRESS_REFUSED, host=host)
        return [(family, kind, proto, sockaddr) for family, kind, proto, _, sockaddr in found]


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv4-mapped (RFC 4291) or NAT64 (RFC 6052) address stands for."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return _low_v4(address)
    return address


def _faces(address: Address) -> list[Address]:
    """``address`` and every IPv4 address it may be turned into on the way (6to4, IPv4-compatible)."""
    faces = [address]
    if isinstance(address, IPv6Address):
        if address.sixtofour:
            faces.append(address.sixtofour)
        if address in _V4_COMPATIBLE and int(address) > 1:
            faces.append(_low_v4(address))
    return faces


def _low_v4(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)
