"""When a personal access token ends, read from a list that does not say which one it is."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.clock import now
from portal.jira.base_urls import BaseUrl
from portal.jira.client import JiraClient
from portal.jira.pats import UNKNOWN, PatEnds, pat_end
from portal.jira.token_session import JiraTokenSession
from portal.jira.trouble import Code
from portal.jira.wire import Wire
from portal.secret import Secret
from tests.jira.servers import Server, always, reply

CodeOf = Callable[[Callable[[], object]], Code]
# As Jira writes them.
NOON = "2190-02-18T12:33:35.394+00:00"
SAME_DAY = "2190-02-18T23:33:35.394+0000"
# The same day by our clock, although Jira's has turned to the next.
IN_TOKYO = "2190-02-19T01:00:00.000+09:00"
NEXT_DAY = "2190-02-19T12:33:35.394+00:00"
AT_NOON = datetime(2190, 2, 18, 12, 33, 35, 394000, UTC)
PAST = "2020-01-01T00:00:00.000+0000"


def listed(*ends: Any) -> bytes:
    """A list of tokens that end then; None: never."""
    rows = [{"id": n, "name": f"T{n}", "createdAt": PAST, "expiringAt": end} for n, end in enumerate(ends)]
    return reply(json.dumps(rows).encode(), X_AUSERNAME="ada")


def asked(wire: Wire, server: Server) -> PatEnds:
    session = JiraTokenSession(wire=wire, secret=Secret("pat"))
    return pat_end(JiraClient(session, BaseUrl.stored(f"{server.url}/jira")))


@pytest.mark.parametrize(
    ("ends", "found"),
    [
        ([NOON], PatEnds(AT_NOON, True)),
        ([None], PatEnds(None, True)),
        ([None, None], PatEnds(None, True)),
        ([SAME_DAY, NOON, IN_TOKYO], PatEnds(AT_NOON, True)),
        ([NOON, NEXT_DAY], PatEnds(None, False)),
        ([NOON, None], PatEnds(None, False)),
        ([PAST, NOON, PAST], PatEnds(AT_NOON, True)),
        ([PAST], PatEnds(None, False)),
        ([], PatEnds(None, False)),
        (["soon"], PatEnds(None, False)),
        ([None, "soon"], PatEnds(None, False)),
        ([42], PatEnds(None, False)),
        (["2190-02-18"], PatEnds(None, False)),
    ],
    ids=[
        "one", "one without end", "all without end", "all on one day", "two days", "one of them without end",
        "others have ended", "only one that has ended", "none", "no date", "one is no date", "a number",
        "no time",
    ],
)  # fmt: skip
def test_the_end_is_known_where_all_that_may_be_meant_agree(
    wire: Wire, ends: list[Any], found: PatEnds
) -> None:
    with Server(always(listed(*ends))) as server:
        assert asked(wire, server) == found
        assert server.requests[0].startswith(b"GET /jira/rest/pat/latest/tokens HTTP/1.1")


def test_a_token_that_ends_in_a_moment_still_counts(wire: Wire) -> None:
    soon = now() + timedelta(minutes=1)
    with Server(always(listed(soon.isoformat()))) as server:
        assert asked(wire, server) == PatEnds(soon, True)


@pytest.mark.parametrize(
    "answer",
    [
        reply(b"", "401 No"),
        reply(b"", "403 No"),
        reply(b"", "403 No", X_Seraph_LoginReason="AUTHENTICATION_DENIED"),
        reply(b'{"message": "null for uri"}', "404 No"),
        reply(b"<html>", "404 No", Content_Type="text/html"),
        reply(b"", "405 No"),
        reply(b"", "302 Found", Location="/login.jsp"),
        reply(b"<html><title>Log in</title>", Content_Type="text/html"),
        reply(b"plain", Content_Type="text/plain"),
        reply(b"["),
        reply(b'{"values": []}'),
        reply(b"[42]"),
        reply(b"[]", X_AUSERNAME="anonymous"),
    ],
    ids=[
        "401", "403", "captcha", "404", "page 404", "405", "redirect", "sign-in page", "text", "broken",
        "object", "numbers", "anonymous",
    ],
)  # fmt: skip
def test_a_jira_that_lists_none_is_no_trouble(wire: Wire, answer: bytes) -> None:
    with Server(always(answer)) as server:
        assert asked(wire, server) == UNKNOWN


@pytest.mark.parametrize(
    ("answer", "code"),
    [(reply(b"", "429 Slow down"), Code.RATE_LIMITED), (reply(b"", "503 Later"), Code.MAINTENANCE)],
    ids=["pause", "maintenance"],
)
def test_what_stops_every_call_is_told(wire: Wire, code_of: CodeOf, answer: bytes, code: Code) -> None:
    with Server(always(answer)) as server:
        assert code_of(lambda: asked(wire, server)) is code
