"""What a Jira tells anybody, and whose clock that is."""

import json
from datetime import UTC, datetime

import pytest

from portal import clock
from portal.jira.base_urls import BaseUrl
from portal.jira.public_info import public_info
from portal.jira.wire import Wire
from tests.jira.servers import Server, always, reply

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "seconds"), [({"serverTime": "2026-11-22T12:00:07.000+0000"}, 7), ({}, 3600)]
)
def test_jiras_own_time_comes_before_that_of_what_stands_before_it(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, more: dict[str, str], seconds: int
) -> None:
    """A proxy writes a Date header of its own."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    body = json.dumps({"baseUrl": "https://j", "version": "9.12.1", **more}).encode()
    with Server(always(reply(body, Date="Sun, 22 Nov 2026 13:00:00 GMT"))) as server:
        assert public_info(wire, BaseUrl.stored(server.url), None, is_cloud=False).seconds == seconds
