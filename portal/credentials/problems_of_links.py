"""Problems of OAuth 2.0 at a Jira Data Center: what the same codes mean where an incoming link is the app.

At Atlassian a consent belongs to an app of the developer console; here it belongs to an incoming link of that
very Jira, whose administrators can mend more, and whose codes live for seconds.
"""

from portal.credentials.problem import JIRA_ADMIN, NETWORK, TENANT_ADMIN, YOU, Problem, catalogue

VIEW = "Jira → Application links → More actions (…) beside the link → View credentials"

LINK_PROBLEMS = catalogue(
    Problem(
        "code_refused",
        "The answer of the consent page came too late",
        "What Jira sends back after Allow works once, and for ten seconds unless its administrators changed "
        "that. It arrived later, or had been used before. Nothing was stored.",
        YOU,
        "Start again, and let the browser come straight back after Allow. If it happens again, ask your Jira "
        "admin to set the system property atlassian.oauth2.provider.max.client.delay.seconds higher, and to "
        "compare the redirect URL of the incoming link with the one on the set-up page.",
    ),
)

AT_SERVER = catalogue(
    Problem(
        "ip_not_allowed",
        "A network rule before Jira refuses this portal",
        "What stands before {host} answered with status 403 and a page that is not Jira's: a proxy or "
        "firewall that lets only listed addresses in, or not the paths this portal calls.",
        NETWORK,
        "Let the addresses of this portal through to {host}, for /rest and /plugins/servlet/oauth; the "
        "set-up page lists them.",
    ),
    Problem(
        "client_refused",
        "Jira does not accept the client secret",
        "The client ID and secret kept here are not those of an incoming link in that Jira: the link was "
        "deleted or made anew, or the secret belongs to another one. Your consent is not the cause.",
        TENANT_ADMIN,
        f"An admin copies Client ID and Client secret again, of one and the same link: {VIEW}, then Set-up "
        "here. Connecting again does not help; what is connected goes on by itself then.",
        anew=False,
    ),
    Problem(
        "grant_refused",
        "Jira does not accept the consent any more",
        "A connection ends when its user revokes it in the Jira profile, when the incoming link is deleted "
        "or its redirect URL changed, when the Jira user is deactivated, or when nobody used it for 90 days.",
        YOU,
        "Connect again. If that user cannot sign in to Jira any more, connect as another user, or ask your "
        "Jira admin to activate the former one.",
    ),
    Problem(
        "grant_ended",
        "The consent has ended",
        "Jira does not renew this connection any more.",
        YOU,
        "Connect again. If that user cannot sign in to Jira any more, connect as another user, or ask your "
        "Jira admin to activate the former one.",
    ),
    Problem(
        "renewal_lost",
        "The key to this connection was lost",
        "Jira replaced the key, and the new one was never stored: our server stopped before it could, or the "
        "answer was lost on the way. Jira takes the former one no more.",
        YOU,
        "Connect again.",
    ),
    Problem(
        "consent_replaced",
        "A newer consent took its place",
        "A later visit to Jira's consent page ended this connection, and what that gave could not be used.",
        YOU,
        "Connect again.",
    ),
    Problem(
        "app_changed",
        "The account goes by another incoming link now",
        "An admin entered another client ID; what the former link was allowed is not used any more.",
        YOU,
        "Connect again.",
    ),
    Problem(
        "scopes_narrowed",
        "The permission is smaller than the one asked for",
        "Jira gave less than was asked for, or an admin asks for more since you consented. Missing: "
        "{scopes}. What needs less works.",
        YOU,
        "Connect again.",
    ),
    Problem(
        "no_refresh_token",
        "Jira gave nothing to stay connected with",
        "The answer held no refresh token, so the connection would end within hours.",
        JIRA_ADMIN,
        "Connect again. If it stays, something between this portal and Jira changes its answers.",
        revoke=True,
    ),
    Problem(
        "renewing",
        "The connection is being renewed",
        "Another page is renewing the same connection, and Jira takes long.",
        JIRA_ADMIN,
        "Try again in a moment.",
        retry=True,
    ),
    Problem(
        "consent_scope_refused",
        "The incoming link does not have the permission asked for",
        "Jira refused the permission: the incoming link gives less than the set-up page asks for.",
        TENANT_ADMIN,
        "An admin compares the permission on the set-up page with that of the incoming link in Jira: Read, "
        "or Write.",
    ),
    Problem(
        "consent_app_refused",
        "Jira does not let this portal ask for consent",
        "The incoming link is not allowed to ask in this way.",
        JIRA_ADMIN,
        "Make the incoming link anew, as External application → Incoming, and enter its client ID and secret "
        "on the set-up page.",
    ),
    Problem(
        "consent_server_error",
        "Jira has an error of its own",
        "The consent page came back with an error of the server. Nothing was stored.",
        JIRA_ADMIN,
        "Start again in a minute. If it stays, the reason stands in Jira's log.",
        retry=True,
    ),
    Problem(
        "consent_refused",
        "Jira refused, with a reason of its own",
        "The consent page came back without a code. Nothing was stored.",
        YOU,
        "Start again. If it stays, an admin compares client ID, redirect URL and permission with the "
        "incoming link in Jira.",
    ),
)
