"""The REST interface of application links: who may make one, and what is refused."""

from typing import Any

import pytest
import requests

from tests.sandbox.client import KEY, PracticeClient
from tests.support.sandbox import SandboxProcess

LINKS = "/rest/applinks/3.0/applicationlink"
LINK = {
    "name": "Almoner",
    "rpcUrl": "https://a.example",
    "displayUrl": "https://a.example",
    "typeId": "generic",
}
CONSUMER = {
    "key": "k",
    "name": "Almoner",
    "publicKey": KEY.public_pem,
    "outgoing": False,
    "twoLOAllowed": False,
}


def put(sandbox: SandboxProcess, path: str, body: Any, user: str = "admin") -> requests.Response:
    headers = {"Accept": "application/json"}
    if user:
        headers["Authorization"] = f"Bearer {sandbox.make_pat(user)}"
    return requests.put(sandbox.url + path, json=body, headers=headers, timeout=10)


def test_a_link_made_in_two_calls_takes_requests_for_tokens(sandbox: SandboxProcess) -> None:
    made = put(sandbox, LINKS, LINK)
    assert made.status_code == 201 and made.json()["status-code"] == 201
    link_id = made.json()["resources-created"][0]["href"].rpartition("/")[2]
    client = PracticeClient(sandbox, "k")
    assert client.request_token().problem == "consumer_key_unknown"
    path = f"/rest/applinks-oauth/1.0/applicationlink/{link_id}/authentication/consumer"
    assert put(sandbox, path, CONSUMER).status_code == 201
    assert client.request_token().status == 200
    headers = {"Authorization": f"Bearer {sandbox.make_pat('admin')}"}
    assert requests.delete(f"{sandbox.url}{LINKS}/{link_id}", headers=headers, timeout=10).status_code == 204
    assert client.request_token().problem == "consumer_key_unknown"


@pytest.mark.parametrize(
    ("user", "body", "status"),
    [("", LINK, 401), ("ada", LINK, 403), ("admin", {**LINK, "typeId": "jira"}, 400), ("admin", [], 400)],
)
def test_others_and_other_links_are_refused(
    sandbox: SandboxProcess, user: str, body: Any, status: int
) -> None:
    assert put(sandbox, LINKS, body, user).status_code == status


def test_a_second_link_to_the_same_address_is_refused(sandbox: SandboxProcess) -> None:
    assert [put(sandbox, LINKS, LINK).status_code for _ in range(2)] == [201, 409]


@pytest.mark.parametrize(("interface", "status"), [("not_found", 404), ("forbidden", 403)])
def test_a_switch_shuts_it(sandbox: SandboxProcess, interface: str, status: int) -> None:
    sandbox.state(links_interface=interface)
    assert put(sandbox, LINKS, LINK).status_code == status
