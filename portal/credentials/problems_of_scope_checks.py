"""Problems only rows about Jira Cloud find: of scopes, and of reporting personal data."""

from portal.credentials.problem import ATLASSIAN, OPERATOR, TENANT_ADMIN, YOU, Problem, catalogue

SCOPE_CHECKS = catalogue(
    Problem(
        "scopes_unsaved",
        "Permissions that are asked for were not granted",
        "Not granted: {scopes}. Off without them: {off}. Usually they were ticked in the developer console "
        "and not saved, or saved only after the consent; a renewal never adds any.",
        TENANT_ADMIN,
        "In the developer console → the app → Permissions, tick each by its id and save; or untick it on the"
        " set-up page. Then reauthorise the account and accept all of them.",
    ),
    Problem(
        "shared_scopes_missing",
        "Permissions that are asked for were not granted",
        "Not granted: {scopes}. Off without them: {off}. The app of this portal did not have them when the "
        "account was authorised, or they were not accepted.",
        OPERATOR,
        "Ask the operator to add them to the app of this portal. Then reauthorise the account and accept all"
        " of them.",
    ),
    Problem(
        "token_scopes_missing",
        "The API token lacks scopes",
        "Off without them: {off}. Atlassian does not say which are missing; at least one of: {scopes}.",
        YOU,
        "A token gets no scopes afterwards. At id.atlassian.com → Security → API tokens make a new one with "
        "all scopes that the set-up page lists, enter it there, and revoke the former one.",
    ),
    Problem(
        "token_scopes_untried",
        "Not everything could be tried",
        "What scopes a token has can be read nowhere, so each feature is tried; for these there was nothing "
        "to try it on: {features}.",
        TENANT_ADMIN,
        "Make a board on the site that the account can see, and try again.",
    ),
    Problem(
        "token_scopes_stopped",
        "Not everything could be tried",
        "What scopes a token has can be read nowhere, so each feature is tried. Jira answered something else "
        "first, “{last}”, so of these nothing is known: {features}.",
        TENANT_ADMIN,
        "{todo}. Then try again.",
    ),
    Problem(
        "scopes_superfluous",
        "More is granted than is used",
        "Used for nothing here: {scopes}. Whoever got hold of a token could use them.",
        TENANT_ADMIN,
        "In the developer console → the app → Permissions untick each by its id and save, untick it on the "
        "set-up page too, and reauthorise the account.",
    ),
    Problem(
        "shared_scopes_superfluous",
        "More is granted than is used",
        "Used for nothing here: {scopes}. Whoever got hold of a token could use them.",
        OPERATOR,
        "Ask the operator whether the app of this portal needs them; once they are gone, reauthorise the "
        "account.",
    ),
    Problem(
        "token_scopes_untold",
        "What more a token may do cannot be known from here",
        "Nobody tells which scopes a token has, and trying what is not needed would change data.",
        YOU,
        "If you did not note them, make a new token at id.atlassian.com → Security → API tokens with these "
        "scopes and no others: {scopes}. Enter it, and revoke the former one.",
    ),
    Problem(
        "classic_token_wide",
        "This token can do everything its owner can",
        "A token without scopes cannot be held to what is needed here: it opens every product of Atlassian's"
        " that its owner may use.",
        YOU,
        "At id.atlassian.com → Security → API tokens press Create API token with scopes, tick those the "
        "set-up page lists, enter that token, and revoke this one.",
    ),
)

REPORT_CHECKS = catalogue(
    Problem(
        "report_no_app",
        "This kind cannot report",
        "It has no app at Atlassian by which the portal could ask which accounts were closed.",
        TENANT_ADMIN,
        "Disconnect people whose Atlassian account is closed: their names go with it. An account that goes "
        "by an app reports by itself.",
    ),
    Problem(
        "report_not_allowed",
        "The app may not report",
        "It lacks Report user accounts (report:personal-data), so names of people whose account is closed "
        "would stay here.",
        TENANT_ADMIN,
        "Tick it in the developer console → the app → Permissions → Personal Data Reporting API and on the "
        "set-up page, then reauthorise the account.",
    ),
    Problem(
        "shared_report_not_allowed",
        "The app of this portal may not report",
        "It lacks Report user accounts (report:personal-data), so names of people whose account is closed "
        "would stay here.",
        OPERATOR,
        "Ask the operator to add it to the app of this portal, then reauthorise the account.",
    ),
    Problem(
        "report_no_consent",
        "Nobody's consent allows reporting",
        "The names of {accounts} Atlassian accounts are kept here, and no consent that stands holds Report "
        "user accounts (report:personal-data); a pasted token cannot report.",
        TENANT_ADMIN,
        "Reauthorise the account by consent and accept all permissions; or let one person connect by "
        "consent.",
    ),
    Problem(
        "report_failed",
        "The last report to Atlassian failed",
        "The reason: {reason}. It is tried again by itself.",
        ATLASSIAN,
        "Nothing, if it is mended by tomorrow. If it stays, look at the row of the same name as the reason.",
        retry=True,
    ),
)

SCOPE_CHECK_PROBLEMS = SCOPE_CHECKS | REPORT_CHECKS
