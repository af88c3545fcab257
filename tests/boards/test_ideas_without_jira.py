"""Whoever has no working credential of their own sees that an idea is in Jira, and nothing of that Jira."""

import pytest
from sqlalchemy import select

from portal.store.tables import AuditEvent
from tests.audit.support_desk import visit
from tests.boards.test_epic_changes import held
from tests.boards.test_idea_pushes import new_idea, row
from tests.boards.test_ideas_in_doubt import left_behind

pytestmark = pytest.mark.on_both("test_only_who_is_connected_sees_the_issue")
OF_JIRA = (
    "SHOP-5",
    "Pay by bank transfer",
    "In Review",
    "/browse/",
    "/secure/Rapid",
    "/issues/?jql",
    "SHOP board",
)
PAGES = ("", "/edit", "/delete", "/unlink", "/link", "/push", "/push-again")
POSTS = ("look", "push-again", "link", "link-back", "unlink", "push")


def shown_of_jira(someone) -> list[str]:
    """What of Jira stands in the HTML of the page."""
    return [words for words in OF_JIRA if words in someone.response.text]


def is_named(someone, address: str) -> bool:
    """Whether the page there tells what Jira calls the board."""
    someone.get(address)
    assert someone.status == 200
    return "SHOP board" in shown_of_jira(someone)


def told_on_the_way(someone, path: str) -> list[str]:
    """The same of every page about the idea, and of what each button of them answers."""
    found = []
    for rest in PAGES:
        someone.get(path + rest)
        found += shown_of_jira(someone)
    for rest in POSTS:
        someone.get(path)
        someone.post(f"{path}/{rest}", key="SHOP-6", only_here="yes", project="SHOP", type="10001")
        found += shown_of_jira(someone)
    return found


def test_only_who_is_connected_sees_the_issue(place, person, sign_in):
    linked = new_idea(place, issue_key="SHOP-5")
    ideas, path = f"{place.board}/ideas", f"{place.board}/ideas/{linked}"
    for address in (ideas, path):
        person.get(address)
        assert {"SHOP-5", "Pay by bank transfer", "In Review", "/browse/"} <= set(shown_of_jira(person))
    place.sandbox.clear_requests()
    for someone in (place.tenant.admin, place.tenant.second):
        other = sign_in(someone)
        page = other.get(ideas)
        assert "It is in Jira" in page.text and "Issues in Jira are not shown" in page.text
        assert shown_of_jira(other) == []
        page = other.get(path)
        assert "It is in Jira" in page.text and not page.has("Unlink")
        assert shown_of_jira(other) == [] and page.soup.select("main form[action$='/connect']")
    assert told_on_the_way(other, path) == []
    assert row(place, linked).issue_key == "SHOP-5"  # who does not see it does not unlink it
    stranger = sign_in(place.tenant.stranger)
    stranger.get(path)
    assert stranger.status == 404 and shown_of_jira(stranger) == []
    assert place.sandbox.requests() == []


def test_what_jira_calls_the_board_is_told_to_who_is_connected(shop, ada, sign_in):
    """On the pages without a word of Jira, and where Jira refuses the credential."""
    assert is_named(ada, shop.path()) and is_named(ada, f"{shop.board}/epics")
    shop.sandbox.state(server_tokens="revoked")
    for _ in ("just now", "when it was last used"):
        assert not is_named(ada, f"{shop.board}/epics")
    assert not is_named(ada, shop.path())
    member, admin = sign_in(shop.tenant.second), sign_in(shop.tenant.admin)
    assert not is_named(member, shop.path()) and "Connect to see it" in member.page.text
    assert not is_named(admin, f"{shop.board}/remove") and "the board and its issues" in admin.page.text
    shop.sandbox.state(server_tokens="good")
    shop.connect(shop.tenant.admin, "admin")
    assert is_named(admin, f"{shop.board}/remove")


def test_who_is_refused_by_jira_sees_it_no_more(shop, ada):
    path = f"{shop.board}/ideas/{new_idea(shop, issue_key='SHOP-5')}"
    doubtful = left_behind(shop, -1)
    assert "SHOP-5" in ada.get(f"{path}/edit").text
    shop.sandbox.state(server_tokens="revoked")
    for address in (path, f"{shop.board}/ideas", f"{path}/edit", f"{path}/delete", f"{path}/unlink"):
        ada.get(address)
        assert shown_of_jira(ada) == [], address
    ada.get(f"{shop.board}/ideas/{doubtful}")
    assert shown_of_jira(ada) == []
    ada.get(path)
    ada.post(f"{path}/link-back")
    assert ada.status == 409 and ada.page.has("Connect again to Jira") and shown_of_jira(ada) == []
    shop.sandbox.state(server_tokens="good")
    assert "SHOP-5" in ada.get(path).text and ada.page.has("Unlink")
    assert "SHOP-5" in ada.get(f"{path}/edit").text


def test_while_jira_is_away_the_key_stays_for_who_is_connected(shop, ada):
    idea_id = new_idea(shop, issue_key="SHOP-5")
    shop.sandbox.state(down=True)
    assert "SHOP-5" in ada.get(f"{shop.board}/ideas/{idea_id}").text
    assert ada.page.has("Unlink")


def test_the_record_keeps_the_key_for_admins_and_support(shop, ada, sign_in, world):
    idea_id = new_idea(shop)
    ada.get(f"{shop.board}/ideas/{idea_id}/link")
    ada.submit("Link issue", key="SHOP-5")
    assert len(held(shop, "SHOP-5")["links"]) == 1
    with shop.tenant.work().read() as session:
        line = session.scalars(select(AuditEvent).where(AuditEvent.event == "idea.linked")).one()
    assert line.details == {"issue": "SHOP-5"}
    admin = sign_in(shop.tenant.admin)
    assert "SHOP-5" in admin.get(shop.tenant.path("activity/")).text
    support = visit(sign_in(world.support()), shop.tenant)
    assert "SHOP-5" in support.get(f"/support/tenants/{shop.tenant.id}/audit").text
    second = sign_in(shop.tenant.second)
    second.get(shop.tenant.path("activity/"))
    assert second.status == 403 and shown_of_jira(second) == []
