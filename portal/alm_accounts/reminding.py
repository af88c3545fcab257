"""Reminding those who have to connect: not connected, broken, or of the former way; each of them once."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from portal import mail
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.accounts import get_account
from portal.alm_accounts.connected import PersonView, everybody_at, mail_name
from portal.audit.log import record
from portal.errors import NotHere
from portal.store.tables import Reminder, Tenant, User
from portal.store.work import Work, now_of


@dataclass(frozen=True)
class Reminded:
    """What became of it: how many were sent a mail, had been reminded before, and cannot sign in."""

    sent: int
    before: int
    locked_out: int


def remind(work: Work, account: AccountView, user_id: UUID | None = None) -> Reminded:
    """Remind one person, or (None) all who have to connect and were not reminded before.

    The reminder stands until the person connects: then the row goes, and another may follow one day.
    Raises :class:`NotHere` for an account nobody can connect to yet, for somebody who does not belong to
    the tenant, and while mail is off: nothing could be sent.
    """
    with work.write() as session:
        row = get_account(session, account.id, hold=True)
        if row.saved_at is None or not mail.is_on(session) or not account.kind.person_by:
            raise NotHere
        everybody = everybody_at(session, account)
        meant = [person for person in everybody if user_id in (None, person.user_id)]
        if not meant:
            raise NotHere
        waiting = [person for person in meant if person.has_to_connect]
        now = [person for person in waiting if person.can_be_reminded]
        for person in now:
            _remind(session, work, account, person)
        locked_out = sum(not person.can_sign_in for person in waiting)
        return Reminded(len(now), len(waiting) - len(now) - locked_out, locked_out)


def _remind(session: Session, work: Work, account: AccountView, person: PersonView) -> None:
    sent_at = now_of(session)
    of_person = {"tenant_id": work.tenant, "account_id": account.id, "user_id": person.user_id}
    session.merge(Reminder(**of_person, sent_at=sent_at))
    tenant = session.get_one(Tenant, work.tenant)
    by = session.get_one(User, work.user_id).name
    page = mail.link(session, f"/t/{tenant.slug}/profile/alm-credentials/{account.id}")
    subject = f"Connect yourself to {account.name}"
    text = letter(by, tenant.name, account.name, person, page)
    mail.queue(session, mail_name(account.id, person.user_id, sent_at), person.email, subject, text)
    record(session, work, "person.reminded", account_id=account.id, subject_id=person.user_id)


def letter(by: str, tenant: str, account: str, person: PersonView, page: str) -> str:
    """What the mail says. ``by`` is the admin's name, ``page`` where the person connects."""
    why = "You are not connected to it yet."
    if person.trouble:
        why = f"Your connection works no longer: {person.trouble.title}."
    elif person.credential and person.credential.last_day:
        last = person.credential.last_day
        why = (
            "The way it connects has changed: what you have serves until the end of "
            f"{last.day} {last:%B %Y} (UTC)."
        )
    return f"""{by}, an admin of {tenant}, asks you to connect your own Jira identity to {account}. {why}

Connect on this page, after signing in:

{page}

Boards are read as you and as nobody else: without a connection of your own nothing of this Jira is shown
to you. You are reminded once only.
"""
