"""Whatever Jira calls its sprints, epics, transitions, fields and options, and wherever its addresses lead:
the pages that change Jira show text, link to that Jira and to themselves only, and stay in shape."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from portal.jira import json_text
from portal.sandbox.fields import CUSTOMER, SEVERITY
from tests.boards.test_epic_changes import at, by_library
from tests.boards.test_idea_pushes import new_idea
from tests.boards.test_moves import values
from tests.support.browsers import Window, fits
from tests.support.variants import variants
from tests.wall.hostile import LEADS_AWAY, SCRIPTS
from tests.wall.poison import walked

pytestmark = pytest.mark.on_both()

BREAKS_OUT = "\"'></option></select></textarea></title><script>window.__run=1</script>"
TURNED, STACKED, LONG = "\u202e\u2066", "\u0301" * 40, "W" * 200
WORDS = f"{BREAKS_OUT} {{{{7*7}}}} {TURNED} {LONG} {STACKED} 🛒\x07\r\nSet-Cookie: a=b"
TOLD = {"displayName", "summary", "name", "goal", "value", "description", "message"}
ADDRESSES = {"self", "avatarUrls", "iconUrl", "48x48", "16x16", "24x24", "32x32", "url", "avatarUrl"}
BAD_ADDRESS = "javascript:window.__run=1//"
FIELDS = [SEVERITY, CUSTOMER, "components", "fixVersions", "labels"]
PAGES = (
    "",
    "?sprint=13",
    "/closed-sprints",
    "/epics",
    "/issues/SHOP-1",
    "/issues/SHOP-5",
    "/issues/SHOP-6/status?transition=41",
    "/issues/SHOP-5/epic",
    *(f"/sprints/13/{way}" for way in ("edit", "start", "delete")),
    "/sprints/12/complete",
    *(f"/epics/SHOP-1/{way}" for way in ("edit", "move", "add?search=gift")),
    "/ideas",
    "/ideas/{idea}",
    "/ideas/{idea}/unlink",
    "/ideas/{open}/push",
    "/ideas/{open}/push?project=SHOP",
    "/ideas/{open}/push?project=SHOP&type=10001",
)


@pytest.fixture
def hostile(place, monkeypatch):
    """From now on Jira's names end in hostile words, and its addresses are scripts; the pages to look at."""
    place.sandbox.state(new_issue_fields=FIELDS, transition_fields=["41:resolution", f"41:{CUSTOMER}"])
    ids = {"idea": new_idea(place, issue_key="SHOP-5"), "open": new_idea(place)}

    def said(name: str, text: str) -> str:
        if name in ADDRESSES:
            return BAD_ADDRESS
        return f"{text} {WORDS}" if name in TOLD else text

    def loads(body: bytes) -> Any:
        return walked(json_text.loads(body), said)

    monkeypatch.setattr("portal.jira.answers.loads", loads)
    return [place.board + page.format(**ids) for page in PAGES]


def led_to(page):
    """Every address a page has, and every attribute that runs something."""
    nodes = [(node, name, str(value)) for node in page.soup.select("*") for name, value in node.attrs.items()]
    addresses = [value for _, name, value in nodes if name in ("href", "src", "action", "formaction")]
    return addresses, [name for _, name, _ in nodes if name.startswith("on") or name in ("style", "srcdoc")]


def test_what_jira_says_is_text_on_every_page_that_changes_it(place, person, hostile):
    jira = place.sandbox.url if at(place) == "server" else place.sandbox.sites["acme"]
    known = {"", "id.atlassian.com", *(urlsplit(one).netloc for one in (jira, place.sandbox.cloud_url))}
    for path in hostile:
        page = person.get(path)
        assert person.status == 200, path
        addresses, running = led_to(page)
        assert running == [], path
        assert not any(one.lower().startswith("javascript") for one in addresses), path
        assert {urlsplit(one).netloc for one in addresses} <= known, path
        assert not page.soup.select("script:not([src]), img[src^=http]"), path
        shown = page.text + " ".join(str(node.get("value", "")) for node in page.soup.select("input"))
        has_words = "<script>window.__run=1</script>" in shown and "{{7*7}}" in shown
        assert has_words or path.endswith("/unlink"), path  # which has nothing of Jira
        assert "\u202e" not in page.text or page.soup.select("bdi, [dir=auto]"), path


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("place", ["shop"], indirect=True)
def test_pages_of_a_phone_keep_their_shape(database, place, person, hostile, browser, portal):
    window = Window(browser, portal.base_url, "phone")
    page = window.sign_in(place.tenant.member)
    for path in hostile:
        page.goto(path)
        fits(page)
        assert page.evaluate("window.__run") is None, path
    window.close()


@pytest.mark.parametrize("address", variants(["javascript:alert(1)", "//evil.example", *LEADS_AWAY[-9:-6]]))
def test_links_that_others_put_on_an_issue_lead_nowhere(shop, ada, address):
    idea_id = new_idea(shop, issue_key="SHOP-5", has_remote_link=True)
    link = {"object": {"url": address, "title": SCRIPTS[0]}, "globalId": f"almoner={idea_id}"}
    by_library(shop)._session.post(f"{shop.sandbox.url}/rest/api/2/issue/SHOP-5/remotelink", json=link)
    for path in ("/issues/SHOP-5", f"/ideas/{idea_id}", "/ideas"):
        page = ada.get(shop.board + path)
        assert "evil.example" not in ada.response.text and address not in led_to(page)[0], path


@pytest.mark.parametrize("target", variants(["javascript:alert(1)", "12 OR 1=1", "<b>12</b>", "../../12"]))
def test_a_target_that_is_none_is_no_way_into_jira(shop, ada, target):
    page = ada.get(shop.board)
    shop.sandbox.clear_requests()
    ada.post(f"{shop.board}/move", issue=values(page, "SHOP-5"), to=target)
    assert ada.status == 422 and target not in led_to(ada.page)[0]
    assert [one for one in shop.sandbox.requests() if one["method"] != "GET"] == []
