"""What ends when a person goes from a tenant: the membership, and their credentials and flows in it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal import clock, mail
from portal.alm_accounts.disconnecting import end_connections
from portal.alm_accounts.resting import Resting, resting_on
from portal.errors import FieldErrors
from portal.people import memberships
from portal.store.tables import (
    Credential,
    Flow,
    FlowLookup,
    Invitation,
    ProgramKey,
    Reminder,
    Tenant,
    TokenDraft,
    User,
)
from portal.store.work import Work, now_of


@dataclass(frozen=True)
class LeftBehind:
    """What a person who goes leaves: how many open ``invitations`` of theirs end with it, and the program
    keys (ids and names) that stay, whose text they have seen."""

    invitations: int
    keys: list[tuple[UUID, str]]


NOT_TICKED = "Tick this to go on all the same, or have the ALM accounts named above reauthorised first."


def leave(work: Work, user_id: UUID, how: str, *, anyway: bool = False) -> None:
    """Take a person out of the tenant, in one transaction, so that nothing of theirs works after it (T06).

    ``how``: ``left`` or ``removed``. An account's own credential stays, also one this person's consent
    stands behind: the tenant works with it. Where there is one, ``anyway`` says that this is known; the
    admins are told when the person left by themselves.
    Raises :class:`Refused` for the last admin, :class:`NotHere` for somebody who does not belong, and
    :class:`FieldErrors` for ``anyway``.
    """
    with work.write() as session:
        memberships.remove(session, work, user_id, how)
        resting = resting_on(session, user_id)
        if resting and not anyway:
            raise FieldErrors({"anyway": NOT_TICKED})
        end_connections(session, work, Credential.user_id == user_id, user_id, how)
        _end_flows(session, work, user_id)
        session.execute(delete(TokenDraft).where(TokenDraft.holder_id == user_id))
        session.execute(delete(Reminder).where(Reminder.user_id == user_id))
        if resting and how == "left":
            _tell_admins(session, work, user_id, resting)


def left_behind(work: Work, user_id: UUID) -> LeftBehind:
    """What to say of a person before they go, beside the accounts of :mod:`portal.alm_accounts.resting`."""
    invitations = select(func.count(Invitation.id)).where(
        Invitation.made_by == user_id, Invitation.used_at.is_(None), Invitation.expires_at > clock.now()
    )
    is_live = ProgramKey.revoked_at.is_(None) & (ProgramKey.ends_at > clock.now())
    keys = select(ProgramKey.id, ProgramKey.name).where(ProgramKey.made_by == user_id, is_live)
    with work.read() as session:
        named = [(row.id, row.name) for row in session.execute(keys.order_by(ProgramKey.name))]
        return LeftBehind(session.scalar(invitations) or 0, named)


def _end_flows(session: Session, work: Work, user_id: UUID) -> None:
    """A consent under way comes back to nothing."""
    flows = session.scalars(delete(Flow).where(Flow.user_id == user_id).returning(Flow.id)).all()
    session.execute(
        delete(FlowLookup).where(FlowLookup.tenant_id == work.tenant, FlowLookup.flow_id.in_(flows))
    )


def _tell_admins(session: Session, work: Work, user_id: UUID, resting: list[Resting]) -> None:
    """Have it sent to the admins who stay: nobody but the person who left has seen the page that says it."""
    if not mail.is_on(session):
        return
    tenant, left = session.get_one(Tenant, work.tenant), session.get_one(User, user_id)
    pages = [
        f"{one.name}:\n{mail.link(session, f'/t/{tenant.slug}/alm-accounts/{one.account_id}')}"
        for one in resting
    ]
    subject, text = f"{left.name} has left {tenant.name}", letter(left.name, tenant.name, pages)
    moment = f"{now_of(session).timestamp():.3f}"
    for admin in memberships.admins(session, work.tenant):
        once = f"left {work.tenant.hex} {user_id.hex} {admin.id.hex} {moment}"
        mail.queue(session, once, admin.email, subject, text)


def letter(name: str, tenant: str, pages: list[str]) -> str:
    """What admins are told of somebody who left. ``pages``: the accounts, each with its page."""
    accounts = "\n\n".join(pages)
    return f"""{name} has left {tenant}. These ALM accounts act by the consent or token {name} gave:

{accounts}

They go on as before, and stop working once that Jira user is deactivated or its consent or token is
revoked. Let somebody who stays open the page and authorise the account anew.
"""
