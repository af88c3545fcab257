"""Small things that tests about people share."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from portal.audit import log
from portal.people import sign_ins
from portal.store.tables import AuditEvent, PortalAuditEvent, User
from portal.store.work import Work

LIMITS = sign_ins.Limits(idle=timedelta(minutes=120), longest=timedelta(hours=12))
GOOD = "violin harbour cactus meteor"


def events(work: Work, subject_id=None) -> list[str]:
    """The names of the audit lines in the work's chain (about one person or thing), after checking it."""
    table = AuditEvent if work.tenant_id else PortalAuditEvent
    query = select(table.event).order_by(table.seq)
    if subject_id:
        query = query.where(table.subject_id == subject_id)
    with work.read() as session:
        broken = log.verify(session)[1]
        assert broken is None, [
            (row.seq, row.event, row.outcome, row.at, row.details)
            for row in session.scalars(select(table).where(table.seq.between(broken - 1, broken + 1)))
        ]
        return list(session.scalars(query))


def enter(nobody: Work, someone) -> tuple[sign_ins.Visitor, Work]:
    """Sign somebody in: the visitor, and their work in no tenant."""
    started = sign_ins.start(nobody, someone.email, someone.password, "a browser", "192.0.2.7")
    assert started is not None
    visitor = sign_ins.find(nobody, started[0], LIMITS)
    actor = replace(someone.actor, sign_in_id=visitor.sign_in_id)
    return visitor, replace(nobody, actor=actor)


def set_user(work: Work, user_id, **values) -> None:
    """Change a person's row behind the portal's back."""
    with work.within(None).write() as session:
        user = session.get(User, user_id)
        for name, value in values.items():
            setattr(user, name, value)


def at_once(calls: list[Callable[[], object]]) -> Counter:
    """Run all calls at once, one thread each; how many ended in what (``ok`` or the error's name)."""
    gate, ends = threading.Barrier(len(calls)), Counter()

    def run(call: Callable[[], object]) -> None:
        gate.wait()
        try:
            call()
            ends["ok"] += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is counted
            ends[type(error).__name__] += 1

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ends
