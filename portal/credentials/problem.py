"""The shape of a problem, and the people who can mend one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

YOU = "you"
TENANT_ADMIN = "an admin of your organisation in this portal"
JIRA_ADMIN = "your Jira admin"
NETWORK = "your network people"
OPERATOR = "the operator of this portal"
ATLASSIAN = "Atlassian"

# What a sentence says where Jira, or the line of the audit, leaves a piece of evidence out.
LEFT_OUT: dict[str, object] = {
    "host": "that Jira",
    "status": "an error",
    "reason": "it says no more",
    "to": "another address",
    "title": "none",
    "message": "no more than that",
    "ceiling": "the allowed number of",
    "parameters": "something it does not name",
    "seen_by_jira": "another address",
    "signed_by_us": "the base URL",
    "clock_difference_seconds": "an unknown number of",
    "oauth_problem": "no more than that",
    "scopes": "some of those asked for",
    "offered": "another one",
    "wait": "a minute",
    "seconds": "some",
    "direction": "off from",
    "days": "a few",
    "product": "another sort of Jira",
    "told": "itself otherwise",
    "used": "the base URL entered here",
    "boards": "one of them",
    "fields": "one of them",
    "missing": "what it needs",
    "user": "the account",
    "page": "their profile, under ALM credentials",
    "what": "Something it rests on",
    "day": "a day that is near",
    "astray": "nobody",
    "callback": "the callback URL of the set-up page",
    "off": "what needs them",
    "features": "some of them",
    "accounts": "some",
    "cloud_now": "another one",
    "cloud_then": "that is kept here",
    "address_now": "the one it tells",
    "address_then": "the one entered here",
    "todo": "Look under Overview what it is",
    "former": "the former one",
    "sent": "what has to be refused",
    "last": "an error",
    "left": "some boards or projects",
    "version": "an older one",
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
        if "status" in evidence:
            known["status"] = f"status {evidence['status']}"
        return replace(self, cause=self.cause.format_map(known), fix=self.fix.format_map(known))


def pause_in_words(seconds: int) -> str:
    """A pause in the largest unit that does not shorten it."""
    if seconds < 120:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    if seconds < 7200:
        return f"{-(-seconds // 60)} minutes"
    return f"{-(-seconds // 3600)} hours"


def catalogue(*problems: Problem) -> dict[str, Problem]:
    """Problems by code."""
    return {problem.code: problem for problem in problems}
