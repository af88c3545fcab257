"""The guide for the developer console: values, permissions by name and id, who does what (row C1)."""

import pytest

from portal.kinds import KINDS, features, scopes
from portal.kinds.atlassian_pages import AUTH_URL, atlassian_pages
from portal.kinds.shape import Facts
from portal.sandbox.cloud.scopes import SCOPES as THERE

KIND = KINDS["cloud_oauth"]
FACTS = Facts(
    portal_url="https://portal.example.org",
    callback_url="https://portal.example.org/oauth/1/callback",
    base_url=None,
    tenant_name="Acme",
    user_agent="Almoner/1",
    console_url="https://developer.example.org/console",
)
STEPS = KIND.guide(FACTS)
# The six permissions of Kendis' guide, by the names it uses, and the ids of Atlassian's scope pages.
SIX = {
    "View projects": ["read:project:jira"],
    "View boards, backlogs, and related items": ["read:board-scope:jira-software"],
    "View epics and related issues": ["read:epic:jira-software"],
    "Update epics": ["write:epic:jira-software"],
    "View sprints": ["read:sprint:jira-software"],
    "Update and delete sprints": ["write:sprint:jira-software", "delete:sprint:jira-software"],
}


def rows():
    return [row for step in STEPS for _, listed in step.permissions for row in listed]


def test_the_values_to_carry_over():
    copies = {copy.id: copy.value for step in STEPS for copy in step.copies}
    assert copies == {"app-name": "Almoner", "callback-url": FACTS.callback_url}
    assert [step.link[0] for step in STEPS if step.link] == [FACTS.console_url]


def test_the_six_come_first_and_in_order():
    ids = [row.id for row in rows()]
    wanted = [id for ids_of_one in SIX.values() for id in ids_of_one]
    assert ids[: len(wanted)] == wanted
    assert ids[len(wanted) :][:2] == ["read:jira-user", "read:me"]
    first = {row.name for row in rows()[: len(wanted)]}
    assert set(SIX) - first == {"Update and delete sprints"}
    assert sum("Update and delete sprints" in row.use for row in rows()) == 2


def test_reporting_closed_accounts_is_preset_and_asked_for():
    assert scopes.REPORT in scopes.PRESET
    assert scopes.REPORT in scopes.with_required(scopes.PRESET)
    heading = next(
        name for step in STEPS for name, listed in step.permissions if listed[0].id == scopes.REPORT
    )
    assert heading == "Personal Data Reporting API"


def test_every_permission_is_there_once_with_its_use():
    assert sorted(row.id for row in rows()) == sorted(scopes.BY_ID)
    assert all(row.name and row.use for row in rows())


def test_every_permission_is_one_of_jiras():
    assert set(scopes.BY_ID) <= set(THERE)


@pytest.mark.parametrize("feature", (*features.FEATURES, *features.CHANGES), ids=lambda feature: feature.name)
def test_what_a_feature_needs_can_be_ticked(feature):
    assert feature.scopes <= set(scopes.BY_ID)


def test_every_further_permission_serves_a_feature_or_the_checklist():
    served = (*features.FEATURES, *features.CHANGES)
    needed = {scopes.READ_PERMISSIONS}.union(*(feature.scopes for feature in served))
    further = {scope.id for scope in scopes.SCOPES if not scope.is_preset and not scope.for_programs}
    assert further <= needed


def test_said_as_the_console_has_it():
    text = " ".join(text for step in STEPS for text in (step.title, *step.text, step.who))
    for word in (
        "OAuth 2.0 integration", "Personal Data Reporting API", "User Identity API", "Jira API",
        "Callback URL mismatch", "Distribution", "Sharing", "offline_access",
        "Client ID and Secret", "Authorization",
    ):  # fmt: skip
        assert word in text
    assert all(step.who for step in STEPS), "who one must be for each step"


def test_fewer_than_fifty_are_asked_for():
    """More make Atlassian's headers too large."""
    assert len(scopes.with_required(scopes.BY_ID)) < 50


@pytest.mark.parametrize(
    ("auth_url", "host"),
    [(AUTH_URL, "https://id.atlassian.com/"), ("http://localhost:1", "http://localhost:1/")],
)
def test_where_people_sign_out_and_take_consent_back(auth_url, host):
    side = KIND.side("https://acme.atlassian.net", auth_url)
    assert side.sign_out.startswith(host) and side.consents.startswith(host)
    assert atlassian_pages(auth_url).console.startswith(("https://developer.atlassian.com/", host))


def test_what_is_missing_is_told_by_name():
    granted = frozenset(scopes.PRESET)
    off = {feature.name for feature, _ in features.switched_off(granted)}
    assert "fields" in off and "boards" not in off
    assert features.switched_off(frozenset(scopes.BY_ID)) == []
    assert scopes.names_of(["read:me", "odd"]) == "View active user profile (read:me), odd"


def test_the_rule_for_apps_per_customer_is_told():
    assert "Atlassian's rules" in KIND.rule


def test_the_classic_scope_stands_in_for_the_platforms_own_only():
    classic = frozenset({features.READ_WORK})
    assert features.missing(features.SPRINT_ISSUES, classic) == []
    assert features.missing(features.FIELDS, classic) == []
    assert {scope.id for scope in features.missing(features.BACKLOG, classic)} == features.BACKLOG.scopes
