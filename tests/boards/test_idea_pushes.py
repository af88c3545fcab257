"""An idea is pushed to Jira as the person and leads to its issue, as the issue leads to it; on Server and on
Cloud, judged by what the practice Jira holds."""

import re

import pytest

from portal.credentials import keeping
from portal.store.tables import Idea
from tests.boards.test_cloud_features import off
from tests.boards.test_epic_changes import at, by_library
from tests.boards.test_members_way import consent_link
from tests.support import samples
from tests.support.sandbox import JiraBrowser

pytestmark = pytest.mark.on_both("test_an_idea_becomes_an_issue_that_leads_back")

SEVERITY, CUSTOMER, POINTS = "customfield_10331", "customfield_10330", "customfield_10310"
HOSTILE = "\"><script>alert(1)</script> {{7*7}} ' & <b>"
NEW = "SHOP-42"


def new_idea(place, **more):
    """An idea of the member, on the board of the shop."""
    return samples.idea(place.tenant, place.board_id, **more)


def row(place, idea_id):
    with place.tenant.work().read() as session:
        return session.get(Idea, (place.tenant.id, idea_id))


def issues(place):
    """What was made, by key."""
    return {
        key: issue
        for key, issue in place.sandbox.content(at(place))["issues"].items()
        if key.startswith("SHOP-") and int(key.partition("-")[2]) > 41
    }


def choose(place, person, idea_id, kind="Story"):
    """Open the form for issues of this type."""
    page = person.get(f"{place.board}/ideas/{idea_id}/push")
    [value] = [o["value"] for o in page.soup.select("#type option") if o.get_text() == kind]
    return person.submit("Go on", type=value)


def push(place, person, idea_id, **fields):
    choose(place, person, idea_id)
    return person.submit("Push to Jira", **fields)


def test_an_idea_becomes_an_issue_that_leads_back(place, person):
    person.get(f"{place.board}/ideas/new")
    person.submit("Add idea", title="Gift wrapping", description="For presents.\n\nWith a ribbon.")
    idea_path = person.path
    person.click("Push to Jira")
    choose(place, person, idea_path.rpartition("/")[2])
    page = person.submit("Push to Jira")
    assert person.path == idea_path, page.text
    assert f"Jira made {NEW} of this idea." in page.text
    assert "Gift wrapping" in page.text and "To Do" in page.find(".facts").get_text()
    made = issues(place)[NEW]
    assert (made["summary"], made["kind"], made["reporter"]) == ("Gift wrapping", "Story", "ada")
    assert made["description"] == "For presents.\n\nWith a ribbon."
    [label] = made["labels"]
    assert re.fullmatch(r"almoner-[0-9a-f]{16}", label)
    [link] = made["links"]
    assert link["object"] == {"url": f"{person.base_url}{idea_path}", "title": "Gift wrapping"}
    assert link["global_id"] == f"almoner={idea_path.rpartition('/')[2]}"
    remote = by_library(place).remote_links(NEW)
    assert [one.object.url for one in remote] == [f"{person.base_url}{idea_path}"]
    page = person.get(f"{place.board}/ideas")
    assert NEW in page.text and "To Do" in page.find("tbody").get_text()


def test_what_jira_demands_is_asked_for(place, person):
    wanted = [SEVERITY, CUSTOMER, POINTS, "components", "assignee", "duedate", "labels"]
    place.sandbox.state(new_issue_fields=wanted)
    idea_id = new_idea(place)
    page = choose(place, person, idea_id)
    page = person.submit(
        "Push to Jira", jira_duedate="soon", jira_customfield_10310="many", jira_assignee="a"
    )
    assert person.status == 422 and issues(place) == {}
    assert set(page.errors()) == {
        "Jira wants this: choose Severity from the list.",
        "Jira wants this: enter Customer.",
        "Enter a number, such as 8 or 0.5.",
        "Jira wants this: choose Component/s from the list.",
        "Enter a day, such as 2026-03-31.",
        "Jira wants this: enter Labels.",
        next(text for text in page.errors() if text.startswith("Several people are called so: ")),
    }
    assert page.value("#jira_duedate") == "soon"
    person.submit(
        "Push to Jira",
        jira_customfield_10331="10701",
        jira_customfield_10330=HOSTILE,
        jira_customfield_10310="0.5",
        jira_components=["10500", "10501"],
        jira_assignee="Grace Okafor",
        jira_duedate="2027-01-31",
        jira_labels="present  ribbon",
    )
    made = issues(place)[NEW]
    assert (made["severity"], made["customer"], made["points"]) == ("Major <b>", HOSTILE, 0.5)
    assert (made["components"], made["assignee"], made["due"]) == (
        ["Checkout", "Catalogue"],
        "grace",
        "2027-01-31",
    )
    assert made["labels"][:2] == ["present", "ribbon"] and len(made["labels"]) == 3
    assert row(place, idea_id).issue_key == NEW


def test_what_cannot_be_asked_for_is_said_with_the_way_on(place, person):
    place.sandbox.state(new_issue_fields=["customfield_10300"])
    idea_id = new_idea(place)
    page = choose(place, person, idea_id)
    assert "It wants Sprint of every new issue of this type." in page.text
    assert not page.has("Push to Jira")
    base = place.sandbox.url if at(place) == "server" else place.sandbox.sites["acme"]
    [link] = [a["href"] for a in page.soup.select("main a") if "Create the issue" in a.get_text()]
    assert link == f"{base}/secure/CreateIssue!default.jspa"
    person.click("link it by its key")
    person.submit("Link issue", key="shop-5")
    assert row(place, idea_id).issue_key == "SHOP-5"


@pytest.mark.parametrize("version", ["8.3.0", "9.4.0"])
def test_jiras_of_any_age_say_what_a_new_issue_wants(shop, ada, version):
    shop.sandbox.state(jira_version=version, new_issue_fields=[SEVERITY])
    idea_id = new_idea(shop)
    push(shop, ada, idea_id, jira_customfield_10331="10700")
    assert issues(shop)[NEW]["severity"] == "Minor"


def test_what_jira_refuses_is_told_at_its_field_and_can_be_sent_again(place, person):
    place.sandbox.state(new_issue_fields=["duedate"])
    idea_id = new_idea(place)
    choose(place, person, idea_id)
    place.sandbox.state(new_issue_fields=["duedate", CUSTOMER], permissions_missing=["CREATE_ISSUES:ada"])
    page = person.submit("Push to Jira", jira_duedate="2027-01-31")
    assert person.status == 422 and page.errors() == ["Jira wants this: enter Customer."]
    page = person.submit("Push to Jira", jira_customfield_10330="Ada")
    assert "Ask your Jira admin for the permission “Create issues” in this project" in page.text
    assert person.status == 409 and page.value("#jira_customfield_10330") == "Ada"
    assert row(place, idea_id).pushed_at is None
    place.sandbox.state(permissions_missing=[])
    person.submit("Push to Jira")
    assert issues(place)[NEW]["customer"] == "Ada"


def test_hostile_words_stay_words(place, person):
    person.get(f"{place.board}/ideas/new")
    person.submit("Add idea", title=HOSTILE, description=f"{HOSTILE}\n[~ada] {{code}}")
    path = person.path
    push(place, person, path.rpartition("/")[2])
    page = person.get(path)
    assert page.h1 == HOSTILE
    made = issues(place)[NEW]
    said = made["description"].splitlines()
    if at(place) == "server":  # wiki markup there: what would act is kept from it
        assert said == [HOSTILE.replace("{", "\\{"), r"\[~ada] \{code}"]
    else:
        assert said == [HOSTILE, "[~ada] {code}"]
    assert made["summary"] == HOSTILE
    assert person.get(f"{place.board}/ideas").soup.select("script:not([src])") == []


def test_to_connect_in_between_loses_nothing(shop, ada):
    shop.sandbox.state(new_issue_fields=[CUSTOMER, "components"])
    idea_id = new_idea(shop)
    choose(shop, ada, idea_id)
    member = shop.tenant.member
    keeping.disconnect(shop.tenant.work(member), shop.account_id, member.user_id, "disconnected")
    fields = {"jira_customfield_10330": "Ada", "jira_components": ["10500", "10501"]}
    page = ada.submit("Push to Jira", **fields)
    assert ada.status == 409 and "What you typed is kept" in page.text
    ada.submit("Connect to Jira")
    page = ada.get(JiraBrowser(shop.sandbox, "ada").allow(consent_link(ada)))
    assert page.value("#jira_customfield_10330") == "Ada", page.text
    assert [box["value"] for box in page.soup.select("[name=jira_components][checked]")] == ["10500", "10501"]
    assert row(shop, idea_id).pushed_at is None
    ada.submit("Push to Jira")
    assert issues(shop)[NEW]["components"] == ["Checkout", "Catalogue"]


def test_nothing_is_sent_while_nobody_can_say_what_jira_wants(shop, ada):
    """Jira is down when the form is sent: what was typed waits in the page."""
    shop.sandbox.state(new_issue_fields=[CUSTOMER, "components"])
    idea_id = new_idea(shop)
    choose(shop, ada, idea_id)
    shop.sandbox.state(down=True)
    page = ada.submit("Push to Jira", jira_customfield_10330=HOSTILE, jira_components=["10500", "10501"])
    assert "What you typed is kept in this page." in page.text
    assert row(shop, idea_id).pushed_at is None
    shop.sandbox.state(down=False)
    ada.submit("Push to Jira")
    assert issues(shop)[NEW]["customer"] == HOSTILE
    assert issues(shop)[NEW]["components"] == ["Checkout", "Catalogue"]


def test_permissions_that_are_missing_switch_pushing_off_and_nothing_else(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=["write:jira-work"])
    member, idea_id = sign_in(cloud_shop.tenant.member), new_idea(cloud_shop)
    linked = new_idea(cloud_shop, issue_key="SHOP-5")
    page = member.get(f"{cloud_shop.board}/ideas/{idea_id}/push")
    assert off(page) == {"Pushing ideas to Jira": {"write:jira-work"}}
    assert not page.has("Push to Jira") and not page.has("Go on")
    page = member.click("Back to the idea")
    assert off(page) == {"Pushing ideas to Jira": {"write:jira-work"}}
    assert not page.has("Push to Jira") and page.has("Link an issue")
    assert "Pay by bank transfer" in member.get(f"{cloud_shop.board}/ideas/{linked}").text
    page = member.get(f"{cloud_shop.board}/ideas/{linked}")
    assert off(page) == {"Links from issues to ideas": {"write:jira-work"}}
    assert not page.has("Add the link again") and page.has("Unlink")
    member.get(f"{cloud_shop.board}/ideas/{idea_id}/link")
    page = member.submit("Link issue", key="SHOP-6")
    assert "SHOP-6 does not lead back here" in page.text  # linking reads only


@pytest.mark.parametrize("typed", ["..", ".", "/", "SHOP/../x", " ", "\x00", "1X"])
def test_what_is_no_project_is_not_asked_for(shop, ada, typed):
    idea_id = new_idea(shop)
    path = f"{shop.board}/ideas/{idea_id}/push"
    page = ada.get(path, params={"project": typed, "type": typed})
    assert ada.status == 200 and page.has("Go on")
    choose(shop, ada, idea_id)
    page = ada.submit("Push to Jira", project=typed.replace("\x00", ""), type="1 OR 1")
    assert ada.status == 422 and "Choose the project and the type once more" in page.text
    assert issues(shop) == {}


def test_all_projects_are_offered_where_the_board_tells_none(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=["read:board-scope.admin:jira-software"])
    member, idea_id = sign_in(cloud_shop.tenant.member), new_idea(cloud_shop)
    page = member.get(f"{cloud_shop.board}/ideas/{idea_id}/push")
    assert [one["value"] for one in page.soup.select("#project option")] == ["SHOP", "PLAT"]
    page = member.submit("Go on", project="PLAT")
    member.submit("Go on", type=page.soup.select("#type option")[0]["value"])
    member.submit("Push to Jira")
    assert row(cloud_shop, idea_id).issue_key == "PLAT-9"
