"""One client per use, made from the row: nothing is remembered, nothing stale is used (mission row E4)."""

import gc
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from portal.alm_accounts import accounts, keys
from portal.audit.log import About, record
from portal.credentials.connections import read_connection
from portal.credentials.registry import JiraServerApp
from portal.errors import NotHere
from portal.jira.private_keys import make_key
from portal.kinds.methods import OAUTH1
from portal.store.tables import AlmAccount, AuditEvent, SigningKey


def connection_of(office):
    with office.work.read() as session:
        return read_connection(session, office.account_id, OAUTH1)


def switch_to(office, pair):
    """Put another key in place as its stages would, the try noted as good."""
    keys.make_next(office.work, office.account_id, pair, "made", office.account.key.consumer_key)
    following = office.account.next_key
    with office.work.write() as session:
        about = About(account_id=office.account_id, subject_id=following.id)
        record(session, office.work, "key.tried", **about, fingerprint=following.fingerprint, code="accepted")
    keys.switch(office.work, office.account_id)


def test_a_client_is_named_by_account_and_version(office):
    client = office.registry.server_client(connection_of(office))
    assert client.name == f"alm-{office.account_id}-{office.account.version}"
    assert client.client_id == office.account.key.consumer_key


def test_no_client_is_remembered(office):
    first = office.registry.server_client(connection_of(office))
    second = office.registry.server_client(connection_of(office))
    assert first is not second
    assert not office.registry._registry and not office.registry._clients
    del first, second
    gc.collect()
    assert not [one for one in gc.get_objects() if type(one) is JiraServerApp]


def test_a_switch_raises_the_version_and_changes_the_key(office):
    before = connection_of(office)
    switch_to(office, make_key(2048))
    after = connection_of(office)
    assert after.version == before.version + 1
    assert after.fingerprint == office.account.key.fingerprint != before.fingerprint


def test_no_read_mixes_two_states(office):
    """While keys are switched, every connection read holds version, fingerprint and key of one state."""
    seen, pairs = set(), [make_key(2048) for _ in range(5)]
    known = {office.account.key.fingerprint, *(pair.fingerprint for pair in pairs)}

    def look(_):
        connection = connection_of(office)
        seen.add((connection.version, connection.fingerprint, connection.private_key.reveal()))

    with ThreadPoolExecutor(4) as pool:
        looks = [pool.submit(look, n) for n in range(120)]
        for pair in pairs:
            switch_to(office, pair)
            look(None)
        for one in looks:
            one.result()
    by_version = sorted(seen)
    assert len(by_version) == len({version for version, _, _ in by_version}) > len(pairs)
    assert {fingerprint for _, fingerprint, _ in by_version} <= known
    assert all(former[0] < latter[0] for former, latter in pairwise(by_version))


def test_settings_of_the_environment_change_no_client(office, monkeypatch):
    name = connection_of(office).name.upper().replace("-", "_")
    monkeypatch.setenv(f"{name}_CLIENT_ID", "stolen")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    assert office.registry.server_client(connection_of(office)).client_id == office.account.key.consumer_key


@pytest.mark.parametrize("change", [{"base_url": None}, {"base_url": "https://jira.example.org"}])
def test_the_row_decides_at_each_use(office, change):
    office.edit(AlmAccount, **change)
    if change["base_url"] is None:
        with pytest.raises(NotHere):
            connection_of(office)
    else:
        assert connection_of(office).base_url.host == "jira.example.org"


def test_a_revocation_counts_at_once(office, member):
    office.connect(member)
    with office.work.write() as session:
        accounts.end_credentials(
            session, office.work, accounts.Credential.account_id == office.account_id, "address_changed"
        )
    office.sandbox.clear_requests()
    member.get(office.mine)
    member.submit("Test connection")
    assert "The ALM account leads to another Jira now" in member.page.text
    assert office.sandbox.requests() == []


def test_a_connection_shows_no_key(office):
    connection = connection_of(office)
    assert "PRIVATE" not in repr(connection)
    with office.work.read() as session:
        row = session.query(SigningKey).filter_by(account_id=office.account_id).one()
    assert b"PRIVATE" not in row.private_key and b"MII" not in row.private_key


def test_the_audit_holds_no_key(office):
    with office.work.read() as session:
        details = [line.details for line in session.query(AuditEvent)]
    assert details and "PRIVATE" not in repr(details)
