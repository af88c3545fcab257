"""What breaks by itself: a row that fails after it was well, or that warns after it was proved, is recorded,
shown on home, and mailed once; once a day at most where it comes and goes.

A row is broken from the look that found it failed until one that finds it well; while it waits for another
row, or cannot be known, nothing is known to have changed. What warns from its first look on is no news. What
may pass by itself, like a Jira that is down for a night, is mailed only when a second look an hour later
finds it still.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal import mail
from portal.alm_accounts.account_views import AccountView, view_of_account
from portal.alm_accounts.parts import parts_of
from portal.audit.log import record
from portal.checklist.outcome import Outcome, State
from portal.checklist.rows import BY_NAME
from portal.checklist.told import ONCE_IN, note_told, told_lately
from portal.credentials.problems import PROBLEMS
from portal.people.concerned import concerned, who_can_sign_in
from portal.store import due
from portal.store.tables import AlmAccount, Check, CheckChange, CheckRun, Tenant
from portal.store.work import Work

SECOND_LOOK = "check_again"  # the kind of due work
LOOK_AGAIN_AFTER = timedelta(hours=1)
NEVER = "never"
_WELL = frozenset({State.PROVED, State.WARNING})
_TOLD = frozenset({State.FAILED, State.WARNING})


def note(session: Session, work: Work, check: Check, was: str | None, found: Outcome, now: datetime) -> None:
    """Record that a row broke, is well again, or is no longer proved; ``was`` is its state before, None when
    there was none."""
    before = _before(check, was, found, now)
    if before is None:
        return
    record(
        session,
        work,
        "checklist.changed",
        outcome="failed" if found.state is State.FAILED else "ok",
        account_id=check.account_id,
        row=check.row,
        before=before,
        after=str(found.state),
        code=found.code,
    )


def _before(check: Check, was: str | None, found: Outcome, now: datetime) -> str | None:
    """What the row was before it changed; None where there is nothing to record. Keeps what is to be told."""
    if found.state is State.FAILED and check.broken_since is None:
        check.broken_since, check.told_at = now, None
        return was or NEVER
    if found.state is State.WARNING and check.broken_since is None:
        if check.proved_at is None and check.told_at is None:
            check.told_at = now  # so it is from the first look on: no news
        return was if check.told_at is None and was != State.WARNING else None
    if found.state in _WELL:
        was_broken = check.broken_since is not None
        check.broken_since, check.told_at = None, None if found.state is State.PROVED else now
        return str(State.FAILED) if was_broken else None
    return None


def tell(
    session: Session, work: Work, run: CheckRun, checks: Iterable[Check], now: datetime, *, is_quiet: bool
) -> None:
    """At the end of a run tell the admins of what got worse and was not told: one message for many rows.

    Not of a draft, not of what never was well, and not after a run that somebody looks at: what that one
    found is told after the next that ``is_quiet``, if it is so still. What comes and goes is told when a day
    is over since it was told last, or along with something else. Nothing is sent while mail is off, nor
    later.
    """
    account = session.get_one(AlmAccount, (run.tenant_id, run.account_id))
    if account.saved_at is None:
        return
    untold = [check for check in checks if check.state in _TOLD and check.told_at is None]
    untold = [check for check in untold if _was_well(session, check)]
    later = [check for check in untold if _may_pass(check, now)]
    worse = [check for check in untold if check not in later]
    lately = told_lately(session, account.id, now) if worse else {}
    looks = [_began(check) + LOOK_AGAIN_AFTER for check in later]
    if all(check.row in lately for check in worse):
        looks += [lately[check.row] + ONCE_IN for check in worse]
        worse = []
    if looks:
        due.put(session, SECOND_LOOK, account.id, min(looks), run.tenant_id)
    if not is_quiet:
        return
    for check in worse:
        check.told_at = now
    if worse and mail.is_on(session):
        _write(session, run, account, _in_order(worse))
        note_told(session, work, account.id, [check.row for check in worse])


def _was_well(session: Session, check: Check) -> bool:
    """Whether it ever was: else it works as it did."""
    if check.proved_at is not None:
        return True
    warned = or_(CheckChange.was == State.WARNING, CheckChange.now == State.WARNING)
    of_row = (CheckChange.account_id == check.account_id, CheckChange.row == check.row)
    return session.scalar(select(CheckChange.id).where(*of_row, warned).limit(1)) is not None


def _began(check: Check) -> datetime:
    return check.broken_since or check.since


def _may_pass(check: Check, now: datetime) -> bool:
    """Whether it may be over in an hour without anybody doing anything."""
    known = PROBLEMS.get(check.code or "")
    is_new = now - _began(check) < LOOK_AGAIN_AFTER
    return known is not None and known.retry and is_new


def _in_order(checks: Sequence[Check]) -> list[Check]:
    order = list(BY_NAME)
    return sorted(checks, key=lambda check: order.index(check.row) if check.row in order else len(order))


def _write(session: Session, run: CheckRun, row: AlmAccount, worse: Sequence[Check]) -> None:
    tenant = session.get_one(Tenant, run.tenant_id)
    if tenant.is_closed:
        return
    account = view_of_account(row, parts_of(session, [row.id], None)[row.id])
    page = mail.link(session, f"/t/{tenant.slug}/alm-accounts/{row.id}/checklist")
    letter = message(tenant.name, account, worse, page)
    first, people = worse[0], who_can_sign_in(session, run.tenant_id)
    for user_id in concerned(people, None, None):
        if user_id != run.asked_by:
            once = f"drift {row.id.hex} {first.row[:24]} {_began(first):%y%m%d%H%M%S%f} {user_id.hex}"
            mail.queue(session, once, people[user_id][0].email, *letter)


def message(tenant: str, account: AccountView, worse: Sequence[Check], page: str) -> tuple[str, str]:
    """Subject and text of a message about rows that broke or now warn: what, who can mend it and how, where
    to look."""
    broken = [check for check in worse if check.state == State.FAILED]
    warns = [check for check in worse if check not in broken]
    pieces = []
    if broken:
        several = "Several things" if len(broken) > 1 else "Something"
        pieces += [f"{several} that {account.name} of {tenant} needs to work with Jira broke."]
        pieces += [_lines(account, check) for check in broken]
    if warns:
        several = "Several things need" if len(warns) > 1 else "Something needs"
        pieces += [f"{several} a look at {account.name} of {tenant}: it works, and was better before."]
        pieces += [_lines(account, check) for check in warns]
    pieces += [f"The whole checklist, and a button to look again when it is mended:\n{page}"]
    pieces += [f"You are told once. {_how_it_ends(worse)}"]
    ending = "does not work as it did" if broken else "needs a look"
    return f"{account.name} at {tenant} {ending}", "\n\n".join(pieces) + "\n"


def _how_it_ends(worse: Sequence[Check]) -> str:
    """Whether the rows turn green by themselves: what sends something to be refused is never sent unasked."""
    known = [BY_NAME[check.row] for check in worse if check.row in BY_NAME]
    asked = [row.title for row in known if row.control]
    if not asked:
        return "When it is mended, the checklist turns green by itself at its next nightly run."
    by_hand = f"“{asked[0]}” is looked at only when somebody asks: when it is mended, press Try again."
    rest = " All else turns green by itself at the next nightly run." if len(worse) > len(asked) else ""
    return by_hand + rest


def _lines(account: AccountView, check: Check) -> str:
    title = BY_NAME[check.row].title if check.row in BY_NAME else check.row
    known = account.trouble(check.code, check.evidence) if check.code else None
    if known is None:
        return title
    return f"{title}: {known.title}.\n{known.cause}\nWho can mend it: {known.owner}.\n{known.fix}"


@dataclass(frozen=True)
class Standing:
    """How an account's checklist stands: ``broken`` are the titles of rows that failed, in order, and since
    when the first of them is; ``to_look_at`` counts those that are neither proved nor broken; ``worse`` are
    the titles of those that warn and were proved before."""

    broken: tuple[str, ...]
    since: datetime | None
    to_look_at: int
    worse: tuple[str, ...] = ()


def standings(work: Work, account_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """How the checklists of these accounts stand; none for one that was never gone through."""
    with work.read() as session:
        rows = session.scalars(select(Check).where(Check.account_id.in_(account_ids)))
        checks: dict[UUID, list[Check]] = defaultdict(list)
        for row in rows:
            checks[row.account_id].append(row)
    return {account_id: _standing(found) for account_id, found in checks.items()}


def _standing(checks: Sequence[Check]) -> Standing:
    broken = [check for check in checks if check.state == State.FAILED]
    worse = [check for check in checks if check.state == State.WARNING and check.proved_at is not None]
    since = min((_began(check) for check in broken), default=None)
    proved = sum(check.state == State.PROVED for check in checks)
    return Standing(_titles(broken), since, len(checks) - proved - len(broken), _titles(worse))


def _titles(checks: Sequence[Check]) -> tuple[str, ...]:
    return tuple(BY_NAME[one.row].title if one.row in BY_NAME else one.row for one in _in_order(checks))
