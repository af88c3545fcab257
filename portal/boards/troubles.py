"""What to tell somebody whose board could not be read: the catalogue's problem, said for boards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from portal.credentials.problem import YOU, Problem, pause_in_words
from portal.credentials.refusals import REFUSALS
from portal.jira.answers import Code, JiraTrouble
from portal.kinds.features import Feature

Tell = Callable[[str, Mapping[str, object]], Problem]
NOT_SHOWN_BY_JIRA = frozenset({Code.NOT_FOUND, Code.FORBIDDEN})
# Trouble that ends by itself, after a time that is known.
PASSING = frozenset({Code.RATE_LIMITED, Code.MAINTENANCE, Code.POINTS_USED, Code.RENEWING})


@dataclass(frozen=True)
class BoardTrouble:
    """A problem and the ways on: ``reconnect`` when another credential would help, ``hidden`` when the board
    is gone or not for this identity to see, ``is_open`` when Jira may have done what was asked."""

    problem: Problem
    reconnect: bool = False
    hidden: bool = False
    is_open: bool = False


def board_trouble(trouble: JiraTrouble, tell: Tell, seconds: float) -> BoardTrouble:
    """What happened, in the words ``tell`` has for it. ``seconds`` is the deadline that may have passed."""
    known = tell(str(trouble.code), trouble.evidence)
    if trouble.code is Code.DEADLINE:
        return BoardTrouble(replace(known, cause=f"Jira did not answer in {seconds:g} seconds."))
    if trouble.code in PASSING and trouble.retry_after:
        return BoardTrouble(
            replace(known, fix=f"Wait {pause_in_words(trouble.retry_after)}, then try again.")
        )
    if trouble.code in NOT_SHOWN_BY_JIRA:
        return BoardTrouble(replace(known, title="Gone, or not for you to see"), hidden=True)
    return BoardTrouble(known, reconnect=trouble.code in REFUSALS or trouble.code is Code.GRANT_ENDED)


def change_trouble(
    trouble: JiraTrouble, feature: Feature, tell: Tell, seconds: float, resend: str = ""
) -> BoardTrouble:
    """What stopped a change. Whether Jira has made it all the same is said where it is not known.

    ``resend``: what to do then, for a change that may be sent twice.
    """
    told = board_trouble(trouble, tell, seconds)
    known = told.problem
    if trouble.leaves_open:
        look = "Look at the board first: what you sent may be there. Send it again only where it is not."
        title = "It is not known whether Jira did this"
        known = replace(known, title=title, fix=resend or look, retry=True)
    elif trouble.code is Code.BAD_REQUEST:
        message = trouble.evidence.get("message") or " ".join(trouble.fields.values())
        cause = f"Jira says: {message}" if message else "Jira does not say why."
        fix = (
            "Mend what it names and send it again. Somebody may have changed it meanwhile: then load it anew."
        )
        known = replace(known, title="Jira did not take this", cause=cause, owner=YOU, fix=fix)
    elif trouble.code is Code.FORBIDDEN:
        fix = (
            f"Ask your Jira admin for the permission “{feature.permission}” in this project, or connect as a "
            "Jira user who has it."
        )
        known, told = (
            replace(known, title="Jira does not allow you this", fix=fix),
            replace(told, hidden=False),
        )
    return replace(told, problem=known, is_open=trouble.leaves_open)
