"""Request token and access token: the answers of Jira (reference: Atlassian's provider, RFC 5849)."""

import time
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, unquote

import pytest
import requests

from tests.sandbox.client import CALLBACK, KEY, OTHER_KEY, PracticeClient
from tests.support.sandbox import JiraBrowser, SandboxProcess, callback_values


def test_dance_ends_with_the_token_of_the_person_who_allowed(client: PracticeClient) -> None:
    answer = client.access_token(client.allowed("grace"))
    assert answer.status == 200
    assert answer.response.headers["Content-Type"].startswith("text/plain")
    assert answer.values["oauth_expires_in"] == "157680000"
    assert answer.values["oauth_authorization_expires_in"] == "160272000"
    assert answer.values["oauth_session_handle"]
    me = client.get("/rest/api/2/myself", answer.values["oauth_token"])
    assert (me.json()["name"], me.json()["emailAddress"]) == ("grace", "grace@example.com")
    assert me.headers["X-AUSERNAME"] == "grace"
    assert me.headers["X-Seraph-LoginReason"] == "OK"


def test_request_token_says_callback_confirmed(client: PracticeClient) -> None:
    answer = client.request_token()
    assert answer.values["oauth_callback_confirmed"] == "true"
    assert set(answer.values) == {"oauth_token", "oauth_token_secret", "oauth_callback_confirmed"}


def test_callback_keeps_its_own_query(client: PracticeClient) -> None:
    token = client.request_token(f"{CALLBACK}?a=b").values["oauth_token"]
    location = JiraBrowser(client.sandbox, "ada").allow(client.authorize_url(token))
    assert location.startswith(f"{CALLBACK}?a=b&oauth_token={token}&oauth_verifier=")


def test_deny_comes_back_as_denied_and_cannot_be_exchanged(client: PracticeClient) -> None:
    token = client.request_token().values["oauth_token"]
    values = callback_values(JiraBrowser(client.sandbox, "ada").deny(client.authorize_url(token)))
    assert values == {"oauth_token": token, "oauth_verifier": "denied"}
    assert client.access_token(values).problem == "permission_denied"


def test_request_token_is_used_once(client: PracticeClient) -> None:
    values = client.allowed()
    assert client.access_token(values).status == 200
    again = client.access_token(values)
    assert (again.status, again.problem) == (401, "token_rejected")


def test_request_token_ends_after_ten_minutes(client: PracticeClient) -> None:
    values = client.allowed()
    client.sandbox.state(expire_request_tokens=True)
    assert client.access_token(values).problem == "token_expired"


def test_exchange_before_consent(client: PracticeClient) -> None:
    token = client.request_token().values["oauth_token"]
    answer = client.access_token({"oauth_token": token, "oauth_verifier": "abc123"})
    assert (answer.status, answer.problem) == (401, "permission_unknown")


def test_wrong_verifier(client: PracticeClient) -> None:
    values = client.allowed() | {"oauth_verifier": "wrong1"}
    assert client.access_token(values).problem == "token_rejected"


def test_problem_has_body_and_challenge(client: PracticeClient) -> None:
    stranger = PracticeClient(client.sandbox, "nobody")
    answer = stranger.request_token()
    assert (answer.status, answer.response.text) == (401, "oauth_problem=consumer_key_unknown")
    challenge = answer.response.headers["WWW-Authenticate"]
    assert challenge.startswith("OAuth realm=")
    assert challenge.endswith('oauth_problem="consumer_key_unknown"')


def test_wrong_key_echoes_the_base_string(client: PracticeClient) -> None:
    answer = PracticeClient(client.sandbox, "almoner-key", OTHER_KEY).request_token()
    assert (answer.status, answer.problem) == (401, "signature_invalid")
    assert answer.values["oauth_signature_method"] == "RSA-SHA1"
    method, url, params = answer.values["oauth_signature_base_string"].split("&")
    assert (method, unquote(url)) == ("POST", f"{client.sandbox.url}/plugins/servlet/oauth/request-token")
    assert parse_qs(unquote(params))["oauth_consumer_key"] == ["almoner-key"]


def test_proxy_fault_shows_in_the_base_string(client: PracticeClient) -> None:
    client.sandbox.state(seen_base_url="https://inside.example.com:8443/jira")
    echoed = client.request_token().values["oauth_signature_base_string"]
    expected = "https://inside.example.com:8443/jira/plugins/servlet/oauth/request-token"
    assert unquote(echoed.split("&")[1]) == expected


def test_hmac_is_refused(client: PracticeClient) -> None:
    answer = client.request_token(signature_method="HMAC-SHA1", client_secret="x")
    assert (answer.status, answer.problem) == (400, "signature_method_rejected")


def test_nonce_is_taken_once(client: PracticeClient) -> None:
    fixed = {"oauth_nonce": "n" * 32, "oauth_timestamp": str(int(time.time()))}
    assert client.request_token(**fixed).status == 200
    again = client.request_token(**fixed)
    assert (again.status, again.problem) == (401, "nonce_used")


@pytest.mark.parametrize("seconds", [-400, 400])
def test_timestamp_outside_the_window(client: PracticeClient, seconds: int) -> None:
    answer = client.request_token(oauth_timestamp=str(int(time.time()) + seconds))
    assert (answer.status, answer.problem) == (400, "timestamp_refused")
    low, high = answer.values["oauth_acceptable_timestamps"].split("-")
    assert int(high) - int(low) == 600
    assert int(low) < time.time() < int(high)


def test_clock_switch_moves_jira_and_its_dates(client: PracticeClient) -> None:
    client.sandbox.state(clock_offset_seconds=3600)
    assert client.request_token().problem == "timestamp_refused"
    info = requests.get(f"{client.sandbox.url}/rest/api/2/serverInfo", timeout=10)
    assert 3590 < parsedate_to_datetime(info.headers["Date"]).timestamp() - time.time() < 3610
    told = datetime.strptime(info.json()["serverTime"], "%Y-%m-%dT%H:%M:%S.%f%z")
    assert 3590 < told.timestamp() - time.time() < 3610


@pytest.mark.parametrize(
    ("spoilt", "problem", "named"),
    [
        ({"oauth_version": "2.0"}, "version_rejected", None),
        ({"oauth_nonce": None}, "parameter_absent", "oauth_nonce"),
        ({"oauth_consumer_key": None}, "parameter_absent", "oauth_consumer_key"),
        ({"oauth_timestamp": "soon"}, "parameter_rejected", "oauth_timestamp"),
        ({"oauth_callback": "javascript:alert(1)"}, "parameter_rejected", "oauth_callback"),
    ],
)
def test_malformed_messages(
    client: PracticeClient, spoilt: dict[str, str], problem: str, named: str | None
) -> None:
    answer = client.request_token(**spoilt)
    assert (answer.status, answer.problem) == (400, problem)
    if named:
        assert named in (
            answer.values.get("oauth_parameters_absent"),
            answer.values.get("oauth_parameters_rejected"),
        )


def test_session_handle_renews_and_ends_the_old_token(client: PracticeClient) -> None:
    old = client.access_token(client.allowed()).values
    path = "/plugins/servlet/oauth/access-token"
    wrong = client.call("POST", path, old["oauth_token"], oauth_session_handle="wrong")
    assert wrong.problem == "token_rejected"
    new = client.call("POST", path, old["oauth_token"], oauth_session_handle=old["oauth_session_handle"])
    assert client.get("/rest/api/2/myself", new.values["oauth_token"]).status_code == 200
    assert client.get("/rest/api/2/myself", old["oauth_token"]).status_code == 401


def test_renewal_without_handle(client: PracticeClient) -> None:
    answer = client.call("POST", "/plugins/servlet/oauth/access-token", client.token_of("ada"))
    assert (answer.status, answer.problem) == (400, "parameter_absent")
    assert answer.values["oauth_parameters_absent"] == "oauth_session_handle"


def test_token_of_another_consumer(client: PracticeClient) -> None:
    token = client.token_of("ada")
    client.sandbox.make_link("second-key", OTHER_KEY.public_pem)
    other = PracticeClient(client.sandbox, "second-key", OTHER_KEY)
    assert "token_rejected" in other.get("/rest/api/2/myself", token).text


def test_token_calls_are_post_only(client: PracticeClient) -> None:
    assert client.call("GET", "/plugins/servlet/oauth/request-token").status == 405


def test_context_path_is_part_of_the_signed_url() -> None:
    with SandboxProcess(context_path="/jira") as sandbox:
        assert sandbox.url.endswith("/jira")
        sandbox.make_link("almoner-key", KEY.public_pem)
        client = PracticeClient(sandbox, "almoner-key")
        assert client.get("/rest/api/2/myself", client.token_of("ada")).json()["name"] == "ada"
        assert requests.get(sandbox.url.removesuffix("/jira") + "/login.jsp", timeout=10).status_code == 404
