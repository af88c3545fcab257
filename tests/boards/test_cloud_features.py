"""A permission that is missing switches off what needs it and no more, and the board says so (row C5)."""

import pytest
from sqlalchemy import update

from portal.kinds.features import READ_WORK
from portal.kinds.scopes import BY_ID, PRESET, REQUIRED, SCOPES
from portal.store.tables import Grant, OauthApp
from tests.boards.conftest import PLATFORM
from tests.support.cloud import ALL_SCOPES
from tests.support.variants import variants

pytestmark = pytest.mark.on_both(
    "test_what_jira_refuses_though_it_was_given_is_off_and_no_reason_to_reconnect",
    "test_each_person_has_their_own_features",
)

# What the board's page lacks without a permission; without any other it lacks nothing.
SWITCHES_OFF = {
    "read:project:jira": {"Columns"},
    "read:board-scope.admin:jira-software": {"Columns"},
    "read:sprint:jira-software": {"Sprints"},
    "read:board-scope:jira-software": {"Backlog"},
    "read:issue-details:jira": {"Issues of sprints", "Backlog"},
    "read:audit-log:jira": {"Issues of sprints"},
    "read:avatar:jira": {"Issues of sprints"},
    "read:field-configuration:jira": {"Issues of sprints"},
    "read:issue-meta:jira": {"Issues of sprints"},
    "write:board-scope:jira-software": {"Moving issues to the backlog"},
    "write:sprint:jira-software": {"Changing sprints"},
    "delete:sprint:jira-software": {"Deleting sprints"},
}
OPTIONAL = [scope.id for scope in SCOPES if scope.id not in REQUIRED]
ISSUES = "read:issue-details:jira"


def off(page):
    """The features the page says are off, with the ids of the permissions it names for each."""
    items = page.soup.select(".features-off li")
    return {item.strong.get_text(): {code.get_text() for code in item.select("code")} for item in items}


def parts(page):
    """What the page shows of the board."""
    seen = {
        "Columns": page.soup.select(".board-column"),
        "Sprints": "SHOP Sprint 7" in page.text,
        "Issues of sprints": "Pay by bank transfer" in page.text,
        "Backlog": "Sort by rating" in page.text,
        "Epics": any(h.get_text() == "Epics" for h in page.soup.select("h2")),
    }
    return {name for name, is_there in seen.items() if is_there}


@pytest.mark.parametrize("scope", variants(OPTIONAL))
def test_a_permission_not_given_switches_off_what_needs_it(cloud_shop, sign_in, scope):
    without = [scope, READ_WORK] if scope.endswith(":jira") else [scope]  # the classic one would stand in
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=without)
    member = sign_in(cloud_shop.tenant.member)
    page = member.get(cloud_shop.board)
    lacking = SWITCHES_OFF.get(scope, set())
    assert off(page) == {name: {scope} for name in lacking}
    hidden = lacking | ({"Issues of sprints"} if "Sprints" in lacking else set())
    hidden |= {"Columns"} if "Issues of sprints" in hidden else set()
    expected = {"Columns", "Sprints", "Issues of sprints", "Backlog"} - hidden
    shows_epics = bool(lacking & {"Issues of sprints", "Backlog"})
    assert parts(page) == expected | ({"Epics"} if shows_epics else set())
    assert all(entry["status"] == 200 for entry in cloud_shop.sandbox.requests())
    if lacking:
        assert f"Missing: {BY_ID[scope].name} (<code>{scope}</code>)." in member.response.text
        assert page.has(f"Connect again to {cloud_shop.office.account.name}")


def test_the_first_six_show_sprints_and_epics(open_cloud_shop, sign_in):
    shop = open_cloud_shop(PRESET)
    shop.connect(shop.tenant.member, "ada")
    page = sign_in(shop.tenant.member).get(shop.board)
    assert set(off(page)) == {"Columns", "Issues of sprints", "Backlog"}
    assert parts(page) == {"Sprints", "Epics"}
    assert "Goal: A checkout without surprises" in page.text
    assert "SHOP Sprint 8 (planned)" in page.text
    assert "SHOP Sprint 6" not in page.text
    assert "Search & find" in page.text
    assert "Who can mend it: an admin of" in page.text
    assert "Connect again to" not in page.text  # no consent would help
    assert not page.has(f"set-up of {shop.office.account.name}")
    assert all(entry["status"] == 200 for entry in shop.sandbox.requests())
    shop.gateway()


def test_an_admin_is_led_to_the_set_up(open_cloud_shop, sign_in):
    shop = open_cloud_shop(PRESET)
    shop.connect(shop.tenant.admin, "admin")
    page = sign_in(shop.tenant.admin).get(shop.board)
    link = page.link(f"set-up of {shop.office.account.name}")
    assert link.endswith(f"/alm-accounts/{shop.office.account_id}/set-up")


def test_of_the_operators_app_the_operator_adds_permissions(open_cloud_shop, sign_in):
    shop = open_cloud_shop(PRESET)
    shop.connect(shop.tenant.member, "ada")
    with shop.office.work.write() as session:
        session.execute(update(OauthApp).where(OauthApp.tenant_id == shop.tenant.id).values(is_shared=True))
    page = sign_in(shop.tenant.member).get(shop.board)
    assert "Who can mend it: the operator of this portal." in page.text
    assert "developer console" not in page.text


def test_epics_that_are_wanted_and_off_say_so(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=[ISSUES, "read:epic:jira-software"])
    page = sign_in(cloud_shop.tenant.member).get(cloud_shop.board)
    assert off(page)["Epics"] == {"read:epic:jira-software"}


def test_what_jira_refuses_though_it_was_given_is_off_and_no_reason_to_reconnect(open_cloud_shop, sign_in):
    """The app lost permissions in the console after the consent: the gateway's 401 names none."""
    shop = open_cloud_shop(PRESET)
    credential_id = shop.connect(shop.tenant.member, "ada")
    grant_id = shop.office.grant_of(credential_id).id
    with shop.office.work.write() as session:
        session.get_one(Grant, (shop.tenant.id, grant_id)).scopes = sorted(ALL_SCOPES)
    member = sign_in(shop.tenant.member)
    page = member.get(shop.board)
    assert set(off(page)) == {"Columns", "Issues of sprints", "Backlog"}
    assert "Refused by Jira" in page.text
    assert "Who can mend it: an admin of" in page.text
    assert "Connect again to" not in page.text
    assert parts(page) == {"Sprints", "Epics"}
    assert "Refused" not in member.get(shop.path()).text


@pytest.mark.parametrize(
    ("without", "expected", "issues"),
    variants(
        [
            ((), set(), 8),
            (("read:board-scope.admin:jira-software",), {"Columns"}, 8),
            (("read:sprint:jira-software",), {"Sprints"}, 8),
            ((ISSUES,), {"Issues"}, 0),
        ],
        ["all", "columns", "sprints", "issues"],
    ),
)
def test_a_kanban_board_without_a_permission(cloud_shop, sign_in, without, expected, issues):
    path = cloud_shop.path(str(cloud_shop.add(PLATFORM, "Platform")))
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=without)
    page = sign_in(cloud_shop.tenant.member).get(path)
    assert set(off(page)) == expected
    assert len(page.soup.select("li .issue")) == issues
    assert bool(page.soup.select(".board-column")) == (issues > 0 and "Columns" not in expected)


def test_each_person_has_their_own_features(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=[ISSUES])
    cloud_shop.connect(cloud_shop.tenant.second, "grace")
    assert off(sign_in(cloud_shop.tenant.member).get(cloud_shop.board))
    assert not off(sign_in(cloud_shop.tenant.second).get(cloud_shop.board))


def test_boards_are_chosen_with_the_permissions_for_boards(open_cloud_shop, sign_in):
    """One board is looked up in the list where its own call wants more than that."""
    shop = open_cloud_shop(("read:project:jira", "read:board-scope:jira-software"))
    admin = sign_in(shop.tenant.admin)
    admin.get(shop.path("new"))
    admin.click("Choose Platform kanban")
    assert admin.submit("Add board", name="Our platform").h1 == "Our platform"
    admin.get(shop.path(f"new/{shop.office.account_id}/404"))
    assert "Gone, or not for you to see" in admin.page.text
    assert set(shop.gateway()) == {"/rest/agile/1.0/board"}


@pytest.mark.parametrize("scope", variants(["read:project:jira", "read:board-scope:jira-software"]))
def test_boards_that_cannot_be_listed_say_so(cloud_shop, sign_in, scope):
    office = cloud_shop.office
    cloud_shop.sandbox.state(narrow_scopes=[scope])
    office.authorise()
    cloud_shop.sandbox.state(narrow_scopes=[])
    cloud_shop.sandbox.clear_requests()
    admin = sign_in(cloud_shop.tenant.admin)
    page = admin.get(cloud_shop.path("new"))
    assert off(page) == {"Boards": {scope}}
    assert page.has(f"Reauthorise {office.account.name}")
    assert cloud_shop.gateway() == []
