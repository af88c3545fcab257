"""Telling people by mail what will end, 30, 14, 7 and 1 days before, each time once.

What was told stands in the tenant's audit, so that it is told once however often this runs. The list of what
ends is made anew each time: of what was replaced meanwhile nobody is told.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock, mail
from portal.alm_accounts.account_views import view_of_account
from portal.alm_accounts.endings import MINE, Ending, of_keys, what_ends
from portal.alm_accounts.ends_of_keys import ends_of_keys
from portal.alm_accounts.held_credentials import held_of
from portal.alm_accounts.parts import parts_of
from portal.audit.log import About, record
from portal.people.concerned import concerned, who_can_sign_in
from portal.store.tables import AlmAccount, AuditEvent, Tenant, User
from portal.store.work import Work

KIND = "endings"  # the kind of due work
EVERY = timedelta(days=1)
EVENT = "ending.warned"
DAYS_BEFORE = (1, 7, 14, 30)
ADVISED_DAYS_BEFORE = (30,)

Told = tuple[UUID | None, str, str, int]


def warn(work: Work) -> None:
    """Queue what is to be told in this tenant now: to each person one message. Nothing while mail is off."""
    with work.write() as session:
        # Of two at once, the later one sees what the earlier told. Rows that name the tenant may be made.
        tenant = session.get_one(Tenant, work.tenant, with_for_update={"key_share": True})
        if not mail.is_on(session) or tenant.is_closed:
            return
        now, members = clock.now(), who_can_sign_in(session, work.tenant)
        coming = [(one, days) for one in _endings(session, now) if (days := days_before(one, now))]
        told = _told(session, [one.subject_id for one, _ in coming])
        letters: dict[UUID, list[tuple[Ending, int]]] = defaultdict(list)
        for one, days in coming:
            people = concerned(members, one.user_id, one.authorised_by)
            if not people or _name(one, days) in told:
                continue
            about = About(account_id=one.account_id, subject_id=one.subject_id)
            record(session, work, EVENT, **about, what=one.kind, ends=_date(one), days=days)
            for user_id in people:
                letters[user_id].append((one, days))
        for user_id, endings in letters.items():
            _queue(session, tenant, members[user_id][0], endings, now)


def days_before(one: Ending, now: datetime) -> int | None:
    """Which warning this is due for, by the days before the end; None for none.

    Of several that were missed only the nearest. A refused client secret stops everything within the hour
    and is told at once; one of the operator's is not for anybody in the tenant to mend.
    """
    if one.kind == "client_secret":
        return None if one.is_shared else min(DAYS_BEFORE)
    left = one.ends_at - now
    steps = ADVISED_DAYS_BEFORE if one.words.is_advice else DAYS_BEFORE
    if left <= timedelta():
        return None
    return next((days for days in steps if left <= timedelta(days=days)), None)


def _endings(session: Session, now: datetime) -> list[Ending]:
    rows = session.scalars(select(AlmAccount).where(AlmAccount.saved_at.is_not(None))).all()
    ids = [row.id for row in rows]
    parts, held = parts_of(session, ids, None), held_of(session, ids)
    found = [one for row in rows for one in what_ends(view_of_account(row, parts[row.id]), held, now)]
    found += of_keys(ends_of_keys(session, ids, now))
    return sorted(found, key=lambda one: (one.ends_at, one.account_name, one.subject_id))


def _told(session: Session, subjects: Iterable[UUID]) -> set[Told]:
    wanted = select(AuditEvent.subject_id, AuditEvent.details).where(
        AuditEvent.event == EVENT, AuditEvent.subject_id.in_(set(subjects))
    )
    return {
        (subject_id, details["what"], details["ends"], details["days"])
        for subject_id, details in session.execute(wanted)
    }


def _name(one: Ending, days: int) -> Told:
    return one.subject_id, one.kind, _date(one), days


def _date(one: Ending) -> str:
    return one.ends_at.date().isoformat()


def _queue(
    session: Session, tenant: Tenant, user: User, endings: list[tuple[Ending, int]], now: datetime
) -> None:
    first, days = endings[0]
    once = f"ends {first.subject_id.hex} {first.ends_at:%Y%m%d} {days} {user.id.hex}"
    lines = [_lines(session, tenant, user, one, now) for one, _ in endings]
    mail.queue(session, once, user.email, *warning(tenant.name, lines))


def _lines(session: Session, tenant: Tenant, user: User, one: Ending, now: datetime) -> str:
    """One end as a message tells it, with the page on which it is mended."""
    if one.user_id is not None:
        one = replace(one, whose=MINE)
    # The day of the former way is one for everybody, as the pages name it.
    day = one.ends_at if one.kind == "old_way" else one.ends_at.astimezone(ZoneInfo(user.time_zone))
    left = (one.ends_at - now).days
    when = "within a day" if left < 1 else "in 1 day" if left == 1 else f"in {left} days"
    verb = "is best replaced by" if one.words.is_advice else "ends on"
    page = mail.link(session, f"/t/{tenant.slug}/{one.path}")
    return (
        f"{one.account_name}, {one.words.title}: {verb} {day.day} {day:%B %Y} ({when}).\n"
        f"{one.words.by_itself}\n{one.words.todo}\n{page}"
    )


def warning(tenant: str, lines: list[str]) -> tuple[str, str]:
    """Subject and text of a message about what ends soon."""
    what = "\n\n".join(lines)
    text = f"""Something that connects {tenant} with Jira ends soon, and you can do something about it.

{what}

What has been renewed since needs nothing more. The whole list stands on the first page of {tenant}.
"""
    return f"What ends soon at {tenant}", text
