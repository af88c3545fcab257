"""Boards, permissions and fields at Jira Cloud: what scopes do not open cannot be known, and is not red."""

from uuid import uuid4

import pytest

from portal import clock
from portal.jira import agile
from portal.kinds.features import READ_WORK
from portal.kinds.methods import API_TOKEN, SCOPED_TOKEN
from portal.kinds.scopes import PRESET, READ_PERMISSIONS, REQUIRED
from portal.store.tables import Board, FieldMapping
from tests.checklist.keeping import EDGES, SHOP
from tests.support.api_tokens import api_token_office
from tests.support.checklist import Sheet
from tests.support.cloud import ALL_SCOPES, cloud_draft
from tests.support.variants import variants

pytestmark = pytest.mark.on_both("test_by_api_token")

DATA = ("boards", "permissions", "fields")


def keep(sheet: Sheet, jira_name: str = "SHOP board", number: int = SHOP) -> Sheet:
    """Keep a board and a field, as if permissions had been others then."""
    about = {"account_id": sheet.account_id, "made_by": sheet.tenant.admin.user_id, "created_at": clock.now()}
    with sheet.work.write() as session:
        session.add(Board(id=uuid4(), name="Shop", jira_board_id=number, jira_board_name=jira_name, **about))
        session.add(
            FieldMapping(account_id=sheet.account_id, role="rank", field_id="gone_1", field_name="Rank")
        )
    return sheet


def by_consent(portal, sandbox, tenant, scopes) -> Sheet:
    office = cloud_draft(portal, sandbox, tenant, scopes)
    office.authorise()
    office.save()
    return Sheet(portal, sandbox, tenant, office.account_id)


UNKNOWN = "unknown"
MORE = (*PRESET, READ_PERMISSIONS)


@pytest.mark.parametrize(
    ("scopes", "states"),
    variants(
        [
            (ALL_SCOPES, ("proved", "proved", "failed")),
            (MORE, ("proved", "proved", UNKNOWN)),
            (PRESET, ("proved", UNKNOWN, UNKNOWN)),
            ((*REQUIRED, READ_PERMISSIONS), (UNKNOWN, UNKNOWN, UNKNOWN)),
            (REQUIRED, (UNKNOWN, UNKNOWN, UNKNOWN)),
        ],
        ("all", "one more than preset", "those that are preset", "no boards", "identity only"),
    ),
)
def test_by_consent(portal, sandbox, tenant, scopes, states) -> None:
    """With the preset ones a board is looked up in the list; permissions are asked for where that is let."""
    sheet = keep(by_consent(portal, sandbox, tenant, scopes))
    sandbox.clear_requests()
    rows = sheet.run(DATA)
    assert tuple(rows[name].state for name in DATA) == states
    boards, permissions, fields = (rows[name] for name in DATA)
    if boards.state == UNKNOWN:
        assert "View boards, backlogs, and related items (read:board-scope" in boards.trouble.cause
        assert sandbox.requests() == []
    if permissions.state == "proved":
        assert permissions.said.endswith("in project SHOP.")
    elif READ_PERMISSIONS in scopes:
        assert permissions.trouble.code == "boards_untold"
    else:
        assert permissions.trouble.code == "permissions_untold"
        assert "View permissions (read:permission:jira)" in permissions.trouble.fix
        assert all("mypermissions" not in one["path"] for one in sandbox.requests())
    if fields.state == "failed":
        assert fields.trouble.code == "fields_gone"


def test_a_permission_that_lacks_is_told_by_consent_as_well(portal, sandbox, tenant) -> None:
    sheet = keep(by_consent(portal, sandbox, tenant, MORE))
    sandbox.state(permissions_missing=["EDIT_ISSUES"])
    row = sheet.run(DATA)["permissions"]
    assert row.trouble.code == "permissions_missing" and "project SHOP" in row.trouble.cause


def test_a_board_that_the_list_does_not_name_is_no_proof_that_it_is_gone(portal, sandbox, tenant) -> None:
    sheet = keep(by_consent(portal, sandbox, tenant, PRESET), jira_name="As it was called")
    row = sheet.run(DATA)["boards"]
    assert row.state == "warning" and row.trouble.code == "boards_unlisted"


def test_a_board_is_found_on_a_later_page_of_the_list(portal, sandbox, tenant, monkeypatch) -> None:
    monkeypatch.setattr(agile, "PAGE", 1)
    sheet = keep(by_consent(portal, sandbox, tenant, PRESET), jira_name="", number=EDGES)
    assert sheet.run(DATA)["boards"].state == "proved"


@pytest.mark.parametrize(
    ("method", "lacking"),
    variants(
        [(API_TOKEN, []), (SCOPED_TOKEN, []), (SCOPED_TOKEN, [READ_PERMISSIONS, READ_WORK])],
        ("without scopes", "with all scopes", "with all but one"),
    ),
)
def test_by_api_token(portal, sandbox, tenant, method, lacking) -> None:
    """A classic token tells permissions; one with scopes is tried, since nobody tells what it has."""
    sheet = keep(Sheet(portal, sandbox, tenant, api_token_office(portal, sandbox, tenant, method).account_id))
    sandbox.state(scopes_missing=lacking)
    rows = sheet.run(DATA)
    assert rows["boards"].state == "proved" and rows["fields"].trouble.code == "fields_gone"
    row = rows["permissions"]
    if lacking:
        assert (row.state, row.trouble.code) == ("unknown", "token_permissions_untold")
        assert "View permissions (read:permission:jira)" in row.trouble.cause
    else:
        assert row.state == "proved" and row.said.endswith("in project SHOP.")
