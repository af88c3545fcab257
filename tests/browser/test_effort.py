"""The table of docs/effort.md says what its lists hold, and no more than the limits."""

import re

import pytest

from tests.browser.ways import DOCS, documented

WAYS = {
    "Tenant admin: connect a Jira Server or Data Center by OAuth 1.0a": "Tenant admin, Jira Server OAuth",
    "Tenant admin: connect Jira Cloud by an app of their own": "Tenant admin, Jira Cloud, own app",
    "Tenant admin: connect Jira Cloud by the operator's app": "Tenant admin, Jira Cloud, operator's app",
    "Member: connect from a board": "Member, from a board",
    "Member: connect from the profile": "Member, from the profile",
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
