"""Messages on their way: rows of ``mails`` and what becomes of them.

A message is sent by whoever holds its row of due work, and marked as sent afterwards. If the process dies
between the server's answer and that mark, it is sent once more, with the same Message-ID: no protocol of mail
closes that gap, and a receiver that got both shows one.
"""

import json
from collections.abc import Collection
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.mail.smtp import Message, Server, deliver
from portal.mail.troubles import Code, MailTrouble
from portal.secret import Secret
from portal.store import due
from portal.store.due import DueRow
from portal.store.tables import Mail
from portal.store.vault import get_secret, put_secret
from portal.store.work import Work, now_of

log = structlog.get_logger("almoner.mail")

KIND = "mail"
GIVE_UP_AFTER = timedelta(days=1)


def is_on(session: Session) -> bool:
    """Whether the operator has named a mail server. If not, pages show what would be in the mail."""
    return session.info["mail_links"] is not None


def link(session: Session, path: str) -> str:
    """The address of a page, for a message; on the configured address, never the Host header's (T18)."""
    return f"{session.info['mail_links']}{path}"


def was_queued(session: Session, once: str) -> bool:
    """Whether there is a message of that name, sent or not."""
    return session.scalar(select(Mail.id).where(Mail.once == once)) is not None


def undelivered(session: Session, names: Collection[str]) -> dict[str, Code]:
    """Which of the messages of these names were given up, and why."""
    given_up = select(Mail.once, Mail.trouble).where(Mail.once.in_(names), Mail.failed_at.is_not(None))
    return {once: Code(trouble) for once, trouble in session.execute(given_up) if trouble}


def queue(session: Session, once: str, recipient: str, subject: str, text: str) -> None:
    """Have this sent to an e-mail address when the caller's transaction commits.

    ``once`` names what the message is about (at most 120 characters): a second one of that name is not made.
    Nothing is made either while mail is off. ``text`` may hold a link with a token; it is kept sealed.
    """
    if not is_on(session) or was_queued(session, once):
        return
    now, mail_id = now_of(session), uuid4()
    message_id = f"<{mail_id.hex}@{urlsplit(link(session, '')).hostname}>"
    row = Mail(id=mail_id, once=once, recipient=recipient, message_id=message_id, created_at=now)
    put_secret(session, row, "content", Secret(json.dumps({"subject": subject, "text": text})))
    session.add(row)
    due.put(session, KIND, mail_id, now, None)


def send(work: Work, server: Server | None, row: DueRow) -> None:
    """Send the message a row of due work is about, unless it was sent or given up.

    Raises :class:`MailTrouble` when it has to be tried again later.
    """
    with work.read() as session:
        mail = session.get(Mail, row.subject_id)
        if mail is None or mail.content is None:
            return
        message = _opened(session, mail)
        is_old = now_of(session) - mail.created_at > GIVE_UP_AFTER
    try:
        if server is None:
            raise MailTrouble(Code.OFF)
        deliver(server, message, may_send=lambda: _is_ours(work, row))
    except MailTrouble as trouble:
        if not (trouble.lasting or is_old):
            raise
        log.warning("mail_given_up", mail_id=str(row.subject_id), trouble=trouble.code.value)
        _close(work, row, trouble)
    else:
        _close(work, row)


def _opened(session: Session, mail: Mail) -> Message:
    content = json.loads(get_secret(session, mail, "content").reveal())
    return Message(mail.recipient, content["subject"], content["text"], mail.message_id)


def _is_ours(work: Work, row: DueRow) -> bool:
    with work.read() as session:
        return due.holds(session, row)


def _close(work: Work, row: DueRow, trouble: MailTrouble | None = None) -> None:
    """Note how it ended. What the message said is needed no longer, and goes."""
    with work.write() as session:
        mail = session.get_one(Mail, row.subject_id)
        mail.content = None
        if trouble is None:
            mail.sent_at = now_of(session)
        else:
            mail.failed_at, mail.trouble = now_of(session), trouble.code.value
