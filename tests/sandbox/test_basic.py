"""User name and password by HTTP Basic: failures, the CAPTCHA, and Jira without it."""

import pytest
import requests

from tests.support.sandbox import JiraBrowser, SandboxProcess

MYSELF = "/rest/api/2/myself"
RIGHT = ("ada", "ada-practice")
WRONG = ("ada", "guess")


def ask(sandbox: SandboxProcess, who: tuple[str, str], path: str = MYSELF) -> requests.Response:
    return requests.get(sandbox.url + path, auth=who, timeout=10)


def fail(sandbox: SandboxProcess, times: int) -> None:
    for _ in range(times):
        answer = ask(sandbox, WRONG)
        assert answer.status_code == 401
        assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"


def assert_captcha(answer: requests.Response, home: str) -> None:
    assert answer.status_code == 403
    assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATION_DENIED"
    reason = answer.headers["X-Authentication-Denied-Reason"]
    assert reason == f"CAPTCHA_CHALLENGE; login-url={home}/login.jsp"


def test_name_and_password_act_as_the_user(sandbox: SandboxProcess) -> None:
    answer = ask(sandbox, RIGHT)
    assert (answer.json()["name"], answer.headers["X-AUSERNAME"]) == ("ada", "ada")
    assert answer.headers["X-Seraph-LoginReason"] == "OK"
    assert len(ask(sandbox, RIGHT, "/rest/agile/1.0/board").json()["values"]) == 2


def test_a_wrong_password_is_refused_even_where_nobody_may_look(sandbox: SandboxProcess) -> None:
    answer = ask(sandbox, WRONG, "/rest/api/2/serverInfo")
    assert (answer.status_code, answer.headers["X-AUSERNAME"]) == (401, "anonymous")


def test_three_failures_ask_for_a_captcha_until_one_signs_in(sandbox: SandboxProcess) -> None:
    fail(sandbox, 3)
    assert_captcha(ask(sandbox, RIGHT), sandbox.url)
    assert ask(sandbox, ("grace", "grace-practice")).status_code == 200
    assert "Ada Lindqvist" in JiraBrowser(sandbox, "ada").open("/secure/ViewProfile.jspa").text
    assert ask(sandbox, RIGHT).status_code == 200


def test_an_administrator_resets_the_captcha(sandbox: SandboxProcess) -> None:
    fail(sandbox, 3)
    assert_captcha(ask(sandbox, WRONG), sandbox.url)
    sandbox.reset_captcha("ada")
    fail(sandbox, 2)
    assert ask(sandbox, RIGHT).status_code == 200


def test_a_success_forgets_the_failures_before_it(sandbox: SandboxProcess) -> None:
    fail(sandbox, 2)
    assert ask(sandbox, RIGHT).status_code == 200
    fail(sandbox, 2)
    assert ask(sandbox, RIGHT).status_code == 200


def test_failures_on_the_sign_in_page_count_too(sandbox: SandboxProcess) -> None:
    typed = {"os_username": "ada", "os_password": "guess"}
    for _ in range(3):
        assert "incorrect" in requests.post(f"{sandbox.url}/login.jsp", data=typed, timeout=10).text
    assert_captcha(ask(sandbox, RIGHT), sandbox.url)


def test_an_unknown_user_is_never_asked_for_a_captcha(sandbox: SandboxProcess) -> None:
    for _ in range(5):
        answer = ask(sandbox, ("nobody", "guess"))
        assert answer.status_code == 401
        assert "X-Seraph-LoginReason" not in answer.headers


@pytest.mark.parametrize("header", ["Basic", "Basic %%%", "Basic /w=="])
def test_what_cannot_be_read_is_refused(sandbox: SandboxProcess, header: str) -> None:
    answer = requests.get(sandbox.url + MYSELF, headers={"Authorization": header}, timeout=10)
    assert answer.status_code == 401


def test_a_personal_access_token_needs_no_captcha(sandbox: SandboxProcess) -> None:
    fail(sandbox, 3)
    headers = {"Authorization": f"Bearer {sandbox.make_pat('ada')}"}
    assert requests.get(sandbox.url + MYSELF, headers=headers, timeout=10).status_code == 200


def test_a_deactivated_user_is_refused_and_not_counted(sandbox: SandboxProcess) -> None:
    sandbox.disable_user("ada")
    for _ in range(4):
        assert ask(sandbox, RIGHT).headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    sandbox.enable_user("ada")
    assert ask(sandbox, RIGHT).status_code == 200


def test_basic_may_be_disabled_while_tokens_work(sandbox: SandboxProcess) -> None:
    sandbox.basic_off()
    answer = ask(sandbox, RIGHT)
    assert answer.status_code == 403
    assert answer.json() == {"message": "Basic Authentication has been disabled on this instance."}
    headers = {"Authorization": f"Bearer {sandbox.make_pat('ada')}"}
    assert requests.get(sandbox.url + MYSELF, headers=headers, timeout=10).status_code == 200
    sandbox.basic_off(False)
    assert ask(sandbox, RIGHT).status_code == 200


def test_a_changed_password_ends_the_former(sandbox: SandboxProcess) -> None:
    sandbox.set_password("ada", "pässword:2")
    assert ask(sandbox, RIGHT).status_code == 401
    headers = {"Authorization": "Basic YWRhOnDDpHNzd29yZDoy"}
    assert requests.get(sandbox.url + MYSELF, headers=headers, timeout=10).status_code == 200
