"""Problems of OAuth 1.0a (one per ``oauth_problem``) and of the way through a consent page."""

from portal.credentials.problem import JIRA_ADMIN, NETWORK, OPERATOR, TENANT_ADMIN, YOU, Problem, catalogue

OAUTH_PROBLEMS = catalogue(
    Problem(
        "consumer_key_unknown",
        "Jira does not know the consumer key",
        "No application link in that Jira has this consumer key, or it has no incoming side.",
        JIRA_ADMIN,
        "If there is no application link for this portal in that Jira yet, make it first, by the steps on "
        "the set-up page. If there is one, edit it → Incoming authentication, and compare the consumer key "
        "letter by letter with the one on the set-up page.",
    ),
    Problem(
        "signature_invalid_url",
        "Jira computes another address than we called",
        "Jira believes it was called at {seen_by_jira}, we called {signed_by_us}: a proxy in front "
        "of Jira changes "
        "scheme, host, port or path.",
        JIRA_ADMIN,
        "Set scheme, proxyName and proxyPort in Jira's server.xml (or X-Forwarded headers at the "
        "proxy) so that "
        "Jira sees the address people use; or use as base URL the address Jira reports.",
    ),
    Problem(
        "signature_invalid_key",
        "The public key in Jira is not ours",
        "Jira checked the same text we signed, and the signature does not fit: the public key in the "
        "application link belongs to another private key.",
        JIRA_ADMIN,
        "Copy the public key from the set-up page again, whole, with its first and last line, and "
        "paste it in "
        "Jira → application link → Incoming authentication.",
    ),
    Problem(
        "signature_invalid",
        "Jira does not accept the signature",
        "Either the public key in Jira is not the one on the set-up page, or a proxy changes the address.",
        JIRA_ADMIN,
        "First paste the public key again. If that does not help, check the proxy settings of Jira.",
    ),
    Problem(
        "signature_method_rejected",
        "Jira does not accept RSA-SHA1",
        "The consumer in Jira is not set up for RSA signatures.",
        JIRA_ADMIN,
        "The consumer needs a public key under Incoming authentication; a shared secret alone is not enough.",
    ),
    Problem(
        "timestamp_refused",
        "The clocks differ too much",
        "Jira and this portal disagree about the time by more than Jira allows.",
        JIRA_ADMIN,
        "Let both machines take their time from an NTP server. Jira is ahead by "
        "{clock_difference_seconds} seconds.",
    ),
    Problem(
        "nonce_used",
        "Jira has seen this request before",
        "Jira takes each signed request once, and something sent it twice; usually a proxy that retries.",
        NETWORK,
        "Try again. If it stays, switch off retries for Jira at the proxy.",
        retry=True,
    ),
    Problem(
        "token_rejected",
        "Jira does not accept the token",
        "It was revoked in Jira, belongs to another application link, or was used already.",
        YOU,
        "Connect again.",
    ),
    Problem(
        "token_expired",
        "The token has expired",
        "Jira gives tokens an end: ten minutes for a consent page, usually five years for a connection.",
        YOU,
        "Connect again.",
    ),
    Problem(
        "token_used",
        "That consent page was answered already",
        "A consent page works once.",
        YOU,
        "Start again.",
    ),
    Problem("token_revoked", "The token was revoked", "Somebody revoked it in Jira.", YOU, "Connect again."),
    Problem(
        "permission_unknown",
        "Nobody has answered the consent page",
        "Jira has not been told yet whether you allow it.",
        YOU,
        "Start again and press Allow.",
    ),
    Problem(
        "permission_denied",
        "Consent was not given",
        "Jira says that consent was denied, or that it has run out.",
        YOU,
        "Start again and press Allow.",
    ),
    Problem(
        "parameter_absent",
        "Jira misses a part of the request",
        "Jira asks for: {parameters}.",
        OPERATOR,
        "Tell the operator; a proxy may be removing parts of the Authorization header.",
    ),
    Problem(
        "parameter_rejected",
        "Jira refuses a part of the request",
        "Jira refuses: {parameters}. Most often the callback URL.",
        JIRA_ADMIN,
        "Compare the Consumer Callback URL in Jira with the one on the set-up page.",
    ),
    Problem(
        "version_rejected",
        "Jira speaks another version of OAuth",
        "Jira refuses OAuth 1.0.",
        JIRA_ADMIN,
        "Make the application link as Atlassian product, not as External application.",
    ),
    Problem(
        "user_unknown",
        "The Jira user is gone",
        "The Jira user behind this connection was deactivated or removed.",
        JIRA_ADMIN,
        "Ask your Jira admin to activate the user, or connect as another Jira user.",
    ),
    Problem(
        "oauth_other",
        "Jira refuses, with a reason of its own",
        "Jira says: {oauth_problem}.",
        JIRA_ADMIN,
        "The reason stands in Jira's log, with the same time.",
        retry=True,
    ),
)

FLOW_PROBLEMS = catalogue(
    Problem(
        "denied",
        "You pressed Deny",
        "Nothing was stored, and Jira gave nothing away.",
        YOU,
        "If that was not what you wanted, start again and press Allow.",
    ),
    Problem(
        "flow_expired",
        "That took longer than ten minutes",
        "A consent page of Jira works for ten minutes. Nothing was stored.",
        YOU,
        "Start again.",
    ),
    Problem(
        "account_deleted",
        "The ALM account was deleted in the meantime",
        "While you were at Jira, an admin deleted the ALM account.",
        TENANT_ADMIN,
        "Ask an admin of your organisation. The consent you gave can be withdrawn: in Jira under your "
        "profile → Authorized applications, at Atlassian under Connected apps.",
    ),
    Problem(
        "account_changed",
        "The ALM account was changed in the meantime",
        "While you were at Jira, an admin changed its address, its key or app, or the way it connects.",
        YOU,
        "Start again; the new settings will be used.",
    ),
    Problem(
        "membership_ended",
        "You no longer belong to this organisation",
        "While you were at Jira, your membership ended.",
        TENANT_ADMIN,
        "Ask an admin of the organisation to invite you again.",
    ),
    Problem(
        "role_ended",
        "You are no longer an admin here",
        "While you were at Jira, your role changed, and only an admin connects an account itself.",
        TENANT_ADMIN,
        "Ask an admin of your organisation to authorise the account. The consent you gave can be "
        "withdrawn: in Jira under your profile → Authorized applications, at Atlassian under Connected apps.",
    ),
    Problem(
        "consumer_replaced",
        "The consumer key was replaced",
        "Jira binds a token to the consumer key it was given to, and an admin put a new one in place.",
        YOU,
        "Connect again.",
    ),
    Problem(
        "address_changed",
        "The ALM account leads to another Jira now",
        "An admin changed its address or site; what the former one gave is not sent there.",
        YOU,
        "Connect again.",
    ),
    Problem(
        "control_failed",
        "That Jira does not check who calls",
        "It answered {sent} as if that were right. Something in front of Jira signs people in by itself, "
        "so nothing here would prove who is acting.",
        JIRA_ADMIN,
        "Find out what answers in front of Jira and let the portal reach Jira itself.",
    ),
    Problem(
        "not_connected",
        "Not connected yet",
        "The account itself has nothing to act with.",
        TENANT_ADMIN,
        "Open Set-up and press Get auth token, or enter a token there.",
    ),
    Problem(
        "person_not_connected",
        "You are not connected",
        "You have no token for this ALM account.",
        YOU,
        "Press Get OAuth token and allow it in Jira.",
    ),
)
