"""What consent refuses, and what a second consent does to the first."""

import base64
import hashlib

import pytest

from tests.sandbox.cloud_client import CALLBACK, SCOPES, CloudClient
from tests.support.sandbox import CloudBrowser, callback_values

VERIFIER = "practice-verifier-0123456789-0123456789-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
MYSELF = "/rest/api/3/myself"


@pytest.mark.parametrize(
    ("changed", "error", "text"),
    [
        ({"client_id": "nobody"}, "unauthorized_client", "no app with this client ID"),
        ({"redirect_uri": f"{CALLBACK}/"}, "unauthorized_client", "Callback URL mismatch"),
        ({"redirect_uri": f"{CALLBACK}?a=1"}, "unauthorized_client", "Callback URL mismatch"),
        ({"redirect_uri": CALLBACK.replace("127.0.0.1", "localhost")}, "unauthorized_client", "mismatch"),
        ({"redirect_uri": None}, "unauthorized_client", "Callback URL mismatch"),
        ({"scope": "read:jira-work write:jira-work"}, "invalid_scope", "write:jira-work"),
        ({"scope": None}, "invalid_request", "scope is missing"),
        ({"state": None}, "invalid_request", "state is missing"),
        ({"audience": None}, "invalid_request", "audience"),
        ({"audience": "https://elsewhere.example"}, "invalid_request", "audience"),
        ({"prompt": None}, "invalid_request", "prompt"),
        ({"response_type": "token"}, "invalid_request", "response_type"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request", "S256"),
        ({"code_challenge": CHALLENGE}, "invalid_request", "S256"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request", "S256"),
    ],
    ids=str,
)
def test_a_wrong_request_is_told_to_the_person_only(
    cloud: CloudClient, changed: dict[str, str | None], error: str, text: str
) -> None:
    page = CloudBrowser(cloud.sandbox, "ada").open(cloud.authorize_url(**changed))
    assert page.status_code == 403
    assert f"<code>{error}</code>" in page.text
    assert text in page.text
    assert "Location" not in page.headers


def test_a_wrong_request_is_refused_after_sign_in_only(cloud: CloudClient) -> None:
    sent = cloud.http.get(cloud.authorize_url(client_id="nobody"), allow_redirects=False, timeout=10)
    assert sent.status_code == 302
    assert "/login" in sent.headers["Location"]


def test_a_private_app_is_its_owners(cloud: CloudClient) -> None:
    cloud.sandbox.change_app(cloud.app, sharing=False)
    page = CloudBrowser(cloud.sandbox, "ada").open(cloud.authorize_url())
    assert (page.status_code, "access to this app" in page.text) == (403, True)
    assert cloud.exchange(cloud.code("admin")).status_code == 200


def test_cancel_goes_back_without_a_code(cloud: CloudClient) -> None:
    back = callback_values(CloudBrowser(cloud.sandbox, "ada").cancel(cloud.authorize_url()))
    assert (back["error"], back["state"]) == ("access_denied", "s-1")
    assert back["error_description"]
    assert "code" not in back


def test_a_site_has_to_be_chosen(cloud: CloudClient) -> None:
    browser = CloudBrowser(cloud.sandbox, "ada")
    page = browser.submit(browser.open(cloud.authorize_url()), "accept", accept="Accept")
    assert (page.status_code, "Choose the site" in page.text) == (200, True)
    page = browser.submit(page, "accept", accept="Accept", site="elsewhere")
    assert "Choose the site" in page.text


def test_consent_needs_the_form_of_the_page(cloud: CloudClient) -> None:
    browser = CloudBrowser(cloud.sandbox, "ada")
    browser.open(cloud.authorize_url())
    values = {"accept": "Accept", "site": cloud.sandbox.cloud_ids["acme"]}
    forged = browser.http.post(cloud.authorize_url(), data=values, allow_redirects=False, timeout=10)
    assert forged.status_code == 403


def test_sign_in_goes_to_no_other_host(cloud: CloudClient) -> None:
    for elsewhere in ("//evil.example", "/\\evil.example", "https://evil.example"):
        values = {"username": "ada@example.com", "password": "ada-practice", "destination": elsewhere}
        url = f"{cloud.sandbox.cloud_url}/login"
        answer = cloud.http.post(url, data=values, allow_redirects=False, timeout=10)
        assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("sent", "verifier", "status"),
    [(True, VERIFIER, 200), (True, VERIFIER[::-1], 403), (True, None, 403), (False, VERIFIER, 403)],
    ids=["right", "wrong", "missing", "without a challenge"],
)
def test_the_verifier_fits_the_challenge(
    cloud: CloudClient, sent: bool, verifier: str | None, status: int
) -> None:
    asked = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"} if sent else {}
    more = {"code_verifier": verifier} if verifier else {}
    assert cloud.exchange(cloud.code(**asked), **more).status_code == status


def test_the_scopes_of_a_new_consent_override(cloud: CloudClient) -> None:
    older = cloud.tokens()
    fewer = cloud.tokens(scope="read:jira-work offline_access")
    assert fewer["scope"] == "read:jira-work offline_access"
    assert cloud.get(MYSELF, older["access_token"]).status_code == 401
    assert cloud.get("/rest/api/3/field", older["access_token"]).status_code == 200
    assert cloud.refresh(older["refresh_token"]).json()["scope"] == "read:jira-work offline_access"
    assert [grant["user"] for grant in cloud.sandbox.cloud_state()["grants"]] == ["ada"]


def test_the_site_of_a_new_consent_replaces_or_adds(cloud: CloudClient) -> None:
    older = cloud.tokens(site="acme")["access_token"]
    cloud.tokens(site="globex")
    assert [row["name"] for row in cloud.resources(older)] == ["globex"]
    assert cloud.get(MYSELF, older, "acme").status_code == 404
    cloud.sandbox.state(account_level_grants=True)
    cloud.tokens(site="acme")
    assert [row["name"] for row in cloud.resources(older)] == ["globex", "acme"]
    assert cloud.get(MYSELF, older, "acme").status_code == 200


def test_a_new_consent_may_end_older_tokens(cloud: CloudClient) -> None:
    cloud.sandbox.state(new_grant_ends_older=True)
    older, other = cloud.tokens("ada"), cloud.tokens("grace")
    newer = cloud.tokens("ada")
    assert cloud.get(MYSELF, older["access_token"]).status_code == 401
    assert cloud.refresh(older["refresh_token"]).status_code == 403
    assert cloud.get(MYSELF, newer["access_token"]).status_code == 200
    assert cloud.get(MYSELF, other["access_token"]).status_code == 200
    ended = [one["ended_by"] for one in cloud.sandbox.cloud_state()["families"] if one["dead"]]
    assert ended == ["a later consent"]


def test_a_consent_may_give_less_than_asked(cloud: CloudClient) -> None:
    cloud.sandbox.state(narrow_scopes=["read:sprint:jira-software", "offline_access"])
    tokens = cloud.tokens()
    assert tokens["scope"].split() == SCOPES[:5] + SCOPES[6:-1]
    assert "refresh_token" not in tokens


def test_a_scope_taken_from_the_app_cannot_be_asked_for_again(cloud: CloudClient) -> None:
    tokens = cloud.tokens()
    cloud.sandbox.change_app(cloud.app, scopes=["read:jira-user"])
    assert cloud.get("/rest/api/3/field", tokens["access_token"]).status_code == 200
    assert "invalid_scope" in CloudBrowser(cloud.sandbox, "ada").open(cloud.authorize_url()).text


def test_callback_values_keep_a_query_of_the_callback(cloud: CloudClient) -> None:
    own = f"{CALLBACK}?tenant=7"
    cloud.sandbox.change_app(cloud.app, callback_url=own)
    back = CloudBrowser(cloud.sandbox, "ada").accept(cloud.authorize_url(redirect_uri=own))
    assert back.startswith(f"{own}&code=")
