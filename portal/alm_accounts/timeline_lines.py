"""The lines of the audit that a connection's timeline is made of, and what happened before it stopped."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, not_, or_, select
from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts.timeline_words import CHANGES, UNTOLD
from portal.audit.reading import Whole, name_of, names_of, whole
from portal.audit.uses_wanted import OWN
from portal.credentials.views import CredentialView, views_of
from portal.days import start_of
from portal.store.tables import AuditEvent, Credential, Use

LINES_A_PAGE = 50
# A change that is older is no likely cause.
BEFORE_IT = timedelta(days=7)
OF_PEOPLE = ("credential.", "flow.", "token.", "grant.")


@dataclass(frozen=True)
class About:
    """Where the lines of a connection are found, each by an index of its own: those of the account, and those
    of the grants that its credentials rest on, which name no account."""

    account_id: UUID
    grants: tuple[UUID, ...]

    def places(self) -> list[ColumnElement[bool]]:
        """A condition on the lines for each."""
        own: list[ColumnElement[bool]] = [AuditEvent.account_id == self.account_id]
        return [*own, AuditEvent.subject_id.in_(self.grants)] if self.grants else own


def about(session: Session, account_id: UUID, whose: UUID | str | None) -> About:
    """Where the lines of the account are found; grants of everybody's, or of one connection's."""
    held = select(Credential.grant_id).where(
        Credential.account_id == account_id, Credential.grant_id.is_not(None), *_held_by(whose)
    )
    return About(account_id, tuple({one for one in session.scalars(held) if one is not None}))


def _held_by(whose: UUID | str | None) -> list[ColumnElement[bool]]:
    if whose is None:
        return []
    return [Credential.user_id.is_(None) if whose == OWN else Credential.user_id == whose]


def of_one(session: Session, account_id: UUID, whose: UUID | str) -> ColumnElement[bool]:
    """Lines about one connection, also its former credentials, as far as the ledger knows them.

    With the account's own stand those about the account itself.
    """
    used = Use.holder_id.is_(None) if whose == OWN else Use.holder_id == whose
    former = select(Use.credential_id).where(Use.account_id == account_id, used).distinct()
    now = select(Credential.id).where(Credential.account_id == account_id, *_held_by(whose))
    ids = {*session.scalars(former), *session.scalars(now)}
    about_it = AuditEvent.subject_id.in_(ids)
    if whose == OWN:
        return or_(about_it, not_(or_(*(AuditEvent.event.startswith(one) for one in OF_PEOPLE))))
    of_person = and_(
        AuditEvent.actor_id == whose, or_(*(AuditEvent.event.startswith(one) for one in OF_PEOPLE))
    )
    return or_(about_it, of_person, AuditEvent.subject_id == whose)


def days_of(since: date | None, until: date | None, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """Lines from the first to the last of these days."""
    found = [] if since is None else [AuditEvent.at >= start_of(since, zone)]
    return found if until is None else [*found, AuditEvent.at < start_of(until + timedelta(days=1), zone)]


def read_telling(
    session: Session, about: About, before: int, conditions: list[ColumnElement[bool]]
) -> tuple[list[Whole], bool]:
    """The newest lines that tell something, at most :data:`LINES_A_PAGE`; and whether there are older."""
    found: dict[int, AuditEvent] = {}
    for place in about.places():
        newest = select(AuditEvent).where(
            place, AuditEvent.event.not_in(UNTOLD), AuditEvent.seq < before, *conditions
        )
        newest = newest.order_by(AuditEvent.seq.desc()).limit(LINES_A_PAGE + 1)
        found |= {row.seq: row for row in session.scalars(newest)}
    rows = [found[seq] for seq in sorted(found, reverse=True)]
    return whole(session, rows[:LINES_A_PAGE]), len(rows) > LINES_A_PAGE


@dataclass(frozen=True)
class JustBefore:
    """What happened before a connection stopped: the last ``change`` somebody made, if one was lately; and
    the last use that went well, by whom."""

    change: Whole | None
    well_at: datetime | None
    well_by: str | None


def just_before(session: Session, account_id: UUID, at: datetime, line: Whole | None) -> JustBefore:
    """Before this moment; ``line`` is the line that says that it stopped, where one does."""
    changed = select(AuditEvent).where(
        AuditEvent.account_id == account_id, AuditEvent.event.in_(CHANGES), AuditEvent.at >= at - BEFORE_IT
    )
    changed = changed.where(AuditEvent.at <= at if line is None else AuditEvent.seq < line.line.seq)
    newest = session.scalars(changed.order_by(AuditEvent.seq.desc()).limit(1)).all()
    changes = whole(session, newest)
    well = select(Use.at, Use.actor_id).where(Use.account_id == account_id, Use.at <= at, Use.code.is_(None))
    if line is not None and line.subject_id is not None and line.event.startswith("credential."):
        well = well.where(Use.credential_id == line.subject_id)
    last = session.execute(well.order_by(Use.at.desc()).limit(1)).first()
    by = None
    if last is not None:
        names = names_of(session, [last.actor_id] if last.actor_id else [])
        by = name_of(names, last.actor_id, "a person") if last.actor_id else "Almoner"
    return JustBefore(changes[0] if changes else None, last.at if last else None, by)


def ends(
    session: Session, account_id: UUID, whose: UUID | str | None
) -> list[tuple[datetime, str, CredentialView]]:
    """Credentials whose token, or whose way to connect, came to its end: when, whose, and how they stand."""
    rows = session.scalars(
        select(Credential).where(
            Credential.account_id == account_id,
            or_(Credential.expires_at <= clock.now(), Credential.serves_until <= clock.now()),
            *_held_by(whose),
        )
    ).all()
    views = [view for view in views_of(session, rows) if view.state == "expired"]
    names = names_of(session, {view.user_id for view in views if view.user_id})
    found = []
    for view in views:
        known = [at for at in (view.expires_at, view.serves_until) if at is not None]
        holder = name_of(names, view.user_id, "a person") if view.user_id else "the account itself"
        found.append((min(known), holder, view))
    return found
