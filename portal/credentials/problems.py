"""The catalogue of problems: for each thing that can go wrong, its cause, who can mend it, and how.

Used by flow pages, set-up, boards and profile alike: one sentence for one fact. A sentence may name
``{host}`` and other pieces of evidence; where one was left out, a general word stands in its place.
"""

from collections.abc import Mapping

from portal.credentials.problem import OPERATOR, Problem
from portal.credentials.problems_of_consent import FLOW_PROBLEMS, OAUTH_PROBLEMS
from portal.credentials.problems_of_grants import GRANT_PROBLEMS
from portal.credentials.problems_on_the_way import ANSWER_PROBLEMS, NETWORK_PROBLEMS

UNKNOWN = Problem(
    "unknown",
    "Something went wrong",
    "The portal has no better word for it ({code}).",
    OPERATOR,
    "Tell the operator the request id at the foot of this page.",
    retry=True,
)

PROBLEMS = NETWORK_PROBLEMS | ANSWER_PROBLEMS | OAUTH_PROBLEMS | FLOW_PROBLEMS | GRANT_PROBLEMS


def problem(code: str, evidence: Mapping[str, object] | None = None) -> Problem:
    """The problem of this code, its sentences filled in with what came back."""
    return PROBLEMS.get(code, UNKNOWN).filled({"code": code, **_with_reason(evidence or {})})


def _with_reason(evidence: Mapping[str, object]) -> Mapping[str, object]:
    """What was read names in three ways why it is no answer; the sentences know one."""
    if "expected" in evidence:
        return {"reason": f"{evidence['expected']} was expected", **evidence}
    if "content_type" in evidence:
        return {"reason": f"it came as {evidence['content_type']}", **evidence}
    return evidence
