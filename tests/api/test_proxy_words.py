"""A password may be a word of HTTP's own: what Jira says with it still means the same to a program (T28)."""

import base64
import io
from contextlib import ExitStack
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest

from portal.api.proxy_answers import answered
from portal.jira.base_urls import BaseUrl
from portal.jira.heads import RelayedResponse
from portal.jira.relay import Answer, Call

JIRA = BaseUrl.stored("https://jira.example.com")
SAID = {
    "Content-Type": "application/json; charset=utf-8",
    "Retry-After": "30",
    "X-RateLimit-Remaining": "30",
    "Content-Language": "en",
    "Last-Modified": "Mon, 30 Nov 2026 10:30:00 GMT",
}


def refused(password: str, told: dict[str, str]) -> Any:
    """What a program gets of a Jira's 429 with these headers, where the account signs in by a password."""
    pair = base64.b64encode(f"ada:{password}".encode()).decode()
    call = Call("GET", JIRA, "/x", [("Authorization", f"Basic {pair}")], b"", 0, None)
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    raw = f"HTTP/1.1 429 No\r\nContent-Length: 2\r\n{head}\r\n{{}}".encode()
    sock: Any = SimpleNamespace(makefile=lambda mode: io.BufferedReader(io.BytesIO(raw)))
    response = RelayedResponse(sock, method="GET")
    response.begin()
    way: Any = SimpleNamespace(base=JIRA, row=SimpleNamespace(base_url=JIRA.text, told_base_url=None))
    asked: Any = SimpleNamespace(method="GET", socket=None)
    answer = Answer(call, response, monotonic() + 60, ExitStack())
    return answered(asked, answer, way, "https://almoner.example.org/api/v1/alm-accounts/a/proxy")


@pytest.mark.parametrize("password", ["json", "30", "en", "utf-8", "application", "Nov"])
def test_a_password_that_is_a_word_of_http_changes_none(password: str) -> None:
    headers = dict(refused(password, SAID).headers)
    assert {name: headers[name] for name in SAID} == SAID


def test_it_stays_here_where_a_jira_repeats_it() -> None:
    told = refused("json", {"X-AREQUESTID": "ada:json", "X-Seraph-LoginReason": "json", "ETag": '"7"'})
    headers = dict(told.headers)
    assert [headers[name] for name in ("X-AREQUESTID", "X-Seraph-LoginReason", "ETag")] == [
        "***",
        "***",
        '"7"',
    ]
