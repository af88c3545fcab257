"""Messages on their way: each once, kept sealed, tried again, given up."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, text

from portal import mail
from portal.mail import outbox
from portal.mail.outbox import GIVE_UP_AFTER
from portal.mail.smtp import Server
from portal.mail.troubles import SENTENCES, Code, MailTrouble
from portal.secret import Secret
from portal.store import due
from portal.store.tables import DueWork, Mail
from portal.store.work import now_of
from tests.mail.conftest import SENDER, Mailing
from tests.support import canaries
from tests.support.databases import Database
from tests.support.post import PostOffice

pytestmark = pytest.mark.on_both(
    "test_a_message_of_one_name_is_made_once",
    "test_what_is_rolled_back_is_not_sent",
    "test_without_a_mail_server_nothing_is_made",
    "test_what_it_says_stands_nowhere_readable",
    "test_a_server_that_is_down_is_tried_again",
    "test_after_a_day_it_is_given_up",
    "test_a_recipient_the_server_refuses_is_given_up_at_once",
    "test_a_crash_after_sending_sends_the_same_message_id_again",
    "test_who_lost_the_lease_sends_nothing",
    "test_rows_hold_the_address_and_no_text",
)

TO = "mia@example.org"


def queue(mailing: Mailing, once: str = "one", recipient: str = TO, content: str = "A link.") -> None:
    with mailing.work.write() as session:
        mail.queue(session, once, recipient, "Subject of it", content)


def stored(mailing: Mailing) -> list[Mail]:
    with mailing.work.read() as session:
        return list(session.scalars(select(Mail)))


def due_rows(mailing: Mailing) -> list[DueWork]:
    with mailing.work.read() as session:
        return list(session.scalars(select(DueWork)))


def make_due(mailing: Mailing, older_by: timedelta = timedelta(0)) -> None:
    """What waits to be tried again is due now, and the mail as much older."""
    with mailing.work.write() as session:
        for row in session.scalars(select(DueWork)):
            row.due_at = now_of(session)
        for one in session.scalars(select(Mail)):
            one.created_at -= older_by


def test_a_message_arrives_as_it_was_written(mailing: Mailing, office: PostOffice) -> None:
    queue(mailing, content="Grüße\nhttp://127.0.0.1:8000/reset/x")
    mailing.work_off()
    [arrived] = office.mails
    assert (arrived["From"], arrived["To"], arrived["Subject"]) == (SENDER, TO, "Subject of it")
    assert arrived.get_content().splitlines() == ["Grüße", "http://127.0.0.1:8000/reset/x"]
    assert arrived["Auto-Submitted"] == "auto-generated"
    [row] = stored(mailing)
    assert (arrived["Message-ID"], row.content, row.trouble) == (row.message_id, None, None)
    assert row.sent_at is not None
    assert due_rows(mailing) == []


def test_a_message_of_one_name_is_made_once(mailing: Mailing, office: PostOffice) -> None:
    queue(mailing)
    queue(mailing)
    mailing.work_off()
    queue(mailing)
    mailing.work_off()
    assert len(office.mails) == 1


def test_what_is_rolled_back_is_not_sent(mailing: Mailing, office: PostOffice) -> None:
    with pytest.raises(ZeroDivisionError), mailing.work.write() as session:
        mail.queue(session, "one", TO, "Subject", "Text")
        raise ZeroDivisionError
    mailing.work_off()
    assert office.mails == []


def test_without_a_mail_server_nothing_is_made(mailing: Mailing) -> None:
    mailing.store.mail_links = None
    queue(mailing)
    assert stored(mailing) == due_rows(mailing) == []


def test_what_it_says_stands_nowhere_readable(
    mailing: Mailing, empty_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """T37, T39: not in the database while it waits, not in the log when the server is down."""
    token = canaries.new("mail-token")
    queue(mailing, content=f"http://127.0.0.1:8000/reset/{token}")
    empty_database.assert_no_canaries()
    with caplog.at_level(logging.DEBUG):
        mailing.work_off(smtp_url="smtp://127.0.0.1:9")
    assert len(due_rows(mailing)) == 1
    empty_database.assert_no_canaries()
    canaries.assert_none_in(caplog.text, "the log")
    assert TO not in caplog.text


def test_a_server_that_is_down_is_tried_again(mailing: Mailing, office: PostOffice) -> None:
    queue(mailing)
    mailing.work_off(smtp_url="smtp://127.0.0.1:9")
    [row] = due_rows(mailing)
    assert (row.attempts, row.lease) == (1, None)
    mailing.work_off()
    assert office.mails == [], "it waits before it tries again"
    make_due(mailing)
    mailing.work_off()
    assert len(office.mails) == 1


def test_after_a_day_it_is_given_up(mailing: Mailing) -> None:
    queue(mailing)
    mailing.work_off(smtp_url="smtp://127.0.0.1:9")
    make_due(mailing, older_by=GIVE_UP_AFTER)
    mailing.work_off(smtp_url="smtp://127.0.0.1:9")
    [row] = stored(mailing)
    assert (row.sent_at, row.trouble, row.content) == (None, "unreachable", None)
    assert row.failed_at is not None
    assert due_rows(mailing) == []


def test_a_recipient_the_server_refuses_is_given_up_at_once(mailing: Mailing, office: PostOffice) -> None:
    office.recipient = lambda address: "550 no such user"
    queue(mailing)
    mailing.work_off()
    assert [(row.trouble, row.content) for row in stored(mailing)] == [("recipient", None)]
    assert due_rows(mailing) == []


@pytest.mark.parametrize("where", ["recipient", "data"])
def test_not_now_is_tried_again(where: str, mailing: Mailing, office: PostOffice) -> None:
    setattr(office, where, lambda said: "451 greylisted")
    queue(mailing)
    mailing.work_off()
    assert len(due_rows(mailing)) == 1
    setattr(office, where, lambda said: None)
    make_due(mailing)
    mailing.work_off()
    assert len(office.mails) == 1


def test_a_crash_after_sending_sends_the_same_message_id_again(mailing: Mailing, office: PostOffice) -> None:
    """The one gap mail has: the server has it, and we did not live to write that down."""
    queue(mailing)
    with mailing.work.read() as session:
        before = [dict(row) for row in session.execute(select(*Mail.__table__.columns)).mappings()]
    mailing.work_off()
    with mailing.work.write() as session:
        row = session.get_one(Mail, before[0]["id"])
        row.content, row.sent_at = before[0]["content"], None
        session.add(DueWork(kind="mail", subject_id=row.id, due_at=now_of(session)))
    mailing.work_off()
    first, second = office.mails
    assert first["Message-ID"] == second["Message-ID"] == before[0]["message_id"]


def test_who_lost_the_lease_sends_nothing(mailing: Mailing, office: PostOffice) -> None:
    """T46: asked last, when the server is ready to take it."""

    def lose(address: str) -> None:
        raise AssertionError("it came as far as the recipient")

    office.recipient = lose
    queue(mailing)
    with mailing.work.write() as session:
        row = due.claim(session, ["mail"], timedelta(0))
    assert row is not None
    server = Server("127.0.0.1", office.port, False, "", Secret(""), SENDER)
    with pytest.raises(MailTrouble, match=SENTENCES[Code.OVERTAKEN]):
        outbox.send(mailing.work, server, row)
    assert [one.sent_at for one in stored(mailing)] == [None]


def test_rows_hold_the_address_and_no_text(mailing: Mailing, empty_database: Database) -> None:
    queue(mailing, content="the words of it")
    engine = create_engine(empty_database.all_rows)
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM mails")).one()
    engine.dispose()
    assert TO in row
    assert "the words of it" not in repr(row)
