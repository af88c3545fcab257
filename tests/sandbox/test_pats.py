"""Personal access tokens: on the profile page, by REST, and what becomes of a bad one."""

from typing import Any

import pytest
import requests

from tests.support.sandbox import JiraBrowser, SandboxProcess, find_form

MYSELF = "/rest/api/2/myself"
TOKENS = "/rest/pat/latest/tokens"
PAT_TAB = "com.atlassian.pats.pats-plugin:jira-user-personal-access-tokens"
PAT_PAGE = f"/secure/ViewProfile.jspa?selectedTab={PAT_TAB}"
CREATE = "tokenName"


def call(
    sandbox: SandboxProcess, path: str, token: str, method: str = "GET", json: Any = None
) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, sandbox.url + path, headers=headers, json=json, timeout=10)


def assert_anonymous(sandbox: SandboxProcess, token: str) -> None:
    """A bad Bearer is no refusal: Jira goes on as if nobody asked."""
    for path in ("/rest/api/2/serverInfo", "/rest/api/2/project", "/rest/agile/1.0/board"):
        answer = call(sandbox, path, token)
        assert (answer.status_code, answer.headers["X-AUSERNAME"]) == (200, "anonymous")
    assert call(sandbox, "/rest/agile/1.0/board", token).json()["values"] == []
    refused = call(sandbox, MYSELF, token)
    assert (refused.status_code, refused.headers["X-AUSERNAME"]) == (401, "anonymous")


def shown_token(page: requests.Response) -> str:
    return page.text.split('id="raw-token">')[1].split("<")[0]


def test_a_person_makes_a_token_in_the_profile_and_revokes_it(sandbox: SandboxProcess) -> None:
    browser = JiraBrowser(sandbox, "ada")
    assert "Personal Access Tokens" in browser.open("/secure/ViewProfile.jspa").text
    page = browser.submit(browser.open(PAT_PAGE), CREATE, tokenName="Almoner", days="30")
    token = shown_token(page)
    answer = call(sandbox, MYSELF, token)
    assert (answer.json()["name"], answer.headers["X-AUSERNAME"]) == ("ada", "ada")
    again = browser.open(PAT_PAGE)
    assert "Almoner" in again.text
    assert token not in again.text
    assert "no personal access token" in browser.submit(again, "tokenId").text
    assert_anonymous(sandbox, token)


def test_a_token_may_be_for_ever(sandbox: SandboxProcess) -> None:
    browser = JiraBrowser(sandbox, "ada")
    form = find_form(browser.open(PAT_PAGE), CREATE)
    assert form is not None
    del form.values["expires"]
    made = browser.http.post(
        f"{sandbox.url}/secure/CreatePersonalAccessToken.jspa",
        data=form.values | {CREATE: "Ever"},
        timeout=10,
    )
    assert "Never" in made.text
    sandbox.state(clock_offset_seconds=10 * 365 * 86_400)
    assert call(sandbox, MYSELF, shown_token(made)).status_code == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"tokenName": " "}, "Enter a name"),
        ({"tokenName": "A", "days": "0"}, "1 to 3650"),
        ({"tokenName": "A", "days": "soon"}, "1 to 3650"),
    ],
)
def test_what_is_wrong_with_a_token_is_said(
    sandbox: SandboxProcess, typed: dict[str, str], said: str
) -> None:
    browser = JiraBrowser(sandbox, "ada")
    page = browser.submit(browser.open(PAT_PAGE), CREATE, **typed)
    assert said in page.text
    assert "no personal access token" in page.text


def test_rest_makes_lists_and_revokes_ones_own(sandbox: SandboxProcess) -> None:
    first = sandbox.make_pat("ada", name="first", days=None)
    made = call(sandbox, TOKENS, first, "POST", {"name": "second", "expirationDuration": 90})
    assert made.status_code == 201
    second = made.json()
    assert set(second) == {"id", "name", "createdAt", "expiringAt", "rawToken"}
    assert len(second["rawToken"]) == 44
    listed = call(sandbox, TOKENS, second["rawToken"])
    assert [sorted(row) for row in listed.json()] == [
        ["createdAt", "id", "name"],
        ["createdAt", "expiringAt", "id", "name"],
    ]
    assert second["rawToken"] not in listed.text
    stranger = sandbox.make_pat("grace")
    assert len(call(sandbox, TOKENS, stranger).json()) == 1
    assert call(sandbox, f"{TOKENS}/{second['id']}", stranger, "DELETE").status_code == 404
    assert call(sandbox, f"{TOKENS}/{second['id']}", first, "DELETE").status_code == 204
    assert_anonymous(sandbox, second["rawToken"])


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": "a", "expirationDuration": 0}, {"name": "a", "expirationDuration": "9"}, []],
    ids=str,
)
def test_rest_refuses_what_is_no_token(sandbox: SandboxProcess, body: Any) -> None:
    assert call(sandbox, TOKENS, sandbox.make_pat("ada"), "POST", body).status_code == 400


def test_nobody_has_no_tokens(sandbox: SandboxProcess) -> None:
    assert requests.get(sandbox.url + TOKENS, timeout=10).status_code == 401
    assert call(sandbox, TOKENS, "unknown", "POST", {"name": "a"}).status_code == 401


def test_unknown_ended_and_expired_tokens_are_nobodys(sandbox: SandboxProcess) -> None:
    assert_anonymous(sandbox, "NzIxODM1MTM5MDc1OvvKqyRLWY5OqOhIY4d")
    ended, expired, short = (sandbox.make_pat("ada") for _ in range(3))
    sandbox.end_pat(ended)
    sandbox.expire_pat(expired)
    assert_anonymous(sandbox, ended)
    assert_anonymous(sandbox, expired)
    sandbox.state(clock_offset_seconds=90 * 86_400 + 1)
    assert_anonymous(sandbox, short)


def test_a_deactivated_users_token_is_nobodys_until_the_user_is_back(sandbox: SandboxProcess) -> None:
    token = sandbox.make_pat("grace")
    sandbox.disable_user("grace")
    assert_anonymous(sandbox, token)
    sandbox.enable_user("grace")
    assert call(sandbox, MYSELF, token).status_code == 200


def test_myself_may_answer_nobody_with_a_body(sandbox: SandboxProcess) -> None:
    sandbox.state(anonymous_myself=True)
    answer = call(sandbox, MYSELF, "unknown")
    assert (answer.status_code, answer.headers["X-AUSERNAME"]) == (200, "anonymous")
    assert answer.json()["name"] == "anonymous"
    assert call(sandbox, MYSELF, sandbox.make_pat("ada")).json()["name"] == "ada"


@pytest.mark.parametrize(("interface", "status"), [("not_found", 404), ("forbidden", 403)])
def test_the_interface_may_be_closed_while_tokens_work(
    sandbox: SandboxProcess, interface: str, status: int
) -> None:
    token = sandbox.make_pat("ada")
    sandbox.state(pat_interface=interface)
    assert call(sandbox, TOKENS, token).status_code == status
    assert call(sandbox, MYSELF, token).status_code == 200


def test_old_jira_has_no_tokens_at_all(sandbox: SandboxProcess) -> None:
    token = sandbox.make_pat("ada")
    sandbox.state(jira_version="8.13.27")
    assert call(sandbox, TOKENS, token).status_code == 404
    assert_anonymous(sandbox, token)
    assert "Personal Access Tokens" not in JiraBrowser(sandbox, "ada").open("/secure/ViewProfile.jspa").text
