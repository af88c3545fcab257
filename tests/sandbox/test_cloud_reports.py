"""Reports of accounts: an app says whose data it holds, and Atlassian says who closed or changed what."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from portal.sandbox.cloud.reporting import CLOSED_TEST_ID, cycle_seconds
from tests.sandbox.cloud_client import CALLBACK, SCOPES, CloudClient
from tests.support.sandbox import CloudBrowser, SandboxProcess

ADA, LINUS = "5b10ac8d82e05b22cc7d4ef5", "5be24ad8b1653240376955d2"
REPORT = "report:personal-data"
LONG_AGO = "2018-10-25T23:08:51.382Z"
MYSELF = "/rest/api/3/myself"
DAY = 86_400


class Reporter(CloudClient):
    """An app that holds names of people and says so."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        super().__init__(sandbox, sandbox.make_app(CALLBACK, [*SCOPES, REPORT]))
        self.token = self.tokens("grace", scope=" ".join([*SCOPES, REPORT]))["access_token"]

    def report(self, *accounts: str, at: str = LONG_AGO) -> requests.Response:
        return self.send({"accounts": [{"accountId": one, "updatedAt": at} for one in accounts]})

    def send(self, body: object, token: str | None = None) -> requests.Response:
        url = f"{self.sandbox.cloud_url}/app/report-accounts/"
        return self.call(url, self.token if token is None else token, "POST", json=body)


@pytest.fixture
def reporter(sandbox: SandboxProcess) -> Reporter:
    return Reporter(sandbox)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def test_nothing_to_do(reporter: Reporter) -> None:
    answer = reporter.report(ADA, LINUS, "712020:never-heard-of")
    assert (answer.status_code, answer.content, answer.headers["Cycle-Period"]) == (204, b"", "P7D")
    (kept,) = reporter.sandbox.reports()
    assert (kept["client_id"], kept["too_soon"], kept["answered"]) == (reporter.app.client_id, [], [])
    assert kept["accounts"][0] == {"accountId": ADA, "updatedAt": LONG_AGO}
    assert abs(kept["at"] - datetime.now(UTC).timestamp()) < 30


def test_a_closed_account_is_to_be_erased_and_nothing_acts_in_its_name(reporter: Reporter) -> None:
    sandbox = reporter.sandbox
    browser = CloudBrowser(sandbox, "ada")
    page = browser.open("/connected-apps")
    ada, scoped, classic = (
        reporter.tokens("ada"),
        sandbox.make_api_token("ada", scopes=["read:jira-user"]),
        sandbox.make_api_token("ada"),
    )
    sandbox.close_account(ADA)
    answer = reporter.report(ADA, LINUS, at=now())
    assert (answer.status_code, answer.headers["Cycle-Period"]) == (200, "P7D")
    assert answer.json() == {"accounts": [{"accountId": ADA, "status": "closed"}]}
    assert reporter.get(MYSELF, ada["access_token"]).status_code == 401
    assert reporter.refresh(ada["refresh_token"]).json()["error"] == "invalid_grant"
    gateway = f"{sandbox.cloud_url}/ex/jira/{sandbox.cloud_ids['acme']}{MYSELF}"
    for url, token in ((gateway, scoped), (f"{sandbox.sites['acme']}{MYSELF}", classic)):
        assert requests.get(url, auth=("ada@example.com", token), timeout=10).status_code == 401
    assert "Log in to continue" in browser.http.get(page.url, timeout=10).text
    assert "Incorrect email" in browser.open("/connected-apps").text
    issue = reporter.get("/rest/agile/1.0/board/1/sprint/12/issue", reporter.token).json()["issues"][0]
    assignee = issue["fields"]["assignee"]
    assert (assignee["accountId"], assignee["active"]) == (ADA, False)
    assert (assignee["displayName"], "emailAddress" in assignee) == ("Former user", False)


def test_a_changed_account_is_to_be_fetched_again(reporter: Reporter) -> None:
    token = reporter.tokens("ada")["access_token"]
    before = now()
    reporter.sandbox.change_account(ADA, name="Ada Byron")
    assert reporter.report(ADA, at=before).json() == {"accounts": [{"accountId": ADA, "status": "updated"}]}
    assert reporter.get(MYSELF, token).json()["displayName"] == "Ada Byron"
    assert reporter.call(f"{reporter.sandbox.cloud_url}/me", token).json()["name"] == "Ada Byron"
    assert reporter.report(ADA, at=now()).status_code == 204
    earlier = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    assert reporter.report(ADA, at=earlier).status_code == 200


def test_the_test_ids_of_atlassian(reporter: Reporter) -> None:
    answer = reporter.report(CLOSED_TEST_ID, LINUS, at=now())
    assert answer.json() == {"accounts": [{"accountId": CLOSED_TEST_ID, "status": "closed"}]}


GOOD = {"accountId": ADA, "updatedAt": LONG_AGO}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"accounts": []},
        {"accounts": {}},
        {"accounts": [GOOD], "more": 1},
        {"accounts": [ADA]},
        {"accounts": [{"accountId": ADA}]},
        {"accounts": [GOOD | {"email": "ada@example.com"}]},
        {"accounts": [GOOD | {"accountId": 7}]},
        {"accounts": [GOOD | {"accountId": ""}]},
        {"accounts": [GOOD | {"accountId": "x" * 129}]},
        {"accounts": [GOOD | {"updatedAt": 1540508931}]},
        {"accounts": [GOOD | {"updatedAt": "2018-10-25T23:08:51"}]},
        {"accounts": [GOOD | {"updatedAt": "2018-10-25 23:08:51Z"}]},
        {"accounts": [GOOD | {"updatedAt": "2018-13-25T23:08:51Z"}]},
        {"accounts": [GOOD] * 91},
    ],
    ids=lambda body: str(body)[:90],
)
def test_a_malformed_report_is_refused_whole(reporter: Reporter, body: Any) -> None:
    answer = reporter.send(body)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)
    assert reporter.sandbox.reports() == []


def test_ninety_accounts_are_taken_and_no_form(reporter: Reporter) -> None:
    assert reporter.report(*(f"712020:{number}" for number in range(90))).status_code == 204
    url = f"{reporter.sandbox.cloud_url}/app/report-accounts/"
    assert reporter.call(url, reporter.token, "POST", data={"accounts": ADA}).status_code == 400
    assert reporter.call(url, reporter.token).status_code == 405


def test_the_scope_is_wanted_and_a_token_that_lives(reporter: Reporter) -> None:
    without = CloudClient(reporter.sandbox).tokens("grace")["access_token"]
    assert reporter.send({"accounts": [GOOD]}, without).status_code == 403
    for token in ("unknown", reporter.sandbox.make_api_token("grace")):
        assert reporter.send({"accounts": [GOOD]}, token).json() == {"code": 401, "message": "Unauthorized"}
    reporter.sandbox.end_access_tokens()
    assert reporter.report(ADA).status_code == 401
    assert reporter.sandbox.reports() == []


def test_who_reports_more_often_than_the_cycle_is_noted(reporter: Reporter) -> None:
    sandbox = reporter.sandbox
    other = Reporter(sandbox)
    sandbox.state(access_token_seconds=30 * DAY)
    reporter.token = reporter.tokens("grace", scope=f"{REPORT} read:jira-user")["access_token"]
    reporter.report(ADA)
    other.report(ADA)
    sandbox.state(clock_offset_seconds=7 * DAY - 60)
    reporter.report(ADA, LINUS, LINUS)
    sandbox.state(clock_offset_seconds=14 * DAY)
    reporter.report(ADA, LINUS)
    sandbox.set_cycle("60")
    assert reporter.report(LINUS).headers["Cycle-Period"] == "60"
    sandbox.state(clock_offset_seconds=14 * DAY + 90)
    reporter.report(LINUS)
    sandbox.set_cycle("")
    assert "Cycle-Period" not in reporter.report(LINUS).headers
    noted = [report["too_soon"] for report in sandbox.reports()]
    assert noted == [[], [], [ADA, LINUS], [], [LINUS], [], [LINUS]]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("P7D", 7 * DAY),
        ("P1W", 7 * DAY),
        ("PT36H", 129_600),
        ("P1DT1M1S", 86_461),
        ("60", 60),
        ("soon", 7 * DAY),
        ("P", 7 * DAY),
    ],
)
def test_cycles(text: str, seconds: int) -> None:
    assert cycle_seconds(text) == seconds


def test_too_many_reports(reporter: Reporter) -> None:
    reporter.sandbox.state(report_rate_limited=30)
    answer = reporter.report(ADA)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert reporter.get(MYSELF, reporter.token).status_code == 200
    assert reporter.sandbox.reports() == []


@pytest.mark.parametrize(
    ("account", "wanted", "status"),
    [
        ("nobody", {"closed": True}, 400),
        (ADA, {"name": "Ada"}, 400),
        ("linus@example.com", {"name": "L"}, 200),
    ],
    ids=["unknown", "closed already", "by address"],
)
def test_control_of_accounts(
    sandbox: SandboxProcess, account: str, wanted: dict[str, Any], status: int
) -> None:
    sandbox.close_account(ADA)
    url = f"{sandbox.url}/sandbox/cloud/accounts/{account}"
    assert requests.post(url, json=wanted, timeout=10).status_code == status


def test_a_second_start_knows_tokens_changes_and_reports(tmp_path: Any) -> None:
    with SandboxProcess(tmp_path) as sandbox:
        token = sandbox.make_api_token("linus")
        sandbox.change_account(LINUS, name="Linus B.")
        assert Reporter(sandbox).report(LINUS).status_code == 200
        kept = sandbox.reports()
    with SandboxProcess(tmp_path) as sandbox:
        assert sandbox.reports() == kept
        url = f"{sandbox.sites['acme']}{MYSELF}"
        me = requests.get(url, auth=("linus@example.com", token), timeout=10).json()
        assert me["displayName"] == "Linus B."
