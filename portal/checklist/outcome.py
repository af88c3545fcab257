"""What a row of the checklist can say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.jira.trouble import Code


class State(StrEnum):
    """The five states of a row; no other is stored."""

    PROVED = "proved"
    FAILED = "failed"
    WARNING = "warning"
    WAITING = "waiting"
    UNKNOWN = "unknown"


# Others hold what a call needs: that says nothing of the connection.
BUSY = frozenset({Code.CONCURRENCY_CEILING, Code.RENEWING})
# With these a row that cannot be known was not looked at: this portal failed at it, or had no turn for it.
NOT_LOOKED_AT = frozenset({"row_broke", "row_late", "not_asked", "renewal_paused", *map(str, BUSY)})


def is_unseen(state: str, code: str | None) -> bool:
    """Whether a row in this state, with this problem, says nothing of what it is about."""
    return state == State.WAITING or (state == State.UNKNOWN and code in NOT_LOOKED_AT)


@dataclass(frozen=True)
class Outcome:
    """What came of looking. ``said`` is the result in a sentence, redacted; ``tried`` what was done for it.

    ``code`` names the problem of the catalogue whose cause, owner and fix are shown, filled with
    ``evidence``; nothing that is proved has one. ``waits_for`` is the row that has to be mended first.
    """

    state: State
    said: str
    tried: str = ""
    code: str | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    waits_for: str | None = None


def proved(said: str, tried: str = "") -> Outcome:
    """It is as it has to be, and this is how we know."""
    return Outcome(State.PROVED, said, tried)


def failed(code: str, said: str = "", tried: str = "", **evidence: object) -> Outcome:
    """It is broken, by this problem."""
    return _with_problem(State.FAILED, code, said, tried, evidence)


def warning(code: str, said: str = "", tried: str = "", **evidence: object) -> Outcome:
    """It works, and will not for ever, or not for everybody."""
    return _with_problem(State.WARNING, code, said, tried, evidence)


def unknown(code: str, said: str = "", tried: str = "", **evidence: object) -> Outcome:
    """No call from here can tell; the problem says what one would see instead."""
    return _with_problem(State.UNKNOWN, code, said, tried, evidence)


def waiting(row: str) -> Outcome:
    """Another row has to be mended first."""
    return Outcome(State.WAITING, "", waits_for=row)


def _with_problem(state: State, code: str, said: str, tried: str, evidence: Mapping[str, object]) -> Outcome:
    given = {name: str(piece) for name, piece in evidence.items() if piece is not None}
    return Outcome(state, said, tried, str(code), given)
