"""The whole way of an app on Cloud: consent, tokens, sites, boards; by two clients that share nothing."""

import pytest
import requests
from requests_oauthlib import OAuth2Session

from tests.sandbox.cloud_client import CALLBACK, SCOPES, CloudClient
from tests.support.sandbox import CloudBrowser, SandboxProcess, callback_values


def test_ada_allows_an_app_and_it_reads_her_boards(cloud: CloudClient) -> None:
    browser = CloudBrowser(cloud.sandbox, "ada")
    page = browser.open(cloud.authorize_url())
    for part in ("ada@example.com", "Almoner", "View sprints", "read:jira-work", "globex"):
        assert part in page.text
    back = callback_values(browser.accept(cloud.authorize_url(), site="globex"))
    assert back["state"] == "s-1"
    tokens = cloud.exchange(back["code"]).json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    assert tokens["scope"].split() == SCOPES
    assert len(tokens["access_token"]) > 1000
    (site,) = cloud.resources(tokens["access_token"])
    assert (site["id"], site["url"]) == (cloud.sandbox.cloud_ids["globex"], cloud.sandbox.sites["globex"])
    boards = cloud.get("/rest/agile/1.0/board", tokens["access_token"], "globex").json()
    assert [board["name"] for board in boards["values"]] == ["SHOP board", "Platform kanban"]


def test_a_library_of_others_goes_the_same_way(
    sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    app = sandbox.make_app(CALLBACK, SCOPES)
    refreshing = {"client_id": app.client_id, "client_secret": app.client_secret}
    with OAuth2Session(app.client_id, redirect_uri=CALLBACK, scope=SCOPES, pkce="S256") as session:
        session.trust_env = False
        url, _ = session.authorization_url(
            f"{sandbox.cloud_url}/authorize", audience="api.atlassian.com", prompt="consent"
        )
        back = CloudBrowser(sandbox, "grace").accept(url)
        token_url = f"{sandbox.cloud_url}/oauth/token"
        first = session.fetch_token(
            token_url, authorization_response=back, client_secret=app.client_secret, include_client_id=True
        )
        second = session.refresh_token(token_url, **refreshing)
        assert second["refresh_token"] != first["refresh_token"]
        me = session.get(f"{sandbox.cloud_url}/me").json()
    assert me["account_id"].startswith("557058:")
    assert (me["email"], me["zoneinfo"]) == ("grace@example.com", "Europe/Berlin")


def test_confluence_of_acme_stands_under_the_same_id(cloud: CloudClient) -> None:
    url = f"{cloud.sandbox.cloud_url}/oauth/token/accessible-resources"
    rows = cloud.call(url, cloud.tokens()["access_token"]).json()
    assert [row["id"] for row in rows] == [cloud.sandbox.cloud_ids["acme"]] * 2
    assert rows[0]["scopes"] == ["read:confluence-content.summary"]
    assert rows[1]["scopes"] == [scope for scope in SCOPES if "jira" in scope]


def test_me_needs_its_scope(cloud: CloudClient) -> None:
    url = f"{cloud.sandbox.cloud_url}/me"
    assert cloud.call(url, cloud.tokens(scope="read:me")["access_token"]).status_code == 200
    refused = cloud.call(url, cloud.tokens(scope="read:jira-user")["access_token"])
    assert (refused.status_code, refused.json()["message"]) == (401, "Unauthorized; scope does not match")


def test_single_sign_on_leads_to_consent_too(cloud: CloudClient) -> None:
    sso = cloud.sandbox.state(sso=True)["sso_url"]
    sent = requests.get(f"{cloud.sandbox.cloud_url}/login", allow_redirects=False, timeout=10)
    assert sent.headers["Location"].startswith(f"{sso}/sso?return=")
    assert cloud.exchange(cloud.code("linus")).status_code == 200


def test_a_removed_app_reads_nothing_more(cloud: CloudClient) -> None:
    tokens = cloud.tokens("ada")
    grace = cloud.tokens("grace")
    browser = CloudBrowser(cloud.sandbox, "ada")
    page = browser.open("/connected-apps")
    assert "View boards, backlogs, and related items" in page.text
    assert "You have allowed no app." in browser.submit(page, "client_id").text
    assert cloud.get("/rest/api/3/myself", tokens["access_token"]).status_code == 401
    assert cloud.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert cloud.get("/rest/api/3/myself", grace["access_token"]).status_code == 200
