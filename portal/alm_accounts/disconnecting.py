"""An admin disconnects one person from an ALM account: what ends with it, and how the person learns of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from portal import mail
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.resting import NAMELESS
from portal.audit.log import About, record
from portal.credentials.grants import erase
from portal.credentials.old_ways import look_again
from portal.credentials.program_consents import end_without_credential
from portal.errors import NotHere, Refused
from portal.people import memberships, users
from portal.store.tables import AuditEvent, Credential, Tenant, User
from portal.store.work import Work

BY_ADMIN = "disconnected_by_admin"  # why a credential ended
NOT_SAID = "Nothing was done: it was not said which connection was meant. Look at it again."
CONNECTED_ANEW = "They have connected anew since that page was opened, so nothing was done. Look at it again."


@dataclass(frozen=True)
class Disconnected:
    """What became of it: whether the person ``was_connected``, and ``is_mailed`` about it."""

    was_connected: bool
    is_mailed: bool


@dataclass(frozen=True)
class Notice:
    """Told to a person on their own pages: who disconnected them, and when."""

    by: str
    at: datetime


def disconnect_person(work: Work, account: AccountView, user_id: UUID, seen: UUID | None) -> Disconnected:
    """End a person's connection to this account, with what they allowed programs there, and have it told.

    ``seen`` is the credential the admin decided about: where the person has connected anew since, that one
    stays, and :class:`Refused` is raised; so it is where ``seen`` is none, or another one. Where they are not
    connected nothing happens. Raises :class:`NotHere` for somebody who does not belong to the tenant. Jira is
    not called: see :func:`portal.credentials.keeping.disconnect`.
    """
    of_person = (Credential.account_id == account.id) & (Credential.user_id == user_id)
    with work.write() as session:
        person = session.get(User, user_id) if memberships.find(session, work.tenant, user_id) else None
        if person is None:
            raise NotHere
        # Looked for by deleting: of two admins at once the slower finds nothing, and nobody is told twice.
        if not end_connections(session, work, of_person & (Credential.id == seen), user_id, BY_ADMIN):
            if session.scalar(select(Credential.id).where(of_person)) is not None:
                is_gone = seen is not None and session.get(Credential, (work.tenant, seen)) is None
                raise Refused(CONNECTED_ANEW if is_gone else NOT_SAID)
            return Disconnected(was_connected=False, is_mailed=False)
        is_mailed = _gets_mail(session, person)
        if is_mailed:
            _tell(session, work, account, person, f"disconnected {seen}")
        return Disconnected(was_connected=True, is_mailed=is_mailed)


def is_told_by_mail(work: Work, user_id: UUID) -> bool:
    """Whether a mail tells this person that they were disconnected; their own page does in any case."""
    with work.read() as session:
        return _gets_mail(session, session.get_one(User, user_id))


def _gets_mail(session: Session, person: User) -> bool:
    """Nobody who cannot sign in: the mail leads to a page of theirs."""
    return mail.is_on(session) and person.disabled_at is None and person.password_hash is not None


def end_connections(
    session: Session, work: Work, which: ColumnElement[bool], user_id: UUID, why: str
) -> list[UUID]:
    """End those credentials of one person that ``which`` selects, and what they let programs do with them;
    the accounts they were for."""
    gone = [account_id for account_id, _ in erase(session, which)]
    for account_id in gone:
        about = About(account_id=account_id, subject_id=user_id)
        record(session, work, "credential.ended", **about, why=why)
    end_without_credential(session, work, gone, why)
    look_again(session, gone)
    return gone


def _tell(session: Session, work: Work, account: AccountView, person: User, once: str) -> None:
    tenant = session.get_one(Tenant, work.tenant)
    by = session.get_one(User, work.user_id).name
    page = mail.link(session, f"/t/{tenant.slug}/profile/alm-credentials/{account.id}")
    subject = f"You are disconnected from {account.name}"
    text = letter(by, tenant.name, account, page)
    mail.queue(session, once, person.email, subject, text)


def letter(by: str, tenant: str, account: AccountView, page: str) -> str:
    """What the mail says. ``by`` is the admin's name, ``page`` the person's own page of the account."""
    place = "Atlassian" if account.kind.is_cloud else "Jira"
    return f"""{by}, an admin of {tenant}, has disconnected your Jira identity from {account.name}.

Boards of it show you nothing until you connect again, and no program can act as you there. This portal
revoked nothing at {place}. To end the access there as well, or to connect again, sign in and open this page:

{page}

If you do not know why, ask {by}.
"""


def notices(work: Work) -> dict[UUID, Notice]:
    """The accounts from which an admin disconnected the person at work, who has not connected since."""
    later = aliased(AuditEvent)
    connected = exists().where(
        later.tenant_id == AuditEvent.tenant_id,
        later.account_id == AuditEvent.account_id,
        later.seq > AuditEvent.seq,
        later.event == "credential.connected",
        later.actor_id == work.user_id,
        later.details["purpose"].as_string() == "person",
    )
    wanted = select(AuditEvent).where(
        AuditEvent.subject_id == work.user_id,
        AuditEvent.event == "credential.ended",
        AuditEvent.details["why"].as_string() == BY_ADMIN,
        ~connected,
    )
    with work.read() as session:
        lines = list(session.scalars(wanted.order_by(AuditEvent.seq)))
    names = users.names(work, {line.actor_id for line in lines if line.actor_id})
    return {
        line.account_id: Notice(names.get(line.actor_id, NAMELESS), line.at)
        for line in lines
        if line.account_id and line.actor_id
    }
