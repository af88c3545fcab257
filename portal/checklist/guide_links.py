"""Links by which somebody without an account here sees what to enter in Jira, and whether it works already.

Whoever holds the link sees it, so nothing secret stands there and nothing can be done there. While the page
is open the rows that concern its reader are looked at again and again, until they pass.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select, update

from portal.alm_accounts import accounts
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.accounts import get_account
from portal.audit.log import record
from portal.checklist.guide_looks import active, is_done, is_to_stamp, rows_for_reader, stamp
from portal.checklist.remedies import for_outsiders
from portal.checklist.shown import RowView
from portal.errors import FieldErrors, NotHere, Refused
from portal.kinds.methods import OAUTH1, OAUTH2
from portal.people.tokens import digest, new_token
from portal.secret import Secret
from portal.store.tables import GuideLink, Tenant, User
from portal.store.work import Work, now_of

DAYS = {"1": "1 day", "7": "7 days", "30": "30 days"}
PRESET = "7"
MOST = 20
NO_GUIDE = (
    "This account needs nothing on Jira's side that somebody else could enter: there is no guide to send."
)
TOO_MANY = f"There are {MOST} guide links that still work. End one of them first."


@dataclass(frozen=True)
class LinkView:
    """A guide link as admins see it, without its token. ``state``: active, ended or expired."""

    id: UUID
    made_by: str | None
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    seen_at: datetime | None
    state: str


@dataclass(frozen=True)
class Guide:
    """What the holder of a link may know. ``asked_by`` is empty where that person left the portal.

    ``rows`` are those that concern the reader; while the account changes the way it connects only what holds
    for both ways, and ``is_done`` is never true then.
    """

    account: AccountView
    tenant_name: str
    asked_by: str
    expires_at: datetime
    rows: tuple[RowView, ...]
    is_done: bool

    @property
    def is_known_by_consent(self) -> bool:
        """Whether nothing tells that it works before somebody consents, or enters what Jira gave."""
        return self.account.kind_in_set_up.consent != OAUTH1

    @property
    def steps_to_come(self) -> tuple[str, ...]:
        """What whoever sent the link has to do after the reader, until which parts of it cannot be known:
        ``enter`` what Jira shows of the app, and ``consent``."""
        account = self.account
        if account.kind_in_set_up.consent != OAUTH2 or self.is_of_both_ways or self.is_done:
            return ()
        is_entered = account.app is not None and account.app.client_id is not None and account.app.has_secret
        return ("consent",) if is_entered else ("enter", "consent")

    def remedy(self, row: RowView) -> str:
        """What the reader can do about a row, as far as it is theirs; empty where nothing is."""
        return for_outsiders(row.trouble.fix) if row.trouble else ""

    @property
    def is_of_both_ways(self) -> bool:
        """Whether the account changes the way it connects: the new one is not looked at yet."""
        return self.account.kind_in_set_up is not self.account.kind


def has_guide(account: AccountView) -> bool:
    """Whether something is set up on Jira's side, by whoever is an admin there."""
    kind = account.kind_in_set_up
    return (kind.consent is not None or kind.only_sends) and not account.is_by_shared_app


def make(work: Work, account_id: UUID, days: str = PRESET) -> tuple[Secret, LinkView]:
    """Make a link; its token goes into the address and cannot be had again.

    Raises :class:`FieldErrors` for another number of days, :class:`Refused` where there is no guide or are
    too many links already, :class:`NotHere` for an account that is gone.
    """
    if days not in DAYS:
        raise FieldErrors({"days": f"Choose one of {', '.join(DAYS.values())}."})
    if not has_guide(accounts.account(work, account_id)):
        raise Refused(NO_GUIDE)
    token = Secret(f"{work.tenant.hex}.{new_token().reveal()}")
    with work.write() as session:
        get_account(session, account_id, hold=True)
        now = now_of(session)
        working = select(func.count(GuideLink.id)).where(GuideLink.account_id == account_id, *active(now))
        if (session.scalar(working) or 0) >= MOST:
            raise Refused(TOO_MANY)
        row = GuideLink(
            id=uuid4(),
            account_id=account_id,
            token_hash=digest(token),
            made_by=work.user_id,
            made_at=now,
            expires_at=now + timedelta(days=int(days)),
        )
        session.add(row)
        ends = row.expires_at.date().isoformat()
        record(session, work, "guide_link.made", account_id=account_id, subject_id=row.id, ends=ends)
        return token, _view(row, None, now)


def _view(row: GuideLink, made_by: str | None, now: datetime) -> LinkView:
    state = "ended" if row.ended_at else "expired" if row.expires_at <= now else "active"
    times = row.made_at, row.expires_at, row.ended_at, row.seen_at
    return LinkView(row.id, made_by, *times, state)


def links(work: Work, account_id: UUID) -> list[LinkView]:
    """The links of an account, the newest first."""
    with work.read() as session:
        now = now_of(session)
        wanted = select(GuideLink, User.name).outerjoin(User, User.id == GuideLink.made_by)
        wanted = wanted.where(GuideLink.account_id == account_id).order_by(GuideLink.made_at.desc())
        return [_view(row, name, now) for row, name in session.execute(wanted)]


def end(work: Work, account_id: UUID, link_id: UUID) -> None:
    """End a link before its time; :class:`NotHere` when there is no such link that works."""
    with work.write() as session:
        now = now_of(session)
        mine = (GuideLink.id == link_id, GuideLink.account_id == account_id)
        ended = update(GuideLink).where(*mine, *active(now)).values(ended_at=now)
        if session.scalars(ended.returning(GuideLink.id)).first() is None:
            raise NotHere
        record(session, work, "guide_link.ended", account_id=account_id, subject_id=link_id)


def show(work: Work, token: Secret) -> Guide:
    """What a link shows; notes that its page is open. Raises :class:`NotHere` for one that does not work."""
    work = _within_tenant(work, token)
    with work.read() as session:
        now = now_of(session)
        mine = GuideLink.token_hash == digest(token)
        row = session.scalars(select(GuideLink).where(mine, *active(now))).first()
        tenant = session.get(Tenant, work.tenant)
        if row is None or tenant is None or tenant.is_closed:
            raise NotHere
        user = session.get(User, row.made_by)
    account = accounts.account(work, row.account_id)
    if not has_guide(account):
        raise NotHere
    rows = rows_for_reader(work, account)
    passed = is_done(rows, now)
    if is_to_stamp(row, now):
        stamp(work, row, looks=bool(rows) and not passed)
    done = passed and account.kind_in_set_up is account.kind
    return Guide(account, tenant.name, user.name if user else "", row.expires_at, rows, done)


def _within_tenant(work: Work, token: Secret) -> Work:
    try:
        return work.within(UUID(hex=token.reveal().partition(".")[0]))
    except ValueError:
        raise NotHere from None
