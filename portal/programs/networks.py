"""The networks from which a program key is taken, as an admin types them: one a line, in CIDR."""

from ipaddress import IPv6Network, ip_address, ip_network

MOST = 50


def read_networks(text: str) -> list[str]:
    """Each network once, in its one spelling and the order typed; a plain address is a network of its own.

    Raises ValueError with a sentence that names the first line that is wrong, counted from 1.
    """
    found: dict[str, None] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            found[_network(number, line.strip())] = None
    if len(found) > MOST:
        raise ValueError(f"Enter {MOST} networks at most: these are {len(found)}.")
    return list(found)


def _network(number: int, line: str) -> str:
    try:
        network = ip_network(line, strict=False)
        is_first = "/" not in line or ip_address(line.partition("/")[0]) == network.network_address
    except ValueError:
        is_first, network = False, None
    if network is None or "%" in line:
        raise ValueError(
            f"Line {number} is no network. Write one a line, such as 192.0.2.0/24 or 2001:db8::/32, or a "
            "single address."
        )
    if not is_first:
        raise ValueError(
            f"Line {number} does not begin with the first address of its network: write {network}."
        )
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped:
        raise ValueError(f"Line {number} is an IPv4 network in IPv6's spelling. Write it as IPv4.")
    return str(network)
