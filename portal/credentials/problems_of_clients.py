"""Problems that rows of the checklist find about clients and credentials at a Jira Server or Data Center, and
about what this portal keeps of them.

Where nothing can be known from here the cause says why, and the fix what one would see instead.
"""

from portal.credentials.problem import JIRA_ADMIN, NETWORK, OPERATOR, TENANT_ADMIN, Problem, catalogue

_VIEW = "Jira → Application links → More actions (…) beside the link → View credentials"
_MOVED = "When a consent last came back, the callback was {former}; now it is {callback}. "

CLIENT_PROBLEMS = catalogue(
    Problem(
        "client_missing",
        "Client ID or client secret is missing",
        "Without both no call can be made in the name of the incoming link.",
        TENANT_ADMIN,
        f"Copy Client ID and Client secret of the incoming link ({_VIEW}) to the set-up page and save it.",
    ),
    Problem(
        "oauth1_missing",
        "That Jira does not answer where OAuth 1.0a is",
        "Jira itself answers at {host}, but not at /plugins/servlet/oauth/request-token: something before it "
        "holds that path back, or this Jira has no OAuth 1.0a any more.",
        JIRA_ADMIN,
        "Let /plugins/servlet/oauth pass at the proxy, and see under Administration → Manage apps → System "
        "apps that the OAuth plugin is enabled. If that Jira has none, change this account to Jira Data "
        "Center OAuth 2.0, on its overview.",
    ),
    Problem(
        "signature_invalid_parameters",
        "A part of the request was changed on the way",
        "Jira checked another text than the one we signed, for the same address. What differs: {parameters}. "
        "Something between this portal and Jira adds, removes or rewrites parts of a call.",
        NETWORK,
        "Look at the rules of the proxy before Jira that rewrite addresses or the Authorization header, and "
        "leave out /rest and /plugins/servlet/oauth.",
    ),
    Problem(
        "link_unproved",
        "No call tells whether Jira knows the client ID",
        "Jira looks at the client ID only on its consent page and when tokens are renewed, and neither has "
        "been seen to succeed with the one entered. Begun there and not seen again: {astray}.",
        TENANT_ADMIN,
        "Press Get auth token on the set-up page. If the client ID is wrong, Jira shows “Invalid client” "
        "instead of asking for your consent; then compare it with the incoming link in Jira.",
    ),
    Problem(
        "client_untold",
        "Jira does not say which of both is wrong",
        "Jira refuses client ID and client secret together, with the same answer to a wrong one of either.",
        TENANT_ADMIN,
        f"Copy both again, of one and the same incoming link: {_VIEW}, then Set-up here.",
    ),
    Problem(
        "link_secret_unproved",
        "Nothing has proved the client secret yet",
        "Jira looks at it only when a consent comes back and when tokens are renewed, and neither has "
        "happened since it was entered, or nobody asked for it in this run.",
        TENANT_ADMIN,
        "Press Run the checklist: where somebody is connected, that renews a connection with it. Where "
        "nobody is, connect the account on the set-up page; with a wrong secret that ends with “Jira does "
        "not accept the client secret”.",
    ),
    Problem(
        "link_callback_unproved",
        "Nobody has come back from Jira yet",
        "Whether the redirect URL in Jira is right shows only when somebody comes back from Jira's consent "
        "page; nobody has, with this client ID and to {callback}.",
        TENANT_ADMIN,
        "Compare the Redirect URL of the incoming link with {callback}, to the letter. Then press Get auth "
        "token: if they differ, Jira shows an error about the redirect URL and does not lead back.",
    ),
    Problem(
        "link_callback_astray",
        "Somebody went to Jira and has not come back",
        "Consents begun since somebody last came back, and not seen again: {astray}. Who closes the page "
        "does not come back either; but an error of Jira's about the redirect URL or the client never "
        "leads back, so no call tells.",
        TENANT_ADMIN,
        "Ask what Jira's page said. “Invalid client”: compare the client ID. An error about the redirect "
        "URL: the Redirect URL of the incoming link has to be {callback}, to the letter.",
    ),
    Problem(
        "link_permission_missing",
        "The incoming link lacks a permission",
        "This account asks for {scopes}, and Jira grants less: the permission of the incoming link was "
        "narrowed, or a wider one was chosen here since the account was authorised. Who connects anew is "
        "turned away.",
        JIRA_ADMIN,
        "Open Jira → Application links → More actions (…) beside the incoming link → Edit, choose the "
        "permission {scopes} and save. Then reauthorise the account. If nothing is to be changed from here, "
        "choose Read on the set-up page instead, and reauthorise it.",
    ),
    Problem(
        "renewal_paused",
        "No renewal is sent just now",
        "The last renewal of this connection met “{last}”. The next is not sent before a pause of {wait} is "
        "over, so until then nothing new can be known.",
        TENANT_ADMIN,
        "Wait {wait}, then try again: the connection is renewed at once then.",
        retry=True,
    ),
    Problem(
        "consent_untold",
        "Jira did not come to look at it",
        "The call that would tell was stopped by something else, which the row “Identity” names, or the row "
        "that it waits for.",
        TENANT_ADMIN,
        "Mend what that row says, then try again.",
    ),
    Problem(
        "secret_elsewhere",
        "Whether there is another copy cannot be known from here",
        "This portal keeps the secret sealed and shows it to nobody. Whoever copied it may have left it in a "
        "ticket, a chat, a mail or a repository.",
        TENANT_ADMIN,
        "Search your tickets, chats and repositories for it. If it stands anywhere, make a new one where "
        "it was made, enter it here, and revoke the old one there.",
    ),
    Problem(
        "secret_in_clear",
        "The secret came here unencrypted",
        "This portal is reached over plain http: whoever was on the way when the secret was typed could read "
        "it, and can read every sign-in.",
        OPERATOR,
        "Give this portal an https address. Then make a new secret where this one was made, enter it "
        "here, and revoke the old one.",
    ),
    Problem(
        "portal_url_untold",
        "No consent has come back to this portal yet",
        "Jira has to lead people back to {callback}. That it does shows when the first consent comes back.",
        TENANT_ADMIN,
        "Compare the callback URL in Jira with {callback}, then connect the account on the set-up page.",
    ),
    Problem(
        "portal_url_changed",
        "This portal has another address than when it was set up",
        _MOVED
        + "Where the former one still stands in Jira, new consents end on an error page, and connections "
        "may not be renewed.",
        JIRA_ADMIN,
        "Put {callback} in the place of {former}: in Jira → Application links → the link of this portal → "
        "Edit. The next consent that comes back proves it.",
    ),
    Problem(
        "app_portal_url_changed",
        "This portal has another address than when it was set up",
        _MOVED + "An app has one callback URL: while the former one stands there, nobody comes back.",
        TENANT_ADMIN,
        "Put {callback} in the place of {former}: in the developer console → the app → Authorization → OAuth "
        "2.0 (3LO) → Configure. The next consent that comes back proves it.",
    ),
    Problem(
        "shared_portal_url_changed",
        "This portal has another address than when it was set up",
        _MOVED + "The app of this portal at Atlassian has to name the new one.",
        OPERATOR,
        "The operator puts {callback} in the place of {former}: in the developer console → the app → "
        "Authorization → OAuth 2.0 (3LO) → Configure. The next consent that comes back proves it.",
    ),
)
