"""Activity: what an admin reads of the tenant's audit, and the check of its chain."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from portal.audit import log
from portal.audit.log import record
from portal.audit.reading import LINES_A_PAGE, Wanted, read_lines
from portal.credentials.problems import PROBLEMS
from portal.store.tables import User
from portal.store.work import Actor, Work
from portal.web.audit_words import said
from tests.support import samples
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.world import Someone, TenantWorld

SignIn = Callable[[Someone], Person]


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


@pytest.mark.parametrize(
    ("field", "label", "count"),
    [
        ("person", "Mel Member", 2),
        ("account", "Shop Jira", 2),
        ("event", "Role changed", 1),
        ("outcome", "Failed", 1),
    ],
)
def test_a_filter_shows_what_fits(
    field: str, label: str, count: int, told: TenantWorld, sign_in: SignIn
) -> None:
    admin = sign_in(told.admin)
    page = admin.get(told.path("activity/"))
    options = {option.get_text(): option["value"] for option in page.soup.select(f"#filter-{field} option")}
    admin.submit("Show", **{field: options[label]})
    assert len(lines(admin)) == count
    assert admin.page.find(f"#filter-{field} option[selected]").get_text() == label


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
        ({"roles": ["epic_link", "rank"]}, "roles: Epic link, Rank"),
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
    assert "Nothing fits this filter" in page.text


@pytest.mark.parametrize(
    "query",
    [
        "person=x",
        "before=-1",
        "before=9e9",
        "before=2147483648",
        "request_id=%00",
        "request_id=a%0Ab",
        "event=drop",
        "outcome=?",
        "account=0",
    ],
)
def test_an_unreadable_filter_is_left_out(query: str, told: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(told.admin)
    admin.get(told.path(f"activity/?{query}"))
    assert admin.status == 200
    assert len(lines(admin)) == 3


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


def test_a_name_that_was_erased_is_told_as_such(told: TenantWorld) -> None:
    with told.work().write() as session:
        session.delete(session.get(User, told.member.user_id))
    who = [line.who for line in read_lines(told.work(), Wanted()).shown]
    assert who[1] == f"a person deleted since ({str(told.member.user_id)[:8]})"


def test_another_tenants_lines_are_not_there(told: TenantWorld) -> None:
    assert told.other is not None
    write(told.other, told.other.admin, "account.saved")
    assert len(read_lines(told.work(), Wanted()).shown) == 3
    assert read_lines(told.work(), Wanted(person=told.other.admin.user_id)).shown == []


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


def test_the_check_names_the_line_that_does_not_fit(
    told: TenantWorld, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = log.digest
    monkeypatch.setattr(log, "digest", lambda row: b"" if row.seq == 2 else digest(row))
    admin = sign_in(told.admin)
    admin.get(told.path("activity/"))
    admin.submit("Check the record")
    assert "Line 2 of 3 does not fit" in admin.page.text
