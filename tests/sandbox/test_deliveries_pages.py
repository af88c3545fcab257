"""A site's admin makes credentials by hand, a tool sends by them, and people find it at the issue."""

import re

import pytest

from tests.sandbox.delivery_client import (
    Tool,
    branch,
    build,
    commit,
    deployment,
    flag,
    pull_request,
    repository,
)
from tests.support.delivery_control import Credentials2LO
from tests.support.sandbox import CloudBrowser, SandboxProcess, find_form

APPS = "/jira/settings/apps"
LIST = f"{APPS}/oauth-credentials"
GIVEN = {
    "name": "Jenkins <west>",
    "server_url": "https://jenkins.example.com",
    "logo_url": "https://jenkins.example.com/logo.svg",
}


class SiteBrowser(CloudBrowser):
    """A person in front of the site acme."""

    @property
    def home(self) -> str:
        return self.sandbox.sites["acme"]


def values_of(page: str) -> list[str]:
    return re.findall(r'id="client_(?:id|secret)" readonly value="(\w+)"', page)


def test_from_the_settings_to_a_build_at_the_issue(sandbox: SandboxProcess) -> None:
    admin = SiteBrowser(sandbox, "admin")
    assert "OAuth credentials" in admin.open(APPS).text
    assert "There are no credentials yet." in admin.open(LIST).text
    page = admin.open(f"{LIST}/create")
    for label in ("Deployments", "Builds", "Development information", "Feature flags"):
        assert f"> {label}</label>" in page.text
    made = admin.submit(page, "server_url", **GIVEN, permissions=["builds"])
    client_id, secret = values_of(made.text)
    listed = admin.open(LIST).text
    assert client_id in listed and secret not in listed and "Jenkins &lt;west&gt;" in listed
    tool = Tool(sandbox, Credentials2LO("", "acme", sandbox.cloud_ids["acme"], client_id, secret))
    assert tool.builds(build(7, 1, "SHOP-5")).status_code == 202
    assert tool.deployments(deployment()).status_code == 403
    shown = admin.open("/browse/SHOP-5").text
    assert "Shop #7" in shown and "https://ci.example.com/shop/7" in shown and "successful" in shown
    assert "from Jenkins &lt;west&gt;" in shown
    assert "No tool has told anything" in admin.open("/browse/SHOP-6").text
    gone = admin.submit(admin.open(LIST), "delete", delete="yes")
    assert "There are no credentials yet." in gone.text
    assert tool.ask().status_code == 401 and tool.builds(build()).status_code == 401


def test_only_admins_of_the_site_come_in(sandbox: SandboxProcess) -> None:
    for path in (APPS, LIST, f"{LIST}/create"):
        page = SiteBrowser(sandbox, "ada").open(path)
        assert (page.status_code, "Only for site admins" in page.text) == (403, True)
        assert "Log in to continue" in SiteBrowser(sandbox, "ada")._get(sandbox.sites["acme"] + path).text
    made = sandbox.make_credentials("globex")
    admin = SiteBrowser(sandbox, "admin")
    assert made.client_id not in admin.open(LIST).text
    token = find_form(admin.open(f"{LIST}/create"), "name")
    assert token
    url = f"{sandbox.sites['acme']}{LIST}/{made.id}/delete"
    assert admin.http.post(url, timeout=10).status_code == 403
    assert admin.http.post(url, data=token.values, timeout=10).status_code == 404
    assert Tool(sandbox, made).ask().status_code == 200


@pytest.mark.parametrize(
    ("changed", "permissions", "text"),
    [
        ({"name": " "}, ["builds"], "Enter a name"),
        ({"name": "x" * 256}, ["builds"], "Enter a name"),
        ({"server_url": "jenkins"}, ["builds"], "Enter the whole server base URL"),
        ({"logo_url": "https://[bad"}, ["builds"], "Enter the whole logo URL"),
        ({}, [], "Select at least one permission"),
        ({}, ["builds", "everything"], "Select at least one permission"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_missing_is_said_and_the_rest_stays(
    sandbox: SandboxProcess, changed: dict[str, str], permissions: list[str], text: str
) -> None:
    admin = SiteBrowser(sandbox, "admin")
    answer = admin.submit(
        admin.open(f"{LIST}/create"), "server_url", **(GIVEN | changed), permissions=permissions
    )
    assert text in answer.text and values_of(answer.text) == []
    form = find_form(answer, "name")
    assert form and form.values["server_url"] == changed.get("server_url", GIVEN["server_url"])
    assert ('value="builds" checked' in answer.text) == ("builds" in permissions)


def test_the_panel_shows_each_kind_to_those_who_may_see_the_issue(sandbox: SandboxProcess) -> None:
    tool = Tool(sandbox)
    tool.deployments(deployment(1, 1, "PLAT-1"))
    tool.flags(flag("edge", 1, "PLAT-1", displayName="Edge cache"))
    entities = {
        "commits": [commit("c0ffee", 1, "PLAT-1")],
        "branches": [branch("costs", 1, "PLAT-1")],
        "pullRequests": [pull_request("17", 1, "PLAT-1")],
    }
    tool.repositories(repository(**entities))
    shown = SiteBrowser(sandbox, "ada").open("/login?os_destination=/browse/PLAT-1").text
    for heading in ("Deployments", "Feature flags", "Branches", "Commits", "Pull requests"):
        assert f"<h3>{heading}</h3>" in shown
    assert "successful in Production (production)" in shown and "Edge cache</a>: on" in shown
    assert "#17 Delivery costs" in shown and "SHOP-4-costs" in shown and "<h3>Builds</h3>" not in shown
    grace = SiteBrowser(sandbox, "grace").open("/login?os_destination=/browse/PLAT-1").text
    assert "PLAT-1" in grace and "Deployments" not in grace
    stranger = SiteBrowser(sandbox, "ada")._get(f"{sandbox.sites['acme']}/browse/PLAT-1").text
    assert "log in" in stranger and "Deployments" not in stranger
    elsewhere = SiteBrowser(sandbox, "ada")
    page = elsewhere.open(f"{sandbox.sites['acme']}/logout").text
    assert "You are logged out" in page
