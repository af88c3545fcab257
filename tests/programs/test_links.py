"""Links in what Jira answers: those of Jira's own lead through here, and none out of its account (T26)."""

import json
from typing import Any

import pytest

from portal.programs import links
from portal.programs.links import Signpost, rewrite, rewritten

PORTAL = "https://almoner.example.org"
HERE = f"{PORTAL}/api/v1/alm-accounts/a/proxy"
OTHER = f"{PORTAL}/api/v1/alm-accounts/b/proxy"
JIRA = "https://jira.example.com/jira"
SIGNPOST = Signpost((JIRA,), HERE)
ASKED = f"{JIRA}/rest/api/2/issue/7?expand=names"
ISSUE = "/rest/api/2/issue/7"
# What a Jira may say so that it begins as its own address and ends elsewhere.
OUT = (
    "/../../b/proxy/rest/api/2/issue/PROD-9", "/rest/../../../b/proxy", "/./rest/api/2/issue/7",
    "/%2e%2e/b/proxy/rest/api/2/issue/7", "/rest/api/2/..%2f..%2fb", "/rest/api/2/..;/x", "//evil/rest",
    "/rest\\..\\x", "/rest/api/2/%00", ".evil.example/rest/api/2/issue/7", "@evil.example/rest", "", "/",
    "/secure/admin", "/plugins/servlet/x", "/rest/api/2/issue/7#x", "?rest",
)  # fmt: skip
PORTALS = (
    f"{OTHER}/rest/api/2/issue/PROD-9", f"{PORTAL}/", PORTAL, f"{HERE}/../../b/proxy/rest/api/2/issue/9",
    f"{HERE}/secure/admin", "HTTPS://Almoner.Example.ORG/t/x", "https://almoner.example.org:443/x",
    "http://almoner.example.org/x", "https://almoner.example.org./x", "https://a:b@almoner.example.org/x",
    "//almoner.example.org/x", "https://%61lmoner.example.org/x", "https://ALMONER.example.org/x",
    "https://\u24d0lmoner.example.org/x", "https://almoner\u3002example\uff0eorg\uff61/x",
    "https://%E2%93%90lmoner.example.org/x", "https://alm\u00adon\u200ber.exam\ufe0fple.org/x",
    "https:\\\\almoner.example.org\\x", "https:/\\almoner.example.org/x", "\\\\almoner.example.org/x",
    "https://evil.example\\@almoner.example.org/x", "https://almoner.example.org\\@evil.example/x",
    "https://almoner.example.org\uff1a443/x", "https://Almoner.example.org:\uff14\uff14\uff13/x",
    "https://\U0001f130lmoner.example.org/x", "https://al\u2064moner.example.org/x",
    "https:/api/v1/alm-accounts/b/proxy/x", "https:api/v1", "https:///almoner.example.org/x",
)  # fmt: skip


def led(value: Any) -> Any:
    """What becomes of an answer, whole and in pieces of every kind."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ": ")).encode()
    whole = rewrite(body, SIGNPOST)
    for size in (1, 2, 7, 50):
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        assert b"".join(rewritten(pieces, SIGNPOST)) == whole
    return json.loads(whole)


def test_links_of_jiras_own_lead_here() -> None:
    file = f"{JIRA}/secure/attachment/10017/a%20b.png"
    of_cloud = f"{JIRA}/rest/api/3/attachment/content/10017"
    seen = led({
        "self": f"{JIRA}{ISSUE}",
        "nextPage": f"{JIRA}/rest/api/2/project/search?startAt=50&maxResults=50",
        "_links": {"next": f"{JIRA}/rest/servicedeskapi/request?start=50"},
        "fields": {
            "attachment": [{"content": file}, {"content": of_cloud, "self": f"{JIRA}/rest/api/3/x"}],
            "customfield_10010": {"self": f"{JIRA}/rest/api/2/customFieldOption/1", "value": "Red"},
        },
    })  # fmt: skip
    assert JIRA not in json.dumps(seen)
    assert seen["self"] == f"{HERE}{ISSUE}"
    assert seen["nextPage"] == f"{HERE}/rest/api/2/project/search?startAt=50&maxResults=50"
    assert seen["fields"]["attachment"][0]["content"] == f"{HERE}/secure/attachment/10017/a%20b.png"


def test_what_people_wrote_stays_as_it_is() -> None:
    link, file = f"{JIRA}{ISSUE}", f"{JIRA}/secure/attachment/10017/a.png"
    written = [
        {"properties": {"key": {"self": link, "next": link}}, "x": [1, {"nextcloud": link, "Self": link}]},
        {"key": "k", "value": {"self": link, "deep": [[{"content": file}]]}},
        {"fields": {"customfield_1": {"content": file, "next": link, "value": {"self": link}}}},
        {
            "summary": link,
            "description": f'"self": "{link}"',
            "content": link,
            "next": [link],
            "self": [link],
        },
        {"self": "rest/api/2/issue/7", "next": None, "nextPage": 7, "url": link, "": link},
        [link, "self", link, {"self": {"x": link}}, f'{{"self":"{link}"}}', 'a\\"b', "\u00e4\u2028"],
        {"content": f"{JIRA}/rest/api/2/issue/7"},
    ]
    for value in written:
        assert led(value) == value


def test_behind_what_people_wrote_links_lead_here_again() -> None:
    link = f"{JIRA}{ISSUE}"
    seen = led([{"properties": {"a": [[], {}], "b": {"c": 1}}, "self": link}, {"value": {}, "self": link}])
    assert [one["self"] for one in seen] == [f"{HERE}{ISSUE}"] * 2
    seen = led({"customfield_1": {"value": {"self": link}, "self": link}, "next": link})
    assert (seen["customfield_1"]["value"]["self"], seen["customfield_1"]["self"]) == (link, f"{HERE}{ISSUE}")
    assert seen["next"] == f"{HERE}{ISSUE}"


@pytest.mark.parametrize("rest", OUT)
def test_no_link_leads_out_of_the_account(rest: str) -> None:
    """Where a client would join or resolve it, it ends at another account: it stays one of that Jira."""
    value = dict.fromkeys(("self", "next", "nextPage", "content"), f"{JIRA}{rest}")
    assert led(value) == value


@pytest.mark.parametrize("link", PORTALS)
def test_a_link_to_the_portal_is_taken_away(link: str) -> None:
    """A client would follow it with its key; also where nothing else in the answer is a link."""
    assert led({"self": link}) == {"self": ""}
    assert led([{"nextPage": link, "a": "b"}]) == [{"nextPage": "", "a": "b"}]
    value = {"self": link, "next": f"{HERE}{ISSUE}", "url": link, "value": {"self": link}, "x": PORTAL}
    assert led(value) == value | {"self": ""}


@pytest.mark.parametrize(
    "link",
    [
        "/api/v1/alm-accounts/b/proxy/rest/api/2/issue/PROD-9",
        "../../b/proxy/rest/api/2/issue/PROD-9",
        "issue/%2e%2e/%2E%2e/b",
        "/./%61pi/v1/alm-accounts/b/proxy/rest/api/2/issue/PROD-9",
        "..\\..\\b\\proxy",
    ],
)
def test_a_link_that_a_client_joins_leads_out_of_no_account(link: str) -> None:
    assert led({"next": link, "content": link}) == {"next": "", "content": link}


@pytest.mark.parametrize(
    "link", ["?startAt=50", "/rest/api/2/search?startAt=50", f"{HERE.removeprefix(PORTAL)}{ISSUE}", "issue/7"]
)
def test_other_links_without_a_host_stay(link: str) -> None:
    assert led({"next": link}) == {"next": link}


@pytest.mark.parametrize("link", [link for link in PORTALS if "\\" not in link and link.isascii()])
def test_a_location_at_the_portal_is_taken_away(link: str) -> None:
    assert SIGNPOST.location(link, ASKED) is None or link == f"{HERE}/secure/admin"


@pytest.mark.parametrize(
    "link",
    [
        "https://älmoner.example.org/x",
        "https://almoner.example.org.evil.example/\\x",
        "https://almoner.example.org:8443/x",
        "https://jira.example.com:port/x",
        "mailto:ada@almoner.example.org",
        "\udcff",
    ],
)
def test_a_link_to_another_place_stays(link: str) -> None:
    body = b'{"self":"%s"}' % link.encode(errors="surrogateescape").replace(b"\\", b"\\\\")
    assert rewrite(body, SIGNPOST) == body == b"".join(rewritten([body], SIGNPOST))


def test_other_letters_are_no_way_round() -> None:
    """An escape in a name or an address is read as a client reads it; the rest of the body stays."""
    for letter, written in (("/", "\\/"), ("a", "\\u0061")):
        body = b'{"\\u0073elf":"%s", "a": "\\u00e4", "next":"%s"}' % (
            OTHER.replace(letter, written).encode(),
            f"{JIRA}{ISSUE}".replace(letter, written).encode(),
        )
        assert rewrite(body, SIGNPOST) == b'{"\\u0073elf":"", "a": "\\u00e4", "next":"%s%s"}' % (
            HERE.encode(),
            ISSUE.encode(),
        )


def test_what_holds_no_link_is_not_gone_through() -> None:
    body = b'{"selfie": "content", "summary": "a\\n\\"b\\" %s"}' % HERE.encode()
    assert rewrite(body, SIGNPOST) is body


@pytest.mark.parametrize(
    "body",
    [b'{"self":"%s', b'"self":', b'"self', b'\\"self":"', b"[" * 300_000, b"]" * 300_000, b"{" * 9 + b'"\\',
     b'"' + b'\\"' * 50_000, b'"' + b"x" * 50_000 + b"\\", b'"' + b"\\" * 50_001, b'"a"' + b" " * 50_000,
     b"\xff\xfe\x00", b'{"a": "' + b"x" * 20_000 + b'", "b": 1}', b"[]{}" * 9000, b'"\\ud800"'],
    ids=range(15),
)  # fmt: skip
def test_whatever_comes_goes_on(body: bytes) -> None:
    """Broken or odd, every byte of it."""
    text = body + JIRA.encode()
    assert rewrite(text, SIGNPOST) == text
    for size in (3, 999, 4096):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert b"".join(rewritten(pieces, SIGNPOST)) == text


def test_behind_a_long_text_links_lead_here() -> None:
    for long in ("x" * 20_000, '\\"' * 20_000, "\\\\" * 20_001):
        body = f'{{"a": "{long}", "self": "{JIRA}{ISSUE}"}}'.encode()
        wanted = body.replace(JIRA.encode(), HERE.encode())
        for size in (999, 4096, len(body)):
            pieces = [body[at : at + size] for at in range(0, len(body), size)]
            assert b"".join(rewritten(pieces, SIGNPOST)) == wanted


def test_it_looks_at_so_much_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Jira that sends nothing but quotes does not keep a processor."""
    monkeypatch.setattr(links, "MOST_TOKENS", 10)
    one = b'{"self":"%s%s"},' % (JIRA.encode(), ISSUE.encode())
    seen = b"".join(rewritten([one] * 100, SIGNPOST))
    assert seen.count(HERE.encode()) == 3
    assert seen.count(JIRA.encode()) == 97


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (f"{JIRA}{ISSUE}", f"{HERE}{ISSUE}"),
        (f"/jira{ISSUE}?a=b", f"{HERE}{ISSUE}?a=b"),
        ("8", f"{HERE}/rest/api/2/issue/8"),
        ("?a=b", f"{HERE}/rest/api/2/issue/7?a=b"),
        ("/jira/secure/attachment/7/a.png", f"{HERE}/secure/attachment/7/a.png"),
        # Jira's sign-in beside its own base path, and places that no relative one reaches.
        ("/login", "https://jira.example.com/login"),
        ("../../../../../b/proxy/rest/api/2/issue/9", "https://jira.example.com/b/proxy/rest/api/2/issue/9"),
        ("/jira/../../b/proxy", "https://jira.example.com/b/proxy"),
        (f"{JIRA}/../../b/proxy/rest", f"{JIRA}/../../b/proxy/rest"),
        (f"{JIRA}.evil.example/rest", f"{JIRA}.evil.example/rest"),
        ("//evil.example/rest", "//evil.example/rest"),
        (f"{HERE}{ISSUE}", f"{HERE}{ISSUE}"),
        # Read by some as a path of the place they asked.
        ("https:/api/v1/alm-accounts/b/proxy/x", None),
        ("https:api/v1", None),
        ("javascript:alert(1)", None),
        ("//almoner.example.org/api/v1/alm-accounts/b/proxy/x", None),
    ],
)
def test_where_a_location_leads(value: str, place: str | None) -> None:
    assert SIGNPOST.location(value, ASKED) == place
