"""When a personal access token ends, as far as Jira Server and Data Center tell.

``GET /rest/pat/latest/tokens`` lists the tokens of whoever asks, never their text, so nothing tells which of
them is the one in use (Atlassian, "Using Personal Access Tokens"). Versions before 8.14 lack it, and some
Jiras shut it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.clock import now
from portal.jira.client import JiraClient
from portal.jira.readers import moment
from portal.jira.trouble import Code, JiraTrouble

_TOKENS = ("rest", "pat", "latest", "tokens")
# Answers that say nothing of the token, only that this Jira does not list any to it.
_NOT_TOLD = frozenset(
    {
        Code.UNAUTHORIZED,
        Code.ANONYMOUS,
        Code.CAPTCHA,
        Code.BASIC_OFF,
        Code.FORBIDDEN,
        Code.NOT_FOUND,
        Code.NOT_JIRA,
        Code.BAD_REQUEST,
        Code.REDIRECTED,
        Code.HTML_INSTEAD_OF_JSON,
        Code.BROKEN_ANSWER,
    }
)


@dataclass(frozen=True)
class PatEnds:
    """When the token in use ends. ``ends_at`` counts only where ``known``, and is None then for one without
    an end."""

    ends_at: datetime | None
    known: bool


UNKNOWN = PatEnds(None, known=False)


def pat_end(client: JiraClient) -> PatEnds:
    """The end of the token that ``client`` speaks with; not known where it may be one of several.

    Raises JiraTrouble for what stops every call; that this Jira tells nothing is none.
    """
    try:
        listed = client.get(_TOKENS)
    except JiraTrouble as trouble:
        if trouble.code in _NOT_TOLD:
            return UNKNOWN
        raise
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        return UNKNOWN
    # Jira keeps listing tokens that have ended; the one in use is none of them.
    living = [item for item in listed if not _has_ended(item)]
    ends = [moment(item, "expiringAt") for item in living]
    days = {end.astimezone(UTC).date() if end else None for end in ends}
    if len(days) != 1 or not all(_is_read(item) for item in living):
        return UNKNOWN
    return PatEnds(min((end for end in ends if end), default=None), known=True)


def _has_ended(item: dict[str, Any]) -> bool:
    end = moment(item, "expiringAt")
    return end is not None and end <= now()


def _is_read(item: dict[str, Any]) -> bool:
    """Whether an end was read from ``item``, or it has none; else it says something we do not understand."""
    return item.get("expiringAt") is None or moment(item, "expiringAt") is not None
