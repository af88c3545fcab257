"""Of the calls of a run no more than five depend on one another."""

from uuid import uuid4

import pytest

from portal import clock
from portal.alm_accounts import accounts
from portal.checklist.rows import rows_of
from portal.kinds.methods import API_TOKEN, PASSWORD, PAT, SCOPED_TOKEN
from portal.store.tables import Board
from tests.checklist.calls_seen import calls_seen
from tests.checklist.keeping import EDGES, SHOP
from tests.support.accounts import connected_account
from tests.support.api_tokens import api_token_office
from tests.support.checklist import Sheet
from tests.support.cloud import cloud_office
from tests.support.server_oauth2 import server_oauth2_office
from tests.support.tokens import token_office
from tests.support.variants import variants

LONGEST = 5
WAYS = {
    "application link": connected_account,
    "incoming link": server_oauth2_office,
    "personal access token": lambda *where: token_office(*where, PAT),
    "password": lambda *where: token_office(*where, PASSWORD),
    "app at Atlassian": cloud_office,
    "classic token": lambda *where: api_token_office(*where, API_TOKEN),
    "token with scopes": lambda *where: api_token_office(*where, SCOPED_TOKEN),
}


@pytest.mark.parametrize("way", variants(WAYS))
def test_no_chain_of_calls_is_longer_than_five(portal, sandbox, tenant, monkeypatch, way) -> None:
    made = WAYS[way](portal, sandbox, tenant)
    sheet = Sheet(portal, sandbox, tenant, getattr(made, "account_id", made))
    about = {"account_id": sheet.account_id, "made_by": tenant.admin.user_id, "created_at": clock.now()}
    with sheet.work.write() as session:
        for number, name in ((SHOP, "SHOP board"), (EDGES, "Platform kanban")):
            session.add(Board(id=uuid4(), name=name, jira_board_id=number, jira_board_name=name, **about))
    with calls_seen(monkeypatch) as seen:
        rows = sheet.run()
    assert {row.state for row in rows.values()} <= {"proved", "warning", "unknown"}
    assert "row_broke" not in {row.trouble.code for row in rows.values() if row.trouble}
    in_order = rows_of(accounts.account(sheet.work, sheet.account_id))
    chain = seen.longest(in_order)
    assert 3 <= len(chain) <= LONGEST, chain
    callers = {one.row for one in seen.calls}
    # What it tells anybody is asked while its hosts are reached.
    assert "name" in callers and not {"", "jira"} & callers
    names = [row.name for row in in_order]
    assert len(set(names)) == len(names)
    for place, row in enumerate(in_order):
        assert not set(row.after) & set(names[place:]), f"{row.name} comes before what it waits for"
