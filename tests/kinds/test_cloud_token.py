"""The guide for API tokens: Atlassian's clicks in order, the scopes that are used, why no more (B4, C3)."""

import pytest

from portal.kinds import KINDS, features, scopes
from portal.kinds.atlassian_pages import AUTH_URL, atlassian_pages
from portal.kinds.methods import API_TOKEN, SCOPED_TOKEN
from portal.kinds.shape import Facts
from portal.sandbox.cloud.scopes import SCOPES as THERE

KIND = KINDS["cloud_token"]
ALL = scopes.of_token(None, read_only=False)
FACTS = Facts(
    portal_url="https://portal.example.org",
    callback_url="",
    base_url=None,
    tenant_name="Acme",
    user_agent="Almoner/1",
    tokens_url=atlassian_pages(AUTH_URL).api_tokens,
    scopes=ALL,
)
STEPS = KIND.guide(FACTS)
# The list of another product's guide, of which nothing is deleted here.
TEN = (
    "delete:async-task:jira", "delete:attachment:jira", "delete:avatar:jira",
    "delete:board-scope.admin:jira-software", "delete:build-info:jira", "delete:cmdb-attribute:jira",
    "delete:cmdb-object:jira", "delete:cmdb-schema:jira", "delete:cmdb-type:jira", "delete:comment:jira",
)  # fmt: skip


def text():
    return " ".join(piece for step in STEPS for piece in (step.title, *step.text))


def test_the_clicks_come_in_atlassians_order():
    words = (
        "profile icon", "Manage account", "Security", "Create and manage API tokens",
        "Create API token with scopes", "expiry date", "Select Jira", "Select the scopes", "Create token",
    )  # fmt: skip
    places = [text().index(word) for word in words]
    assert places == sorted(places)
    assert STEPS[0].link[0] == "https://id.atlassian.com/manage-profile/security/api-tokens"


def test_the_scopes_are_one_list_to_copy_with_a_reason_each():
    [copied] = [copy.value for step in STEPS for copy in step.copies if copy.id == "token-scopes"]
    rows = [row for step in STEPS for _, listed in step.permissions for row in listed]
    assert copied.split("\n") == [row.id for row in rows] == list(ALL)
    assert all(row.name and row.use for row in rows)


def test_no_more_is_asked_for_than_is_used():
    assert not set(TEN) & set(ALL)
    assert "delete:attachment:jira" in text() and "leave them out" in text()
    of_features = set().union(*(feature.scopes for feature in features.FEATURES))
    needed = of_features | {scopes.READ_USER, scopes.READ_PERMISSIONS}
    changing = set().union(*(feature.scopes for feature in features.CHANGES))
    assert set(ALL) == needed | changing
    assert set(scopes.of_token(None, read_only=True)) == needed | {"read:jira-work"}


def test_all_of_them_stand_in_atlassians_list():
    assert all(THERE[id].api == "jira" for id in ALL)


def test_of_an_app_those_of_jira_only():
    chosen = ["read:project:jira", scopes.READ_ME, scopes.OFFLINE, scopes.REPORT]
    assert scopes.of_token(chosen, read_only=False) == ("read:project:jira", scopes.READ_USER)


def test_the_rule_and_the_ways_out_are_told():
    assert "Atlassian's rules" in KIND.rule and "Jira Cloud OAuth" in KIND.rule


def test_with_scopes_or_without():
    assert KIND.tokens == KIND.person_by == (API_TOKEN, SCOPED_TOKEN) and KIND.consent is None


@pytest.mark.parametrize(
    ("auth_url", "host"),
    [(AUTH_URL, "https://id.atlassian.com/"), ("http://localhost:1", "http://localhost:1/")],
)
def test_where_tokens_are_listed_and_revoked(auth_url, host):
    side = KIND.side("https://acme.atlassian.net", auth_url)
    assert side.consents.startswith(host) and side.consents.endswith("/manage-profile/security/api-tokens")
