"""A wire that may reach loopback, and one that may not."""

from collections.abc import Callable, Iterator
from ipaddress import ip_network

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.jira.addresses import AddressPolicy
from portal.jira.private_keys import SigningKey, load_trusted, make_key
from portal.jira.trouble import Code, JiraTrouble
from portal.jira.wire import Wire

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.fixture
def wire() -> Iterator[Wire]:
    """May reach this machine, over plain http too; two seconds for a call."""
    made = Wire(AddressPolicy(LOOPBACK), frozenset({"127.0.0.1", "localhost"}), "Almoner/test", deadline=2.0)
    yield made
    made.close()


@pytest.fixture
def public_wire() -> Iterator[Wire]:
    """May reach public addresses only."""
    made = Wire(AddressPolicy(), frozenset(), "Almoner/test", deadline=2.0)
    yield made
    made.close()


@pytest.fixture(scope="session")
def signing_key() -> SigningKey:
    return make_key(2048)


@pytest.fixture(scope="session")
def rsa_key(signing_key: SigningKey) -> rsa.RSAPrivateKey:
    return load_trusted(signing_key.pem, signing_key.fingerprint, 1)


@pytest.fixture
def code_of() -> Callable[[Callable[[], object]], Code]:
    """The code of the trouble that a call ends in."""

    def run(call: Callable[[], object]) -> Code:
        with pytest.raises(JiraTrouble) as caught:
            call()
        return caught.value.code

    return run
