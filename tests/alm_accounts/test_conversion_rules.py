"""What may be changed, when, by whom; and that nobody comes in by the former way once it was left."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import clock, worker
from portal.alm_accounts import accounts, conversion, drafts, leaving, old_way
from portal.alm_accounts.confirming import confirm
from portal.credentials import callbacks, token_drafts, tokens
from portal.credentials.keeping import disconnect
from portal.credentials.old_ways import OLD_WAY
from portal.errors import FieldErrors, NotHere, Refused
from portal.kinds import KINDS
from portal.kinds.methods import API_TOKEN, PASSWORD, PAT, SCOPED_TOKEN
from portal.secret import Secret
from portal.store.tables import AlmAccount, CloudSite, Conversion, Credential, TokenDraft
from tests.support import canaries
from tests.support.accounts import delete_account
from tests.support.api_tokens import ApiTokenOffice
from tests.support.conversions import PAIRS, another, changing
from tests.support.sandbox import JiraBrowser
from tests.support.tokens import TokenOffice
from tests.support.variants import variants

pytestmark = pytest.mark.on_both(
    "test_only_admins_of_the_tenant",
    "test_only_to_a_kind_it_can_become",
    "test_one_change_at_a_time",
    "test_also_where_nobody_had_picked_the_site",
    "test_the_page_that_leads_out_does_so_no_more",
    "test_a_token_that_is_being_tried_is_not_kept",
    "test_tokens_that_were_typed_and_not_connected_go",
    "test_the_day_can_be_put_off_after_it_passed_while_nothing_was_ended",
    "test_deleted_after_the_switch",
    "test_other_accounts_are_untouched",
    "test_a_cancelled_change_leaves_the_shared_app_to_the_accounts_that_use_it",
)

BY_NAME = {pair.name: pair for pair in PAIRS}
YES = "Yes, use this identity and test it"


@pytest.fixture(params=["oauth1-to-oauth2"])
def change(portal, sandbox, tenant, request):
    return changing(portal, sandbox, tenant, BY_NAME[request.param])


@pytest.fixture
def admin(change, sign_in):
    return sign_in(change.tenant.admin)


@pytest.fixture
def member(change, sign_in):
    return sign_in(change.tenant.member)


every_pair = pytest.mark.parametrize("change", variants(BY_NAME), indirect=True)
cloud = pytest.mark.parametrize("change", variants(["own-app", "shared-app"]), indirect=True)
by_token = pytest.mark.parametrize("change", ["token-to-oauth2"], indirect=True)


def begin(change, to_kind=None):
    shared = change.registry.cloud.shared_app if change.pair.by_shared else None
    wanted = change.pair.to_kind if to_kind is None else to_kind
    conversion.begin(change.work, change.account_id, wanted, "acme", shared)


def waiting(change, admin):
    """The new way consented, its identity waiting for the admin's word."""
    change.begin(admin)
    change.fill(admin)
    change.consent(admin, "admin")
    return admin


# Who, and what


PATHS = ("conversion/begin", "conversion/cancel", "conversion/last-day", "conversion/end")


@pytest.mark.parametrize(("who", "status"), [("member", 403), ("stranger", 404)])
def test_only_admins_of_the_tenant(change, sign_in, who, status):
    person = sign_in(getattr(change.tenant, who))
    person.get("/profile/")
    for path in PATHS:
        person.post(change.path(path), kind="server_oauth2", last_day="2030-01-01")
        assert person.status == status
        person.get("/profile/")
    assert person.get(change.path("conversion")) and person.status == status
    assert change.conversion == []


def test_a_draft_is_not_changed(change):
    work = change.work
    draft_id = drafts.create_draft(work, KINDS["server_oauth1"], "acme")
    with pytest.raises(Refused, match="Finish the set-up"):
        conversion.begin(work, draft_id, "server_oauth2", "acme")


@every_pair
def test_only_to_a_kind_it_can_become(change):
    before = change.new_client
    for kind in {*KINDS, "no-such-kind", ""} - set(KINDS[change.pair.from_kind].converts_to):
        with pytest.raises(Refused, match="cannot change to that way"):
            begin(change, kind)
    assert change.conversion == [] and len(change.new_client) == len(before)


def test_a_forged_kind_is_refused_in_words(change, admin):
    admin.get(change.path("conversion"))
    admin.post(change.path("conversion/begin"), kind="cloud_oauth")
    assert admin.path == change.path() and "Choose one that is offered" in admin.page.text


def test_the_operators_app_is_for_cloud_only(change):
    with pytest.raises(Refused, match="cannot change to that way"):
        shared = change.registry.cloud.shared_app
        conversion.begin(change.work, change.account_id, "server_oauth2", "acme", shared)
    assert change.apps() == []


def test_one_change_at_a_time(change, admin):
    change.connect_old(change.tenant.member, "ada")
    begin(change)
    with pytest.raises(Refused, match="already"):
        begin(change)
    waiting_for = change.new_client
    admin.get(change.path("conversion"))
    assert "Go on with the change" in admin.page.text
    change.fill(admin)
    change.consent(admin, "admin")
    admin.submit(YES)
    with pytest.raises(Refused):  # until the former way is over
        begin(change)
    assert len(waiting_for) == 2


def test_not_while_an_identity_waits(change, admin):
    admin.get(change.path())
    admin.submit("Reauthorise")
    change.consent(admin, "admin")
    with pytest.raises(Refused, match="waits for your word"):
        begin(change)


@by_token
def test_after_a_change_the_next_may_begin(change, admin, tenant, portal, sandbox):
    first = BY_NAME["token-to-oauth1"]
    changed = type(change)(portal, sandbox, tenant, change.account_id, first, change.connect_old)
    changed.switch(admin)
    second = BY_NAME["oauth1-to-oauth2"]
    again = type(change)(portal, sandbox, tenant, change.account_id, second, change.connect_old)
    again.switch(admin)
    assert again.account.kind.name == "server_oauth2"
    assert len(again.new_client) == 1  # the keys of the way between are gone


# What the switch wants


@cloud
def test_a_consent_for_another_site_is_refused(change, admin):
    cloud_id = change.account.site.cloud_id
    change.begin(admin)
    change.fill(admin)
    change.consent(admin, "admin", site="globex")
    assert "The consent does not cover the site of this account" in admin.page.text
    assert change.account.pending is None and change.account.kind.name == "cloud_token"
    assert change.account.site.cloud_id == cloud_id


@cloud
def test_also_where_nobody_had_picked_the_site(change, admin):
    with change.work.write() as session:
        session.execute(update(CloudSite).values(pinned_at=None))
    change.begin(admin)
    assert change.account.site.is_pinned


@cloud
def test_a_token_does_not_prove_consents(change):
    begin(change)
    office = ApiTokenOffice(change.portal, change.sandbox, change.tenant, change.account_id)
    tried = office.try_typed(None, replace(office.typed("admin"), method=SCOPED_TOKEN))
    with pytest.raises(Refused, match="has to come by one"):
        confirm(change.work, change.account_id, tried.credential_id)
    assert change.account.kind.name == "cloud_token" and change.account.own.method == API_TOKEN


@every_pair
def test_a_failed_test_switches_nothing(change, admin):
    change.connect_old(change.tenant.member, "ada")
    waiting(change, admin)
    change.sandbox.state(down=True)
    admin.submit(YES, last_day=(clock.now().date() + timedelta(days=5)).isoformat())
    assert admin.status == 409, admin.page.text[:300]
    assert change.account.kind.name == change.pair.from_kind
    change.sandbox.state(down=False)
    admin.submit("Test again and use it")
    assert change.account.kind.name == change.pair.to_kind


def test_the_day_chosen_outlives_a_failed_test(change, admin):
    change.connect_old(change.tenant.member, "ada")
    waiting(change, admin)
    chosen = clock.now().date() + timedelta(days=5)
    change.sandbox.state(down=True)
    admin.submit(YES, last_day=chosen.isoformat())
    change.sandbox.state(down=False)
    admin.submit("Test again and use it")
    assert change.account.conversion.last_day == chosen


DAYS = {
    "empty": "",
    "word": "tomorrow",
    "other-order": "06.12.2026",
    "no-such-day": "2027-02-30",
    "past": -1,
    "too-far": 91,
    "control": "tomor\x07row\x00",
    "long": "2" * 5000,
}


@pytest.mark.parametrize("typed", variants(DAYS.values(), DAYS))
def test_a_day_that_cannot_be(change, admin, typed):
    change.connect_old(change.tenant.member, "ada")
    waiting(change, admin)
    text = (clock.now().date() + timedelta(days=typed)).isoformat() if isinstance(typed, int) else typed
    admin.submit(YES, last_day=text)
    assert admin.status == 422
    assert any("day" in error for error in admin.page.errors())
    assert admin.page.has("Yes, use this identity and test it")
    assert change.account.kind.name == "server_oauth1" and change.account.pending
    admin.submit(YES, last_day=clock.now().date().isoformat())
    assert change.account.kind.name == "server_oauth2"


@pytest.mark.parametrize("days", [0, 90])
def test_the_first_and_the_last_day_that_can_be(change, admin, days):
    change.connect_old(change.tenant.member, "ada")
    chosen = clock.now().date() + timedelta(days=days)
    change.switch(admin, last_day=chosen.isoformat())
    assert change.credential_of(change.tenant.member).serves_until == clock.end_of_day(chosen)


def test_a_day_chosen_long_ago_gives_way_to_the_one_preset(change, admin):
    change.connect_old(change.tenant.member, "ada")
    waiting(change, admin)
    with change.work.write() as session:
        session.execute(update(Conversion).values(old_way_until=clock.now() - timedelta(days=1)))
    admin.post(change.path(f"identity/{change.account.pending.id}/confirm"))
    assert change.account.conversion.last_day == old_way.preset_day()


# After the switch


@every_pair
def test_nobody_connects_the_former_way_anew(change, admin):
    change.connect_old(change.tenant.member, "ada")
    change.switch(admin)
    with pytest.raises((NotHere, KeyError)):
        change.connect_old(change.tenant.second, "grace")
    with pytest.raises((NotHere, KeyError)):
        change.connect_old(change.tenant.member, "ada")
    assert [row.user_id for row in change.credentials() if row.serves_until] == [change.tenant.member.user_id]


def test_a_consent_of_the_former_way_comes_back_too_late(change, admin, member):
    change.connect_old(change.tenant.second, "grace")
    member.get(change.mine)
    member.submit("Get OAuth token")
    [link] = {str(found["href"]) for found in member.page.soup.select("main a[href*='/authorize?']")}
    back = JiraBrowser(change.sandbox, "ada").allow(link)
    change.switch(admin)
    member.get(back)
    assert "was changed in the meantime" in member.page.text
    assert {row.user_id for row in change.credentials()} == {None, change.tenant.second.user_id}


def test_the_page_that_leads_out_does_so_no_more(change, admin, member):
    member.get(change.mine)
    member.submit("Get OAuth token")
    leaves = member.path
    change.switch(admin)
    member.get(leaves)
    assert "was changed in the meantime" in member.page.text


def test_a_callback_that_is_being_answered_is_not_kept(change, admin, monkeypatch):
    """The exchange began before the switch and ends after it."""
    change.connect_old(change.tenant.second, "grace")
    waiting(change, admin)
    protocol_of = callbacks.protocol_of

    def meanwhile(connection):
        protocol = protocol_of(connection)
        exchange = protocol.exchange

        def late(*arguments):
            given = exchange(*arguments)
            switch_now(change)
            return given

        protocol.exchange = late
        return protocol

    monkeypatch.setattr(callbacks, "protocol_of", meanwhile)
    with pytest.raises(AssertionError, match="account_changed"):
        change.connect_old(change.tenant.member, "ada")
    assert change.account.kind.name == "server_oauth2"
    assert {row.user_id for row in change.credentials()} == {None, change.tenant.second.user_id}


def switch_now(change):
    pending = change.account.pending
    if pending:
        confirm(change.work, change.account_id, pending.id)


@by_token
def test_a_token_that_is_being_tried_is_not_kept(change, admin, monkeypatch):
    office = TokenOffice(change.portal, change.sandbox, change.tenant, change.account_id)
    waiting(change, admin)
    tried = tokens._tried

    def late(*arguments):
        found = tried(*arguments)
        switch_now(change)
        return found

    monkeypatch.setattr(tokens, "_tried", late)
    outcome = office.try_typed(change.tenant.member, office.typed("ada"))
    assert (outcome.code, outcome.credential_id) == ("account_changed", None)


@by_token
@pytest.mark.parametrize("method", [PAT, PASSWORD])
def test_tokens_that_were_typed_and_not_connected_go(change, admin, method):
    secret = canaries.new("typed")
    typed = token_drafts.Typed(method, "ada", Secret(secret), None)
    token_drafts.keep_draft(change.work, change.account_id, change.tenant.member.user_id, typed)
    change.switch(admin)
    assert change.rows(TokenDraft) == []
    with pytest.raises(NotHere):
        token_drafts.keep_draft(change.work, change.account_id, change.tenant.member.user_id, typed)


@cloud
def test_a_token_that_the_new_way_takes_goes_on_untouched(change, admin, member):
    office = ApiTokenOffice(change.portal, change.sandbox, change.tenant, change.account_id)
    office.connect(change.tenant.member, "ada", SCOPED_TOKEN)
    office.connect(change.tenant.second, "grace", API_TOKEN)
    waiting(change, admin)
    assert "One person has connected the former way, with an API token without scopes" in admin.page.text
    assert "One person goes on untouched: the new way takes API tokens with scopes too" in admin.page.text
    assert "one without scopes is taken no more" in admin.page.text
    admin.submit(YES)
    scoped = change.credential_of(change.tenant.member)
    assert (scoped.method, scoped.serves_until, scoped.state) == (SCOPED_TOKEN, None, "active")
    assert change.credential_of(change.tenant.second).serves_until
    member.get(change.mine)
    assert "Reconnect by" not in member.page.text
    admin.get(change.path("conversion/end"))
    admin.submit("End the former way")
    assert change.credential_of(change.tenant.member).state == "active"
    member.submit("Test connection")
    assert "The connection works" in member.page.text


@cloud
def test_where_nobody_has_to_reconnect_no_day_is_asked(change, admin):
    office = ApiTokenOffice(change.portal, change.sandbox, change.tenant, change.account_id)
    office.connect(change.tenant.member, "ada", SCOPED_TOKEN)
    office.connect(change.tenant.second, "grace", SCOPED_TOKEN)
    waiting(change, admin)
    assert "2 people go on untouched" in admin.page.text and "Nobody has to reconnect" in admin.page.text
    assert not admin.page.soup.select("#last_day")
    admin.submit(YES)
    assert "2 people go on as they are connected, and nobody has to reconnect." in admin.page.text
    admin.get(change.path("conversion"))
    assert "2 people are connected, all by a way this account takes" in admin.page.text


def test_another_day_moves_all_ends(change, admin):
    change.connect_old(change.tenant.member, "ada")
    change.switch(admin)
    chosen = clock.now().date() + timedelta(days=40)
    admin.get(change.path("conversion"))
    admin.submit("Change the day", last_day=chosen.isoformat())
    assert "The last day is changed" in admin.page.text
    assert change.credential_of(change.tenant.member).serves_until == clock.end_of_day(chosen)
    assert [row.due_at for row in change.due()] == [clock.end_of_day(chosen)]
    admin.submit("Change the day", last_day="2020-01-01")
    assert admin.status == 422 and admin.page.value("#last_day") == "2020-01-01"
    assert change.account.conversion.last_day == chosen


def test_the_day_can_be_put_off_after_it_passed_while_nothing_was_ended(change, admin, member):
    change.connect_old(change.tenant.member, "ada")
    change.switch(admin)
    past = clock.now() - timedelta(minutes=1)
    with change.work.write() as session:
        session.execute(update(Conversion).values(old_way_until=past))
        of_member = update(Credential).where(Credential.user_id == change.tenant.member.user_id)
        session.execute(of_member.values(serves_until=past))
    assert "Expired" in member.get(change.mine).text
    admin.get(change.path("conversion"))
    admin.submit("Change the day", last_day=clock.now().date().isoformat())
    assert "Reconnect by" in member.get(change.mine).text


def test_without_a_change_there_is_nothing_to_set_or_end(change, admin):
    for act in (old_way.end_now, conversion.cancel):
        with pytest.raises(Refused):
            act(change.work, change.account_id)
    with pytest.raises(Refused):
        old_way.set_last_day(change.work, change.account_id, clock.now().date().isoformat())
    begin(change)
    with pytest.raises(Refused):
        old_way.end_now(change.work, change.account_id)
    for path in ("conversion/cancel", "conversion/end"):
        admin.get(change.path(path))
        assert admin.status == 200


def test_a_change_that_was_made_is_not_cancelled(change, admin):
    change.connect_old(change.tenant.member, "ada")
    change.switch(admin)
    with pytest.raises(Refused, match="nothing to cancel"):
        conversion.cancel(change.work, change.account_id)
    assert change.account.kind.name == "server_oauth2" and change.account.own.state == "connected"


def test_stale_pages_lead_back_to_the_account_with_a_sentence(change, admin):
    """A second window on what was begun, confirmed, ended or cancelled in the first."""
    change.connect_old(change.tenant.member, "ada")
    waiting(change, admin)
    confirmed = change.path(f"identity/{change.account.pending.id}/confirm")

    def sends(path, told, **fields):
        admin.post(path, **fields)
        assert (admin.status, admin.path) == (200, change.path())
        assert told in admin.page.text

    sends(change.path("conversion/begin"), "changing the way it connects already", kind="server_oauth2")
    admin.get(change.path("identity"))
    admin.submit(YES)
    sends(confirmed, "waits for your word no longer")
    sends(change.path("conversion/cancel"), "there is nothing to cancel")
    admin.get(change.path("conversion/end"))
    admin.submit("End the former way")
    sends(change.path("conversion/end"), "there is nothing of that to set or to end")
    day = clock.now().date().isoformat()
    sends(change.path("conversion/last-day"), "there is nothing of that to set or to end", last_day=day)


GOING = {
    "disconnects": lambda change, who: disconnect(change.work, change.account_id, who, "disconnected"),
    "leaves": lambda change, who: leaving.leave(change.work, who, "removed"),
}


@pytest.mark.parametrize("goes", variants(GOING.values(), GOING))
def test_who_goes_may_have_been_the_last(change, admin, goes):
    change.connect_old(change.tenant.member, "ada")
    change.switch(admin)
    goes(change, change.tenant.member.user_id)
    assert [row.due_at <= clock.now() for row in change.due()] == [True]
    run_worker(change)
    assert change.conversion == change.due() == []


def run_worker(change):
    """The handler as the worker calls it."""
    [row] = change.due()
    tools = worker.Tools(change.portal.settings, change.portal.store, change.registry, None)
    worker.HANDLERS[row.kind](tools, change.by_clock, row)


def test_the_worker_does_it_when_it_is_due(change, admin):
    change.connect_old(change.tenant.member, "ada")
    change.switch(admin)
    tools = worker.Tools(change.portal.settings, change.portal.store, change.registry, None)
    while worker.do_one(tools, (OLD_WAY,)):
        pass
    assert len(change.conversion) == 1
    with change.work.write() as session:
        session.execute(update(Conversion).values(old_way_until=clock.now()))
        old_way.put_end(session, change.account_id, clock.now() - timedelta(seconds=1))
    while worker.do_one(tools, (OLD_WAY,)):
        pass
    assert change.conversion == change.due() == []


# The account itself changes meanwhile


@every_pair
def test_deleted_before_the_switch(change, admin):
    waiting(change, admin)
    delete_account(change.work, change.account_id)
    assert change.conversion == change.new_client == change.credentials() == change.apps() == []


@every_pair
def test_deleted_after_the_switch(change, admin):
    change.connect_old(change.tenant.member, "ada")
    change.switch(admin)
    delete_account(change.work, change.account_id)
    assert change.conversion == change.new_client == change.credentials() == change.apps() == []
    run_worker(change)  # what was due is about nothing any more


@pytest.mark.parametrize("change", variants(["oauth1-to-oauth2", "token-to-oauth1"]), indirect=True)
def test_its_address_stays_while_the_new_way_is_set_up(change, admin):
    change.connect_old(change.tenant.member, "ada")
    begin(change)
    address = change.account.base_url
    with pytest.raises(FieldErrors, match="base_url"):
        accounts.change(
            change.work, change.registry.outbound.wire, change.account_id, {"base_url": f"{address}/other"}
        )
    admin.get(change.path("settings"))
    admin.submit("Save settings", base_url=f"{address}/other", name="Another name")
    assert admin.status == 422 and "Finish or cancel that change first" in admin.page.text
    assert admin.page.value("#base_url") == f"{address}/other"
    assert change.account.base_url == address
    assert {row.state for row in change.credentials()} == {"active"}
    accounts.change(change.work, change.registry.outbound.wire, change.account_id, {"read_only": True})


@cloud
def test_its_site_stays_while_the_new_way_is_set_up(change, admin):
    change.begin(admin)
    admin.submit("Save", site_url=change.sandbox.sites["globex"])
    assert admin.status == 422 and "Finish or cancel that change first" in admin.page.text
    assert {row.state for row in change.credentials()} == {"active"}


def test_another_address_after_the_switch_ends_the_former_way_too(change, admin):
    change.connect_old(change.tenant.member, "ada")
    change.switch(admin)
    wanted = {"base_url": f"{change.account.base_url}/other"}
    accounts.change(change.work, change.registry.outbound.wire, change.account_id, wanted)
    run_worker(change)
    assert change.conversion == [] and len(change.new_client) == 1
    row = change.credential_of(change.tenant.member)
    assert (row.state, row.ended_why) == ("ended", "address_changed")


@every_pair
def test_other_accounts_are_untouched(change, admin, portal, sandbox, tenant):
    other = another(portal, sandbox, tenant, change.pair)
    other.connect_old(change.tenant.member, "ada")
    change.connect_old(change.tenant.member, "ada")

    def picture():
        with other.work.read() as session:
            account = session.get(AlmAccount, (tenant.id, other.account_id))
        rows = [account, *other.credentials(), *other.new_client]
        return [
            {name: value for name, value in vars(row).items() if not name.startswith("_")} for row in rows
        ]

    before = picture()
    change.switch(admin)
    admin.get(change.path("conversion/end"))
    admin.submit("End the former way")
    assert picture() == before


@pytest.mark.parametrize("change", ["shared-app"], indirect=True)
def test_a_cancelled_change_leaves_the_shared_app_to_the_accounts_that_use_it(change, admin, sign_in):
    other = another(change.portal, change.sandbox, change.tenant, change.pair)
    other.switch(admin)
    waiting(change, admin)
    conversion.cancel(change.work, change.account_id)
    assert [app.is_shared for app in change.apps()] == [True]
    assert other.credential_of(None).state == "active"
    admin.get(other.path())
    admin.submit("Test connection")
    assert "The connection works" in admin.page.text
