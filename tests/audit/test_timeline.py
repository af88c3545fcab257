"""The timeline of one connection: why did it stop on Tuesday?"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import update

from portal import clock
from portal.alm_accounts import accounts as accounts_of_portal
from portal.alm_accounts.timeline import Timeline, WantedTimeline, read_timeline
from portal.alm_accounts.timeline_entries import Entry
from portal.alm_accounts.timeline_lines import LINES_A_PAGE
from portal.audit import events
from portal.audit.log import record
from portal.audit.use_batches import write_batch
from portal.boards import boards
from portal.store.tables import Credential
from portal.store.work import NOBODY, Work
from tests.support import accounts, samples
from tests.support.browsers import Window, axe, fits
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import JiraBrowser, SandboxProcess
from tests.support.world import Someone, TenantWorld, World

SignIn = Callable[[Someone], Person]
UTC = ZoneInfo("UTC")
TUESDAY = datetime(2026, 3, 31, 9, tzinfo=UTC)


def items(person: Person) -> list[str]:
    return [" ".join(item.get_text(" ").split()) for item in person.page.soup.select(".timeline li")]


def test_a_connection_that_stopped_says_when_and_why(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, sign_in: SignIn
) -> None:
    """Connect, use a board, revoke in Jira, and ask afterwards."""
    account_id = accounts.connected_account(portal, sandbox, tenant)
    registry = accounts.registry_of(portal)
    board = boards.add_board(tenant.work(tenant.admin), registry, account_id, 1, "Web shop")
    accounts.connect(portal, sandbox, tenant, tenant.member, account_id, "ada")
    member, admin = sign_in(tenant.member), sign_in(tenant.admin)
    for _ in range(2):
        assert "Web shop" in member.get(tenant.path(f"boards/{board}")).text
    jira = JiraBrowser(sandbox, "ada")
    jira.submit(jira.open("/plugins/servlet/oauth/users/access-tokens"), "token")
    for _ in range(2):
        member.get(tenant.path(f"boards/{board}"))
    registry.outbound.ledger.write()

    page = admin.get(tenant.path(f"alm-accounts/{account_id}/timeline/"))
    assert f"{clock.now():%b %Y}" in page.soup.select(".timeline-day")[0].get_text()
    newest, stopped, failed = [item.split(" UTC ", 1)[1] for item in items(admin)][:3]
    assert newest.startswith("1 use by 1 person, 1 call to Jira, failed"), newest
    assert stopped.startswith("Mel Member Jira refused the credential"), stopped
    assert "Stopped working" in stopped and "Who can mend it: whose connection it is" in stopped
    assert "Jira does not accept the token" in stopped
    assert "Just before: Connected by Mel Member" in stopped
    assert "The last use that went well" in stopped and "by Mel Member" in stopped
    assert failed.startswith("3 uses by 1 person"), failed
    assert "1 failed" in failed and "Stopped" not in failed
    standing = page.soup.select(".panel")[0].get_text(" ", strip=True)
    assert "1 person is connected, and it does not work" in standing and "Mel Member" in standing
    assert sum("Stopped working" in item for item in items(admin)) == 1

    page = admin.click("Every single use of its credentials")
    rows = [row.get_text(" ", strip=True) for row in page.soup.select("tbody tr")]
    assert "Mel Member" in rows[0] and "Failed" in rows[0] and "Jira does not accept the token" in rows[0]
    admin.submit(".filter-fields", outcome="ok", whose="account")
    assert "Filter (on)" in admin.page.text and "Failed" not in admin.page.soup.select("tbody")[0].get_text()
    assert (
        "the account itself" in admin.page.text and "Mel" not in admin.page.soup.select("tbody")[0].get_text()
    )

    page = member.get(tenant.path(f"profile/alm-credentials/{account_id}"))
    page = member.click("What your credential was used for")
    assert len(page.soup.select("tbody tr")) == 4
    assert member.get(tenant.path(f"alm-accounts/{account_id}/timeline/")) and member.status == 403
    assert member.get(tenant.path(f"alm-accounts/{account_id}/uses")) and member.status == 403
    stranger = sign_in(tenant.stranger)
    for rest in (f"alm-accounts/{account_id}/timeline/", f"profile/alm-credentials/{account_id}/uses"):
        stranger.get(tenant.path(rest))
        assert stranger.status == 404
    second = sign_in(tenant.second)
    assert "Not used yet" in second.get(tenant.path(f"profile/alm-credentials/{account_id}/uses")).text


class Desk:
    """An account to whose timeline a test writes: ``line`` and ``use`` at a moment."""

    def __init__(self, tenant: TenantWorld, kind: str = "server_oauth1") -> None:
        self.tenant = tenant
        self.account_id = samples.account(tenant, "Shop Jira", kind)
        self.mine = uuid4()

    def line(self, at: datetime, event: str, *, by: Someone | None = None, **facts: object) -> None:
        work = self.tenant.work(by or self.tenant.admin)
        filled = {name: {} if name == "values" else [] for name in events.TENANT[event].details}
        facts = filled | facts
        with time_machine.travel(at, tick=False), work.write() as session:
            record(session, work, event, account_id=self.account_id, **facts)  # type: ignore[arg-type]

    def use(
        self, at: datetime, code: str | None = None, *, by: Someone | None = None, count: int = 1
    ) -> None:
        who = by or self.tenant.member
        row = {
            "at": at,
            "actor_kind": "person",
            "actor_id": who.user_id,
            "account_id": self.account_id,
            "credential_id": self.mine,
            "holder_id": who.user_id,
            "calls": 2,
            "code": code,
            "request_id": None,
        }
        rows = [{**row, "at": at + timedelta(seconds=number)} for number in range(count)]
        with time_machine.travel(at + timedelta(seconds=count), tick=False):
            write_batch(Work(self.tenant.store, self.tenant.id, NOBODY), uuid4(), rows, 0)

    def read(self, zone: ZoneInfo = UTC, **wanted: str) -> Timeline:
        work = self.tenant.work(self.tenant.admin)
        account = accounts_of_portal.account(work, self.account_id)
        return read_timeline(work, account, WantedTimeline.of(wanted), zone)

    def entries(self, **wanted: str) -> list[Entry]:
        return [entry for day in self.read(**wanted).days for entry in day.entries]


@pytest.fixture
def desk(tenant: TenantWorld) -> Desk:
    return Desk(tenant)


def told(entries: list[Entry]) -> list[tuple[str, str | None]]:
    """Each entry in a word, with its sign."""
    words = []
    for entry in entries:
        if entry.line is not None:
            words.append((entry.line.event, entry.sign))
        elif entry.uses is not None:
            words.append((f"{entry.uses.count} uses", entry.sign))
        elif entry.routine is not None:
            words.append((f"{entry.routine.count} {entry.routine.event}", entry.sign))
        else:
            words.append((f"end of {entry.ended}", entry.sign))
    return words


def test_what_happens_all_the_time_is_folded_between_lines(desk: Desk) -> None:
    desk.line(TUESDAY, "account.saved")
    desk.use(TUESDAY + timedelta(hours=1), count=30)
    desk.use(TUESDAY + timedelta(hours=2), count=7, by=desk.tenant.second)
    for hour in range(3):
        desk.line(TUESDAY + timedelta(hours=3 + hour), "checklist.ran", why="nightly", failed=0, warnings=0)
    desk.use(TUESDAY + timedelta(days=1))
    desk.line(TUESDAY + timedelta(days=1, hours=1), "board.added")
    found = desk.entries()
    assert told(found) == [
        ("board.added", None),
        ("38 uses", None),
        ("3 checklist.ran", None),
        ("account.saved", None),
    ]
    fold = found[1].uses
    assert fold is not None and (fold.people, fold.calls, fold.stopped) == (2, 76, None)
    assert (fold.first, fold.last) == (TUESDAY + timedelta(hours=1), TUESDAY + timedelta(days=1))
    assert [(day.date.day, len(day.entries)) for day in desk.read().days] == [(1, 2), (31, 2)]
    # In Kiritimati, 14 hours ahead, it is Wednesday an hour after the first line.
    there = desk.read(ZoneInfo("Pacific/Kiritimati"))
    assert [(day.date.day, len(day.entries)) for day in there.days] == [(2, 1), (1, 2), (31, 1)]


def test_where_uses_begin_to_fail_is_marked_once(desk: Desk) -> None:
    """A Jira that is away refuses no credential: only the ledger knows."""
    desk.line(TUESDAY, "account.changed")
    desk.use(TUESDAY + timedelta(minutes=5), count=3)
    desk.use(TUESDAY + timedelta(minutes=10), "unreachable", count=2)
    desk.line(TUESDAY + timedelta(minutes=20), "board.added")
    desk.use(TUESDAY + timedelta(minutes=30), "unreachable")
    desk.line(TUESDAY + timedelta(minutes=40), "board.added")
    desk.use(TUESDAY + timedelta(minutes=50))
    entries = desk.entries()
    assert told(entries) == [
        ("1 uses", None),
        ("board.added", None),
        ("1 uses", "failed"),
        ("board.added", None),
        ("5 uses", "stopped"),
        ("account.changed", None),
    ]
    stopped = entries[4]
    assert stopped.problem is not None and stopped.problem.code == "unreachable"
    assert stopped.before is not None and stopped.before.change is not None
    assert stopped.before.change.event == "account.changed"
    assert stopped.before.well_at == TUESDAY + timedelta(minutes=5, seconds=2)
    assert stopped.before.well_by == "Mel Member"


def test_rows_of_the_checklist_that_break_by_it_are_not_marked_as_well(desk: Desk) -> None:
    broke = {"before": "proved", "after": "failed", "outcome": "failed"}
    desk.line(TUESDAY, "credential.refused", subject_id=desk.mine, code="token_rejected", outcome="failed")
    desk.line(
        TUESDAY + timedelta(minutes=1), "checklist.changed", row="token", code="token_rejected", **broke
    )
    desk.line(TUESDAY + timedelta(hours=2), "checklist.changed", row="clock", code="clock_skew", **broke)
    desk.line(
        TUESDAY + timedelta(hours=3),
        "checklist.changed",
        row="clock",
        code=None,
        before="failed",
        after="proved",
    )
    assert [sign for _, sign in told(desk.entries())] == ["works", "stopped", "failed", "stopped"]


def test_deliveries_are_counted_and_marked_where_they_are_held_up(tenant: TenantWorld) -> None:
    desk = Desk(tenant, "cloud_delivery")
    for minute in range(3):
        desk.line(TUESDAY + timedelta(minutes=minute), "deliveries.accepted", kind="builds", count=4)
    counts = {"accepted": 3, "rejected": 1, "unanswered": 0, "failed": 0}
    desk.line(TUESDAY + timedelta(minutes=4), "deliveries.answered", kind="builds", **counts)
    desk.line(TUESDAY + timedelta(minutes=5), "deliveries.held_up", code="client_refused", outcome="failed")
    desk.line(TUESDAY + timedelta(minutes=6), "deliveries.going_on")
    found = desk.entries()
    assert told(found) == [
        ("deliveries.going_on", "works"),
        ("deliveries.held_up", "stopped"),
        ("1 deliveries.answered", None),
        ("3 deliveries.accepted", None),
    ]
    assert found[3].routine is not None and found[3].routine.counts["count"] == 12
    assert found[2].routine is not None and found[2].routine.counts["rejected"] == 1
    assert found[1].problem is not None


def test_a_token_that_ended_by_itself_stands_at_its_end(desk: Desk) -> None:
    credential_id = samples.credential(desk.tenant, desk.account_id, desk.tenant.member.user_id)
    with desk.tenant.work().write() as session:
        session.execute(update(Credential).where(Credential.id == credential_id).values(expires_at=TUESDAY))
    desk.line(TUESDAY - timedelta(days=1), "account.saved")
    assert told(desk.entries()) == [("end of Mel Member", "stopped"), ("account.saved", None)]
    assert told(desk.entries(whose="account", until="2026-04-01")) == [("account.saved", None)]
    assert told(desk.entries(since="2026-03-31")) == [("end of Mel Member", "stopped")]


def test_filters_and_pages(desk: Desk, world: World) -> None:
    mel, sam = desk.tenant.member, desk.tenant.second
    for number in range(LINES_A_PAGE + 5):
        desk.line(TUESDAY + timedelta(minutes=2 * number), "board.added")
        desk.use(TUESDAY + timedelta(minutes=2 * number + 1))
    desk.line(
        TUESDAY + timedelta(days=2), "credential.connected", by=sam, subject_id=uuid4(), purpose="person"
    )
    first = desk.read()
    assert first.older is not None
    second = desk.read(before=str(first.older))
    seen = [entry for page in (first, second) for day in page.days for entry in day.entries]
    assert second.older is None
    assert sum(entry.uses.count for entry in seen if entry.uses) == LINES_A_PAGE + 5
    assert sum(entry.line is not None for entry in seen) == LINES_A_PAGE + 6
    assert told(desk.entries(whose=str(sam.user_id))) == [("credential.connected", "works")]
    assert told(desk.entries(person=str(mel.user_id))) == [("55 uses", None)]
    assert told(desk.entries(since="2026-04-01")) == [("credential.connected", "works")]
    assert told(desk.entries(until="2026-03-30")) == []
    for odd in ("x", "-1", "9" * 30, "1.5", "²"):
        desk.read(before=odd, person=odd, whose=odd)


def test_a_long_one_is_read_quickly(desk: Desk) -> None:
    """By index: those of other accounts cost nothing, those of this one are counted in the database."""
    row_of = {"actor_kind": "person", "actor_id": desk.tenant.member.user_id, "credential_id": desk.mine}
    rows = [
        {
            **row_of,
            "at": TUESDAY + timedelta(seconds=number),
            "account_id": desk.account_id if number % 2 else UUID(int=number),
            "holder_id": None,
            "calls": 1,
            "code": None,
            "request_id": None,
        }
        for number in range(40_000)
    ]
    write_batch(Work(desk.tenant.store, desk.tenant.id, NOBODY), uuid4(), rows, 0)
    desk.line(TUESDAY + timedelta(days=3), "account.saved")
    begun = time.monotonic()
    (fold,) = [entry.uses for entry in desk.entries() if entry.uses]
    assert fold.count == 20_000
    assert time.monotonic() - begun < 10


def test_the_page_is_sound(window: Window, desk: Desk) -> None:
    credential_id = samples.credential(desk.tenant, desk.account_id, desk.tenant.member.user_id)
    desk.line(TUESDAY, "account.changed")
    desk.use(TUESDAY + timedelta(minutes=5), count=3)
    desk.use(TUESDAY + timedelta(minutes=10), "unreachable", count=2)
    desk.line(
        TUESDAY + timedelta(hours=1),
        "credential.refused",
        subject_id=credential_id,
        code="token_rejected",
        outcome="failed",
    )
    page = window.sign_in(desk.tenant.admin)
    for rest in ("timeline/?since=soon", "timeline/", "uses?outcome=failed", "uses?since=soon", "uses"):
        page.goto(desk.tenant.path(f"alm-accounts/{desk.account_id}/{rest}"))
        axe(page)
        fits(page)
    page.goto(desk.tenant.path(f"profile/alm-credentials/{desk.account_id}/uses?outcome=ok"))
    axe(page)
    fits(page)
    page.goto(desk.tenant.path(f"alm-accounts/{desk.account_id}/uses"))
    page.get_by_role("link", name="Timeline", exact=True).click()
    page.get_by_text("Stopped working").first.wait_for()
