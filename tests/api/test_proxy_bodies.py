"""What is not sent on, whatever it is a body of: what nobody can look into, and a program's own key (T42)."""

import gzip
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from flask import g

from portal.api import proxy_requests
from portal.jira.relay import CHUNK
from portal.programs.exposures import last_exposure
from portal.web.program_access import KeyMisplaced
from tests.support.portals import Portal
from tests.support.programs import Key, program_key
from tests.support.relayed import END, Relayed, Told
from tests.support.world import TenantWorld

FORM = b"Content-Type: application/x-www-form-urlencoded"
JSON = b"Content-Type: application/json"


def post(relay: Relayed, body: bytes, *headers: bytes) -> Told:
    """The answer to it."""
    length = b"Content-Length: %d" % len(body)
    return relay.send(b"rest/api/2/issue", length, *headers, method=b"POST", body=body)


def code(told: Told) -> str:
    """Which problem of ours it is."""
    assert told.is_from("almoner"), told.raw
    kind: str = json.loads(told.body)["type"]
    return kind.partition("#")[2]


@pytest.mark.parametrize("coding", [b"gzip", b"GZIP", b"deflate", b"br", b"gzip, identity", b"x"])
def test_a_compressed_body_is_refused(relay: Relayed, coding: bytes) -> None:
    """Jira would be told that it is plain; and a sign-in in it would not be seen."""
    relay.jira.take()
    for kind, body in ((JSON, b"{}"), (FORM, b"os_username=x&os_password=y")):
        told = post(relay, gzip.compress(body), kind, b"Content-Encoding: " + coding)
        assert (told.status, code(told)) == (415, "body-compressed")
        assert "\r\naccept-encoding: identity\r\n" in told.head
    assert relay.jira.take() == []


def test_identity_is_no_coding(relay: Relayed) -> None:
    assert post(relay, b"{}", JSON, b"Content-Encoding: identity").is_from("jira")


@pytest.fixture
def shown(relay: Relayed) -> Iterator[Key]:
    """A key that was never shown before."""
    yield program_key(relay.tenant, [relay.account_id], "Shown")


def bodies(text: str) -> list[tuple[bytes, bytes]]:
    """Where a key may stand, with the kind of each body: whole, a form, and across pieces of a long one."""
    key = text.encode()
    return [
        (b'{"fields": {"description": "curl -H \'Bearer %s\'"}}' % key, JSON),
        (b"description=" + quote(text).replace("_", "%5F").encode(), FORM),
        *(
            (b"x" * (17 * CHUNK - cut) + key + b"x" * CHUNK, b"Content-Type: text/plain")
            for cut in (30, 70, 87)
        ),
        (b"x" * (17 * CHUNK) + key, b"Content-Type: application/octet-stream"),
    ]


@pytest.mark.parametrize("index", range(6))
def test_a_key_in_a_body_is_refused(relay: Relayed, shown: Key, index: int) -> None:
    """People read what a program writes into Jira. Its admins learn of it, and Jira gets no end of it."""
    body, kind = bodies(shown.text)[index]
    relay.jira.take()
    told = post(relay, body, kind)
    assert (told.status, code(told)) == (400, "key-misplaced")
    assert all(len(came.partition(END)[2]) < len(body) for came in relay.jira.take())
    work = relay.tenant.work(relay.tenant.admin)
    exposure = last_exposure(work, shown.id)
    assert exposure is not None and exposure.place == "body"
    assert relay.serves()


def test_a_key_in_many_small_pieces_is_refused(
    portal: Portal, tenant: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However little of it comes at once. Where nobody refused it, no byte of it would be lost."""
    body = b"x" * 300 + program_key(tenant, []).text.encode() + b"y" * 300

    def sent() -> Iterator[bytes]:
        pieces = [body[at : at + 10] for at in range(0, len(body), 10)]
        stream = SimpleNamespace(read=lambda size: pieces.pop(0) if pieces else b"")
        environ: Any = {"wsgi.input": stream, "wsgi.input_terminated": True}
        with portal.app.test_request_context("/", method="POST", environ_overrides=environ):
            g.request_id = "1"
            yield from proxy_requests._stream(None)

    with pytest.raises(KeyMisplaced):
        list(sent())
    monkeypatch.setattr(proxy_requests, "refuse_key_in", lambda sent, place: None)
    assert b"".join(sent()) == body


def test_a_long_body_without_one_goes_on(relay: Relayed) -> None:
    relay.jira.take()
    body = b"alm_" * (CHUNK * 5)
    assert post(relay, body, b"Content-Type: text/plain").is_from("jira")
    [came] = relay.jira.take()
    assert came.partition(END)[2] == body
