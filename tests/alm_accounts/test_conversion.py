"""An account changes the way it connects: the admin, who reconnects and who does not, and the day after."""

from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.store.tables import FieldMapping
from tests.support.conversions import PAIRS, changing
from tests.support.variants import variants

pytestmark = pytest.mark.on_both(
    "test_it_stays_the_same_account",
    "test_one_reconnects_and_one_does_not",
    "test_with_nobody_connected_it_is_over_at_once",
    "test_a_consent_under_way_comes_back_to_a_cancelled_change",
)

YES = "Yes, use this identity and test it"


@pytest.fixture(params=variants(PAIRS, [pair.name for pair in PAIRS]))
def change(portal, sandbox, tenant, request):
    return changing(portal, sandbox, tenant, request.param)


@pytest.fixture
def people(change):
    """Two people connected the former way, and a board; its page."""
    change.connect_old(change.tenant.member, "ada")
    change.connect_old(change.tenant.second, "grace")
    return change.add_board()


@pytest.fixture
def admin(change, sign_in):
    return sign_in(change.tenant.admin)


@pytest.fixture
def member(change, sign_in):
    return sign_in(change.tenant.member)


@pytest.fixture
def second(change, sign_in):
    return sign_in(change.tenant.second)


def day(days):
    return clock.now().date() + timedelta(days=days)


def in_words(date):
    return f"{date.day} {date:%B %Y}"


def shows_board(person, board):
    page = person.get(board)
    return "Acting as" in page.text and page.has("Reload")


def works(person, mine):
    person.get(mine)
    person.submit("Test connection")
    return "The connection works" in person.page.text


def test_while_the_new_way_is_set_up_everything_goes_on(change, people, admin, member):
    own = change.credential_of(None)
    change.begin(admin)
    assert "This account is changing the way it connects" in admin.page.text
    change.fill(admin)
    change.consent(admin, "admin")
    assert admin.page.h1 == "Is this the account you meant?"
    assert works(member, change.mine) and shows_board(member, people)
    assert "has changed" not in member.page.text
    admin.get(change.path())
    assert not admin.page.has("Reauthorise")  # that would be the new way, which is set up elsewhere
    admin.submit("Test connection")
    assert "The connection works" in admin.page.text
    assert change.account.kind.name == change.pair.from_kind
    assert change.credential_of(None).id == own.id


def test_the_identity_page_says_what_happens_then(change, people, admin):
    change.begin(admin)
    change.fill(admin)
    change.consent(admin, "admin")
    assert "2 people have connected the former way" in admin.page.text
    from_now = {"cloud_token": "one without scopes is taken no more"}
    told = from_now.get(change.pair.from_kind, "Nobody can connect the former way any more")
    assert told in admin.page.text
    assert admin.page.value("#last_day") == day(14).isoformat()


@pytest.mark.parametrize("change", PAIRS[:1], ids=[PAIRS[0].name], indirect=True)
def test_a_refused_consent_is_told_in_the_words_of_the_new_way(change, admin):
    change.sandbox.state(narrow_scopes=["read:me"])
    change.begin(admin)
    change.fill(admin)
    change.consent(admin, "admin")
    assert admin.page.h1 == "Not connected" and "Remove access" in admin.page.text
    assert "API token" not in admin.page.text


def test_it_stays_the_same_account(change, people, admin):
    mapped = [(row.role, row.field_id) for row in change.rows(FieldMapping)]
    name, version = change.account.name, change.account.version
    change.switch(admin)
    account = change.account
    assert (account.name, account.saved, account.state) == (name, True, "connected")
    assert account.version > version
    assert [(row.role, row.field_id) for row in change.rows(FieldMapping)] == mapped
    assert change.credential_of(None).method == account.kind.consent
    admin.submit("Test connection")
    assert "The connection works" in admin.page.text
    assert shows_board(admin, people) is False  # the admin has no connection of their own
    assert "You are not connected" in admin.page.text


def test_one_reconnects_and_one_does_not(change, people, admin, member, second, sign_in):
    change.switch(admin)
    assert "0 of 2 people are connected the new way; 2 older connections serve" in admin.page.text
    for person in (member, second):
        assert f"Reconnect by {in_words(day(14))}" in person.get(change.mine).text.replace(" .", ".")
        assert works(person, change.mine) and shows_board(person, people)
        assert "The way" in person.page.text and "has changed" in person.page.text
    change.reconnect(member, "ada")
    assert "Reconnect by" not in member.page.text and shows_board(member, people)
    assert "has changed" not in member.page.text
    admin.get(change.path())
    assert "1 of 2 people are connected the new way; 1 older connection serves" in admin.page.text
    assert f"until the end of {in_words(day(14))}" in admin.page.text
    with time_machine.travel(clock.now() + timedelta(days=15)):
        late = sign_in(change.tenant.second)
        assert "The former way of connecting has ended" in late.get(people).text
        assert late.page.has(f"Connect to {change.account.name}")
        assert "Expired" in late.get(change.mine).text
        change.end_due()
        assert "The former way of connecting has ended" in late.get(change.mine).text
    old = change.credential_of(change.tenant.second)
    assert (old.state, old.ended_why, old.access_token, old.token_secret) == (
        "ended",
        "way_ended",
        None,
        None,
    )
    assert change.conversion == change.due() == []
    assert shows_board(member, people)
    second.get(change.mine)
    second.submit("Reconnect")
    change.consent(second, "grace")
    assert shows_board(second, people)


def test_until_the_end_of_the_day_it_serves(change, people, admin, sign_in):
    change.switch(admin, last_day=day(3).isoformat())
    until = change.account.conversion.old_way_until
    with time_machine.travel(until - timedelta(seconds=30)):
        assert "Ending soon" in sign_in(change.tenant.member).get(change.mine).text
        change.end_due()
        assert len(change.conversion) == 1
        assert [row.due_at for row in change.due()] == [until]
    with time_machine.travel(until + timedelta(seconds=1)):
        change.end_due()
    assert change.conversion == []


def test_what_only_the_former_way_needed_is_erased(change, people, admin, sign_in):
    change.switch(admin)
    serving = change.new_client
    kinds = {"cloud_oauth": 1, "server_oauth2": 1, "server_oauth1": 1}
    former = 1 if change.pair.from_kind == "server_oauth1" else 0  # its key signs for those who are left
    assert len(serving) == kinds[change.pair.to_kind] + former
    admin.click("Change that day or end the former way")
    admin.click("End the former way now…")
    assert "2 people have not reconnected" in admin.page.text
    admin.submit("End the former way")
    assert "The former way has ended" in admin.page.text
    assert len(change.new_client) == kinds[change.pair.to_kind]
    assert change.conversion == change.due() == []
    for someone in (change.tenant.member, change.tenant.second):
        row = change.credential_of(someone)
        assert (row.state, row.ended_why, row.access_token) == ("ended", "way_ended_early", None)
        assert "has ended the former one before its last day" in sign_in(someone).get(change.mine).text
    assert change.credential_of(None).state == "active"


def test_with_nobody_left_it_is_over_before_its_day(change, people, admin, member, second):
    change.switch(admin)
    change.reconnect(member, "ada")
    change.end_due()
    assert len(change.conversion) == 1
    change.reconnect(second, "grace")
    assert [row.due_at <= clock.now() for row in change.due()] == [True]
    change.end_due()
    assert change.conversion == change.due() == []
    assert works(member, change.mine) and works(second, change.mine)


def test_with_nobody_connected_it_is_over_at_once(change, admin):
    change.switch(admin)
    assert change.conversion == change.due() == []
    assert "connects by" not in admin.page.text
    assert len(change.new_client) == 1


def test_what_was_done_stands_in_the_audit(change, people, admin):
    change.switch(admin, last_day=day(0).isoformat())
    told = {"from_kind": change.pair.from_kind, "to_kind": change.pair.to_kind}
    assert change.audit("account.conversion_begun") == [told]
    assert change.audit("account.converted") == [{**told, "until": day(0).isoformat()}]
    admin.get(change.path("conversion/end"))
    admin.submit("End the former way")
    assert change.audit("account.old_way_ended") == [{"from_kind": change.pair.from_kind}]
    admin.get(change.tenant.path("activity/"))
    assert "Way to connect changed" in admin.page.text


def test_cancelled_nothing_of_the_new_way_is_left(change, people, admin, member):
    before = [(row.id, row.method, row.state) for row in change.credentials()]
    client = [(row.tenant_id, getattr(row, "id", None)) for row in change.new_client]
    change.begin(admin)
    change.fill(admin)
    change.consent(admin, "admin")
    assert len(change.credentials()) == len(before) + 1
    admin.get(change.path("set-up"))
    admin.click("Cancel the change")
    admin.submit("Cancel the change")
    assert "The change is cancelled" in admin.page.text
    assert [(row.id, row.method, row.state) for row in change.credentials()] == before
    assert [(row.tenant_id, getattr(row, "id", None)) for row in change.new_client] == client
    assert change.conversion == change.apps() == []
    assert works(member, change.mine) and shows_board(member, people)
    change.switch(admin)  # and it can be begun again


def test_a_consent_under_way_comes_back_to_a_cancelled_change(change, people, admin, sign_in):
    change.begin(admin)
    change.fill(admin)
    other = sign_in(change.tenant.admin)
    other.get(change.path("conversion/cancel"))
    other.submit("Cancel the change")
    change.consent(admin, "admin")
    assert "was changed in the meantime" in admin.page.text
    assert [row.state for row in change.credentials()] == ["active"] * 3
    assert {flow.outcome for flow in change.flows()} <= {"account_changed", "connected"}
