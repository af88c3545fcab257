"""The guide of Jira Server token: how one makes a personal access token, and what it can do (row B5)."""

from dataclasses import replace

from portal.kinds import KINDS
from portal.kinds.methods import PASSWORD, PAT
from portal.kinds.shape import Facts

KIND = KINDS["server_token"]
FACTS = Facts(
    portal_url="https://portal.example.org",
    callback_url="https://portal.example.org/oauth/1/callback",
    base_url="https://example.org/jira",
    tenant_name="Acme",
    user_agent="Almoner/1",
)


def text_of(steps):
    return " ".join(text for step in steps for text in step.text)


def test_the_clicks_in_their_order():
    text = text_of(KIND.guide(FACTS))
    places = [
        text.index(word) for word in ("Profile", "Personal Access Tokens", "Create token", "copy the token")
    ]
    assert places == sorted(places)


def test_what_a_token_can_do_and_whose_it_should_be():
    assert "all that its user can do" in text_of(KIND.guide(FACTS))
    assert "a Jira user made for it" in KIND.who_connects


def test_where_passwords_are_off_it_is_said():
    assert "takes no passwords from programs" in text_of(KIND.guide(FACTS))


def test_people_are_shown_how_to_make_a_token_and_nothing_of_the_set_up():
    steps = KIND.token_guide(FACTS)
    assert steps == KIND.guide(FACTS)[: len(steps)] and "password" not in text_of(steps)


def test_the_deep_link_needs_the_base_url_and_keeps_its_path():
    [link] = [step.link for step in KIND.guide(FACTS) if step.link]
    assert link[0] == "https://example.org/jira/secure/ViewProfile.jspa"
    assert not [step for step in KIND.guide(replace(FACTS, base_url=None)) if step.link]


def test_tokens_and_passwords_are_the_only_ways():
    assert KIND.account_by == KIND.person_by == KIND.tokens == (PAT, PASSWORD)
    assert KIND.consent is None and not KIND.is_cloud


def test_what_it_can_be_made_into_is_there():
    assert KIND.converts_to == ("server_oauth2", "server_oauth1")
    assert set(KIND.converts_to) <= set(KINDS)
