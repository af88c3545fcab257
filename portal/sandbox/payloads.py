"""Projects, issues, sprints, epics and boards as Jira writes them in JSON."""

from __future__ import annotations

from datetime import datetime

from portal.sandbox import data, fields
from portal.sandbox.people import USERS
from portal.sandbox.rest import Json, api_url, base_url, is_cloud, person_json


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


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


def _status_json(status: str) -> Json:
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


def sprint_json(sprint: data.Sprint) -> Json:
    """A sprint; dates only once they are set."""
    answer: Json = {
        "id": sprint.id,
        "self": f"{base_url()}/rest/agile/1.0/sprint/{sprint.id}",
        "state": sprint.state,
        "name": sprint.name,
        "originBoardId": 1,
        "goal": sprint.goal,
    }
    if sprint.starts is not None:
        answer["startDate"] = answer["activatedDate"] = _time(data.day(sprint.starts))
        answer["endDate"] = _time(data.day(sprint.starts + sprint.length))
    if sprint.state == "closed" and sprint.starts is not None:
        answer["completeDate"] = answer["endDate"]
    return answer


def epic_json(epic: data.Issue) -> Json:
    """An epic as the agile interface shows it."""
    return {
        "id": int(epic.id),
        "key": epic.key,
        "self": f"{base_url()}/rest/agile/1.0/epic/{epic.id}",
        "name": epic.epic_name,
        "summary": epic.summary,
        "color": {"key": epic.epic_color.replace("ghx-label", "color")},
        "done": epic.status == data.DONE,
    }


def board_json(board: data.Board) -> Json:
    """A board in the list of boards; Cloud says where it belongs."""
    answer: Json = {
        "id": board.id,
        "self": f"{base_url()}/rest/agile/1.0/board/{board.id}",
        "name": board.name,
        "type": board.kind,
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
    if board.kind == "scrum":
        answer["estimation"] = {
            "type": "field",
            "field": {"fieldId": fields.STORY_POINTS, "displayName": "Story Points"},
        }
    return answer


def issue_json(issue: data.Issue, wanted: str = "", agile: bool = False) -> Json:
    """An issue; ``wanted`` is the ``fields`` parameter, ``agile`` adds the fields of the agile interface."""
    content = _plain_fields(issue) | _custom_fields(issue)
    if agile:
        sprint = next((s for s in data.SPRINTS if s.id == issue.sprint and s.state != "closed"), None)
        epic = data.issue_by_key(issue.epic_key)
        content["sprint"] = sprint_json(sprint) if sprint else None
        content["epic"] = epic_json(epic) if epic else None
        content["flagged"] = False
    names = {name.strip() for name in wanted.split(",") if name.strip()}
    if names and not names & {"*all", "*navigable"}:
        content = {name: value for name, value in content.items() if name in names}
    return {
        "expand": "operations,versionedRepresentations,editmeta,changelog,renderedFields",
        "id": issue.id,
        "self": f"{api_url()}/issue/{issue.id}",
        "key": issue.key,
        "fields": content,
    }


def _plain_fields(issue: data.Issue) -> Json:
    project = project_json(issue.project)
    created = data.day(-30 - issue.number)
    return {
        "summary": issue.summary,
        "issuetype": {
            "self": f"{api_url()}/issuetype/{data.TYPES[issue.kind]}",
            "id": data.TYPES[issue.kind],
            "name": issue.kind,
            "subtask": False,
        },
        "status": _status_json(issue.status),
        "priority": {"id": "3", "name": "Medium"},
        "project": {name: project[name] for name in ("self", "id", "key", "name", "projectTypeKey")},
        **_parent_fields(issue),
        "assignee": person_json(USERS[issue.assignee]) if issue.assignee else None,
        "reporter": person_json(USERS["grace"]),
        "labels": [],
        "components": [],
        "fixVersions": [],
        "description": None,
        "created": _time(created),
        "updated": _time(data.day(-1)),
        "duedate": data.day(10 + issue.number).date().isoformat() if issue.sprint else None,
        "timeoriginalestimate": None,
    }


def _parent_fields(issue: data.Issue) -> Json:
    """Cloud writes the epic as ``parent``."""
    epic = data.issue_by_key(issue.epic_key)
    if not is_cloud() or epic is None:
        return {}
    shown = {"summary": epic.summary, "status": _status_json(epic.status)}
    own_url = f"{api_url()}/issue/{epic.id}"
    return {"parent": {"id": epic.id, "key": epic.key, "self": own_url, "fields": shown}}


def _sprint_field(issue: data.Issue) -> list[Json] | list[str] | None:
    """The sprint field: objects on Cloud, text on Server."""
    sprint = next((s for s in data.SPRINTS if s.id == issue.sprint), None)
    if sprint is None:
        return None
    return [sprint_json(sprint) | {"boardId": 1}] if is_cloud() else [_sprint_text(sprint)]


def _custom_fields(issue: data.Issue) -> Json:
    return {
        fields.SPRINT: _sprint_field(issue),
        fields.EPIC_LINK: None if is_cloud() else issue.epic_key,
        fields.EPIC_STATUS: {"id": "10001", "value": "To Do"} if issue.epic_name else None,
        fields.EPIC_NAME: issue.epic_name or None,
        fields.EPIC_COLOUR: issue.epic_color or None,
        fields.RANK: f"0|i{issue.number:05d}:",
        fields.STORY_POINTS: issue.points,
        fields.OLD_POINTS: issue.points * 2 if issue.points and issue.number % 2 else None,
        fields.START_DATE: data.day(-5).date().isoformat() if issue.sprint else None,
        fields.CUSTOMER: None,
        fields.SEVERITY: {"id": "10101", "value": "Major"} if issue.kind == "Bug" else None,
    }


def _sprint_text(sprint: data.Sprint) -> str:
    """Server writes the sprint field as the text of a Java object."""
    return (
        f"com.atlassian.greenhopper.service.sprint.Sprint@{sprint.id:x}[id={sprint.id},rapidViewId=1,"
        f"state={sprint.state.upper()},name={sprint.name},goal={sprint.goal},sequence={sprint.id}]"
    )
