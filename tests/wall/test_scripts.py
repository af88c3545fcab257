"""Scripts in every text somebody can fill, on every page as everybody: none runs (T16)."""

from typing import Any

import pytest

from portal.jira import json_text
from tests.browser.test_every_page import SEES, address, begin_flow, furnished, pages_of  # noqa: F401
from tests.support.browsers import Window
from tests.support.databases import Database
from tests.support.portals import Portal
from tests.wall.hostile import SCRIPTS
from tests.wall.poison import ALL, poison, undecided, walked

pytestmark = pytest.mark.own_database

# What Jira tells as text for people.
TOLD = {
    "displayName",
    "summary",
    "name",
    "goal",
    "description",
    "serverTitle",
    "emailAddress",
    "title",
    "value",
}
MUST_SHOW = {
    "nobody": {"signin.invitation", "guide.show"},
    "member": {
        "alm_credentials.show",
        "boards.show",
        "deliveries.show",
        "epic_issues.epic_of",
        "epic_issues.move",
        "epics.edit",
        "idea_pushes.choose",
        "ideas.index",
        "ideas.show",
        "live_boards.epics",
        "live_boards.issue",
        "sprints.complete",
        "sprints.delete",
        "sprints.edit",
        "sprints.start",
        "statuses.ways",
        "tenants.people",
    },
    "admin": {
        "audit.activity",
        "audit.show",
        "boards.new",
        "boards.show",
        "checklist.show",
        "connected_people.show",
        "deliveries.show",
        "programs.show",
        "set_up.fields",
        "tenants.people",
        "timeline.show",
    },
    "support": {"support.home", "support.tenant_audit", "support.tenant_line"},
}
LOOK = """
() => ({
  ran: window.__run !== undefined,
  shown: document.documentElement.outerHTML.includes("__run"),
  inside: [...document.querySelectorAll("*")].filter((node) => [...node.attributes].some((one) =>
      one.name.startsWith("on") || one.name === "srcdoc" ||
      (/^(href|src|action|formaction|data|xlink:href)$/.test(one.name) &&
        /^\\W*(javascript|vbscript|data:text)/i.test(one.value))))
    .map((node) => node.outerHTML.slice(0, 200)),
  scripts: [...document.scripts].filter((one) => !one.src || new URL(one.src).origin !== location.origin)
    .map((one) => one.text.slice(0, 200)),
})"""


def test_every_text_is_decided_on() -> None:
    """A new column is either one that others write, which is poisoned below, or holds a code."""
    assert undecided() == [], "tests/wall/poison.py: add it to WRITTEN or CODES"


def let_jira_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on every name in what Jira says is followed by all scripts."""

    def loads(body: bytes) -> Any:
        return walked(json_text.loads(body), lambda name, text: f"{text} {ALL}" if name in TOLD else text)

    monkeypatch.setattr("portal.jira.answers.loads", loads)


@pytest.mark.parametrize("role", SEES)
def test_none_runs(
    role: str,
    portal: Portal,
    database: Database,
    furnished: Any,  # noqa: F811
    new_window: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert len(set(SCRIPTS)) >= 60
    window = new_window()
    dialogs: list[str] = []
    window.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    if role in furnished.people:
        window.hold(portal.cookie_of(furnished.people[role]))
    if role in ("member", "admin"):
        furnished.ids["flow_id"] = begin_flow(window.page, furnished)
    poison(database, furnished.tenant)
    let_jira_speak(monkeypatch)
    pages = {rule.endpoint: address(furnished, rule) for rule in pages_of(portal.app, role)}
    shown = {endpoint for endpoint, path in pages.items() if looked_at(window, path)}
    assert dialogs == []
    assert shown >= MUST_SHOW[role], "a page shows no longer what was stored: then this test sees nothing"


def looked_at(window: Window, path: str) -> bool:
    """Whether a script is shown on a page, as text."""
    window.page.goto(path)
    found = window.page.evaluate(LOOK)
    assert not found["ran"], path
    assert (found["inside"], found["scripts"]) == ([], []), path
    return bool(found["shown"])
