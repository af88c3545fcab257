"""What became of a delivery, in one word: its state, told apart where Jira knows none of its issues, and
where it ignored it for a newer one.

The word stands in the row (:attr:`~portal.store.tables.Delivery.outcome`), so that it can be asked for.
"""

from collections.abc import Iterable
from typing import Final

WAITING, ACCEPTED, NO_ISSUE, IGNORED = "waiting", "accepted", "no_issue", "ignored"
REJECTED, UNANSWERED = "rejected", "unanswered"
FAILED: Final = "failed"
# Each with what it means, in the order in which pages list them.
OUTCOMES = {
    WAITING: "not sent yet, or sent and not answered; it stays until Jira has answered",
    ACCEPTED: "Jira took it",
    NO_ISSUE: "Jira took it but knows none of its issue keys, so it shows nowhere",
    IGNORED: "Jira took the call and ignored it, since it had a newer number of the same, and shows that",
    REJECTED: "Jira refused it and said why",
    FAILED: "Jira refused the whole call because of it",
    UNANSWERED: "Jira took the call and did not say what became of it",
}
# How pages call each, the tenant's own and support's.
OUTCOME_WORDS = {
    WAITING: "Waiting",
    ACCEPTED: "Accepted",
    NO_ISSUE: "On no issue",
    IGNORED: "Ignored",
    REJECTED: "Rejected",
    FAILED: "Failed",
    UNANSWERED: "Not answered",
}


def keys_of(issue_keys: str) -> tuple[str, ...]:
    """The issue keys of a delivery, as its row keeps them."""
    return tuple(issue_keys.split())


def outcome_of(
    state: str, unknown_keys: Iterable[str], issue_keys: Iterable[str], *, is_older: bool = False
) -> str:
    """One of :data:`OUTCOMES`.

    ``issue_keys``: whatever names an issue in what was sent, a key or an id; ``unknown_keys``: those of them
    that Jira does not know. ``is_older``: Jira had accepted this number or a higher one of the same thing.
    """
    if state != ACCEPTED:
        return state
    if are_all_unknown(unknown_keys, issue_keys):
        return NO_ISSUE
    return IGNORED if is_older else ACCEPTED


def are_all_unknown(unknown_keys: Iterable[str], issue_keys: Iterable[str]) -> bool:
    """Whether issues are named, and Jira knows none of them."""
    unknown = in_capitals(unknown_keys)
    return bool(unknown) and unknown >= in_capitals(issue_keys)


def in_capitals(keys: Iterable[str]) -> frozenset[str]:
    """Keys as Jira tells them apart: not by capitals."""
    return frozenset(key.upper() for key in keys)
