"""The guide of Jira Server OAuth: this tenant's own values in the steps of both dialogs (rows A1, A2)."""

from dataclasses import replace
from uuid import uuid4

from portal.kinds import KINDS
from portal.kinds.methods import OAUTH1
from portal.kinds.shape import Facts

KIND = KINDS["server_oauth1"]
FACTS = Facts(
    portal_url="https://portal.example.org",
    callback_url="https://portal.example.org/oauth/1/callback",
    base_url="https://example.org/jira",
    tenant_name="Acme",
    consumer_key="almoner-acme-1",
    public_pem="-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n",
    user_agent="Almoner/1",
)


def copies(facts=FACTS):
    return {copy.id: copy.value for step in KIND.guide(facts) for copy in step.copies}


def test_the_values_to_carry_over():
    assert copies() == {
        "link-url": FACTS.portal_url,
        "link-name": "Almoner",
        "consumer-key": FACTS.consumer_key,
        "consumer-name": "Almoner (Acme)",
        "public-key": FACTS.public_pem.strip(),
        "callback-url": FACTS.callback_url,
    }


def test_no_value_is_asked_for_twice():
    ids = [copy.id for step in KIND.guide(FACTS) for copy in step.copies]
    assert len(ids) == len(set(ids))


def test_both_dialogs_are_explained():
    text = " ".join(text for step in KIND.guide(FACTS) for text in step.text)
    assert "Before Jira 9" in text and "Atlassian product (not External application" in text
    assert "Generic application" in text and "Create incoming link" in text


def test_the_deep_link_needs_the_base_url_and_keeps_its_path():
    [link] = [step.link for step in KIND.guide(FACTS) if step.link]
    assert link[0] == "https://example.org/jira/plugins/servlet/applinks/listApplicationLinks"
    assert not [step for step in KIND.guide(replace(FACTS, base_url=None)) if step.link]
    assert copies(replace(FACTS, base_url=None)) == copies()


def test_consent_is_the_only_way_for_account_and_person():
    assert KIND.account_by == KIND.person_by == (OAUTH1,)


def test_the_callback_names_the_account():
    account_id = uuid4()
    assert KIND.callback_path(account_id) == f"/oauth/{account_id}/callback"


def test_kinds_go_by_their_names():
    assert all(name == kind.name for name, kind in KINDS.items())


def test_no_step_asks_for_an_outgoing_secret():
    text = " ".join(text for step in KIND.guide(FACTS) for text in step.text)
    assert "Leave Allow 2-legged OAuth off" in text
    assert "Leave the service provider and outgoing fields empty" in text
