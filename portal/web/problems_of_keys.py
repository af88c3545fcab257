"""Problems of the key a program enters by."""

from portal.web.problem_types import NEW_KEY, ProblemType

THE_KEY = (
    ProblemType(
        "key-missing",
        401,
        "No program key was sent",
        "This address is for programs and asks for a key; a sign-in in a browser does not count here.",
        "Send the header Authorization: Bearer alm_… with a key from the page Programs.",
    ),
    ProblemType(
        "key-mistyped",
        401,
        "That is no program key",
        "What came in the Authorization header has not the form of a key, or its checksum does not fit: "
        "it was mistyped, cut off or put in quotes.",
        "Copy the whole key, from alm_ to its last letter, into the header Authorization: Bearer alm_…",
    ),
    ProblemType(
        "key-unknown",
        401,
        "This program key is not known",
        "The key has the right form, but opens nothing here.",
        "Look whether it was made in this portal and copied whole. " + NEW_KEY,
    ),
    ProblemType(
        "key-ended",
        401,
        "This program key has ended",
        "The last day of the key is over; the answer says when it ended.",
        NEW_KEY,
    ),
    ProblemType(
        "key-revoked",
        401,
        "This program key was revoked",
        "An admin of your organisation revoked the key; the answer says when.",
        NEW_KEY,
    ),
    ProblemType(
        "key-suspended",
        403,
        "The organisation of this key is suspended",
        "The key is right, but the organisation it belongs to is suspended, or is going to be deleted.",
        "Ask an admin of your organisation, who sees which of both it is and whom to ask.",
    ),
    ProblemType(
        "key-elsewhere",
        403,
        "This key does not work from there",
        "The key was made for certain networks, and the request came from an address outside them.",
        "Send it from one of these networks: an admin sees them at the key (page Programs), and can make a "
        "new key for others.",
    ),
    ProblemType(
        "rate-limited",
        429,
        "Too many requests in a short time",
        "This key, its organisation or this ALM account sent more requests than it may in a minute; the "
        "answer says which. Nothing was done with this one.",
        "Send it again after the seconds in the header Retry-After. If that happens often, send less at "
        "once, or ask the operator of the portal for a higher limit.",
    ),
    ProblemType(
        "operation-missing",
        403,
        "This key may not do that",
        "It takes an operation that this key was not given; the answer names it.",
        "Use a key that may do it; an admin of your organisation can make one on the page Programs.",
    ),
    ProblemType(
        "key-misplaced",
        400,
        "A program key was sent in the wrong place",
        "A program key stood in the address or in the body. It is not used there, and others may have "
        "read it: logs keep addresses, and what is delivered is shown to people.",
        "Have an admin revoke that key and make a new one. Send a key in the header Authorization only.",
    ),
)
