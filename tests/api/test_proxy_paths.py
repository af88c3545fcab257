"""No path leaves the place it was given: nothing else reaches Jira (T27)."""

from portal.programs.keys import READ_PROXY
from tests.support.hostile_paths import HOSTILE, ODD
from tests.support.programs import program_key
from tests.support.relayed import Relayed, relayed


def test_hostile_paths(relay: Relayed) -> None:
    """Gunicorn refuses some, the portal the others; none reaches Jira, and none breaks anything."""
    relay.jira.take()
    seen = {path: relay.send(path.encode()).status for path, _ in HOSTILE if "?" not in path}
    assert {path: status for path, status in seen.items() if status not in (400, 403, 404, 414)} == {}
    assert relay.jira.take() == []
    assert relay.serves()


def test_odd_names_arrive_as_they_were_sent(relay: Relayed) -> None:
    relay.jira.take()
    for path in ODD:
        told = relay.send(path.encode() + b"?a=%2F..%2f&b=%C3%A4;c&d")
        assert told.is_from("jira"), (path, told.raw)
        (came,) = relay.jira.take()
        assert came.split(b"\r\n")[0].decode() == f"GET /{path}?a=%2F..%2f&b=%C3%A4;c&d HTTP/1.1"


def test_other_spellings_of_the_address(relay: Relayed) -> None:
    """What Flask would take for the proxy's address, and is written otherwise, in the request line itself."""
    relay.jira.take()
    here = relay.prefix + "rest/api/2/myself"
    spellings = [
        f"http://127.0.0.1:{relay.port}{here}",
        f"http://evil.example.org{here}",
        f"/{here}",
        f"//evil.example.org{here}",
        here.replace("/proxy/", "/proxy%2f"),
        here.replace("/proxy/", "/%70roxy/"),
        here.replace("/proxy/", "/proxy;x=1/"),
        here.replace("/proxy/", "//proxy/"),
        here.replace("/proxy/", "/proxy/../proxy/"),
        here.replace("/api/", "/%61pi/"),
        here.replace("/v1/", "/./v1/"),
        here.replace("/v1/", "/v1%2F"),
        here.replace("-accounts/", "-accounts/x/../"),
        here.replace("rest", "#rest"),
        f"*{here}",
        here.lstrip("/"),
    ]
    seen = {}
    for spelling in spellings:
        head = f"GET {spelling} HTTP/1.1\r\nHost: 127.0.0.1:{relay.port}\r\nConnection: close\r\n"
        told = relay.raw(f"{head}Authorization: Bearer {relay.key.text}\r\n\r\n".encode())
        seen[spelling] = told.status
    assert {spelling: status for spelling, status in seen.items() if status not in (400, 403, 404)} == {}
    assert relay.jira.take() == []


def test_what_a_key_may_on_postgres() -> None:
    """Key, account and credential are read by statements of their own there, under row level security."""
    with relayed("postgres") as relay:
        assert relay.serves()
        assert relay.send(b"rest/api/2/x", b"Content-Length: 0", method=b"POST").is_from("jira")
        relay.jira.take()
        relay.key = program_key(
            relay.tenant, [relay.account_id], operations=[READ_PROXY], paths=["rest/api/2"]
        )
        assert relay.send(b"rest/api/2/x", b"Content-Length: 0", method=b"POST").status == 403
        assert relay.send(b"rest/agile/1.0/board").status == 403
        relay.key = program_key(relay.tenant, [], operations=[READ_PROXY], paths=["rest/api/2"])
        assert relay.send(b"rest/api/2/myself").status == 404
        assert relay.jira.take() == []
