"""The table of docs/effort.md says what its lists hold, and no more than the limits."""

import re

import pytest

from tests.browser.ways import DOCS, documented

WAYS = {
    "Tenant admin: connect a Jira Server or Data Center by OAuth 1.0a": "Tenant admin, Jira Server OAuth",
    "Tenant admin: connect a Jira Data Center by OAuth 2.0": "Tenant admin, Jira Data Center OAuth 2.0",
    "Tenant admin: connect a Jira Server by a personal access token": "Tenant admin, Jira Server token",
    "Tenant admin: connect Jira Cloud by an app of their own": "Tenant admin, Jira Cloud, own app",
    "Tenant admin: connect Jira Cloud by the operator's app": "Tenant admin, Jira Cloud, operator's app",
    "Tenant admin: connect Jira Cloud by an API token": "Tenant admin, Jira Cloud, API token",
    "Tenant admin: set up sending of builds and deployments": (
        "Tenant admin, Jira Cloud builds and deployments"
    ),
    "Member: connect from a board": "Member, from a board",
    "Member: connect from the profile": "Member, from the profile",
    "Member: connect from the profile by a personal access token": (
        "Member, from the profile, personal access token"
    ),
    "Member: connect from the profile by an API token": "Member, from the profile, API token",
}


@pytest.mark.parametrize("way", WAYS)
def test_the_table_counts_the_list(way):
    row = re.search(rf"^\| {re.escape(way)} \| (\d+) \| (\d+) \|$", DOCS.read_text(), re.MULTILINE)
    assert row, f"{way} is missing in the table"
    actions, limit = map(int, row.groups())
    assert actions == len(documented(WAYS[way]))
    assert actions <= limit


def test_every_way_is_in_the_table():
    assert len(re.findall(r"^\| .+ \| \d+ \| \d+ \|$", DOCS.read_text(), re.MULTILINE)) == len(WAYS)
