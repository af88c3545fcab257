"""What was written on the pages of a board is read back from Jira by another client library, pycontribs
``jira``, as another person, and equals what was typed; on Jira Server and on Jira Cloud."""

from datetime import UTC, datetime

import pytest

from portal.sandbox.fields import EPIC_COLOUR, EPIC_NAME, EPIC_STATUS
from tests.boards.test_epic_changes import at, by_library
from tests.boards.test_moves import values

pytestmark = pytest.mark.on_both()

NAME = "Café & <b>más</b> “später”"
GOAL = "A goal that says\nwhat it is for: {{7*7}} & more"
SUMMARY = "A checkout & a till 🛒 without surprises"
TEXT = "For presents.\n\n* With a ribbon\n* {code}not code{code} & <b>"


def time_of(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)


def test_a_sprint_and_what_was_moved_into_it(place, person):
    person.get("/profile/")
    person.submit("Save", time_zone="Asia/Tokyo")
    person.get(f"{place.board}/sprints/new")
    person.submit("Make sprint", name=NAME, goal=GOAL, start="2027-01-04T09:00", end="2027-01-15T18:30")
    reader = by_library(place)
    [made] = [one for one in reader.sprints(1, state="future") if one.name == NAME]
    page = person.get(place.board)
    person.submit("Move", issue=values(page, "SHOP-5", "SHOP-24"), to=str(made.id))
    read = reader.sprint(made.id)
    assert (read.name, read.goal, read.state) == (NAME, GOAL, "future")
    assert time_of(read.startDate) == datetime(2027, 1, 4, 0, 0, tzinfo=UTC)
    assert time_of(read.endDate) == datetime(2027, 1, 15, 9, 30, tzinfo=UTC)
    found = reader.search_issues(f"sprint = {made.id}", maxResults=False)
    assert {one.key for one in found} == {"SHOP-5", "SHOP-24"}
    page = person.get(f"{place.board}?sprint={made.id}")
    person.submit("Move", issue=values(page, "SHOP-24"), to="backlog")
    assert [one.key for one in reader.search_issues(f"sprint = {made.id}", maxResults=False)] == ["SHOP-5"]


def test_an_epic_its_issues_and_a_status(place, person):
    person.get(f"{place.board}/epics/SHOP-1/edit")
    person.submit("Save in Jira", name=NAME, summary=SUMMARY, color="color_6", done=True)
    person.get(f"{place.board}/epics/SHOP-1/add")
    person.submit("Add to SHOP-1", keys="SHOP-24 SHOP-25")
    person.get(f"{place.board}/issues/SHOP-6")
    person.submit("Change status", transition="31")
    reader = by_library(place)
    fields = reader.issue("SHOP-1").raw["fields"]
    assert (fields["summary"], fields[EPIC_NAME]) == (SUMMARY, NAME)
    assert fields[EPIC_COLOUR] == "ghx-label-6" and fields[EPIC_STATUS]["value"] == "Done"
    found = reader.search_issues('"Epic Link" = SHOP-1', maxResults=False)
    assert {"SHOP-24", "SHOP-25"} <= {one.key for one in found}
    assert reader.issue("SHOP-6").fields.status.name == "In Review"


def test_an_idea_that_was_pushed(place, person):
    person.get(f"{place.board}/ideas/new")
    person.submit("Add idea", title=SUMMARY, description=TEXT)
    idea = person.base_url + person.path
    person.get(f"{person.path}/push?project=SHOP&type=10002")
    person.submit("Push to Jira")
    reader = by_library(place)
    [issue] = reader.search_issues('project = SHOP AND summary ~ "till 🛒"', maxResults=False)
    issue = reader.issue(issue.key)
    assert (issue.fields.summary, issue.fields.issuetype.name) == (SUMMARY, "Task")
    kept = TEXT.replace("{", "\\{") if at(place) == "server" else TEXT  # it must not act as wiki markup
    assert issue.fields.description == kept
    assert issue.fields.reporter.displayName == "Ada Lindqvist"
    [link] = reader.remote_links(issue.key)
    assert (link.object.url, link.object.title) == (idea, SUMMARY)
    assert link.globalId == f"almoner={idea.rpartition('/')[2]}"
    person.get(idea)
    person.click("Unlink")
    person.submit("Unlink")
    assert reader.remote_links(issue.key) == []
