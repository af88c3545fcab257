"""Programs get a credential, or send requests through the portal, with a key of their own (row E6)."""

from collections.abc import Callable
from uuid import UUID

import pytest
import requests
from sqlalchemy import select

from portal.alm_accounts import accounts
from portal.programs.keys import OPERATIONS, READ_ACCOUNTS, READ_CREDENTIALS, READ_PROXY, WRITE_PROXY
from portal.store.tables import Credential, Grant, Use
from portal.store.vault import get_secret
from tests.support.accounts import connected_account, registry_of
from tests.support.cloud import cloud_office
from tests.support.portals import Portal
from tests.support.programs import Key, program_key
from tests.support.sandbox import SandboxProcess
from tests.support.server_oauth2 import server_oauth2_office
from tests.support.tokens import token_office
from tests.support.world import TenantWorld

pytestmark = pytest.mark.on_both("test_a_program_reads_jira_as_the_account")

EVERYTHING = sorted(OPERATIONS)


def _oauth1(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> UUID:
    return connected_account(portal, sandbox, tenant)


def _pat(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> UUID:
    return token_office(portal, sandbox, tenant).account_id


def _server_oauth2(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> UUID:
    return server_oauth2_office(portal, sandbox, tenant).account_id


def _cloud(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> UUID:
    office = cloud_office(portal, sandbox, tenant)
    return office.account_id


KINDS: dict[str, Callable[[Portal, SandboxProcess, TenantWorld], UUID]] = {
    "oauth1": _oauth1,
    "pat": _pat,
    "server-oauth2": _server_oauth2,
    "cloud": _cloud,
}


def ask(portal: Portal, key: Key, path: str, method: str = "GET", **more: object) -> requests.Response:
    """A request of the key's program."""
    headers = key.header | more.pop("headers", {})  # type: ignore[operator]
    url = f"{portal.base_url}/api/v1/alm-accounts/{path}".rstrip("/")
    return requests.request(method, url, headers=headers, timeout=30, allow_redirects=False, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_program_reads_jira_as_the_account(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, kind: str
) -> None:
    account_id = KINDS[kind](portal, sandbox, tenant)
    key = program_key(tenant, [account_id], operations=EVERYTHING)

    (account,) = ask(portal, key, "").json()["alm_accounts"]
    assert (account["id"], account["state"]) == (str(account_id), "connected")

    answer = requests.get(f"{account['proxy']}/rest/api/2/myself", headers=key.header, timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Almoner-Answer"] == "jira"
    assert answer.json()["displayName"] == account["acts_as"]
    assert answer.json()["self"].startswith(f"{account['proxy']}/rest/api/")

    given = ask(portal, key, f"{account_id}/credentials?min_valid=120")
    assert account["credentials"] == (None if kind == "oauth1" else given.url.partition("?")[0])
    if kind == "oauth1":
        assert (given.status_code, given.headers["Content-Type"]) == (409, "application/problem+json")
    else:
        assert given.status_code == 200, given.text
        told = given.json()
        direct = requests.get(f"{told['base_url']}/rest/api/2/myself", headers=told["headers"], timeout=30)
        assert direct.json()["displayName"] == account["acts_as"]

    registry_of(portal).outbound.ledger.write()
    with tenant.work(tenant.admin).read() as session:
        uses = session.scalars(select(Use).where(Use.actor_id == key.id)).all()
    sent = [(use.method, use.template, use.status, use.calls) for use in uses if use.method]
    assert sent == [("GET", "rest/api/2/myself", 200, 1)]


def test_a_key_is_for_its_accounts_and_operations(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    account_id = _pat(portal, sandbox, tenant)
    asked = {
        READ_ACCOUNTS: lambda key: ask(portal, key, ""),
        READ_CREDENTIALS: lambda key: ask(portal, key, f"{account_id}/credentials"),
        READ_PROXY: lambda key: ask(portal, key, f"{account_id}/proxy/rest/api/2/myself"),
    }
    for operation in asked:
        key = program_key(tenant, [account_id], operations=[operation])
        assert {name: call(key).status_code for name, call in asked.items()} == {
            name: 200 if name == operation else 403 for name in asked
        }
    elsewhere = program_key(tenant, [], operations=EVERYTHING)
    assert ask(portal, elsewhere, f"{account_id}/credentials").status_code == 404


def test_a_write_takes_the_right_to_write(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    account_id = _pat(portal, sandbox, tenant)
    comment = {"method": "POST", "json": {"body": "from a program"}}
    path = f"{account_id}/proxy/rest/api/2/issue/ALPHA-1/comment"
    reads = program_key(tenant, [account_id], operations=[READ_PROXY])
    refused = ask(portal, reads, path, **comment)
    assert (refused.status_code, refused.headers["Almoner-Answer"]) == (403, "almoner")
    writes = program_key(tenant, [account_id], operations=[READ_PROXY, WRITE_PROXY])
    answer = ask(portal, writes, path, **comment)
    assert answer.headers["Almoner-Answer"] == "jira"
    users = ask(portal, writes, f"{account_id}/proxy/rest/api/2/user", method="POST", json={"name": "eve"})
    assert (users.status_code, users.headers["Almoner-Answer"]) == (403, "almoner")


@pytest.mark.parametrize("seconds", [600, -600])
def test_a_request_is_signed_by_jiras_clock(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, seconds: int
) -> None:
    account_id = _oauth1(portal, sandbox, tenant)
    key = program_key(tenant, [account_id], operations=[READ_PROXY])
    path = f"{account_id}/proxy/rest/api/2/myself"
    assert ask(portal, key, path).status_code == 200
    sandbox.state(clock_offset_seconds=seconds)
    assert [ask(portal, key, path).status_code for _ in range(2)] == [200, 200]
    sandbox.state(clock_offset_seconds=0)
    assert ask(portal, key, path).status_code == 200


def test_a_token_that_is_refused_before_its_time_is_renewed(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    office = cloud_office(portal, sandbox, tenant)
    key = program_key(tenant, [office.account_id], operations=[READ_PROXY, READ_CREDENTIALS])
    before = ask(portal, key, f"{office.account_id}/credentials").json()
    sandbox.end_access_tokens()
    answer = ask(portal, key, f"{office.account_id}/proxy/rest/api/3/myself")
    assert (answer.status_code, answer.headers["Almoner-Answer"]) == (200, "jira"), answer.text
    after = ask(portal, key, f"{office.account_id}/credentials").json()
    assert after["headers"] != before["headers"]


def test_a_credential_that_jira_refuses_is_told_everywhere(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    """The answer passes on as it is; from then on the account says so, and nothing is handed out."""
    account_id = _pat(portal, sandbox, tenant)
    key = program_key(tenant, [account_id], operations=EVERYTHING)
    given = ask(portal, key, f"{account_id}/credentials").json()["headers"]["Authorization"]
    sandbox.end_pat(given.removeprefix("Bearer "))
    answer = ask(portal, key, f"{account_id}/proxy/rest/api/2/myself")
    assert answer.headers["Almoner-Answer"] == "jira"
    (account,) = ask(portal, key, "").json()["alm_accounts"]
    assert (account["state"], account["problem"]["code"]) == ("refused", "pat_refused")
    refused = ask(portal, key, f"{account_id}/credentials")
    assert (refused.status_code, refused.json()["title"]) == (409, "There is no credential that Jira takes")


def test_a_site_that_the_grant_does_not_cover_is_asked_nothing(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    """As people are told: the person who consented has lost the site, whatever token there is."""
    office = cloud_office(portal, sandbox, tenant)
    key = program_key(tenant, [office.account_id], operations=[READ_PROXY, READ_CREDENTIALS])
    paths = [f"{office.account_id}/{rest}" for rest in ("credentials", "proxy/rest/api/3/myself")]
    with tenant.work(tenant.admin).read() as session:
        sites = session.scalars(select(Grant.sites)).one()
    for covered, status, mark in (([], 409, "almoner"), (sites, 200, "jira")):
        with tenant.work(tenant.admin).write() as session:
            session.scalars(select(Grant)).one().sites = covered
        given, answer = (ask(portal, key, path) for path in paths)
        assert (given.status_code, answer.status_code) == (status, status)
        assert answer.headers["Almoner-Answer"] == mark


def test_a_query_that_jira_would_read_otherwise_is_not_sent(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    """It would refuse the signature, and the account would look broken."""
    account_id = _oauth1(portal, sandbox, tenant)
    key = program_key(tenant, [account_id], operations=[READ_PROXY, READ_ACCOUNTS])
    refused = ask(portal, key, f"{account_id}/proxy/rest/api/2/search?jql=%FC")
    assert (refused.status_code, refused.headers["Almoner-Answer"]) == (400, "almoner")
    form = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}, "data": b"jql=%FC"}
    assert ask(portal, key, f"{account_id}/proxy/rest/api/2/search", method="POST", **form).status_code == 400
    asked = f"{account_id}/proxy/rest/api/2/search?jql=summary~%22%C3%BC%22"
    assert ask(portal, key, asked).headers["Almoner-Answer"] == "jira"
    assert ask(portal, key, "").json()["alm_accounts"][0]["state"] == "connected"


def test_a_refused_signature_tells_nobody_the_token(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    account_id = _oauth1(portal, sandbox, tenant)
    with tenant.work(tenant.admin).read() as session:
        row = session.scalars(select(Credential).where(Credential.account_id == account_id)).one()
        token = get_secret(session, row, "access_token").reveal()
    sandbox.state(key_mismatch=True)
    key = program_key(tenant, [account_id], operations=[READ_PROXY])
    answer = ask(portal, key, f"{account_id}/proxy/rest/api/2/myself")
    assert (answer.status_code, answer.headers["Almoner-Answer"]) == (401, "jira")
    assert "oauth_problem" in answer.text and token not in answer.text


def test_an_account_that_only_reads_gives_away_nothing_that_writes(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    office = token_office(portal, sandbox, tenant)
    accounts.change(office.work, office.registry.outbound.wire, office.account_id, {"read_only": True})
    key = program_key(tenant, [office.account_id], operations=EVERYTHING)
    refused = ask(portal, key, f"{office.account_id}/credentials")
    assert (refused.status_code, refused.json()["title"]) == (403, "This account is set to read only")
    assert ask(portal, key, "").json()["alm_accounts"][0]["credentials"] is None
    assert ask(portal, key, f"{office.account_id}/proxy/rest/api/2/myself").status_code == 200
