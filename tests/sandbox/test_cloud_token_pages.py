"""API tokens as a person makes them: the pages by hand without JavaScript, and once in Chromium."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup
from playwright.sync_api import Browser

from tests.sandbox.test_cloud_basic import ADA, BOARD, MYSELF, UNAUTHORIZED, Caller
from tests.support.browsers import Window, axe, fits
from tests.support.sandbox import CloudBrowser, SandboxProcess

PAGES = "/manage-profile/security/api-tokens"
SCOPES = ["read:board-scope:jira-software", "read:project:jira", "read:jira-user"]


def in_days(days: int) -> str:
    """A day from today: the day may change while tests run."""
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


class Walker(CloudBrowser):
    """A person at the pages of tokens, who keeps everything a form shows."""

    def press(self, page: requests.Response, button: str, **values: str | list[str]) -> requests.Response:
        """Press a button of the steps. A value given replaces what stands in the form."""
        form = BeautifulSoup(page.text, "html.parser").find("form")
        assert form is not None
        sent: dict[str, Any] = {"press": button}
        for field in form.find_all("input"):
            if field.get("type") not in ("checkbox", "radio") or field.has_attr("checked"):
                sent.setdefault(str(field["name"]), []).append(field.get("value", ""))
        return self._follow(self.http.post(page.url, data=sent | values, allow_redirects=False, timeout=30))

    def at_scopes(self, label: str = "Boards") -> requests.Response:
        page = self.press(self.open(f"{PAGES}/create-with-scopes"), "next", label=label)
        return self.press(page, "next", app="jira")


@pytest.fixture
def ada(sandbox: SandboxProcess) -> Walker:
    return Walker(sandbox, "ada")


def token_on(page: requests.Response) -> str:
    field = BeautifulSoup(page.text, "html.parser").find(id="api_token")
    assert field is not None, page.text
    return str(field["value"])


def ticked(page: requests.Response) -> list[str]:
    """Every scope the form would send, shown or not."""
    fields = BeautifulSoup(page.text, "html.parser").find_all("input", {"name": "scope"})
    return [str(field["value"]) for field in fields if field["type"] == "hidden" or field.has_attr("checked")]


def heading(page: requests.Response) -> str:
    found = BeautifulSoup(page.text, "html.parser").find("h2")
    return found.text if found else ""


def test_a_classic_token_is_made_shown_once_and_revoked(ada: Walker) -> None:
    assert "You have no API token." in ada.open(PAGES).text
    page = ada.open(f"{PAGES}/create")
    made = ada.submit(page, "label", label="Nightly report")
    token = token_on(made)
    caller = Caller(ada.sandbox)
    assert caller.site(MYSELF, ADA, token).status_code == 200
    assert caller.gateway(MYSELF, ADA, token).json() == UNAUTHORIZED
    listed = ada.open(PAGES)
    for part in ("Nightly report", in_days(365), "Without scopes", in_days(0)):
        assert part in listed.text
    assert "Never" not in listed.text  # it was used above
    assert token not in listed.text
    assert "You have no API token." in ada.submit(listed, "revoke").text
    assert caller.site(MYSELF, ADA, token).status_code == 401


def test_a_token_with_scopes_is_made_in_four_steps(ada: Walker) -> None:
    page = ada.open(f"{PAGES}/create-with-scopes")
    assert heading(page) == "Name and expiry"
    page = ada.press(page, "next", label="Boards <of> Ada", expires=in_days(365))
    assert heading(page) == "Select the app"
    page = ada.press(page, "next", app="jira")
    assert heading(page) == "Select scopes"
    assert "read:me" not in page.text
    page = ada.press(page, "next", scope=SCOPES)
    assert heading(page) == "Review the token"
    assert "Boards &lt;of&gt; Ada, until" in page.text
    token = token_on(ada.press(page, "create"))
    caller = Caller(ada.sandbox)
    assert caller.gateway(BOARD, ADA, token).json()["total"] == 2
    assert caller.site(BOARD, ADA, token).status_code == 401
    assert "3 for Jira" in ada.open(PAGES).text


@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [
        ("delete:", "delete:cmdb-object:jira", "read:project:jira"),
        ("Jira Issue DATA", "read:jira-work", "write:jira-work"),
        ("sprint", "write:sprint:jira-software", "read:epic:jira-software"),
    ],
)
def test_scopes_are_searched_and_what_is_ticked_stays(
    ada: Walker, query: str, found: str, not_found: str
) -> None:
    page = ada.press(ada.at_scopes(), "search", query=query, scope=SCOPES)
    shown = [
        str(box["value"]) for box in BeautifulSoup(page.text, "html.parser").select("input[type=checkbox]")
    ]
    assert found in shown
    assert not_found not in shown
    assert sorted(ticked(page)) == sorted(SCOPES)
    assert "No scope is called so." in ada.press(page, "search", query="nosuch").text


def test_going_back_loses_nothing(ada: Walker) -> None:
    page = ada.press(ada.at_scopes("Long ways"), "next", scope=SCOPES)
    for step in ("Select scopes", "Select the app", "Name and expiry"):
        page = ada.press(page, "back")
        assert heading(page) == step
        assert sorted(ticked(page)) == sorted(SCOPES)
    for _ in range(3):
        page = ada.press(page, "next")
    assert "Long ways, until" in page.text
    assert len(token_on(ada.press(page, "create"))) == 192


@pytest.mark.parametrize("path", ["create", "create-with-scopes"])
@pytest.mark.parametrize(
    "wrong",
    [
        {"label": " "},
        {"label": "x" * 101},
        {"expires": ""},
        {"expires": 0},
        {"expires": 366},
        {"expires": "tomorrow"},
    ],
    ids=["no name", "long name", "no date", "today", "more than a year", "no date at all"],
)
def test_a_token_has_a_name_and_ends_within_a_year(ada: Walker, path: str, wrong: dict[str, Any]) -> None:
    wrong = {name: in_days(value) if isinstance(value, int) else value for name, value in wrong.items()}
    page = ada.press(ada.open(f"{PAGES}/{path}"), "next", **({"label": "Kept"} | wrong))
    assert 'role="alert"' in page.text
    assert f'value="{wrong.get("label", "Kept")}"' in page.text
    assert "You have no API token." in ada.open(PAGES).text


def test_the_steps_want_an_app_and_a_scope_and_cannot_be_skipped(ada: Walker) -> None:
    page = ada.press(ada.open(f"{PAGES}/create-with-scopes"), "next", label="Few")
    assert "Select an app." in ada.press(page, "next").text
    page = ada.at_scopes()
    assert "Select at least one scope." in ada.press(page, "next").text
    for scope in ("read:me", "nosuch"):
        assert "There is no scope" in ada.press(page, "next", scope=[scope]).text
    skipping = ada.press(page, "create", step="review", label="", scope=SCOPES)
    assert (heading(skipping), sorted(ticked(skipping))) == ("Name and expiry", sorted(SCOPES))
    assert "You have no API token." in ada.open(PAGES).text


def test_an_expired_token_is_shown_as_such(ada: Walker) -> None:
    ada.sandbox.expire_api_token(ada.sandbox.make_api_token("ada", label="Old"))
    assert "Expired" in ada.open(PAGES).text


def test_tokens_are_their_owners_business(ada: Walker) -> None:
    token = ada.sandbox.make_api_token("grace", label="Of Grace")
    grace = Walker(ada.sandbox, "grace")
    page = grace.open(PAGES)
    assert "Of Grace" not in ada.open(PAGES).text
    row = BeautifulSoup(page.text, "html.parser").find("button", {"name": "revoke"})
    assert row is not None
    own = ada.open(f"{PAGES}/create")
    form_token = BeautifulSoup(own.text, "html.parser").find("input", {"name": "atl_token"})
    assert form_token is not None
    url = f"{ada.home}{PAGES}/{row['value']}/revoke"
    ada.http.post(url, data={"atl_token": form_token["value"]}, timeout=10)
    assert grace.http.post(url, data={}, timeout=10).status_code == 403
    assert Caller(ada.sandbox).site(MYSELF, "grace@example.com", token).status_code == 200


@pytest.fixture(params=["desktop", "phone"])
def window(request: pytest.FixtureRequest, browser: Browser, sandbox: SandboxProcess) -> Iterator[Window]:
    opened = Window(browser, sandbox.cloud_url, request.param)
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=sandbox.cloud_url)
    yield opened
    opened.close()


def test_a_person_makes_a_token_with_scopes_in_chromium(window: Window, sandbox: SandboxProcess) -> None:
    page = window.page
    page.goto("/")
    page.get_by_role("navigation").get_by_role("link", name="API tokens").click()
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Password").fill("ada-practice")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Create API token with scopes").click()
    page.get_by_label("Name").fill("By hand")
    axe(page)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Jira").check()
    page.get_by_role("button", name="Next").click()
    for scope in SCOPES:
        page.get_by_label("Search scopes").fill(scope)
        page.get_by_label("Search scopes").press("Enter")
        page.get_by_label(scope).check()
    axe(page)
    fits(page)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Create token").click()
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied.").wait_for()
    token = page.evaluate("navigator.clipboard.readText()")
    axe(page)
    fits(page)
    assert Caller(sandbox).gateway(BOARD, ADA, token).json()["total"] == 2
    page.get_by_role("link", name="Close").click()
    fits(page)
    axe(page)
    page.get_by_role("button", name="Revoke By hand").click()
    page.get_by_text("You have no API token.").wait_for()
    assert Caller(sandbox).gateway(BOARD, ADA, token).json() == UNAUTHORIZED
