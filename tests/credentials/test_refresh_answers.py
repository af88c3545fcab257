"""What Atlassian answers to a renewal means no more for the grant than it says (T32, T47)."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from portal.credentials import grants, refreshing
from portal.credentials.registry import Registry
from portal.jira.answers import Code, JiraTrouble
from portal.jira.atlassian import Atlassian
from portal.jira.oauth2_tokens import TokenPair
from portal.secret import Secret
from portal.store.tables import Grant
from portal.store.vault import get_secret
from tests.credentials.rotation import age, due_of, expire, grant_now, portal_at_work
from tests.jira.servers import Server, reply
from tests.support import canaries
from tests.support.cloud import CloudOffice, cloud_office
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld

pytestmark = pytest.mark.on_both(
    "test_what_is_no_pair_changes_no_byte",
    "test_nothing_counts_once_another_process_has_renewed",
    "test_without_a_new_refresh_token_the_former_goes_on",
    "test_what_stands_beside_a_pair_costs_nobody_the_grant",
)

HTML = {"Content_Type": "text/html"}


def says(error: str, status: str = "403 Forbidden") -> bytes:
    return reply(json.dumps({"error": error, "error_description": "No."}).encode(), status)


def pair(**changes: Any) -> bytes:
    """A good answer with changes; None leaves a field out."""
    good = {
        "access_token": canaries.new("access-token"),
        "refresh_token": canaries.new("refresh-token"),
        "expires_in": 3600,
        "token_type": "Bearer",
        "scope": "read:me read:jira-user offline_access",
    }
    return reply(
        json.dumps({name: value for name, value in (good | changes).items() if value is not None}).encode()
    )


ENDING = {
    "invalid_grant": says("invalid_grant"),
    "invalid_grant with 400": says("invalid_grant", "400 Bad Request"),
    "unauthorized_client": says("unauthorized_client"),
}
# Answer → code of the trouble, and whether the refresh token may have been used.
KEEPING: dict[str, tuple[bytes, Code, bool]] = {
    "access_denied": (says("access_denied", "401 Unauthorized"), Code.CLIENT_REFUSED, False),
    "invalid_client": (says("invalid_client", "401 Unauthorized"), Code.CLIENT_REFUSED, False),
    "429": (reply(b"", "429 Too Many Requests", Retry_After="7"), Code.RATE_LIMITED, False),
    "invalid_request": (says("invalid_request", "400 Bad Request"), Code.OAUTH_OTHER, True),
    "invalid_grant with 200": (says("invalid_grant", "200 OK"), Code.BROKEN_ANSWER, True),
    "invalid_grant with 503": (says("invalid_grant", "503 Unavailable"), Code.MAINTENANCE, True),
    "a page that names it": (reply(b"<html>invalid_grant", "403 Forbidden", **HTML), Code.FORBIDDEN, True),
    "a firewall's page": (reply(b"<html>Blocked", "401 Unauthorized", **HTML), Code.UNAUTHORIZED, True),
    "error as a list": (reply(b'{"error": ["invalid_grant"]}', "403 Forbidden"), Code.FORBIDDEN, True),
    "500": (reply(b"oops", "500 Internal Server Error"), Code.SERVER_ERROR, True),
    "a redirect": (
        reply(b"", "307 Temporary Redirect", Location="https://example.org/"),
        Code.REDIRECTED,
        True,
    ),
    "a page": (reply(b"<!doctype html>", **HTML), Code.HTML_INSTEAD_OF_JSON, True),
    "no answer": (b"", Code.UNREACHABLE, True),
    "half an answer": (pair()[:-40], Code.BROKEN_ANSWER, True),
    "two megabytes": (pair(more="x" * 2_000_000), Code.TOO_LARGE, True),
    "a list": (reply(b"[]"), Code.BROKEN_ANSWER, True),
    "garbage": (reply(b"\xff\xfe{"), Code.BROKEN_ANSWER, True),
    "nested too deep": (reply(b"[" * 100_000), Code.BROKEN_ANSWER, True),
    "another token type": (pair(token_type="mac"), Code.BROKEN_ANSWER, True),
    "no token type": (pair(token_type=None), Code.BROKEN_ANSWER, True),
    "no access token": (pair(access_token=None), Code.BROKEN_ANSWER, True),
    "access token empty": (pair(access_token=""), Code.BROKEN_ANSWER, True),
    "access token as list": (pair(access_token=["a"]), Code.BROKEN_ANSWER, True),
    "access token too long": (pair(access_token="a" * 8193), Code.BROKEN_ANSWER, True),
    "access token with a new line": (pair(access_token="a\r\nX-More: yes"), Code.BROKEN_ANSWER, True),
    "access token beyond ASCII": (pair(access_token="ä"), Code.BROKEN_ANSWER, True),
    "refresh token as number": (pair(refresh_token=1), Code.BROKEN_ANSWER, True),
    "refresh token empty": (pair(refresh_token=""), Code.BROKEN_ANSWER, True),
}
# What an answer may leave out (RFC 6749, section 5.1), in ways that nobody can read.
ODD_LIVES = {"list": [3600], "text": "3600", "half": 1.5, "yes": True}
ODD_SCOPES: dict[str, Any] = {
    "list": ["read:me"], "new line": "read:me\nwrite", "number": 1, "beyond ASCII": "lesen:mich:ä",
    "too long": "r" * 8193, "object": {"read": "me"},
}  # fmt: skip


@pytest.fixture
def office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> CloudOffice:
    return cloud_office(portal, sandbox, tenant)


def renew_by(
    answer: bytes,
    office: CloudOffice,
    grant: Grant,
    meanwhile: Callable[[], None] = lambda: None,
    sites: bytes = reply(b"{}"),
) -> Code | None:
    """Renew at an Atlassian that answers so, once; the code of what renewing raised."""

    def serve(request: bytes) -> Iterable[bytes]:
        if request.startswith(b"GET"):
            return [sites]
        meanwhile()
        return [answer]

    with Server(serve) as server:
        registry = at(server.url, office)
        try:
            refreshing.renew(portal_at_work(office), registry, grant.id, grant.generation)
        except JiraTrouble as trouble:
            return trouble.code
        finally:
            assert len([one for one in server.requests if one.startswith(b"POST")]) == 1
    return None


def at(url: str, office: CloudOffice) -> Registry:
    """The portal's registry with another Atlassian."""
    known = office.registry
    cloud = replace(known.cloud, atlassian=Atlassian.at(url, url))
    return Registry(known.outbound, cloud, known.portal_url)


def kept(row: Grant | None) -> tuple[object, ...]:
    """What a failure must not change."""
    assert row is not None
    tokens = (row.access_token, row.refresh_token, row.expires_at, row.refreshed_at)
    return (row.state, row.generation, row.scopes, row.sites, *tokens)


def test_what_is_no_pair_changes_no_byte(office: CloudOffice) -> None:
    """The state after each answer, exactly. A wrong secret is no loss of the grant, nor is a sick server."""
    seen: dict[str, tuple[Code | None, str | None, bool]] = {}
    before = office.grants()[0]
    for name, (answer, _, _) in KEEPING.items():
        age(office, before.id, retry_at=None, pending_since=None)
        raised = renew_by(answer, office, before)
        row = grant_now(office, before.id)
        assert kept(row) == kept(before), name
        assert row is not None
        assert due_of(office, before.id).due_at == row.retry_at, name  # type: ignore[union-attr]
        seen[name] = (raised, row.trouble, row.pending_since is not None)
    assert seen == {name: (code, str(code), used) for name, (_, code, used) in KEEPING.items()}
    assert office.account.state == "connected"


@pytest.mark.parametrize("name", ENDING)
def test_a_refused_refresh_token_is_the_end(name: str, office: CloudOffice) -> None:
    grant = office.grants()[0]
    assert renew_by(ENDING[name], office, grant) is Code.GRANT_ENDED
    row = grant_now(office, grant.id)
    assert row is not None
    assert (row.state, row.ended_why) == ("ended", "grant_refused")
    assert (row.access_token, row.refresh_token, due_of(office, grant.id)) == (None, None, None)
    assert office.account.state == "ended"


def test_nothing_counts_once_another_process_has_renewed(office: CloudOffice) -> None:
    """Whatever Atlassian says of the older token: the newer pair stands, and nobody is told anything."""

    def sibling() -> None:
        with portal_at_work(office).write() as session:
            row = grants.hold_grant(session, grant.id)
            assert row is not None
            new = [Secret(canaries.new(kind)) for kind in ("access-token", "refresh-token")]
            grants.keep_pair(session, row, TokenPair(new[0], new[1], 3600, None))
            after.append(kept(row))

    after: list[tuple[object, ...]] = []
    answers = ENDING | {name: answer for name, (answer, _, _) in KEEPING.items()} | {"a pair": pair()}
    for name, answer in answers.items():
        grant = office.grants()[0]
        assert renew_by(answer, office, grant, sibling) is None, name
        row = grant_now(office, grant.id)
        assert kept(row) == after[-1], name
        assert row is not None
        assert (row.trouble, row.generation) == (None, grant.generation + 1), name


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (pair(expires_in=10**12), 24 * 3600),
        (pair(expires_in=5), 60),
        (pair(expires_in=0), 60),
        (pair(expires_in=-1), 60),
        (pair(expires_in=None), 3600),
        *((pair(expires_in=life), 3600) for life in ODD_LIVES.values()),
        (pair(token_type="BEARER"), 3600),
    ],
    ids=["too long", "too short", "ends at once", "ended before", "not said", *ODD_LIVES, "other case"],
)
def test_a_pair_lives_as_long_as_can_be_believed(answer: bytes, seconds: int, office: CloudOffice) -> None:
    assert renew_by(answer, office, expire(office, office.grants()[0].id)) is None
    row = office.grants()[0]
    assert (row.expires_at - row.refreshed_at).total_seconds() == seconds


def test_without_a_new_refresh_token_the_former_goes_on(office: CloudOffice) -> None:
    before = office.grants()[0]
    assert renew_by(pair(refresh_token=None), office, before) is None
    row = office.grants()[0]
    assert (row.generation, row.refresh_token) == (before.generation + 1, before.refresh_token)
    assert row.access_token != before.access_token


def test_what_stands_beside_a_pair_costs_nobody_the_grant(office: CloudOffice) -> None:
    """The former refresh token is none any more when the answer comes: with this one the grant would end.
    Scopes that cannot be read say nothing of those that were given."""
    for name, odd in ODD_SCOPES.items():
        before = office.grants()[0]
        fresh = canaries.new("refresh-token")
        assert renew_by(pair(refresh_token=fresh, scope=odd, expires_in=0), office, before) is None, name
        row = office.grants()[0]
        with portal_at_work(office).read() as session:
            assert get_secret(session, row, "refresh_token") == Secret(fresh), name
        assert (row.generation, row.trouble) == (before.generation + 1, None), name
        assert (row.state, row.scopes) == ("active", before.scopes), name
    assert office.account.state == "connected"


def test_scopes_that_were_narrowed_are_noticed(office: CloudOffice) -> None:
    assert renew_by(pair(), office, office.grants()[0]) is None
    assert office.grants()[0].scopes == ["offline_access", "read:jira-user", "read:me"]
    assert office.account.state == "limited"


@pytest.mark.parametrize("is_back", [False, True], ids=["gone", "back"])
def test_a_site_that_is_no_longer_covered_is_noticed(is_back: bool, office: CloudOffice) -> None:
    """With each renewal; and that it is covered again, too."""
    (own,) = office.grants()[0].sites
    listed = [{"id": "other-site", "name": "Other", "url": "https://other.example.org"}]
    for sites in (listed, [own]) if is_back else (listed,):
        told = json.dumps([site | {"scopes": ["read:jira-user"]} for site in sites]).encode()
        expire(office, office.grants()[0].id)
        assert renew_by(pair(), office, office.grants()[0], sites=reply(told)) is None
    state = office.account.state
    assert state == ("limited" if is_back else "refused")
