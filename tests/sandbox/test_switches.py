"""The switches, the record of requests, and what is kept between two starts."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.sandbox.client import KEY, PracticeClient
from tests.sandbox.server_oauth2_client import ServerClient
from tests.support.sandbox import JiraBrowser, SandboxProcess

MYSELF = "/rest/api/2/myself"


@pytest.mark.parametrize(
    ("switch", "status"),
    [({"down": True}, 503), ({"status_5xx": 502}, 502), ({"rate_limited": 7}, 429)],
)
def test_status_switches(client: PracticeClient, switch: dict[str, object], status: int) -> None:
    token = client.token_of("ada")
    client.sandbox.state(**switch)
    answer = client.get(MYSELF, token)
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == ("7" if status == 429 else None)


def test_login_page_in_front_of_token_calls(client: PracticeClient) -> None:
    client.sandbox.state(login_in_front=True)
    answer = client.request_token()
    assert answer.status == 302
    assert "/login.jsp" in answer.response.headers["Location"]
    client.sandbox.state(login_in_front=False, html_instead_of_oauth=True)
    page = client.request_token()
    assert page.status == 200
    assert "<!doctype html>" in page.response.text


def test_dropped_connection(client: PracticeClient) -> None:
    client.sandbox.state(drop_connection=True)
    with pytest.raises(requests.ConnectionError):
        client.request_token()


def test_slow_and_hanging(client: PracticeClient) -> None:
    url = client.sandbox.url + MYSELF
    client.sandbox.state(slow_seconds=0.3)
    assert requests.get(url, timeout=5).elapsed.total_seconds() >= 0.3
    client.sandbox.state(slow_seconds=0, hang=True)
    with pytest.raises(requests.ReadTimeout):
        requests.get(url, timeout=0.3)
    client.sandbox.state(hang=False)
    assert requests.get(url, timeout=5).status_code == 401


@pytest.mark.parametrize(("switch", "status"), [("board_gone", 404), ("board_forbidden", 403)])
def test_board_switches(client: PracticeClient, switch: str, status: int) -> None:
    token = client.token_of("ada")
    client.sandbox.state(**{switch: True})
    assert client.get("/rest/agile/1.0/board/1", token).status_code == status
    assert client.get("/rest/agile/1.0/board", token).status_code == 200


@pytest.mark.parametrize(
    ("body", "bytes_within"),
    [("bomb", (10_000, 200_000)), ("deep_json", (400_000, 400_000)), ("latin1_garbage", (10, 100))],
)
def test_hostile_bodies(client: PracticeClient, body: str, bytes_within: tuple[int, int]) -> None:
    client.sandbox.state(hostile_body=body)
    answer = requests.get(client.sandbox.url + MYSELF, timeout=20, stream=True)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert bytes_within[0] <= len(answer.raw.read()) <= bytes_within[1]


def test_huge_and_redirected_bodies(client: PracticeClient) -> None:
    client.sandbox.state(hostile_body="huge_json")
    with requests.get(client.sandbox.url + MYSELF, timeout=20, stream=True) as answer:
        assert len(answer.raw.read(9 * 2**20)) == 9 * 2**20
    client.sandbox.state(hostile_body="redirect")
    sent = requests.get(client.sandbox.url + MYSELF, timeout=20, allow_redirects=False)
    assert sent.headers["Location"].startswith("http://127.0.0.1:")


def test_requests_are_recorded_without_secrets(client: PracticeClient) -> None:
    token = client.token_of("ada")
    client.sandbox.clear_requests()
    client.get(f"{MYSELF}?secret={token}", token)
    (entry,) = client.sandbox.requests()
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", MYSELF, 200)
    assert (entry["token_user"], entry["signature_verified"]) == ("ada", True)
    assert token not in str(entry)
    assert client.sandbox.state()["counters"]["requests"] == {"GET rest_api.myself": 1}


@pytest.mark.parametrize(
    "wrong",
    [{"nosuch": 1}, {"hostile_body": "x"}, {"status_5xx": 404}, {"down": "yes"}, {"rate_limited": True}],
)
def test_wrong_switches_are_named(sandbox: SandboxProcess, wrong: dict[str, object]) -> None:
    answer = requests.post(f"{sandbox.url}/sandbox/state", json=wrong, timeout=10)
    assert answer.status_code == 400
    assert next(iter(wrong)) in answer.json()["error"]


def test_a_switch_keeps_its_kind(sandbox: SandboxProcess) -> None:
    sandbox.state(slow_seconds=0)
    assert sandbox.state(slow_seconds=0.01)["switches"]["slow_seconds"] == 0.01


def test_control_takes_json_only(sandbox: SandboxProcess) -> None:
    """Another origin's form cannot press the switches: JSON needs a preflight."""
    assert requests.post(f"{sandbox.url}/sandbox/state", data='{"down": true}', timeout=10).status_code == 415


def test_page_of_switches(sandbox: SandboxProcess) -> None:
    browser = JiraBrowser(sandbox, "admin")
    page = browser.open("/sandbox/faults")
    values = {"jira_version": "8.20.30", "hostile_body": "none", "user_disabled": "linus, grace", "sso": "on"}
    page = browser.submit(page, "jira_version", **values)
    assert page.status_code == 200
    switches = sandbox.state()["switches"]
    assert (switches["sso"], switches["jira_version"]) == (True, "8.20.30")
    assert switches["user_disabled"] == ["linus", "grace"]


def test_second_start_goes_on_where_the_first_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with SandboxProcess(folder) as first:
        first.make_link("almoner-key", KEY.public_pem)
        token = PracticeClient(first, "almoner-key").token_of("grace")
    assert stat.S_IMODE((folder / "sandbox.json").stat().st_mode) == 0o600
    with SandboxProcess(folder) as second:
        client = PracticeClient(second, "almoner-key")
        assert client.get(MYSELF, token).json()["name"] == "grace"
        second.reset()
        assert client.get(MYSELF, token).status_code == 401


def test_second_start_knows_tokens_links_passwords_and_failures(tmp_path: Path) -> None:
    with SandboxProcess(tmp_path) as first:
        first.set_code_lifetime(120)
        app, pat = ServerClient(first), first.make_pat("ada")
        tokens, code = app.tokens(), app.allowed()["code"]
        first.set_password("grace", "other")
        for _ in range(3):
            requests.get(first.url + MYSELF, auth=("linus", "guess"), timeout=10)
    with SandboxProcess(tmp_path) as second:
        second.set_code_lifetime(120)
        app.sandbox = second
        assert (app.user(pat), app.user(tokens["access_token"])) == ("ada", "ada")
        assert app.exchange(code).status_code == 200
        assert requests.get(second.url + MYSELF, auth=("grace", "other"), timeout=10).status_code == 200
        assert requests.get(second.url + MYSELF, auth=("linus", "x"), timeout=10).status_code == 403
        second.reset()
        assert (app.user(pat), app.user(tokens["access_token"])) == ("anonymous", "anonymous")
        assert app.refresh(tokens["refresh_token"]).json() == {"error": "invalid_client"}


def start(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Start a sandbox that is expected to give up."""
    command = [sys.executable, "-m", "portal.sandbox", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def test_port_taken_is_a_sentence(sandbox: SandboxProcess) -> None:
    taken = sandbox.url.rpartition(":")[2]
    ended, at_the_door = start("--port", taken), start("--port", "0", "--door-port", taken)
    assert ended.returncode == at_the_door.returncode == 1
    assert at_the_door.stderr == f"Port {taken} is in use by another program. Choose another --door-port.\n"
    assert "is in use by another program" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_unreadable_state_is_a_sentence_and_stays(tmp_path: Path) -> None:
    (tmp_path / "sandbox.json").write_text("{")
    ended = start("--port", "0", "--data", str(tmp_path))
    assert ended.returncode == 1
    assert "Move it away" in ended.stderr
    assert (tmp_path / "sandbox.json").read_text() == "{"
