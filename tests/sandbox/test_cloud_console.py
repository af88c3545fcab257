"""The developer console by hand, without JavaScript: from nothing to an app that reads a board."""

import re

import pytest

from tests.sandbox.cloud_client import CALLBACK, CloudClient
from tests.support.sandbox import CloudApp, CloudBrowser, SandboxProcess, find_form

JIRA = ["read:jira-user", "read:board-scope:jira-software", "read:project:jira"]


def made(browser: CloudBrowser, name: str = "Boards for all") -> str:
    """Make an app; returns where it lies."""
    page = browser.submit(browser.open("/console/myapps"), "name", name=name)
    return re.sub(r"/permissions$", "", page.url)


def add(browser: CloudBrowser, app: str, api: str, scopes: list[str]) -> str:
    """Add an API and tick its scopes; returns the page of permissions."""
    page = browser.open(f"{app}/permissions")
    browser.submit(page, "api", api=api)
    page = browser.open(f"{app}/permissions/{api}")
    return browser.submit(page, "scope", scope=scopes).text


def credentials(browser: CloudBrowser, app: str) -> CloudApp:
    page = browser.open(f"{app}/settings").text
    values = [
        re.search(rf'id="{name}" readonly value="(\w+)"', page) for name in ("client_id", "client_secret")
    ]
    return CloudApp(app, *(found[1] for found in values if found))


def test_from_nothing_to_an_app_that_reads_a_board(sandbox: SandboxProcess) -> None:
    browser = CloudBrowser(sandbox, "ada")
    assert "You have no app yet." in browser.open("/console/").text
    app = made(browser)
    assert "<td>3</td>" in add(browser, app, "jira", JIRA)
    add(browser, app, "user-identity", ["read:me"])
    browser.submit(browser.open(f"{app}/authorization"), "callback_url", callback_url=CALLBACK)
    cloud = CloudClient(sandbox, credentials(browser, app))
    scope = " ".join([*JIRA, "read:me", "offline_access"])
    assert "access to this app" in CloudBrowser(sandbox, "grace").open(cloud.authorize_url(scope=scope)).text
    browser.submit(browser.open(f"{app}/distribution"), "sharing", sharing="on")
    assert "Sharing" in browser.open("/console/myapps").text
    token = cloud.tokens("grace", scope=scope)["access_token"]
    assert cloud.get("/rest/agile/1.0/board", token).json()["total"] == 1


def test_permissions_are_listed_by_name_and_id(sandbox: SandboxProcess) -> None:
    browser = CloudBrowser(sandbox, "ada")
    app = made(browser)
    add(browser, app, "jira", [])
    page = browser.open(f"{app}/permissions/jira").text
    for part in (
        "Classic scopes",
        "Granular scopes",
        "View sprints",
        "read:sprint:jira-software",
        "View projects",
    ):
        assert part in page
    assert "offline_access" not in page
    assert browser.open(f"{app}/permissions/user-identity").status_code == 404


def test_scopes_of_one_api_leave_those_of_another_alone(sandbox: SandboxProcess) -> None:
    browser = CloudBrowser(sandbox, "ada")
    app = made(browser)
    add(browser, app, "user-identity", ["read:me"])
    add(browser, app, "jira", JIRA)
    page = add(browser, app, "jira", ["read:jira-work", "read:me", "nosuch"])
    assert page.count("<td>1</td>") == 2
    assert re.search(r'value="read:jira-work" checked', browser.open(f"{app}/permissions/jira").text)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://portal.example/callback", True),
        ("http://localhost:8000/callback", True),
        ("http://127.0.0.1/callback", True),
        ("http://portal.example/callback", False),
        ("https://portal.example/callback#part", False),
        ("ftp://localhost/callback", False),
        ("callback", False),
    ],
)
def test_a_callback_url_is_https_or_on_this_computer(sandbox: SandboxProcess, url: str, kept: bool) -> None:
    browser = CloudBrowser(sandbox, "ada")
    app = made(browser)
    page = browser.submit(browser.open(f"{app}/authorization"), "callback_url", callback_url=url)
    assert ('class="error"' not in page.text) == kept
    assert (f'value="{url}"' in browser.open(f"{app}/authorization").text) == kept


def test_a_new_secret_and_deletion(sandbox: SandboxProcess) -> None:
    browser = CloudBrowser(sandbox, "ada")
    app = made(browser)
    before = credentials(browser, app)
    browser.submit(browser.open(f"{app}/settings"), "renew", renew="yes")
    after = credentials(browser, app)
    assert before.client_id == after.client_id
    assert before.client_secret != after.client_secret
    page = browser.submit(browser.open(f"{app}/settings"), "delete", delete="yes")
    assert "You have no app yet." in page.text
    assert browser.open(f"{app}/settings").status_code == 404


def test_apps_are_their_owners_business(sandbox: SandboxProcess) -> None:
    app = made(CloudBrowser(sandbox, "ada"))
    other = CloudBrowser(sandbox, "grace")
    assert "You have no app yet." in other.open("/console/myapps").text
    for tab in ("permissions", "authorization", "distribution", "settings"):
        assert other.open(f"{app}/{tab}").status_code == 404


@pytest.mark.parametrize("action", ["secret", "delete", "distribution", "authorization", "permissions"])
def test_a_form_of_elsewhere_changes_nothing(sandbox: SandboxProcess, action: str) -> None:
    browser = CloudBrowser(sandbox, "ada")
    app = made(browser)
    before = credentials(browser, app)
    assert browser.http.post(f"{app}/{action}", data={"sharing": "on"}, timeout=10).status_code == 403
    assert credentials(browser, app) == before


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_an_app_has_a_name(sandbox: SandboxProcess, name: str) -> None:
    browser = CloudBrowser(sandbox, "ada")
    page = browser.submit(browser.open("/console/myapps"), "name", name=name)
    assert "Enter a name" in page.text
    assert find_form(page, "name") is not None
