"""What a set-up of Jira Cloud must not do to others: hold every thread, or break an account in use."""

import socket
import threading

import pytest

from portal.alm_accounts import apps, drafts, sites
from portal.credentials.slow_calls import Threads
from portal.errors import FieldErrors, PortalFull
from portal.jira import site_urls
from portal.jira.site_urls import SiteUrlRefused, read_site_url
from portal.kinds import KINDS
from tests.support.accounts import registry_of
from tests.support.cloud import cloud_draft, cloud_office


@pytest.fixture
def silent():
    """A host that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def callers(server):
    """How many connected; none of them is answered."""
    taken = []
    try:
        while True:
            taken.append(server.accept()[0])
    except BlockingIOError:
        return len(taken)
    finally:
        for connection in taken:
            connection.close()


def test_hosts_that_never_answer_do_not_hold_every_thread(silent, portal, sandbox, tenant, monkeypatch):
    """One more than may wait at once is told so, and does not wait."""
    monkeypatch.setattr(site_urls, "SECONDS", 2.0)
    work, registry = tenant.work(tenant.admin), registry_of(portal)
    most = Threads(portal.settings.threads).most_of_a_tenant
    ids = [drafts.create_draft(work, KINDS["cloud_oauth"], tenant.slug) for _ in range(most + 1)]
    said, address = [], f"http://127.0.0.1:{silent.getsockname()[1]}"

    def save(account_id):
        with pytest.raises((FieldErrors, PortalFull)) as caught:
            sites.set_site(work, registry, account_id, address)
        said.append(type(caught.value))

    threads = [threading.Thread(target=save, args=(account_id,)) for account_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (said[0], len(said)) == (PortalFull, len(ids))
    assert callers(silent) == len(said) - said.count(PortalFull) == most
    registry.outbound.slots.refuse_when_busy(tenant.id)  # all of them let go again


def test_an_app_in_use_is_not_taken_by_another_account(portal, sandbox, tenant):
    office = cloud_office(portal, sandbox, tenant)
    other = drafts.create_draft(office.work, KINDS["cloud_oauth"], tenant.slug)
    with pytest.raises(FieldErrors) as caught:
        apps.set_client(office.work, other, office.app.client_id, "ATOA" + "x" * 40)
    assert "uses this app already" in caught.value.errors["client_id"]
    assert office.account.state == "connected"


def test_another_client_id_without_its_secret_changes_nothing(portal, sandbox, tenant):
    office = cloud_office(portal, sandbox, tenant)
    with pytest.raises(FieldErrors) as caught:
        apps.set_client(office.work, office.account_id, "AnotherClientId0000000000000000x", "")
    assert set(caught.value.errors) == {"client_secret"}
    assert (office.account.app.client_id, office.account.state) == (office.app.client_id, "connected")
    apps.set_client(office.work, office.account_id, "AnotherClientId0000000000000000x", "ATOA" + "y" * 40)
    assert (office.account.own.state, office.account.own.code) == ("ended", "app_changed")
    assert office.grants() == []


def test_a_good_secret_beside_a_bad_client_id_is_kept_in_a_draft(portal, sandbox, tenant):
    office = cloud_draft(portal, sandbox, tenant)
    draft = drafts.create_draft(office.work, KINDS["cloud_oauth"], tenant.slug)
    with pytest.raises(FieldErrors):
        apps.set_client(office.work, draft, "", "ATOA" + "z" * 40)
    apps.set_client(office.work, draft, "DraftClientId000000000000000000x", "")


@pytest.mark.parametrize(
    ("typed", "suggestion", "piece"),
    [
        ("https://me:secret@acme.atlassian.net", "https://acme.atlassian.net", "user name"),
        ("https://acme.atlassian.net:8443", "https://acme.atlassian.net", "port"),
        ("https://ácme.atlassian.net", None, "small letters"),
        ("https://start.atlassian.com", None, "not your site"),
        ("https://admin.atlassian.com/o/1", None, "not your site"),
    ],
    ids=["user", "port", "letters", "start", "admin"],
)
def test_what_is_nearly_a_site_is_told_as_such(typed, suggestion, piece):
    with pytest.raises(SiteUrlRefused) as caught:
        read_site_url(typed, frozenset())
    assert caught.value.suggestion == suggestion
    assert piece in caught.value.message
    assert "kind of account" not in caught.value.message


def test_a_trailing_dot_is_the_same_site():
    assert read_site_url("https://acme.atlassian.net.", frozenset()).text == "https://acme.atlassian.net"
