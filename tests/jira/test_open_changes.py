"""When it is left open whether Jira made a change: an answer that does not deny it, and only of a change."""

from collections.abc import Callable

import pytest

from portal.jira import new_issues
from portal.jira.base_urls import BaseUrl
from portal.jira.client import JiraClient
from portal.jira.oauth2 import JiraOAuth2Session
from portal.jira.readers import expect_object
from portal.jira.sprint_calls import SprintCalls
from portal.jira.trouble import Code, JiraTrouble
from portal.jira.wire import Wire
from portal.secret import Secret
from tests.jira.servers import Server, always, reply

ISSUE = ("rest", "api", "2", "issue")
NONCE = b"oauth_problem=nonce_used"
REFUSED = reply(b"", "401 No", WWW_Authenticate="Bearer")


def trouble_of(call: Callable[[], object]) -> JiraTrouble:
    with pytest.raises(JiraTrouble) as caught:
        call()
    return caught.value


@pytest.mark.parametrize(
    "answer, is_open",
    [
        (reply(X_Seraph_LoginReason="AUTHENTICATED_FAILED"), True),
        (reply(b"", "204 Done", X_Seraph_LoginReason="AUTHENTICATED_FAILED"), True),
        (reply(b"{}", "201 Made", X_Seraph_LoginReason="AUTHENTICATION_DENIED"), True),
        (reply(b"{}", "201 Made", X_AUSERNAME="anonymous"), True),
        (reply(b"{", "201 Made"), True),
        (reply(b"<html>", Content_Type="text/html"), True),
        (reply(NONCE, "401 No", Content_Type="text/plain"), True),
        (reply(b"", "503 Later"), True),
        (b"", True),
        (reply(b"", "401 No", X_Seraph_LoginReason="AUTHENTICATED_FAILED"), False),
        (reply(b"", "403 No", X_Seraph_LoginReason="AUTHENTICATION_DENIED"), False),
        (reply(b"{}", "400 Bad"), False),
        (reply(b"", "429 Slow down"), False),
    ],
)
def test_what_does_not_deny_a_change_leaves_it_open(wire: Wire, answer: bytes, is_open: bool) -> None:
    with Server(always(answer)) as server:
        jira = JiraClient(wire.session(), BaseUrl.stored(server.url))
        assert trouble_of(lambda: jira.call("POST", ISSUE, body={})).leaves_open is is_open
        assert not trouble_of(lambda: jira.get(ISSUE)).leaves_open


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"key": "no key"}'])
def test_a_made_issue_whose_key_cannot_be_read_may_be_there(wire: Wire, body: bytes) -> None:
    with Server(always(reply(body, "201 Made"))) as server:
        jira = JiraClient(wire.session(), BaseUrl.stored(server.url))
        assert trouble_of(lambda: new_issues.create(jira, {})).leaves_open


def test_a_sprint_whose_answer_cannot_be_read_may_be_changed(wire: Wire) -> None:
    with Server(always(reply(b"[]"))) as server:
        jira = JiraClient(wire.session(), BaseUrl.stored(server.url))
        assert trouble_of(lambda: SprintCalls(jira).change(1, {"name": "x"})).leaves_open


def test_trouble_where_nothing_was_sent_to_change_leaves_nothing_open(wire: Wire) -> None:
    assert not trouble_of(lambda: expect_object([], "what was read")).leaves_open
    with Server(always(reply(b"", "503 Later"))) as server:
        session = JiraOAuth2Session("id", "secret", wire=wire)
        trouble = trouble_of(lambda: session.refresh_token(f"{server.url}/token", refresh_token="r"))
    assert trouble.code is Code.MAINTENANCE and not trouble.leaves_open


def test_a_change_that_was_refused_before_its_token_could_be_renewed_was_not_made(wire: Wire) -> None:
    def renew() -> Secret:
        raise JiraTrouble(Code.UNREACHABLE)

    with Server(always(REFUSED)) as server:
        session = JiraOAuth2Session(wire=wire, bearer=Secret("one"), renew=renew)
        jira = JiraClient(session, BaseUrl.stored(server.url))
        trouble = trouble_of(lambda: jira.call("POST", ISSUE, body={}))
    assert trouble.code is Code.UNREACHABLE and not trouble.leaves_open
