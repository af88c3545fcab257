"""A healthy account of each way into a Jira of one's own: nothing is red, and calls prove what is proved."""

from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from sqlalchemy import update

from portal.checklist import runs
from portal.checklist.checks import jira, way
from portal.credentials import keeping
from portal.jira.answers import Code, JiraTrouble
from portal.kinds.methods import CONTROLS, NAMES, PASSWORD, PAT, TWO_LEGGED
from portal.store.tables import Credential
from tests.support.accounts import connected_account
from tests.support.checklist import Sheet
from tests.support.cloud_sheets import looked
from tests.support.server_oauth2 import server_oauth2_office
from tests.support.tokens import token_office
from tests.support.variants import variants

CLIENT = {"client", "signature", "callback", "portal_url"}
EVERY = {"jira", "clocks", "consent", "identity", "control"}
# What a control of each sends.
SENT = {
    "oauth1": "a spoiled signature",
    "oauth2": "a made-up token",
    PAT: "a made-up token",
    PASSWORD: "a call without a credential",
}


def healthy(portal, sandbox, tenant, way):
    if way == "oauth1":
        account_id = connected_account(portal, sandbox, tenant)
    elif way == "oauth2":
        account_id = server_oauth2_office(portal, sandbox, tenant).account_id
    else:
        account_id = token_office(portal, sandbox, tenant, way).account_id
    return Sheet(portal, sandbox, tenant, account_id)


def test_a_host_is_named_with_its_port_where_that_is_not_the_usual_one(portal, sandbox, tenant):
    """Several may answer at one host; which is meant shows by the port alone."""
    sheet = healthy(portal, sandbox, tenant, PAT)
    answered = sandbox.url.partition("://")[2].rstrip("/")
    row = looked(sheet, drop_connection=True, side="server")["jira"]
    assert ":" in answered and f"The connection to {answered} " in row.trouble.cause
    row = looked(sheet, in_front="login_redirect", side="server")["jira"]
    assert urlsplit(row.evidence["to"]).port, "where it leads is named alike"


@pytest.mark.parametrize("way", variants(["oauth1", "oauth2", PAT, PASSWORD]))
def test_a_healthy_account_is_proved_by_a_person_and_by_night(portal, sandbox, tenant, way):
    sheet = healthy(portal, sandbox, tenant, way)
    wanted = EVERY | (CLIENT if way.startswith("oauth") else set())
    by_night = sheet.run(why=runs.NIGHT)
    assert {name for name in wanted if by_night[name].state != "proved"} == {"control"}
    assert by_night["control"].state == "never", "what has to be refused is sent where a person asks"
    rows = sheet.run()
    assert {name for name in wanted if rows[name].state != "proved"} == set()
    assert not [row for row in rows.values() if row.state in ("failed", "waiting")]
    assert SENT[way] in rows["control"].tried
    assert (CLIENT & set(rows)) == (wanted & CLIENT), "a token has no client, and comes by no callback"


def test_every_method_has_words_for_its_control():
    assert set(CONTROLS) == set(NAMES) - {TWO_LEGGED}, "what only sends has no such row"


def test_a_control_is_no_wrong_password(portal, sandbox, tenant):
    """Jira counts those, and after three of them asks for a captcha."""
    sheet = healthy(portal, sandbox, tenant, PASSWORD)
    sheet.run()
    for _ in range(4):
        assert sheet.run({"control"})["control"].state == "proved"
    assert sheet.run()["consent"].state == "proved"


def test_another_user_than_was_confirmed_is_named(portal, sandbox, tenant):
    sheet = healthy(portal, sandbox, tenant, "oauth1")
    with sheet.work.write() as session:
        mine = update(Credential).where(Credential.account_id == sheet.account_id)
        session.execute(mine.values(jira_key="JIRAUSER4711", jira_display_name="Bo Bot"))
    row = sheet.run()["identity"]
    assert (row.state, row.trouble.code) == ("failed", "identity_changed")
    assert "Bo Bot" in row.trouble.cause
    assert "Avery Admin" in row.trouble.cause


def test_a_time_that_was_over_before_there_was_a_connection_is_the_ports(monkeypatch):
    """A look-up that takes long ends in the same way; so nothing is known of the name."""
    late = JiraTrouble(Code.DEADLINE, host="jira.example.com")
    hosts = [SimpleNamespace(origin="https://jira.example.com")]
    monkeypatch.setattr(way, "hosts", lambda calls: hosts)
    monkeypatch.setattr(way, "_knock", lambda calls, wanted: [late])
    calls = SimpleNamespace(wire=SimpleNamespace(proxy=None))
    found = [(row(calls).state, row(calls).code) for row in (way.name, way.port)]
    assert found == [("unknown", "connection_late"), ("failed", "connection_late")]
    late.evidence["reason"] = "no answer in time"
    assert {row(calls).state for row in (way.name, way.port)} == {"proved"}


def test_a_port_that_is_none_is_another_host():
    info = SimpleNamespace(base_url="http://jira.example.com:99999")
    scene = SimpleNamespace(base_url="http://jira.example.com:8080")
    calls = SimpleNamespace(scene=scene, public_info=lambda: SimpleNamespace(info=info))
    assert jira.base_url(calls).code == "base_url_host"


def test_a_draft_says_what_is_proved_before_anybody_consents(portal, sandbox, tenant):
    """Consumer key and signature are proved by a call that needs no consent."""
    sheet = healthy(portal, sandbox, tenant, "oauth1")
    keeping.disconnect(sheet.work, sheet.account_id, None, "disconnected")
    rows = sheet.run()
    assert {rows[name].state for name in ("client", "signature", "callback")} == {"proved"}
    assert rows["consent"].state == "failed" and rows["consent"].trouble.code == "not_connected"
    assert rows["identity"].waits_for == rows["consent"].title
