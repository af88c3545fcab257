"""Problems between this portal and a Jira: the network, and answers that are none."""

from portal.credentials.problem import JIRA_ADMIN, NETWORK, OPERATOR, TENANT_ADMIN, YOU, Problem, catalogue

NETWORK_PROBLEMS = catalogue(
    Problem(
        "address_refused",
        "That address is not allowed from here",
        "{host} leads to a private, local or special network address, and this portal calls those only where "
        "its operator allowed it.",
        OPERATOR,
        "If your Jira really stands there, ask the operator to add its network to ALMONER_OUTBOUND_NETWORKS.",
    ),
    Problem(
        "name_unknown",
        "That name does not exist",
        "No address was found for {host}.",
        YOU,
        "Check the spelling of the base URL. A name known only inside your network must be made known to the "
        "network of this portal.",
        retry=True,
    ),
    Problem(
        "unreachable",
        "Jira could not be reached",
        "The connection to {host} was refused or cut.",
        NETWORK,
        "Check that Jira is running and that its firewall lets the addresses of this portal in.",
        retry=True,
    ),
    Problem(
        "connect_timeout",
        "Jira did not take the call",
        "No connection to {host} came about in time; usually a firewall drops it silently.",
        NETWORK,
        "Let the addresses of this portal through to {host}; the set-up page lists them.",
        retry=True,
    ),
    Problem(
        "deadline",
        "Jira took too long",
        "Jira did not answer before this portal gave up.",
        JIRA_ADMIN,
        "Try again. If it stays, look at the load of your Jira.",
        retry=True,
    ),
    Problem(
        "proxy_failed",
        "The outbound proxy failed",
        "This portal reaches Jira through a proxy, and the proxy did not pass the call on.",
        OPERATOR,
        "Check ALMONER_OUTBOUND_PROXY and the proxy's own log.",
        retry=True,
    ),
    Problem(
        "tls_untrusted",
        "Jira's certificate is not trusted",
        "The certificate of {host} was not issued by an authority this portal knows.",
        TENANT_ADMIN,
        "If your organisation runs its own certificate authority, paste its certificate under Settings → "
        "Certificate authority. Otherwise Jira's certificate lacks its chain: ask your Jira admin to "
        "install it.",
    ),
    Problem(
        "tls_wrong_host",
        "Jira's certificate is for another name",
        "The certificate shown at {host} was issued for another host.",
        JIRA_ADMIN,
        "Use the address the certificate was made for as base URL, or install a certificate for {host}.",
    ),
    Problem(
        "tls_expired",
        "Jira's certificate has expired",
        "The certificate of {host} is not valid today.",
        JIRA_ADMIN,
        "Renew the certificate of your Jira.",
    ),
    Problem(
        "tls_other",
        "No secure connection came about",
        "{host} and this portal could not agree on TLS ({reason}).",
        JIRA_ADMIN,
        "Check that the port speaks https with TLS 1.2 or later.",
    ),
    Problem(
        "plain_http_refused",
        "Plain http is not allowed",
        "Over plain http anybody on the way could read tokens and data.",
        OPERATOR,
        "Use the https address of your Jira, or ask the operator to list {host} in ALMONER_PLAIN_HTTP_HOSTS.",
    ),
)

ANSWER_PROBLEMS = catalogue(
    Problem(
        "redirected",
        "Jira sent us elsewhere",
        "The address answers with a redirect to {to}; a signed call must not be sent on.",
        TENANT_ADMIN,
        "Use the address the redirect leads to as base URL, including a path such as /jira. If it leads to a "
        "sign-in page, let /rest and /plugins/servlet/oauth pass your single sign-on.",
    ),
    Problem(
        "html_instead_of_json",
        "A web page came instead of Jira's answer",
        "A sign-in page or proxy stands in front of Jira's API (page title: {title}).",
        NETWORK,
        "Let the paths /rest and /plugins/servlet/oauth pass without the sign-in page, and check the "
        "base URL.",
    ),
    Problem(
        "not_jira",
        "That is not a Jira",
        "The address answers, but not as Jira does.",
        TENANT_ADMIN,
        "Check the base URL: open it in a browser, you should see Jira. A context path such as /jira "
        "belongs to it.",
    ),
    Problem(
        "too_large",
        "Jira's answer was too large",
        "The answer was larger than this portal takes from any Jira.",
        JIRA_ADMIN,
        "Look at what {host} sends; an answer of Jira's API is far smaller.",
    ),
    Problem(
        "broken_answer",
        "Jira's answer could not be read",
        "What came back is not what Jira's API sends ({reason}).",
        JIRA_ADMIN,
        "Check what stands between this portal and Jira: a proxy may be changing answers.",
        retry=True,
    ),
    Problem(
        "server_error",
        "Jira has an error of its own",
        "Jira answered with {status}.",
        JIRA_ADMIN,
        "Try again in a minute. If it stays, the reason stands in Jira's log.",
        retry=True,
    ),
    Problem(
        "proxy_page",
        "A proxy answered in Jira's place",
        "What stands before Jira, a proxy or load balancer, answered with an error page of its own ("
        "{status}): it takes calls, and does not get through to Jira.",
        NETWORK,
        "Look in the log of the proxy for the same time: Jira behind it may be down, starting or too slow, "
        "or the proxy leads to a wrong host or port.",
        retry=True,
    ),
    Problem(
        "maintenance",
        "Jira is down for maintenance",
        "Jira answered with {status}: it is starting, stopping or being worked on.",
        JIRA_ADMIN,
        "Try again when Jira is back.",
        retry=True,
    ),
    Problem(
        "rate_limited",
        "Jira asks for a pause",
        "Jira has had too many calls and asks to wait.",
        JIRA_ADMIN,
        "Wait {wait}, then try again.",
        retry=True,
    ),
    Problem(
        "bad_request",
        "Jira did not take the request",
        "Jira answered with {status} and said: {message}.",
        OPERATOR,
        "Tell the operator what you did; the portal should not have asked this.",
    ),
    Problem(
        "forbidden",
        "Jira does not allow this",
        "The Jira user you act as may not see or do this.",
        JIRA_ADMIN,
        "Ask your Jira admin for the permission, or connect as another Jira user.",
    ),
    Problem(
        "ip_not_allowed",
        "The site lets only listed networks in",
        "{host} has an IP allow-list, and the address this portal calls from is not on it. Jira says: "
        "{message}.",
        JIRA_ADMIN,
        "Ask the operator of this portal for the addresses it calls from. An organisation admin of the site "
        "adds them at admin.atlassian.com → Security → IP allowlists.",
    ),
    Problem(
        "not_found",
        "Jira does not know this",
        "It is gone, or the Jira user you act as may not see it.",
        JIRA_ADMIN,
        "Check in Jira, signed in as the same user, whether it is there.",
    ),
    Problem(
        "unauthorized",
        "Jira does not accept the credential",
        "Jira answered that nobody is signed in.",
        YOU,
        "Connect again.",
    ),
    Problem(
        "captcha",
        "Jira asks for a captcha",
        "After failed sign-ins Jira asks this user for a captcha, which no program can answer. Until then it "
        "refuses calls in this user's name, however right the password or the token.",
        YOU,
        "Sign in to Jira in a browser once, as this very user, and answer the captcha; sign out first if "
        "Jira knows you already. Then test again.",
    ),
    Problem(
        "anonymous",
        "Jira answered, but to nobody",
        "The call came back as from an anonymous visitor: Jira ignored the credential.",
        YOU,
        "Connect again. If it stays, something between this portal and Jira removes the "
        "Authorization header.",
    ),
    Problem(
        "concurrency_ceiling",
        "Too many calls at once",
        "This ALM account has reached its ceiling of {ceiling} concurrent calls.",
        TENANT_ADMIN,
        "Try again in a moment. An admin can raise the ceiling under Settings.",
        retry=True,
    ),
    Problem(
        "renewed",
        "The access token was renewed just now",
        "Jira refused the access token before its time. There is a new one, but what was sent was too long "
        "to be kept until then, and Jira took nothing of it.",
        JIRA_ADMIN,
        "Send it again. If it happens often, ask your Jira admin why tokens end before their time.",
        retry=True,
    ),
    Problem(
        "portal_busy",
        "A Jira of your organisation answers slowly",
        "Calls to it have been waiting for longer than a second, and this portal keeps room for everybody "
        "else. So this one was not sent.",
        JIRA_ADMIN,
        "Try again in a few seconds. If it stays, ask your Jira admin why Jira is slow.",
        retry=True,
    ),
    Problem(
        "portal_full",
        "This portal has no thread free for this call",
        "Calls to the Jiras of one organisation may use so many of this portal's threads at once, and those "
        "of all together a few more. These are in use, whether a Jira is slow or not. So this one was not "
        "sent.",
        OPERATOR,
        "Try again in a moment. If it happens often, send less at once, or ask the operator to raise "
        "ALMONER_THREADS.",
        retry=True,
    ),
    Problem(
        "read_only",
        "This ALM account is read-only",
        "An admin switched off everything that changes data in Jira.",
        TENANT_ADMIN,
        "An admin can switch it on again under Settings.",
    ),
)

# What ``redirected`` is where it leads to a sign-in page.
REDIRECTED_TO_SIGN_IN = Problem(
    "redirected",
    "A sign-in page stands before Jira",
    "The address answers with a redirect to a sign-in page at {to}, and no program can sign in there.",
    NETWORK,
    "Let the paths /rest and /plugins/servlet/oauth pass your single sign-on: Jira checks calls itself.",
)
