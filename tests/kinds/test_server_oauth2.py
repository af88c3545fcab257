"""The guide of Jira Data Center OAuth 2.0: the clicks of an incoming link, and what Jira wants (row A10)."""

from dataclasses import replace

import pytest

from portal.kinds import KINDS
from portal.kinds.methods import OAUTH2
from portal.kinds.shape import Facts

KIND = KINDS["server_oauth2"]
FACTS = Facts(
    portal_url="https://portal.example.org",
    callback_url="https://portal.example.org/oauth/1/callback",
    base_url="https://example.org/jira",
    tenant_name="Acme",
    user_agent="Almoner/1",
)


def text_of(facts=FACTS):
    return " ".join(text for step in KIND.guide(facts) for text in step.text)


def test_the_values_to_carry_over():
    copies = {copy.id: copy.value for step in KIND.guide(FACTS) for copy in step.copies}
    assert copies == {"link-name": "Almoner", "callback-url": FACTS.callback_url}


def test_the_clicks_in_their_order():
    words = ("Application links", "Create link", "External application", "Incoming", "redirect URL", "Save",
             "Client ID", "View credentials")  # fmt: skip
    places = [text_of().index(word) for word in words]
    assert places == sorted(places)


def test_neither_admin_permission_nor_oauth_1_is_asked_for():
    assert "tick Write, or Read" in text_of() and "no other" in text_of()
    assert "not Atlassian product" in text_of() and "8.22" in text_of()


def test_the_deep_link_needs_the_base_url_and_keeps_its_path():
    [link] = [step.link for step in KIND.guide(FACTS) if step.link]
    assert link[0] == "https://example.org/jira/plugins/servlet/applinks/listApplicationLinks"
    assert not [step for step in KIND.guide(replace(FACTS, base_url=None)) if step.link]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, None),
        ({"base_url": "http://jira.local"}, "that Jira has plain http"),
        ({"callback_url": "http://portal.local/oauth/1/callback"}, "this portal has plain http"),
        (
            {"base_url": "http://jira.local", "callback_url": "http://portal.local/x"},
            "that Jira and this portal have plain http",
        ),
    ],
    ids=["https on both sides", "a Jira by http", "a portal by http", "both by http"],
)
def test_what_jira_wants_of_https(changes, said):
    """Said in any case; the properties that skip it only where they are needed."""
    text = text_of(replace(FACTS, **changes))
    assert "Jira wants https for its own base URL and for the redirect URL" in text
    assert ("skip.base.url.https.requirement" in text) == (said is not None)
    assert said is None or said in text


def test_consent_is_the_only_way_for_account_and_person():
    assert KIND.account_by == KIND.person_by == (OAUTH2,) and KIND.consent == OAUTH2
    assert not KIND.is_cloud and KIND.tokens == () and KIND.converts_to == ()


def test_an_error_page_of_jiras_is_explained():
    stuck = KIND.side("https://example.org/jira", "").stuck
    assert "Invalid client" in stuck and "redirect URL" in stuck and "8.22" in stuck
