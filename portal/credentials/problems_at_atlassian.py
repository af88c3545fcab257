"""What the same codes mean where no Jira admin can mend them: Jira Cloud is run by Atlassian."""

from portal.credentials.problem import ATLASSIAN, NETWORK, TENANT_ADMIN, Problem, catalogue

_STATUS = "Try again. If it stays, look at status.atlassian.com, where Atlassian says what is wrong."

AT_ATLASSIAN = catalogue(
    Problem(
        "address_missing",
        "No site URL was entered",
        "The account does not say yet which site it is for.",
        TENANT_ADMIN,
        "Enter the site URL on the set-up page and save it.",
    ),
    Problem(
        "plain_http",
        "The connection is not encrypted",
        "Calls to {host} go over plain http, which the operator allowed for this host: whoever is on the way "
        "can read tokens and data.",
        TENANT_ADMIN,
        "Enter the site URL with https on the set-up page: every site of Atlassian's has it.",
    ),
    Problem(
        "unreachable",
        "Atlassian could not be reached",
        "The connection to {host} was refused or cut.",
        NETWORK,
        "Look at status.atlassian.com. If nothing is wrong there, the network of this portal must let calls "
        "to Atlassian out.",
        retry=True,
    ),
    Problem(
        "connect_timeout",
        "Atlassian did not take the call",
        "No connection to {host} came about in time.",
        NETWORK,
        "Look at status.atlassian.com. If nothing is wrong there, the network of this portal must let calls "
        "to Atlassian out.",
        retry=True,
    ),
    Problem(
        "tls_untrusted",
        "The certificate is not Atlassian's",
        "The certificate of {host} was not issued by an authority this portal knows. Atlassian's always is: "
        "something on the way opens what is encrypted, and could read secrets and data.",
        NETWORK,
        "Have the proxy or firewall that opens encrypted calls leave those of this portal to Atlassian "
        "alone.",
    ),
    Problem(
        "not_jira",
        "There is no Jira site at this address",
        "At {host} no Jira Cloud answers: the site was removed, or its address was changed or mistyped.",
        TENANT_ADMIN,
        "Open the address in a browser. If your Jira has another one now, enter it as the site in the "
        "set-up. If it was removed, look at admin.atlassian.com → Products.",
    ),
    Problem(
        "deadline",
        "Atlassian took too long",
        "Atlassian did not answer before this portal gave up.",
        ATLASSIAN,
        _STATUS,
        retry=True,
    ),
    Problem(
        "server_error",
        "Atlassian has an error of its own",
        "Atlassian answered with {status}.",
        ATLASSIAN,
        _STATUS,
        retry=True,
    ),
    Problem(
        "maintenance",
        "Jira Cloud is down",
        "Atlassian answered with {status}: the site is being worked on, or cannot serve just now.",
        ATLASSIAN,
        _STATUS,
        retry=True,
    ),
    Problem(
        "rate_limited",
        "Atlassian asks for a pause",
        "The site has had too many calls and asks to wait. It passes by itself.",
        ATLASSIAN,
        "Wait {wait}, then try again.",
        retry=True,
    ),
)
