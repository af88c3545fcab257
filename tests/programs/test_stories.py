"""An admin makes a key, hands it to a tool, watches it, and takes it back (mission row D1, T42)."""

import hashlib
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
import requests
from requests import Response
from sqlalchemy import select

from portal import clock
from portal.programs import key_texts
from portal.secret import Secret
from portal.store.tables import AlmAccount, AuditEvent, ProgramKey
from tests.programs.conftest import DAY, make, rows
from tests.support import canaries
from tests.support.delivery_rows import delivering_account
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.programs import assert_problem, program_key, send
from tests.support.samples import account
from tests.support.world import Someone, TenantWorld

pytestmark = pytest.mark.on_both(
    "test_from_no_account_to_a_key_made",
    "test_a_key_in_use_and_revoked",
    "test_a_copy_of_the_database_opens_nothing",
    "test_members_and_strangers_are_led_nowhere",
)

SignIn = Callable[[Someone], Person]


def report(portal: Portal, account_id: UUID, text: str) -> Response:
    """A build with nothing in it, from a program with this key."""
    header = {"Authorization": f"Bearer {text}"}
    return send(portal, "POST", f"alm-accounts/{account_id}/builds", headers=header, json={})


def test_from_no_account_to_a_key_made(tenant: TenantWorld, admin: Person) -> None:
    page = admin.get(tenant.path("programs/"))
    assert "No ALM account is set up yet" in page.text and page.has("Go to the ALM accounts")
    assert "No ALM account is set up yet" in admin.get(tenant.path("programs/new")).text
    first, second = delivering_account(tenant, "Acme Cloud"), account(tenant, "Acme Server")
    assert "No program has a key yet" in admin.get(tenant.path("programs/")).text
    assert "the answer says when it ended" in admin.click("What errors mean").text
    assert admin.get(tenant.path("programs/")).has("Description of the interface")
    page = admin.click("Make a program key")
    assert "and read what became of them (deliveries:write)" in page.text
    offered = [str(box["value"]) for box in page.soup.select("input[name=accounts]")]
    assert offered == [str(first), str(second)], "accounts of every kind"
    assert not page.soup.select("input[name=operations][checked]"), "nothing that nobody chose"
    assert page.value("[name=paths]").split() == ["rest/api", "rest/agile"]
    assert page.value("[name=ends_on]") == (clock.now() + 90 * DAY).date().isoformat()
    page = admin.submit(
        "Make the key", name="Jenkins", accounts=[str(first)], operations=["deliveries:write"]
    )
    text = page.value("#program-key")
    assert admin.response.headers["Cache-Control"] == "no-store"
    assert admin.response.text.count(text[-38:]) == 1, "shown once, and in no lines"
    named = key_texts.read(Secret(text))
    assert named and named.tenant_id == tenant.id
    assert page.has("the page of the key")
    told = rows(admin, tenant)["Jenkins"]
    assert "Live" in told and "Acme Cloud" in told and "Acme Server" not in told
    assert "by Ada Admin" in told and "Never" in told and text[:12] in told


def test_a_key_in_use_and_revoked(portal: Portal, tenant: TenantWorld, admin: Person) -> None:
    first, second = delivering_account(tenant, "Acme Cloud"), delivering_account(tenant, "Acme Labs")
    text = make(admin, tenant, "Jenkins", first)
    assert report(portal, first, text).status_code == 422
    assert report(portal, second, text).status_code == 404
    assert "Never" not in rows(admin, tenant)["Jenkins"]
    page = admin.click("Jenkins")
    assert (
        text[:50] in page.text and text[50:] not in page.text and "and read what became of them" in page.text
    )
    key_page = admin.path
    page = admin.click("Revoke this key …")
    assert "from its very next request on" in page.text
    admin.submit("Revoke the key")
    assert_problem(report(portal, first, text), 401, "This program key was revoked")
    assert "Revoked" in rows(admin, tenant)["Jenkins"]
    assert admin.get(key_page).has("Replace this key …")
    admin.get(f"{key_page}/revoke")
    page = admin.submit("Revoke the key")
    assert admin.status == 409 and "was revoked before" in page.text
    record = admin.get(tenant.path("activity/")).text
    assert "Program key made" in record and "Program key revoked" in record and "Jenkins" in record


def test_members_and_strangers_are_led_nowhere(tenant: TenantWorld, sign_in: SignIn, admin: Person) -> None:
    """The route matrix asks every address as everybody; here, that no way of theirs leads to one."""
    delivering_account(tenant)
    assert admin.get(tenant.path()).has("Programs")
    member, stranger = sign_in(tenant.member), sign_in(tenant.stranger)
    assert not member.get(tenant.path()).has("Programs")
    for someone, status in ((member, 403), (stranger, 404)):
        someone.get(tenant.path("programs/new"))
        assert someone.status == status


REPORTS = [
    f"{tool}-{what}"
    for tool in ("curl", "jenkins", "bitbucket", "gitlab")
    for what in ("build", "deployment")
]
LIBRARIES = ["curl-proxy", "jira-library", "atlassian-library"]


def test_examples_for_each_account_and_operation(portal: Portal, tenant: TenantWorld, admin: Person) -> None:
    """What the key may and the account can, and nothing else; one account of the key at a time."""
    cloud, server = delivering_account(tenant, "Acme Cloud"), account(tenant, "Acme Server")
    token = account(tenant, "Acme Token", "server_token")
    all_but_listing = ("credentials:read", "proxy:read", "deliveries:write")
    make(admin, tenant, "All", cloud, server, token, may=all_but_listing)
    make(admin, tenant, "List", server, may=("accounts:read",))
    make(admin, tenant, "Few", server, token, may=("proxy:write",))
    rows(admin, tenant)
    page = admin.click("All")
    assert examples(admin) == REPORTS
    for line in page.soup.select("textarea"):
        assert f"{portal.base_url}/api/v1/alm-accounts/{cloud}/" in line.get_text()
    page = admin.click("Acme Server")
    assert examples(admin) == LIBRARIES, "of OAuth 1.0a nothing is handed out"
    assert f"/{server}/proxy" in page.value("#jira-library") and "Almoner-User" in page.text
    admin.click("Acme Token")
    assert examples(admin) == ["curl-credentials", *LIBRARIES]
    admin.get(f"{admin.path.partition('?')[0]}?account={uuid4()}")
    assert examples(admin) == REPORTS, "an account that is not the key's is as none"
    rows(admin, tenant)
    page = admin.click("List")
    assert examples(admin) == ["curl-accounts"] and page.value("#curl-accounts").endswith("/alm-accounts'")
    rows(admin, tenant)
    page = admin.click("Few")
    assert examples(admin) == LIBRARIES and "proxy:read" in page.text, "who may write may read"
    boards = program_key(tenant, [cloud, server], operations=["proxy:read"], paths=["rest/agile/1.0/board"])
    page = admin.get(tenant.path(f"programs/{boards.id}"))
    assert examples(admin) == ["curl-proxy"], "the libraries ask for what this key may not read"
    assert page.value("#curl-proxy").endswith("/proxy/rest/agile/1.0/board'")


@pytest.mark.parametrize(
    ("paths", "shown"),
    [
        (["rest/agile"], "rest/agile/1.0/board"),
        (["rest/*/1.0/board"], "rest/agile/1.0/board"),
        (["rest/api/latest"], "rest/api/latest/myself"),
        (["rest/api/2/issue"], "rest/api/2/issue/picker"),
        (["rest/api/2/user", "rest/api/2/search"], "rest/api/2/search"),
        (["rest/api/*/issue/*/comment"], "rest/api/2/issue/ABC-1/comment"),
        (["rest/*/*/project/*/role"], "rest/1/1/project/ABC/role"),
    ],
)
def test_the_example_asks_for_a_path_that_is_there(
    tenant: TenantWorld, admin: Person, paths: list[str], shown: str
) -> None:
    """And that this key may read: no beginning of paths, and no * to be sent as it is."""
    made = program_key(tenant, [account(tenant)], operations=["proxy:read"], paths=paths)
    page = admin.get(tenant.path(f"programs/{made.id}"))
    assert page.value("#curl-proxy").endswith(f"/proxy/{shown}'")


def test_an_account_set_to_read_only_shows_no_token(tenant: TenantWorld, admin: Person) -> None:
    token = account(tenant, "Acme Token", "server_token")
    with tenant.work().write() as session:
        session.get_one(AlmAccount, (tenant.id, token)).read_only = True
    make(admin, tenant, "All", token, may=("credentials:read", "proxy:read"))
    rows(admin, tenant)
    page = admin.click("All")
    assert examples(admin) == LIBRARIES
    assert "set to read only, so it gives out no token" in page.text


def examples(admin: Person) -> list[str]:
    """What stands on the page to copy."""
    return [str(one["id"]) for one in admin.page.soup.select("textarea")]


def test_the_record_has_a_line_for_each_account(tenant: TenantWorld, admin: Person) -> None:
    first, second = delivering_account(tenant, "Acme Cloud"), delivering_account(tenant, "Acme Labs")
    make(admin, tenant, "Jenkins", first, second)
    assert "Acme Cloud, Acme Labs" in rows(admin, tenant)["Jenkins"]
    with tenant.work().read() as session:
        lines = session.scalars(select(AuditEvent).where(AuditEvent.event == "program_key.made")).all()
    assert {line.account_id for line in lines} == {first, second}
    assert all(line.details["operations"] == ["deliveries:write"] for line in lines)


def test_a_copy_of_the_database_opens_nothing(portal: Portal, tenant: TenantWorld, admin: Person) -> None:
    """Of the secret no 16 letters are kept, and none are logged when somebody puts it into an address."""
    text = make(admin, tenant, "Jenkins", delivering_account(tenant))
    with tenant.work().read() as session:
        row = session.scalars(select(ProgramKey)).one()
        kept = repr([getattr(row, column.key) for column in ProgramKey.__table__.columns])
    assert row.token_hash == sha256_of(text)
    requests.get(f"{portal.base_url}/api/v1/nothing?key={text}", timeout=10)
    for start in range(50, len(text) - 15):
        assert text[start : start + 16] not in kept
    canaries.assert_none_in(portal.log_text(), "the log")


def sha256_of(text: str) -> bytes:
    """SHA-256 of the whole key, by another way than the portal's."""
    return hashlib.sha256(text.encode()).digest()
