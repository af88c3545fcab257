"""What breaks by itself: on home, in the audit, and mailed once; what passes is waited for."""

from datetime import timedelta

import pytest

from portal import clock
from portal.alm_accounts import accounts
from portal.boards import boards
from portal.checklist import drift, told
from portal.checklist.outcome import failed, proved, unknown, waiting, warning
from portal.credentials import failures_in_use
from portal.store.tables import AlmAccount, Check
from tests.checklist.clockwork import Clockwork
from tests.support.accounts import connect, registry_of

pytestmark = [
    pytest.mark.own_database,
    pytest.mark.on_both(
        "test_a_connection_that_breaks_in_use_is_told_once_and_turns_green_again",
        "test_what_comes_and_goes_is_mailed_once_a_day",
        "test_what_is_down_for_a_night_is_told_at_a_second_look",
        "test_what_was_told_is_known_when_the_message_is_long_gone",
        "test_several_rows_are_one_message",
        "test_what_worked_with_a_warning_was_well",
    ),
]

HOUR = timedelta(hours=1)


@pytest.fixture
def clockwork(sheet, monkeypatch) -> Clockwork:
    """The account's due work, in a portal that sends mail."""
    monkeypatch.setattr(sheet.tenant.store, "mail_links", sheet.portal.base_url)
    monkeypatch.setattr(sheet.portal.store, "mail_links", sheet.portal.base_url)
    return Clockwork(sheet)


def revoke(sheet) -> None:
    sheet.sandbox.state(server_tokens="revoked")


def mend(sheet) -> None:
    sheet.sandbox.state(server_tokens="good", down=False)


def home(sheet, admin) -> str:
    admin.get(sheet.tenant.path())
    return " ".join(admin.page.text.split())


def test_a_connection_that_breaks_in_use_is_told_once_and_turns_green_again(sheet, admin, clockwork, sign_in):
    sheet_board = boards.add_board(sheet.work, registry_of(sheet.portal), sheet.account_id, 1, "Web shop")
    connect(sheet.portal, sheet.sandbox, sheet.tenant, sheet.tenant.member, sheet.account_id, "ada")
    line = f"Checklist of {accounts.account(sheet.work, sheet.account_id).name}"
    assert "never run" in home(sheet, admin)
    clockwork.look()
    assert clockwork.changes == [] and "broken since" not in home(sheet, admin)
    clockwork.age(HOUR)

    revoke(sheet)
    ada = sign_in(sheet.tenant.member)
    for _ in range(2):
        ada.get(sheet.tenant.path(f"boards/{sheet_board}"))
    assert len(clockwork.rows(failures_in_use.KIND)) == 1
    clockwork.work_off(failures_in_use.KIND)
    row, before, after, code = clockwork.changes[0]
    assert (before, after, code) == ("proved", "failed", "token_rejected") and len(clockwork.changes) == 1
    said = home(sheet, admin)
    assert "1 broken since" in said and sheet.rows[row].title in said
    admin.click(line)
    assert admin.path == sheet.path()
    assert clockwork.how_many_letters == 1
    letter = clockwork.letters[sheet.tenant.admin.email]
    assert sheet.rows[row].title in letter and sheet.rows[row].trouble.fix in letter
    assert f"{sheet.portal.base_url}{sheet.path()}" in letter

    clockwork.look()
    assert clockwork.how_many_letters == 1 and len(clockwork.changes) == 1
    mend(sheet)
    clockwork.look()
    of_people = ("second_person", "waiting", "warning", "second_person")  # Ada's own was refused as well
    assert clockwork.changes[1:] == [(row, "failed", "proved", None), of_people]
    assert "broken since" not in home(sheet, admin) and clockwork.how_many_letters == 2


def test_what_comes_and_goes_is_mailed_once_a_day(sheet, clockwork, monkeypatch) -> None:
    """Unless something else breaks; and when the day is over it is told anew."""
    clockwork.look()
    for _ in range(3):
        sheet.sandbox.state(clock_offset_seconds=600)
        clockwork.look()
        sheet.sandbox.state(clock_offset_seconds=0)
        clockwork.look()
    assert [change[:3] for change in clockwork.changes] == [("clocks", "proved", "warning")] * 3
    assert clockwork.how_many_letters == 1
    sheet.sandbox.state(clock_offset_seconds=600)
    clockwork.look()
    assert timedelta(hours=23) < clockwork.wait(drift.SECOND_LOOK) <= timedelta(days=1)
    revoke(sheet)
    clockwork.look()
    assert clockwork.how_many_letters == 2
    assert all(
        sheet.rows[row].title in clockwork.letters[sheet.tenant.admin.email] for row in ("clocks", "consent")
    )
    mend(sheet)
    clockwork.look()
    revoke(sheet)
    monkeypatch.setattr(told, "ONCE_IN", timedelta(0))
    clockwork.look()
    assert clockwork.how_many_letters == 3


def test_the_audit_says_it_in_words(sheet, admin, clockwork) -> None:
    clockwork.look()
    revoke(sheet)
    clockwork.look()
    admin.get(sheet.tenant.path("activity"))
    [(row, *_)] = clockwork.changes
    assert "A row of the checklist changed" in admin.page.text and sheet.rows[row].title in admin.page.text


def test_what_is_down_for_a_night_is_told_at_a_second_look(sheet, clockwork) -> None:
    clockwork.look()
    sheet.sandbox.state(down=True)
    clockwork.look()
    assert clockwork.changes == [("jira", "proved", "failed", "maintenance")]
    assert clockwork.how_many_letters == 0
    assert HOUR / 2 < clockwork.wait(drift.SECOND_LOOK) <= HOUR
    clockwork.age(HOUR)
    clockwork.make_due(drift.SECOND_LOOK)
    clockwork.work_off(drift.SECOND_LOOK)
    assert set(clockwork.letters) == {sheet.tenant.admin.email} and clockwork.rows(drift.SECOND_LOOK) == []
    assert len(clockwork.changes) == 1  # and no line more


def test_what_is_over_at_the_second_look_is_mailed_to_nobody(sheet, clockwork) -> None:
    clockwork.look()
    sheet.sandbox.state(down=True)
    clockwork.look()
    mend(sheet)
    clockwork.age(HOUR)
    clockwork.make_due(drift.SECOND_LOOK)
    clockwork.work_off(drift.SECOND_LOOK)
    assert clockwork.letters == {} and clockwork.broken_since("jira") is None


def test_what_was_told_is_known_when_the_message_is_long_gone(sheet, clockwork) -> None:
    """Messages are kept for a month, and something may stay broken for longer."""
    clockwork.look()
    revoke(sheet)
    clockwork.look()
    assert clockwork.how_many_letters == 1
    clockwork.forget_letters()
    clockwork.look()
    assert clockwork.letters == {}


def test_several_rows_are_one_message(sheet, clockwork) -> None:
    clockwork.look()
    sheet.sandbox.state(client_unknown=True, key_mismatch=True)
    clockwork.set_account(base_url=f"{sheet.sandbox.url}/nowhere")
    clockwork.look()
    broken = [change for change in clockwork.changes if change[2] == "failed"]
    assert broken and clockwork.how_many_letters == 1
    letter = clockwork.letters[sheet.tenant.admin.email]
    assert all(sheet.rows[row].title in letter for row, *_ in broken)


def test_what_never_was_well_is_no_news(sheet, clockwork) -> None:
    """As in the first night after the portal learned to look."""
    revoke(sheet)
    for _ in range(2):
        clockwork.look()
        clockwork.age(HOUR)
    assert clockwork.letters == {} and clockwork.changes[0][1:3] == ("never", "failed")


def test_what_worked_with_a_warning_was_well(sheet, clockwork) -> None:
    sheet.sandbox.state(clock_offset_seconds=600)
    clockwork.look()
    sheet.sandbox.state(clock_offset_seconds=7200)
    clockwork.look()
    assert [change[:3] for change in clockwork.changes] == [("clocks", "warning", "failed")]
    assert clockwork.how_many_letters == 1


def test_a_draft_is_nobodys_news(sheet, clockwork) -> None:
    clockwork.look()
    revoke(sheet)
    with sheet.work.read() as session:
        saved = session.get_one(AlmAccount, (sheet.tenant.id, sheet.account_id)).saved_at
    clockwork.set_account(saved_at=None)
    sheet.run()
    assert clockwork.letters == {} and clockwork.changes != []
    clockwork.set_account(saved_at=saved)
    clockwork.look()
    assert clockwork.how_many_letters == 1  # it is in use now, and broken


def test_whoever_looks_at_the_run_reads_it_there(sheet, clockwork) -> None:
    """Nobody is told of what may be mended in a minute; a night later it stands for everybody to know."""
    clockwork.look()
    revoke(sheet)
    sheet.run()
    assert clockwork.letters == {}
    clockwork.age(HOUR)
    clockwork.look()
    assert clockwork.how_many_letters == 1


def test_without_mail_nothing_is_sent_nor_later(sheet, clockwork, monkeypatch) -> None:
    monkeypatch.setattr(sheet.tenant.store, "mail_links", None)
    clockwork.look()
    revoke(sheet)
    clockwork.look()
    assert clockwork.changes != []
    monkeypatch.setattr(sheet.tenant.store, "mail_links", sheet.portal.base_url)
    clockwork.look()
    assert clockwork.letters == {}


def test_what_waits_or_cannot_be_known_changes_nothing(sheet, clockwork) -> None:
    """A row that broke is broken until it is seen to be well, whatever hides it meanwhile."""
    seen = [
        (warning("plain_http"), None),
        (failed("captcha"), "failed"),
        (waiting("jira"), None),
        (failed("unauthorized"), None),
        (unknown("row_broke"), None),
        (failed("captcha"), None),
        (warning("plain_http"), "warning"),
        (waiting("jira"), None),
        (proved("It is well."), None),
    ]
    check = Check(account_id=sheet.account_id, row="identity")
    was, told = None, []
    with sheet.work.write() as session:
        for found, _ in seen:
            lines = len(session.info.get("audit_lines", []))
            drift.note(session, sheet.work, check, was, found, clock.now())
            new = session.info.get("audit_lines", [])[lines:]
            told.append(new[0][1]["details"]["after"] if new else None)
            was = str(found.state)
    assert told == [after for _, after in seen]
