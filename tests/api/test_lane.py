"""What is asked most often goes past Flask, and nobody can tell: asked either way, it is the same answer."""

import re
from typing import Any
from uuid import uuid4

import pytest
import requests
from flask import Response
from werkzeug.test import EnvironBuilder

from portal import clock
from portal.api import lane
from portal.programs.keys import READ_CREDENTIALS, READ_PROXY, WRITE_DELIVERIES
from portal.web.access import Access
from portal.web.requests import note
from tests.api.test_reaching_jira import ask
from tests.support.portals import Portal
from tests.support.programs import Key, program_key
from tests.support.sandbox import SandboxProcess
from tests.support.tokens import TokenOffice, token_office
from tests.support.world import TenantWorld, World

OWN = ("X-Request-Id", "Date")  # of each answer
pytestmark = pytest.mark.on_both("test_it_is_the_same_answer")
HERE = "/api/v1/alm-accounts/<uuid:account_id>/"


@pytest.fixture
def office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> TokenOffice:
    """An account that serves."""
    return token_office(portal, sandbox, tenant)


def both_ways(portal: Portal, key: Key, account_id: Any, rest: str) -> requests.Response:
    """The answer, whichever way it was asked: only Flask takes an id in capital letters."""
    answers = [ask(portal, key, f"{one}/{rest}") for one in (str(account_id), str(account_id).upper())]
    told = []
    for answer in answers:
        assert answer.headers["X-Request-Id"]
        body = answer.text.replace(answer.headers["X-Request-Id"], "").replace(str(account_id).upper(), "")
        body = re.sub(r'"valid_for": \d+', "", body)  # the seconds go on
        headers = {name: value for name, value in answer.headers.items() if name not in OWN}
        told.append((answer.status_code, headers, body.replace(str(account_id), "")))
    assert told[0] == told[1]
    return answers[0]


def test_it_is_the_same_answer(portal: Portal, office: TokenOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    past_flask: list[Any] = []
    monkeypatch.setattr(lane, "note", lambda *seen: (past_flask.append(seen), note(*seen)))
    here, operations = office.account_id, [READ_CREDENTIALS, READ_PROXY]
    key = program_key(office.tenant, [here], operations=operations)
    given = both_ways(portal, key, here, "credentials")
    assert given.json()["headers"]["Authorization"].startswith("Bearer ")
    for path, status in (("myself", 200), ("issue/NONE-1", 404), ("myself?expand=groups", 200)):
        answer = both_ways(portal, key, here, f"proxy/rest/api/2/{path}")
        assert (answer.status_code, answer.headers["Almoner-Answer"]) == (status, "jira")
    assert [seen[3] for seen in past_flask] == [200, 200, 404, 200], "one of each two"


def test_it_is_the_same_refusal(portal: Portal, office: TokenOffice, world: World) -> None:
    here, other_tenant = office.account_id, world.tenant()
    key = program_key(office.tenant, [here], operations=[READ_CREDENTIALS, READ_PROXY])
    cases = (
        (program_key(office.tenant, [here], operations=[WRITE_DELIVERIES]), 403),
        (program_key(office.tenant, [], operations=[READ_CREDENTIALS, READ_PROXY]), 404),
        (program_key(other_tenant, [], operations=[READ_CREDENTIALS, READ_PROXY]), 404),
        (Key(office.tenant, uuid4(), key.text[:-1] + ("a" if key.text[-1] != "a" else "b")), 401),
    )
    for rest in ("credentials", "proxy/rest/api/2/myself"):
        for refused, status in cases:
            assert both_ways(portal, refused, here, rest).status_code == status
        assert both_ways(portal, key, uuid4(), rest).status_code == 404
    assert both_ways(portal, key, here, "proxy/plugins/x").status_code == 403
    assert both_ways(portal, key, here, f"proxy/rest/api/2/x?key={key.text}").status_code == 400
    key.change(revoked_at=clock.now())
    assert both_ways(portal, key, here, "credentials").status_code == 401


def test_what_breaks_is_told_by_flask(
    portal: Portal, office: TokenOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = program_key(office.tenant, [office.account_id], operations=[READ_CREDENTIALS])
    monkeypatch.setattr("portal.api.credentials.json", None)
    answer = both_ways(portal, key, office.account_id, "credentials")
    assert (answer.status_code, answer.json()["status"]) == (500, 500)
    lines = [one for one in portal.get_log("unexpected") if one["request_id"] == answer.json()["request_id"]]
    assert len(lines) == 1


def test_each_is_counted_and_logged_once(portal: Portal, office: TokenOffice) -> None:
    counted: list[Any] = []
    programs = portal.app.extensions["almoner"].programs
    good = program_key(office.tenant, [office.account_id], operations=[READ_CREDENTIALS])
    bad = program_key(office.tenant, [office.account_id], operations=[READ_PROXY])
    original = programs.count
    programs.count = lambda *asked: (counted.append(asked), original(*asked))
    try:
        answers = [ask(portal, key, f"{office.account_id}/credentials") for key in (good, bad)]
    finally:
        del programs.count
    assert [answer.status_code for answer in answers] == [200, 403]
    assert len(counted) == 2
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    lines = [one for one in portal.get_log("request") if one["request_id"] in ids]
    assert [(one["request_id"], one["status"]) for one in lines] == list(zip(ids, (200, 403), strict=True))
    assert {(one["rule"], one["method"]) for one in lines} == {(f"{HERE}credentials", "GET")}


def cannot_send(*_: object) -> Any:
    """What a server that refuses the head of an answer does."""
    raise OSError("no head")


def test_what_cannot_be_sent_is_logged_once(portal: Portal, office: TokenOffice) -> None:
    """By whoever had begun it; nobody answers a second time."""
    key = program_key(office.tenant, [office.account_id], operations=[READ_CREDENTIALS, READ_PROXY])
    before = len(portal.get_log("request"))
    for rest in ("credentials", "proxy/rest/api/2/myself", "proxy/rest/api/2/issue/NONE-1"):
        path = f"/api/v1/alm-accounts/{office.account_id}/{rest}"
        environ = EnvironBuilder(path, portal.base_url, headers=key.header).get_environ()
        environ["RAW_URI"] = path
        with pytest.raises(OSError, match="no head"):
            portal.app.wsgi_app(environ, cannot_send)
    assert [one["status"] for one in portal.get_log("request")[before:]] == [200, 200, 404]


def test_what_cannot_be_sent_holds_nothing() -> None:
    closed: list[bool] = []
    answer = Response(iter([b"half a file"]))
    answer.call_on_close(lambda: closed.append(True))
    with pytest.raises(OSError, match="no head"):
        lane._sent({"REQUEST_METHOD": "GET", "wsgi.url_scheme": "http"}, cannot_send, answer)
    assert closed == [True]


@pytest.mark.parametrize("view", lane._VIEWS.values(), ids=lambda view: view.rule)
def test_who_may_come_in_is_what_the_view_says(portal: Portal, view: lane._View) -> None:
    """The operation of a key, and the rule that metrics and logs name."""
    [endpoint] = {
        rule.endpoint
        for rule in portal.app.url_map.iter_rules()
        if rule.rule == view.rule and "GET" in (rule.methods or ())
    }
    marked = vars(portal.app.view_functions[endpoint])
    assert (marked["access"], marked["operation"]) == (Access.PROGRAM, view.operation)
    assert set(marked) <= {"access", "operation", "__wrapped__"}  # no further guard, which the lane lacked
