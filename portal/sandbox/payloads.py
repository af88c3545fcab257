"""Projects, issues, sprints, epics and boards as Jira writes them in JSON."""

from __future__ import annotations

from portal.sandbox import data, fields
from portal.sandbox.payloads_of_issues import attachment_json, comments_json, text_json, time_json
from portal.sandbox.people import USERS
from portal.sandbox.rest import Json, api_url, base_url, content, is_cloud, person_json
from portal.sandbox.state import current_state


def project_json(project: data.Project) -> Json:
    """A project."""
    return {
        "self": f"{api_url()}/project/{project.id}",
        "id": project.id,
        "key": project.key,
        "name": project.name,
        "lead": person_json(USERS[project.lead]),
        "projectTypeKey": "software",
    }


def status_json(status: str) -> Json:
    """A state of issues."""
    name, category = data.STATUSES[status]
    return {
        "self": f"{api_url()}/status/{status}",
        "id": status,
        "name": name,
        "description": "",
        "statusCategory": {
            "key": category,
            "name": {"new": "To Do", "done": "Done"}.get(category, "In Progress"),
        },
    }


def type_json(kind: str) -> Json:
    """A type of issue."""
    own_url = f"{api_url()}/issuetype/{data.TYPES[kind]}"
    shown = {"self": own_url, "id": data.TYPES[kind], "name": kind, "subtask": False}
    return shown | ({"hierarchyLevel": int(kind == "Epic")} if is_cloud() else {})


def sprint_json(sprint: data.Sprint) -> Json:
    """A sprint; dates only once they are set."""
    answer: Json = {
        "id": sprint.id,
        "self": f"{base_url()}/rest/agile/1.0/sprint/{sprint.id}",
        "state": sprint.state,
        "name": sprint.name,
        "originBoardId": sprint.board,
        "goal": sprint.goal,
    }
    dates = {"startDate": sprint.start, "endDate": sprint.end, "completeDate": sprint.completed}
    if sprint.state != "future":
        dates["activatedDate"] = sprint.start
    return answer | {name: time_json(at) for name, at in dates.items() if at}


def epic_json(epic: data.Issue) -> Json:
    """An epic as the agile interface shows it."""
    return {
        "id": int(epic.id),
        "key": epic.key,
        "self": f"{base_url()}/rest/agile/1.0/epic/{epic.id}",
        "name": epic.epic_name,
        "summary": epic.summary,
        "color": {"key": epic.epic_color.replace("ghx-label-", "color_")},
        "done": epic.epic_done,
    }


def team_managed() -> bool:
    """Whether the projects of the Jira that was asked are team-managed."""
    return is_cloud() and current_state().faults.team_managed


def board_json(board: data.Board) -> Json:
    """A board in the list of boards; Cloud says where it belongs."""
    answer: Json = {
        "id": board.id,
        "self": f"{base_url()}/rest/agile/1.0/board/{board.id}",
        "name": board.name,
        "type": "simple" if team_managed() else board.kind,
    }
    if is_cloud():
        project = board.project
        answer["location"] = {
            "projectId": int(project.id),
            "projectKey": project.key,
            "projectName": project.name,
            "displayName": f"{project.name} ({project.key})",
        }
    return answer


def configuration_json(board: data.Board) -> Json:
    """Columns with their statuses, and for scrum the field estimates are in."""
    columns = [
        {
            "name": name,
            "statuses": [{"id": s, "self": f"{api_url()}/status/{s}"} for s in statuses],
        }
        for name, statuses in board.columns
    ]
    answer = board_json(board) | {
        "self": f"{base_url()}/rest/agile/1.0/board/{board.id}/configuration",
        "filter": {"id": str(10400 + board.id), "self": f"{api_url()}/filter/{10400 + board.id}"},
        "columnConfig": {"columns": columns, "constraintType": "none"},
        "ranking": {"rankCustomFieldId": int(fields.RANK.rpartition("_")[2])},
    }
    if board.sub_query:
        answer["subQuery"] = {"query": board.sub_query}
    if board.kind == "scrum":
        answer["estimation"] = {
            "type": "field",
            "field": {"fieldId": fields.STORY_POINTS, "displayName": "Story Points"},
        }
    return answer


def issue_json(issue: data.Issue, wanted: str = "", agile: bool = False) -> Json:
    """An issue; ``wanted`` is the ``fields`` parameter, ``agile`` adds the fields of the agile interface."""
    shown = _plain_fields(issue) | _custom_fields(issue)
    if agile:
        sprint = content().sprint(issue.sprint)
        epic = content().issue_by_key(issue.epic_key)
        shown["sprint"] = sprint_json(sprint) if sprint and sprint.state != "closed" else None
        shown["epic"] = epic_json(epic) if epic and not team_managed() else None
        shown["flagged"] = False
    names = {name.strip() for name in wanted.split(",") if name.strip()}
    if names & {"*all", "issuelinks"}:
        shown["issuelinks"] = links_json(issue)
    if names & {"*all", "comment", "attachment"}:
        shown |= _hanging_on(issue)
    if names and not names & {"*all", "*navigable"}:
        shown = {name: value for name, value in shown.items() if name in names}
    return {
        "expand": "operations,versionedRepresentations,editmeta,changelog,renderedFields",
        "id": issue.id,
        "self": f"{api_url()}/issue/{issue.id}",
        "key": issue.key,
        "fields": shown,
    }


def links_json(issue: data.Issue) -> list[Json]:
    """The links to other issues, as they read from this one."""
    found = []
    for number, (one, other) in enumerate(data.BLOCKS, start=10500):
        for key, end in ((other, "outwardIssue"), (one, "inwardIssue")):
            target = content().issue_by_key(key)
            if target and issue.key in (one, other) and key != issue.key:
                kind = {"id": "10000", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"}
                found.append({"id": str(number), "type": kind, end: _linked(target)})
    return found


def _linked(issue: data.Issue) -> Json:
    fields_shown = {name: _plain_fields(issue)[name] for name in ("summary", "status", "issuetype")}
    return {"id": issue.id, "key": issue.key, "self": f"{api_url()}/issue/{issue.id}", "fields": fields_shown}


def _hanging_on(issue: data.Issue) -> Json:
    files = [file for file in content().attachments.values() if file.issue_id == issue.id]
    return {
        "comment": comments_json(issue, content().comments.get(issue.id, [])),
        "attachment": [attachment_json(file) for file in files],
    }


def _plain_fields(issue: data.Issue) -> Json:
    return {
        "summary": issue.summary,
        "issuetype": type_json(issue.kind),
        "status": status_json(issue.status),
        "priority": {"id": data.PRIORITIES[issue.priority], "name": issue.priority},
        "project": project_in(issue.project),
        **_parent_fields(issue),
        "assignee": person_json(USERS[issue.assignee]) if issue.assignee else None,
        "reporter": person_json(USERS[issue.reporter]),
        "labels": list(issue.labels),
        "components": [],
        "fixVersions": [],
        "description": text_json(issue.description),
        "created": time_json(issue.created),
        "updated": time_json(issue.updated),
        "duedate": issue.due or None,
        "timeoriginalestimate": None,
    }


def project_in(project: data.Project) -> Json:
    """The project of an issue; Cloud says whether it is team-managed."""
    known = project_json(project)
    shown = {name: known[name] for name in ("self", "id", "key", "name", "projectTypeKey")}
    return shown | ({"simplified": team_managed()} if is_cloud() else {})


def _epic_status(epic: data.Issue) -> Json:
    return {"id": "10003", "value": "Done"} if epic.epic_done else {"id": "10001", "value": "To Do"}


def _parent_fields(issue: data.Issue) -> Json:
    """Cloud writes the epic as ``parent``."""
    epic = content().issue_by_key(issue.epic_key)
    if not is_cloud() or epic is None:
        return {}
    shown = {"summary": epic.summary, "status": status_json(epic.status), "issuetype": type_json(epic.kind)}
    own_url = f"{api_url()}/issue/{epic.id}"
    return {"parent": {"id": epic.id, "key": epic.key, "self": own_url, "fields": shown}}


def _sprint_field(issue: data.Issue) -> list[Json] | list[str] | None:
    """The sprint field: objects on Cloud, text on Server."""
    sprint = content().sprint(issue.sprint)
    if sprint is None:
        return None
    return [sprint_json(sprint) | {"boardId": sprint.board}] if is_cloud() else [_sprint_text(sprint)]


def _custom_fields(issue: data.Issue) -> Json:
    return {
        fields.SPRINT: _sprint_field(issue),
        fields.EPIC_LINK: None if is_cloud() else issue.epic_key,
        fields.EPIC_STATUS: _epic_status(issue) if issue.epic_name else None,
        fields.EPIC_NAME: issue.epic_name or None,
        fields.EPIC_COLOUR: issue.epic_color or None,
        fields.RANK: f"0|i{content().place(issue):05d}:",
        fields.STORY_POINTS: issue.points,
        fields.OLD_POINTS: issue.points * 2 if issue.points and issue.number % 2 else None,
        fields.START_DATE: data.day(-5).date().isoformat() if issue.sprint else None,
        fields.CUSTOMER: issue.customer or None,
        fields.SEVERITY: {"id": "10101", "value": "Major"} if issue.kind == "Bug" else None,
    }


def _sprint_text(sprint: data.Sprint) -> str:
    """Server writes the sprint field as the text of a Java object."""
    return (
        f"com.atlassian.greenhopper.service.sprint.Sprint@{sprint.id:x}[id={sprint.id},rapidViewId={sprint.board},"
        f"state={sprint.state.upper()},name={sprint.name},goal={sprint.goal},sequence={sprint.id}]"
    )
