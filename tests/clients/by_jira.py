"""The usual work by pycontribs ``jira``."""

from typing import Any

import jira

from portal.sandbox.people import USERS
from tests.clients.work import ENDS, FILE, STARTS, STORY_POINTS, Seen, named


def work(server: str, token: str, file: bytes, *, cloud: bool) -> Seen:
    """Server and Cloud differ in who a person is; the library asks Jira which of the two it is."""
    program: Any = jira.JIRA(server=server, token_auth=token, max_retries=0)
    issue = program.create_issue(
        project="SHOP",
        issuetype={"name": "Story"},
        summary="Made by a program",
        description="First line\nsecond",
        labels=["made"],
    )
    issue.update(
        fields={"summary": "Changed by a program", "labels": ["kept", "made"], STORY_POINTS: 5}, notify=False
    )
    program.add_comment(issue.key, "Said once").update(body="Said twice: ümlaut ✓")
    uploaded = program.add_attachment(issue.key, named(file), FILE)
    program.transition_issue(issue, "In Progress")
    program.assign_issue(issue.key, "linus")
    program.add_simple_link(issue.key, {"url": "https://example.org/build/7", "title": "Build 7"})
    board = program.boards(projectKeyOrID="SHOP")[0]
    sprint = program.create_sprint("Made", board.id)
    sprint.update(name="Made by a program", startDate=STARTS, endDate=ENDS)
    program.add_issues_to_sprint(sprint.id, [issue.key])
    in_sprint = program.search_issues(f"sprint = {sprint.id}", maxResults=False)
    sprints = program.sprints(board.id, state="active,future")
    program.move_to_backlog([issue.key])
    program.add_issues_to_epic("SHOP-1", [issue.key])
    sprint.delete()
    again = program.issue(issue.key)
    me = program.myself()
    return Seen(
        user=next(u.name for u in USERS.values() if me["emailAddress"] == u.email),
        key=again.key,
        found=[one.key for one in program.search_issues('project = SHOP AND summary ~ "Changed by"')],
        boards=[one.name for one in program.boards()],
        sprints=[one.name for one in sprints],
        in_sprint=[one.key for one in in_sprint],
        epics=[one.raw["fields"]["customfield_10303"] for one in program.search_issues("type = Epic")],
        comments=[one.body for one in program.comments(issue.key)],
        projects=[one.key for one in program.projects()],
        people=_people(program, cloud),
        file=program.attachment(uploaded.id).get(),
    )


def _people(program: Any, cloud: bool) -> list[str]:
    found = program.search_users(query="linus") if cloud else program.search_users(user="linus")
    return [one.emailAddress.partition("@")[0] for one in found]
