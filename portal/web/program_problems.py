"""Everything a program can be told is wrong, by code: a closed list.

Each is told in a problem document (:mod:`portal.web.documents`), stands in the description of the interface,
and can be read on the page that the document's ``type`` leads to.
"""

from portal.credentials.problems import problem
from portal.web.problem_types import ProblemType
from portal.web.problems_of_accounts import THE_ACCOUNT, THE_CREDENTIAL, THE_JIRA, THE_PATH
from portal.web.problems_of_keys import THE_KEY
from portal.web.problems_of_requests import THE_ADDRESS, WHAT_WAS_SENT

BUSY, FULL = problem("portal_busy"), problem("portal_full")

THE_PORTAL = (
    ProblemType(
        "changed-meanwhile",
        409,
        "Something changed in the same moment",
        "Something else was changed in the same moment, and this request changed nothing.",
        "Send the same request again.",
    ),
    ProblemType(
        "refused",
        409,
        "That does not work as things stand",
        "A rule of the portal says no to it; the answer says which.",
        "Do what the answer says. Then send the same request again.",
    ),
    ProblemType("portal-busy", 503, BUSY.title, BUSY.cause, BUSY.fix),
    ProblemType("portal-full", 503, FULL.title, FULL.cause, FULL.fix),
    ProblemType(
        "unavailable",
        503,
        "The portal cannot do this right now",
        "It could not reach what it needs. It is not known whether the request had an effect.",
        "Send it again in a minute, with the same Idempotency-Key where it had one; if it stays, tell "
        "the operator the request_id.",
    ),
    ProblemType(
        "unexpected",
        500,
        "Something broke on our side",
        "It is not known whether the request had an effect.",
        "Send it again, with the same Idempotency-Key where it had one; if it stays, tell the operator "
        "the request_id.",
    ),
)
# By what they are about, in the order in which a request meets them.
GROUPS = {
    "The key": THE_KEY,
    "The address": THE_ADDRESS,
    "What was sent": WHAT_WAS_SENT,
    "The ALM account": THE_ACCOUNT,
    "Its credential": THE_CREDENTIAL,
    "The path of Jira, behind proxy/": THE_PATH,
    "Its Jira": THE_JIRA,
    "The portal": THE_PORTAL,
}
TYPES = {one.code: one for group in GROUPS.values() for one in group}
# What an error of HTTP that nobody names otherwise is told as.
OF_STATUS = {
    400: "request-unreadable",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-taken",
    409: "refused",
    413: "body-too-large",
    429: "rate-limited",
    500: "unexpected",
    503: "unavailable",
}


def code_of(status: int) -> str:
    """The code for a status of HTTP; of those that have none, what RFC 9110 (section 15) takes them for."""
    return OF_STATUS.get(status) or OF_STATUS[500 if status >= 500 else 400]
