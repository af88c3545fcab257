"""What people type as the address of their Jira Cloud site, and the cloud id that a site tells."""

import json
from collections.abc import Callable

import pytest

from portal.jira.answers import Code
from portal.jira.base_urls import BaseUrl
from portal.jira.site_urls import SiteUrlProblem, SiteUrlRefused, cloud_id_at, is_cloud_id, read_site_url
from portal.jira.wire import Wire
from tests.jira.servers import Server, always, reply

PRACTICE = frozenset({"http://localhost:8091"})
ID = "11223344-5566-7788-99aa-bbccddeeff00"


@pytest.mark.parametrize(
    ("typed", "site"),
    [
        ("https://acme.atlassian.net", "https://acme.atlassian.net"),
        (" https://ACME.atlassian.net/ ", "https://acme.atlassian.net"),
        ("acme.atlassian.net", "https://acme.atlassian.net"),
        ("http://acme.atlassian.net", "https://acme.atlassian.net"),
        ("acme.jira.com", "https://acme.jira.com"),
        ("http://localhost:8091", "http://localhost:8091"),
        ("http://localhost:8091/", "http://localhost:8091"),
    ],
)
def test_a_site_is_known_by_its_address(typed: str, site: str) -> None:
    assert read_site_url(typed, PRACTICE) == BaseUrl.stored(site)


@pytest.mark.parametrize(
    ("typed", "code", "suggestion"),
    [
        ("https://acme.atlassian.net/browse/AC-1", "odd", "https://acme.atlassian.net"),
        ("acme.atlassian.net/jira/your-work?x=1", "odd", "https://acme.atlassian.net"),
        ("http://localhost:8091/browse/AC-1", "odd", "http://localhost:8091"),
        ("https://id.atlassian.com/manage", "atlassian_host", None),
        ("api.atlassian.com", "atlassian_host", None),
        ("https://jira.example.com/jira", "server", "https://jira.example.com/jira"),
        ("https://jira.example.com/browse/AC-1", "server", "https://jira.example.com"),
        ("https://acme.atlassian.net.example.com", "server", "https://acme.atlassian.net.example.com"),
        ("https://example.com/acme.atlassian.net", "server", "https://example.com/acme.atlassian.net"),
        ("https://myatlassian.net", "server", "https://myatlassian.net"),
        ("https://jira", "server", "https://jira"),
        ("acme", "odd", "https://acme"),
        ("https://a.b.atlassian.net", "odd", None),
        ("https://acme.atlassian.net\\@example.com", "odd", None),
        ("https://acme.atlassian.net@example.com", "odd", None),
        ("https://[::1", "odd", None),
        ("", "odd", None),
    ],
)
def test_what_is_no_site_is_told(typed: str, code: str, suggestion: str | None) -> None:
    with pytest.raises(SiteUrlRefused) as caught:
        read_site_url(typed, PRACTICE)
    assert (caught.value.code, caught.value.suggestion) == (SiteUrlProblem(code), suggestion)
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize(
    ("typed", "good"),
    [(ID, True), ("a1b2c3d4", True), ("short", False), ("../../secret", False), (f"{ID}\n", False)],
)
def test_a_cloud_id_has_a_shape(typed: str, good: bool) -> None:
    assert is_cloud_id(typed) is good


def test_a_site_tells_its_cloud_id_to_anybody(wire: Wire) -> None:
    """The call carries nothing of ours."""
    with Server(always(reply(json.dumps({"cloudId": ID}).encode()))) as server:
        assert cloud_id_at(wire, BaseUrl.stored(server.url)) == ID
    (request,) = server.requests
    assert request.startswith(b"GET /_edge/tenant_info HTTP/1.1\r\n")
    assert b"authorization" not in request.lower()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply(b"{}", "404 Not Found"), Code.NOT_FOUND),
        (reply(b"{}"), Code.BROKEN_ANSWER),
        (reply(b'{"cloudId": "../../evil"}'), Code.BROKEN_ANSWER),
        (reply(b'{"cloudId": ["a"]}'), Code.BROKEN_ANSWER),
        (reply(b"[]"), Code.BROKEN_ANSWER),
        (reply(b"<html>", Content_Type="text/html"), Code.HTML_INSTEAD_OF_JSON),
    ],
    ids=["no site", "no id", "path", "list", "no object", "page"],
)
def test_what_is_no_cloud_id_is_not_taken(
    answer: bytes, code: Code, wire: Wire, code_of: Callable[[Callable[[], object]], Code]
) -> None:
    with Server(always(answer)) as server:
        assert code_of(lambda: cloud_id_at(wire, BaseUrl.stored(server.url))) is code
