"""The switches of the fault page do what their labels say, and say which row they turn red."""

from typing import Any

import pytest
import requests

from portal.sandbox.faults import Faults, switches_by_layer
from tests.sandbox.client import KEY, OTHER_KEY, PracticeClient
from tests.sandbox.cloud_client import CloudClient
from tests.sandbox.server_oauth2_client import ServerClient
from tests.support.sandbox import CloudBrowser, JiraBrowser, SandboxProcess

MYSELF = "/rest/api/2/myself"
INFO = "/rest/api/2/serverInfo"
PERMISSIONS = "/rest/api/2/mypermissions?permissions=BROWSE_PROJECTS,EDIT_ISSUES"


@pytest.mark.parametrize(
    ("switches", "status", "text"),
    [
        ({"in_front": "login_page"}, 200, 'type="password"'),
        ({"in_front": "login_redirect"}, 302, ""),
        ({"in_front": "bad_gateway"}, 502, "nginx"),
        ({"in_front": "gateway_timeout"}, 504, "nginx"),
        ({"in_front": "allow_list"}, 403, "IP address"),
        ({"in_front": "other_page"}, 200, "It works!"),
        ({"not_jira": True}, 404, "Not Found"),
        ({"down": True}, 503, "maintenance"),
    ],
)
def test_what_answers_instead(
    sandbox: SandboxProcess, switches: dict[str, Any], status: int, text: str
) -> None:
    sandbox.state(**switches)
    answer = requests.get(sandbox.url + INFO, timeout=5, allow_redirects=False)
    assert (answer.status_code, text in answer.text) == (status, True)
    assert "json" not in answer.headers["Content-Type"]
    at_site = requests.get(f"{sandbox.sites['acme']}/rest/api/3/serverInfo", timeout=5, allow_redirects=False)
    assert at_site.status_code == status


@pytest.mark.parametrize(
    ("switches", "problem"),
    [
        ({"client_unknown": True}, "consumer_key_unknown"),
        ({"key_mismatch": True}, "signature_invalid"),
        ({"clock_offset_seconds": 600}, "timestamp_refused"),
        ({"clock_offset_seconds": -600}, "timestamp_refused"),
        ({"server_tokens": "expired"}, "token_expired"),
        ({"server_tokens": "revoked"}, "token_rejected"),
        ({"server_tokens": "used"}, "token_used"),
        ({"user_disabled": ["ada"]}, "User ada associated with the token"),
    ],
)
def test_what_a_signed_call_meets(client: PracticeClient, switches: dict[str, Any], problem: str) -> None:
    token = client.token_of("ada")
    assert client.call("GET", MYSELF, token).status == 200
    client.sandbox.state(**switches)
    assert (client.call("GET", MYSELF, token).problem or "").startswith(problem)
    client.sandbox.state(**Faults().as_json())
    assert client.call("GET", MYSELF, token).status == 200


def test_a_key_mismatch_looks_like_another_key(client: PracticeClient) -> None:
    """Jira echoes the very base string that was signed."""
    other = PracticeClient(client.sandbox, client.consumer_key, OTHER_KEY)
    client.sandbox.state(key_mismatch=True)
    answers = [client.request_token().values, other.request_token().values]
    assert all("oauth_signature_base_string" in answer for answer in answers)


def test_a_callback_that_is_another_one(client: PracticeClient, cloud: CloudClient) -> None:
    client.sandbox.state(callback_mismatch=True)
    assert client.request_token().values["oauth_parameters_rejected"] == "oauth_callback"
    page = CloudBrowser(cloud.sandbox, "ada").open(cloud.authorize_url())
    assert "Callback URL mismatch" in page.text


def test_bearer_and_passwords_of_server(sandbox: SandboxProcess) -> None:
    pat = sandbox.make_pat("ada")
    url = sandbox.url + MYSELF
    with_pat = {"Authorization": f"Bearer {pat}"}
    assert requests.get(url, headers=with_pat, timeout=5).status_code == 200
    sandbox.state(server_tokens="expired")
    assert requests.get(url, headers=with_pat, timeout=5).status_code == 401
    sandbox.state(server_tokens="good", captcha=["ada"])
    refused = requests.get(url, auth=("ada", "ada-practice"), timeout=5)
    assert refused.headers["X-Seraph-LoginReason"] == "AUTHENTICATION_DENIED"
    sandbox.state(captcha=[], checks_nothing=True)
    assert requests.get(url, timeout=5).json()["name"] == "admin"


def test_an_incoming_link_spoilt(sandbox: SandboxProcess) -> None:
    app = ServerClient(sandbox)
    tokens = app.tokens()
    for switch, error in (
        ("client_unknown", "invalid_client"),
        ("client_secret_wrong", "invalid_client"),
        ("server_refresh_spent", "invalid_grant"),
    ):
        sandbox.state(**{switch: True})
        assert app.refresh(tokens["refresh_token"]).json() == {"error": error}
        sandbox.state(**{switch: False})
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_permissions_and_fields(client: PracticeClient) -> None:
    token = client.token_of("ada")
    client.sandbox.state(
        permissions_missing=["EDIT_ISSUES"],
        fields_gone=["customfield_10310"],
        fields_changed=["customfield_10301"],
    )
    held = client.get(PERMISSIONS, token).json()["permissions"]
    assert {key: one["havePermission"] for key, one in held.items()} == {
        "BROWSE_PROJECTS": True,
        "EDIT_ISSUES": False,
    }
    client.sandbox.state(permissions_unknown=["EDIT_ISSUES"])
    assert client.get(PERMISSIONS, token).status_code == 400
    fields = {one["id"]: one for one in client.get("/rest/api/2/field", token).json()}
    assert "customfield_10310" not in fields
    assert fields["customfield_10301"]["schema"]["type"] == "string"


@pytest.mark.parametrize("language", ["de", "fr", "ja"])
def test_languages(client: PracticeClient, language: str) -> None:
    token = client.token_of("ada")
    client.sandbox.state(language=language)
    said = requests.get(client.sandbox.url + MYSELF, timeout=5).json()["message"]
    assert said and "authenticated" not in said
    names = {one["id"]: one["name"] for one in client.get("/rest/api/2/field", token).json()}
    assert names["summary"] != "Summary"
    missing = client.get("/rest/api/2/project/NONE", token).json()["errorMessages"][0]
    assert not missing.startswith("No project")


def test_the_address_jira_only_tells(client: PracticeClient) -> None:
    """What stands in Jira's settings says nothing of what it verifies signatures against."""
    token = client.token_of("ada")
    client.sandbox.state(told_base_url="https://jira.example.com")
    assert client.get(INFO, token).json()["baseUrl"] == "https://jira.example.com"
    assert client.get(MYSELF, token).status_code == 200


def test_sites_of_cloud(cloud: CloudClient) -> None:
    token = cloud.tokens(site="acme")["access_token"]
    sandbox = cloud.sandbox
    assert [row["name"] for row in cloud.resources(token)] == ["acme"]
    sandbox.state(sites_renamed=["acme"])
    assert {row["url"] for row in cloud.resources(token)} == {
        sandbox.sites["acme"].replace("localhost", "127.0.0.1")
    }
    sandbox.state(sites_renamed=[], other_site=True)
    assert [row["name"] for row in cloud.resources(token)] == ["globex"]
    sandbox.state(other_site=False, sites_removed=["acme"])
    assert cloud.resources(token) == []
    assert cloud.get("/rest/api/3/serverInfo", token, "acme").status_code == 404
    assert requests.get(sandbox.sites["acme"] + "/_edge/tenant_info", timeout=5).status_code == 404
    assert requests.get(sandbox.sites["globex"] + "/_edge/tenant_info", timeout=5).status_code == 200


def test_scopes_and_points_of_cloud(cloud: CloudClient) -> None:
    token = cloud.tokens()["access_token"]
    assert cloud.get("/rest/api/3/myself", token).status_code == 200
    cloud.sandbox.state(scopes_missing=["read:jira-user"], scopes_extra=["write:jira-work"])
    assert "scope does not match" in cloud.get("/rest/api/3/myself", token).text
    assert "write:jira-work" in cloud.resources(token)[-1]["scopes"]
    cloud.sandbox.state(scopes_missing=[], points_spent=True)
    spent = cloud.get("/rest/api/3/myself", token)
    assert (spent.status_code, spent.headers["RateLimit-Reason"]) == (429, "jira-quota-global-based")
    assert 0 < int(spent.headers["Retry-After"]) <= 3600


@pytest.mark.parametrize(
    ("switch", "text"), [("app_private", "have access to this app"), ("app_blocked", "blocked this app")]
)
def test_apps_that_let_nobody_in(cloud: CloudClient, switch: str, text: str) -> None:
    cloud.sandbox.state(**{switch: True})
    assert text in CloudBrowser(cloud.sandbox, "grace").open(cloud.authorize_url()).text


def test_api_tokens_that_expired(sandbox: SandboxProcess) -> None:
    token = sandbox.make_api_token("ada@example.com")
    url = sandbox.sites["acme"] + "/rest/api/3/myself"
    assert requests.get(url, auth=("ada@example.com", token), timeout=5).status_code == 200
    sandbox.state(api_tokens_expired=True)
    assert requests.get(url, auth=("ada@example.com", token), timeout=5).status_code == 401


def test_the_page_groups_switches_by_the_row_they_turn_red(sandbox: SandboxProcess) -> None:
    page = JiraBrowser(sandbox, "admin").open("/sandbox/faults").text
    places = [page.index(f"<h2>{title}</h2>") for title, _ in switches_by_layer(Faults())]
    assert places == sorted(places)
    assert places[0] < page.index('name="door"') < places[1]
    assert sandbox.door in page
    shown = [one["name"] for _, switches in switches_by_layer(Faults()) for one in switches]
    assert sorted(shown) == sorted(Faults().as_json())
    assert all(f'name="{name}"' in page for name in shown)
    assert KEY.public_pem not in page


def test_the_page_says_what_is_on(sandbox: SandboxProcess) -> None:
    browser = JiraBrowser(sandbox, "admin")
    assert 'id="on"' not in browser.open("/sandbox/faults").text
    sandbox.state(door="refused", user_disabled=["grace"])
    page = browser.open("/sandbox/faults").text
    on = page[page.index('id="on"') :].partition("</p>")[0]
    assert "Front door: what connections meet" in on and "Disabled users" in on and on.count("<a ") == 2
