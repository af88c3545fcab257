"""The pages of the practice Jira: consent, revocation, sign-in, single sign-on."""

from urllib.parse import urlsplit

import requests

from tests.sandbox.client import PracticeClient
from tests.support.sandbox import JiraBrowser, SandboxProcess, callback_values, find_form

AUTHORIZED = "/plugins/servlet/oauth/users/access-tokens"


def test_consent_names_person_and_consumer(client: PracticeClient) -> None:
    token = client.request_token().values["oauth_token"]
    page = JiraBrowser(client.sandbox, "linus").open(client.authorize_url(token))
    assert "Linus Bergmann, do you want to allow <strong>Almoner</strong> read and write access" in page.text
    assert 'id="approve"' in page.text
    assert 'id="deny"' in page.text


def test_decided_token_cannot_be_opened_again(client: PracticeClient) -> None:
    token = client.request_token().values["oauth_token"]
    browser = JiraBrowser(client.sandbox, "ada")
    browser.allow(client.authorize_url(token))
    page = browser.open(client.authorize_url(token))
    assert page.status_code == 401
    assert "token_used" in page.text


def test_unknown_and_expired_tokens_on_the_consent_page(client: PracticeClient) -> None:
    browser = JiraBrowser(client.sandbox, "ada")
    assert "token_rejected" in browser.open(client.authorize_url("unknown")).text
    token = client.request_token().values["oauth_token"]
    client.sandbox.state(expire_request_tokens=True)
    assert "token_expired" in browser.open(client.authorize_url(token)).text


def test_without_callback_the_verifier_is_shown(client: PracticeClient) -> None:
    token = client.request_token("oob").values["oauth_token"]
    browser = JiraBrowser(client.sandbox, "ada")
    page = browser.submit(browser.open(client.authorize_url(token)), "approve", approve="Allow")
    verifier = page.text.split('id="verifier">')[1].split("<")[0]
    assert client.access_token({"oauth_token": token, "oauth_verifier": verifier}).status == 200


def test_consent_needs_the_form_of_the_page(client: PracticeClient) -> None:
    token = client.request_token().values["oauth_token"]
    browser = JiraBrowser(client.sandbox, "ada")
    browser.open(client.authorize_url(token))
    forged = browser.http.post(client.authorize_url(token), data={"approve": "Allow"}, timeout=10)
    assert forged.status_code == 403
    assert client.access_token({"oauth_token": token, "oauth_verifier": "x"}).problem == "permission_unknown"


def test_revoked_token_is_unknown(client: PracticeClient) -> None:
    token = client.token_of("ada")
    browser = JiraBrowser(client.sandbox, "ada")
    browser.submit(browser.open(AUTHORIZED), "token")
    answer = client.get("/rest/api/2/myself", token)
    assert (answer.status_code, answer.text) == (401, "oauth_problem=token_rejected")


def test_nobody_revokes_the_token_of_somebody_else(client: PracticeClient) -> None:
    token = client.token_of("ada")
    client.token_of("grace")
    browser = JiraBrowser(client.sandbox, "grace")
    page = browser.open(AUTHORIZED)
    assert token not in page.text
    browser.submit(page, "token", token=token)
    assert client.get("/rest/api/2/myself", token).status_code == 200


def test_disabled_user_cannot_sign_in_nor_use_a_token(client: PracticeClient) -> None:
    token = client.token_of("grace")
    client.sandbox.state(user_disabled=["grace"])
    refused = client.get("/rest/api/2/myself", token)
    assert refused.status_code == 401
    assert "User%20grace" in refused.text
    assert "incorrect" in JiraBrowser(client.sandbox, "grace").open(AUTHORIZED).text


def test_sign_in_goes_to_no_other_host(sandbox: SandboxProcess) -> None:
    browser = JiraBrowser(sandbox, "ada")
    for elsewhere in ("//evil.example", "/\\evil.example", "https://evil.example"):
        values = {"os_username": "ada", "os_password": "ada-practice", "os_destination": elsewhere}
        answer = browser.http.post(f"{sandbox.url}/login.jsp", data=values, allow_redirects=False, timeout=10)
        assert answer.headers["Location"] == "/"


def test_sign_out(sandbox: SandboxProcess) -> None:
    browser = JiraBrowser(sandbox, "ada")
    assert "Ada Lindqvist" in browser.open(AUTHORIZED).text
    browser.http.get(f"{sandbox.url}/secure/Logout!default.jspa", timeout=10)
    asked = browser.http.get(sandbox.url + AUTHORIZED, timeout=10)
    assert "/login.jsp" in asked.url


def test_sso_is_another_host_and_the_dance_passes_it(client: PracticeClient) -> None:
    sso = client.sandbox.state(sso=True)["sso_url"]
    token = client.request_token().values["oauth_token"]
    sent = requests.get(client.authorize_url(token), allow_redirects=False, timeout=10)
    assert sent.headers["Location"].startswith(f"{sso}/sso?return=")
    assert urlsplit(sso).hostname != urlsplit(client.sandbox.url).hostname
    values = callback_values(JiraBrowser(client.sandbox, "grace").allow(client.authorize_url(token)))
    assert client.access_token(values).status == 200


def test_sso_ticket_is_taken_once(sandbox: SandboxProcess) -> None:
    sso = sandbox.state(sso=True)["sso_url"]
    back = f"{sandbox.url}/sso/return?os_destination=/"
    form = {"return": back, "username": "ada", "password": "ada-practice"}
    ticket_url = requests.post(f"{sso}/sso", data=form, allow_redirects=False, timeout=10).headers["Location"]
    assert requests.get(ticket_url, allow_redirects=False, timeout=10).status_code == 302
    assert requests.get(ticket_url, allow_redirects=False, timeout=10).status_code == 403
    assert (
        requests.get(f"{sso}/sso", params={"return": "http://evil.example/"}, timeout=10).status_code == 400
    )


def test_front_page_prints_the_passwords(sandbox: SandboxProcess) -> None:
    page = requests.get(sandbox.url, timeout=10)
    assert "not a real Jira" in page.text
    assert all(f"{name}-practice" in page.text for name in ("admin", "ada", "grace", "linus"))
    assert find_form(page, "os_username") is None
