"""What to tell somebody whose board could not be read: the catalogue's problem, said for boards."""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from portal.credentials.acting_as import REFUSALS
from portal.credentials.problem import Problem
from portal.credentials.problems import problem
from portal.jira.answers import Code, JiraTrouble

HIDDEN = frozenset({Code.NOT_FOUND, Code.FORBIDDEN})


@dataclass(frozen=True)
class BoardTrouble:
    """A problem and the ways on: ``reconnect`` when another credential would help, ``hidden`` when the board
    is gone or not for this identity to see."""

    problem: Problem
    reconnect: bool = False
    hidden: bool = False


def board_trouble(trouble: JiraTrouble, base_url: str | None, seconds: float) -> BoardTrouble:
    """What happened, in words. ``seconds`` is the deadline that may have passed."""
    host = urlsplit(base_url or "").netloc
    known = problem(str(trouble.code), {"host": host, **trouble.evidence})
    if trouble.code is Code.DEADLINE:
        return BoardTrouble(replace(known, cause=f"Jira did not answer in {seconds:g} seconds."))
    if trouble.code is Code.RATE_LIMITED and trouble.retry_after:
        return BoardTrouble(replace(known, fix=f"Wait {_words(trouble.retry_after)}, then try again."))
    if trouble.code in HIDDEN:
        return BoardTrouble(replace(known, title="Gone, or not for you to see"), hidden=True)
    return BoardTrouble(known, reconnect=trouble.code in REFUSALS)


def _words(seconds: int) -> str:
    """A pause in the largest unit that does not shorten it."""
    if seconds < 120:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    return f"{-(-seconds // 60)} minutes"
