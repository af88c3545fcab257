"""The front door: connections, certificates, and what a proxy lets Jira see of the address."""

import stat
from pathlib import Path

import pytest
import requests

from tests.sandbox.client import KEY, PracticeClient
from tests.support.sandbox import SandboxProcess

INFO = "/rest/api/2/serverInfo"


@pytest.fixture
def authority(sandbox: SandboxProcess, tmp_path: Path) -> str:
    """The file to trust."""
    path = tmp_path / "authority.pem"
    path.write_text(sandbox.authority())
    return str(path)


def told(url: str, authority: str) -> str:
    """The base URL Jira tells at this address."""
    answer = requests.get(url + INFO, timeout=5, verify=authority)
    return str(answer.json()["baseUrl"])


@pytest.mark.parametrize("path", ["", "/jira"])
def test_a_proxy_done_right_is_seen_by_nobody(sandbox: SandboxProcess, authority: str, path: str) -> None:
    for door in (sandbox.door, sandbox.secure_door):
        assert told(door + path, authority) == door + path


def test_a_signature_over_the_address_of_the_door_is_verified(sandbox: SandboxProcess) -> None:
    sandbox.make_link("almoner-key", KEY.public_pem)
    client = PracticeClient(sandbox, "almoner-key", KEY)
    token, own = client.token_of("ada"), sandbox.url
    try:
        sandbox.url = f"{sandbox.door}/jira"
        assert client.get("/rest/api/2/myself", token).json()["name"] == "ada"
        sandbox.state(door_proxy="lost_path")
        refused = client.get("/rest/api/2/myself", token)
    finally:
        sandbox.url = own
    assert "oauth_problem=signature_invalid&" in refused.text


@pytest.mark.parametrize(
    ("wrong", "seen"),
    [
        ("wrong_scheme", "http://localhost:{port}/jira"),
        ("wrong_host", "https://jira-node-1.internal/jira"),
        ("wrong_port", "https://localhost:8080/jira"),
        ("lost_path", "https://localhost:{port}"),
    ],
)
def test_a_proxy_done_wrong(sandbox: SandboxProcess, authority: str, wrong: str, seen: str) -> None:
    sandbox.state(door_proxy=wrong)
    port = sandbox.door.rpartition(":")[2]
    assert told(f"{sandbox.secure_door}/jira", authority) == seen.format(port=port)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("self_signed", "self-signed certificate"),
        ("expired", "certificate has expired"),
        ("wrong_host", "Hostname mismatch"),
        ("incomplete_chain", "unable to get local issuer"),
        ("no_tls", "WRONG_VERSION_NUMBER"),
    ],
)
def test_bad_certificates(sandbox: SandboxProcess, authority: str, kind: str, says: str) -> None:
    sandbox.state(door_certificate=kind)
    with pytest.raises(requests.exceptions.SSLError, match=says):
        told(sandbox.secure_door, authority)
    assert told(sandbox.door, authority) == sandbox.door
    sandbox.state(door_certificate="ends_soon")
    assert told(sandbox.secure_door, authority) == sandbox.secure_door


@pytest.mark.parametrize(
    ("door", "error", "patience"),
    [
        ("refused", "Connection refused", 10),
        ("unreachable", "timed out", 0.3),
        ("hanging", "Read timed out", 0.3),
        ("cut", "without response|reset by peer", 10),
    ],
)
def test_connections_that_fail_and_come_back(
    sandbox: SandboxProcess, door: str, error: str, patience: float
) -> None:
    sandbox.state(door=door)
    with pytest.raises(requests.RequestException, match=error):
        requests.get(sandbox.door + INFO, timeout=patience)
    assert requests.get(sandbox.url + INFO, timeout=5).status_code == 200
    sandbox.reset()
    assert requests.get(sandbox.door + INFO, timeout=5).status_code == 200


def test_authority_and_port_are_kept_between_two_starts(tmp_path: Path) -> None:
    with SandboxProcess(tmp_path) as first:
        authority, door = first.authority(), first.door
    assert stat.S_IMODE((tmp_path / "door-authority.pem").stat().st_mode) == 0o600
    with SandboxProcess(tmp_path) as second:
        assert (second.authority(), second.door) == (authority, door)
        (tmp_path / "trusted.pem").write_text(authority)
        assert told(second.secure_door, str(tmp_path / "trusted.pem")) == second.secure_door
