"""Program keys: what they may do, as admins see them, and revoking them.

A key belongs to the tenant: whoever made it may leave, and it goes on. Of its secret a hash is kept.
:mod:`portal.programs.making` makes one; nothing of a key is changed later but its end.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import record
from portal.errors import NotHere, Refused
from portal.kinds import KINDS, sent_data
from portal.kinds.shape import Kind
from portal.programs import key_texts
from portal.store.tables import AlmAccount, Membership, ProgramKey, ProgramKeyAccount, User
from portal.store.work import Work

READ_ACCOUNTS = "accounts:read"
READ_CREDENTIALS = "credentials:read"
READ_PROXY = "proxy:read"
WRITE_PROXY = "proxy:write"
WRITE_DELIVERIES = sent_data.OPERATION
# What a key may do, in words. Where a key may write by the proxy, it may read by it too: it holds both.
OPERATIONS = {
    READ_ACCOUNTS: "List the accounts, with their state",
    READ_CREDENTIALS: "Get the token or password of an account, to send requests to Jira with it directly",
    READ_PROXY: "Read Jira through this portal",
    WRITE_PROXY: "Read and change Jira through this portal",
    WRITE_DELIVERIES: "Send builds, deployments, feature flags and development information to these "
    "accounts, and read what became of them",
}
SOON = timedelta(days=30)
REVOKED_ALREADY = "This key was revoked before. Nothing was changed."


@dataclass(frozen=True)
class KeyAccount:
    """An ALM account that a key is for, or can be made for. ``read_only``: it lets nothing be changed, so it
    gives out no token, by which anything could be."""

    id: UUID
    name: str
    kind: Kind
    read_only: bool


@dataclass(frozen=True)
class KeyView:
    """A key as admins see it, without its secret.

    ``beginning`` is what it begins with; ``maker`` is None where nobody of that id is known any more.
    ``paths`` are patterns of Jira's paths, for :attr:`is_for_proxy` only; without ``networks`` (CIDR) it is
    taken from anywhere.
    ``state``: live, ends_soon, ended or revoked. ``days_left`` counts begun days.
    """

    id: UUID
    name: str
    beginning: str
    accounts: tuple[KeyAccount, ...]
    operations: tuple[str, ...]
    paths: tuple[str, ...]
    networks: tuple[str, ...]
    maker: str | None
    has_maker_left: bool
    made_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    state: str
    days_left: int

    @property
    def is_live(self) -> bool:
        """Whether programs can use it."""
        return self.state in ("live", "ends_soon")

    @property
    def may(self) -> dict[str, str]:
        """Its operations, in words; without those that only another version of the portal knows."""
        return {name: words for name, words in OPERATIONS.items() if name in self.operations}

    @property
    def is_for_proxy(self) -> bool:
        """Whether programs with it send requests to Jira through the portal."""
        return not {READ_PROXY, WRITE_PROXY}.isdisjoint(self.operations)


def keys(work: Work) -> list[KeyView]:
    """All keys of the tenant: those that work, the next to end first, then the others, the newest first."""
    with work.read() as session:
        found = _views(session, _with_makers())
    live = sorted((one for one in found if one.is_live), key=lambda one: (one.ends_at, one.name))
    over = sorted((one for one in found if not one.is_live), key=lambda one: one.made_at, reverse=True)
    return live + over


def key(work: Work, key_id: UUID) -> KeyView:
    """One key; :class:`NotHere` when it is not this tenant's."""
    with work.read() as session:
        return key_in(session, key_id)


def key_in(session: Session, key_id: UUID) -> KeyView:
    """One key of the session's tenant, or :class:`NotHere`."""
    found = _views(session, _with_makers().where(ProgramKey.id == key_id))
    if not found:
        raise NotHere
    return found[0]


def is_same_name(one: str, other: str) -> bool:
    """Whether two names of keys are one to people, who do not tell them apart by capitals."""
    return one.casefold() == other.casefold()


def live_of_name(work: Work, name: str) -> list[KeyView]:
    """The keys of that name which work, the older one first: two where one is to replace the other."""
    with work.read() as session:
        named = session.execute(select(ProgramKey.id, ProgramKey.name))
        ids = [key_id for key_id, other in named if is_same_name(name, other)]
        found = _views(session, _with_makers().where(ProgramKey.id.in_(ids)))
    return sorted((one for one in found if one.is_live), key=lambda one: one.made_at)


def revoke(work: Work, key_id: UUID) -> None:
    """End a key now, for good: the very next request with it is refused.

    Raises :class:`NotHere` when it is not this tenant's, :class:`Refused` when it was revoked before.
    """
    with work.write() as session:
        row = session.get(ProgramKey, (work.tenant, key_id), with_for_update=True)
        if row is None:
            raise NotHere
        if row.revoked_at is not None:
            raise Refused(REVOKED_ALREADY)
        row.revoked_at = clock.now()
        record(session, work, "program_key.revoked", subject_id=key_id)


def _with_makers() -> Select[ProgramKey, str, UUID]:
    belongs = (Membership.tenant_id == ProgramKey.tenant_id) & (Membership.user_id == ProgramKey.made_by)
    return (
        select(ProgramKey, User.name, Membership.user_id)
        .outerjoin(User, User.id == ProgramKey.made_by)
        .outerjoin(Membership, belongs)
    )


def _views(session: Session, wanted: Select[ProgramKey, str, UUID]) -> list[KeyView]:
    rows, now = session.execute(wanted).all(), clock.now()
    accounts = _accounts(session, [row.id for row, _, _ in rows])
    return [_view(row, accounts[row.id], maker, member is None, now) for row, maker, member in rows]


def _accounts(session: Session, key_ids: Collection[UUID]) -> dict[UUID, list[KeyAccount]]:
    same = (AlmAccount.tenant_id == ProgramKeyAccount.tenant_id) & (
        AlmAccount.id == ProgramKeyAccount.account_id
    )
    wanted = (
        select(
            ProgramKeyAccount.key_id, AlmAccount.id, AlmAccount.name, AlmAccount.kind, AlmAccount.read_only
        )
        .join(AlmAccount, same)
        .where(ProgramKeyAccount.key_id.in_(key_ids))
        .order_by(AlmAccount.name)
    )
    found: dict[UUID, list[KeyAccount]] = defaultdict(list)
    for key_id, account_id, name, kind, read_only in session.execute(wanted):
        found[key_id].append(KeyAccount(account_id, name, KINDS[kind], read_only))
    return found


def _view(
    row: ProgramKey, accounts: Iterable[KeyAccount], maker: str | None, has_left: bool, now: datetime
) -> KeyView:
    left = row.ends_at - now
    state = "revoked" if row.revoked_at else "ended" if left <= timedelta() else "live"
    return KeyView(
        id=row.id,
        name=row.name,
        beginning=key_texts.beginning_of(row.tenant_id, row.id),
        accounts=tuple(accounts),
        operations=tuple(row.operations),
        paths=tuple(row.paths),
        networks=tuple(row.networks),
        maker=maker,
        has_maker_left=has_left,
        made_at=row.made_at,
        ends_at=row.ends_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        state="ends_soon" if state == "live" and left <= SOON else state,
        days_left=-(-left // timedelta(days=1)),
    )
