"""API tokens in use: classic ones at the sites, those with scopes at the gateway, and everything refused."""

from typing import Any

import pytest
import requests

from portal.sandbox.cloud.basic import MOST_WRONG_TRIES
from tests.sandbox.cloud_client import SOFTWARE, CloudClient
from tests.support.sandbox import SandboxProcess

ADA = "ada@example.com"
MYSELF = "/rest/api/3/myself"
BOARD = "/rest/agile/1.0/board"
NO_CLIENT = {"message": "Client must be authenticated to access this resource.", "status-code": 401}
UNAUTHORIZED = {"code": 401, "message": "Unauthorized"}
MISMATCH = {"code": 401, "message": "Unauthorized; scope does not match"}
IDENTITY = [f"read:{name}:jira" for name in ("application-role", "group", "user", "avatar")]


class Caller:
    """Somebody who shows an e-mail address and a token, at a site or at its gateway."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.http = requests.Session()
        self.http.trust_env = False

    def site(self, path: str, email: str, token: str, site: str = "acme") -> requests.Response:
        return self.get(f"{self.sandbox.sites[site]}{path}", (email, token))

    def gateway(self, path: str, email: str, token: str, site: str = "acme") -> requests.Response:
        url = f"{self.sandbox.cloud_url}/ex/jira/{self.sandbox.cloud_ids[site]}{path}"
        return self.get(url, (email, token))

    def get(self, url: str, auth: Any = None, **more: Any) -> requests.Response:
        return self.http.get(url, auth=auth, timeout=10, allow_redirects=False, **more)


@pytest.fixture
def caller(sandbox: SandboxProcess) -> Caller:
    return Caller(sandbox)


def refused_tokens(sandbox: SandboxProcess, **kind: Any) -> dict[str, tuple[str, str]]:
    """What is shown, by what is wrong with it; ``kind``: of the tokens that were good."""
    good = sandbox.make_api_token("ada", **kind)
    ended, expired = (sandbox.make_api_token("ada", **kind) for _ in range(2))
    sandbox.end_api_token(ended)
    sandbox.expire_api_token(expired)
    return {
        "mistyped": (ADA, good[:-1]),
        "empty": (ADA, ""),
        "somebody else's address": ("grace@example.com", good),
        "revoked": (ADA, ended),
        "expired": (ADA, expired),
    }


def test_a_classic_token_is_its_owner_on_both_sites(caller: Caller) -> None:
    token = caller.sandbox.make_api_token(ADA)
    assert (token[:5], len(token)) == ("ATATT", 192)
    for site in ("acme", "globex"):
        me = caller.site(MYSELF, "Ada@Example.COM", token, site).json()
        assert me["accountId"] == "5b10ac8d82e05b22cc7d4ef5"
        assert me["self"].startswith(f"{caller.sandbox.sites[site]}/rest/api/3/user")
    boards = caller.site(BOARD, ADA, token, "globex").json()
    assert [row["name"] for row in boards["values"]] == ["SHOP board", "Platform kanban"]
    assert boards["values"][0]["self"] == f"{caller.sandbox.sites['globex']}/rest/agile/1.0/board/1"
    found = caller.site("/rest/api/3/search/jql?jql=sprint%3D12&fields=summary", ADA, token).json()
    assert found["issues"][0]["self"].startswith(f"{caller.sandbox.sites['acme']}/rest/api/3/issue/")
    assert caller.site("/rest/api/3/search?jql=sprint%3D12", ADA, token).status_code == 410
    assert caller.site("/rest/api/3/nosuch", ADA, token).status_code == 404
    assert caller.sandbox.requests()[-1]["token_user"] == "ada"


@pytest.mark.parametrize("path", [MYSELF, BOARD, "/rest/api/3/serverInfo", "/rest/api/3/nosuch"])
def test_a_site_refuses_alike_whatever_is_wrong(caller: Caller, path: str) -> None:
    shown = refused_tokens(caller.sandbox)
    shown["with scopes"] = (ADA, caller.sandbox.make_api_token("ada", scopes=SOFTWARE))
    for why, (email, token) in shown.items():
        answer = caller.site(path, email, token)
        assert (answer.status_code, answer.json()) == (401, NO_CLIENT), why
        assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    unknown = caller.site(path, "nobody@example.com", caller.sandbox.make_api_token("ada"))
    assert (unknown.status_code, unknown.json()) == (401, NO_CLIENT)
    assert "X-Seraph-LoginReason" not in unknown.headers


@pytest.mark.parametrize("value", ["Basic ", "Basic %%%", "Basic /w==", "basic bm9ib2R5", "Basic a b"])
def test_a_site_refuses_what_is_not_well_formed(caller: Caller, value: str) -> None:
    url = f"{caller.sandbox.sites['acme']}{MYSELF}"
    answer = caller.get(url, headers={"Authorization": value})
    assert (answer.status_code, answer.json()) == (401, NO_CLIENT)


def test_without_credentials_a_site_shows_that_it_is_there_and_nothing_in_it(caller: Caller) -> None:
    site = caller.sandbox.sites["acme"]
    assert caller.get(f"{site}/rest/api/3/serverInfo").json()["baseUrl"] == site
    assert caller.get(f"{site}{MYSELF}").json() == NO_CLIENT
    assert caller.get(f"{site}/rest/api/3/search/jql?jql=sprint=12").json() == {"issues": [], "isLast": True}
    assert not any(row["custom"] for row in caller.get(f"{site}/rest/api/3/field").json())
    for path in (BOARD, "/rest/api/3/project/search"):
        page = caller.get(f"{site}{path}").json()
        assert (page["values"], page["total"]) == ([], 0)
    rows = caller.get(f"{site}/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS").json()["permissions"]
    assert (list(rows), rows["BROWSE_PROJECTS"]["havePermission"]) == (["BROWSE_PROJECTS"], False)
    assert caller.get(f"{site}/rest/api/3/mypermissions?projectKey=SHOP").status_code == 404
    for path in (f"{BOARD}/1", f"{BOARD}/1/sprint", "/rest/agile/1.0/sprint/12"):
        assert caller.get(f"{site}{path}").status_code == 404
    assert caller.get(f"{site}/rest/api/3/nosuch").status_code == 401


def test_a_site_takes_no_access_token(cloud: CloudClient) -> None:
    url = f"{cloud.sandbox.sites['acme']}{MYSELF}"
    assert cloud.call(url, cloud.tokens()["access_token"]).status_code == 403
    assert cloud.call(url, cloud.sandbox.make_api_token("ada")).status_code == 403


def test_many_wrong_tries_for_one_person_shut_the_site_to_the_right_token_too(caller: Caller) -> None:
    ada, grace = (caller.sandbox.make_api_token(name) for name in ("ada", "grace"))
    for _ in range(MOST_WRONG_TRIES - 1):
        assert caller.site(MYSELF, ADA, "wrong").status_code == 401
    assert caller.site(MYSELF, ADA, ada).status_code == 200  # and the count begins anew
    for _ in range(MOST_WRONG_TRIES):
        assert caller.site(MYSELF, ADA, "wrong").headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    denied = caller.site(MYSELF, ADA, ada)
    assert (denied.status_code, denied.headers["X-Seraph-LoginReason"]) == (403, "AUTHENTICATION_DENIED")
    assert denied.headers["X-Authentication-Denied-Reason"].startswith("CAPTCHA_CHALLENGE; login-url=http")
    assert caller.site(MYSELF, "grace@example.com", grace).status_code == 200
    assert caller.sandbox.state()["switches"]["cloud_captcha"] == ["ada"]
    caller.sandbox.state(cloud_captcha=[])
    assert caller.site(MYSELF, ADA, ada).status_code == 200


def test_a_switch_asks_for_the_captcha_at_once(caller: Caller) -> None:
    token = caller.sandbox.make_api_token("ada")
    caller.sandbox.state(cloud_captcha=["ada"])
    assert caller.site(MYSELF, ADA, token).status_code == 403


def test_who_is_not_on_a_site_is_told_so(caller: Caller) -> None:
    classic = caller.sandbox.make_api_token("linus")
    scoped = caller.sandbox.make_api_token("linus", scopes=["read:jira-user"])
    caller.sandbox.state(not_on_site=["linus:globex"])
    email = "linus@example.com"
    for answer in (
        caller.site(MYSELF, email, classic, "globex"),
        caller.gateway(MYSELF, email, scoped, "globex"),
    ):
        assert answer.status_code == 403
        assert answer.json()["errorMessages"] == ["Current user not permitted to use Jira"]
    assert caller.site(MYSELF, email, classic, "acme").status_code == 200
    assert caller.gateway(MYSELF, email, scoped, "acme").status_code == 200


def test_a_consent_offers_the_sites_one_is_on(cloud: CloudClient) -> None:
    token = cloud.tokens("linus", "globex")["access_token"]
    assert cloud.get(MYSELF, token, "globex").status_code == 200
    cloud.sandbox.state(not_on_site=["linus:globex"])
    assert cloud.get(MYSELF, token, "globex").status_code == 404
    assert cloud.resources(token) == []
    with pytest.raises(AssertionError, match="No way back from consent: 200"):
        cloud.code("linus", "globex")


def test_at_the_gateway_a_token_opens_what_its_scopes_open(caller: Caller) -> None:
    token = caller.sandbox.make_api_token("ada", scopes=[*SOFTWARE, *IDENTITY])
    me = caller.gateway(MYSELF, "ADA@example.com", token).json()
    assert me["self"].startswith(f"{caller.sandbox.cloud_url}/ex/jira/{caller.sandbox.cloud_ids['acme']}/")
    assert caller.gateway(BOARD, ADA, token, "globex").json()["total"] == 2
    assert caller.gateway("/rest/api/3/serverInfo", ADA, token).status_code == 200
    assert caller.gateway("/rest/api/3/nosuch", ADA, token).status_code == 404
    missing = caller.gateway("/rest/api/3/field", ADA, token)
    assert (missing.status_code, missing.json()) == (401, MISMATCH)


@pytest.mark.parametrize("scope", [*SOFTWARE, *IDENTITY])
def test_at_the_gateway_every_scope_counts(caller: Caller, scope: str) -> None:
    fewer = [one for one in [*SOFTWARE, *IDENTITY] if one != scope]
    token = caller.sandbox.make_api_token("ada", scopes=fewer)
    paths = [MYSELF, BOARD, f"{BOARD}/1", f"{BOARD}/1/configuration", f"{BOARD}/1/epic", f"{BOARD}/1/sprint"]
    paths += ["/rest/agile/1.0/sprint/12/issue"]
    assert MISMATCH in [caller.gateway(path, ADA, token).json() for path in paths]


def test_classic_scopes_open_the_platform_and_no_board(caller: Caller) -> None:
    classic = ["read:jira-work", "read:jira-user", "write:jira-work", "manage:jira-project"]
    token = caller.sandbox.make_api_token("ada", scopes=classic)
    for path in (MYSELF, "/rest/api/3/field", "/rest/api/3/project/search", "/rest/api/3/mypermissions"):
        assert caller.gateway(path, ADA, token).status_code == 200
    for path in (BOARD, f"{BOARD}/1", f"{BOARD}/1/epic", "/rest/agile/1.0/sprint/12"):
        assert caller.gateway(path, ADA, token).json() == MISMATCH


@pytest.mark.parametrize("path", [MYSELF, BOARD, "/rest/api/3/serverInfo"])
def test_the_gateway_refuses_alike_whatever_is_wrong(caller: Caller, path: str) -> None:
    shown = refused_tokens(caller.sandbox, scopes=[*SOFTWARE, *IDENTITY])
    shown["classic"] = (ADA, caller.sandbox.make_api_token("ada"))
    shown["unknown"] = ("nobody@example.com", "wrong")
    for why, (email, token) in shown.items():
        answer = caller.gateway(path, email, token)
        assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED), why
        assert "X-Seraph-LoginReason" not in answer.headers


def test_a_token_ends_on_its_day_and_with_its_person(caller: Caller) -> None:
    token = caller.sandbox.make_api_token("ada", days=2)
    caller.sandbox.state(clock_offset_seconds=2 * 86_400 - 60)
    assert caller.site(MYSELF, ADA, token).status_code == 200
    caller.sandbox.state(user_disabled=["ada"])
    assert caller.site(MYSELF, ADA, token).status_code == 401
    caller.sandbox.state(user_disabled=[], clock_offset_seconds=2 * 86_400)
    assert caller.site(MYSELF, ADA, token).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"account": "nobody"}, "no account"),
        ({"days": 0}, "expiry date"),
        ({"days": 366}, "expiry date"),
        ({"label": " "}, "name"),
        ({"scopes": []}, "at least one"),
        ({"scopes": ["read:me"]}, "read:me"),
    ],
    ids=["account", "day", "year", "name", "no scope", "scope of another API"],
)
def test_control_makes_no_token_that_cannot_be(
    sandbox: SandboxProcess, wrong: dict[str, Any], text: str
) -> None:
    answer = requests.post(
        f"{sandbox.url}/sandbox/cloud/api-tokens", json={"account": "ada"} | wrong, timeout=10
    )
    assert (answer.status_code, text in answer.json()["error"]) == (400, True)


def test_failures_reach_the_sites(caller: Caller) -> None:
    token = caller.sandbox.make_api_token("ada", label="Load")
    caller.sandbox.state(rate_limited=7, side="cloud")
    assert caller.site(BOARD, ADA, token).headers["Retry-After"] == "7"
    caller.sandbox.state(rate_limited=0, board_forbidden=True)
    assert caller.site(f"{BOARD}/1", ADA, token).status_code == 403
