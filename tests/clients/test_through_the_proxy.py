"""Both client libraries do their usual work through the proxy, whatever way an account has to its Jira."""

import io
from itertools import product
from typing import Any

import jira
import pytest

from portal.credentials import program_consents
from portal.programs.keys import READ_PROXY, WRITE_PROXY
from tests.clients import by_atlassian, by_jira
from tests.clients.accounts import WAYS, Way
from tests.clients.work import Worker, expect, new_file
from tests.support.accounts import at_browser
from tests.support.portals import Portal
from tests.support.programs import program_key
from tests.support.sandbox import SandboxProcess
from tests.support.tokens import token_office
from tests.support.variants import variants
from tests.support.world import TenantWorld

# The proxy's own rules are tried on both databases in tests/api.
pytestmark = pytest.mark.on_both("test_the_usual_work")
LIBRARIES = {"jira": by_jira.work, "atlassian-python-api": by_atlassian.work}


@pytest.mark.parametrize(
    ("way", "work"),
    variants(
        product(WAYS, LIBRARIES.values()), [f"{way.name}, {name}" for way, name in product(WAYS, LIBRARIES)]
    ),
)
def test_the_usual_work(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, way: Way, work: Worker
) -> None:
    account_id = way.make(portal, sandbox, tenant)
    operations = [READ_PROXY, WRITE_PROXY]
    key = program_key(tenant, [account_id], operations=operations)
    sandbox.clear_requests()
    file = new_file()
    address = f"{portal.base_url}/api/v1/alm-accounts/{account_id}/proxy"
    seen = work(address, key.text, file, cloud=way.place != "server")
    expect(sandbox, way.place, seen, file, "admin")
    _expect_calls(sandbox, portal, way)


def _expect_calls(sandbox: SandboxProcess, portal: Portal, way: Way) -> None:
    """Jira saw the account's own credential on every call, and the portal where it saw a program."""
    calls = [one for one in sandbox.requests() if one["endpoint"] != "media.binary"]
    hosts = {"server": sandbox.url, "acme": sandbox.cloud_url if way.by_gateway else sandbox.sites["acme"]}
    assert {one["host"] for one in calls} == {hosts[way.place].removeprefix("http://")}
    assert {one["token_user"] for one in calls if not one["path"].endswith("/serverInfo")} == {"admin"}
    assert not any("python-requests" in one["user_agent"] for one in calls)
    assert {one["signature_verified"] for one in calls} == {True if way.name == "server_oauth1" else None}
    others = {"server", "acme", "globex"} - {way.place}
    assert not any(sandbox.content(place)["deeds"] for place in others)


def test_a_program_acts_as_a_person_who_allowed_it(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    office = token_office(portal, sandbox, tenant)
    office.connect(tenant.member, "grace")
    program_consents.allow(at_browser(tenant, tenant.member), office.account_id)
    key = program_key(tenant, [office.account_id], operations=[READ_PROXY, WRITE_PROXY])
    address = f"{portal.base_url}/api/v1/alm-accounts/{office.account_id}/proxy"
    headers = {"Almoner-User": tenant.member.email}
    program: Any = jira.JIRA(address, token_auth=key.text, max_retries=0, options={"headers": headers})
    program.add_comment("SHOP-4", "Said by a person's program")
    assert sandbox.content()["issues"]["SHOP-4"]["comments"][0]["author"] == "grace"
    file = program.add_attachment("SHOP-4", io.BytesIO(b"bytes"), "a b.txt")
    led = program._session.get(f"{address}/secure/attachment/{file.id}")
    assert ([one.status_code for one in led.history], led.content) == ([302], b"bytes")
    assert led.url == file.content == f"{address}/secure/attachment/{file.id}/a%20b.txt"
    program._session.headers["Almoner-User"] = tenant.second.email
    with pytest.raises(jira.JIRAError) as refused:
        program.add_comment("SHOP-4", "Said by nobody's")
    assert refused.value.status_code == 403
    assert {(one["user"], one["what"]) for one in sandbox.content()["deeds"]} == {
        ("grace", "comment.created"),
        ("grace", "attachment.created"),
    }


def test_what_a_key_may_not_is_told_to_the_library(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    """A key as it is by itself reads; files of Jira Server lie at a path of their own."""
    account_id = token_office(portal, sandbox, tenant).account_id
    key = program_key(tenant, [account_id], operations=[READ_PROXY])
    address = f"{portal.base_url}/api/v1/alm-accounts/{account_id}/proxy"
    program: Any = jira.JIRA(address, token_auth=key.text, max_retries=0)
    for use_post in (False, True):
        assert program.search_issues("project = SHOP", maxResults=1, use_post=use_post)[0].key == "SHOP-1"
    issue = program.issue("SHOP-4")
    file: Any = jira.resources.Attachment(
        program._options, program._session, {"content": f"{address}/secure/other/1/a"}
    )
    for asked, kind in ((lambda: issue.update(summary="x"), "write-refused"), (file.get, "path-refused")):
        with pytest.raises(jira.JIRAError) as refused:
            asked()
        answer: Any = refused.value.response
        assert (answer.status_code, answer.headers["Almoner-Answer"]) == (403, "almoner")
        assert answer.json()["type"].endswith(f"#{kind}")
        assert refused.value.text == f"{answer.json()['detail']} {answer.json()['remedy']}"
    assert sandbox.content()["deeds"] == []
