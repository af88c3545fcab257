"""Problems of making an application link by Jira's REST interface, which Atlassian does not document."""

from portal.credentials.problem import JIRA_ADMIN, TENANT_ADMIN, Problem, catalogue

BY_HAND = "Make the link by hand, with the steps and values shown here."
LINK_BY_REST_PROBLEMS = catalogue(
    Problem(
        "link_rest_forbidden",
        "That Jira user may not make application links",
        "Jira answered 403: it knows who asks and refuses. Its own words: {message}.",
        JIRA_ADMIN,
        "Use a token of a Jira user with the Jira administrators permission; some Jiras ask for System "
        f"administrator. Or do without: {BY_HAND[0].lower()}{BY_HAND[1:]}",
    ),
    Problem(
        "link_rest_missing",
        "This Jira has no such interface",
        "Jira answered 404 to the call that makes application links: its version does not have it, or a "
        "proxy does not let it through.",
        JIRA_ADMIN,
        BY_HAND,
    ),
    Problem(
        "link_rest_exists",
        "There is such a link already",
        "Jira answered 409: it has an application link to this portal, perhaps of another account here. Its "
        "own words: {message}.",
        JIRA_ADMIN,
        "Open the application links of that Jira. If the link is a left-over, delete it and try again; else "
        "press Create link and give it another application URL: this portal's with any word behind it.",
    ),
    Problem(
        "link_rest_half",
        "The link is made, its incoming side is not",
        "Jira made the application link and then answered with {status}: {message}.",
        JIRA_ADMIN,
        "Open the application links of that Jira, edit the link Almoner (the pencil), open Incoming "
        "authentication and fill it in with the values shown here. Or delete the link and try again.",
    ),
    Problem(
        "link_rest_refused",
        "Jira did not take it",
        "Jira answered with {status}. Its own words: {message}.",
        TENANT_ADMIN,
        BY_HAND,
    ),
)
