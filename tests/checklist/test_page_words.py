"""The verdict in one sentence, and remedies as steps: for every problem, on every kind of account."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from portal import clock
from portal.checklist.pages_named import STATUS_URL, Grounds
from portal.checklist.plain import came_back
from portal.checklist.remedies import for_outsiders, remedies, sentences
from portal.checklist.runs import PERSON, RunView
from portal.checklist.shown import Checklist, RowView
from portal.checklist.verdict import BROKE_OFF, OUTDATED, UNSEEN, verdict
from portal.credentials.problem import TENANT_ADMIN
from portal.credentials.problems import PROBLEMS, problem
from portal.kinds import KINDS
from portal.kinds.shape import Facts, Kind
from portal.pages.checklist.grounds import PAGES, TENANTS_PAGES

OURS = {*PAGES, *TENANTS_PAGES, "address", "authorise"}
SIDE = ("https://jira.example.org/jira", "https://auth.example.org")
CALLBACK = "https://almoner.example.org/oauth/x/callback"


def rows(states):
    """One row for each letter: failed, warning, proved, waiting, unknown, never, running."""
    names = {"f": "failed", "w": "warning", "p": "proved", "a": "waiting", "u": "unknown", "n": "never"}
    names["r"] = "running"
    return tuple(RowView(f"row-{n}", f"Row {n}", names[letter]) for n, letter in enumerate(states))


def said(states, run=None, **more):
    found = rows(states)
    wanted = frozenset(row.name for row in found)
    return verdict(Checklist(tuple(replace(row, **more) for row in found), run, wanted))


def a_run(**ends):
    lost = ends.get("is_lost", False)
    return RunView(UUID(int=1), PERSON, None, None, clock.now(), clock.now(), ends.get("ended_at"), lost)


OVER = a_run(ended_at=clock.now())


@pytest.mark.parametrize(
    ("states", "tone", "sentence"),
    [
        ("pppu", "success", "Everything that can be proved is proved."),
        ("pfpf", "danger", "2 things are broken. Start with: Row 1."),
        ("pwfa", "danger", "1 thing is broken: Row 2."),
        ("wppw", "warning", "Nothing is broken. 2 things to look at. Start with: Row 0."),
        ("ppw", "warning", "Nothing is broken. 1 thing to look at: Row 2."),
        ("ppn", "info", f"Nothing looked at is broken; 1 row not looked at yet. {UNSEEN}"),
    ],
)
def test_how_it_stands(states, tone, sentence):
    found = said(states, OVER)
    assert (found.tone, found.sentence) == (tone, sentence)


def test_what_one_must_know_besides():
    assert "Nothing has been looked at yet" in said("nnn").text
    assert BROKE_OFF in said("nnn", a_run(is_lost=True)).more
    outdated = said("ppp", OVER, is_outdated=True)
    assert outdated.tone == "warning" and OUTDATED in outdated.more
    assert said("ppp", OVER).more == ()


@pytest.mark.parametrize("code", ["row_broke", "concurrency_ceiling", "renewing"])
def test_a_row_that_broke_or_had_no_turn_was_not_looked_at(code):
    whole, broke = rows("pp"), RowView("row", "Row", "unknown", trouble=problem(code))
    found = verdict(Checklist((*whole, broke), OVER, frozenset()))
    assert found.sentence == f"Nothing looked at is broken; 1 row not looked at yet. {UNSEEN}"


def test_it_is_not_called_well_before_it_is_known_who_the_account_is():
    before, warns = rows("uw")
    waits = RowView("identity", "Identity", "waiting", waits_for=before.title, waits_for_row=before.name)
    found = verdict(Checklist((before, warns, waits), OVER, frozenset()))
    assert (found.tone, found.start) == ("warning", before)
    assert found.text == "Whether this connection works is not known. “Identity” waits for:"


def test_while_renewals_pause_it_is_said_that_it_does_not_work_and_since_when():
    at = datetime(2026, 11, 22, 17, 5, tzinfo=UTC)
    known = {"trouble": problem("renewal_paused"), "evidence": {"last": "Jira is down"}, "since": at}
    for name in ("identity", "token"):
        paused = RowView(name, "Identity", "unknown", proved_at=at - timedelta(hours=1), **known)
        found = verdict(Checklist((*rows("pwp"), paused), OVER, frozenset()))
        assert (found.tone, found.start) == ("danger", paused)
        assert "does not work at the moment" in found.text and "“Jira is down”" in found.text
        assert "So since 22 Nov 2026, 17:05 UTC at least; last proved 22 Nov 2026, 16:05 UTC." in found.text
    elsewhere = RowView("site", "Site", "unknown", **known)
    assert verdict(Checklist((*rows("pwp"), elsewhere), OVER, frozenset())).tone == "warning"


def test_while_an_account_changes_its_way_it_says_of_which_way_it_speaks():
    for run in (None, a_run(), OVER):
        found = verdict(Checklist(rows("ppp"), run, new_way="Jira Cloud OAuth"))
        assert "changing to Jira Cloud OAuth. The checklist is about the way that serves" in found.sentence
    assert "changing to" not in said("ppp", OVER).sentence


def test_the_host_we_called_is_no_answer():
    trouble = problem("server_error", {"status": "500"})
    row = RowView("row", "Row", "failed", trouble=trouble, evidence={"host": "a.example", "title": "Oops"})
    assert came_back(row) == [("page title", "Oops")]


def test_on_the_cloud_the_address_is_called_as_its_field_is():
    for code in ("address_missing", "plain_http"):
        text = " ".join(step.text for step in steps_of("cloud_oauth", code, app=App()))
        assert "site URL" in text and "base URL" not in text and "certificate" not in text
        assert problem(code, is_cloud=True).owner == TENANT_ADMIN


def test_how_far_a_run_is():
    text = said("pfrr", a_run()).text
    assert text == "The checklist is being gone through: 2 of 4 rows looked at, 1 broken."


@dataclass(frozen=True)
class App:
    """As much of an account's app as remedies ask for."""

    client_id: str = "an-id"


@dataclass(frozen=True)
class Account:
    """As much of an account."""

    kind: Kind
    base_url: str | None = "https://jira.example.org/jira"
    app: App | None = None
    is_by_shared_app: bool = False


def steps_of(kind, code, evidence=None, **more):
    """The steps for a problem as an account of the kind has it."""
    known = KINDS[kind]
    facts = Facts(
        portal_url="https://almoner.example.org",
        callback_url=CALLBACK,
        base_url="https://jira.example.org/jira",
        tenant_name="Acme",
        user_agent="Almoner",
        consumer_key="almoner-acme",
        public_pem="-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
        console_url="https://developer.example.org/console",
        tokens_url="https://id.example.org/tokens",
        scopes=("read:jira-user",),
        outbound_addresses=("192.0.2.7", "192.0.2.8"),
    )
    side = known.side(*SIDE)
    found = problem(code, evidence, is_cloud=known.is_cloud)
    row = RowView("row", "Row", "failed", trouble=found)
    return remedies(Grounds(Account(known, **more), facts, side), row)


@pytest.mark.parametrize("kind", KINDS)
def test_every_problem_has_steps_that_lead_somewhere(kind):
    for code in PROBLEMS:
        steps = steps_of(kind, code, app=App())
        assert steps, code
        ids = [copy.id for step in steps for copy in step.copies]
        assert len(ids) == len(set(ids)), code
        for step in steps:
            assert re.fullmatch(r"[A-Z“].{3,}[.!?”]", step.text), (code, step.text)
            assert "{" not in step.text, code
            assert set(step.pages) <= OURS
            for address, text in step.links:
                assert address.startswith(("https://", STATUS_URL)) and text[:4] == "Open", (code, address)


def of_all(steps, what):
    """All copies, links or pages of the steps."""
    return [one for step in steps for one in getattr(step, what)]


def test_what_a_step_names_has_its_value_and_its_page():
    steps = steps_of("server_oauth1", "consumer_key_unknown")
    assert [copy.value for copy in of_all(steps, "copies")] == ["almoner-acme"]
    assert "/plugins/servlet/applinks/listApplicationLinks" in of_all(steps, "links")[0][0]
    assert "set_up" in of_all(steps, "pages")
    key = of_all(steps_of("server_oauth1", "signature_invalid_key"), "copies")
    assert "BEGIN PUBLIC KEY" in key[0].value and key[0].multiline
    callback = of_all(steps_of("server_oauth1", "parameter_rejected"), "copies")
    assert [copy.value for copy in callback] == [CALLBACK]
    firewall = of_all(steps_of("server_oauth1", "unreachable"), "copies")
    assert [copy.value for copy in firewall] == ["192.0.2.7, 192.0.2.8"]
    assert "authorise" in of_all(steps_of("server_oauth1", "token_revoked"), "pages")
    told = {"told": "https://jira.acme.example/base", "used": "https://other.acme.example"}
    steps = steps_of("server_oauth1", "base_url_host", told)
    assert [copy.value for copy in of_all(steps, "copies")] == ["https://jira.acme.example/base"]
    assert of_all(steps, "links")[0][0].endswith("/secure/admin/ViewApplicationProperties.jspa")
    assert "address" in of_all(steps, "pages")


def test_the_console_is_for_those_who_have_an_app_of_their_own():
    own = steps_of("cloud_oauth", "client_refused", app=App())
    assert "developer" in of_all(own, "links")[0][0]
    shared = steps_of("cloud_oauth", "client_refused", app=App(), is_by_shared_app=True)
    assert not of_all(shared, "links") and not of_all(shared, "copies")
    assert not of_all(steps_of("server_oauth1", "address_missing", base_url=None), "links")


def test_settings_in_jira_are_not_settings_here():
    steps = steps_of("cloud_delivery", "delivery_site", base_url="https://acme.example.net")
    assert "settings" not in of_all(steps, "pages") and "address" not in of_all(steps, "pages")
    in_jira = (KINDS["cloud_delivery"].side(*SIDE).consents, "Open your Jira site")
    assert of_all(steps, "links") == [("https://acme.example.net/", "Open the site"), in_jira]
    assert "settings" in of_all(steps_of("server_oauth1", "tls_untrusted"), "pages")


def test_a_reader_without_an_account_is_sent_to_no_page_of_this_portal():
    compared = for_outsiders(problem("consumer_key_unknown").fix)
    assert "steps on this page. If there is one" in compared and compared.endswith("the one on this page.")
    only_theirs = for_outsiders("Press Get auth token. Then open the proxy. Connect again.")
    assert only_theirs == "Then open the proxy."
    for code in PROBLEMS:
        told = for_outsiders(problem(code, is_cloud=False).fix)
        assert "set-up" not in told and "Get auth token" not in told and "overview" not in told, code


def test_prose_becomes_steps():
    assert sentences("Try again. If it stays, ask.") == ["Try again.", "If it stays, ask."]
    assert sentences("In this order: first, look; second, ask: why; third, wait. Then go.") == [
        "In this order: first, look.",
        "Second, ask: why.",
        "Third, wait.",
        "Then go.",
    ]
    assert sentences("See id.atlassian.com → Security. Jira 9.2 has it.") == [
        "See id.atlassian.com → Security.",
        "Jira 9.2 has it.",
    ]


def test_a_row_without_a_problem_has_nothing_to_do():
    grounds = Grounds(Account(KINDS["server_oauth1"]), None, None)
    assert remedies(grounds, RowView("row", "Row", "proved")) == ()
