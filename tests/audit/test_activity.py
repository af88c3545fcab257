"""Activity: what an admin reads of the tenant's audit, and the check of its chain."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select

from portal import clock
from portal.audit import events, log, recent_check
from portal.audit.filtering import NO_REQUEST, Wanted
from portal.audit.log import record
from portal.audit.reading import LINES_A_PAGE, read_lines
from portal.credentials.problems import PROBLEMS
from portal.days import NO_DAY
from portal.store.tables import AuditEvent, PortalAuditEvent, User
from portal.store.work import Actor, Work
from portal.web.audit_words import PAIRS, said
from tests.support import samples
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.world import Someone, TenantWorld

SignIn = Callable[[Someone], Person]
UTC = ZoneInfo("UTC")


def write(tenant: TenantWorld, someone: Someone, event: str, **facts: object) -> None:
    work = tenant.work(someone)
    with work.write() as session:
        record(session, work, event, **facts)  # type: ignore[arg-type]


@pytest.fixture
def told(tenant: TenantWorld) -> TenantWorld:
    """A tenant in which something happened."""
    account = samples.account(tenant, "Shop Jira")
    write(tenant, tenant.admin, "account.saved", account_id=account)
    write(
        tenant,
        tenant.member,
        "flow.ended",
        outcome="failed",
        account_id=account,
        purpose="person",
        code="denied",
    )
    write(
        tenant,
        tenant.admin,
        "member.role_changed",
        subject_id=tenant.member.user_id,
        before="member",
        after="admin",
    )
    return tenant


def lines(person: Person) -> list[str]:
    return [" ".join(item.get_text(" ").split()) for item in person.page.soup.select(".timeline li")]


def test_the_newest_stands_first_with_names(told: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(told.admin)
    admin.get(told.path("activity/"))
    assert admin.page.h1 == "Activity"
    first, second, third = lines(admin)
    assert "Ada Admin Role changed Mel Member · after: admin · before: member" in first
    assert "Mel Member Came back from Jira Shop Jira · result: Deny was pressed in Jira" in second
    assert "Failed" in second
    assert "ALM account saved Shop Jira" in third


def test_a_filter_shows_what_fits(told: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(told.admin)
    page = admin.get(told.path("activity/"))
    options = {option.get_text(): option["value"] for option in page.soup.select(".filter-fields option")}
    today = clock.now().date()
    for field, label, count in (
        ("person", "Mel Member", 2),
        ("account", "Shop Jira", 2),
        ("event", "Role changed", 1),
        ("outcome", "Failed", 1),
        ("since", today.isoformat(), 3),
        ("until", (today - timedelta(days=1)).isoformat(), 0),
        ("since", (today + timedelta(days=1)).isoformat(), 0),
    ):
        admin.submit(".filter-fields", **{field: options.get(label, label)})
        assert len(lines(admin)) == count, (field, label)
        shown = admin.page.soup.select(f"#{field} option[selected]")
        assert (shown[0].get_text() if shown else admin.page.value(f"#{field}")) == label
        assert "Filter (on)" in admin.page.text
        admin.get(told.path("activity/"))


def test_actions_stand_in_groups(told: TenantWorld, sign_in: SignIn) -> None:
    page = sign_in(told.admin).get(told.path("activity/"))
    groups = {str(group["label"]): group.get_text(" ") for group in page.soup.select("#event optgroup")}
    assert "Role changed" in groups["People"] and "Program key made" in groups["Programs and deliveries"]


def test_every_event_is_in_one_group() -> None:
    listed = [event for group in events.grouped().values() for event in group]
    assert sorted(event.name for event in listed) == sorted(events.TENANT)


def test_every_pair_of_values_is_shown_as_a_change() -> None:
    pairs = {event.name for event in events.TENANT_EVENTS if {"before", "after"} <= event.details}
    assert pairs <= set(PAIRS)
    assert all(set(PAIRS[name][1:]) <= events.TENANT[name].details for name in PAIRS)


def test_days_are_those_of_the_one_who_looks(tenant: TenantWorld, sign_in: SignIn) -> None:
    """Noon in UTC is the next day in Kiritimati, 14 hours ahead."""
    with time_machine.travel(datetime(2026, 3, 31, 12, tzinfo=UTC), tick=False):
        write(tenant, tenant.admin, "account.saved")
    with tenant.work().within(None).write() as session:
        session.get_one(User, tenant.admin.user_id).time_zone = "Pacific/Kiritimati"
    admin = sign_in(tenant.admin)
    for query, count in (
        ("since=2026-04-01&until=2026-04-01", 1),
        ("until=2026-03-31", 0),
        ("since=2026-04-02", 0),
    ):
        admin.get(tenant.path(f"activity/?{query}"))
        assert len(lines(admin)) == count, query


def test_what_cannot_be_read_is_told_at_its_field_and_stays(told: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(told.admin)
    page = admin.get(told.path("activity/?since=soon&until=31.3.2026&request_id=a+b&outcome=failed"))
    assert admin.status == 422
    assert page.title.startswith("Error: ")
    assert page.errors() == [NO_DAY, NO_DAY, NO_REQUEST]
    assert [page.value(f"#{name}") for name in ("since", "until", "request_id")] == [
        "soon", "31.3.2026", "a b"
    ]  # fmt: skip
    assert page.find("#outcome option[selected]").get_text() == "Failed"
    assert not lines(admin) and not page.has("Export as CSV")
    for text in ("%00", "a%0Ab", "x" * 41, "%C3%A4"):
        assert admin.get(told.path(f"activity/?request_id={text}")).errors() == [NO_REQUEST]


def test_where_there_is_nothing_it_says_so(tenant: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(tenant.admin)
    page = admin.get(tenant.path("activity/"))
    assert "Nothing has been recorded yet" in page.text and not page.has("Export as CSV")
    write(tenant, tenant.admin, "account.saved")
    admin.get(tenant.path("activity/?before=1"))
    assert "There is nothing older" in admin.page.text
    admin.click("Back to the newest", ".empty-state")
    assert len(lines(admin)) == 1


def test_one_request_can_be_followed(portal: Portal, told: TenantWorld, sign_in: SignIn) -> None:
    work = Work(portal.store, told.id, Actor("person", told.admin.user_id, request_id="abc123"))
    with work.write() as session:
        record(session, work, "account.saved")
    admin = sign_in(told.admin)
    admin.get(told.path("activity/"))
    admin.click("abc123")
    assert len(lines(admin)) == 1
    admin.submit("Show", request_id=" abc123 ")
    assert len(lines(admin)) == 1
    assert "request abc123" in lines(admin)[0]


def test_a_long_id_is_shortened_and_whole_behind(tenant: TenantWorld, sign_in: SignIn) -> None:
    fingerprint = "SHA256:" + "a" * 43
    write(tenant, tenant.admin, "key.discarded", fingerprint=fingerprint)
    page = sign_in(tenant.admin).get(tenant.path("activity/"))
    shown = page.find(".timeline-detail code")
    assert (shown["title"], shown.get_text()) == (fingerprint, "SHA256:aaaaaaaaaaaa…")


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"code": "timestamp_refused"}, "result: The clocks differ too much"),
        ({"why": "address_changed"}, "why: The ALM account leads to another Jira now"),
        ({"kind": "server_oauth1"}, "kind of account: Jira Server OAuth"),
        ({"changed": ["epic_link", "rank"]}, "changed: Epic link, Rank"),
        ({"changed": ["base_url", "name"]}, "changed: base URL, name"),
        ({"consumer_changed": False}, "new consumer key: no"),
        ({"role": "member"}, "role: member"),
    ],
)
def test_details_stand_in_words(details: dict[str, object], words: str) -> None:
    assert [f"{one.name}: {one.text}" for one in said(details)] == [words]


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_no_problem_speaks_to_the_reader_of_the_record(code: str) -> None:
    text = said({"code": code})[0].text
    assert "_" not in text
    assert "You" not in text.split()


def test_a_filter_that_nothing_fits_says_so(told: TenantWorld, sign_in: SignIn) -> None:
    page = sign_in(told.admin).get(told.path(f"activity/?account={uuid4()}"))
    assert "Nothing fits this filter" in page.text and page.link("Clear all filters")


def test_a_choice_that_is_none_is_left_out(told: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(told.admin)
    for query in (
        "person=x",
        "before=-1",
        "before=9e9",
        "before=2147483648",
        "event=drop",
        "outcome=?",
        "account=0",
    ):
        admin.get(told.path(f"activity/?{query}"))
        assert admin.status == 200
        assert len(lines(admin)) == 3, query


def test_older_lines_are_a_page_away_and_none_is_lost(tenant: TenantWorld, sign_in: SignIn) -> None:
    total = LINES_A_PAGE + 5
    for number in range(total):
        write(tenant, tenant.admin, "member.joined", role=f"number-{number}-")
    admin = sign_in(tenant.admin)
    admin.get(tenant.path("activity/?event=member.joined"))
    newest = lines(admin)
    admin.click("Older lines")
    seen = " ".join(newest + lines(admin))
    assert (len(newest), len(lines(admin))) == (LINES_A_PAGE, 5)
    assert all(f"number-{number}-" in seen for number in range(total))
    assert not admin.page.has("Older lines")
    admin.click("Back to the newest")
    assert lines(admin) == newest


def test_a_name_that_was_erased_is_told_as_such(told: TenantWorld) -> None:
    with told.work().write() as session:
        session.delete(session.get(User, told.member.user_id))
    who = [line.who for line in read_lines(told.work(), Wanted(), UTC).shown]
    assert who[1] == f"a person deleted since ({str(told.member.user_id)[:8]})"


def test_another_tenants_lines_are_not_there(told: TenantWorld) -> None:
    assert told.other is not None
    write(told.other, told.other.admin, "account.saved")
    assert len(read_lines(told.work(), Wanted(), UTC).shown) == 3
    assert read_lines(told.work(), Wanted(person=told.other.admin.user_id), UTC).shown == []


@pytest.mark.parametrize("who", ["member", "stranger"])
def test_only_admins_read_it(who: str, told: TenantWorld, sign_in: SignIn) -> None:
    person = sign_in(getattr(told, who))
    person.get(told.path("activity/"))
    assert person.status == {"member": 403, "stranger": 404}[who]


def test_the_check_says_that_the_record_is_whole(told: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(told.admin)
    admin.get(told.path("activity/"))
    admin.submit("Check the record")
    assert "The record is whole: all 3 lines fit together." in admin.page.text
    assert "cannot see is lines cut off at the end" in admin.page.text
    with told.work().read() as session:
        last = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()
    assert f"line {last.seq} with the seal {last.hash.hex()}" in admin.page.text


@pytest.fixture
def spoilt(told: TenantWorld, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Numbers of lines that do not fit: of this tenant's chain, for the portal's is written meanwhile."""
    numbers: set[int] = set()
    digest = log.digest

    def spoil(row: AuditEvent | PortalAuditEvent) -> bytes:
        is_own = isinstance(row, AuditEvent) and row.tenant_id == told.id
        return b"" if is_own and row.seq in numbers else digest(row)

    monkeypatch.setattr(log, "digest", spoil)
    return numbers


def test_the_check_names_the_line_that_does_not_fit(
    told: TenantWorld, sign_in: SignIn, spoilt: set[int]
) -> None:
    spoilt.add(2)
    admin = sign_in(told.admin)
    admin.get(told.path("activity/"))
    admin.submit("Check the record")
    assert "Line 2 does not fit" in admin.page.text


def test_the_check_looks_at_so_many_lines_and_says_so(
    told: TenantWorld, sign_in: SignIn, spoilt: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old line that does not fit is for the command; the newest are compared with the one before them."""
    monkeypatch.setattr(recent_check, "MOST_LINES", 2)
    spoilt.add(1)
    admin = sign_in(told.admin)
    admin.get(told.path("activity/"))
    admin.submit("Check the record")
    assert "The newest part of the record is whole: lines 2 on fit together." in admin.page.text
    assert "What is older was not looked at" in admin.page.text and "verify-audit" in admin.page.text
    spoilt.add(2)
    admin.submit("Check the record")
    assert "Line 2 does not fit" in admin.page.text
    with told.work().read() as session:
        assert log.verify(session) == (3, 1)
