"""What is described is what there is: each address with its methods, its key, its answers, and no other."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import UUID

import pytest
import requests

from portal.api import bodies
from portal.api.openapi import document
from portal.credentials.slots import Slots
from portal.errors import PortalBusy, PortalFull
from portal.programs.keys import OPERATIONS, READ_PROXY, WRITE_PROXY
from portal.web.program_problems import TYPES
from tests.support.delivery_rows import delivering_account
from tests.support.portals import Portal
from tests.support.programs import program_key, send
from tests.support.sandbox import SandboxProcess
from tests.support.tokens import token_office
from tests.support.world import TenantWorld

PROXY = "/api/v1/alm-accounts/{account_id}/proxy/{jira_path}"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document("https://almoner.example")


def test_every_address_is_described_with_its_key(portal: Portal, described: dict[str, Any]) -> None:
    """And nothing that is none. What the proxy writes takes more than what lets a program in there."""
    there = {}
    for rule in portal.app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            view = portal.app.view_functions[rule.endpoint]
            for path in spelled(rule.rule):
                given = getattr(view, "operation", None)
                for method in (rule.methods or set()) - {"OPTIONS"}:
                    if method != "HEAD" or path == PROXY:
                        there[path, method.lower()] = [{"programKey": [given]}] if given else []
    for method in ("post", "put", "patch", "delete"):
        assert there[PROXY, method] == [{"programKey": [READ_PROXY]}]
        there[PROXY, method] = [{"programKey": [WRITE_PROXY]}]
    assert there == {
        (path, method): operation["security"]
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    }


def spelled(rule: str) -> list[str]:
    """A rule of Flask's as paths of the description."""
    any_of = re.search(r"<any\((.*?)\):\w+>", rule)
    names = re.findall(r"'([\w-]+)'", any_of[1]) if any_of else [""]
    rules = [rule.replace(any_of[0], name) if any_of else rule for name in names]
    return [re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", one) for one in rules]


def test_whose_answer_it_is_stands_at_every_answer_of_the_proxy(described: dict[str, Any]) -> None:
    """Jira may answer with any status, and with ours too."""
    for operation in described["paths"][PROXY].values():
        answers = operation["responses"]
        assert {"400", "401", "403", "404", "409", "413", "429", "502", "503", "504", "default"} <= set(
            answers
        )
        for answer in answers.values():
            assert answer["headers"]["Almoner-Answer"]["schema"]["enum"] == ["jira", "almoner"]
            assert "*/*" in answer["content"]


def test_every_problem_of_an_address_stands_at_one(described: dict[str, Any]) -> None:
    """But for what only a wrong method meets, and what stands for errors that nobody names."""
    told = {code for code in TYPES if f"({code})" in str(described["paths"])}
    assert set(TYPES) - told == {"method-not-taken", "not-allowed", "refused"}


def test_nothing_is_answered_that_is_not_described(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, described: dict[str, Any]
) -> None:
    """Of what form each part is, tests/deliveries/test_api_schema.py asks."""
    office = token_office(portal, sandbox, tenant)
    key = program_key(tenant, [office.account_id], operations=sorted(OPERATIONS))
    forms = described["components"]["schemas"]
    (account,) = send(portal, "GET", "alm-accounts", key).json()["alm_accounts"]
    assert list(account) == list(forms["AlmAccounts"]["properties"]["alm_accounts"]["items"]["properties"])
    given = requests.get(account["credentials"], headers=key.header, timeout=30).json()
    assert list(given) == list(forms["Credentials"]["properties"])


@pytest.mark.parametrize("error", [PortalBusy, PortalFull])
def test_a_body_that_nobody_waits_for_is_described(
    portal: Portal,
    tenant: TenantWorld,
    described: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    error: type[PortalBusy],
) -> None:
    """The tenant holds as many threads as it may, and the rest of what is sent does not come."""

    def refuse(self: Slots, tenant_id: UUID) -> Iterator[None]:
        raise error(1)

    monkeypatch.setattr(Slots, "one_call", refuse)
    monkeypatch.setattr(bodies, "ROOM_SECONDS", 0)
    account_id = delivering_account(tenant)
    key = program_key(tenant, [account_id], operations=sorted(OPERATIONS))
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs), ours.makefile("rb") as stream:
        answer = portal.client().post(
            f"/api/v1/alm-accounts/{account_id}/builds",
            headers=key.header,
            content_type="application/json",
            environ_overrides={"gunicorn.socket": ours, "wsgi.input": stream, "CONTENT_LENGTH": "9"},
        )
    assert answer.json is not None
    code = answer.json["type"].partition("#")[2]
    assert (answer.status_code, code) == (503, "portal-full" if error is PortalFull else "portal-busy")
    operation = described["paths"]["/api/v1/alm-accounts/{account_id}/builds"]["post"]
    assert f"({code})" in operation["responses"]["503"]["description"]
