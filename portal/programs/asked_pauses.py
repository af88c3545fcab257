"""The pauses that a Jira asks programs for, kept for it: within one no program's request is sent (T33)."""

import math

from portal.credentials.pauses import Pauses
from portal.credentials.ready import Ready
from portal.jira.answers import Code, JiraTrouble, trouble_from_response
from portal.jira.relay import Answer
from portal.kinds import KINDS
from portal.programs.heard import as_response

WHY = "asked"
# A 429 may be that of one app in Jira, or of what stands before it, and nobody can end a pause by hand: so it
# is asked again after a minute. Only a quota that Jira Cloud says is spent keeps programs away for longer.
LONGEST_UNTOLD = 60.0


def refuse_in_pause(pauses: Pauses, row: Ready) -> None:
    """Raise JiraTrouble with the seconds that are left, where Jira asked for a pause that lasts."""
    if not pauses.any_lasts():
        return
    for which, code in ((row.used_id, Code.RATE_LIMITED), (row.account_id, Code.QUOTA_SPENT)):
        if left := pauses.left(which, WHY):
            seconds = math.ceil(left)
            raise JiraTrouble(code, retry_after=seconds, pause=seconds)


def keep_pause(pauses: Pauses, row: Ready, answer: Answer) -> None:
    """Begin the pause an answer asks for.

    Jira Server and Data Center count the calls of a user. Jira Cloud says what it counted: the quota is that
    of the account's site or app, all else is of one method of one path, and nothing to other requests ("Rate
    limiting" at developer.atlassian.com). Without that word it is of the credential, and over for the next.
    """
    if answer.status != 429:
        return
    trouble = trouble_from_response(as_response(answer))
    if trouble is None or trouble.retry_after is None:
        return
    is_cloud = KINDS[row.kind].is_cloud
    if is_cloud and trouble.code is Code.QUOTA_SPENT:
        pauses.begin(row.account_id, WHY, trouble.retry_after)
    elif not (is_cloud and answer.told.get("ratelimit-reason")):
        pauses.begin(row.used_id, WHY, min(trouble.retry_after, LONGEST_UNTOLD))
