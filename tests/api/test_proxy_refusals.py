"""What a program is answered says nothing about the credential until Jira was asked who it is: a permission
that is missing is told by 401 as well, and some paths are served to anybody."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select

from portal.credentials.pauses import Pauses
from portal.jira.relay import Answer, Call, Relay
from portal.programs.keys import READ_CREDENTIALS, READ_PROXY, WRITE_PROXY
from portal.store.tables import AuditEvent, Grant
from tests.api.test_proxy_bulkhead import another_tenant
from tests.api.test_reaching_jira import ask
from tests.jira.servers import always, reply
from tests.support.cloud import CloudOffice, cloud_office
from tests.support.portals import Portal
from tests.support.programs import Key, program_key
from tests.support.relayed import Relayed
from tests.support.sandbox import SandboxProcess
from tests.support.tokens import token_office
from tests.support.waiting import LONGEST_SECONDS, wait_until
from tests.support.world import TenantWorld

NOBODY = always(reply(b'{"errorMessages": ["You are not authorized."]}', "401 Unauthorized"))
NAMED = always(reply(b"{}", "401 Unauthorized", X_AUSERNAME="svc", X_Seraph_LoginReason="OK"))
FINE = always(reply(b"{}"))


def told_of(tenant: TenantWorld) -> list[tuple[str, str]]:
    """What the audit says about the state of credentials, oldest first."""
    lines = select(AuditEvent).where(AuditEvent.event.in_(("credential.refused", "credential.tested")))
    with tenant.work(tenant.admin).read() as session:
        return [
            (line.event, line.details["code"]) for line in session.scalars(lines.order_by(AuditEvent.seq))
        ]


@pytest.fixture
def own(relay: Relayed) -> Iterator[Relayed]:
    """The portal with an account that nobody has used yet; its Jira is left as it was."""
    relay.jira.answers = {}
    relay.jira.take()
    yield another_tenant(relay)
    relay.jira.answers = {}


@pytest.fixture
def before(own: Relayed) -> int:
    """So many lines were there before the test."""
    return len(told_of(own.tenant))


def asked(own: Relayed) -> list[str]:
    """The last words of the paths that Jira was asked for since the last look."""
    return [came.split(b" ", 2)[1].rpartition(b"/")[2].decode() for came in own.jira.take()]


def test_who_is_named_is_not_refused(own: Relayed, before: int) -> None:
    own.jira.answers = {"role": NAMED, "myself": NOBODY}
    told = own.send(b"rest/api/2/project/A/role")
    assert (told.status, told.is_from("jira")) == (401, True)
    assert (asked(own), told_of(own.tenant)[before:]) == (["role"], [])


def test_a_permission_that_is_missing_says_nothing_of_the_credential(own: Relayed, before: int) -> None:
    """And a program that asks for it again and again asks Jira little more by that."""
    own.jira.answers = {"role": NOBODY}
    seen = [own.send(b"rest/api/2/project/A/role") for _ in range(6)]
    assert [(told.status, told.is_from("jira")) for told in seen] == [(401, True)] * 6
    assert b"You are not authorized." in seen[0].body
    words = asked(own)
    assert words[:2] == ["role", "myself"] and words.count("myself") < 6
    assert told_of(own.tenant)[before:] == []


def test_a_credential_that_is_refused_twice_is_noted_once(own: Relayed, before: int) -> None:
    own.jira.answers = {"role": NOBODY, "myself": NOBODY}
    assert [own.send(b"rest/api/2/project/A/role").status for _ in range(3)] == [401] * 3
    assert told_of(own.tenant)[before:] == [("credential.refused", "pat_refused")]


def test_a_look_that_meets_trouble_says_nothing(own: Relayed, before: int) -> None:
    own.jira.answers = {"role": NOBODY, "myself": always(b"")}
    told = own.send(b"rest/api/2/project/A/role")
    assert (told.status, told.is_from("jira")) == (401, True)
    assert told_of(own.tenant)[before:] == []


def test_what_anybody_is_served_takes_no_refusal_back(own: Relayed, before: int) -> None:
    own.jira.answers = {"myself": NOBODY}
    own.send(b"rest/api/2/myself")
    refused = [("credential.refused", "pat_refused")]
    assert told_of(own.tenant)[before:] == refused
    assert [own.send(b"rest/api/2/serverInfo").status for _ in range(2)] == [200] * 2
    assert told_of(own.tenant)[before:] == refused


PAGE = {"Content_Type": "text/html"}
SAYS_NOTHING = {
    "redirect": reply(b"", "302 Found", Location="/login.jsp"),
    "not found": reply(b'{"errorMessages": ["Dead link"]}', "404 Not Found"),
    "page that forbids": reply(b"<html><title>403 Forbidden</title></html>", "403 Forbidden", **PAGE),
    "forbidden": reply(b'{"errorMessages": ["No."]}', "403 Forbidden"),
    "page": reply(b"<html><title>Sign in</title></html>", **PAGE),
    "nobody": reply(b'{"name": ""}'),
    "list": reply(b'["svc"]'),
}
TAKES = {
    "named": reply(b'{"name": "svc", "key": "svc"}'),
    "named by its id": reply(b'{"accountId": "5b10a2844c20165700ede21g"}'),
    "scope": reply(b'{"code": 401, "message": "Unauthorized; scope does not match"}', "401 Unauthorized"),
}


@pytest.mark.parametrize(
    ("said", "more"),
    [
        *((one, []) for one in SAYS_NOTHING),
        *((one, [("credential.tested", "accepted_again")]) for one in TAKES),
    ],
)
def test_a_credential_is_taken_again_once_jira_names_somebody(
    said: str, more: list[tuple[str, str]], own: Relayed, before: int
) -> None:
    """Or says that it only lacks a scope. What a page, another address or an empty answer says is nothing."""
    own.jira.answers = {"myself": NOBODY}
    own.send(b"rest/api/2/myself")
    own.jira.answers = {"myself": always((SAYS_NOTHING | TAKES)[said])}
    words = asked(own)

    def looked() -> bool:
        assert own.send(b"rest/api/2/serverInfo").status == 200
        words.extend(asked(own))
        return words.count("myself") == 3

    wait_until(looked)  # the other process may remember for a moment that it was not refused
    assert told_of(own.tenant)[before:] == [("credential.refused", "pat_refused"), *more]


@pytest.fixture
def office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> CloudOffice:
    """An account by a consent."""
    return cloud_office(portal, sandbox, tenant)


@pytest.fixture
def key(office: CloudOffice) -> Key:
    """It may do everything there."""
    return program_key(
        office.tenant, [office.account_id], operations=[READ_PROXY, WRITE_PROXY, READ_CREDENTIALS]
    )


@pytest.fixture
def looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes between two looks that has to."""
    monkeypatch.setattr("portal.programs.proxied.LOOK_SECONDS", 0.0)


@pytest.fixture
def no_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fields are answered as if nobody had asked."""
    as_nobody(monkeypatch, "/field")


def as_nobody(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """What is asked of paths that end so is asked without the credential."""
    send = Relay.send

    def sent(relay: Relay, call: Call, until: float) -> Answer:
        return send(relay, replace(call, headers=[]) if call.target.endswith(end) else call, until)

    monkeypatch.setattr(Relay, "send", sent)


def generation(office: CloudOffice) -> int:
    """How often the grant got its tokens."""
    with office.work.read() as session:
        return session.scalars(select(Grant.generation)).one()


@pytest.mark.usefixtures("looks_each_time")
def test_jira_that_refuses_and_takes_by_turns_fills_no_audit(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told at once that it refuses, and that it takes again; the next such pair a while later."""
    account_id = token_office(portal, sandbox, tenant).account_id
    key, before = program_key(tenant, [account_id], operations=[READ_PROXY]), told_of(tenant)
    seen = []
    for refuses in (True, False) * 3:
        with monkeypatch.context() as meanwhile:
            if refuses:
                as_nobody(meanwhile, "/myself")
            seen.append(ask(portal, key, f"{account_id}/proxy/rest/api/2/myself").status_code)
    assert seen == [401, 200] * 3
    pair = [("credential.refused", "pat_refused"), ("credential.tested", "accepted_again")]
    assert told_of(tenant)[len(before) :] == pair


@pytest.mark.usefixtures("no_fields", "looks_each_time")
def test_a_permission_that_is_missing_renews_no_grant(portal: Portal, office: CloudOffice, key: Key) -> None:
    first, lines = generation(office), told_of(office.tenant)
    answers = [ask(portal, key, f"{office.account_id}/proxy/rest/api/3/field") for _ in range(4)]
    assert [(one.status_code, one.headers["Almoner-Answer"]) for one in answers] == [(401, "jira")] * 4
    assert (generation(office), told_of(office.tenant)) == (first, lines)
    assert ask(portal, key, f"{office.account_id}/credentials").status_code == 200


@pytest.mark.usefixtures("looks_each_time")
def test_a_grant_is_renewed_for_a_refusal_once_in_a_while(
    portal: Portal, office: CloudOffice, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its token is refused again at once, another one would be no better."""
    first, path = generation(office), f"{office.account_id}/proxy/rest/api/3/myself"
    seen = []
    for _ in range(3):
        office.sandbox.end_access_tokens()
        seen.append(ask(portal, key, path).status_code)
    assert (seen, generation(office)) == ([200, 401, 401], first + 1)
    monkeypatch.setattr(Pauses, "left", lambda *_: 0.0)  # a while later
    assert (ask(portal, key, path).status_code, generation(office)) == (200, first + 2)


@dataclass
class UnderWay:
    """Requests whose path ends with ``held_back`` are held once Jira has answered, until the gate opens."""

    held_back: str
    is_answered: Event = field(default_factory=Event)
    gate: Event = field(default_factory=Event)

    def keep(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on; but no more once the gate was opened."""
        send = Relay.send

        def sent(relay: Relay, call: Call, until: float) -> Answer:
            answer = send(relay, call, until)
            if call.target.endswith(self.held_back) and not self.gate.is_set():
                self.is_answered.set()
                assert self.gate.wait(LONGEST_SECONDS)
            return answer

        monkeypatch.setattr(Relay, "send", sent)


UPLOAD: dict[str, Any] = {
    "method": "POST",
    "data": b"x" * (2 << 20),
    "headers": {"X-Atlassian-Token": "no-check"},
}


@pytest.mark.parametrize(
    ("end", "more", "status"), [("/field", {}, 200), ("/attachments", UPLOAD, 503)], ids=["read", "upload"]
)
def test_all_that_were_under_way_go_by_the_new_token(
    end: str,
    more: dict[str, Any],
    status: int,
    portal: Portal,
    office: CloudOffice,
    key: Key,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two were sent with a token that had ended: one renews it, and the other is not told a 401 either. What
    of it is gone is to be sent again."""
    first, begin = generation(office), f"{office.account_id}/proxy/rest/api/3"
    path = {"/field": "/field", "/attachments": "/issue/ALPHA-1/attachments"}[end]
    other = UnderWay(end)
    other.keep(monkeypatch)
    office.sandbox.end_access_tokens()
    with ThreadPoolExecutor(1) as threads:
        asking = threads.submit(ask, portal, key, begin + path, **more)
        assert other.is_answered.wait(LONGEST_SECONDS)
        assert ask(portal, key, f"{begin}/myself").status_code == 200
        other.gate.set()
        told = asking.result()
    assert (told.status_code, generation(office)) == (status, first + 1), told.text
    assert status == 200 or told.json()["detail"].startswith("The access token was renewed just now.")


@pytest.mark.usefixtures("looks_each_time")
def test_a_program_that_only_uploads_is_not_left_out(portal: Portal, office: CloudOffice, key: Key) -> None:
    """What it sends is too long to be kept: the token is renewed for the next request."""
    lines, first = told_of(office.tenant), generation(office)
    path = f"{office.account_id}/proxy/rest/api/3/issue/ALPHA-1/attachments"
    office.sandbox.end_access_tokens()
    again = ask(portal, key, path, **UPLOAD)
    assert (again.status_code, again.headers["Almoner-Answer"]) == (503, "almoner"), again.text
    assert (again.headers["Retry-After"], generation(office)) == ("1", first + 1)
    assert again.json()["detail"].startswith("The access token was renewed just now.")
    sent = ask(portal, key, path, **UPLOAD)
    assert sent.headers["Almoner-Answer"] == "jira" and sent.status_code != 401
    assert told_of(office.tenant) == lines
