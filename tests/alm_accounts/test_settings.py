"""Settings of an account: read-only, ceiling, private authority, another host; and its deletion (row A9)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from portal.alm_accounts import accounts, lifecycle
from portal.boards import boards
from portal.credentials.acting_as import acting_as
from portal.errors import FieldErrors, NotHere
from portal.jira.answers import Code, JiraTrouble
from portal.store.tables import Board, Credential, FieldMapping, SigningKey
from tests.jira.servers import Authority
from tests.support.accounts import connected_account
from tests.support.hostile import odd_jira
from tests.support.office import Office, consent_link
from tests.support.portals import make_app

ISSUE = ("rest", "api", "2", "issue")


@pytest.fixture
def connected(portal, sandbox, tenant):
    """An account with an identity of its own."""
    return Office(portal, sandbox, tenant, connected_account(portal, sandbox, tenant))


def change(office, **wanted):
    accounts.change(office.work, office.registry.outbound.wire, office.account_id, wanted)


def test_read_only_refuses_every_write(connected, admin):
    admin.get(connected.path("settings"))
    admin.submit("Save settings", read_only=True)
    assert "Read-only" in admin.get(connected.path()).text
    connected.sandbox.clear_requests()
    with acting_as(connected.work, connected.registry, connected.account_id, None) as acting:
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            with pytest.raises(JiraTrouble) as refused:
                acting.jira.call(method, ISSUE, body={})
            assert refused.value.code is Code.READ_ONLY
        assert connected.sandbox.requests() == []
        assert acting.jira.myself().name == "admin"


def test_without_it_writes_reach_jira(connected):
    connected.sandbox.clear_requests()
    with acting_as(connected.work, connected.registry, connected.account_id, None) as acting:
        with pytest.raises(JiraTrouble) as refused:
            acting.jira.call("POST", ISSUE, body={})
        assert refused.value.code is not Code.READ_ONLY
    assert len(connected.sandbox.requests()) == 1


def test_the_ceiling_holds_across_processes(connected, monkeypatch):
    monkeypatch.setattr("portal.credentials.slots.WAIT_SECONDS", 10)
    change(connected, max_concurrent=2)
    other = make_app(connected.portal.settings).extensions["almoner"].registry
    connected.portal.catch_log()
    connected.sandbox.clear_requests()
    connected.sandbox.state(slow_seconds=0.15)

    def call(number):
        registry = (connected.registry, other)[number % 2]
        with acting_as(connected.work, registry, connected.account_id, None) as acting:
            acting.jira.myself()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(call, range(8)))
    counters = connected.sandbox.state(slow_seconds=0)["counters"]
    assert counters["requests"]["GET rest_api.myself"] == 8
    assert counters["most_at_once"] == 2


def test_who_waits_in_vain_is_told_the_ceiling(connected, admin, monkeypatch):
    change(connected, max_concurrent=1)
    monkeypatch.setattr("portal.credentials.slots.WAIT_SECONDS", 0.1)
    held, done = threading.Event(), threading.Event()

    def hold():
        with connected.registry.outbound.slots.hold(connected.tenant.id, connected.account_id, 1):
            held.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    admin.get(connected.path())
    page = admin.submit("Test connection")
    done.set()
    thread.join()
    assert "its ceiling of 1 concurrent calls" in page.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("0", "between 1 and 32"), ("33", "between 1 and 32"), ("x", "whole number"), ("", "whole number")],
)
def test_ceilings_that_cannot_be(office, admin, typed, sentence):
    admin.get(office.path("settings"))
    admin.submit("Save settings", max_concurrent=typed)
    assert admin.status == 422
    assert sentence in " ".join(admin.page.errors())
    assert office.account.max_concurrent == 4


def test_a_private_authority(office, admin, member, tmp_path):
    """Not trusted until its certificate is given; then only it is."""
    authority = Authority.make()
    with odd_jira(authority.server_context(tmp_path)) as jira:
        admin.get(office.path("settings"))
        admin.submit("Save settings", base_url=jira.url)
        member.get(office.mine)
        member.submit("Get OAuth token")
        assert "The certificate of 127.0.0.1 was not issued by an authority" in member.page.text
        admin.submit("Save settings", ca_pem=authority.pem)
        member.submit("Start again")
        token = consent_link(member).partition("oauth_token=")[2]
        member.get(f"{office.callback}?oauth_token={token}&oauth_verifier=abc123")
        assert "You act as Mal Ory" in member.page.text


@pytest.mark.parametrize("made", ["expired", "wrong host"])
def test_certificates_that_will_not_do(office, admin, member, tmp_path, made):
    authority = Authority.make()
    host = "other.example.org" if made == "wrong host" else "127.0.0.1"
    with odd_jira(authority.server_context(tmp_path, host, expired=made == "expired")) as jira:
        change(office, base_url=jira.url, ca_pem=authority.pem)
        member.get(office.mine)
        member.submit("Get OAuth token")
        titles = {"expired": "has expired", "wrong host": "is for another name"}
        assert f"Jira's certificate {titles[made]}" in member.page.text


@pytest.mark.parametrize("text", ["nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate_is_refused(office, admin, text):
    admin.get(office.path("settings"))
    admin.submit("Save settings", ca_pem=text)
    assert admin.status == 422
    assert office.account.ca_pem is None


def test_plain_http_is_refused_unless_listed(office, admin):
    admin.get(office.path("settings"))
    page = admin.submit("Save settings", base_url="http://jira.example.org")
    assert "ask the operator of this portal to list this host" in " ".join(page.errors())
    assert office.account.base_url == office.sandbox.url  # localhost is listed


def test_plain_http_that_is_listed_no_more_is_not_called(office, member, monkeypatch):
    monkeypatch.setattr(office.registry.outbound.wire, "plain_http_hosts", frozenset())
    member.get(office.mine)
    member.submit("Get OAuth token")
    assert "Plain http is not allowed" in member.page.text
    assert "list localhost in ALMONER_PLAIN_HTTP_HOSTS" in member.page.text
    assert office.sandbox.requests() == []


def test_another_host_ends_everybodys_token(connected, admin):
    change(connected, base_url=connected.sandbox.url.replace("localhost", "127.0.0.1"))
    [row] = connected.credentials()
    assert (row.state, row.ended_why, row.access_token) == ("ended", "address_changed", None)
    assert "leads to another Jira now" in admin.get(connected.path()).text


@pytest.mark.parametrize("other", ["http://localhost:{}/jira", "http://localhost:1{}"], ids=["path", "port"])
def test_another_address_on_the_same_host_ends_them_too(connected, other):
    port = urlsplit(connected.sandbox.url).port
    change(connected, base_url=other.format(port if "jira" in other else port % 10000))
    assert connected.credentials()[0].ended_why == "address_changed"
    assert connected.account.tested_at is None


def test_delete_asks_for_the_name(connected, admin):
    admin.get(connected.path("delete"))
    admin.submit("Delete for good", typed_name="jira")
    assert admin.status == 422
    assert any("Type the name of the account" in error for error in admin.page.errors())
    assert connected.account.saved


def test_delete_takes_everything_with_it(connected, admin):
    boards.add_board(connected.work, connected.registry, connected.account_id, 1, "Web shop")
    admin.get(connected.path("delete"))
    assert "1 board" in admin.page.text
    admin.submit("Delete for good", typed_name=connected.account.name)
    with connected.work.read() as session:
        for table in (Board, Credential, FieldMapping, SigningKey):
            assert not session.query(table).filter_by(account_id=connected.account_id).count()
    admin.get(connected.path())
    assert admin.status == 404


def test_deleting_twice_and_the_strangers_way(office):
    with pytest.raises(FieldErrors):
        lifecycle.delete(office.work, office.account_id, "")
    foreign = office.tenant.other.work(office.tenant.stranger)
    with pytest.raises(NotHere):
        lifecycle.delete(foreign, office.account_id, office.account.name)
    lifecycle.delete(office.work, office.account_id, office.account.name)
    with pytest.raises(NotHere):
        lifecycle.what_goes(office.work, office.account_id)
