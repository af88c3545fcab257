"""The former way of an account that changed how it connects: who still goes by it, until when, and its end.

A person's older credential serves until they reconnect, or until the day an admin set. Then, or when nobody
is left, whatever only the former way needed is erased, and the account may be changed again.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts.accounts import end_credentials, get_account
from portal.alm_accounts.apps import drop_unused_apps
from portal.audit.changes import told
from portal.audit.log import record
from portal.credentials.old_ways import OLD_WAY, put_end
from portal.credentials.views import working
from portal.credentials.ways import kind_in_set_up
from portal.errors import FieldErrors, Refused
from portal.kinds import KINDS
from portal.kinds.methods import OAUTH1, OAUTH2
from portal.kinds.shape import Kind
from portal.store import due
from portal.store.tables import AccountApp, AlmAccount, Conversion, Credential, SigningKey
from portal.store.work import Work

PRESET_DAYS, MOST_DAYS = 14, 90
_OF_PEOPLE = Credential.user_id.is_not(None)
NO_CHANGE = "This account is not changing the way it connects; there is nothing of that to set or to end."


@dataclass(frozen=True)
class Numbers:
    """How many people's connections work and came by ways the new kind takes (``newer``), how many ``older``
    ones work, and how many older ones are ``broken``."""

    newer: int
    older: int
    broken: int

    @property
    def people(self) -> int:
        """All of them."""
        return self.newer + self.to_reconnect

    @property
    def to_reconnect(self) -> int:
        """Those who have to reconnect, or will have to."""
        return self.older + self.broken


def numbers(work: Work, account_id: UUID) -> Numbers:
    """How far people have come; before the switch, whom it will affect."""
    with work.read() as session:
        account = get_account(session, account_id)
        ways = KINDS[kind_in_set_up(session, account)].person_by
        at_work = [one.method in ways for one in working(session, [account_id])]
        former = (Credential.account_id == account_id) & _OF_PEOPLE & Credential.method.not_in(ways)
        older = session.scalar(select(func.count(Credential.id)).where(former)) or 0
    return Numbers(sum(at_work), at_work.count(False), older - at_work.count(False))


def older_ones(account: AlmAccount) -> ColumnElement[bool]:
    """People's credentials that came by a way the account does not take any more."""
    came = Credential.method.not_in(KINDS[account.kind].person_by)
    return and_(Credential.account_id == account.id, _OF_PEOPLE, Credential.state == "active", came)


def count_older(session: Session, account: AlmAccount) -> int:
    """How many of them there are."""
    return session.scalar(select(func.count(Credential.id)).where(older_ones(account))) or 0


def preset_day() -> date:
    """The last day on which older credentials serve, unless the admin chooses another."""
    return clock.now().date() + timedelta(days=PRESET_DAYS)


def read_day(text: str) -> date:
    """The day typed as the last one; :class:`FieldErrors` where that is none, or too far away."""
    today = clock.now().date()
    latest = today + timedelta(days=MOST_DAYS)
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        example = preset_day().isoformat()
        raise FieldErrors({"last_day": f"Enter a day as year, month and day, such as {example}."}) from None
    if not today <= day <= latest:
        raise FieldErrors(
            {"last_day": f"Choose a day from {today} to {latest}, which is {MOST_DAYS} days ahead."}
        )
    return day


def set_last_day(work: Work, account_id: UUID, text: str) -> None:
    """The last day on which people's older credentials serve; it can be changed until it is over.

    Before the switch it is kept for then. Raises :class:`FieldErrors` for ``last_day``, and :class:`Refused`
    while the account is not being changed.
    """
    until = clock.end_of_day(read_day(text))
    with work.write() as session:
        account = get_account(session, account_id, hold=True)
        conversion = session.get(Conversion, (work.tenant, account_id))
        if conversion is None:
            raise Refused(NO_CHANGE)
        if conversion.old_way_until == until:
            return
        before, conversion.old_way_until = conversion.old_way_until, until
        if conversion.switched_at:
            session.execute(update(Credential).where(older_ones(account)).values(serves_until=until))
            put_end(session, account_id, until)
        day = told(["old_way_until"], {"old_way_until": before}, {"old_way_until": until})
        record(session, work, "account.changed", account_id=account_id, **day)


def end_now(work: Work, account_id: UUID) -> None:
    """End the former way before its day. Raises :class:`Refused` when there is none."""
    with work.write() as session:
        account = get_account(session, account_id, hold=True)
        conversion = session.get(Conversion, (work.tenant, account_id))
        if conversion is None or conversion.switched_at is None:
            raise Refused(NO_CHANGE)
        finish(session, work, account, conversion, "way_ended_early")


def end_due(work: Work, account_id: UUID) -> None:
    """End the former way when its day is over or nobody goes by it any more; called by the clock."""
    with work.write() as session:
        account = session.get(AlmAccount, (work.tenant, account_id), with_for_update=True)
        conversion = session.get(Conversion, (work.tenant, account_id))
        if account is None or conversion is None or conversion.switched_at is None:
            return
        until = conversion.old_way_until
        if until and until > clock.now() and count_older(session, account):
            put_end(session, account_id, until)
        else:
            finish(session, work, account, conversion)


def finish(
    session: Session, work: Work, account: AlmAccount, conversion: Conversion, why: str = "way_ended"
) -> None:
    """Erase what only the former way of a held account needed, people's older credentials first.

    ``why``: the code of the problem that those have from then on.
    """
    end_credentials(session, work, older_ones(account), why)
    drop_client(session, account.id, KINDS[conversion.from_kind])
    session.delete(conversion)
    due.drop(session, OLD_WAY, account.id)
    former = conversion.from_kind
    record(session, work, "account.old_way_ended", account_id=account.id, from_kind=former)


def drop_client(session: Session, account_id: UUID, kind: Kind) -> None:
    """Erase what an account of this kind proved itself with at a consent page; its app has to be held."""
    if kind.consent == OAUTH1:
        session.execute(delete(SigningKey).where(SigningKey.account_id == account_id))
    elif kind.consent == OAUTH2:
        session.execute(delete(AccountApp).where(AccountApp.account_id == account_id))
        drop_unused_apps(session)
