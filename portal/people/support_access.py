"""Support in a tenant, from both sides: the tenant's switch, what one of the staff asks, and the answer.

Where the switch says *on request*, one of the staff asks with a reason; the admins are told on home and by
mail, and say yes for a time, or no. Everything of it stands in both chains. A yes is one person's, and can be
taken back: then a visit that goes on ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal import clock, mail
from portal.audit import permits
from portal.audit.permits import ACCESSES, ALWAYS, State, waits
from portal.audit.visits import (
    Visit,
    clean_reason,
    end_all,
    get_tenant,
    going_on,
    one_at_a_time,
    record_both,
    visits_now,
)
from portal.errors import FieldErrors, NotHere, Refused
from portal.people import memberships, support_letters
from portal.store import due
from portal.store.tables import SupportRequest, Tenant, User
from portal.store.work import Work, now_of

KIND = "support_asked"
# What an admin may choose, in hours.
HOURS: Mapping[str, str] = {"1": "1 hour", "24": "A day", "72": "3 days", "168": "A week"}
USUAL_HOURS = "24"
NO_HOURS = "Choose for how long: an hour, a day, 3 days or a week."
NO_ACCESS = "Choose when support may visit: always, or on request."
ANSWERED = "Somebody has answered this already, or it was asked too long ago. The page shows how it stands."
NOTHING_TO_ASK = "There is nothing to ask: you may open a visit at once."
ASK_AGAIN_AFTER = timedelta(days=1)  # after a no, so that nobody's mail fills with the same question
NO_SO_SOON = "An admin said no less than 24 hours ago. Wait until a day has passed, then ask again."
ASKED_ALREADY = "You have asked already. The admins were told; wait for their answer."


@dataclass(frozen=True)
class Question:
    """That one of the staff asks, or was let in ``until``."""

    id: UUID
    by: str
    reason: str
    asked_at: datetime
    until: datetime | None


@dataclass(frozen=True)
class Access:
    """How a tenant stands with support: the switch, who asks, who was let in, and who is there now."""

    access: str
    asking: list[Question]
    let_in: list[Question]
    visits: list[Visit]

    @property
    def is_always(self) -> bool:
        """Whether nobody has to ask."""
        return self.access == ALWAYS

    @property
    def is_quiet(self) -> bool:
        """Whether nobody asks and nobody is there."""
        return not self.asking and not self.visits


def access_of(work: Work) -> Access:
    """How the tenant of ``work`` stands with support."""
    visits = visits_now(work)
    with work.read() as session:
        tenant = session.get_one(Tenant, work.tenant)
        rows = session.execute(
            select(SupportRequest, User.name)
            .join(User, User.id == SupportRequest.user_id)
            .where(SupportRequest.tenant_id == work.tenant, User.is_support, User.disabled_at.is_(None))
            .where(waits() | (SupportRequest.holds_until > clock.now()))
            .order_by(SupportRequest.asked_at)
        ).all()
        questions = [_question(row, name) for row, name in rows]
        # Where support may come always, nobody has to be answered.
        is_open = tenant.support_access == ALWAYS
        asking = [] if is_open else [one for one in questions if one.until is None]
        let_in = [] if is_open else [one for one in questions if one.until is not None]
        return Access(tenant.support_access, asking, let_in, visits)


def _question(row: SupportRequest, name: str) -> Question:
    return Question(row.id, name, row.reason, row.asked_at, row.holds_until)


def set_access(work: Work, access: str) -> None:
    """Let support visit always, or on request: then visits without an admin's yes end.

    Raises :class:`FieldErrors` for anything else.
    """
    if access not in ACCESSES:
        raise FieldErrors({"access": NO_ACCESS})
    with work.write() as session:
        tenant = session.get_one(Tenant, work.tenant, with_for_update=True)
        change = {"before": tenant.support_access, "after": access}
        if tenant.support_access == access:
            return
        if access != ALWAYS:
            _end_without_leave(session, work)
        tenant.support_access = access
        record_both(session, work, "support.access_changed", None, **change)


def _end_without_leave(session: Session, work: Work) -> None:
    held = (SupportRequest.tenant_id == work.tenant) & (SupportRequest.holds_until > clock.now())
    let_in = set(session.scalars(select(SupportRequest.user_id).where(held)))
    for user_id in {visit.user_id for visit, _ in session.execute(going_on(None, work.tenant))} - let_in:
        end_all(session, work, user_id)


def ask(work: Work, tenant_id: UUID, reason: str) -> None:
    """Ask the tenant's admins to be let in; they are told.

    Raises :class:`FieldErrors` for a reason that says nothing, :class:`Refused` where there is nothing to
    ask, while an earlier question waits, and for a day after a no; :class:`NotHere` for no such tenant.
    """
    reason, work = clean_reason(reason), work.within(tenant_id)
    with work.write() as session:
        one_at_a_time(session, work)
        standing = permits.standing(session, get_tenant(session, tenant_id), work.user_id)
        state = standing.state
        if state in (State.OPEN, State.ALLOWED):
            raise Refused(NOTHING_TO_ASK)
        if state is State.ASKED:
            raise Refused(ASKED_ALREADY)
        if state is State.DECLINED and standing.at and standing.at > clock.now() - ASK_AGAIN_AFTER:
            raise Refused(NO_SO_SOON)
        # These columns and no others, not even by their nulls: on PostgreSQL support may not add an answer.
        request_id = uuid4()
        asked = {"id": request_id, "user_id": work.user_id, "tenant_id": tenant_id, "asked_at": clock.now()}
        session.execute(insert(SupportRequest).values(reason=reason, **asked))
        # The worker writes the mails: support itself writes next to nothing.
        due.put_once(session, KIND, request_id, now_of(session), tenant_id)
        record_both(session, work, "support.asked", None, reason=reason)


def tell_admins(work: Work, request_id: UUID) -> None:
    """Mail the tenant's admins that support asks; once, however often it is called.

    Nobody is told of what needs no answer any more: answered, too old, of who left the staff, or of a tenant
    that lets support in always by now.
    """
    with work.write() as session:
        tenant = session.get_one(Tenant, work.tenant)
        asked = select(SupportRequest, User).join(User, User.id == SupportRequest.user_id)
        asked = asked.where(SupportRequest.id == request_id, SupportRequest.tenant_id == work.tenant, waits())
        found = session.execute(asked.where(User.is_support, User.disabled_at.is_(None))).first()
        if found is None or tenant.support_access == ALWAYS:
            return
        row, by = found
        page = mail.link(session, f"/t/{tenant.slug}/support/")
        letter = support_letters.asks(by.name, tenant.name, row.reason, page)
        for admin in memberships.admins(session, work.tenant):
            mail.queue(session, f"support {request_id.hex} {admin.id.hex}", admin.email, *letter)


def allow(work: Work, request_id: UUID, hours: str) -> datetime:
    """Let who asked visit for so many hours from now; until when that is.

    Raises :class:`FieldErrors` for hours that cannot be chosen, :class:`Refused` for what was answered
    already, :class:`NotHere` for what is not this tenant's.
    """
    if hours not in HOURS:
        raise FieldErrors({"hours": NO_HOURS})
    until = clock.now() + timedelta(hours=int(hours))
    with work.write() as session:
        row = _answer(session, work, request_id, until)
        record_both(session, work, "support.allowed", row.user_id, until=until.isoformat(timespec="minutes"))
    return until


def decline(work: Work, request_id: UUID) -> None:
    """Say no; who asked may ask again after a day. Raises as :func:`allow` does."""
    with work.write() as session:
        row = _answer(session, work, request_id, None)
        record_both(session, work, "support.declined", row.user_id)


def _answer(session: Session, work: Work, request_id: UUID, until: datetime | None) -> SupportRequest:
    """Answer the question, and others that the same person asked beside it."""
    row = _held(session, work, request_id)
    same = (SupportRequest.user_id == row.user_id) & (SupportRequest.tenant_id == work.tenant)
    waiting = session.scalars(select(SupportRequest).where(same, waits()).with_for_update()).all()
    if row not in waiting:
        raise Refused(ANSWERED)
    for one in waiting:
        one.granted, one.holds_until = until is not None, until
        one.answered_at, one.answered_by = clock.now(), work.user_id
    asker, tenant = session.get_one(User, row.user_id), session.get_one(Tenant, work.tenant)
    if mail.is_on(session):
        page = mail.link(session, f"/support/tenants/{tenant.id}/visit")
        letter = support_letters.answered(tenant.name, until, page)
        mail.queue(session, f"support answered {row.id.hex}", asker.email, *letter)
    return row


def take_back(work: Work, request_id: UUID) -> None:
    """Take back a yes: nothing more may be opened, and a visit that goes on ends.

    Raises :class:`NotHere` for what is not this tenant's; what is over already stays as it is.
    """
    with work.write() as session:
        row = _held(session, work, request_id)
        now = clock.now()
        same = (SupportRequest.user_id == row.user_id) & (SupportRequest.tenant_id == work.tenant)
        held = session.scalars(select(SupportRequest).where(same, SupportRequest.holds_until > now)).all()
        if held:
            end_all(session, work, row.user_id)
            record_both(session, work, "support.taken_back", row.user_id)
        for one in held:
            one.holds_until = now


def _held(session: Session, work: Work, request_id: UUID) -> SupportRequest:
    row = session.get(SupportRequest, request_id, with_for_update=True)
    if row is None or row.tenant_id != work.tenant:
        raise NotHere
    return row
