"""Two admins at once, a process that dies between test and switch, people who come in the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from portal import clock
from portal.alm_accounts import confirming, conversion, old_way
from portal.alm_accounts.confirming import confirm
from portal.audit.log import verify
from portal.credentials.keeping import disconnect
from portal.errors import PortalError
from portal.store.tables import Conversion
from tests.support.accounts import delete_account
from tests.support.conversions import PAIRS, changing
from tests.support.variants import variants

YES = "Yes, use this identity and test it"
BY_NAME = {pair.name: pair for pair in PAIRS}


@pytest.fixture(params=variants(["oauth1-to-oauth2", "own-app"]))
def change(portal, sandbox, tenant, request):
    return changing(portal, sandbox, tenant, BY_NAME[request.param])


@pytest.fixture
def admin(change, sign_in):
    return sign_in(change.tenant.admin)


@pytest.fixture
def waiting(change, admin):
    """One person connected; the new way consented, its identity waiting for the admin's word."""
    change.connect_old(change.tenant.member, "ada")
    change.begin(admin)
    change.fill(admin)
    change.consent(admin, "admin")
    return change.account.pending.id


def at_once(*acts):
    """How each ended: nothing, or what was refused."""

    def quietly(act):
        try:
            return act()
        except PortalError as error:
            return type(error).__name__

    with ThreadPoolExecutor(len(acts)) as threads:
        return [done.result(60) for done in [threads.submit(quietly, act) for act in acts]]


def is_whole(change):
    with change.work.read() as session:
        return verify(session)[1] is None


def test_two_begin_at_once(change):
    begin = [change.work, change.account_id, change.pair.to_kind, "acme"]
    ends = at_once(*[lambda: conversion.begin(*begin)] * 2)
    assert sorted(map(str, ends)) == ["None", "Refused"]
    assert len(change.conversion) == 1
    assert len(change.apps()) == 1
    assert is_whole(change)


def test_two_confirm_at_once(change, waiting):
    ends = at_once(*[lambda: confirm(change.work, change.account_id, waiting)] * 2)
    assert sorted(map(str, ends)) == ["None", "NotHere"]
    assert len(change.audit("account.converted")) == 1
    assert is_whole(change)


def test_one_confirms_and_one_cancels(change, waiting):
    ends = at_once(
        lambda: confirm(change.work, change.account_id, waiting),
        lambda: conversion.cancel(change.work, change.account_id),
    )
    assert ends in ([None, "Refused"], ["NotHere", None])
    kind = change.pair.to_kind if ends[0] is None else change.pair.from_kind
    assert change.account.kind.name == kind
    assert change.account.own.state == "connected" and change.account.pending is None
    assert is_whole(change)


def test_two_end_the_former_way_at_once(change, waiting):
    confirm(change.work, change.account_id, waiting)
    ends = at_once(
        lambda: old_way.end_now(change.work, change.account_id),
        lambda: old_way.end_now(change.work, change.account_id),
        lambda: change.end_due(),
    )
    assert sorted(map(str, ends)) == ["None", "None", "Refused"]
    assert len(change.audit("account.old_way_ended")) == 1
    assert change.conversion == []


def test_the_day_comes_while_somebody_reconnects(change, waiting, sign_in):
    confirm(change.work, change.account_id, waiting)
    member = sign_in(change.tenant.member)
    with change.work.write() as session:
        session.execute(update(Conversion).values(old_way_until=clock.now()))
    at_once(lambda: change.reconnect(member, "ada"), change.end_due)
    member.get(change.mine)
    assert "Connected" in member.page.text
    assert change.credential_of(change.tenant.member).state == "active"
    change.end_due()
    assert change.conversion == []
    assert is_whole(change)


def test_an_account_is_deleted_while_it_is_confirmed(change, waiting):
    at_once(
        lambda: confirm(change.work, change.account_id, waiting),
        lambda: delete_account(change.work, change.account_id),
        lambda: disconnect(change.work, change.account_id, change.tenant.member.user_id, "disconnected"),
    )
    assert change.conversion == change.credentials() == change.new_client == change.apps() == []
    assert is_whole(change)


def test_a_process_that_dies_between_test_and_switch(change, waiting, admin, monkeypatch):
    before = [(row.id, row.state, row.serves_until) for row in change.credentials()]

    def die(*_):
        raise RuntimeError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(confirming, "switch", die)
        admin.submit(YES)
        assert admin.status == 500
    assert change.account.kind.name == change.pair.from_kind
    assert [(row.id, row.state, row.serves_until) for row in change.credentials()] == before
    admin.get(change.path("identity"))
    admin.submit(YES)
    assert change.account.kind.name == change.pair.to_kind
    assert change.credential_of(change.tenant.member).serves_until


def test_the_whole_switch_is_one_transaction(change, waiting, monkeypatch):
    """Where its last line cannot be written, nothing of it is."""
    before = [(row.id, row.state, row.serves_until) for row in change.credentials()]

    def die(*_):
        raise RuntimeError("gone")

    monkeypatch.setattr(conversion, "put_end", die)
    with pytest.raises(RuntimeError):
        confirm(change.work, change.account_id, waiting)
    assert change.account.kind.name == change.pair.from_kind
    assert [(row.id, row.state, row.serves_until) for row in change.credentials()] == before
    assert change.audit("account.converted") == []
