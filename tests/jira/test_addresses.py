"""No address form leads inside (T23), and no second resolution does (T24)."""

import socket
from ipaddress import ip_network
from unittest.mock import patch

import pytest
import requests

from portal.jira.addresses import AddressPolicy
from portal.jira.base_urls import resolve_refusal
from portal.jira.trouble import Code, JiraTrouble
from portal.jira.wire import Wire
from tests.jira.servers import Server, always, reply

INSIDE = [
    "127.0.0.2", "127.2", "2130706434", "0x7f000002", "0177.0.0.2", "0x7f.0.0.2", "127.0.0.2.",
    "localhost", "LOCALHOST", "localhost.", "[::1]", "[::ffff:127.0.0.2]", "[::ffff:7f00:2]",
    "[64:ff9b::7f00:2]",
    "[2002:7f00:2::]", "[::127.0.0.2]", "0", "0.0.0.0", "[::]", "169.254.169.254", "[fd00:ec2::254]",
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "224.0.0.1", "[fe80::1]", "[fc00::1]", "[fec0::1]",
    "192.0.0.8", "168.63.129.16", "198.18.0.1", "240.0.0.1", "255.255.255.255", "[2001::1]",
    "[64:ff9b::a9fe:a9fe]",
    "user@127.0.0.2", "127.0.0.2\\@good.example", "%31%32%37.0.0.2", "\uff11\uff12\uff17.0.0.2",
]  # fmt: skip


def test_no_form_of_an_inside_address_gets_a_byte(public_wire: Wire) -> None:
    with (
        Server(always(reply()), "127.0.0.2") as sink,
        Server(always(reply()), "127.0.0.1", port=sink.port) as near,
    ):
        for form in INSIDE:
            url = f"https://{form}:{sink.port}/rest"
            with pytest.raises((JiraTrouble, requests.exceptions.InvalidURL)) as caught:
                public_wire.session().get(url)
            if isinstance(caught.value, JiraTrouble):
                assert caught.value.code in {Code.ADDRESS_REFUSED, Code.NAME_UNKNOWN}, form
        assert (sink.connections, near.connections) == (0, 0)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "172.32.0.1"]
)
def test_public_addresses_pass(address: str) -> None:
    assert AddressPolicy().check(address)


@pytest.mark.parametrize(
    "network, address, allowed",
    [
        ("10.1.0.0/16", "10.1.2.3", True),
        ("10.1.0.0/16", "10.2.2.3", False),
        ("127.0.0.1/32", "127.0.0.1", True),
        ("127.0.0.1/32", "::ffff:127.0.0.1", True),
        ("fd12::/16", "fd12::5", True),
        ("0.0.0.0/0", "169.254.169.254", False),
        ("0.0.0.0/0", "0.0.0.0", False),
        ("::/0", "fd00:ec2::254", False),
        ("::/0", "2002:a9fe:a9fe::", False),
        ("::/0", "fe80::1%eth0", False),
    ],
)
def test_operator_opens_private_networks_but_never_metadata(
    network: str, address: str, allowed: bool
) -> None:
    assert AddressPolicy((ip_network(network),)).check(address) is allowed


@pytest.mark.parametrize("text", ["", "jira.example.com", "1.2.3", "fe80::1%eth0"])
def test_what_is_no_public_address_is_refused(text: str) -> None:
    assert not AddressPolicy().check(text)


def _records(*addresses: str) -> list[tuple[int, int, int, str, tuple[str, int]]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]


def test_one_inside_record_spoils_the_name() -> None:
    with patch("socket.getaddrinfo", return_value=_records("1.1.1.1", "10.0.0.1")):
        trouble = resolve_refusal(AddressPolicy(), "jira.example.com")
    assert trouble is not None
    assert trouble.code is Code.ADDRESS_REFUSED
    assert "10.0.0.1" not in str(trouble)


def test_unknown_name_and_good_name() -> None:
    with patch("socket.getaddrinfo", side_effect=socket.gaierror):
        unknown = resolve_refusal(AddressPolicy(), "nowhere.example")
    assert unknown is not None
    assert unknown.code is Code.NAME_UNKNOWN
    with patch("socket.getaddrinfo", return_value=_records("1.1.1.1")):
        assert resolve_refusal(AddressPolicy(), "jira.example.com") is None


def test_a_name_that_changes_is_judged_by_the_address_connected_to(public_wire: Wire) -> None:
    """Public when first asked, inside when asked again: the second answer is the one that counts."""
    with Server(always(reply()), "127.0.0.3") as sink:
        answers = [_records("1.1.1.1"), *[_records("127.0.0.3")] * 20]
        with patch("socket.getaddrinfo", side_effect=answers) as asked:
            assert resolve_refusal(public_wire.policy, "flip.example") is None
            for round_ in range(2, 12):
                with pytest.raises(JiraTrouble):
                    public_wire.session().get(f"https://flip.example:{sink.port}/")
                assert asked.call_count == round_, "each connection resolves exactly once"
        assert sink.connections == 0
