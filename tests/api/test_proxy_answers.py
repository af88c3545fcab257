"""Whatever a Jira answers, the portal goes on: no thread is held beyond the deadline, no memory fills, and no
program takes half an answer for a whole one (T30, T31)."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from uuid import uuid4

import pytest

from portal.api.proxy_answers import LONGEST_WHOLE
from tests.jira.servers import always, reply
from tests.support.hostile_answers import BROKEN, CUT, OK, PASSES, SLOW
from tests.support.relayed import MOST_SECONDS, Relayed, Told

MORE_MEMORY = 32 << 20


def ask(relay: Relayed, word: str) -> tuple[Told, float]:
    """The answer of this name, and how long it took."""
    began = time.monotonic()
    told = relay.send(b"rest/api/2/" + word.encode())
    return told, time.monotonic() - began


@pytest.fixture(scope="module", autouse=True)
def before(relay: Relayed) -> int:
    """The Jira knows the answers by their names. The most memory a process held before the first of them."""
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: relay.serves(), range(64)))
    relay.jira.answers = SLOW | CUT | BROKEN | {name: always(raw) for name, (raw, _, _) in PASSES.items()}
    return relay.peak()


def test_what_never_ends_is_cut_at_the_deadline(relay: Relayed, before: int) -> None:
    """All at once: a thread that one of them kept would be missing to the others."""
    assert len(SLOW | CUT | BROKEN | PASSES) >= 30
    with ThreadPoolExecutor(len(SLOW | CUT)) as threads:
        waiting = {name: threads.submit(ask, relay, name) for name in SLOW | CUT}
        seen = {name: one.result() for name, one in waiting.items()}
    for name, (told, seconds) in seen.items():
        assert seconds < MOST_SECONDS / 2, name
        if name in SLOW:
            assert (told.status, told.is_from("almoner")) == (504, True), (name, told.raw[:2000])
        else:
            assert (told.status, told.is_from("jira")) == (200, True), (name, told.raw[:2000])
            assert is_cut(told), name
    assert relay.peak() - before < MORE_MEMORY
    assert relay.serves()


def is_cut(told: Told) -> bool:
    """Whether a program sees that something is missing."""
    if "\r\ntransfer-encoding: chunked" in told.head:
        return not told.raw.endswith(b"0\r\n\r\n")
    length = told.head.partition("\r\ncontent-length: ")[2].partition("\r\n")[0]
    return int(length) > len(told.body)


def test_what_is_no_answer(relay: Relayed, before: int) -> None:
    for name in BROKEN:
        told, _ = ask(relay, name)
        assert (told.status, told.is_from("almoner")) == (502, True), (name, told.raw[:2000])
        assert relay.serves(), name
    assert relay.peak() - before < MORE_MEMORY


def test_only_a_change_may_have_been_made(relay: Relayed) -> None:
    for name in ("no-HTTP", "length-of-2-GiB"):
        for method in (b"GET", b"POST"):
            told = relay.send(b"rest/api/2/" + name.encode(), b"Content-Length: 0", method=method)
            assert told.status == 502
            assert (b"not known whether" in told.body) == (method == b"POST"), (name, method)


def test_a_search_that_is_posted_changes_nothing(relay: Relayed) -> None:
    """Its key and its account say so already; whoever meets trouble is not sent to look what was changed."""
    relay.jira.answers["jql"] = BROKEN["no-HTTP"]
    searching = relay.send(b"rest/api/2/search/jql", b"Content-Length: 2", method=b"POST", body=b"{}")
    making = relay.send(b"rest/api/2/issue/jql", b"Content-Length: 2", method=b"POST", body=b"{}")
    assert (searching.status, making.status) == (502, 502)
    assert b"not known whether" not in searching.body
    assert b"not known whether" in making.body


def test_odd_answers_arrive_as_they_are(relay: Relayed, before: int) -> None:
    for name, (_, status, body) in PASSES.items():
        told, _ = ask(relay, name)
        assert (told.status, told.is_from("jira")) == (status, True), (name, told.raw[:2000])
        assert told.body == body, name
        assert relay.serves(), name
    assert relay.peak() - before < MORE_MEMORY


def test_long_answers_of_links(relay: Relayed, before: int) -> None:
    """Changing each makes an answer three times as long: they are changed as it passes, so many at once are
    not held. On a slow machine some are cut at the deadline, and show it."""
    link = b'{"self":"%s/rest/api/2/issue/7"},' % relay.jira.server.url.encode()
    here = f"{relay.settings.base_url}{relay.prefix}".encode()
    for part, size in ((link, 4000), (link, 200_000), (b'"%s",' % (b"x" * 4000) + link, 3_800_000)):
        body = b"[" + part * (size // len(part)) + b"{}]"
        relay.jira.answers["links"] = always(reply(body))
        with ThreadPoolExecutor(16) as threads:
            seen = [told for told, _ in threads.map(lambda _: ask(relay, "links"), range(16))]
        wanted = body.replace(relay.jira.server.url.encode() + b"/", here)
        assert all(told.body == wanted or is_cut(told) for told in seen), size
        assert ask(relay, "links")[0].body == wanted, size
    assert relay.peak() - before < MORE_MEMORY


def test_no_link_of_an_answer_opens_another_account(relay: Relayed) -> None:
    """Wherever a Jira says its things lie: what a program follows ends at this account or at no account."""
    url, other = relay.jira.server.url, f"{relay.prefix.replace(str(relay.account_id), str(uuid4()))}"
    out = f"{url}/../../{other.split('/')[4]}/proxy/rest/api/2/issue/PROD-9"
    portals = f"{relay.settings.base_url}{other}rest/api/2/issue/PROD-9"
    for link, told in ((out, out), (portals, "")):
        relay.jira.answers["out"] = always(reply(json.dumps({"self": link}).encode()))
        assert json.loads(ask(relay, "out")[0].body) == {"self": told}
        relay.jira.answers["out"] = always(reply(b"", "307 Go", Location=link))
        head = ask(relay, "out")[0].head.split("\r\n")
        assert [one for one in head if one.startswith("location:")] == [f"location: {told}".lower()] * bool(
            told
        )


def test_no_browser_shows_a_page_of_jira_as_one_of_ours(relay: Relayed) -> None:
    for name in ("page", "drawing", "page-said-to-be-JSON"):
        head = ask(relay, name)[0].head
        assert "\r\nx-content-type-options: nosniff" in head, name
        assert "\r\ncontent-security-policy: default-src 'none'" in head, name
        assert "json" in head or "\r\ncontent-disposition: attachment" in head, name


def test_headers_of_jira_that_stay_behind(relay: Relayed) -> None:
    """What would be taken for the portal's own word, and what is between Jira and the portal only."""
    kept = (
        "Set-Cookie: atl=1; Path=/", "Set-Cookie2: a=b", "Strict-Transport-Security: max-age=1",
        "Content-Security-Policy: default-src *", "Access-Control-Allow-Origin: *",
        "X-Frame-Options: ALLOWALL",
        "Access-Control-Allow-Credentials: true", "Clear-Site-Data: \"*\"", "Alt-Svc: h3=\":1\"",
        "Refresh: 0;url=//e",
        "Link: <//evil>; rel=preload", "WWW-Authenticate: Basic realm=x", "Proxy-Authenticate: Basic",
        "Server: evil",
        "Connection: X-A", "Keep-Alive: timeout=9", "Upgrade: h2c", "Trailer: X-A", "Via: evil", "Age: 9",
        "Almoner-Answer: evil", "X-Request-Id: evil", "Cache-Control: public, max-age=99", "Expires: 0",
        "Pragma: x",
        "SourceMap: /x", "Report-To: {}", "NEL: {}", "Service-Worker-Allowed: /",
        "X-Accel-Redirect: /etc/passwd",
        "X-Sendfile: /etc/passwd", "Content-Location: //evil",
    )  # fmt: skip
    passed = (
        "ETag: W/1", "Retry-After: 7", "X-RateLimit-Remaining: 3", "Content-Language: de",
        "Beta-RateLimit: r=3", "Beta-RateLimit-Policy: q=9", "Beta-Retry-After: 4",
        "X-Beta-RateLimit-Limit: 9", "X-Beta-RateLimit-NearLimit: true", "X-Beta-RateLimit-Remaining: 3",
        "X-Beta-RateLimit-Reset: 2026-12-01T10:00Z",
    )  # fmt: skip
    raw = (
        OK
        + "\r\n".join((*kept, *passed))
        + "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )
    relay.jira.answers["headers"] = always(raw.encode())
    told, _ = ask(relay, "headers")
    lines = told.head.split("\r\n")
    assert [line for line in kept if line.lower() in lines] == []
    assert [line for line in passed if line.lower() not in lines] == []
    assert (
        lines.count("almoner-answer: jira") == len([one for one in lines if one.startswith("almoner-")]) == 1
    )
    assert not any(line.startswith(("set-cookie", "access-control-", "link", "refresh")) for line in lines)


@pytest.mark.parametrize("status", ["400 No", "401 No", "404 No", "409 No", "429 No", "500 No", "502 No"])
@pytest.mark.parametrize("kind", ["application/json", "text/html", "text/plain"])
def test_no_error_of_jira_tells_the_token(relay: Relayed, status: str, kind: str) -> None:
    """A page that shows what it was sent shows it to whoever asked, who may be a program that only reads."""
    sent = f"Bearer {relay.token}"
    body = f'{{"asked": "{sent}", "token": "{relay.token}"}}'.encode()
    relay.jira.answers["mirror"] = always(reply(body, status, Content_Type=kind, X_AREQUESTID=sent, ETag="1"))
    told, _ = ask(relay, "mirror")
    assert (told.status, told.is_from("jira")) == (int(status[:3]), True)
    assert relay.token.encode() not in told.raw and relay.token.lower() not in told.head
    assert b'{"asked": "Bearer ***"' in told.body and "\r\netag: 1\r\n" in told.head


@pytest.mark.parametrize("kind", ["application/json", "text/html"])
@pytest.mark.parametrize("length", [70_000, LONGEST_WHOLE - 500, LONGEST_WHOLE - 5, 2_000_000])
def test_no_long_error_of_jira_tells_the_token(relay: Relayed, kind: str, length: int) -> None:
    """A debug page that repeats what was sent, also across the place where it is cut."""
    sent = f"Authorization: Bearer {relay.token}\n".encode()
    body = sent + b"x" * (length - len(sent)) + relay.token.encode() + b" y" * 100
    relay.jira.answers["mirror"] = always(reply(body, "500 No", Content_Type=kind))
    told, _ = ask(relay, "mirror")
    assert (told.status, told.is_from("jira")) == (500, True)
    assert told.body.startswith(b"Authorization: Bearer ***\nxxx")
    assert relay.token[:4].encode() not in told.body


def test_a_long_error_of_jira_is_whole(relay: Relayed) -> None:
    """Up to 256 KiB; of a longer one the beginning comes."""
    for kind, length in (("text/html", 250_000), ("application/json", 250_000), ("text/html", 300_000)):
        body = b'"' + b"x" * length + b'"'
        relay.jira.answers["long"] = always(reply(body, "400 No", Content_Type=kind))
        told, _ = ask(relay, "long")
        assert (told.status, told.is_from("jira"), body.startswith(told.body)) == (400, True, True)
        assert (told.body == body) == (length < LONGEST_WHOLE)
        assert len(told.body) > 200_000


def test_no_address_of_jira_tells_the_token(relay: Relayed) -> None:
    place = f"/login?was={relay.token}&os_destination=x"
    relay.jira.answers["away"] = always(reply(b"", "302 Found", Location=place))
    head = ask(relay, "away")[0].head
    assert relay.token.lower() not in head and "/login?was=***&os_destination=x\r\n" in head


def test_a_redirect_is_not_followed(relay: Relayed) -> None:
    url, here = relay.jira.server.url, f"{relay.settings.base_url}{relay.prefix}".rstrip("/")
    places = {
        f"{url}/rest/api/2/issue/7": f"{here}/rest/api/2/issue/7",
        "/rest/api/2/issue/7": f"{here}/rest/api/2/issue/7",
        f"{url}@evil.example/rest": f"{url}@evil.example/rest",
        f"{url}#/rest": f"{url}#/rest",
        "//evil.example/rest": "//evil.example/rest",
        "https://evil.example/rest": "https://evil.example/rest",
        "8?a=b": f"{here}/rest/api/2/8?a=b",
    }
    for place, told in places.items():
        relay.jira.answers["redirect"] = always(reply(b"", "302 Found", Location=place))
        relay.jira.take()
        assert f"location: {told.lower()}" in ask(relay, "redirect")[0].head.split("\r\n"), place
        assert len(relay.jira.take()) == 1


def test_what_follows_an_answer_answers_nobody(relay: Relayed) -> None:
    """A connection on which more came than was asked for serves no further request."""
    own = (
        OK.encode()
        + b"Content-Type: application/json\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}"
    )
    smuggled = reply(b'{"smuggled": 1}', Connection="keep-alive")
    bodyless = b"HTTP/1.1 %s\r\nConnection: keep-alive\r\nContent-Length: 9\r\n\r\n"

    relay.jira.answers |= {
        "two": always(own + smuggled),
        "much": always(own + b"x" * 100_000 + smuggled),
        "204": always(bodyless % b"204 No" + smuggled),
        "304": always(bodyless % b"304 No" + smuggled),
        "100": always(b"HTTP/1.1 100 Continue\r\n\r\n" + own + smuggled),
    }
    for name in ("two", "much", "204", "304", "100"):
        told, _ = ask(relay, name)
        assert told.is_from("jira"), (name, told.raw)
        assert b"smuggled" not in told.raw, name
        for _ in range(3):
            assert relay.serves(), name


def test_a_long_head_of_nothing(relay: Relayed) -> None:
    """HEAD: the length of a body that does not come. That of JSON is known when its links are changed."""
    for kind, length in (("image/png", ["content-length: 77"]), ("application/json", [])):
        relay.jira.answers["head"] = always(reply(b"", Content_Type=kind).replace(b": 0", b": 77"))
        told = relay.send(b"rest/api/2/head", method=b"HEAD")
        lengths = [line for line in told.head.split("\r\n") if line.startswith("content-length")]
        assert (told.status, told.body, lengths) == (200, b"", length)


def test_a_head_of_nothing_ends_no_connection(relay: Relayed) -> None:
    """Neither the program's nor that to Jira: it was answered in full."""
    relay.jira.answers["kept"] = always(
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: text/csv\r\nContent-Length: 2\r\n\r\n"
    )
    before = relay.jira.server.connections
    with closing(socket.create_connection(("127.0.0.1", relay.port), timeout=10)) as sock:
        for _ in range(3):
            sock.sendall(relay.head(b"HEAD", b"rest/api/2/kept") + b"\r\n")
            told = Told(sock.recv(1 << 16))
            assert (told.status, told.is_from("jira")) == (200, True)
    assert relay.jira.server.connections - before == 1
