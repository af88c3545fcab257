"""The examples work as they stand: taken from the page of a key, and run against a practice Jira."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
import requests

from portal.pages.programs.examples import answered
from portal.programs.keys import OPERATIONS
from tests.support import canaries
from tests.support.accounts import connected_account
from tests.support.cloud import cloud_office
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.programs import Key, program_key, send
from tests.support.sandbox import SandboxProcess
from tests.support.tokens import token_office
from tests.support.world import TenantWorld

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

Connect = Callable[[Portal, SandboxProcess, TenantWorld], UUID]
KINDS: dict[str, Connect] = {
    "oauth1": connected_account,
    "pat": lambda *world: token_office(*world).account_id,
    "cloud": lambda *world: cloud_office(*world).account_id,
}


def run(key: Key, command: list[str], folder: Path) -> str:
    """What an example prints; it must end well, and say nothing of the key."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "ALMONER_KEY": key.text}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert key.text not in done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_every_example(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, admin: Person, tmp_path: Path, kind: str
) -> None:
    account_id = KINDS[kind](portal, sandbox, tenant)
    key = program_key(tenant, [account_id], operations=list(OPERATIONS))
    page = admin.get(tenant.path(f"programs/{key.id}"))
    found = {str(area["id"]): area.get_text() for area in page.soup.select("textarea")}
    assert all("ALMONER_KEY" in text and key.text[:30] not in text for text in found.values())
    shell = {name: text for name, text in found.items() if name.startswith("curl")}
    told = {name: json.loads(run(key, ["sh", "-ec", text], tmp_path)) for name, text in shell.items()}
    libraries = [run(key, [sys.executable, "-c", found[name]], tmp_path) for name in set(found) - set(shell)]
    (account,) = told["curl-accounts"]["alm_accounts"]
    assert account["id"] == str(account_id)
    assert {name.strip() for name in libraries} == {told["curl-proxy"]["displayName"]} == {account["acts_as"]}
    assert len(libraries) == 2 and ("curl-credentials" in found) == (kind != "oauth1")
    if kind != "oauth1":
        handed = told["curl-credentials"]
        canaries.add(handed["headers"]["Authorization"].partition(" ")[2])
        mine = requests.get(f"{handed['base_url']}/rest/api/2/myself", headers=handed["headers"], timeout=30)
        assert mine.json()["displayName"] == account["acts_as"], "as the account, without the portal"


# What a Jira has and the practice Jiras have not; of "latest", another name of a version, they have a part.
UNPRACTISED = {
    "issue/picker", "filter/favourite", "dashboard", "configuration", "resolution", "issueLinkType",
    "groups/picker", "role", "permissions", "screens", "workflow", "label",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_examples_ask_for_is_there(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, kind: str
) -> None:
    """Each Jira answers what it is shown for: no search that Jira Cloud took away, no version 3 elsewhere."""
    account_id = KINDS[kind](portal, sandbox, tenant)
    key = program_key(tenant, [account_id], operations=list(OPERATIONS))
    said = {}
    for path in answered(is_cloud=kind == "cloud"):
        name = path.partition("rest/api/")[2].partition("/")[2]
        if name not in UNPRACTISED and "/latest/" not in path:
            said[path] = send(portal, "GET", f"alm-accounts/{account_id}/proxy/{path}", key).status_code
    assert len(said) > 8 and {path: status for path, status in said.items() if status != 200} == {}


@pytest.mark.parametrize(
    ("kind", "paths", "shown"),
    [
        ("oauth1", ["rest/api/3/dashboard", "rest/api/latest/dashboard"], "/rest/api/latest/dashboard"),
        ("oauth1", ["rest/api/*/search"], "/rest/api/2/search"),
        ("cloud", ["rest/api/2/search", "rest/api/3/label"], "/rest/api/3/label"),
    ],
)
def test_the_path_of_an_example_is_one_of_its_jira(
    portal: Portal,
    sandbox: SandboxProcess,
    tenant: TenantWorld,
    admin: Person,
    kind: str,
    paths: list[str],
    shown: str,
) -> None:
    """Where the key may read several, the one is taken that this kind of Jira has."""
    account_id = KINDS[kind](portal, sandbox, tenant)
    key = program_key(tenant, [account_id], operations=list(OPERATIONS), paths=paths)
    text = admin.get(tenant.path(f"programs/{key.id}")).soup.select_one("textarea#curl-proxy").get_text()
    assert shown in text
