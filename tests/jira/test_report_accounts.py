"""Of an answer to a report counts what is about the accounts that were reported."""

import json

from portal import clock
from portal.jira.atlassian import Atlassian
from portal.jira.oauth2 import JiraOAuth2Session
from portal.jira.report_accounts import Answer, report
from portal.jira.wire import Wire
from portal.secret import Secret
from tests.jira.servers import Server, always, reply


def test_an_account_that_was_not_asked_about_is_not_erased_for_the_answer(wire: Wire) -> None:
    told = {"closed": ["one", "of-another-tenant"], "updated": ["two", "of-nobody"]}
    rows = [{"accountId": name, "status": status} for status, names in told.items() for name in names]
    with Server(always(reply(json.dumps({"accounts": rows}).encode()))) as server:
        session = JiraOAuth2Session(wire=wire, bearer=Secret("token"), renew=lambda: Secret("token"))
        asked = [(name, clock.now()) for name in ("one", "two", "three")]
        answer = report(Atlassian.at(server.url, server.url), session, asked)
    assert answer == Answer(closed=frozenset({"one"}), changed=frozenset({"two"}), cycle=None)
