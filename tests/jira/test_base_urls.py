"""What people type as the address of their Jira, and what they hear."""

import pytest

from portal.jira.base_urls import BaseUrl, BaseUrlProblem, BaseUrlRefused, read_base_url
from portal.kinds import KINDS

LISTED = frozenset({"localhost"})


@pytest.mark.parametrize(
    "typed, canonical",
    [
        ("https://jira.example.com", "https://jira.example.com"),
        (" https://Jira.Example.COM/ ", "https://jira.example.com"),
        ("HTTPS://jira.example.com:443/jira/", "https://jira.example.com/jira"),
        ("https://jira.example.com:8443", "https://jira.example.com:8443"),
        ("https://jira.example.com./jira", "https://jira.example.com/jira"),
        ("https://10.1.2.3/jira", "https://10.1.2.3/jira"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443"),
        ("https://jira", "https://jira"),
        ("https://bücher.example/jira", "https://xn--bcher-kva.example/jira"),
        ("https://\uff11\uff10.1.2.3", "https://10.1.2.3"),
        ("http://localhost:8090/jira", "http://localhost:8090/jira"),
        ("https://jira.example.com//", "https://jira.example.com"),
        ("https://myatlassian.net", "https://myatlassian.net"),
    ],
)
def test_good_addresses_become_canonical(typed: str, canonical: str) -> None:
    url = read_base_url(typed, LISTED)
    assert url.text == canonical
    assert BaseUrl.stored(canonical) == url


@pytest.mark.parametrize(
    "typed, code, suggestion",
    [
        ("", "empty", None),
        ("   ", "empty", None),
        ("https://jira.example.com/" + "a" * 500, "too_long", None),
        ("jira.example.com/jira", "no_scheme", "https://jira.example.com/jira"),
        ("//jira.example.com", "no_scheme", "https://jira.example.com"),
        ("jira.example.com:8443", "no_scheme", "https://jira.example.com:8443"),
        ("jira.example.com/browse/ABC-1", "no_scheme", "https://jira.example.com"),
        ("ftp://jira.example.com", "scheme", None),
        ("file:///etc/passwd", "scheme", None),
        ("javascript:alert(1)", "no_scheme", None),
        ("https://ada:secret@jira.example.com", "user_info", None),
        ("ada:secret@jira.example.com", "user_info", None),
        ("https://127.0.0.1\\@jira.example.com", "characters", None),
        ("https://jira .example.com", "characters", None),
        ("https://jira\u202e.example.com", "characters", None),
        ("https://%31%32%37.0.0.1/", "host", None),
        ("https://127.1", "host", None),
        ("https://2130706433", "host", None),
        ("https://0x7f.0.0.1", "host", None),
        ("https://0177.0.0.1", "host", None),
        ("https://", "host", None),
        ("https:///jira", "host", None),
        ("https://-jira.example.com", "host", None),
        ("https://[fe80::1%25eth0]/", "host", None),
        ("https://[::1", "host", None),
        ("https://a..b", "host", None),
        ("https://jira.example.com:0", "port", None),
        ("https://jira.example.com:65536", "port", None),
        ("https://jira.example.com:abc", "port", None),
        ("https://jira.example.com:\uff11", "port", None),
        ("https://acme.atlassian.net", "cloud_site", None),
        ("acme.atlassian.net/browse/ABC-1", "cloud_site", None),
        ("https://acme.jira.com/", "cloud_site", None),
        ("https://api.atlassian.com/ex/jira/1", "cloud_site", None),
        ("https://jira.example.com/browse/ABC-1", "page_inside", "https://jira.example.com"),
        ("https://j.example.com/jira/secure/Dashboard.jspa?x=1", "page_inside", "https://j.example.com/jira"),
        ("https://j.example.com/plugins/servlet/applinks/listLinks", "page_inside", "https://j.example.com"),
        ("https://j.example.com/projects/ABC/issues#top", "page_inside", "https://j.example.com"),
        ("https://j.example.com/jira/rest/api/2/myself", "page_inside", "https://j.example.com/jira"),
        ("https://j.example.com/login.jsp", "page_inside", "https://j.example.com"),
        ("https://j.example.com/jira?a=1", "query", "https://j.example.com/jira"),
        ("https://j.example.com/#x", "query", "https://j.example.com"),
        ("https://j.example.com/../jira", "path", None),
        ("https://j.example.com/a//b", "path", None),
        ("https://j.example.com/%2e%2e/b", "path", None),
        ("http://jira.example.com", "plain_http", "https://jira.example.com"),
        ("http://jira.example.com:8080/jira", "plain_http", None),
    ],
)  # fmt: skip
def test_each_mistake_is_named(typed: str, code: str, suggestion: str | None) -> None:
    with pytest.raises(BaseUrlRefused) as caught:
        read_base_url(typed, LISTED)
    assert (caught.value.code, caught.value.suggestion) == (BaseUrlProblem(code), suggestion)


def test_every_problem_has_a_sentence_of_its_own() -> None:
    sentences = {BaseUrlRefused(problem).message for problem in BaseUrlProblem}
    assert len(sentences) == len(BaseUrlProblem)


def test_a_cloud_site_is_sent_to_its_own_kind() -> None:
    assert KINDS["cloud_oauth"].title in BaseUrlRefused(BaseUrlProblem.CLOUD_SITE).message


def test_urls_below_stay_below() -> None:
    base = read_base_url("https://jira.example.com/jira", LISTED)
    url = base.url(("rest", "a/../b", "ü"), {"q": "a&b='$"})
    assert url == "https://jira.example.com/jira/rest/a%2F..%2Fb/%C3%BC?q=a%26b%3D%27%24"


@pytest.mark.parametrize("segment", ["", ".", "..", "..."])
def test_segments_of_dots_are_refused(segment: str) -> None:
    with pytest.raises(ValueError):
        read_base_url("https://jira.example.com", LISTED).url(("rest", segment))
