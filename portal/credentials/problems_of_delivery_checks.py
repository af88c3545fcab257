"""Problems that only rows of the checklist of an account that sends speak of."""

from portal.credentials.problem import OPERATOR, TENANT_ADMIN, Problem, catalogue

PROGRAMS = "whoever runs the program that sends"

DELIVERY_CHECK_PROBLEMS = catalogue(
    Problem(
        "delivery_permission_untold",
        "Whether this may be sent cannot be known from here",
        "Jira answered an empty list with neither a complaint about it nor a refusal.",
        TENANT_ADMIN,
        "Send one build or deployment from a tool that has one to send, and look under Deliveries what Jira "
        "says of it. In Jira, under OAuth credentials, the permission {missing} has to stand beside the app.",
        retry=True,
    ),
    Problem(
        "delivery_none_yet",
        "Nothing was sent yet",
        "No program has sent anything that Jira answered, so whether it shows on an issue is still open.",
        PROGRAMS,
        "Make a key under Programs and run one of the examples shown with it; then look at Deliveries.",
    ),
    Problem(
        "delivery_rejected",
        "Jira rejected what was sent last",
        "Jira took the call and refused this one item. It says: {message}.",
        PROGRAMS,
        "Open Deliveries and the item: it shows what was sent, and Jira's reason. Mend what the program "
        "sends, or send the item again when its issue exists.",
    ),
    Problem(
        "delivery_failed",
        "Jira refused what was sent last",
        "It refused a call because of this one item. It says: {message}.",
        PROGRAMS,
        "Open Deliveries and the item: it shows what was sent. Mend what the program sends; all else goes "
        "on.",
    ),
    Problem(
        "delivery_unanswered",
        "Jira said nothing of what was sent last",
        "Jira took the call, and its answer names this item neither as accepted nor as rejected.",
        TENANT_ADMIN,
        "Open Deliveries and the item, look at its issue in Jira, and send it again if it is not there.",
        retry=True,
    ),
    Problem(
        "delivery_on_no_issue",
        "What was sent last is on no issue",
        "Jira took it and knows none of its issue keys: {missing}.",
        PROGRAMS,
        "Look whether the keys are of this site, and not those of a project that was moved or of another "
        "site; the page Deliveries answers why nothing is on an issue.",
    ),
    Problem(
        "deliveries_paused",
        "Deliveries are paused",
        "An admin of this organisation paused them. What programs send is accepted and waits.",
        TENANT_ADMIN,
        "Open Deliveries and press Resume.",
    ),
    Problem(
        "deliveries_not_sent",
        "Nobody sends what waits",
        "Nothing is known to be wrong with the way to Jira, and yet it was not sent: the part of this portal "
        "that works by the clock does not run, or has too much to do.",
        OPERATOR,
        "Look whether a worker runs: inside the server (ALMONER_WORKER_EMBEDDED) or as almoner worker, and "
        "what its log says.",
        retry=True,
    ),
)
