"""The catalogue of problems: for each thing that can go wrong, its cause, who can mend it, and how.

Used by flow pages, set-up, boards and profile alike: one sentence for one fact. A sentence may name
``{host}`` and other pieces of evidence; where one was left out, a general word stands in its place.
"""

from collections.abc import Mapping

from portal.credentials.problem import OPERATOR, Problem, pause_in_words
from portal.credentials.problems_at_atlassian import AT_ATLASSIAN
from portal.credentials.problems_of_checks import CHECK_PROBLEMS
from portal.credentials.problems_of_clients import CLIENT_PROBLEMS
from portal.credentials.problems_of_cloud_checks import CLOUD_CHECK_PROBLEMS
from portal.credentials.problems_of_consent import FLOW_PROBLEMS, OAUTH_PROBLEMS
from portal.credentials.problems_of_data_checks import DATA_CHECK_PROBLEMS
from portal.credentials.problems_of_deliveries import AT_DELIVERY, DELIVERY_PROBLEMS
from portal.credentials.problems_of_delivery_checks import DELIVERY_CHECK_PROBLEMS
from portal.credentials.problems_of_former_ways import WAY_PROBLEMS
from portal.credentials.problems_of_grants import GRANT_PROBLEMS
from portal.credentials.problems_of_links import AT_SERVER, LINK_PROBLEMS
from portal.credentials.problems_of_links_by_rest import LINK_BY_REST_PROBLEMS
from portal.credentials.problems_of_scope_checks import SCOPE_CHECK_PROBLEMS
from portal.credentials.problems_of_tokens import TOKEN_PROBLEMS
from portal.credentials.problems_on_the_way import ANSWER_PROBLEMS, NETWORK_PROBLEMS, REDIRECTED_TO_SIGN_IN
from portal.jira.trouble import Code

UNKNOWN = Problem(
    "unknown",
    "Something went wrong",
    "The portal has no better word for it ({code}).",
    OPERATOR,
    "Tell the operator the request id at the foot of this page.",
    retry=True,
)

# What only rows of the checklist say.
OF_CHECKS = (
    CHECK_PROBLEMS
    | CLIENT_PROBLEMS
    | DATA_CHECK_PROBLEMS
    | CLOUD_CHECK_PROBLEMS
    | SCOPE_CHECK_PROBLEMS
    | DELIVERY_CHECK_PROBLEMS
)
PROBLEMS = (
    NETWORK_PROBLEMS
    | ANSWER_PROBLEMS
    | OAUTH_PROBLEMS
    | FLOW_PROBLEMS
    | GRANT_PROBLEMS
    | TOKEN_PROBLEMS
    | LINK_PROBLEMS
    | LINK_BY_REST_PROBLEMS
    | WAY_PROBLEMS
    | DELIVERY_PROBLEMS
    | OF_CHECKS
)


def problem(
    code: str,
    evidence: Mapping[str, object] | None = None,
    *,
    is_cloud: bool | None = None,
    only_sends: bool = False,
) -> Problem:
    """The problem of this code, its sentences filled in with what came back.

    ``is_cloud``: whether it was met at Atlassian, or at a Jira of one's own, where that is known: for some
    each has words of its own. ``only_sends``: met by an account whose credential belongs to nobody.
    """
    known = PROBLEMS | ({} if is_cloud is None else AT_ATLASSIAN if is_cloud else AT_SERVER)
    if only_sends:
        known |= AT_DELIVERY
    elif code == Code.REDIRECTED and (evidence or {}).get("login_page") == "yes":
        known = {Code.REDIRECTED: REDIRECTED_TO_SIGN_IN}
    return known.get(code, UNKNOWN).filled({"code": code, **_in_words(evidence or {})})


def _in_words(evidence: Mapping[str, object]) -> Mapping[str, object]:
    """What was read names in three ways why it is no answer, the sentences know one; a pause has seconds."""
    if "pause" in evidence:
        return {"wait": pause_in_words(int(str(evidence["pause"]))), **evidence}
    if "expected" in evidence:
        return {"reason": f"{evidence['expected']} was expected", **evidence}
    if "content_type" in evidence:
        return {"reason": f"it came as {evidence['content_type']}", **evidence}
    return evidence
