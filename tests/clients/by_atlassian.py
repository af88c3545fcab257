"""The usual work by ``atlassian-python-api``."""

from typing import Any

from atlassian import Jira

from portal.sandbox.people import USERS
from tests.clients.work import ENDS, STARTS, STORY_POINTS, Seen, named


def work(server: str, token: str, file: bytes, *, cloud: bool) -> Seen:
    """Server and Cloud differ in who a person is, and the library has to be told which of the two it is."""
    program: Any = Jira(url=server, token=token, cloud=cloud)
    made = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "Made by a program"}
    key = program.create_issue(made | {"description": "First line\nsecond", "labels": ["made"]})["key"]
    changed = {"summary": "Changed by a program", "labels": ["kept", "made"], STORY_POINTS: 5}
    program.update_issue_field(key, changed)
    comment = program.issue_add_comment(key, "Said once")
    program.issue_edit_comment(key, comment["id"], "Said twice: ümlaut ✓")
    [uploaded] = program.add_attachment_object(key, named(file))
    program.set_issue_status(key, "In Progress")
    linus = USERS["linus"]
    program.assign_issue(key, linus.account_id if cloud else linus.name)
    program.create_or_update_issue_remote_links(key, "https://example.org/build/7", "Build 7")
    board = program.get_all_agile_boards(project_key="SHOP")["values"][0]["id"]
    sprint = program.create_sprint("Made", board)["id"]
    program.update_partially_sprint(
        sprint, {"name": "Made by a program", "startDate": STARTS, "endDate": ENDS}
    )
    program.add_issues_to_sprint(sprint, [key])
    in_sprint = program.get_all_issues_for_sprint_in_board(board, sprint)["issues"]
    sprints = program.get_all_sprints_from_board(board, state="active,future")["values"]
    program.move_issues_to_backlog([key])
    program.post("rest/agile/1.0/epic/SHOP-1/issue", data={"issues": [key]})
    program.delete_sprint(sprint)
    me = program.myself()
    return Seen(
        user=next(u.name for u in USERS.values() if me["emailAddress"] == u.email),
        key=program.issue(key)["key"],
        found=[one["key"] for one in program.jql('project = SHOP AND summary ~ "Changed by"')["issues"]],
        boards=[one["name"] for one in program.get_all_agile_boards()["values"]],
        sprints=[one["name"] for one in sprints],
        in_sprint=[one["key"] for one in in_sprint],
        epics=[one["name"] for one in program.get_epics(board)["values"]],
        comments=[one["body"] for one in program.issue_get_comments(key)["comments"]],
        projects=[one["key"] for one in program.projects()],
        people=_people(program, cloud),
        file=program.get_attachment_content(uploaded["id"]),
    )


def _people(program: Any, cloud: bool) -> list[str]:
    find = program.user_find_by_user_string
    found = find(query="linus") if cloud else find(username="linus")
    return [one["emailAddress"].partition("@")[0] for one in found]
