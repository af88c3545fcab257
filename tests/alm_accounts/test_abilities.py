"""What a credential at Jira Cloud is good for, found out by trying."""

from collections.abc import Callable, Iterator

import pytest

from portal.alm_accounts.abilities import Tried, tried
from portal.credentials.acting_as import acting_as
from portal.jira.addresses import AddressPolicy
from portal.jira.base_urls import BaseUrl
from portal.jira.client import JiraClient
from portal.jira.trouble import Code
from portal.jira.wire import Wire
from portal.kinds.features import FEATURES, READ_WORK
from portal.kinds.scopes import REQUIRED
from tests.jira.conftest import LOOPBACK
from tests.jira.servers import Server, reply
from tests.support.cloud import ALL_SCOPES, CloudOffice, cloud_draft, cloud_office
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld

NO_SCOPE = reply(b'{"code": 401, "message": "Unauthorized; scope does not match"}', "401 Unauthorized")
NO_BOARD = reply(b'{"values": []}')
ONE_BOARD = b'{"values": [{"id": 7, "type": "scrum"}]}'
Way = Callable[[bytes], bytes]


@pytest.fixture
def wire() -> Iterator[Wire]:
    """May reach this machine over plain http."""
    made = Wire(AddressPolicy(LOOPBACK), frozenset({"127.0.0.1"}), "Almoner/test", deadline=5.0)
    yield made
    made.close()


def by_name(found: list[Tried]) -> dict[str, Tried]:
    assert [one.feature for one in found] == list(FEATURES)
    return {one.feature.name: one for one in found}


def told(one: Tried) -> tuple[bool | None, Code | None, set[str]]:
    return one.works, one.code, {scope.id for scope in one.lacking}


def tried_by(office: CloudOffice) -> tuple[dict[str, Tried], int]:
    """As the account itself; and how many calls it took."""
    with acting_as(office.work, office.registry, office.account_id, None) as acting:
        office.sandbox.clear_requests()
        found = by_name(tried(acting.jira))
    return found, len(office.sandbox.requests())


def with_scopes(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, without: set[str]
) -> CloudOffice:
    """An account that was allowed everything but these."""
    office = cloud_draft(portal, sandbox, tenant, tuple(one for one in ALL_SCOPES if one not in without))
    office.authorise()
    return office


def test_with_every_scope_everything_works(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    found, calls = tried_by(cloud_office(portal, sandbox, tenant))
    assert {name: told(one) for name, one in found.items()} == dict.fromkeys(found, (True, None, set()))
    assert calls == 7


def test_a_lacking_scope_is_found_though_the_refusal_names_none(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    """Of several that a call needs, those that another call has proved are left out."""
    lacking = {"read:issue-details:jira", "read:epic:jira-software", READ_WORK}
    found, _ = tried_by(with_scopes(portal, sandbox, tenant, lacking))
    works = {name for name, one in found.items() if one.works}
    assert works == {"boards", "columns", "sprints", "fields"}
    assert told(found["backlog"]) == (False, Code.SCOPE_MISMATCH, {"read:issue-details:jira"})
    assert told(found["epics"]) == (False, Code.SCOPE_MISMATCH, {"read:epic:jira-software"})
    of_sprints = {scope.id for scope in found["sprint_issues"].lacking}
    assert of_sprints > {"read:issue-details:jira", "read:audit-log:jira"}


def test_without_boards_what_needs_one_cannot_be_known(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    found, calls = tried_by(with_scopes(portal, sandbox, tenant, {"read:board-scope:jira-software"}))
    needed = {"read:project:jira", "read:board-scope:jira-software"}
    assert told(found["boards"]) == (False, Code.SCOPE_MISMATCH, needed)
    for name in ("backlog", "columns", "sprints", "epics"):
        assert told(found[name]) == (None, None, set())
    assert (found["fields"].works, found["sprint_issues"].works, calls) == (True, True, 3)


def test_with_identity_alone_nothing_works(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    found, _ = tried_by(with_scopes(portal, sandbox, tenant, set(ALL_SCOPES) - set(REQUIRED)))
    assert not [name for name, one in found.items() if one.works]
    assert {one.code for one in found.values()} == {Code.SCOPE_MISMATCH, None}


def asked(wire: Wire, way: Way) -> tuple[dict[str, Tried], list[str]]:
    """Tried at a server that answers each path its own way; and the targets that were called."""
    with Server(lambda request: [way(request)]) as server:
        jira = JiraClient(wire.session(), BaseUrl.stored(server.url), is_cloud=True)
        found = by_name(tried(jira))
    return found, [request.split(b" ", 2)[1].decode() for request in server.requests]


def boards_then(*others: tuple[bytes, bytes]) -> Way:
    """One board, and these answers where the words stand in the target."""

    def answer(request: bytes) -> bytes:
        target = request.split(b" ", 2)[1]
        return next((given for word, given in others if word in target), reply(ONE_BOARD))

    return answer


def test_each_call_asks_for_one_entry_at_most(wire: Wire) -> None:
    _, targets = asked(wire, boards_then())
    assert targets[0] == "/rest/agile/1.0/board?type=scrum&maxResults=1"
    assert all("maxResults=1" in target or target.endswith("/field") for target in targets)
    assert [target for target in targets if "/board/" in target] == [
        f"/rest/agile/1.0/board/7/{part}?maxResults=1"
        for part in ("backlog", "configuration", "sprint", "epic")
    ]


def test_a_site_of_kanban_boards_is_asked_no_sprints(wire: Wire) -> None:
    """Such a board answers 400 to the question, whatever the scopes."""
    kanban = reply(ONE_BOARD.replace(b"scrum", b"kanban"))
    found, targets = asked(wire, boards_then((b"type=scrum", NO_BOARD), (b"/board?", kanban)))
    assert told(found["sprints"]) == (None, None, set())
    assert all(one.works for name, one in found.items() if name != "sprints")
    assert (len(targets), [target for target in targets if "/sprint?" in target]) == (7, [])


def test_a_team_managed_board_is_asked_for_sprints(wire: Wire) -> None:
    """It may have some; eight calls are the most."""
    simple = reply(ONE_BOARD.replace(b"scrum", b"simple"))
    found, targets = asked(wire, boards_then((b"type=scrum", NO_BOARD), (b"/board?", simple)))
    assert all(one.works for one in found.values())
    assert len(targets) == 8


def test_a_site_without_boards_tells_nothing_of_them(wire: Wire) -> None:
    found, targets = asked(wire, boards_then((b"/board?", NO_BOARD)))
    assert [name for name, one in found.items() if one.works] == ["boards", "sprint_issues", "fields"]
    assert len(targets) == 4


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply(b"{}", "400 Bad"), Code.BAD_REQUEST),
        (reply(b"{}", "403 No"), Code.FORBIDDEN),
        (reply(b"{}", "404 No"), Code.NOT_FOUND),
        (reply(b"{}", "500 Oh"), Code.SERVER_ERROR),
    ],
    ids=["bad request", "forbidden", "not found", "error"],
)
def test_trouble_of_one_call_leaves_the_others(wire: Wire, answer: bytes, code: Code) -> None:
    found, targets = asked(wire, boards_then((b"/configuration", answer), (b"/epic", NO_SCOPE)))
    assert told(found["columns"]) == (None, code, set())
    assert (found["epics"].code, found["fields"].works, len(targets)) == (Code.SCOPE_MISMATCH, True, 7)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply(b"", "429 Slow down"), Code.RATE_LIMITED),
        (reply(b"", "503 Later"), Code.MAINTENANCE),
        (reply(b"{}", "401 No"), Code.UNAUTHORIZED),
        (reply(b"", "403 No", X_Seraph_LoginReason="AUTHENTICATION_DENIED"), Code.CAPTCHA),
    ],
    ids=["pause", "maintenance", "refused", "captcha"],
)
def test_trouble_of_every_call_ends_the_trial(wire: Wire, answer: bytes, code: Code) -> None:
    """A pause that was asked for is kept, and a refused secret is not tried until a captcha is asked for."""
    found, targets = asked(wire, boards_then((b"/configuration", answer)))
    assert (found["boards"].works, found["backlog"].works) == (True, True)
    assert {told(found[name])[:2] for name in ("columns", "sprints", "epics", "fields")} == {(None, code)}
    assert len(targets) == 3


def test_the_deadline_ends_the_trial(wire: Wire) -> None:
    wire.deadline = 0.000001
    found, targets = asked(wire, boards_then())
    assert {one.code for one in found.values()} == {Code.DEADLINE}
    assert targets == []


@pytest.mark.parametrize("body", [b"[]", b'{"values": [{"id": "x"}]}', b'{"values": 7}', b"{"])
def test_odd_lists_of_boards_are_borne(wire: Wire, body: bytes) -> None:
    found, _ = asked(wire, boards_then((b"/board?", reply(body))))
    assert found["backlog"].works is None
    assert found["fields"].works
