"""Problems of accounts that only send: what their tests find, and what known codes mean for them.

A credential of a site has no identity and no consent: nobody connects again, somebody looks at it in Jira.
"""

from portal.credentials.problem import ATLASSIAN, OPERATOR, TENANT_ADMIN, Problem, catalogue

SITE_ADMIN = "a site admin of that Jira"
_WHERE = "Settings → Apps → OAuth credentials"
_ANOTHER = (
    f"In Jira, {_WHERE}: create another credential with what is needed, enter its client ID and client "
    "secret in the set-up, press Test and save, and delete the former one in Jira."
)

DELIVERY_PROBLEMS = catalogue(
    Problem(
        "delivery_incomplete",
        "Something is still to be entered",
        "Without site URL, client ID and client secret there is nothing to test.",
        TENANT_ADMIN,
        "Open the set-up, enter what is missing there and press Test and save.",
    ),
    Problem(
        "delivery_permission_missing",
        "A permission is missing in Jira",
        "Atlassian took client ID and client secret, and Jira refused to take: {missing}. The credential was "
        "created without that permission.",
        SITE_ADMIN,
        f"Permissions of a credential cannot be changed afterwards. {_ANOTHER} Or untick it in the set-up, "
        "if none of it is sent.",
    ),
    Problem(
        "delivery_unticked",
        "A permission is not ticked here",
        "Programs sent {missing} while it was ticked in the set-up, and it is ticked no longer. What waits "
        "of it is kept and not sent; nothing more of it is accepted.",
        TENANT_ADMIN,
        "Tick it in the set-up, if the credential has the permission in Jira: what waits is then sent.",
    ),
    Problem(
        "delivery_permissions_untold",
        "It cannot be known from here what may be sent",
        "Atlassian took client ID and client secret, but Jira's answers to an empty list say nothing clear "
        "of any permission.",
        ATLASSIAN,
        "Try again later. If it stays, look in Jira, " + _WHERE + ", which permissions the credential has.",
        retry=True,
    ),
    Problem(
        "delivery_site",
        "The credential is not of this site",
        "Atlassian took client ID and client secret, and does not let them send to {host}: they were created "
        "at another site, or this one was renamed or removed.",
        TENANT_ADMIN,
        "Open the site that stands in the set-up in a browser. If its address has changed, correct it. If it "
        f"is right, look there under {_WHERE} whether the credential is in its list; if it is not, create "
        "one there.",
    ),
    Problem(
        "too_much",
        "Too much was sent in one call",
        "{host} takes less in one call.",
        OPERATOR,
        "Nothing need be done: it is sent in smaller pieces. A single thing that is too large is given up, "
        "and its page says so.",
        retry=True,
    ),
)

AT_DELIVERY = catalogue(
    Problem(
        "client_refused",
        "Atlassian does not accept client ID and client secret",
        "Atlassian says no more than that. The credential was deleted in Jira, one of the two was mistyped, "
        "or they are of an app of the developer console, which cannot send here.",
        TENANT_ADMIN,
        f"Look in Jira, {_WHERE}, whether the credential is in the list. If it is, copy client ID and client "
        "secret again to the set-up; if it is not, create another. Then press Test and save. What waits is "
        "kept.",
    ),
    Problem(
        "unauthorized",
        "Jira does not accept the token",
        "Atlassian gave a token for client ID and client secret, and Jira refused it at once.",
        SITE_ADMIN,
        f"Look in Jira, {_WHERE}, whether the credential is in the list; if it is not, create another. If it "
        "is, wait a few minutes and press Test connection. What waits is kept.",
        retry=True,
    ),
    Problem(
        "forbidden",
        "The credential may not send this",
        "Jira refused it because the credential was created without the permission for it.",
        SITE_ADMIN,
        f"Permissions of a credential cannot be changed afterwards. {_ANOTHER} What waits is kept.",
    ),
    Problem(
        "not_found",
        "Jira does not know the site for this credential",
        "The credential was created at another site, or this site was renamed or removed.",
        TENANT_ADMIN,
        "Open the site that stands in the set-up in a browser; correct its address there if it has changed. "
        f"If it is right, look there under {_WHERE} whether the credential is in its list. What waits is "
        "kept.",
    ),
    Problem(
        "redirected",
        "The site has another address now",
        "Atlassian answers with a redirect to {to}, and what is sent must not be sent on.",
        TENANT_ADMIN,
        "Open the site in a browser, enter the address you come to as the site URL in the set-up, and press "
        "Test and save. What waits is kept.",
    ),
    Problem(
        "not_connected",
        "No credential has passed a test",
        "Nothing is sent before client ID and client secret have passed a test; or the account was "
        "disconnected since. What waits is kept.",
        TENANT_ADMIN,
        "Open the set-up, enter what is missing there and press Test and save.",
    ),
    Problem(
        "app_changed",
        "Another client ID was entered",
        "What the former credential gave is not used any more, and the new one has not passed a test.",
        TENANT_ADMIN,
        "Press Test connection. What waits is sent as soon as it passes.",
    ),
    Problem(
        "address_changed",
        "The account is for another site now",
        "An admin changed the site, and client ID and client secret have not passed a test there. A "
        "credential belongs to one site.",
        TENANT_ADMIN,
        f"Create a credential at the new site ({_WHERE}), enter client ID and client secret in the set-up "
        "and press Test and save.",
    ),
)
