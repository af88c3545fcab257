"""The list of deliveries: what stands in it, its filters and pages, what is said where there is nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from portal import clock
from portal.deliveries import reading
from portal.deliveries.filtering import Wanted
from portal.store.tables import DeliveryWay, ProgramKey, User
from tests.support.delivery_rows import build_body, deliveries, delivering_account, delivery
from tests.support.person import Person
from tests.support.programs import program_key
from tests.support.world import Someone, TenantWorld

SignIn = Callable[[Someone], Person]
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
NEWEST_FIRST = ["50%_off #7", "web #6", "web #5", "web #4", "web #3", "web #2", "web #1"]


def rows(person: Person) -> list[str]:
    """The rows of the list, as one reads them."""
    found = person.page.soup.select("form[action$='/replay'] tbody tr")
    return [" ".join(row.get_text(" ").split()) for row in found]


def names(person: Person) -> list[str]:
    return [link.get_text() for link in person.page.soup.select("form[action$='/replay'] tbody th a")]


def change_way(tenant: TenantWorld, account_id: UUID, **values: Any) -> None:
    with tenant.work().write() as session:
        way = session.get_one(DeliveryWay, (tenant.id, account_id))
        for name, value in values.items():
            setattr(way, name, value)


def key_of(tenant: TenantWorld) -> ProgramKey:
    with tenant.work().read() as session:
        return session.scalars(select(ProgramKey)).one()


@pytest.fixture
def told(tenant: TenantWorld) -> TenantWorld:
    """One delivery of each outcome, a day apart, of two accounts, some by a program."""
    acme = delivering_account(tenant, "Acme Cloud")
    beta = delivering_account(tenant, "Beta Cloud", "https://beta.atlassian.net")
    program_key(tenant, [acme])
    by_key = {"sender": key_of(tenant).id}
    day = timedelta(days=1)
    of_acme: list[dict[str, Any]] = [
        {"build": 1, "received_at": NOW - 6 * day, **by_key},
        {"build": 2, "received_at": NOW - 5 * day, "unknown_keys": ["ABC-12"]},
        {"build": 3, "received_at": NOW - 4 * day, "keys": ("ABC-12", "ABC-13"), "unknown_keys": ["ABC-13"]},
        {"build": 4, "received_at": NOW - 3 * day, "state": "rejected", "reasons": ["'url' is required"]},
        {"build": 5, "received_at": NOW - 2 * day, "state": "failed", "reasons": ["No <b>such</b> thing"]},
    ]
    half_off = build_body(7, ["ABC-123"], "50%_off")
    of_beta: list[dict[str, Any]] = [
        {"build": 6, "received_at": NOW - day, "state": "unanswered", "keys": ("abc_x-7",)},
        {"received_at": NOW, "state": "waiting", "body": half_off},
    ]
    deliveries(tenant, of_acme, acme)
    deliveries(tenant, of_beta, beta)
    return tenant


def test_what_came_stands_there_the_newest_first(told: TenantWorld, sign_in: SignIn) -> None:
    member = sign_in(told.member)
    page = member.get(told.path("deliveries"))
    assert page.h1 == "Deliveries"
    assert names(member) == NEWEST_FIRST
    states = ["Waiting", "Not answered", "Failed", "Rejected", "Accepted", "On no issue", "Accepted"]
    for row, state in zip(rows(member), states, strict=True):
        assert state in row
    assert "'url' is required" in rows(member)[3]
    assert "<b>such</b>" in rows(member)[2], "what Jira said is text"
    assert "(Jira does not know it)" in rows(member)[4]
    assert "by Jenkins Acme Cloud" in rows(member)[6]
    assert page.find("a[href='https://beta.atlassian.net/browse/ABC-123']")
    assert "kept for 90 days" in page.text
    assert not page.soup.select("input[type=checkbox]"), "members only look"
    assert not page.has("Pause") and not page.has("Replay the ticked")


FILTERS: list[tuple[dict[str, str], list[str]]] = [
    ({"account": "Beta Cloud"}, ["50%_off #7", "web #6"]),
    ({"type": "Builds"}, NEWEST_FIRST),
    ({"state": "Waiting"}, ["50%_off #7"]),
    ({"state": "Accepted"}, ["web #3", "web #1"]),
    ({"state": "On no issue"}, ["web #2"]),
    ({"state": "Rejected"}, ["web #4"]),
    ({"state": "Failed"}, ["web #5"]),
    ({"state": "Not answered"}, ["web #6"]),
    ({"key": "Jenkins"}, ["web #1"]),
    ({"issue": "ABC-12"}, ["web #5", "web #4", "web #3", "web #2", "web #1"]),
    ({"issue": "abc-13"}, ["web #3"]),
    ({"issue": "ABC_X-7"}, ["web #6"]),
    ({"words": "%"}, ["50%_off #7"]),
    ({"words": "#4 WEB"}, ["web #4"]),
    ({"since": "2026-03-29", "until": "2026-03-30"}, ["web #6", "web #5"]),
    ({"since": "2026-03-30", "state": "Waiting", "words": "off"}, ["50%_off #7"]),
    ({"type": "Deployments"}, []),
]


def test_a_filter_shows_what_fits(told: TenantWorld, sign_in: SignIn) -> None:
    member = sign_in(told.member)
    page = member.get(told.path("deliveries"))
    options = {one.get_text(): str(one["value"]) for one in page.soup.select(".filter-fields option")}
    empty = dict.fromkeys(("account", "type", "state", "key", "issue", "words", "since", "until"), "")
    for query, expected in FILTERS:
        given = empty | {name: options.get(value, value) for name, value in query.items()}
        member.submit(".filter-fields", **given)
        assert names(member) == expected, query
        shown = {name: member.page.value(f"#{name}") for name in ("issue", "words", "since", "until")}
        assert shown == {name: given[name] for name in shown}, "what was typed stays"
    assert "Nothing matches" in member.page.text
    member.click("Clear all filters", ".empty-state")
    assert names(member) == NEWEST_FIRST


def test_days_are_those_of_the_one_who_looks(told: TenantWorld, sign_in: SignIn) -> None:
    """Noon in UTC is the next day in Kiritimati, 14 hours ahead."""
    with told.work().within(None).write() as session:
        session.get_one(User, told.member.user_id).time_zone = "Pacific/Kiritimati"
    member = sign_in(told.member)
    member.get(told.path("deliveries?since=2026-04-01"))
    assert names(member) == ["50%_off #7"]
    assert "1 Apr 2026, 02:00" in rows(member)[0]


def test_what_cannot_be_read_is_told_at_its_field_and_stays(told: TenantWorld, sign_in: SignIn) -> None:
    member = sign_in(told.member)
    page = member.get(told.path("deliveries?since=soon&until=31.3.2026&issue=no+key&words=web"))
    assert member.status == 422
    assert page.title.startswith("Error: ")
    assert len(page.errors()) == 3
    assert [page.value(f"#{name}") for name in ("since", "until", "issue", "words")] == [
        "soon", "31.3.2026", "no key", "web"
    ]  # fmt: skip
    assert not names(member), "nothing is listed that was not asked for"
    page = member.get(told.path("deliveries?since=2026-03-31&until=2026-03-30"))
    assert page.errors() == ["This day is before the first one. Enter the same day or a later one."]


def test_what_no_list_offers_is_told_and_lists_nothing(told: TenantWorld, sign_in: SignIn) -> None:
    """An address that was kept, of an account deleted since; a list of everything would be taken for its."""
    assert told.other is not None
    member, theirs = sign_in(told.member), delivering_account(told.other)
    choose = "Choose one from the list, or all."
    for field, value, words in (
        ("account", "0", "No ALM account that delivers here is called “0”"),
        ("account", str(theirs), f"called “{theirs}”"),
        ("account", str(uuid4()), "it may have been deleted"),
        ("type", "x", "“x” is no type of delivery"),
        ("state", "?", "“?” is nothing that becomes of a delivery"),
        ("key", str(uuid4()), "There is no program key"),
    ):
        page = member.get(told.path(f"deliveries?words=web&{field}={value}"))
        (error,) = page.errors()
        assert (member.status, words in error, choose in error, names(member)) == (422, True, True, []), value
        assert page.value("#words") == "web", "what was typed stays"
    page = member.get(told.path(f"deliveries/why?issue=ABC-12&account={theirs}"))
    assert member.status == 422 and f"called “{theirs}”" in page.errors()[0]
    assert page.value("#issue") == "ABC-12"


def test_a_place_in_the_list_that_is_none_is_its_beginning(told: TenantWorld, sign_in: SignIn) -> None:
    member = sign_in(told.member)
    too_far = f"before=2026-01-01T00:00:00Z_{10**20}_{uuid4().hex}"
    too_late = f"before=9999-12-31T23:59:59-23:00_1_{uuid4().hex}"
    for query in (
        "before=x",
        "before=2026-01-01_0",
        "before=2026-01-01T00:00:00Z_1_0",
        too_far,
        too_late,
    ):
        member.get(told.path(f"deliveries?{query}"))
        assert (query, member.status, len(names(member))) == (query, 200, 7)


def test_older_ones_are_a_page_away_and_none_is_lost(
    tenant: TenantWorld, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where many came in the same moment, as they do in one request; the filter stays."""
    monkeypatch.setattr(reading, "A_PAGE", 3)
    many = [{"build": number, "received_at": NOW} for number in range(7)]
    deliveries(tenant, [*many, {"state": "rejected"}])
    member = sign_in(tenant.member)
    member.get(tenant.path("deliveries?state=accepted"))
    seen = names(member)
    while member.page.has("Older deliveries"):
        member.click("Older deliveries")
        assert "state=accepted" in member.path
        seen += names(member)
    assert seen == [f"web #{number}" for number in reversed(range(7))], "what came last in a request is first"
    member.click("Back to the newest")
    assert names(member) == seen[:3]


def test_how_many_came_on_each_day(tenant: TenantWorld, sign_in: SignIn) -> None:
    today = clock.now().replace(hour=0, minute=0, second=1)
    account_id = delivering_account(tenant)
    old = {"received_at": today - timedelta(days=14)}
    yesterday = [{"received_at": today - timedelta(days=1), "state": "rejected"}] * 2
    deliveries(tenant, [old, *yesterday, {"received_at": today}], account_id)
    member = sign_in(tenant.member)
    page = member.get(tenant.path("deliveries?words=web"))
    assert not page.soup.select("#counts"), "nobody waits for numbers that were not asked for"
    page = member.click("Count the last 14 days")
    assert "words=web" in member.path, "what is listed stays"
    assert page.find("#counts summary").get_text() == "The last 14 days: 3 received, 2 rejected"
    counted = [[cell.get_text() for cell in row.select("td")] for row in page.soup.select("#counts tbody tr")]
    assert counted[0] == ["1", "0", "1", "0", "0", "0", "0", "0"]
    assert counted[1] == ["2", "0", "0", "0", "0", "2", "0", "0"]
    assert len(counted) == 14 and {cell for row in counted[2:] for cell in row} == {"0"}
    assert [bar["class"] for bar in page.soup.select("#counts rect")] == [["bar-accepted"], ["bar-rejected"]]
    widths = [bar["width"] for bar in page.soup.select("#counts rect")]
    assert widths == ["50.00", "100.00"], "of the busiest day"


def test_where_there_is_nothing_the_next_step_is_said(tenant: TenantWorld, sign_in: SignIn) -> None:
    """To an admin what to do, to a member whom to ask; one thing after the other."""
    admin, member = sign_in(tenant.admin), sign_in(tenant.member)
    path = tenant.path("deliveries")
    said = []
    for make in (lambda: None, lambda: delivering_account(tenant, "Acme Cloud"), lambda: make_key(tenant)):
        make()
        for person in (admin, member):
            person.get(path)
            said.append(
                (
                    person.page.find(".empty-state h2").get_text(),
                    person.page.find(".empty-state a").get_text(),
                )
            )
            person.click(person.page.find(".empty-state a").get_text(), ".empty-state")
            assert person.status == 200
    assert said == [
        ("No account that delivers yet", "Add ALM account"),
        ("No account that delivers yet", "See who is admin"),
        ("No program may send yet", "Make a program key"),
        ("No program may send yet", "See who is admin"),
        ("Nothing has been received yet", "See what to paste"),
        ("Nothing has been received yet", "See who is admin"),
    ]


def make_key(tenant: TenantWorld) -> None:
    with tenant.work().read() as session:
        (account_id,) = session.scalars(select(DeliveryWay.account_id))
    program_key(tenant, [account_id])


def test_a_key_that_is_over_lets_nobody_send(told: TenantWorld, sign_in: SignIn) -> None:
    """Neither does one that works on, and may do something else with the account."""
    admin = sign_in(told.admin)
    others = {"ends_at": clock.now() + timedelta(days=1), "operations": ["accounts:read"]}
    for change in ({"revoked_at": NOW}, {"revoked_at": None, "ends_at": NOW - timedelta(days=900)}, others):
        with told.work().write() as session:
            key = session.scalars(select(ProgramKey)).one()
            for name, value in change.items():
                setattr(key, name, value)
        page = admin.get(told.path("deliveries"))
        assert "No program may send at present" in page.text
        assert page.has("Make a new one")


def test_what_holds_an_account_up_is_said_with_what_to_do(told: TenantWorld, sign_in: SignIn) -> None:
    with told.work().read() as session:
        ways = {way.account_id: way for way in session.scalars(select(DeliveryWay))}
    beta = next(one for one in ways if ways[one].last_position == 2)
    change_way(
        told, beta, trouble="rate_limited", troubled_since=NOW, retry_at=clock.now() + timedelta(hours=1)
    )
    page = sign_in(told.member).get(told.path("deliveries"))
    banner = page.find(".banner").get_text(" ")
    assert "Beta Cloud is held up" in banner and "What to do:" in banner
    assert "1 delivery waits" in banner and "31 Mar 2026, 12:00" in banner and "next try is at" in banner
    assert "the oldest since 31 Mar 2026" in page.text


def test_pausing_and_resuming(told: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(told.admin)
    admin.get(told.path("deliveries"))
    admin.submit("Pause Beta Cloud")
    assert "Nothing is lost: what programs report is taken and waits until you resume it." in admin.page.text
    assert "Paused by Ada Admin" in admin.page.text
    admin.submit("Resume Beta Cloud")
    assert "Beta Cloud sends again" in admin.page.text
    admin.get(told.path("activity/"))
    assert "Deliveries paused Beta Cloud" in admin.page.text
    assert "Deliveries resumed Beta Cloud" in admin.page.text


def test_strangers_find_nothing_and_members_change_nothing(told: TenantWorld, sign_in: SignIn) -> None:
    (one,) = (found.id for found in reading_all(told) if found.label == "web #1")
    paths = ("deliveries", f"deliveries/{one}", "deliveries/why")
    for who, expected in ((told.stranger, 404), (told.member, 200)):
        person = sign_in(who)
        assert [(person.get(told.path(path)), person.status)[1] for path in paths] == [expected] * 3
    member = sign_in(told.member)
    member.get("/profile/password")
    for path in ("replay", f"{one}/send-latest", f"accounts/{uuid4()}/pause", f"accounts/{uuid4()}/resume"):
        member.post(told.path(f"deliveries/{path}"), chosen="all")
        assert member.status == 403
        member.get("/profile/password")
    theirs = delivery(told.other)  # type: ignore[arg-type]
    admin = sign_in(told.admin)
    admin.get(told.path(f"deliveries/{theirs}"))
    assert admin.status == 404


def reading_all(tenant: TenantWorld) -> tuple[reading.DeliveryView, ...]:
    return reading.deliveries(tenant.work(), Wanted(), ZoneInfo("UTC")).shown
