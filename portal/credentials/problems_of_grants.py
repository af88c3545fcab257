"""Problems of OAuth 2.0 at Atlassian: apps, consents, and the grants they give."""

from portal.credentials.problem import ATLASSIAN, OPERATOR, TENANT_ADMIN, YOU, Problem, catalogue

GRANT_PROBLEMS = catalogue(
    Problem(
        "client_refused",
        "Atlassian does not accept the app's secret",
        "The client secret kept here is of another app, or was replaced in the developer console. Your "
        "consent is not the cause.",
        TENANT_ADMIN,
        "An admin copies Client ID and Secret again, of one and the same app: developer console → the app → "
        "Settings, then Set-up here. Connecting again does not help; what is connected goes on by itself "
        "then.",
        anew=False,
    ),
    Problem(
        "shared_app_refused",
        "Atlassian does not accept the app of this portal",
        "This account goes by the app that the operator of this portal set up, and its client ID or secret "
        "is not right any more. Your consent is not the cause.",
        OPERATOR,
        "The operator checks ALMONER_SHARED_APP_CLIENT_ID and ALMONER_SHARED_APP_SECRET_FILE. Connecting "
        "again does not help; what is connected goes on by itself when they are right again.",
        anew=False,
    ),
    Problem(
        "grant_refused",
        "Atlassian does not accept the consent any more",
        "The answer of a consent page works once and for a few minutes. A connection ends when the app is "
        "removed from the Atlassian account, when its password changes, when that account is deactivated, or "
        "when nobody used it for 90 days.",
        YOU,
        "Connect again. If that user cannot sign in any more, connect as another user who may use the site, "
        "or ask an admin of the organisation to activate the former one.",
    ),
    Problem(
        "grant_ended",
        "The consent has ended",
        "Atlassian does not renew this connection any more.",
        YOU,
        "Connect again. If that user cannot sign in any more, connect as another user who may use the site, "
        "or ask an admin of the organisation to activate the former one.",
    ),
    Problem(
        "renewal_lost",
        "The key to this connection was lost",
        "Atlassian replaced the key, and the new one was never stored: our server stopped before it could, "
        "or the answer was lost on the way.",
        YOU,
        "Connect again.",
    ),
    Problem(
        "consent_elsewhere",
        "Ended by a consent elsewhere",
        "The same Atlassian account gave consent to the app of this portal for another organisation, and "
        "Atlassian ended this connection with that.",
        YOU,
        "Connect again with another Atlassian account; or let an admin set up an app of your organisation's "
        "own, which nothing elsewhere can end.",
    ),
    Problem(
        "consent_replaced",
        "A newer consent took its place",
        "A later visit to Atlassian's consent page ended this connection, and what that gave could not be "
        "used.",
        YOU,
        "Connect again.",
    ),
    Problem(
        "grant_elsewhere",
        "This Atlassian account is connected in another organisation",
        "Atlassian keeps one consent for an app and an Atlassian account. This portal's app has yours in "
        "another organisation of this portal, and a second one would change or end it. Nothing was stored.",
        TENANT_ADMIN,
        "Disconnect in the other organisation first, or use another Atlassian account; or let an admin add "
        "an ALM account with an app of your organisation's own (Add ALM account → Jira Cloud OAuth → Or with "
        "an app of your own).",
    ),
    Problem(
        "app_changed",
        "The account goes by another app now",
        "An admin entered another client ID; what the former app was allowed is not used any more.",
        YOU,
        "Connect again.",
    ),
    Problem(
        "scopes_narrowed",
        "Some permissions are missing",
        "Atlassian gave less than was asked for, or more is asked for since you consented. Missing: "
        "{scopes}. What needs none of these works.",
        YOU,
        "Connect again and accept all permissions on the consent page.",
    ),
    Problem(
        "scopes_missing",
        "The permissions that prove who you are are missing",
        "Without them nobody can be connected. Missing: {scopes}.",
        TENANT_ADMIN,
        "An admin ticks them in the developer console (Permissions → User Identity API, and Jira API → "
        "Classic scopes). Then connect again and accept all of them.",
        revoke=True,
    ),
    Problem(
        "scopes_extra",
        "Atlassian gave more permissions than were asked for",
        "More than what was asked for is not taken: {scopes}.",
        TENANT_ADMIN,
        "An admin compares the permissions on the set-up page with those in the developer console. Then "
        "connect again.",
        revoke=True,
    ),
    Problem(
        "scope_mismatch",
        "A permission is missing for this",
        "Atlassian says that the consent does not cover this call.",
        TENANT_ADMIN,
        "An admin looks at the overview of the ALM account, which lists what is off and which permission "
        "each needs; after a change everybody connects again.",
    ),
    Problem(
        "no_refresh_token",
        "Atlassian gave nothing to stay connected with",
        "The answer held no refresh token, so the connection would end within the hour.",
        TENANT_ADMIN,
        "Connect again. If it stays, an admin makes sure that the app is an OAuth 2.0 (3LO) integration.",
        revoke=True,
    ),
    Problem(
        "site_not_covered",
        "The consent does not cover the site of this account",
        "This account is for {host}; the consent covers {offered}.",
        YOU,
        "Connect again and choose that site on the consent page. If it is not offered there, your Atlassian "
        "account does not belong to it: ask an admin of the site to invite you.",
        revoke=True,
    ),
    Problem(
        "points_used",
        "This organisation's share of calls is used up",
        "Atlassian counts the calls of this portal's app by the hour, and all organisations share them "
        "evenly.",
        TENANT_ADMIN,
        "Wait until the next full hour. With an app of its own an organisation has all points for itself.",
        retry=True,
    ),
    Problem(
        "quota_spent",
        "The app's points of this hour are spent",
        "Atlassian counts what the calls of an app cost, over everybody who uses it, and refuses all of them "
        "until the full hour.",
        ATLASSIAN,
        "Wait {wait}; it passes by itself. If it comes back, see what else calls by the same app.",
        retry=True,
    ),
    Problem(
        "renewing",
        "The connection is being renewed",
        "Another page is renewing the same connection, and Atlassian takes long.",
        OPERATOR,
        "Try again in a moment.",
        retry=True,
    ),
    Problem(
        "consent_scope_refused",
        "The app does not have a permission that was asked for",
        "Atlassian refused the permissions asked for: one of them is not ticked in the developer console.",
        TENANT_ADMIN,
        "An admin compares the permissions on the set-up page with those in the developer console.",
    ),
    Problem(
        "consent_app_refused",
        "Atlassian does not let this app ask for consent",
        "The app is not allowed to: it may be private, deleted, or blocked by the organisation of your site.",
        TENANT_ADMIN,
        "An admin looks at Distribution in the developer console; an organisation admin of the site can "
        "allow the app.",
    ),
    Problem(
        "consent_server_error",
        "Atlassian has an error of its own",
        "The consent page came back with an error of the server. Nothing was stored.",
        YOU,
        "Start again in a minute.",
        retry=True,
    ),
    Problem(
        "consent_refused",
        "Atlassian refused, with a reason of its own",
        "The consent page came back without a code. Nothing was stored.",
        YOU,
        "Start again. If it stays, an admin compares client ID, callback URL and permissions with the "
        "developer console.",
    ),
)
