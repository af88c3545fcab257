"""What is known here about an account before anything is called: read at one moment, for one run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alm_accounts.account_views import AccountView, view_of_account
from portal.alm_accounts.accounts import get_account
from portal.alm_accounts.endings import Ending, what_ends
from portal.alm_accounts.held_credentials import held_of
from portal.alm_accounts.parts import parts_of
from portal.checklist.who import has_second_person, own_is_also
from portal.credentials.connections import Connection, read_connection
from portal.errors import NotHere
from portal.jira.base_urls import BaseUrl
from portal.store.tables import Board, FieldMapping, Tenant
from portal.store.work import Work

# Consents that were begun and never came back count for so long.
FLOWS_SINCE = timedelta(days=7)


@dataclass(frozen=True)
class KeptBoard:
    """A board kept here that has to be there in Jira too: Jira's id, our name, and Jira's at that time."""

    id: int
    name: str
    jira_name: str


@dataclass(frozen=True)
class KeptField:
    """A field of that Jira that was mapped to a role."""

    id: str
    name: str
    role: str


@dataclass(frozen=True)
class Scene:
    """``connection`` is None while the account is not complete. ``own_is_also`` are people here who are the
    very Jira user the account acts as, and ``has_second_person`` says whether another one is connected as
    another; ``connect_path`` is the page on which a member connects. ``endings`` is what has an end.
    ``portal_url`` is this portal's address now, ``portal_url_then`` the one at the last consent.

    ``by_person``: somebody asked for this run; only then is a spoiled credential sent.
    ``asks_who_it_is``: whoever began it wants to know who the account is.
    """

    account: AccountView
    connection: Connection | None
    fields: Sequence[KeptField]
    boards: Sequence[KeptBoard]
    own_is_also: tuple[UUID, ...]
    has_second_person: bool
    connect_path: str
    endings: Sequence[Ending]
    portal_url: str
    portal_url_then: str | None
    by_person: bool
    now: datetime
    asks_who_it_is: bool = False

    @property
    def resends(self) -> bool:
        """Whether a password that was refused is sent again."""
        return self.by_person and self.asks_who_it_is

    @property
    def base_url(self) -> BaseUrl | None:
        """The Jira as browsers reach it; None while none was entered."""
        return BaseUrl.stored(self.account.base_url) if self.account.base_url else None


def read_scene(work: Work, account_id: UUID, portal_url: str, now: datetime, *, by_person: bool) -> Scene:
    """Everything the rows need from here. Raises :class:`NotHere` for an account that is gone."""
    with work.read() as session:
        row = get_account(session, account_id)
        account = view_of_account(row, parts_of(session, [account_id], None)[account_id])
        return Scene(
            account=account,
            connection=_connection(session, account),
            fields=_fields(session, account_id),
            boards=_boards(session, account_id),
            own_is_also=own_is_also(session, account),
            has_second_person=has_second_person(session, account),
            connect_path=_connect_path(session, work, account_id),
            endings=what_ends(account, held_of(session, [account_id]), now),
            portal_url=portal_url,
            portal_url_then=row.portal_url,
            by_person=by_person,
            now=now,
        )


def _connection(session: Session, account: AccountView) -> Connection | None:
    method = account.own.method if account.own else account.kind.account_by[-1]
    try:
        return read_connection(session, account.id, method)
    except NotHere:
        return None


def _connect_path(session: Session, work: Work, account_id: UUID) -> str:
    slug = session.get_one(Tenant, work.tenant).slug
    return f"/t/{slug}/profile/alm-credentials/{account_id}"


def _fields(session: Session, account_id: UUID) -> list[KeptField]:
    rows = session.scalars(select(FieldMapping).where(FieldMapping.account_id == account_id))
    return [KeptField(row.field_id, row.field_name, row.role) for row in rows]


def _boards(session: Session, account_id: UUID) -> list[KeptBoard]:
    rows = session.scalars(select(Board).where(Board.account_id == account_id).order_by(Board.name))
    return [KeptBoard(row.jira_board_id, row.name, row.jira_board_name) for row in rows]
