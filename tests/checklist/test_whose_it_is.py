"""What is advised, and to whom: by the account's way to connect, and by what came back."""

import pytest

from portal.checklist import runs
from portal.credentials.problem import NETWORK, OPERATOR
from portal.kinds.methods import PAT
from tests.support.api_tokens import api_token_office
from tests.support.cloud import cloud_office
from tests.support.cloud_sheets import looked, red, sheet_of, told
from tests.support.server_oauth2 import server_oauth2_draft, server_oauth2_office
from tests.support.tokens import token_office

pytestmark = pytest.mark.variant


@pytest.mark.parametrize(
    ("make", "version", "code", "since"),
    [
        (server_oauth2_draft, "8.20.30", "jira_before_oauth2", "8.22"),
        (server_oauth2_office, "7.13.0", "jira_before_oauth2", "8.22"),
        (token_office, "8.13.27", "jira_before_pat", "8.14"),
    ],
)
def test_a_jira_that_is_too_old_for_the_way_is_named(portal, sandbox, tenant, make, version, code, since):
    rows = looked(sheet_of(make(portal, sandbox, tenant)), jira_version=version)
    assert red(rows).get("jira") == code and "not_found" not in red(rows).values()
    assert version in rows["jira"].trouble.cause and f"{since} or later" in rows["jira"].trouble.fix
    assert rows["consent"].state in ("waiting", "unknown")


def test_a_wrong_clock_says_what_it_does_where_nothing_is_signed(portal, sandbox, tenant):
    row = looked(sheet_of(token_office(portal, sandbox, tenant, PAT)), clock_offset_seconds=600)["clocks"]
    assert told(row) == ("warning", "clock_off_unsigned")
    assert "signs by Jira's clock" not in row.trouble.cause and "Jira refuses" not in row.trouble.cause


def test_at_atlassian_a_wrong_clock_is_most_likely_ours(portal, sandbox, tenant):
    office = cloud_office(portal, sandbox, tenant)
    row = looked(sheet_of(office), ["clocks"], runs.NIGHT, clock_offset_seconds=600)["clocks"]
    assert (told(row), row.trouble.owner) == (("warning", "clock_off_cloud"), OPERATOR)


def test_a_deactivated_user_is_a_cause_and_another_one_a_way_out(portal, sandbox, tenant):
    rows = looked(sheet_of(cloud_office(portal, sandbox, tenant)), user_disabled=["admin"])
    [name] = red(rows)
    assert "deactivated" in rows[name].trouble.cause and "connect as another user" in rows[name].trouble.fix


def test_without_the_scope_of_identity_nobody_can_be_connected(portal, sandbox, tenant):
    rows = looked(sheet_of(cloud_office(portal, sandbox, tenant)), scopes_missing=["read:jira-user"])
    assert "nobody can be connected at all" in rows["scopes"].trouble.cause


def test_what_stopped_the_trying_of_scopes_is_what_to_mend(portal, sandbox, tenant):
    rows = looked(sheet_of(api_token_office(portal, sandbox, tenant)), board_forbidden=True)
    assert told(rows["scopes"]) == ("unknown", "token_scopes_stopped")
    assert "Make a board" not in rows["scopes"].trouble.fix and "permission" in rows["scopes"].trouble.fix


def test_a_redirect_to_a_sign_in_page_is_the_network_peoples(portal, sandbox, tenant):
    row = looked(sheet_of(token_office(portal, sandbox, tenant)), in_front="login_redirect")["jira"]
    assert (told(row), row.trouble.owner) == (("failed", "redirected"), NETWORK)
