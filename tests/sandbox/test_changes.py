"""What programs change in the practice Jira, and how it refuses: statuses, words and limits of Jira."""

from typing import Any

import pytest
import requests

from tests.support.sandbox import SandboxProcess

API, AGILE = "/rest/api/2", "/rest/agile/1.0"
STORY = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "New"}
NOT_ON_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


class Caller:
    """Somebody with a personal access token."""

    def __init__(self, sandbox: SandboxProcess, user: str = "ada") -> None:
        self.sandbox = sandbox
        self.header = {"Authorization": f"Bearer {sandbox.make_pat(user)}"}

    def send(self, route: str, body: Any = None, **more: Any) -> requests.Response:
        """``route``: method and path."""
        method, _, path = route.partition(" ")
        headers = self.header | more.pop("headers", {})
        if body is not None:
            more["json"] = body
        return requests.request(
            method, self.sandbox.url + path, headers=headers, timeout=10, allow_redirects=False, **more
        )

    def held(self, key: str) -> dict[str, Any]:
        """The issue in the practice Jira."""
        return dict(self.sandbox.content()["issues"][key])


@pytest.fixture
def ada(sandbox: SandboxProcess) -> Caller:
    """A member of both projects."""
    return Caller(sandbox)


REFUSED = [
    ("POST /rest/api/2/issue", {"fields": STORY | {"project": {"key": "NONE"}}}, 400, "project"),
    ("POST /rest/api/2/issue", {"fields": STORY | {"issuetype": {"name": "X"}}}, 400, "issuetype"),
    ("POST /rest/api/2/issue", {"fields": STORY | {"summary": None}}, 400, "summary"),
    ("POST /rest/api/2/issue", {"fields": STORY | {"summary": "a\nb"}}, 400, "summary"),
    ("PUT /rest/api/2/issue/SHOP-4", {"fields": {"colour": "red"}}, 400, "colour"),
    ("PUT /rest/api/2/issue/SHOP-4", {"fields": {"customfield_10310": "5"}}, 400, "customfield_10310"),
    ("PUT /rest/api/2/issue/SHOP-4", {"fields": {"assignee": {"name": "nobody"}}}, 400, "assignee"),
    ("PUT /rest/api/2/issue/SHOP-4", {"fields": {"labels": ["a b"]}}, 400, "labels"),
    ("PUT /rest/api/2/issue/SHOP-4", {"fields": {"duedate": "tomorrow"}}, 400, "duedate"),
    ("PUT /rest/api/2/issue/SHOP-4", {"fields": {"customfield_10301": "SHOP-5"}}, 400, "customfield_10301"),
    ("PUT /rest/api/2/issue/SHOP-99", {"fields": {}}, 404, None),
    ("POST /rest/api/2/issue/SHOP-4/transitions", {"transition": {"id": "31"}}, 400, None),
    ("POST /rest/api/2/issue/SHOP-4/transitions", {}, 400, None),
    ("POST /rest/api/2/issue/SHOP-4/comment", {"body": " "}, 400, "comment"),
    ("PUT /rest/api/2/issue/SHOP-4/comment/1", {"body": "x"}, 404, None),
    ("POST /rest/api/2/issue/SHOP-4/worklog", {"timeSpent": "soon"}, 400, "timeLogged"),
    ("GET /rest/api/2/attachment/1", None, 404, None),
    ("POST /rest/agile/1.0/sprint", {"name": "x" * 31, "originBoardId": 1}, 400, "name"),
    ("POST /rest/agile/1.0/sprint", {"name": "x", "originBoardId": 2}, 400, None),
    ("POST /rest/agile/1.0/sprint/13", {"state": "closed"}, 400, None),
    ("POST /rest/agile/1.0/sprint/13", {"state": "active"}, 400, "startDate"),
    ("POST /rest/agile/1.0/sprint/13", {"startDate": "soon"}, 400, "startDate"),
    ("POST /rest/agile/1.0/sprint/11/issue", {"issues": ["SHOP-4"]}, 400, None),
    ("POST /rest/agile/1.0/backlog/issue", {"issues": ["SHOP-4"] * 51}, 400, None),
    ("POST /rest/agile/1.0/epic/SHOP-4/issue", {"issues": ["SHOP-5"]}, 404, None),
    ("PUT /rest/agile/1.0/issue/rank", {"issues": ["SHOP-4"]}, 400, None),
]


def test_what_is_refused_says_why_and_changes_nothing(ada: Caller) -> None:
    before = ada.sandbox.content()
    for route, body, status, field in REFUSED:
        answer = ada.send(route, body)
        assert answer.status_code == status, (route, answer.text)
        told = answer.json()
        assert bool(told["errorMessages"]) == (field is None), (route, told)
        assert set(told["errors"]) == ({field} if field else set()), (route, told)
    unknown = ada.send(REFUSED[4][0], REFUSED[4][1]).json()
    assert unknown["errors"]["colour"] == NOT_ON_SCREEN.format("colour")
    assert ada.sandbox.content() == before


def test_who_may_not_see_a_project_changes_nothing_in_it(ada: Caller) -> None:
    linus = Caller(ada.sandbox, "linus")
    assert linus.send(f"PUT {API}/issue/PLAT-1", {"fields": {"summary": "x"}}).status_code == 404
    assert linus.send(f"POST {AGILE}/sprint/13/issue", {"issues": ["PLAT-1"]}).status_code == 404
    made = STORY | {"project": {"key": "PLAT"}}
    assert linus.send(f"POST {API}/issue", {"fields": made}).status_code == 400
    for route in (f"POST {API}/issue", f"PUT {API}/issue/SHOP-4", f"DELETE {API}/issue/SHOP-4"):
        method, _, path = route.partition(" ")
        nobody = requests.request(method, ada.sandbox.url + path, json={"fields": STORY}, timeout=10)
        assert nobody.status_code == 401
    assert ada.sandbox.content()["deeds"] == []


def test_a_permission_taken_away_is_missed(ada: Caller) -> None:
    taken = ["CREATE_ISSUES", "EDIT_ISSUES", "ASSIGN_ISSUES", "MANAGE_SPRINTS_PERMISSION"]
    ada.sandbox.state(permissions_missing=taken)
    for route, body in (
        (f"POST {API}/issue", {"fields": STORY}),
        (f"PUT {API}/issue/SHOP-4", {"fields": {}}),
        (f"PUT {API}/issue/SHOP-4/assignee", {"name": "ada"}),
        (f"POST {AGILE}/sprint", {"name": "x", "originBoardId": 1}),
        (f"DELETE {AGILE}/sprint/13", None),
        (f"POST {AGILE}/epic/SHOP-1", {"name": "x"}),
    ):
        assert ada.send(route, body).status_code == 403, route


def test_a_file_wants_the_header_no_page_can_send(ada: Caller) -> None:
    path, form = f"POST {API}/issue/SHOP-4/attachments", {"file": ("a b.txt", b"bytes", "text/plain")}
    refused = ada.send(path, files=form)
    assert (refused.status_code, refused.text) == (403, "XSRF check failed")
    [made] = ada.send(path, files=form, headers={"X-Atlassian-Token": "no-check"}).json()
    assert made["content"] == f"{ada.sandbox.url}/secure/attachment/{made['id']}/a%20b.txt"
    own = made["content"].removeprefix(ada.sandbox.url)
    short = ada.send(f"GET /secure/attachment/{made['id']}")
    assert (short.status_code, short.headers["Location"]) == (302, made["content"])
    assert ada.send(f"GET {own}").content == b"bytes"
    part = ada.send(f"GET {own}", headers={"Range": "bytes=1-2"})
    assert (part.status_code, part.content) == (206, b"yt")
    assert requests.get(made["content"], timeout=10).status_code == 401
    [known] = ada.send(f"GET {API}/issue/SHOP-4").json()["fields"]["attachment"]
    assert (known["id"], known["size"], known["mimeType"]) == (made["id"], 5, "text/plain")
    assert ada.send(f"DELETE {API}/attachment/{made['id']}").status_code == 204
    assert ada.held("SHOP-4")["attachments"] == []


def test_an_issue_goes_only_where_its_state_leads(ada: Caller) -> None:
    key = ada.send(f"POST {API}/issue", {"fields": STORY}).json()["key"]
    listed = ada.send(f"GET {API}/issue/{key}/transitions").json()["transitions"]
    assert [(one["id"], one["to"]["name"]) for one in listed] == [("21", "In Progress"), ("41", "Done")]
    update = {"comment": [{"add": {"body": "On it"}}], "labels": [{"add": "a"}]}
    body = {"transition": {"id": 21}, "update": update, "fields": {"assignee": {"name": "grace"}}}
    assert ada.send(f"POST {API}/issue/{key}/transitions", body).status_code == 204
    held = ada.held(key)
    assert (held["status"], held["labels"], held["assignee"]) == ("3", ["a"], "grace")
    assert [one["body"] for one in held["comments"]] == ["On it"]
    one_more = {"update": {"labels": [{"remove": "a"}, {"add": "b"}], "summary": [{"set": "S"}]}}
    assert ada.send(f"PUT {API}/issue/{key}", one_more).status_code == 204
    assert (ada.held(key)["labels"], ada.held(key)["summary"]) == (["b"], "S")
    assert ada.send(f"DELETE {API}/issue/{key}").status_code == 204
    assert ada.send(f"POST {API}/issue", {"fields": STORY}).json()["key"] != key, "a number is given once"


def test_a_sprint_is_planned_started_and_closed(ada: Caller) -> None:
    made = ada.send(f"POST {AGILE}/sprint", {"name": "Next", "originBoardId": 1, "goal": "g"}).json()
    own = made["self"].removeprefix(ada.sandbox.url)
    assert (made["state"], made["originBoardId"]) == ("future", 1)
    move = {"issues": ["SHOP-5", "SHOP-4"], "rankBeforeIssue": "SHOP-1"}
    assert ada.send(f"POST {own}/issue", move).status_code == 204
    dates = {"startDate": "2026-02-02T09:00:00.000+0100", "endDate": "2026-02-16T08:00:00Z"}
    started = ada.send(f"POST {own}", {"state": "active", **dates}).json()
    assert started["startDate"] == "2026-02-02T08:00:00.000+0000"
    assert ada.send(f"PUT {own}", {"name": "Last", "state": "closed"}).json()["completeDate"]
    issues = ada.send(f"GET {AGILE}/board/1/sprint/{made['id']}/issue?jql=assignee%20%3D%20ada").json()[
        "issues"
    ]
    assert [one["key"] for one in issues] == ["SHOP-4"]
    assert ada.sandbox.content()["rank"][:3] == ["SHOP-5", "SHOP-4", "SHOP-1"]
    assert ada.send(f"DELETE {own}").status_code == 204
    assert ada.held("SHOP-4")["sprint"] == 0


def test_estimates_and_epics(ada: Caller) -> None:
    path = f"{AGILE}/issue/SHOP-4/estimation?boardId=1"
    assert ada.send(f"PUT {path}", {"value": "8.0"}).json()["value"] == 8.0
    assert ada.send(f"GET {path}").json()["value"] == 8.0
    under = f"{AGILE}/epic/SHOP-2/issue"
    assert ada.send(f"POST {under}", {"issues": ["SHOP-4"]}).status_code == 204
    assert "SHOP-4" in [one["key"] for one in ada.send(f"GET {under}").json()["issues"]]
    assert ada.send(f"POST {AGILE}/epic/none/issue", {"issues": ["SHOP-4"]}).status_code == 204
    without = ada.send(f"GET {AGILE}/board/1/epic/none/issue").json()["issues"]
    assert without[0]["key"] == "SHOP-4"
    changed = ada.send(f"POST {AGILE}/epic/SHOP-2", {"name": "Gifts", "done": True}).json()
    assert (changed["name"], changed["done"]) == ("Gifts", True)


def test_what_one_may_fill_in(ada: Caller) -> None:
    meta = f"{API}/issue/createmeta"
    kinds = ada.send(f"GET {meta}/SHOP/issuetypes").json()["values"]
    assert [kind["name"] for kind in kinds] == ["Story", "Task", "Bug", "Epic"]
    rows = ada.send(f"GET {meta}/SHOP/issuetypes/{kinds[0]['id']}").json()["values"]
    assert {row["fieldId"] for row in rows if row["required"]} == {"project", "issuetype", "summary"}
    ada.sandbox.state(jira_version="8.20.0")
    [shop] = ada.send(f"GET {meta}?projectKeys=SHOP&expand=projects.issuetypes.fields").json()["projects"]
    assert shop["issuetypes"][0]["fields"]["summary"]["required"]
    ada.sandbox.state(jira_version="9.4.0")
    assert ada.send(f"GET {meta}?projectKeys=SHOP").status_code == 404
    assert "project" not in ada.send(f"GET {API}/issue/SHOP-4/editmeta").json()["fields"]
    members = ada.send(f"GET {API}/user/assignable/search?project=PLAT").json()
    assert [one["name"] for one in members] == ["admin", "ada"]


def test_a_search_may_be_posted(ada: Caller) -> None:
    asked = {"jql": 'summary ~ "gift card" AND status != Done', "fields": ["summary"], "maxResults": 2}
    told = ada.send(f"POST {API}/search", asked | {"startAt": 1}).json()
    assert (told["total"], told["startAt"], len(told["issues"])) == (5, 1, 2)
    assert set(told["issues"][0]["fields"]) == {"summary"}


def test_links_to_elsewhere_and_worklogs(ada: Caller) -> None:
    links, shown = f"{API}/issue/SHOP-4/remotelink", {"url": "https://example.org", "title": "T"}
    made = ada.send(f"POST {links}", {"globalId": "g", "object": shown})
    again = ada.send(f"POST {links}", {"globalId": "g", "object": shown | {"title": "U"}})
    assert (made.status_code, again.status_code, again.json()) == (201, 200, made.json())
    assert ada.send(f"GET {links}?globalId=g").json()["object"]["title"] == "U"
    assert ada.send(f"DELETE {links}/{made.json()['id']}").status_code == 204
    assert ada.send(f"GET {links}").json() == []
    spent = ada.send(f"POST {API}/issue/SHOP-4/worklog", {"timeSpent": "1h 30m", "comment": "c"})
    assert (spent.status_code, spent.json()["timeSpentSeconds"]) == (201, 5400)
    assert ada.send(f"GET {API}/issue/SHOP-4/worklog").json()["total"] == 1
