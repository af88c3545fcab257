"""Problems only rows about Jira Cloud find: of apps, consents and sites.

Much of what fails at Atlassian ends on a page of its own and never comes back. Where so nothing can be known
from here, the fix says what one would see there, in Atlassian's words.
"""

from portal.credentials.problem import ATLASSIAN, JIRA_ADMIN, OPERATOR, TENANT_ADMIN, YOU, Problem, catalogue

APP_CHECKS = catalogue(
    Problem(
        "app_incomplete",
        "Client ID and secret are not there yet",
        "The app at Atlassian by which this account connects was not entered in full.",
        TENANT_ADMIN,
        "Open the developer console → the app → Settings, copy Client ID and Secret, and enter both on the "
        "set-up page.",
    ),
    Problem(
        "client_unproved",
        "Whether Atlassian knows the client ID cannot be known from here",
        "Atlassian looks at it on its consent page only, after a sign-in, and nobody has come back from "
        "there yet. Gone there and not seen again within a week: {astray}.",
        TENANT_ADMIN,
        "Press Get auth token. If Atlassian shows an error page that names no reason, or "
        "“unauthorized_client”, compare the client ID on the set-up page with the developer console → the "
        "app → Settings.",
    ),
    Problem(
        "secret_unproved",
        "Whether Atlassian takes the client secret cannot be known yet",
        "Only a consent or a renewal proves it, and there was none since the secret was entered.",
        TENANT_ADMIN,
        "Press Get auth token and accept: with the first consent the secret is proved. A wrong one is told "
        "as “Atlassian does not accept the app's secret” when you come back.",
    ),
    Problem(
        "token_endpoint_failed",
        "Atlassian's token endpoint fails",
        "Where Atlassian hands out and renews tokens it answered with {status}. That is a place of its own: "
        "the site may answer meanwhile, and every call stops when the token ends that is held.",
        ATLASSIAN,
        "Wait a few minutes and try again; nothing has to be changed here or at Atlassian. If it stays, look "
        "at status.atlassian.com, where Atlassian says what is wrong.",
        retry=True,
    ),
    Problem(
        "app_client_untold",
        "Atlassian does not say which of both is wrong",
        "Atlassian refuses client ID and client secret together, with the same answer to a wrong one of "
        "either. That it knew the client ID before proves nothing now: the app may have been deleted.",
        TENANT_ADMIN,
        "See whether the app still stands in the developer console. If it does, copy Client ID and Secret "
        "from its Settings, both again, to the set-up page.",
    ),
    Problem(
        "shared_client_untold",
        "Atlassian does not say which of both is wrong",
        "Atlassian refuses client ID and client secret of the app of this portal together, with the same "
        "answer to a wrong one of either.",
        OPERATOR,
        "Ask the operator to compare both with the app in the developer console.",
    ),
    Problem(
        "secret_untried",
        "Whether Atlassian still takes the client secret cannot be known from here",
        "Only a renewal tries it, and the account has no consent of its own that could be renewed. Those of "
        "people are not put at risk for a check of the account.",
        TENANT_ADMIN,
        "Ask somebody who is connected by consent to open a board here: if it shows its issues an hour after "
        "they connected, the secret is taken. Or authorise the account itself by consent.",
    ),
    Problem(
        "callback_unproved",
        "Whether the callback URL matches cannot be known from here",
        "Where it does not, Atlassian says so on a page of its own and does not lead back. Gone there since "
        "anybody last came back: {astray}.",
        TENANT_ADMIN,
        "Press Get auth token and see what Atlassian shows. “Callback URL mismatch”: enter {callback} in the"
        " developer console → the app → Authorization, to the letter. “You don't have access to this app”: "
        "share it under Distribution. That an admin has blocked the app: an organisation admin of the site "
        "allows it at admin.atlassian.com. “invalid_scope”: tick under Permissions what the set-up page "
        "lists, or untick it there.",
    ),
    Problem(
        "shared_callback_unproved",
        "Whether people come back from Atlassian cannot be known from here",
        "What goes wrong there is said on a page of Atlassian's and does not lead back. Gone there since "
        "anybody last came back: {astray}.",
        OPERATOR,
        "Press Get auth token and see what Atlassian shows. “Callback URL mismatch”: the operator enters "
        "{callback} as callback URL of the app. “You don't have access to this app”: the operator shares the"
        " app. That an admin has blocked it: an organisation admin of the site allows it at "
        "admin.atlassian.com. “invalid_scope”: the operator compares ALMONER_SHARED_APP_SCOPES with the app.",
    ),
)

CONSENT_CHECKS = catalogue(
    Problem(
        "waits_for_confirmation",
        "Nobody has said yet that this is the identity that was meant",
        "Somebody consented for the account, and what that gave is kept until an admin confirms it, for a "
        "day.",
        TENANT_ADMIN,
        "Open the set-up page, look at the name shown there, and confirm it.",
    ),
    Problem(
        "consent_lacks_identity",
        "The consent may not tell whose it is",
        "Atlassian accepts it, but for asking who it is it lacks View user profiles (read:jira-user).",
        TENANT_ADMIN,
        "Tick View user profiles (read:jira-user) in the developer console → the app → Permissions → Jira "
        "API → Classic scopes, save, and reauthorise the account.",
    ),
    Problem(
        "sign_in_scopes_missing",
        "The consent lacks what tells whose it is",
        "Not granted: {scopes}. Nobody can be told by it who they are, so whoever connects anew is turned "
        "away.",
        TENANT_ADMIN,
        "In the developer console → the app → Permissions tick it by its id and save: read:me stands under "
        "User Identity API, read:jira-user under Jira API → Classic scopes. Then reauthorise the account.",
    ),
    Problem(
        "shared_sign_in_scopes_missing",
        "The consent lacks what tells whose it is",
        "Not granted: {scopes}. Nobody can be told by it who they are, so whoever connects anew is turned "
        "away.",
        OPERATOR,
        "Ask the operator to add it to the app of this portal. Then reauthorise the account.",
    ),
    Problem(
        "consent_revoked",
        "Atlassian does not take the consent any more",
        "The token was renewed and refused again, at the site and where Atlassian lists sites: it was not "
        "its time that ran out. The app was removed from the Atlassian account, or the account was "
        "deactivated.",
        YOU,
        "Sign in to Atlassian as that very user. If that works, reauthorise the account; if not, ask an "
        "admin of your organisation at Atlassian to activate the user.",
    ),
    Problem(
        "refused_by_site",
        "Atlassian takes the consent, the site does not",
        "The token is alive and covers the site, and Jira still answers that nobody is signed in: the Jira "
        "user was deactivated there, or the organisation of the site blocks the app.",
        JIRA_ADMIN,
        "At admin.atlassian.com → Directory → Users look whether the user is active and may use Jira; under "
        "Security → Connected apps, whether the app is blocked. Then try again.",
    ),
    Problem(
        "no_jira_access",
        "The user may not use Jira on this site",
        "Atlassian knows the credential, but its owner has no access to Jira at {host}. Jira says: "
        "{message}.",
        JIRA_ADMIN,
        "An admin of the site opens admin.atlassian.com → Directory → Users → the user, and grants access to"
        " Jira. Then try again; nothing has to be connected anew.",
    ),
)

SITE_CHECKS = catalogue(
    Problem(
        "site_not_picked",
        "No site was picked yet",
        "Which site this account is for is fixed when its identity is confirmed.",
        TENANT_ADMIN,
        "Finish the set-up: consent or enter the token, then confirm identity and site.",
    ),
    Problem(
        "site_replaced",
        "Another site has this address now",
        "When it was picked the site had the cloud ID {cloud_then}; at {host} now answers one with "
        "{cloud_now}. Calls go by the cloud ID and would reach the former one.",
        TENANT_ADMIN,
        "If the site moved, enter its present address in the set-up. If this is another site, add an account"
        " for it, or change the site in the set-up: everybody connects again then.",
    ),
    Problem(
        "site_gone",
        "The consent covers no site any more",
        "Atlassian lists no Jira site for it: the app was removed from the site, the user lost it, or the "
        "site was deleted.",
        JIRA_ADMIN,
        "See whether {host} still opens in a browser, and whether the user can sign in there; an admin of "
        "the site gives access back. Then reauthorise the account and choose the site.",
    ),
    Problem(
        "site_renamed",
        "The site has another address now",
        "It is the same site, by its cloud ID, and calls reach it. Its address is {address_now}; links here "
        "lead to {address_then}.",
        TENANT_ADMIN,
        "Enter {address_now} as the site in the set-up.",
    ),
    Problem(
        "site_untold",
        "The site does not tell its cloud ID",
        "Some networks and organisations keep the page back on which a site tells it. Whether it is still "
        "the site that was picked is seen by the boards only.",
        TENANT_ADMIN,
        "Open https://{host}/_edge/tenant_info in a browser that reaches it, and compare what stands there "
        "with the cloud ID on the overview of the account.",
    ),
    Problem(
        "points_untold",
        "Atlassian did not come to count the call",
        "The call that would tell was stopped by something else, which another row names.",
        TENANT_ADMIN,
        "Mend what the other rows say, then try again.",
        retry=True,
    ),
)

CLOUD_CHECK_PROBLEMS = APP_CHECKS | CONSENT_CHECKS | SITE_CHECKS
