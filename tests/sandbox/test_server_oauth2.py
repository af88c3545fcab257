"""OAuth 2.0 of Jira Server and Data Center: incoming link, consent, codes, tokens, scopes, revocation."""

import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests

from portal.sandbox.app import create_app
from portal.sandbox.incoming import new_link
from portal.sandbox.server_store import ServerGrant
from portal.sandbox.state import State
from tests.sandbox.server_oauth2_client import CALLBACK, OAUTH2, ServerClient, pkce
from tests.support.sandbox import JiraBrowser, SandboxProcess, callback_values

LISTING = "/plugins/servlet/applinks/listApplicationLinks"
INCOMING = "/plugins/servlet/applinks/external/incoming"
AUTHORIZED = "/plugins/servlet/oauth/users/access-tokens"
MYSELF = "/rest/api/2/myself"
TOKENS = "/rest/pat/latest/tokens"
INVALID_GRANT = {"error": "invalid_grant"}


@pytest.fixture
def app(sandbox: SandboxProcess) -> ServerClient:
    """An external application with the scope WRITE; its codes live long enough for slow machines."""
    sandbox.set_code_lifetime(120)
    return ServerClient(sandbox)


def made_on_the_page(sandbox: SandboxProcess, **typed: str | list[str]) -> requests.Response:
    """Walk from *Create link* to the credentials of an incoming link."""
    browser = JiraBrowser(sandbox, "admin")
    page = browser.open("/plugins/servlet/applinks/createLink")
    page = browser.submit(page, "applicationType", applicationType="external")
    assert INCOMING in page.text
    right: dict[str, str | list[str]] = {"name": "Almoner", "redirectUrl": CALLBACK, "scopes": ["READ"]}
    return browser.submit(browser.open(INCOMING), "redirectUrl", **(right | typed))


def test_an_administrator_makes_a_link_and_a_person_lets_it_in(sandbox: SandboxProcess) -> None:
    sandbox.set_code_lifetime(120)
    page = made_on_the_page(sandbox, scopes=["READ", "WRITE"])
    app = ServerClient(sandbox)
    app.id = page.text.split('id="client-id">')[1].split("<")[0]
    app.secret = page.text.split('id="client-secret">')[1].split("<")[0]
    ada = JiraBrowser(sandbox, "ada")
    verifier, challenge = pkce()
    url = app.authorize_url(code_challenge=challenge, code_challenge_method="S256")
    consent = ada.open(url)
    assert "Ada Lindqvist, do you want to allow <strong>Almoner</strong>" in consent.text
    came_back = callback_values(ada.allow(url))
    assert came_back["state"] == "s-1"
    tokens = app.exchange(came_back["code"], code_verifier=verifier).json()
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 7200, "WRITE")
    answer = app.call(MYSELF, tokens["access_token"])
    assert (answer.json()["name"], answer.headers["X-AUSERNAME"]) == ("ada", "ada")
    assert "Almoner" in ada.open(AUTHORIZED).text
    ada.submit(ada.open(AUTHORIZED), "grant")
    assert app.user(tokens["access_token"]) == "anonymous"
    assert app.refresh(tokens["refresh_token"]).json() == INVALID_GRANT


def test_credentials_are_shown_again_and_the_deleted_link_takes_all_along(app: ServerClient) -> None:
    tokens, code = app.tokens(), app.allowed()["code"]
    admin = JiraBrowser(app.sandbox, "admin")
    listing = admin.open(LISTING)
    shown = admin.open(listing.text.split('href="')[-1].split('"')[0])
    assert app.id in shown.text
    assert app.secret in shown.text
    assert app.id not in admin.submit(admin.open(LISTING), "delete").text
    assert app.user(tokens["access_token"]) == "anonymous"
    assert app.exchange(code).json() == {"error": "invalid_client"}
    assert "invalid_request" in JiraBrowser(app.sandbox, "ada").open(app.authorize_url()).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Enter a name"),
        ({"redirectUrl": "almoner.example"}, "Enter the whole redirect URL"),
        ({"redirectUrl": "https://a.example/#x"}, "Enter the whole redirect URL"),
        ({"scopes": []}, "Choose at least one permission"),
        ({"scopes": ["read:jira-work"]}, "Choose at least one permission"),
    ],
)
def test_mistakes_are_named(sandbox: SandboxProcess, typed: dict[str, str | list[str]], said: str) -> None:
    assert said in made_on_the_page(sandbox, **typed).text
    assert "No application is linked yet" in JiraBrowser(sandbox, "admin").open(LISTING).text


def test_only_administrators_make_links(sandbox: SandboxProcess) -> None:
    assert JiraBrowser(sandbox, "ada").open(INCOMING).status_code == 403


def test_jira_before_8_22_has_none_of_it(app: ServerClient) -> None:
    token = app.tokens()["access_token"]
    app.sandbox.state(jira_version="8.21.1")
    assert requests.get(app.authorize_url(), timeout=10).status_code == 404
    assert app.exchange("x").status_code == 404
    assert JiraBrowser(app.sandbox, "admin").open(INCOMING).status_code == 404
    assert app.user(token) == "anonymous"
    app.sandbox.state(jira_version="8.22.0")
    assert app.user(token) == "ada"
    assert INCOMING in JiraBrowser(app.sandbox, "admin").open(LISTING).text


def test_deny_goes_back_with_access_denied(app: ServerClient) -> None:
    values = callback_values(JiraBrowser(app.sandbox, "ada").deny(app.authorize_url()))
    assert values == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": f"{CALLBACK}/"},
        {"redirect_uri": "http://evil.example/"},
        {"redirect_uri": None},
    ],
    ids=str,
)
def test_with_a_wrong_client_or_redirect_nobody_is_sent_away(
    app: ServerClient, changed: dict[str, str | None]
) -> None:
    page = JiraBrowser(app.sandbox, "ada").open(app.authorize_url(**changed))
    assert page.status_code == 400
    assert page.url.startswith(app.sandbox.url)
    assert "Authorization failed" in page.text


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"scope": "read:jira-work"}, "invalid_scope"),
        ({"scope": "WRITE ADMIN"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "sha256"}, "invalid_request"),
    ],
    ids=str,
)
def test_other_mistakes_go_back_to_the_application(
    app: ServerClient, changed: dict[str, str | None], error: str
) -> None:
    page = JiraBrowser(app.sandbox, "ada").open(app.authorize_url(**changed))
    assert page.is_redirect
    values = callback_values(page.headers["Location"])
    assert (values["error"], values["state"]) == (error, "s-1")


def test_an_address_that_cannot_be_read_is_a_page(app: ServerClient) -> None:
    browser = JiraBrowser(app.sandbox, "ada")
    browser.open(LISTING)
    cookies = "; ".join(f"{one.name}={one.value}" for one in browser.http.cookies)
    line = HTTPConnection(urlsplit(app.sandbox.url).netloc, timeout=10)
    line.request("GET", f"{OAUTH2}/authorize?client_id={app.id}&x=[", headers={"Cookie": cookies})
    answer = line.getresponse()
    assert answer.status == 400
    assert "cannot be read" in answer.read().decode()
    line.close()


def test_consent_needs_the_form_of_the_page(app: ServerClient) -> None:
    browser = JiraBrowser(app.sandbox, "ada")
    browser.open(app.authorize_url())
    forged = browser.http.post(app.authorize_url(), data={"approve": "Allow"}, timeout=10)
    assert forged.status_code == 403


def test_a_code_lives_ten_seconds(app: ServerClient) -> None:
    app.sandbox.set_code_lifetime(10)
    code = app.allowed()["code"]
    app.sandbox.state(clock_offset_seconds=10)
    answer = app.exchange(code)
    assert (answer.status_code, answer.json()) == (400, INVALID_GRANT)
    app.sandbox.state(clock_offset_seconds=0)
    assert app.exchange(code).status_code == 200


def test_ten_seconds_is_what_a_fresh_jira_gives(sandbox: SandboxProcess) -> None:
    assert sandbox.state()["switches"]["server_code_seconds"] == 10


def test_a_code_is_used_once_by_its_own_application(app: ServerClient) -> None:
    code = app.allowed()["code"]
    assert ServerClient(app.sandbox).exchange(code).json() == INVALID_GRANT
    assert app.exchange(code).status_code == 200
    assert app.exchange(code).json() == INVALID_GRANT


def test_of_many_exchanges_at_once_one_wins(app: ServerClient) -> None:
    code = app.allowed()["code"]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: app.exchange(code).status_code, range(16)))
    assert sorted(answers) == [200] + [400] * 15


@pytest.mark.parametrize("redirect_uri", [None, f"{CALLBACK}/"])
def test_the_redirect_uri_is_the_same_again(app: ServerClient, redirect_uri: str | None) -> None:
    answer = app.exchange(app.allowed()["code"], redirect_uri=redirect_uri)
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_request", "invalid_grant")


@pytest.mark.parametrize(
    "wrong", [{"client_secret": "x"}, {"client_secret": None}, {"client_id": "x"}], ids=str
)
def test_who_does_not_show_the_secret_is_refused(app: ServerClient, wrong: dict[str, str | None]) -> None:
    answer = app.exchange(app.allowed()["code"], **wrong)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    refreshed = app.refresh(app.tokens()["refresh_token"], **wrong)
    assert (refreshed.status_code, refreshed.json()) == (401, {"error": "invalid_client"})


@pytest.mark.parametrize("method", ["S256", "plain"])
def test_a_challenge_that_was_sent_is_held(app: ServerClient, method: str) -> None:
    verifier, hashed = pkce()
    challenge = hashed if method == "S256" else verifier
    code = app.allowed(code_challenge=challenge, code_challenge_method=method)["code"]
    assert app.exchange(code).status_code == 400
    assert app.exchange(code, code_verifier=pkce()[0]).json() == INVALID_GRANT
    assert app.exchange(code, code_verifier=verifier).status_code == 200


def test_the_token_endpoint_takes_forms_only(app: ServerClient) -> None:
    url = f"{app.sandbox.url}{OAUTH2}/token"
    assert requests.post(url, json={"grant_type": "authorization_code"}, timeout=10).status_code == 500
    assert app.post(grant_type="password").json()["error"] == "unsupported_grant_type"
    assert requests.get(url, timeout=10).status_code == 405


def test_a_refresh_replaces_both_tokens_at_once(app: ServerClient) -> None:
    first = app.tokens()
    second = app.refresh(first["refresh_token"]).json()
    assert set(second) == set(first)
    assert app.user(second["access_token"]) == "ada"
    assert app.user(first["access_token"]) == "anonymous"
    again = app.refresh(first["refresh_token"])
    assert (again.status_code, again.json()) == (400, INVALID_GRANT)
    assert app.refresh(second["refresh_token"]).status_code == 200


def test_a_link_that_may_only_read_refuses_more_and_narrows_a_renewal(app: ServerClient) -> None:
    first = app.tokens()
    app.sandbox.state(link_reads_only=True)
    assert app.refresh(first["refresh_token"]).json()["scope"] == "READ"
    page = JiraBrowser(app.sandbox, "ada").open(app.authorize_url())
    assert callback_values(page.headers["Location"])["error"] == "invalid_scope"
    assert "code" in app.allowed(scope="READ")


def test_of_many_refreshes_at_once_one_wins(app: ServerClient) -> None:
    token = app.tokens()["refresh_token"]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: app.refresh(token).status_code, range(16)))
    assert sorted(answers) == [200] + [400] * 15


class SlowState(State):
    """Lets the other threads run whenever the time is asked for."""

    def now(self) -> int:
        time.sleep(0.005)
        return super().now()


def test_a_refresh_is_one_step_even_when_the_clock_is_slow() -> None:
    """Whoever looks at the token has to replace it before the next one looks."""
    state = SlowState()
    link = new_link("Almoner", CALLBACK, ["WRITE"])
    state.server.incoming[link.id] = link
    far = state.now() + 3600
    state.server.grants["g"] = ServerGrant("g", link.client_id, "ada", ["WRITE"], 1, "a", "r", far, far)
    app = create_app(state)
    form = {"grant_type": "refresh_token", "refresh_token": "r", "redirect_uri": CALLBACK}
    form |= {"client_id": link.client_id, "client_secret": link.client_secret}
    with ThreadPoolExecutor(8) as pool:
        posted = pool.map(lambda _: app.test_client().post(f"{OAUTH2}/token", data=form), range(8))
        assert sorted(answer.status_code for answer in posted) == [200] + [400] * 7


@pytest.mark.parametrize("redirect_uri", [None, f"{CALLBACK}/"])
def test_a_refresh_without_the_redirect_uri_is_refused_in_one_word(
    app: ServerClient, redirect_uri: str | None
) -> None:
    token = app.tokens()["refresh_token"]
    answer = app.refresh(token, redirect_uri=redirect_uri)
    assert (answer.status_code, answer.json()) == (400, INVALID_GRANT)
    assert app.refresh(token).status_code == 200


def test_a_refresh_token_is_its_applications_only(app: ServerClient) -> None:
    token = app.tokens()["refresh_token"]
    assert ServerClient(app.sandbox).refresh(token).json() == INVALID_GRANT
    assert app.refresh("unknown").json() == INVALID_GRANT


def test_access_tokens_end_after_their_time_and_refresh_tokens_after_ninety_days(app: ServerClient) -> None:
    app.sandbox.state(server_token_seconds=600)
    tokens = app.tokens()
    assert tokens["expires_in"] == 600
    app.sandbox.state(clock_offset_seconds=601)
    assert app.user(tokens["access_token"]) == "anonymous"
    assert app.call(MYSELF, tokens["access_token"]).status_code == 401
    newer = app.refresh(tokens["refresh_token"]).json()
    app.sandbox.state(clock_offset_seconds=601 + 90 * 86_400 + 1)
    assert app.refresh(newer["refresh_token"]).json() == INVALID_GRANT


def test_the_control_ends_access_tokens_or_the_grant(app: ServerClient) -> None:
    tokens, other = app.tokens(), app.tokens("grace")
    app.sandbox.end_access_tokens_of_server()
    assert app.user(tokens["access_token"]) == "anonymous"
    newer = app.refresh(tokens["refresh_token"]).json()
    app.sandbox.end_server_grant("ada")
    assert app.user(newer["access_token"]) == "anonymous"
    assert app.refresh(newer["refresh_token"]).json() == INVALID_GRANT
    assert app.refresh(other["refresh_token"]).status_code == 200


def test_nobody_revokes_the_grant_of_somebody_else(app: ServerClient) -> None:
    token = app.tokens("ada")["access_token"]
    app.tokens("grace")
    ada, grace = JiraBrowser(app.sandbox, "ada"), JiraBrowser(app.sandbox, "grace")
    grant = ada.open(AUTHORIZED).text.split('name="grant" value="')[1].split('"')[0]
    page = grace.open(AUTHORIZED)
    assert grant not in page.text
    grace.submit(page, "grant", grant=grant)
    assert app.user(token) == "ada"


def test_read_reads_and_write_writes(sandbox: SandboxProcess) -> None:
    sandbox.set_code_lifetime(120)
    app = ServerClient(sandbox)
    reading, writing = app.tokens(scope="READ")["access_token"], app.tokens()["access_token"]
    assert app.call(MYSELF, reading).status_code == 200
    assert app.call(MYSELF, reading, "HEAD").status_code == 200
    refused = app.call(TOKENS, reading, "POST", {"name": "a"})
    assert (refused.status_code, refused.headers["X-AUSERNAME"]) == (403, "ada")
    assert app.call(TOKENS, writing, "POST", {"name": "a"}).status_code == 201


def test_scopes_are_capped_by_link_and_user(sandbox: SandboxProcess) -> None:
    sandbox.set_code_lifetime(120)
    app = ServerClient(sandbox, ("SYSTEM_ADMIN",))
    token = app.tokens("grace", scope="READ ADMIN")["access_token"]
    boards = app.call("/rest/agile/1.0/board", token).json()["values"]
    assert [board["id"] for board in boards] == [1]
    asked = app.call("/rest/api/2/mypermissions?permissions=ADMINISTER", token).json()
    assert asked["permissions"]["ADMINISTER"]["havePermission"] is False


def test_without_a_scope_one_gets_those_of_the_link(app: ServerClient) -> None:
    assert app.tokens(scope=None)["scope"] == "WRITE"


def test_a_deactivated_users_tokens_and_codes_are_refused(app: ServerClient) -> None:
    tokens, code = app.tokens("grace"), app.allowed("grace")["code"]
    app.sandbox.disable_user("grace")
    assert app.user(tokens["access_token"]) == "anonymous"
    assert app.refresh(tokens["refresh_token"]).json() == INVALID_GRANT
    assert app.exchange(code).json() == INVALID_GRANT
    app.sandbox.enable_user("grace")
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_a_lost_answer_took_effect_and_there_is_no_leeway(app: ServerClient) -> None:
    token = app.tokens()["refresh_token"]
    app.sandbox.state(token_drop_answer=True)
    with pytest.raises(requests.ConnectionError):
        app.refresh(token)
    app.sandbox.state(token_drop_answer=False)
    assert app.refresh(token).json() == INVALID_GRANT


@pytest.mark.parametrize("switch", ["token_slow_before", "token_slow_after"])
def test_an_exchange_may_be_slow(app: ServerClient, switch: str) -> None:
    token = app.tokens()["refresh_token"]
    app.sandbox.state(**{switch: 0.3})
    began = time.monotonic()
    assert app.refresh(token).status_code == 200
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("switch", [{"token_status": 503}, {"status_5xx": 503}, {"down": True}], ids=str)
def test_a_failing_endpoint_takes_nothing_into_effect(app: ServerClient, switch: dict[str, object]) -> None:
    token = app.tokens()["refresh_token"]
    app.sandbox.state(**switch)
    assert app.refresh(token).status_code == 503
    app.sandbox.state(token_status=0, status_5xx=0, down=False)
    assert app.refresh(token).status_code == 200


def test_a_sign_in_page_may_stand_before_the_token_endpoint(app: ServerClient) -> None:
    app.sandbox.state(html_instead_of_oauth=True)
    assert "<!doctype html>" in app.refresh("x").text


def test_the_record_and_the_pages_hold_no_token(app: ServerClient) -> None:
    tokens = app.tokens()
    app.call(MYSELF, tokens["access_token"])
    shown = f"{app.sandbox.requests()} {JiraBrowser(app.sandbox, 'ada').open(AUTHORIZED).text}"
    for secret in (tokens["access_token"], tokens["refresh_token"], app.secret):
        assert secret not in shown
