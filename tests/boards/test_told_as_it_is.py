"""What stops a person is called by its name: a missing right, an account for reading, a start long ago."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.alm_accounts import accounts
from portal.boards.sprint_fields import is_past, plain, values_of
from portal.boards.troubles import change_trouble
from portal.credentials.problems import problem
from portal.errors import FieldErrors
from portal.jira.answers import Code, JiraTrouble
from portal.kinds.features import EDIT_SPRINTS
from tests.boards.test_sprints import NEXT, at, held, sprint
from tests.boards.test_statuses import issue
from tests.support.accounts import registry_of

TOKYO = ZoneInfo("Asia/Tokyo")
pytestmark = pytest.mark.on_both("test_a_right_that_is_missing_is_not_called_gone")


def test_a_right_that_is_missing_is_not_called_gone(shop, ada):
    ada.get(at(shop, "edit"))
    shop.sandbox.state(permissions_missing=["MANAGE_SPRINTS_PERMISSION"])
    page = ada.submit("Save", name="Mine")
    assert ada.status == 409 and "Jira does not allow you this" in page.text
    assert "permission “Manage sprints”" in page.text and "Gone" not in page.text
    told = change_trouble(JiraTrouble(Code.FORBIDDEN), EDIT_SPRINTS, problem, 20)
    assert not told.hidden and change_trouble(JiraTrouble(Code.NOT_FOUND), EDIT_SPRINTS, problem, 20).hidden


def test_an_account_that_is_read_only_leads_to_its_switch(shop, ada, sign_in):
    wire = registry_of(shop.portal).outbound.wire
    accounts.change(shop.tenant.work(shop.tenant.admin), wire, shop.account_id, {"read_only": True})
    page = ada.get(shop.board)
    assert "The ALM account Jira is set to read only." in page.text and not page.has("settings of Jira")
    shop.connect(shop.tenant.admin, "grace")
    admin = sign_in(shop.tenant.admin)
    admin.get(shop.board)
    assert admin.click("settings of Jira").soup.select_one("#read_only") is not None


def test_a_right_to_change_the_status_that_is_missing_is_said(shop, ada):
    ada.get(issue(shop))
    shop.sandbox.state(permissions_missing=["TRANSITION_ISSUES"])
    page = ada.submit("Change status", transition="31")
    assert ada.status == 422 and "you lack the permission “Transition issues”" in page.text
    assert "changed meanwhile" not in page.text


def test_one_issue_is_one_issue(shop, ada):
    page = ada.get(f"{shop.board}?search=SHOP-5")
    names = [" ".join(h.get_text(" ").split()) for h in page.soup.select(".board-column h3")]
    assert names == ["To Do 0 issues", "In Progress 0 issues", "In Review 1 issue", "Done 0 issues"]


@pytest.mark.parametrize("goal", ["turn\u202eed", "one\ntwo\x00", "\u2066in", "bell\x07"])
def test_a_goal_holds_no_marks_that_cannot_be_seen(goal):
    with pytest.raises(FieldErrors) as caught:
        values_of(plain({"goal": goal}), frozenset({"goal"}), TOKYO)
    assert "cannot be seen" in caught.value.errors["goal"]


def test_blanks_and_lines_of_a_goal_stay():
    goal = "First:\ta  b\n\n  indented ünï\u00a0code \N{WHITE HEAVY CHECK MARK}"
    assert values_of(plain({"goal": goal}), frozenset({"goal"}), TOKYO) == {"goal": goal}


def test_a_start_long_ago_is_meant_when_it_is_sent_twice(shop, ada):
    ada.get(f"{shop.board}/sprints/new")
    page = ada.submit("Make sprint", name="Late", start="2020-01-01T09:00", end="2031-01-01T09:00")
    assert ada.status == 422 and "This is more than a day ago. Send it again if you mean it." in page.text
    assert "Late" not in {one["name"] for one in held(shop)["sprints"].values()}
    page = ada.submit("Make sprint", start="2020-02-01T09:00")
    assert ada.status == 422  # another one is told again
    ada.submit("Make sprint")
    assert "Sprint Late made." in ada.page.text
    ada.get(at(shop, "start"))
    ada.submit("Start sprint", start="2020-01-01T09:00")
    assert ada.status == 422 and sprint(shop, NEXT)["state"] == "future"
    ada.submit("Start sprint")
    assert sprint(shop, NEXT)["state"] == "active"
    ada.get(at(shop, "edit"))
    ada.submit("Save", goal="Only this")
    assert "Sprint SHOP Sprint 8 saved." in ada.page.text


def test_a_start_is_long_ago_where_the_person_is():
    now = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    day_before = (now - timedelta(days=1)).astimezone(TOKYO)
    assert not is_past(day_before.strftime("%Y-%m-%dT%H:%M"), TOKYO, now)
    assert is_past((day_before - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M"), TOKYO, now)
    assert not is_past("", TOKYO, now) and not is_past("soon", TOKYO, now)
