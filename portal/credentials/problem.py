"""The shape of a problem, and the people who can mend one."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

YOU = "you"
TENANT_ADMIN = "an admin of your organisation in this portal"
JIRA_ADMIN = "your Jira admin"
NETWORK = "your network people"
OPERATOR = "the operator of this portal"


@dataclass(frozen=True)
class Problem:
    """A named cause. ``owner`` can mend it; ``retry`` says whether trying again as it is may help."""

    code: str
    title: str
    cause: str
    owner: str
    fix: str
    retry: bool = False

    def filled(self, evidence: Mapping[str, object]) -> "Problem":
        """The same with what came back put into its sentences."""
        known: defaultdict[str, object] = defaultdict(lambda: "unknown", evidence)
        return replace(self, cause=self.cause.format_map(known), fix=self.fix.format_map(known))


def catalogue(*problems: Problem) -> dict[str, Problem]:
    """Problems by code."""
    return {problem.code: problem for problem in problems}
