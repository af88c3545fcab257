"""The people of a tenant as one ALM account sees them: who is connected as whom, who is not, and why.

Everybody is read at once: the numbers above the list count them all, and pages of it are cut by key.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, false, select, true
from sqlalchemy.orm import Session

from portal import mail
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.former_ways import USER_GONE
from portal.credentials.problem import TENANT_ADMIN, YOU, Problem
from portal.credentials.views import CredentialView, views_of
from portal.errors import NotHere
from portal.ids import uuid_of
from portal.store.tables import Credential, Membership, ProgramConsent, Reminder, User
from portal.store.work import Work

CONNECTED, BROKEN, WITHOUT, FORMER = "connected", "broken", "without", "former"
STANDINGS = (CONNECTED, BROKEN, WITHOUT)
PEOPLE_A_PAGE = 50
# An admin reads who can mend somebody else's connection.
_OWNERS = {YOU: "the person", TENANT_ADMIN: "you, as an admin here"}


@dataclass(frozen=True)
class PersonView:
    """A person of the tenant at one account. ``trouble`` is what is the matter with their credential, and
    ``is_former`` that it came by a way the account does not take any more.

    ``lets_programs``: programs may act for them here. ``reminded_at`` is when they were last reminded to
    connect; ``not_delivered``: that mail was given up.
    """

    user_id: UUID
    name: str
    email: str
    can_sign_in: bool
    credential: CredentialView | None
    is_former: bool
    trouble: Problem | None
    lets_programs: bool
    reminded_at: datetime | None
    not_delivered: bool

    @property
    def standing(self) -> str:
        """One of :data:`STANDINGS`; what Jira refused last time is broken, though it is tried again."""
        if self.credential is None:
            return WITHOUT
        return CONNECTED if self.credential.works else BROKEN

    @property
    def is_user_gone(self) -> bool:
        """Whether Jira says that their user there is active no longer."""
        return self.credential is not None and self.credential.code in USER_GONE

    @property
    def owner(self) -> str:
        """Who can mend it, told to an admin."""
        return _OWNERS.get(self.trouble.owner, self.trouble.owner) if self.trouble else ""

    @property
    def has_to_connect(self) -> bool:
        """Whether they have to connect: not connected, by the former way, or broken so that this mends it."""
        mends = self.trouble is None or self.trouble.anew
        return self.is_former or self.standing == WITHOUT or (self.standing == BROKEN and mends)

    @property
    def can_be_reminded(self) -> bool:
        """Whether a reminder is of use: once one was delivered, the next only after they have connected."""
        is_first = self.reminded_at is None or self.not_delivered
        return self.has_to_connect and self.can_sign_in and is_first


@dataclass(frozen=True)
class Wanted:
    """Which people: all, those of one standing or of the former way, from the one after this person on."""

    standing: str | None = None
    after: UUID | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Wanted":
        """From a page's query; what cannot be read is left out."""
        standing = query.get("show")
        known = (*STANDINGS, FORMER)
        return cls(standing if standing in known else None, uuid_of(query.get("after", "")))

    def takes(self, person: PersonView) -> bool:
        """Whether this person is one of them."""
        if self.standing == FORMER:
            return person.is_former
        return self.standing in (None, person.standing)


@dataclass(frozen=True)
class People:
    """A page of people. ``counts`` are of all, by standing; ``former`` of them came by the former way, and
    ``next_after`` asks for the next page.

    ``to_remind``: how many can be reminded now. ``gone``: those whose Jira user is active no longer.
    """

    shown: list[PersonView]
    counts: Mapping[str, int]
    former: int
    to_remind: int
    gone: list[PersonView]
    next_after: UUID | None

    @property
    def total(self) -> int:
        """Everybody in the tenant."""
        return sum(self.counts.values())


def people(work: Work, account: AccountView, wanted: Wanted) -> People:
    """The people of the tenant at this account, by name, at most :data:`PEOPLE_A_PAGE`."""
    with work.read() as session:
        everybody = everybody_at(session, account)
    ids = [person.user_id for person in everybody]
    start = ids.index(wanted.after) + 1 if wanted.after in ids else 0
    rest = [person for person in everybody[start:] if wanted.takes(person)]
    shown = rest[:PEOPLE_A_PAGE]
    counts = Counter(person.standing for person in everybody)
    return People(
        shown=shown,
        counts={standing: counts[standing] for standing in STANDINGS},
        former=sum(person.is_former for person in everybody),
        to_remind=sum(person.can_be_reminded for person in everybody),
        gone=[person for person in everybody if person.is_user_gone],
        next_after=shown[-1].user_id if len(rest) > len(shown) else None,
    )


def person(work: Work, account: AccountView, user_id: UUID) -> PersonView:
    """One of them; :class:`NotHere` for who does not belong to the tenant."""
    with work.read() as session:
        found = _people(session, account, Membership.user_id == user_id)
    if not found:
        raise NotHere
    return found[0]


def everybody_at(session: Session, account: AccountView) -> list[PersonView]:
    """Everybody in the session's tenant, by name."""
    return _people(session, account, true())


def _people(session: Session, account: AccountView, who: ColumnElement[bool]) -> list[PersonView]:
    tenant_id = session.info["tenant_id"]
    # Support reads nothing of a password, and reminds nobody.
    has_password = false() if session.info.get("is_support") else User.password_hash.is_not(None)
    can_sign_in = (User.disabled_at.is_(None) & has_password).label("can_sign_in")
    of_person = (Credential.account_id == account.id) & (Credential.user_id == User.id)
    reminded = (Reminder.account_id == account.id) & (Reminder.user_id == User.id)
    allowed = (ProgramConsent.account_id == account.id) & (ProgramConsent.user_id == User.id)
    wanted = (
        select(
            User.id,
            User.name,
            User.email,
            can_sign_in,
            Credential,
            Reminder.sent_at,
            ProgramConsent.allowed_at,
        )
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(Credential, of_person & (Credential.tenant_id == tenant_id))
        .outerjoin(Reminder, reminded & (Reminder.tenant_id == tenant_id))
        .outerjoin(ProgramConsent, allowed & (ProgramConsent.tenant_id == tenant_id))
        .where(Membership.tenant_id == tenant_id, who)
    )
    rows = list(session.execute(wanted))
    credentials = [row.Credential for row in rows if row.Credential]
    views = {view.user_id: view for view in views_of(session, credentials)}
    names = {row.id: mail_name(account.id, row.id, row.sent_at) for row in rows if row.sent_at}
    given_up = mail.undelivered(session, list(names.values()))
    found = [_person(account, row, views.get(row.id), names.get(row.id) in given_up) for row in rows]
    return sorted(found, key=lambda person: (person.name.casefold(), person.email, person.user_id))


def mail_name(account_id: UUID, user_id: UUID, sent_at: datetime) -> str:
    """What the message of a reminder is about: one for each time somebody is reminded."""
    return f"reminder {account_id.hex} {user_id.hex} {sent_at.timestamp():.6f}"


def _person(
    account: AccountView,
    row: Row[UUID, str, str, bool, Credential, datetime, datetime],
    view: CredentialView | None,
    not_delivered: bool,
) -> PersonView:
    return PersonView(
        user_id=row.id,
        name=row.name,
        email=row.email,
        can_sign_in=row.can_sign_in,
        credential=view,
        is_former=account.is_former(view),
        trouble=account.trouble_of(view),
        lets_programs=row.allowed_at is not None,
        reminded_at=row.sent_at,
        not_delivered=not_delivered,
    )
