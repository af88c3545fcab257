"""Problems only the checklist finds: what stops nothing yet, what no call can tell, and what was overlooked.

Where nothing can be known from here the cause says why, and the fix what one would see instead.
"""

from portal.credentials.problem import JIRA_ADMIN, NETWORK, OPERATOR, TENANT_ADMIN, Problem, catalogue

CHECK_PROBLEMS = catalogue(
    Problem(
        "address_missing",
        "No base URL was entered",
        "The account does not say yet where its Jira is.",
        TENANT_ADMIN,
        "Enter the base URL on the set-up page and save it.",
    ),
    Problem(
        "plain_http",
        "The connection is not encrypted",
        "Calls to {host} go over plain http, which the operator allowed for this host: whoever is on the way "
        "can read tokens and data.",
        JIRA_ADMIN,
        "Give Jira a certificate and an https address, then enter that address under Settings.",
    ),
    Problem(
        "ca_refused",
        "The certificate authority entered here cannot be read",
        "What stands under Settings → Certificate authority is no certificate, or one that has ended.",
        TENANT_ADMIN,
        "Paste the certificate of your organisation's authority again, under Settings.",
    ),
    Problem(
        "tls_self_signed",
        "Jira's certificate is signed by itself",
        "The certificate of {host} was issued by nobody but itself, so anybody could have made it.",
        JIRA_ADMIN,
        "Install a certificate that an authority issued. Until then, if you have that very certificate from "
        "the server itself, an admin here can paste it under Settings → Certificate authority.",
    ),
    Problem(
        "tls_not_by_authority",
        "The authority entered here did not issue Jira's certificate",
        "Nothing leads from the certificate of {host} to the authority entered under Settings. Either it is "
        "another one's, or Jira does not send the certificate that stands between them.",
        JIRA_ADMIN,
        "Let Jira, or the proxy before it, send its whole chain: its own certificate, then each one that "
        "issued the one before. If it has another authority by now, paste that one's certificate under "
        "Settings → Certificate authority.",
    ),
    Problem(
        "seen_by_proxy",
        "Only the outbound proxy sees this",
        "This portal reaches Jira through a proxy, which looks up names and connects. From here only its "
        "answer is seen.",
        OPERATOR,
        "If the rows below fail, look in the proxy's log for the host of this account.",
    ),
    Problem(
        "certificate_ends",
        "Jira's certificate ends soon",
        "The certificate of {host} ends in {wait}. From then on every call fails.",
        JIRA_ADMIN,
        "Renew the certificate of your Jira before.",
    ),
    Problem(
        "other_product",
        "That is another sort of Jira",
        "At this address stands {product}, and this kind of account is for the other sort.",
        TENANT_ADMIN,
        "Add an account of the kind that fits, or correct the base URL.",
    ),
    Problem(
        "jira_before_oauth2",
        "This Jira has no OAuth 2.0",
        "Its version is {version}, and only 8.22 and later have incoming links (OAuth 2.0).",
        TENANT_ADMIN,
        "Connect it in another way: add an account of the kind Jira Server OAuth (by application link) or "
        "Jira Server token. Or ask your Jira admin to update Jira to 8.22 or later.",
    ),
    Problem(
        "jira_before_pat",
        "This Jira has no personal access tokens",
        "Its version is {version}, and only 8.14 and later have them.",
        TENANT_ADMIN,
        "Enter user name and password in the place of the token, or add an account of the kind Jira Server "
        "OAuth (by application link). Or ask your Jira admin to update Jira to 8.14 or later.",
    ),
    Problem(
        "base_url_scheme",
        "Jira believes in another scheme",
        "Jira calls itself {told}, and is called at {used}. Behind a proxy that ends TLS Jira computes "
        "signatures over another address than we do, and its links lead astray.",
        JIRA_ADMIN,
        "In Jira's server.xml give the connector behind the proxy scheme, secure, proxyName and proxyPort as "
        "people see them, and set the base URL under System → General configuration. Then restart Jira.",
    ),
    Problem(
        "base_url_host",
        "Jira calls itself by another name",
        "Jira calls itself {told}, and is called at {used}.",
        JIRA_ADMIN,
        "Set the base URL under System → General configuration, and proxyName and proxyPort in server.xml, "
        "to the address people use; or enter {told} as base URL here, if it can be reached from here.",
    ),
    Problem(
        "base_url_path",
        "The context path differs",
        "Jira calls itself {told}, and is called at {used}: a proxy takes a part of the path away, or the "
        "base URL lacks it.",
        JIRA_ADMIN,
        "Let the proxy pass the path on unchanged, or enter the address with the path Jira has.",
    ),
    Problem(
        "clock_untold",
        "Jira did not tell its time",
        "Neither a Date header nor a server time came with Jira's answer.",
        JIRA_ADMIN,
        "Compare the clocks of both servers.",
    ),
    Problem(
        "clock_off",
        "The clocks do not agree",
        "Jira's clock is {seconds} seconds {direction} ours. Jira refuses what is signed more than about "
        "five minutes off; until it is mended this portal signs by Jira's clock.",
        JIRA_ADMIN,
        "Let Jira's server set its clock by the network (NTP, chrony). If that is right, ask the operator of "
        "this portal to do so.",
    ),
    Problem(
        "connection_late",
        "There was no connection in time",
        "The time for a call was over before {host} took a connection. Looking up its name takes so long, or "
        "its first addresses do not answer.",
        NETWORK,
        "Look how long the name servers of this portal take for the name, and whether every address they "
        "tell answers.",
        retry=True,
    ),
    Problem(
        "identity_changed",
        "Jira takes the account for somebody else now",
        "The account was confirmed as {former}. With the same credential Jira now says: {user}. Whatever is "
        "done by the account is done as that user.",
        TENANT_ADMIN,
        "Ask your Jira admin why. Then connect the account anew on the set-up page, and confirm the user "
        "that is meant.",
    ),
    Problem(
        "clock_off_unsigned",
        "The clocks do not agree",
        "Jira's clock is {seconds} seconds {direction} ours. No call of this account is signed by the time, "
        "so none fails by that; but tokens and certificates end earlier or later than shown here, and what "
        "one side logs cannot be found at the other by its time.",
        JIRA_ADMIN,
        "Let Jira's server set its clock by the network (NTP, chrony). If that is right, ask the operator of "
        "this portal to do so.",
    ),
    Problem(
        "clock_off_cloud",
        "Our clock does not agree with Atlassian's",
        "Atlassian's clock is {seconds} seconds {direction} ours, and most likely ours is wrong. Then tokens "
        "are renewed too early or too late, and certificates seem to end on another day.",
        OPERATOR,
        "Ask the operator to let the server of this portal set its clock by the network (NTP, chrony).",
    ),
    Problem(
        "personal_account",
        "Somebody's own Jira user stands behind the system",
        "The account acts as a Jira user as whom a person here is connected too. If that person leaves, or "
        "changes their password, everything that rests on the account stops; and what it does stands in "
        "Jira under their name.",
        TENANT_ADMIN,
        "Make a Jira user for this portal, sign in to Jira as it, and authorise the account anew.",
    ),
    Problem(
        "not_asked",
        "There was no time to ask",
        "What had to be asked first took this row's time, so nothing is known of the rest.",
        TENANT_ADMIN,
        "Try again when Jira answers faster.",
        retry=True,
    ),
    Problem(
        "row_late",
        "Looking took too long",
        "After a minute it was given up, so nothing is known of it: several slow answers in a row, or one "
        "that never ended.",
        TENANT_ADMIN,
        "Try again. If it stays, see what the rows before it say of how fast that Jira answers, and tell the "
        "operator of this portal the time at which it was looked at.",
        retry=True,
    ),
    Problem(
        "row_broke",
        "The portal failed at looking",
        "Something in this portal went wrong while this row was looked at; it says nothing of your Jira.",
        OPERATOR,
        "Try again. If it stays, tell the operator the time at which it was looked at.",
        retry=True,
    ),
)
