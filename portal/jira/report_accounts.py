"""Telling Atlassian of which accounts an app holds personal data, and hearing what became of them.

Atlassian, "User privacy developer guide": at most 90 accounts a call, each once in a cycle; ``closed`` ones
are to be erased, ``updated`` ones fetched again or erased. How a cycle is written in its header is not
documented; ``P7D`` and plain seconds are known to occur.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from portal.jira.answers import json_answer
from portal.jira.atlassian import Atlassian
from portal.jira.oauth2 import JiraOAuth2Session
from portal.jira.readers import expect_object, items, text

MOST = 90
_ISO = re.compile(r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?")
_UNITS = [
    timedelta(weeks=1),
    timedelta(days=1),
    timedelta(hours=1),
    timedelta(minutes=1),
    timedelta(seconds=1),
]
_SECONDS = re.compile(r"\d{1,9}")
# What is read out of a header moves the cycle within these bounds only.
_SHORTEST, _LONGEST = timedelta(hours=1), timedelta(days=90)


@dataclass(frozen=True)
class Answer:
    """Which of the reported accounts were closed and which changed; ``cycle`` where Atlassian named one."""

    closed: frozenset[str]
    changed: frozenset[str]
    cycle: timedelta | None


def report(
    atlassian: Atlassian, session: JiraOAuth2Session, accounts: Sequence[tuple[str, datetime]]
) -> Answer:
    """Report accounts, each with when its data was last fetched. Raises JiraTrouble."""
    url = atlassian.api.url(("app", "report-accounts")) + "/"
    rows = [{"accountId": account_id, "updatedAt": _as_text(at)} for account_id, at in accounts]
    response = session.post(url, json={"accounts": rows})
    cycle = read_cycle(response.headers.get("Cycle-Period", ""))
    if response.status_code == 204:
        return Answer(frozenset(), frozenset(), cycle)
    answer = expect_object(json_answer(response), "accounts to erase or fetch again")
    told: Mapping[str, str] = {
        text(one, "accountId"): text(one, "status") for one in items(answer.get("accounts"))
    }
    asked = {account_id for account_id, _ in accounts}
    return Answer(_with(told, "closed") & asked, _with(told, "updated") & asked, cycle)


def _with(told: Mapping[str, str], status: str) -> frozenset[str]:
    return frozenset(account_id for account_id, said in told.items() if said == status)


def _as_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_cycle(said: str) -> timedelta | None:
    """The cycle a header names; None where it cannot be read."""
    if _SECONDS.fullmatch(said):
        return min(max(timedelta(seconds=int(said)), _SHORTEST), _LONGEST)
    found = _ISO.fullmatch(said)
    if found is None or not any(found.groups()):
        return None
    spans = [int(number or 0) * unit for number, unit in zip(found.groups(), _UNITS, strict=True)]
    return min(max(sum(spans, timedelta()), _SHORTEST), _LONGEST)
