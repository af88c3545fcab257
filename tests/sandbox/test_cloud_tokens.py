"""The token endpoint: exchange, rotation, leeway, reuse, idleness, and the switches that spoil it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from portal.sandbox.cloud.store import App, Family, Grant, RefreshToken
from portal.sandbox.cloud.tokens import TokenError, refresh
from portal.sandbox.state import State
from tests.sandbox.cloud_client import CALLBACK, CloudClient

MYSELF = "/rest/api/3/myself"
DEAD = {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}
CALLERS = 64


@pytest.mark.parametrize("as_form", [False, True], ids=["json", "form"])
def test_bodies_are_json_or_a_form(cloud: CloudClient, as_form: bool) -> None:
    tokens = cloud.exchange(cloud.code(), as_form=as_form).json()
    assert cloud.refresh(tokens["refresh_token"], as_form=as_form).status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"client_secret": "ATOAwrong"}, {"client_id": "nobody"}, {"client_secret": ""}], ids=str
)
def test_who_does_not_show_the_secret_is_refused(cloud: CloudClient, wrong: dict[str, str]) -> None:
    answer = cloud.exchange(cloud.code(), **wrong)
    assert answer.status_code == 401
    assert answer.json() == {"error": "access_denied", "error_description": "Unauthorized"}


def test_a_new_secret_ends_the_old_one(cloud: CloudClient) -> None:
    tokens = cloud.tokens()
    renewed = cloud.sandbox.change_app(cloud.app, new_secret=True)
    assert renewed.client_secret.startswith("ATOA")
    assert (len(renewed.client_id), len(renewed.client_secret)) == (32, 64)
    assert cloud.refresh(tokens["refresh_token"]).json()["error"] == "access_denied"
    cloud.app = renewed
    assert cloud.refresh(tokens["refresh_token"]).status_code == 200


def test_a_code_is_used_once_and_its_tokens_end_with_the_second_use(cloud: CloudClient) -> None:
    code = cloud.code()
    tokens = cloud.exchange(code).json()
    assert cloud.exchange(code).json()["error"] == "invalid_grant"
    assert cloud.get(MYSELF, tokens["access_token"]).status_code == 401
    assert cloud.refresh(tokens["refresh_token"]).json() == DEAD


@pytest.mark.parametrize("redirect_uri", ["", f"{CALLBACK}/", "http://evil.example/"])
def test_the_redirect_uri_is_the_same_again(cloud: CloudClient, redirect_uri: str) -> None:
    answer = cloud.exchange(cloud.code(), redirect_uri=redirect_uri)
    assert (answer.status_code, answer.json()["error"]) == (403, "invalid_grant")


def test_a_code_of_another_app_an_old_one_and_none(cloud: CloudClient) -> None:
    other = CloudClient(cloud.sandbox)
    assert other.tokens()["token_type"] == "Bearer"
    assert other.exchange(cloud.code()).json()["error"] == "invalid_grant"
    assert cloud.exchange("").json()["error"] == "invalid_grant"
    code = cloud.code()
    cloud.sandbox.state(clock_offset_seconds=601)
    assert cloud.exchange(code).json()["error"] == "invalid_grant"
    assert cloud.sandbox.cloud_state()["exchanges"] == {f"{other.app.client_id} ada": 1}
    assert cloud.sandbox.cloud_state()["exchanges_refused"] == 3


def test_odd_calls_are_refused(cloud: CloudClient) -> None:
    assert cloud.post(grant_type="password").json()["error"] == "unsupported_grant_type"
    url = f"{cloud.sandbox.cloud_url}/oauth/token"
    for body in ([], {"grant_type": 1}, "text"):
        assert requests.post(url, json=body, timeout=10).json()["error"] == "invalid_request"
    assert requests.get(url, timeout=10).status_code == 405


def test_a_refresh_asks_for_no_more_than_was_granted(cloud: CloudClient) -> None:
    token = cloud.tokens()["refresh_token"]
    assert cloud.refresh(token, scope="read:me manage:jira-project").json()["error"] == "invalid_scope"
    assert cloud.refresh(token, scope="read:me").status_code == 200


def test_without_offline_access_there_is_no_refresh_token(cloud: CloudClient) -> None:
    tokens = cloud.tokens(scope="read:jira-user")
    assert "refresh_token" not in tokens
    assert cloud.get(MYSELF, tokens["access_token"]).status_code == 200


def test_an_access_token_ends_and_a_refresh_gives_another(cloud: CloudClient) -> None:
    cloud.sandbox.state(access_token_seconds=900)
    tokens = cloud.tokens()
    assert tokens["expires_in"] == 900
    cloud.sandbox.end_access_tokens()
    refused = cloud.get(MYSELF, tokens["access_token"])
    assert (refused.status_code, refused.json()) == (401, {"code": 401, "message": "Unauthorized"})
    newer = cloud.refresh(tokens["refresh_token"]).json()
    assert cloud.get(MYSELF, newer["access_token"]).status_code == 200
    cloud.sandbox.state(clock_offset_seconds=901)
    assert cloud.get(MYSELF, newer["access_token"]).status_code == 401


def test_a_used_token_works_within_the_leeway_and_kills_after_it(cloud: CloudClient) -> None:
    first = cloud.tokens()
    second = cloud.refresh(first["refresh_token"]).json()
    again = cloud.refresh(first["refresh_token"])
    assert again.status_code == 200
    assert len({first["refresh_token"], second["refresh_token"], again.json()["refresh_token"]}) == 3
    cloud.sandbox.state(clock_offset_seconds=602)
    reused = cloud.refresh(first["refresh_token"])
    assert (reused.status_code, reused.json()) == (403, DEAD)
    assert cloud.refresh(second["refresh_token"]).json() == DEAD
    assert cloud.get(MYSELF, second["access_token"]).status_code == 401
    state = cloud.sandbox.cloud_state()
    assert (state["refreshes_ok"], state["refreshes_refused"], state["families_dead"]) == (2, 2, 1)
    assert state["families"][0]["ended_by"] == "refresh token used twice"


def test_one_family_ends_and_another_of_the_same_person_lives(cloud: CloudClient) -> None:
    cloud.sandbox.state(refresh_leeway_seconds=0)
    one, other = cloud.tokens(), cloud.tokens()
    cloud.refresh(one["refresh_token"])
    assert cloud.refresh(one["refresh_token"]).json() == DEAD
    assert cloud.refresh(other["refresh_token"]).status_code == 200


def test_sixty_four_at_once_without_leeway_one_wins_and_the_family_dies(cloud: CloudClient) -> None:
    cloud.sandbox.state(refresh_leeway_seconds=0)
    token = cloud.tokens()["refresh_token"]
    with ThreadPoolExecutor(CALLERS) as pool:
        callers = [CloudClient(cloud.sandbox, cloud.app) for _ in range(CALLERS)]
        answers = list(pool.map(lambda caller: caller.refresh(token).status_code, callers))
    assert sorted(answers) == [200] + [403] * (CALLERS - 1)
    state = cloud.sandbox.cloud_state()
    assert (state["refreshes_ok"], state["refreshes_refused"]) == (1, CALLERS - 1)
    assert [family["dead"] for family in state["families"]] == [True]


def test_an_exchange_is_one_step_even_when_the_clock_is_slow() -> None:
    """Whoever looks at the token has to mark it used before the next one looks."""
    state = SlowState()
    app = state.cloud.apps.setdefault("1", App("1", "ada", "App", "client", "secret"))
    state.cloud.grants["client", "ada"] = Grant("client", "ada", ["offline_access"], [], 1)
    state.cloud.families["f"] = Family("f", "client", "ada")
    state.cloud.refresh_tokens["r"] = RefreshToken("r", "f", state.now())
    state.faults.set({"refresh_leeway_seconds": 0})
    with ThreadPoolExecutor(8) as pool:
        wins = list(pool.map(lambda _: exchanged(state, app), range(8)))
    assert (sum(wins), state.cloud.refreshes_ok, state.cloud.refreshes_refused) == (1, 1, 7)


class SlowState(State):
    """Lets the other threads run whenever the time is asked for."""

    def now(self) -> int:
        time.sleep(0.005)
        return super().now()


def exchanged(state: State, app: App) -> bool:
    try:
        refresh(state, app, "r", "")
    except TokenError:
        return False
    return True


def test_sixty_four_at_once_within_the_leeway_are_all_counted(cloud: CloudClient) -> None:
    token = cloud.tokens()["refresh_token"]
    with ThreadPoolExecutor(CALLERS) as pool:
        callers = [CloudClient(cloud.sandbox, cloud.app) for _ in range(CALLERS)]
        answers = list(pool.map(lambda caller: caller.refresh(token).json()["refresh_token"], callers))
    assert len(set(answers)) == CALLERS
    assert cloud.sandbox.cloud_state()["refreshes_ok"] == CALLERS


def test_ninety_idle_days_end_a_refresh_token_and_each_use_begins_anew(cloud: CloudClient) -> None:
    token = cloud.tokens()["refresh_token"]
    cloud.sandbox.age_refresh_tokens(89)
    newer = cloud.refresh(token).json()["refresh_token"]
    cloud.sandbox.age_refresh_tokens(89)
    newest = cloud.refresh(newer).json()["refresh_token"]
    cloud.sandbox.age_refresh_tokens(90.1)
    assert cloud.refresh(newest).json() == DEAD


def test_a_refresh_token_is_its_apps_only(cloud: CloudClient) -> None:
    token = cloud.tokens()["refresh_token"]
    assert CloudClient(cloud.sandbox).refresh(token).json() == DEAD
    assert cloud.refresh("unknown").json() == DEAD
    assert cloud.refresh(token).status_code == 200


def test_a_disabled_person_and_a_deleted_app(cloud: CloudClient) -> None:
    tokens = cloud.tokens("grace")
    cloud.sandbox.state(user_disabled=["grace"])
    assert cloud.get(MYSELF, tokens["access_token"]).status_code == 401
    assert cloud.refresh(tokens["refresh_token"]).json() == DEAD
    cloud.sandbox.state(user_disabled=[])
    cloud.sandbox.change_app(cloud.app, delete=True)
    assert cloud.get(MYSELF, tokens["access_token"]).status_code == 401
    assert cloud.refresh(tokens["refresh_token"]).status_code == 401


@pytest.mark.parametrize(
    ("error", "status"), [("invalid_grant", 403), ("unauthorized_client", 403), ("access_denied", 401)]
)
def test_refreshes_may_be_refused_by_a_switch(cloud: CloudClient, error: str, status: int) -> None:
    token = cloud.tokens()["refresh_token"]
    cloud.sandbox.state(refresh_error=error)
    answer = cloud.refresh(token)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    cloud.sandbox.state(refresh_error="none", refresh_leeway_seconds=0)
    assert cloud.refresh(token).status_code == 200


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_failing_endpoint_takes_nothing_into_effect(cloud: CloudClient, status: int) -> None:
    cloud.sandbox.state(refresh_leeway_seconds=0)
    token = cloud.tokens()["refresh_token"]
    cloud.sandbox.state(token_status=status)
    failed = cloud.refresh(token)
    assert failed.status_code == status
    assert ("Retry-After" in failed.headers) == (status in (429, 503))
    cloud.sandbox.state(token_status=0)
    assert cloud.refresh(token).status_code == 200


def test_a_lost_answer_took_effect(cloud: CloudClient) -> None:
    token = cloud.tokens()["refresh_token"]
    cloud.sandbox.state(token_drop_answer=True)
    with pytest.raises(requests.ConnectionError):
        cloud.refresh(token)
    cloud.sandbox.state(token_drop_answer=False)
    assert cloud.sandbox.cloud_state()["refreshes_ok"] == 1
    assert cloud.refresh(token).status_code == 200
    cloud.sandbox.state(refresh_leeway_seconds=0)
    assert cloud.refresh(token).json() == DEAD


def test_a_slow_exchange_takes_effect_late(cloud: CloudClient) -> None:
    token = cloud.tokens()["refresh_token"]
    cloud.sandbox.clear_requests()
    cloud.sandbox.state(token_slow_before=1.0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(cloud.refresh, token)
        until(lambda: last_call(cloud)["endpoint"] == "token_calls.token")
        assert cloud.sandbox.cloud_state()["refreshes_ok"] == 0
        assert waiting.result().status_code == 200


def test_a_slow_answer_took_effect_before(cloud: CloudClient) -> None:
    token = cloud.tokens()["refresh_token"]
    cloud.sandbox.clear_requests()
    cloud.sandbox.state(token_slow_after=1.0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(cloud.refresh, token)
        until(lambda: cloud.sandbox.cloud_state()["refreshes_ok"] == 1)
        assert last_call(cloud)["status"] is None
        assert waiting.result().status_code == 200


def last_call(cloud: CloudClient) -> dict[str, Any]:
    return dict(next(reversed(cloud.sandbox.requests()), {"endpoint": ""}))


def until(seen: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if seen():
            return
        time.sleep(0.002)
    raise AssertionError("it did not happen")


def _spoilt(cloud: CloudClient, kind: str) -> Any:
    code = cloud.code()
    cloud.sandbox.state(token_body=kind)
    return cloud.exchange(code)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("no_access_token", "access_token", None),
        ("no_refresh_token", "refresh_token", None),
        ("negative_expires", "expires_in", -1),
        ("mac_type", "token_type", "mac"),
    ],
)
def test_spoilt_values(cloud: CloudClient, kind: str, name: str, value: object) -> None:
    assert _spoilt(cloud, kind).json().get(name) == value


def test_spoilt_shapes(cloud: CloudClient) -> None:
    assert isinstance(_spoilt(cloud, "list_scope").json()["scope"], list)
    assert "\r\nX-Injected" in _spoilt(cloud, "newline_token").json()["access_token"]
    assert "<!doctype html>" in _spoilt(cloud, "html").text
    assert b"\xff\xfe" in _spoilt(cloud, "garbage").content
    assert _spoilt(cloud, "redirect").headers["Location"].endswith("/oauth/elsewhere")
    assert sum(cloud.sandbox.cloud_state()["exchanges"].values()) == 5


def test_no_token_stands_in_the_counts_nor_in_the_record(cloud: CloudClient) -> None:
    tokens = cloud.tokens()
    cloud.get(MYSELF, tokens["access_token"])
    shown = f"{cloud.sandbox.cloud_state()} {cloud.sandbox.requests()}"
    for secret in (tokens["access_token"], tokens["refresh_token"], cloud.app.client_secret):
        assert secret not in shown
    last = cloud.sandbox.requests()[-1]
    assert (last["token_user"], last["endpoint"]) == ("ada", "gateway.myself_get")
    assert last["host"] == cloud.sandbox.cloud_url.removeprefix("http://")
