"""Every error behind the door is a problem document; no session, no page, no key in the wrong place (T39)."""

from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError

from portal.config import LONGEST_API_BODY, LONGEST_BODY
from portal.credentials.problems import problem
from portal.store.hot import HotConnections
from tests.api.conftest import Door
from tests.support import canaries
from tests.support.portals import Portal
from tests.support.programs import Key, assert_problem, program_key, send
from tests.support.world import TenantWorld

NOT_HERE = "There is nothing here for this key"
TOO_LARGE = "That was too large"
MISPLACED = "A program key was sent in the wrong place"


@pytest.fixture
def key(tenant: TenantWorld, account_id: UUID) -> Key:
    return program_key(tenant, [account_id])


@pytest.mark.variant
@pytest.mark.parametrize(
    ("name", "status", "title"),
    [
        ("problem", 422, "Nothing was taken: something in the body is not as it has to be"),
        ("same-moment", 409, "Something changed in the same moment"),
        ("teapot", 400, "The request could not be read"),
        ("gateway", 500, "Something broke on our side"),
        ("not-allowed", 403, "This may not be done"),
        ("refused", 409, "That does not work as things stand"),
        ("busy", 503, problem("portal_busy").title),
        ("full", 503, problem("portal_full").title),
        ("unreadable", 503, "The portal cannot do this right now"),
        ("unexpected", 500, "Something broke on our side"),
    ],
)
def test_what_fails_inside(door: Door, key: Key, name: str, status: int, title: str) -> None:
    answer = door.call(f"errors/{name}", key)
    told = assert_problem(answer, status, title)
    assert "errors" not in told or told["errors"] == [{"pointer": "/a", "detail": "b", "remedy": "c"}]
    assert (name in ("busy", "full")) == (answer.headers.get("Retry-After") == "7")
    assert (name == "problem") == ("errors" in told)


def test_a_database_that_is_away(door: Door, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: HotConnections, *asked: Any) -> list[Any]:
        raise OperationalError("SELECT", {}, Exception("server closed the connection"))

    monkeypatch.setattr(HotConnections, "run", away)
    told = assert_problem(door.call("session", key), 503, "The portal cannot do this right now")
    assert "not known whether" in told["detail"], "a connection can be lost while what was sent is being kept"
    assert "same Idempotency-Key" in told["remedy"]


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v2/alm-accounts"])
def test_an_address_that_is_none(door: Door, path: str) -> None:
    assert_problem(door.client.get(path), 404, NOT_HERE)
    assert_problem(door.client.post(path, data={"a": "b"}), 404, NOT_HERE)


def test_another_method(door: Door, key: Key) -> None:
    answer = door.call("session", key, "DELETE")
    assert_problem(answer, 405, "This address does not take that method")
    assert {"GET", "HEAD"} <= set(answer.headers["Allow"].split(", "))


def test_nobody_is_sent_to_another_spelling(door: Door, account_id: UUID, key: Key) -> None:
    """Programs would follow with another method, or not at all."""
    assert_problem(door.post(f"alm-accounts//{account_id}/echo", key, b"{}"), 404, NOT_HERE)
    assert_problem(door.call(f"alm-accounts/{account_id}/echo/", key), 404, NOT_HERE)


def test_another_host(door: Door, key: Key) -> None:
    answer = door.call("session", key, base_url="http://elsewhere.example.org")
    told = assert_problem(answer, 400, "The portal has another address")
    assert door.portal.base_url in told["detail"]


def test_a_sign_in_opens_nothing(portal: Portal, door: Door, tenant: TenantWorld, account_id: UUID) -> None:
    """Neither with a form token; the admin's own browser is a stranger here, and its session is not read."""
    for name, value in portal.cookies_of(tenant.admin).items():
        door.client.set_cookie(name, value, domain="127.0.0.1")
    for method in ("GET", "POST"):
        path = f"alm-accounts/{account_id}/echo"
        headers = {"Origin": portal.base_url, "Sec-Fetch-Site": "same-origin"}
        answer = door.call(path, None, method, headers=headers, data={"csrf_token": "x"})
        assert_problem(answer, 401, "No program key was sent")
    assert_problem(door.call("for-people"), 403, "This may not be done")


def test_another_site_with_a_key_is_let_in(door: Door, account_id: UUID, key: Key) -> None:
    """There is nothing in a browser it could use: what counts is the key."""
    headers = {"Origin": "https://elsewhere.example.org", "Sec-Fetch-Site": "cross-site"}
    answer = door.post(f"alm-accounts/{account_id}/echo", key, b"{}", headers=headers)
    assert answer.status_code == 200


def test_a_session_cannot_be_begun(door: Door, key: Key) -> None:
    assert_problem(door.call("session", key), 500, "Something broke on our side")


def test_a_key_in_the_address_is_refused(door: Door, account_id: UUID, key: Key) -> None:
    """In words, whatever else is right; it is not repeated, and not logged."""
    escaped = "".join(f"%{ord(letter):02x}" for letter in key.text)
    for path in (
        f"alm-accounts/{account_id}/echo?api_key={key.text}",
        f"alm-accounts/{account_id}/echo?{escaped}",
        f"keys/{key.text}/echo",
        f"?{key.text}",
    ):
        for sent in (key, None):
            told = assert_problem(door.call(path, sent), 400, MISPLACED)
            assert "address" in told["detail"] and "revoke" in told["remedy"]
    canaries.assert_none_in(door.portal.log_text(), "the log")


def test_a_key_in_the_body_is_refused(door: Door, account_id: UUID, key: Key) -> None:
    body = f'{{"message": "pushed with {key.text}"}}'.encode()
    told = assert_problem(door.post(f"alm-accounts/{account_id}/echo", key, body), 400, MISPLACED)
    assert "body" in told["detail"]


KINDS = {
    "a form": {"data": {"a": "b"}},
    "text": {"data": b"{}", "content_type": "text/plain"},
    "no type": {"data": b"{}"},
    "compressed": {
        "data": b"{}",
        "content_type": "application/json",
        "headers": {"Content-Encoding": "gzip"},
    },
}


@pytest.mark.variant
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_json(door: Door, account_id: UUID, key: Key, kind: str) -> None:
    answer = door.call(f"alm-accounts/{account_id}/echo", key, "POST", **KINDS[kind])  # type: ignore[arg-type]
    assert_problem(answer, 415, "This has to be sent as JSON")
    taken = {name: answer.headers.get(name) for name in ("Accept", "Accept-Encoding")}
    of_coding = {"Accept": None, "Accept-Encoding": "identity"}
    of_type = {"Accept": "application/json", "Accept-Encoding": None}
    assert taken == (of_coding if kind == "compressed" else of_type)


@pytest.mark.variant
def test_identity_is_no_coding(door: Door, account_id: UUID, key: Key) -> None:
    headers = {"Content-Encoding": "identity"}
    assert door.post(f"alm-accounts/{account_id}/echo", key, b"{}", headers=headers).status_code == 200


def test_an_empty_body(door: Door, account_id: UUID, key: Key) -> None:
    assert_problem(door.post(f"alm-accounts/{account_id}/echo", key, b""), 400, "Nothing was sent")


def test_five_megabytes_are_taken_and_no_more(door: Door, account_id: UUID, key: Key) -> None:
    """With a length and in chunks; a body of programs may be longer than one of people's forms."""
    assert LONGEST_API_BODY == 5 * 1024 * 1024 > LONGEST_BODY
    path = f"alm-accounts/{account_id}/echo"
    for size, status in ((LONGEST_API_BODY, 200), (LONGEST_API_BODY + 1, 413)):
        body = b" " * size
        answer = door.post(path, key, body)
        chunked = door.call(
            path,
            key,
            "POST",
            input_stream=BytesIO(body),
            content_type="application/json",
            environ_overrides={"wsgi.input_terminated": True},
            headers={"Transfer-Encoding": "chunked"},
        )
        for one in (answer, chunked):
            assert one.status_code == status
            if status == 413:
                assert "5 MiB" in assert_problem(one, 413, TOO_LARGE)["detail"]


def test_pages_still_take_less(portal: Portal, tenant: TenantWorld) -> None:
    client = portal.client()
    answer = client.post("/sign-in", data={"email": "A" * LONGEST_BODY})
    assert answer.status_code == 413
    assert answer.content_type.startswith("text/html")


def test_over_a_socket(portal: Portal) -> None:
    assert_problem(send(portal, "GET", "nothing"), 404, NOT_HERE)
