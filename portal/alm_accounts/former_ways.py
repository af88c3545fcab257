"""Connections by the way an account connected before that was changed: they are not mended any more.

Whatever is the matter with one, its person connects the way that serves now.
"""

from dataclasses import replace

from portal.credentials.problem import YOU, Problem
from portal.credentials.refusals import REFUSALS
from portal.jira.answers import Code

# What Jira says of a user whom an admin there has deactivated or deleted, and Atlassian of a closed account.
USER_GONE = frozenset({Code.USER_DISABLED, Code.USER_UNKNOWN, "account_closed"})


def mended_by(known: Problem, way: str) -> Problem:
    """The same problem with the one remedy there is: to connect by ``way``, the title of a kind.

    What is the matter with the road to that Jira, or with the user there, stays as it is.
    """
    is_of_credential = known.anew and (known.owner == YOU or known.code in REFUSALS)
    if known.retry or not is_of_credential or known.code in USER_GONE:
        return known
    fix = (
        f"Reconnect: this account connects by {way} now, with one click and one consent page. What you had "
        "before is neither mended nor entered anew."
    )
    return replace(known, owner=YOU, fix=fix)
