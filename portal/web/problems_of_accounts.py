"""Problems of an ALM account, of its credential, and of requests that are sent on to its Jira."""

from portal.config import LONGEST_RELAYED, MOST_VALID_SECONDS
from portal.web.problem_types import NEW_KEY, ProblemType

THE_ACCOUNT = (
    ProblemType(
        "account-not-ready",
        409,
        "This account is not set up for that yet",
        "The ALM account is not set up for what was asked; the answer says what is missing.",
        "Have an admin of your organisation do what the answer says. Then send it again.",
    ),
    ProblemType(
        "account-only-sends",
        409,
        "This account only sends builds and deployments",
        "What the ALM account is connected with can read nothing in Jira and belongs to no user there.",
        "Ask for another ALM account of the same Jira; GET /api/v1/alm-accounts lists those of the key.",
    ),
    ProblemType(
        "account-busy",
        503,
        "This account takes no more requests just now",
        "As many requests are under way to its Jira as may be at once, its credential is being renewed, or "
        "Jira asked for a pause. Nothing was done with this one; the answer says why.",
        "Send it again after the seconds in the header Retry-After.",
    ),
    ProblemType(
        "read-only-account",
        403,
        "This account is set to read only",
        "An admin of your organisation allows nobody to write to Jira by this ALM account.",
        "Ask for another ALM account, or have an admin change that under Settings of this one.",
    ),
)
THE_CREDENTIAL = (
    ProblemType(
        "not-connected",
        409,
        "There is no credential that Jira takes",
        "None is connected, it has ended, or Jira refused it; the answer says which, and what to do.",
        "Have it connected in Almoner: by an admin for the ALM account, by the person in the profile for the "
        "person in Almoner-User. Then send the request again.",
    ),
    ProblemType(
        "person-not-allowed",
        403,
        "Nobody of that e-mail address lets programs act for them",
        "The header Almoner-User names somebody who does not let programs use this ALM account in their "
        "name, or nobody at all; which of both is told to no program.",
        "Compare the e-mail address with that of the person's profile in Almoner. There, under ALM "
        "credentials, the person can allow programs for this ALM account.",
    ),
    ProblemType(
        "credential-stays-here",
        409,
        "This credential never leaves the portal",
        "The ALM account signs each request by itself (OAuth 1.0a), with a private key that is given to "
        "nobody.",
        "Send the requests to the address of this ALM account that ends with /proxy; they are signed there.",
    ),
    ProblemType(
        "min-valid-unusable",
        400,
        "That min_valid cannot be used",
        f"It has to be a whole number of seconds from 0 to {MOST_VALID_SECONDS}.",
        "Ask for as long as your program uses the credential before it asks again.",
    ),
    ProblemType(
        "min-valid-impossible",
        409,
        "The credential ends before that",
        "It is not valid for as long as min_valid asks, and cannot be renewed; the answer says when it ends.",
        "Ask for less time, or have it connected anew in Almoner.",
    ),
)
THE_PATH = (
    ProblemType(
        "path-unsafe",
        400,
        "That path cannot be sent on",
        "It is written so that two servers could read it as two paths; the answer says where.",
        "Write it as Jira describes it, each part of it percent-encoded once.",
    ),
    ProblemType(
        "path-refused",
        403,
        "This key was not made for that path",
        "No path of the key covers it; the answer says what a key would have to name.",
        NEW_KEY,
    ),
    ProblemType(
        "write-refused",
        403,
        "This key may not write there",
        "It may only read, or this changes users, permissions or settings of Jira, for which a key has to "
        "name the path; the answer says which.",
        NEW_KEY,
    ),
    ProblemType(
        "query-unusable",
        400,
        "That query cannot be sent on",
        "It holds a sign-in of its own, such as os_username, access_token, jwt or parameters of OAuth, or "
        "characters that no address has.",
        "Leave the sign-in out: the portal sends that of the ALM account. Percent-encode all else.",
    ),
    ProblemType(
        "request-too-large",
        413,
        "That was too large to be sent on",
        f"A request through the proxy may hold {LONGEST_RELAYED // 1024 // 1024} MiB.",
        "Send it in smaller parts.",
    ),
)
THE_JIRA = (
    ProblemType(
        "jira-unreachable",
        502,
        "There is no way to Jira",
        "No connection came about, or none that may be used; the answer says why and who can mend it.",
        "Have whom the answer names do what it says. Then send the request again.",
    ),
    ProblemType(
        "jira-slow",
        504,
        "Jira took too long",
        "Jira did not answer in time. It is not known whether a request that changes something had an "
        "effect.",
        "Look in Jira whether it had. Then send it again, or ask for less at once.",
    ),
    ProblemType(
        "jira-answer-broken",
        502,
        "Jira's answer cannot be used",
        "It broke off, was too large, or was not what Jira sends. It is not known whether a request that "
        "changes something had an effect.",
        "Look in Jira whether it had. Then send it again; if it stays, show the answer to your Jira admin.",
    ),
)
