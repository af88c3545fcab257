"""What to tell somebody whose board could not be read: the catalogue's problem, said for boards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from portal.credentials.acting_as import REFUSALS
from portal.credentials.problem import Problem
from portal.jira.answers import Code, JiraTrouble

Tell = Callable[[str, Mapping[str, object]], Problem]
HIDDEN = frozenset({Code.NOT_FOUND, Code.FORBIDDEN})
# Trouble that ends by itself, after a time that is known.
PASSING = frozenset({Code.RATE_LIMITED, Code.MAINTENANCE, Code.POINTS_USED, Code.RENEWING})


@dataclass(frozen=True)
class BoardTrouble:
    """A problem and the ways on: ``reconnect`` when another credential would help, ``hidden`` when the board
    is gone or not for this identity to see."""

    problem: Problem
    reconnect: bool = False
    hidden: bool = False


def board_trouble(trouble: JiraTrouble, tell: Tell, seconds: float) -> BoardTrouble:
    """What happened, in the words ``tell`` has for it. ``seconds`` is the deadline that may have passed."""
    known = tell(str(trouble.code), trouble.evidence)
    if trouble.code is Code.DEADLINE:
        return BoardTrouble(replace(known, cause=f"Jira did not answer in {seconds:g} seconds."))
    if trouble.code in PASSING and trouble.retry_after:
        return BoardTrouble(replace(known, fix=f"Wait {_words(trouble.retry_after)}, then try again."))
    if trouble.code in HIDDEN:
        return BoardTrouble(replace(known, title="Gone, or not for you to see"), hidden=True)
    return BoardTrouble(known, reconnect=trouble.code in REFUSALS or trouble.code is Code.GRANT_ENDED)


def _words(seconds: int) -> str:
    """A pause in the largest unit that does not shorten it."""
    if seconds < 120:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    return f"{-(-seconds // 60)} minutes"
