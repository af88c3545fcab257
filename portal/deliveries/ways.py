"""How the way to Jira stands for each account that delivers: what waits, what stops it, who paused it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.credentials import waiting_deliveries
from portal.credentials.delivery_ways import is_asked_for
from portal.credentials.problem import Problem
from portal.credentials.problems import problem
from portal.credentials.waiting_deliveries import Waiting, oldest, waiting_of, with_permissions
from portal.deliveries.data_kinds import DATA_KINDS, DataKind
from portal.jira.base_urls import BaseUrl
from portal.kinds.sent_data import OPERATION
from portal.people import users
from portal.store.tables import AlmAccount, Delivery, DeliveryWay, OauthApp, ProgramKey, ProgramKeyAccount
from portal.store.work import Work, now_of

NAMELESS = "somebody who is gone"


@dataclass(frozen=True)
class LeftOutKind:
    """A kind of data that does not go though others do, with how many wait; tried again at ``until``, where
    that is by itself."""

    kind: DataKind
    waiting: int
    trouble: Problem
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class WayView:
    """An account's way to Jira. ``waiting`` deliveries, of which the first waits since ``oldest``.

    ``trouble`` stops them all since ``troubled_since`` and is tried again at ``retry_at``, not before where
    ``jira_asked``; ``left_out``, by name, are kinds that alone do not go. ``paused_by`` is a name.
    ``answered_at``: when Jira last took a call.
    """

    account_id: UUID
    account_name: str
    site: str
    is_saved: bool
    waiting: int
    oldest: datetime | None
    paused_at: datetime | None
    paused_by: str
    trouble: Problem | None
    troubled_since: datetime | None
    retry_at: datetime | None
    jira_asked: bool
    left_out: Mapping[str, LeftOutKind]
    answered_at: datetime | None

    @property
    def state(self) -> str:
        """One word: ``draft``, ``paused``, ``stopped`` or ``sending``."""
        if not self.is_saved:
            return "draft"
        return "paused" if self.paused_at else "stopped" if self.trouble else "sending"


@dataclass(frozen=True)
class Standing:
    """What there is: accounts that deliver, whether a program may send to one, whether anything ever came."""

    ways: tuple[WayView, ...]
    has_key: bool
    has_any: bool


def standing(work: Work) -> Standing:
    """How deliveries stand in the tenant."""
    with work.read() as session:
        rows = session.execute(_accounts()).all()
        waiting = {account.id: waiting_of(session, account.id) for account, _, _ in rows}
        has_key, has_any = _has_key(session), session.scalar(select(Delivery.id).limit(1)) is not None
    names = users.names(work, {way.paused_by for _, way, _ in rows if way.paused_by})
    ways = tuple(_view(account, way, scopes, waiting[account.id], names) for account, way, scopes in rows)
    return Standing(ways, has_key, has_any)


def _accounts() -> Select[AlmAccount, DeliveryWay, list[str] | None]:
    mine = (DeliveryWay.tenant_id == AlmAccount.tenant_id) & (DeliveryWay.account_id == AlmAccount.id)
    columns = (AlmAccount, DeliveryWay, OauthApp.scopes)
    return with_permissions().join(AlmAccount, mine).with_only_columns(*columns).order_by(AlmAccount.name)


def _has_key(session: Session) -> bool:
    same = (ProgramKey.tenant_id == ProgramKeyAccount.tenant_id) & (ProgramKey.id == ProgramKeyAccount.key_id)
    live = select(ProgramKey.operations).join(ProgramKeyAccount, same).where(ProgramKey.revoked_at.is_(None))
    delivers = ProgramKeyAccount.account_id.in_(select(DeliveryWay.account_id))
    found = session.scalars(live.where(ProgramKey.ends_at > now_of(session), delivers))
    return any(OPERATION in operations for operations in found)


def _view(
    account: AlmAccount,
    way: DeliveryWay,
    scopes: list[str] | None,
    waiting: Mapping[str, Waiting],
    names: Mapping[UUID, str],
) -> WayView:
    return WayView(
        account_id=account.id,
        account_name=account.name,
        site=account.base_url or "",
        is_saved=account.saved_at is not None,
        waiting=sum(one.count for one in waiting.values()),
        oldest=oldest(waiting),
        paused_at=way.paused_at,
        paused_by=names.get(way.paused_by, NAMELESS) if way.paused_by else NAMELESS,
        trouble=trouble_of(account, way),
        troubled_since=way.troubled_since,
        retry_at=way.retry_at,
        jira_asked=is_asked_for(way),
        left_out=_left_out(way, scopes, waiting),
        answered_at=way.answered_at,
    )


def _left_out(
    way: DeliveryWay, scopes: list[str] | None, waiting: Mapping[str, Waiting]
) -> dict[str, LeftOutKind]:
    found = {}
    for name, why in waiting_deliveries.left_out(way, scopes, waiting).items():
        kind = DATA_KINDS[name]
        told = problem(why.code, {"missing": kind.permission}, is_cloud=True, only_sends=True)
        count = waiting[name].count if name in waiting else 0
        found[name] = LeftOutKind(kind, count, told, why.since, why.until)
    return found


def trouble_of(account: AlmAccount, way: DeliveryWay) -> Problem | None:
    """What stops everything of an account, from the catalogue; None where nothing does."""
    if way.trouble is None:
        return None
    host = {"host": BaseUrl.stored(account.base_url).host} if account.base_url else {}
    return problem(way.trouble, {**host, **way.evidence}, is_cloud=True, only_sends=True)
