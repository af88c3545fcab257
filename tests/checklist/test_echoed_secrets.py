"""A Jira that repeats what it was sent in its error messages: no page, report, table or log shows it."""

import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, unquote

import pytest
from sqlalchemy import select, update

from portal.kinds.methods import PASSWORD
from portal.sandbox.people import USERS
from portal.store.tables import AlmAccount, AuditEvent, Check
from tests.checklist.desks import WAYS
from tests.checklist.guides import draft_desk
from tests.jira.servers import Server, reply
from tests.support import canaries
from tests.support.checklist import Sheet
from tests.support.hostile import INFO, as_json
from tests.support.tokens import token_office

pytestmark = pytest.mark.on_both("test_nor_what_a_renewal_sent", "test_nor_on_the_page_that_makes_a_link")

SPOKEN = "Its own words were kept"


def echo(request: bytes) -> list[bytes]:
    """403 with the Authorization header and what it holds, in plain words; serverInfo for anybody."""
    if b"grant_type=" in request:
        said = {"error": f"{SPOKEN}: {request.decode().rpartition('&refresh_token=')[2]}"}
        return [reply(json.dumps(said).encode(), "400 No")]
    sent = _credentials(request)
    if not sent:
        return [as_json(INFO)]
    said = {"errorMessages": [f"{SPOKEN}. Invalid header: <{sent[0]}>, which is {sent[1]}"]}
    return [reply(json.dumps(said).encode(), "403 No")]


def echo_of_a_renewal(request: bytes) -> list[bytes]:
    """The same, of a Jira that asks for another token first."""
    if b"grant_type=" in request or not _credentials(request):
        return echo(request)
    return [reply(b"{}", "401 No")]


@pytest.fixture
def echoing() -> Iterator[Server]:
    """A Jira that does."""
    with Server(echo) as server:
        yield server


@pytest.mark.parametrize("way", ["link", "pat", "password"])
def test_a_repeated_credential_stands_nowhere(portal, sandbox, tenant, echoing, sign_in, way):
    account_id, _ = WAYS[way](portal, sandbox, tenant)
    _look_everywhere(Sheet(portal, sandbox, tenant, account_id), echoing, sign_in)


def test_nor_what_a_renewal_sent(portal, sandbox, tenant, sign_in):
    account_id, _ = WAYS["incoming"](portal, sandbox, tenant)
    with Server(echo_of_a_renewal) as server:
        _look_everywhere(Sheet(portal, sandbox, tenant, account_id), server, sign_in)
    assert any(b"refresh_token=" in request for request in server.requests)


def _look_everywhere(sheet, echoing, sign_in) -> None:
    """Have the account call there, and search what it said for what was sent."""
    with sheet.work.write() as session:
        one = AlmAccount.id == sheet.account_id
        session.execute(update(AlmAccount).where(one).values(base_url=echoing.url))
    admin = sign_in(sheet.tenant.admin)
    rows = sheet.run()
    sent = {line for request in echoing.requests for line in _credentials(request)}
    assert sent
    spoken = [row for row in rows.values() if row.state == "failed"]
    assert any(SPOKEN in str(row.evidence) for row in spoken), spoken
    with sheet.work.read() as session:
        kept = [str((row.said, row.tried, row.evidence)) for row in session.scalars(select(Check))]
        audit = [str(line.details) for line in session.scalars(select(AuditEvent))]
    pages = []
    for rest in ("", "report"):
        admin.get(sheet.path(rest))
        pages.append(admin.page.html)
    for place in (*kept, *audit, *pages):
        assert not any(secret in place for secret in sent), place[:600]


def test_nor_on_the_page_that_makes_a_link(portal, sandbox, tenant, echoing, sign_in):
    desk = draft_desk(portal, sandbox, tenant)
    with desk.work.write() as session:
        one = AlmAccount.id == desk.account_id
        session.execute(update(AlmAccount).where(one).values(base_url=echoing.url))
    admin = sign_in(tenant.admin)
    path = tenant.path(f"alm-accounts/{desk.account_id}/link-script/run")
    typed = (
        {"secret": canaries.new("pat")},
        {"method": "password", "login": "admin", "secret": USERS["admin"].password + "-longer"},
    )
    for one in typed:
        admin.get(path)
        admin.submit("Make the link in Jira", **one)
        sent = {line for request in echoing.requests for line in _credentials(request)}
        assert admin.status == 409 and SPOKEN in admin.page.text and sent
        assert not any(secret in admin.page.html for secret in {*sent, one["secret"]})


@pytest.mark.parametrize(("method", "sent"), [("pat", "a made-up token"), (PASSWORD, "without a credential")])
def test_a_jira_that_checks_nothing_is_told_what_was_sent(portal, sandbox, tenant, method, sent):
    office = token_office(portal, sandbox, tenant, method)
    sandbox.state(checks_nothing=True, side="server")
    row = Sheet(portal, sandbox, tenant, office.account_id).run()["control"]
    assert row.trouble is not None and row.trouble.code == "control_failed"
    assert sent in row.trouble.cause and "signature" not in row.trouble.cause


def _credentials(request: bytes) -> list[str]:
    """The Authorization header, what stands in it behind the scheme, and the secrets of a form."""
    head, _, body = request.decode("latin-1").partition("\r\n\r\n")
    lines = [line for line in head.split("\r\n") if line.lower().startswith("authorization:")]
    found = [line.partition(": ")[2] for line in lines]
    found += [one.partition(" ")[2] for one in found]
    for secret in [text for name, text in parse_qsl(body) if name in ("client_secret", "refresh_token")]:
        found += [secret, quote(secret, safe="")]
    return found + [
        unquote(one) for text in found for one in re.findall(r'oauth_(?:token|signature)="(.*?)"', text)
    ]
