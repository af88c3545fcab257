"""Problems of an address, and of what was sent there."""

from portal.config import LONGEST_API_BODY, LONGEST_IDEMPOTENCY_KEY
from portal.web.problem_types import DESCRIPTION, ProblemType

THE_ADDRESS = (
    ProblemType(
        "not-found",
        404,
        "There is nothing here for this key",
        "At this address is nothing, or nothing that the key was made for.",
        "Compare the address with the description at /api/v1/openapi.json, and the ALM account in it "
        "with those of the key on the page Programs.",
    ),
    ProblemType(
        "method-not-taken",
        405,
        "This address does not take that method",
        "It takes those of the header Allow.",
        DESCRIPTION,
    ),
    ProblemType(
        "other-host",
        400,
        "The portal has another address",
        "The request named another host than the portal's own.",
        "Use the address that the answer names, letter by letter.",
    ),
    ProblemType(
        "not-allowed",
        403,
        "This may not be done",
        "The key does not give the right to this.",
        "Ask an admin for another key.",
    ),
)
WHAT_WAS_SENT = (
    ProblemType(
        "request-unreadable",
        400,
        "The request could not be read",
        "It is not what HTTP or this address asks for.",
        DESCRIPTION,
    ),
    ProblemType(
        "idempotency-key-unusable",
        400,
        "That Idempotency-Key cannot be used",
        f"It has to be 1 to {LONGEST_IDEMPOTENCY_KEY} printable ASCII characters.",
        "Send a name of this one request, such as a UUID or the number of the build with its state.",
    ),
    ProblemType(
        "wrong-content-type",
        415,
        "This has to be sent as JSON",
        "The Content-Type is not application/json, or the body was compressed.",
        "Send the header Content-Type: application/json, and no Content-Encoding.",
    ),
    ProblemType(
        "body-compressed",
        415,
        "A compressed body is not sent on",
        "The header Content-Encoding says that the body is compressed. Nothing was sent to Jira.",
        "Send it as it is, without Content-Encoding.",
    ),
    ProblemType(
        "body-too-large",
        413,
        "That was too large",
        f"A request may hold {LONGEST_API_BODY // 1024 // 1024} MiB; nothing of this one was taken.",
        "Send fewer items at once.",
    ),
    ProblemType(
        "body-missing",
        400,
        "Nothing was sent",
        "The request has no body.",
        "Send what is to be delivered as JSON in the body; curl does that with --data.",
    ),
    ProblemType(
        "body-broken",
        400,
        "The body is no JSON that can be read",
        "It breaks off, or something in it is no JSON; the answer says where.",
        "Send it as JSON.",
    ),
    ProblemType(
        "items-invalid",
        422,
        "Nothing was taken: something in the body is not as it has to be",
        "Each error names its place in what was sent, as a JSON pointer.",
        "Mend what is named and send all of it again. /api/v1/openapi.json describes what is taken.",
    ),
    ProblemType(
        "idempotency-key-reused",
        409,
        "This Idempotency-Key came before, with another body",
        "A request with this key, account and Idempotency-Key was accepted already, and said something "
        "else. Nothing of this one was taken.",
        "Use a new Idempotency-Key for what is new; send the same body to ask for the same again.",
    ),
)
