"""Reading a Jira's answers into types, and every odd body into trouble (T26, T30)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.jira.agile import Agile, Column
from portal.jira.base_urls import BaseUrl
from portal.jira.client import Identity, JiraClient
from portal.jira.oauth1 import JiraOAuth1Session
from portal.jira.trouble import Code, JiraTrouble, clean
from portal.jira.wire import Wire
from tests.jira.servers import Server, always, reply

GH_SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
BASIC_OFF = b'{"message":"Basic Authentication has been disabled on this instance."}'
CodeOf = Callable[[Callable[[], object]], Code]
ADA = {
    "key": "JIRAUSER1",
    "name": "ada",
    "displayName": "Ada\u202e\n Lovelace ",
    "emailAddress": None,
    "active": True,
}


def client(wire: Wire, server: Server, **options: Any) -> JiraClient:
    return JiraClient(wire.session(), BaseUrl.stored(server.url + "/jira"), **options)


def as_json(value: object) -> Any:
    return always(reply(json.dumps(value).encode()))


def test_myself_is_read_and_cleaned(wire: Wire) -> None:
    with Server(as_json(ADA)) as server:
        assert client(wire, server).myself() == Identity("JIRAUSER1", "ada", "Ada Lovelace", "", "", True)
        assert server.requests[0].startswith(b"GET /jira/rest/api/2/myself HTTP/1.1")


def test_server_info_is_told_to_anybody(wire: Wire) -> None:
    info = {"baseUrl": "https://j", "version": "9.12.1", "buildNumber": 912001, "deploymentType": "Server",
            "serverTitle": "Our Jira", "serverTime": "2026-11-22T10:00:00.000+0100"}  # fmt: skip
    with Server(always(reply(json.dumps(info).encode(), X_AUSERNAME="anonymous"))) as server:
        read = client(wire, server).server_info()
    assert (read.version, read.build_number, read.server_time) == (
        "9.12.1",
        912001,
        datetime(2026, 11, 22, 9, tzinfo=UTC),
    )


def test_fields_come_with_their_types(wire: Wire) -> None:
    sprint = {"id": "customfield_1", "name": "Sprint", "custom": True,
              "schema": {"type": "array", "items": "json", "custom": GH_SPRINT}}  # fmt: skip
    with Server(as_json([sprint, {"id": "summary", "schema": None}, "odd", {"name": "no id"}])) as server:
        fields = client(wire, server).fields()
    assert [(f.id, f.custom, f.schema_custom, f.items) for f in fields] == [
        ("customfield_1", True, GH_SPRINT, "json"),
        ("summary", False, "", ""),
    ]


def test_a_200_as_anonymous_is_no_success(wire: Wire, code_of: CodeOf) -> None:
    with Server(always(reply(json.dumps(ADA).encode(), X_AUSERNAME="anonymous"))) as server:
        assert code_of(client(wire, server).myself) is Code.ANONYMOUS
    with Server(as_json({"active": True})) as server:
        assert code_of(client(wire, server).myself) is Code.ANONYMOUS


def test_links_in_answers_are_not_followed(wire: Wire) -> None:
    with Server(always(reply()), "127.0.0.6") as sink:
        links = dict.fromkeys(("self", "nextPage", "avatarUrls", "iconUrl", "content"), sink.url + "/next")
        with Server(as_json(ADA | links | {"values": [links | {"id": 1}], "isLast": False})) as server:
            client(wire, server).myself()
            Agile(client(wire, server)).boards()
            assert len(server.requests) == 2
        assert sink.connections == 0


def test_read_only_lets_nothing_be_written(wire: Wire, code_of: CodeOf) -> None:
    with Server(as_json(ADA)) as server:
        closed = client(wire, server, read_only=True)
        assert code_of(lambda: closed.call("POST", ("rest", "api", "2", "issue"), body={})) is Code.READ_ONLY
        assert server.connections == 0
        client(wire, server).call("POST", ("rest", "api", "2", "issue"), body={"a": 1})
        assert server.requests[0].endswith(b'{"a": 1}')


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[" * 100_000, b"{", b'{"a": NaN}', b'{"a": 1e999}', b'{"a": ' + b"9" * 5000 + b"}",
        b"\xff\xfe{}", '{"a": 1}'.encode("utf-16"), b'{"key": "\\ud800"}', b"null", b"[]", b"42", b'"text"',
        b"{}garbage",
        b'{"a":' * 70 + b"1" + b"}" * 70, b"\x00" * 100, b'{"key": "\xc3"}',
    ],
)  # fmt: skip
def test_hostile_bodies_are_broken_answers(wire: Wire, code_of: CodeOf, body: bytes) -> None:
    with Server(always(reply(body))) as server:
        assert code_of(client(wire, server).myself) is Code.BROKEN_ANSWER


@pytest.mark.parametrize(
    "answer, code",
    [
        (reply(b"<html><title>x</title>", Content_Type="text/html"), Code.HTML_INSTEAD_OF_JSON),
        (reply(b"<!doctype html>"), Code.HTML_INSTEAD_OF_JSON),
        (reply(b"plain", Content_Type="text/plain"), Code.BROKEN_ANSWER),
        (reply(b"", "302 Found", Location="/login.jsp"), Code.REDIRECTED),
        (reply(b"", "400 Bad"), Code.BAD_REQUEST),
        (reply(b"", "401 No"), Code.UNAUTHORIZED),
        (reply(b"", "401 No", X_Seraph_LoginReason="AUTHENTICATION_DENIED"), Code.CAPTCHA),
        (reply(b"", "403 No", X_Seraph_LoginReason="AUTHENTICATION_DENIED"), Code.CAPTCHA),
        (reply(b"", X_Seraph_LoginReason="AUTHENTICATED_FAILED"), Code.UNAUTHORIZED),
        (reply(BASIC_OFF, "403 No", Content_Type="application/json;charset=UTF-8"), Code.BASIC_OFF),
        (reply(b"Basic authentication is disabled.", "401 No", Content_Type="text/plain"), Code.BASIC_OFF),
        (reply(BASIC_OFF, "403 No", X_Seraph_LoginReason="AUTHENTICATION_DENIED"), Code.CAPTCHA),
        (reply(BASIC_OFF, "400 Bad"), Code.BAD_REQUEST),
        (reply(b'{"message": "Basic plan: editing is disabled"}', "403 No"), Code.FORBIDDEN),
        (reply(b"", "403 No"), Code.FORBIDDEN),
        (reply(b'{"errorMessages": ["Gone"]}', "404 No"), Code.NOT_FOUND),
        (reply(b"<html>", "404 No", Content_Type="text/html"), Code.NOT_JIRA),
        (reply(b"", "405 No"), Code.BAD_REQUEST),
        (reply(b"", "429 Slow down"), Code.RATE_LIMITED),
        (reply(b"", "500 Oh"), Code.SERVER_ERROR),
        (reply(b"", "502 Bad gateway"), Code.SERVER_ERROR),
        (reply(b"<html>", "502 Bad gateway", Content_Type="text/html"), Code.PROXY_PAGE),
        (reply(b"<html><title>504 Gateway Time-out</title>", "504 Late"), Code.PROXY_PAGE),
        (reply(b"<html><body><h1>503 Service Unavailable</h1>", "503 Later"), Code.PROXY_PAGE),
        (reply(b"<html><title>HTTP Status 503", "503 Later"), Code.MAINTENANCE),
        (reply(b"<html><title>403 Forbidden</title>", "403 No"), Code.IP_NOT_ALLOWED),
        (reply(b"<html><h1>Access denied</h1>", "403 No"), Code.IP_NOT_ALLOWED),
        (reply(b"<html>Your IP address is not listed.", "403 No"), Code.IP_NOT_ALLOWED),
        (reply(b"<html><title>Forbidden (403)</title>", "403 No"), Code.FORBIDDEN),
        (reply(b"", "503 Later"), Code.MAINTENANCE),
    ],
)
def test_each_status_has_its_code(wire: Wire, code_of: CodeOf, answer: bytes, code: Code) -> None:
    with Server(always(answer)) as server:
        assert code_of(client(wire, server).myself) is code


@pytest.mark.parametrize(
    "header, seconds",
    [
        ("30", 30), ("0", 1), ("7200", 7200), ("9223372036854775807", 86400), ("-5", None), ("soon", None),
        ("²", None),
    ],
)  # fmt: skip
def test_pauses_are_clamped(wire: Wire, header: str, seconds: int | None) -> None:
    raw = reply(b"", "429 Slow down").replace(
        b"Connection", f"Retry-After: {header}\r\nConnection".encode(), 1
    )
    with Server(always(raw)) as server, pytest.raises(JiraTrouble) as caught:
        client(wire, server).myself()
    assert (caught.value.retry_after, caught.value.retryable) == (seconds, True)


def test_evidence_is_short_and_holds_jiras_own_sentence(wire: Wire) -> None:
    body = json.dumps({"errorMessages": ["No\u0000 \u202ework\n" + "x" * 5000]}).encode()
    with Server(always(reply(body, "400 Bad"))) as server, pytest.raises(JiraTrouble) as caught:
        client(wire, server).myself()
    assert caught.value.evidence["message"].startswith("No work xxx")
    assert len(caught.value.evidence["message"]) == 200


def test_a_login_page_is_told_from_another_page(wire: Wire) -> None:
    page = b"<html><head><title>Log in &amp; go</title></head><input name='os_username'>"
    with (
        Server(always(reply(page, Content_Type="text/html"))) as server,
        pytest.raises(JiraTrouble) as caught,
    ):
        client(wire, server).myself()
    assert (caught.value.evidence["title"], caught.value.evidence["login_page"]) == ("Log in & go", "yes")


def test_the_control_tells_whether_signatures_count(wire: Wire, rsa_key: Any) -> None:
    session = JiraOAuth1Session("almoner", wire=wire, rsa_key=rsa_key, token="t")
    for answer, code in [
        (reply(b"oauth_problem=signature_invalid", "401 No"), Code.SIGNATURE_INVALID),
        (reply(b"{}", X_AUSERNAME="anonymous"), Code.ANONYMOUS),
        (reply(json.dumps(ADA).encode(), X_AUSERNAME="ada"), None),
    ]:
        with Server(always(answer)) as server:
            refused = JiraClient(session, BaseUrl.stored(server.url)).forgery_refused()
        assert (refused.code if refused else None) is code


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply(b"", "429 Slow"), Code.RATE_LIMITED),
        (reply(b"", "500 Oh"), Code.SERVER_ERROR),
        (reply(b"<title>502 Bad Gateway", "502 Bad", Content_Type="text/html"), Code.PROXY_PAGE),
        (reply(b"<title>Maintenance", Content_Type="text/html"), Code.HTML_INSTEAD_OF_JSON),
        (reply(b"oauth_problem=parameter_absent", "401 No"), Code.PARAMETER_ABSENT),
    ],
)
def test_what_stops_the_control_is_no_refusal(
    wire: Wire, rsa_key: Any, answer: bytes, code: Code, code_of: CodeOf
) -> None:
    session = JiraOAuth1Session("almoner", wire=wire, rsa_key=rsa_key, token="t")
    with Server(always(answer)) as server:
        assert code_of(JiraClient(session, BaseUrl.stored(server.url)).forgery_refused) is code


def test_a_sign_in_page_in_the_place_of_an_answer_refuses_the_control(wire: Wire, rsa_key: Any) -> None:
    session = JiraOAuth1Session("almoner", wire=wire, rsa_key=rsa_key, token="t")
    page = reply(b"<html><form action=/login>", Content_Type="text/html")
    with Server(always(page)) as server:
        refused = JiraClient(session, BaseUrl.stored(server.url)).forgery_refused()
    assert refused is not None
    assert refused.code is Code.HTML_INSTEAD_OF_JSON


def test_boards_are_paged_by_our_own_numbers(wire: Wire) -> None:
    def answer(request: bytes) -> list[bytes]:
        start = int(request.partition(b"startAt=")[2].partition(b"&")[0])
        values = [{"id": n, "name": f"B{n}", "type": "scrum"} for n in range(start, min(start + 50, 70))]
        return [reply(json.dumps({"values": values, "startAt": 0, "isLast": start > 0}).encode())]

    with Server(answer) as server:
        agile = Agile(client(wire, server))
        first = agile.boards(name="a&b")
        assert first.next_start == 50
        last = agile.boards(first.next_start)
        assert ([board.id for board in last.entries], last.next_start) == (list(range(50, 70)), None)
        assert b"name=a%26b" in server.requests[0]


def test_a_list_that_never_ends_is_ended(wire: Wire) -> None:
    with Server(as_json({"values": [{"id": 1}] * 50, "isLast": False})) as server:
        assert Agile(client(wire, server)).boards(10**9).next_start is None
    with Server(as_json({"values": [], "isLast": False, "total": 10**9})) as server:
        assert Agile(client(wire, server)).boards().next_start is None


def test_configuration_and_issues_are_read(wire: Wire) -> None:
    answer = {
        "columnConfig": {"columns": [{"name": "To do", "statuses": [{"id": "1"}, {"id": 2}]}, None]},
        "estimation": {"field": {"fieldId": "customfield_7", "displayName": "Story Points"}},
        "issues": [{"id": "10", "key": "SHOP-1", "fields": {"summary": "Sell",
                    "status": {"id": "1", "name": "Open"},
                    "assignee": None, "issuetype": {"name": "Story"}, "customfield_7": 5.0}}],
        "total": 1,
    }  # fmt: skip
    with Server(as_json(answer)) as server:
        agile = Agile(client(wire, server))
        assert agile.configuration(1).columns == (Column("To do", ("1", "2")),)
        assert agile.configuration(1).estimation_field == "customfield_7"
        page = agile.backlog(1, ["customfield_7"])
        assert (page.entries[0].key, page.entries[0].assignee, page.entries[0].values) == (
            "SHOP-1",
            "",
            {"customfield_7": 5.0},
        )
        assert b"/jira/rest/agile/1.0/board/1/backlog?startAt=0" in server.requests[2]


@pytest.mark.parametrize("answer", [{}, {"values": None}, {"values": [None, 1, []]}, {"values": {"a": 1}}])
def test_missing_parts_read_as_empty(wire: Wire, answer: object) -> None:
    with Server(as_json(answer)) as server:
        agile = Agile(client(wire, server))
        assert agile.sprints(1, ["active"]).entries == []
        assert agile.epics(1).entries == []
        assert agile.sprint_issues(1, 2).entries == []
        assert agile.board_issues(1).entries == []


@pytest.mark.parametrize(
    "date", ["0001-01-01T00:00:00.000+1400", "9999-12-31T23:59:59.000-1200", "1969-12-31T23:59:59.000Z"]
)
def test_a_date_no_calendar_can_turn_is_no_date(wire: Wire, date: str) -> None:
    """Such a date overflows when it is shown in the reader's time zone, and the board's page with it."""
    sprint = {"id": 1, "startDate": date, "endDate": "2026-05-04T08:00:00.000Z"}
    with Server(as_json({"values": [sprint]})) as server:
        read = Agile(client(wire, server)).sprints(1, ["active"]).entries[0]
    assert (read.start, read.end) == (None, datetime(2026, 5, 4, 8, tzinfo=UTC))


@pytest.mark.parametrize("number, kept", [(2**53 - 1, 2**53 - 1), (2**53, 0), (-(2**53), 0), (True, 0)])
def test_a_number_over_53_bits_is_no_number(wire: Wire, number: int, kept: int) -> None:
    with Server(as_json({"values": [{"id": number}]})) as server:
        assert Agile(client(wire, server)).boards().entries[0].id == kept


def test_clean_keeps_what_people_write() -> None:
    assert clean("  Zoë 👩‍💻 日本\tx\u0000\u202e\ud800  ") == "Zoë 👩‍💻 日本 x"
    assert clean("a" * 1000) == "a" * 255
