"""Each permission taken away from one person switches off exactly its functions, tells why and who can grant
it, and changes nothing for others: scopes on Jira Cloud, permissions of the project on Jira Server."""

import pytest

from portal.kinds.scopes import BY_ID, REPORT, REQUIRED, SCOPES
from tests.boards.test_cloud_features import off
from tests.boards.test_epic_changes import deeds
from tests.boards.test_moves import changes
from tests.support import samples
from tests.support.cloud import ALL_SCOPES
from tests.support.variants import variants

pytestmark = pytest.mark.on_both("test_who_lacks_a_permission_of_the_project_is_told_its_name")

BOARD, EPICS, EPIC, STORY = "", "/epics", "/issues/SHOP-1", "/issues/SHOP-5"
START, DELETE, EDIT, ADD = (
    "/sprints/13/start",
    "/sprints/13/delete",
    "/epics/SHOP-1/edit",
    "/epics/SHOP-1/add",
)
LEAVE, PUSH = "/epics/SHOP-1/move", "/ideas/{idea}/push"
# What there is to see and to do with every permission: the page, and what stands for it there.
PARTS = {
    "columns": (BOARD, ".board-column"),
    "sprints": (BOARD, 'nav.sprints a[href$="sprint=13"]'),
    "issues of the sprint": (BOARD, 'main a[href$="/issues/SHOP-5"]'),
    "backlog": (BOARD, 'main a[href$="/issues/SHOP-24"]'),
    "new sprint": (BOARD, 'a[href$="/sprints/new"]'),
    "edit sprint": (BOARD, 'a[href$="/sprints/12/edit"]'),
    "complete sprint": (BOARD, 'a[href$="/sprints/12/complete"]'),
    "delete sprint": (BOARD, 'a[href$="/sprints/12/delete"]'),
    "move to a sprint": (BOARD, '#move-target option[value="13"]'),
    "move to the backlog": (BOARD, '#move-target option[value="backlog"]'),
    "closed sprints": ("/closed-sprints", 'main a[href$="sprint=11"]'),
    "start it": (START, "input[name=start]"),
    "delete it": (DELETE, "main .panel form"),
    "epics": (EPICS, "main tbody tr"),
    "ways of epics": (EPICS, 'a[href*="/epics/SHOP-1/edit"]'),
    "issues of an epic": (EPIC, 'main a[href$="/issues/SHOP-6"]'),
    "issues out of an epic": (EPIC, "input[name=issue]"),
    "ways of an epic": (EPIC, 'a[href$="/epics/SHOP-1/edit"]'),
    "status": (STORY, "#transition"),
    "change epic": (STORY, 'a[href$="/issues/SHOP-5/epic"]'),
    "edit epic": (EDIT, "input[name=summary]"),
    "add to an epic": (ADD, "[name=keys]"),
    "move out of an epic": (LEAVE, "[name=to]"),
    "push": (PUSH, "#project"),
}
SPRINT_WAYS = {"new sprint", "edit sprint", "complete sprint"}
MOVES = {"move to a sprint", "move to the backlog"}
# The scope: which parts go, and what is told to be off, by page. All other pages tell of nothing.
SWITCHES_OFF = {
    "read:project:jira": ({"columns"}, {BOARD: ["Columns"]}),
    "read:board-scope:jira-software": ({"backlog"}, {BOARD: ["Backlog"]}),
    "read:epic:jira-software": (
        {"epics", "ways of epics", "issues of an epic", "issues out of an epic", "edit epic"}
        | {"move out of an epic"},
        {
            EPICS: ["Epics"],
            EPIC: ["Issues of epics"],
            STORY: ["Issues of epics"],
            EDIT: ["Epics"],
            LEAVE: ["Issues of epics", "Epics"],
        },
    ),
    "write:epic:jira-software": (
        {
            "ways of epics",
            "issues out of an epic",
            "ways of an epic",
            "change epic",
            "edit epic",
            "add to an epic",
            "move out of an epic",
        },
        {page: ["Changing epics"] for page in (EPICS, EPIC, STORY, EDIT, ADD, LEAVE)},
    ),
    "read:sprint:jira-software": (
        {
            "columns",
            "sprints",
            "issues of the sprint",
            "delete sprint",
            "closed sprints",
            "start it",
            "delete it",
            *SPRINT_WAYS,
            *MOVES,
        },
        {page: ["Sprints"] for page in (BOARD, "/closed-sprints", START, DELETE)},
    ),
    "write:sprint:jira-software": (
        {"start it", "move to a sprint", *SPRINT_WAYS},
        {page: ["Changing sprints"] for page in (BOARD, START)},
    ),
    "delete:sprint:jira-software": (
        {"delete sprint", "delete it"},
        {page: ["Deleting sprints"] for page in (BOARD, DELETE)},
    ),
    "write:board-scope:jira-software": (
        {"move to the backlog"},
        {BOARD: ["Moving issues to the backlog"]},
    ),
    "read:jira-work": (
        {"status", "push"},
        {STORY: ["Changing the status of issues"], EPIC: ["Changing the status of issues"]}
        | {PUSH: ["Pushing ideas to Jira"]},
    ),
    "write:jira-work": (
        {"status", "push"},
        {STORY: ["Changing the status of issues"], EPIC: ["Changing the status of issues"]}
        | {PUSH: ["Pushing ideas to Jira"]},
    ),
}
PAGES = list(dict.fromkeys(page for page, _ in PARTS.values()))
# What a page would send that was opened while the permission was there.
SENT = {
    "write:epic:jira-software": ("/epics/SHOP-2/add", {"keys": "SHOP-24"}),
    "write:sprint:jira-software": ("/sprints/new", {"name": "Mine"}),
    "delete:sprint:jira-software": (DELETE, {"was_name": "SHOP Sprint 8", "was_state": "future"}),
    "write:board-scope:jira-software": ("/move", {"issue": "1:SHOP-5", "to": "backlog"}),
    "write:jira-work": ("/issues/SHOP-5/status", {"transition": "21"}),
}


def seen(person, shop, idea_id):
    """The parts that are there, what each page says is off, and the pages' texts."""
    pages = {page: person.get(shop.board + page.format(idea=idea_id)) for page in PAGES}
    parts = {name for name, (page, what) in PARTS.items() if pages[page].soup.select(what)}
    return parts, {page: off(one) for page, one in pages.items() if off(one)}, pages


def test_the_table_has_the_six_permissions_of_the_seed():
    six = {scope.id for scope in SCOPES if scope.is_preset} - {*REQUIRED, REPORT}
    assert six <= set(SWITCHES_OFF) <= set(ALL_SCOPES)
    assert {id for id in SWITCHES_OFF if not id.startswith("read:")} == set(SENT)


def test_with_every_permission_all_of_it_is_there(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "ada")
    member, idea_id = sign_in(cloud_shop.tenant.member), samples.idea(cloud_shop.tenant, cloud_shop.board_id)
    parts, told, _ = seen(member, cloud_shop, idea_id)
    assert parts == set(PARTS) and told == {}


@pytest.mark.parametrize("scope", variants(SWITCHES_OFF))
def test_a_scope_taken_from_one_person_switches_off_its_functions(cloud_shop, sign_in, scope):
    without = [scope, "read:jira-work"] if scope == "read:project:jira" else [scope]  # it would stand in
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=without)
    cloud_shop.connect(cloud_shop.tenant.second, "admin")
    member, idea_id = sign_in(cloud_shop.tenant.member), samples.idea(cloud_shop.tenant, cloud_shop.board_id)
    gone, titles = SWITCHES_OFF[scope]
    parts, told, pages = seen(member, cloud_shop, idea_id)
    if len(without) > 1:
        told = {page: one for page, one in told.items() if {scope} in one.values()}
        gone = gone | {"status", "push"}
    assert parts == set(PARTS) - gone
    assert told == {page: {name: {scope} for name in names} for page, names in titles.items()}
    for page in titles:
        reason, *_ = [
            str(one) for one in pages[page].soup.select(".features-off li") if scope in one.get_text()
        ]
        assert f"Missing: {BY_ID[scope].name} (<code>{scope}</code>)." in reason, page
        assert "Who can mend it: you." in pages[page].text, page
        assert pages[page].has(f"Connect again to {cloud_shop.office.account.name}"), page
    assert all(entry["status"] < 300 for entry in cloud_shop.sandbox.requests())
    other = sign_in(cloud_shop.tenant.second)
    for page in titles:
        assert not off(other.get(cloud_shop.board + page.format(idea=idea_id))), page


@pytest.mark.parametrize("scope", variants(SENT))
def test_what_is_sent_without_the_scope_changes_nothing(cloud_shop, sign_in, scope):
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=[scope])
    member, (page, fields) = sign_in(cloud_shop.tenant.member), SENT[scope]
    member.get(cloud_shop.board)
    told = member.post(cloud_shop.board + page, **fields)
    assert member.status == 409 and list(off(told).values()) == [{scope}], told.text
    assert changes(cloud_shop) == [] and deeds(cloud_shop) == []


def test_what_the_account_never_asked_for_an_admin_adds(open_cloud_shop, sign_in):
    lacking = {id for id in SENT if id != "write:jira-work"}
    shop = open_cloud_shop(tuple(id for id in ALL_SCOPES if id not in lacking))
    shop.connect(shop.tenant.member, "ada")
    member = sign_in(shop.tenant.member)
    for page in (BOARD, EPICS, START, DELETE, EDIT):
        told = member.get(shop.board + page)
        assert off(told) and f"Who can mend it: an admin of {shop.tenant.name}." in told.text, page
        assert not told.has(f"Connect again to {shop.office.account.name}"), page


def send(person, shop, page, button, fields, taken=()):
    """Open the form, have these rights taken away, and send it."""
    person.get(shop.board + page)
    shop.sandbox.state(permissions_missing=list(taken))
    return person.submit(button, **fields)


OF_THE_PROJECT = {
    "Manage sprints": ("MANAGE_SPRINTS_PERMISSION", "/sprints/new", "Make sprint", {"name": "Mine"}),
    "Edit issues": ("EDIT_ISSUES", EDIT, "Save in Jira", {"summary": "Mine"}),
    "Schedule issues": ("SCHEDULE_ISSUES", BOARD, "Move", {"issue": ["1:SHOP-5"], "to": "13"}),
}


@pytest.mark.parametrize("name", variants(OF_THE_PROJECT))
def test_who_lacks_a_permission_of_the_project_is_told_its_name(shop, ada, sign_in, name):
    """Also where it was there when the form was opened; another person on the same board keeps theirs."""
    key, *what = OF_THE_PROJECT[name]
    shop.connect(shop.tenant.second, "linus")
    page = send(ada, shop, *what, [f"{key}:ada"])
    assert ada.status == 409 and f"Ask your Jira admin for the permission “{name}”" in page.text
    assert "Who can mend it: your Jira admin." in page.text and deeds(shop) == []
    send(linus := sign_in(shop.tenant.second), shop, *what)
    assert linus.status == 200 and [deed[0] for deed in deeds(shop)] == ["linus"]


def test_who_may_not_change_the_status_is_offered_none_and_another_changes_it(shop, ada, sign_in):
    shop.connect(shop.tenant.second, "linus")
    shop.sandbox.state(permissions_missing=["TRANSITION_ISSUES:ada"])
    page = ada.get(shop.board + STORY)
    assert "permission “Transition Issues” in project SHOP" in page.text
    assert not page.soup.select("#transition")
    send(sign_in(shop.tenant.second), shop, STORY, "Change status", {"transition": "21"})
    assert [deed[:2] for deed in deeds(shop)] == [("linus", "issue.transitioned")]


def test_who_may_not_create_issues_is_told_and_another_pushes_the_idea(shop, ada, sign_in):
    shop.connect(shop.tenant.second, "linus")
    form = f"{PUSH.format(idea=samples.idea(shop.tenant, shop.board_id))}?project=SHOP&type=10001"
    page = send(ada, shop, form, "Push to Jira", {}, ["CREATE_ISSUES:ada"])
    assert ada.status == 409 and "Ask your Jira admin for the permission “Create issues”" in page.text
    assert deeds(shop) == []
    send(sign_in(shop.tenant.second), shop, form, "Push to Jira", {})
    assert [deed[:2] for deed in deeds(shop)] == [("linus", "issue.created"), ("linus", "link.created")]
