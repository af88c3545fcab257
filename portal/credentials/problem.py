"""The shape of a problem, and the people who can mend one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

YOU = "you"
TENANT_ADMIN = "an admin of your organisation in this portal"
JIRA_ADMIN = "your Jira admin"
NETWORK = "your network people"
OPERATOR = "the operator of this portal"

# What a sentence says where Jira, or the line of the audit, leaves a piece of evidence out.
LEFT_OUT: dict[str, object] = {
    "host": "that Jira",
    "status": "of an error",
    "reason": "it says no more",
    "to": "another address",
    "title": "none",
    "message": "nothing",
    "ceiling": "the allowed number of",
    "parameters": "something it does not name",
    "seen_by_jira": "another address",
    "signed_by_us": "the base URL",
    "clock_difference_seconds": "an unknown number of",
    "oauth_problem": "no",
    "scopes": "some of those asked for",
    "offered": "another one",
}


@dataclass(frozen=True)
class Problem:
    """A named cause. ``owner`` can mend it; ``retry`` says whether trying again as it is may help.

    ``anew``: whether connecting anew may help. ``revoke``: a consent was given on the way to it, which can be
    taken back.
    """

    code: str
    title: str
    cause: str
    owner: str
    fix: str
    retry: bool = False
    anew: bool = True
    revoke: bool = False

    def filled(self, evidence: Mapping[str, object]) -> "Problem":
        """The same with what came back put into its sentences."""
        known = {name: str(piece).rstrip(".") for name, piece in (LEFT_OUT | dict(evidence)).items()}
        return replace(self, cause=self.cause.format_map(known), fix=self.fix.format_map(known))


def catalogue(*problems: Problem) -> dict[str, Problem]:
    """Problems by code."""
    return {problem.code: problem for problem in problems}
