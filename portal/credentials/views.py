"""Credentials as pages show them: state, who it acts as, until when. Never a token.

The state is derived, not kept (:mod:`portal.credentials.states`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.credentials.grants import idle_end
from portal.credentials.states import BROKEN, COUNTED, Ground, grounds_of, last_words, state_of
from portal.kinds.methods import PASSWORD, PASTED, TWO_LEGGED
from portal.store.tables import Credential


@dataclass(frozen=True)
class CredentialView:
    """One credential. ``state``: ``connected``, ``limited``, ``pending``, ``ending_soon``, ``expired``,
    ``refused`` or ``ended``; ``code`` names the problem behind it, where there is one.

    One that rests on a grant has ``grant_id``, the ``scopes`` granted, the ``sites`` covered (id, name, url),
    and ``renewable_until``, when it would end were it never used. ``serves_until`` is the end of the way it
    was connected by, where its account was converted.
    """

    id: UUID
    account_id: UUID
    user_id: UUID | None
    method: str
    login: str
    state: str
    code: str | None
    display_name: str
    email: str
    jira_name: str
    connected_by: UUID
    connected_at: datetime
    expires_at: datetime | None
    serves_until: datetime | None
    renewable_until: datetime | None
    grant_id: UUID | None = None
    scopes: frozenset[str] | None = None
    missing: tuple[str, ...] = ()
    sites: tuple[Mapping[str, str], ...] = ()

    @property
    def is_pasted(self) -> bool:
        """Whether it is a token or password that somebody pasted."""
        return self.method in PASTED

    @property
    def serves(self) -> bool:
        """Whether it can be used at all. One that Jira refused last time is tried again, but for a password:
        each wrong one counts, and after a few Jira locks the person out behind a captcha."""
        if self.method == PASSWORD and self.state == "refused":
            return False
        return self.state not in ("pending", "expired", "ended")

    @property
    def works(self) -> bool:
        """Whether it serves, and was not refused when it was last used."""
        return self.state not in BROKEN

    @property
    def ends_by_itself(self) -> bool:
        """Whether it ends before the way it was connected by does, or that way does not end."""
        is_earlier = self.serves_until is None or (self.expires_at or self.serves_until) < self.serves_until
        return is_earlier and self.grant_id is None and self.expires_at is not None

    @property
    def last_day(self) -> date | None:
        """The last day on which it serves, where the way it was connected by comes to an end."""
        if self.serves_until is None or not self.serves:
            return None
        ends = self.expires_at if self.ends_by_itself and self.expires_at else self.serves_until
        return ends.date()


def view_of(session: Session, row: Credential) -> CredentialView:
    """The view of one credential."""
    return views_of(session, [row])[0]


def views_of(session: Session, rows: Iterable[Credential]) -> list[CredentialView]:
    """The views of several credentials, in the same order."""
    rows = list(rows)
    last = last_words(session, [row.id for row in rows])
    grounds = grounds_of(session, rows)
    return [_view(row, last.get(row.id), grounds.get(row.id)) for row in rows]


@dataclass(frozen=True)
class Working:
    """A person's credential that works, as far as numbers need it: no name and no token."""

    account_id: UUID
    method: str


def working(session: Session, account_ids: Iterable[UUID]) -> list[Working]:
    """People's credentials that work, by the rule of :attr:`CredentialView.works`."""
    of_people = Credential.account_id.in_(account_ids) & Credential.user_id.is_not(None)
    rows = list(session.execute(select(*COUNTED).where(of_people)))
    last = last_words(session, [row.id for row in rows])
    grounds = grounds_of(session, rows)
    states = [(row, state_of(row, last.get(row.id), grounds.get(row.id))[0]) for row in rows]
    return [Working(row.account_id, row.method) for row, state in states if state not in BROKEN]


def _view(row: Credential, refusal: str | None, ground: Ground | None) -> CredentialView:
    state, code = state_of(row, refusal, ground)
    view = CredentialView(
        id=row.id,
        account_id=row.account_id,
        user_id=row.user_id,
        method=row.method,
        login=row.login,
        state=state,
        code=code,
        display_name=row.jira_display_name or row.jira_name,
        email=row.jira_email,
        jira_name=row.jira_name,
        connected_by=row.connected_by,
        connected_at=row.connected_at,
        # The token of one that only sends is got anew whenever it is used.
        expires_at=None if row.method == TWO_LEGGED else row.expires_at,
        serves_until=row.serves_until,
        renewable_until=row.authorization_expires_at,
    )
    return _resting(view, ground) if ground else view


def _resting(view: CredentialView, ground: Ground) -> CredentialView:
    scopes = frozenset(ground.grant.scopes)
    return replace(
        view,
        renewable_until=idle_end(ground.grant.refreshed_at),
        grant_id=ground.grant.id,
        # Those of Jira Data Center say nothing of single features: everything the person may.
        scopes=scopes if ground.has_site else None,
        missing=tuple(sorted(ground.asked - scopes)),
        sites=tuple(ground.grant.sites),
    )
