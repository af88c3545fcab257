"""What came of a call: what Jira said of each delivery, or what stopped all of an account or of a kind."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.audit.log import About, record
from portal.credentials.delivery_ways import (
    DELIVER_AGAIN,
    MISSING,
    clear_trouble,
    deliver_soon,
    go_on,
    leave_out,
    let_in,
)
from portal.credentials.failures_in_use import look_soon
from portal.deliveries.answers import Outcome
from portal.deliveries.batches import Batch, held_by_us, waiting_of
from portal.deliveries.data_kinds import DataKind
from portal.deliveries.outcomes import FAILED, IGNORED, outcome_of
from portal.deliveries.superseding import older_ones
from portal.jira.answers import Code, JiraTrouble
from portal.store import due
from portal.store.tables import Delivery, DeliveryWay
from portal.store.tables.deliveries import MOST_IN_A_CALL
from portal.store.work import Work, now_of

MOST_IN_A_ROW = 20  # single items that Jira refuses one after the other, before it is not they
TROUBLES = ("not_sent", "refused_together")  # steps that may come any number of times
LONGEST_PAUSE, LASTING_PAUSE = 300, 900  # seconds; after what passes, and after what somebody has to mend
# A page or half an answer once is mostly something on the way; it is tried again as soon as what passes.
_MAY_PASS = frozenset({Code.BROKEN_ANSWER, Code.HTML_INSTEAD_OF_JSON, Code.BAD_REQUEST})


def answered(work: Work, batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """Jira took the call: what it said of each item is its end."""
    with work.write() as session:
        way = held_by_us(session, batch)
        if way is None:
            return
        now = now_of(session)
        _goes_on(session, work, way, batch.kind)
        way.answered_at, way.batch_size = now, min(MOST_IN_A_CALL, way.batch_size * 2)
        rows = waiting_of(session, batch)
        older = older_ones(session, batch.account_id, rows.values())
        for delivery_id, body, said in zip(batch.ids, batch.bodies, outcomes, strict=True):
            if row := rows.get(delivery_id):
                named, is_older = batch.kind.keys_of(body), delivery_id in older
                row.outcome = outcome_of(said.state, said.unknown_keys, named, is_older=is_older)
                _end(row, said, now)
        _told(session, work, batch, Counter(row.state for row in rows.values()))
        go_on(session, way)


def _goes_on(session: Session, work: Work, way: DeliveryWay, kind: DataKind | None = None) -> None:
    """Jira answered a call of the account again, whatever it said of what was in it; and let ``kind`` in."""
    if way.trouble is not None:
        record(session, work, "deliveries.going_on", account_id=way.account_id)
    clear_trouble(way)
    if kind is not None:
        let_in(session, work, way, [kind.name])


def _end(row: Delivery, said: Outcome, now: datetime) -> None:
    """Its outcome is known already."""
    row.state, row.finished_at, row.attempts = said.state, now, row.attempts + 1
    row.reasons, row.unknown_keys = list(said.reasons), list(said.unknown_keys)
    row.steps = with_step(row.steps, "sent", now, code=IGNORED if row.outcome == IGNORED else said.state)


def _told(session: Session, work: Work, batch: Batch, counts: Mapping[str, int]) -> None:
    """One line of the audit for a call, with numbers only."""
    states = ("accepted", "rejected", "unanswered", "failed")
    details: dict[str, Any] = {state: counts.get(state, 0) for state in states}
    outcome = "ok" if details["accepted"] == sum(details.values()) else "failed"
    about = About(account_id=batch.account_id, subject_id=None)
    record(session, work, "deliveries.answered", outcome=outcome, **about, kind=batch.kind.name, **details)


def refused(work: Work, batch: Batch, trouble: JiraTrouble) -> None:
    """Jira refused the call because of what is in it: smaller calls find out what; the one to blame fails."""
    with work.write() as session:
        way = held_by_us(session, batch)
        if way is None:
            return
        way.batch_size = max(1, len(batch.ids) // 2)
        if len(batch.ids) == 1:
            _blamed(session, work, way, batch, trouble)
        else:
            _goes_on(session, work, way, batch.kind)
            for row in waiting_of(session, batch).values():
                row.attempts += 1
                code = str(trouble.code)
                row.steps = with_step(row.steps, "refused_together", now_of(session), code=code)
        go_on(session, way)
        deliver_soon(session)  # the tenant's other accounts, where this one is held up


def _blamed(session: Session, work: Work, way: DeliveryWay, batch: Batch, trouble: JiraTrouble) -> None:
    """The only one in the call fails. Where one after the other does it is not they: then the account is held
    up, and tries one at a time."""
    rows = waiting_of(session, batch)
    for row in rows.values():
        reason = trouble.evidence.get("message") or f"Jira refused the call: {trouble}"
        row.outcome = FAILED
        _end(row, Outcome(FAILED, (reason,), ()), now_of(session))
    _told(session, work, batch, Counter(row.state for row in rows.values()))
    in_a_row = way.attempts + 1 if way.trouble in (None, str(trouble.code)) else 1
    if in_a_row < MOST_IN_A_ROW:
        _goes_on(session, work, way, batch.kind)
    else:
        _hold_up(session, work, way, str(trouble.code), trouble, LASTING_PAUSE)
    way.attempts = in_a_row


def not_sent(work: Work, batch: Batch) -> None:
    """Our time for it was over before it was sent: it waits as before, for whoever is next."""
    with work.write() as session:
        if way := held_by_us(session, batch):
            go_on(session, way)


def not_permitted(work: Work, batch: Batch, trouble: JiraTrouble) -> None:
    """Jira does not let this kind be sent: it waits and is tried again after a pause; the others go."""
    with work.write() as session:
        way = held_by_us(session, batch)
        if way is None:
            return
        _goes_on(session, work, way)
        now, kind = now_of(session), batch.kind.name
        if kind not in way.left_out:
            about = About(account_id=way.account_id, subject_id=None)
            record(
                session, work, "deliveries.kind_held_up", outcome="failed", **about, kind=kind, code=MISSING
            )
        leave_out(way, kind, now, now + timedelta(seconds=_pause(0, trouble)))
        for row in waiting_of(session, batch).values():
            row.attempts += 1
            row.steps = with_step(row.steps, "not_sent", now, code=MISSING)
        go_on(session, way)
    look_soon(work, batch.account_id)


def stopped(work: Work, batch: Batch, code: str, trouble: JiraTrouble | None) -> None:
    """Nothing of the account gets through: all of it waits, and is tried again after a pause."""
    with work.write() as session:
        way = held_by_us(session, batch)
        if way is None:
            return
        tried = way.attempts if way.trouble else 0
        way.attempts = tried + 1
        _hold_up(session, work, way, code, trouble, _pause(tried, trouble))
        for row in waiting_of(session, batch).values():
            row.attempts += 1
            row.steps = with_step(row.steps, "not_sent", now_of(session), code=code)
        deliver_soon(session)  # the tenant's other accounts
    if trouble is None or not trouble.retryable:
        look_soon(work, batch.account_id)


def _hold_up(
    session: Session, work: Work, way: DeliveryWay, code: str, trouble: JiraTrouble | None, pause: float
) -> None:
    """Leave the account out of turns, and try it again after ``pause`` seconds."""
    now = now_of(session)
    if way.trouble != code:
        about = About(account_id=way.account_id, subject_id=None)
        record(session, work, "deliveries.held_up", outcome="failed", **about, code=code)
    way.troubled_since = way.troubled_since or now
    way.trouble, way.evidence = code, dict(trouble.evidence) if trouble else {}
    way.retry_at = now + timedelta(seconds=pause)
    due.put(session, DELIVER_AGAIN, way.account_id, way.retry_at, work.tenant)


def _pause(attempts: int, trouble: JiraTrouble | None) -> float:
    """Seconds until the next try: what Jira asked for and a little more, never less (T33); else a while that
    doubles. Chance keeps what stopped together from coming back together."""
    if trouble is not None and trouble.retry_after is not None:
        return trouble.retry_after * random.uniform(1, 1.1)  # noqa: S311  # nosec B311 # no secret
    if trouble is None or not (trouble.retryable or trouble.code in _MAY_PASS):
        return LASTING_PAUSE * random.uniform(0.75, 1)  # noqa: S311  # nosec B311 # no secret
    longest: int = min(2 ** min(attempts, 10), LONGEST_PAUSE)
    return longest * random.uniform(0.75, 1)  # noqa: S311  # nosec B311 # no secret


def with_step(
    steps: Sequence[Mapping[str, Any]], what: str, now: datetime, **details: object
) -> list[dict[str, Any]]:
    """The steps and one more; the same thing again and again is one step, with how often and when last, also
    where troubles take turns."""
    known = [dict(step) for step in steps]
    for step in reversed(known):
        if step["what"] == what and all(step.get(name) == details[name] for name in details):
            step |= {"times": step.get("times", 1) + 1, "last": now.isoformat()}
            return known
        if step["what"] not in TROUBLES:
            break
    return [*known, {"at": now.isoformat(), "what": what, **details}]
