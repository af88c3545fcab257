"""Problems of connections by the way an account connected before that was changed."""

from portal.credentials.problem import YOU, Problem, catalogue

WAY_PROBLEMS = catalogue(
    Problem(
        "way_ended",
        "The former way of connecting has ended",
        "An admin changed the way this ALM account connects, and the date until which the former one was to "
        "serve has passed.",
        YOU,
        "Connect the new way. What you had here stays as it is.",
    ),
    Problem(
        "way_ended_early",
        "The former way of connecting has ended",
        "An admin changed the way this ALM account connects, and has ended the former one before its last "
        "day.",
        YOU,
        "Connect the new way. What you had here stays as it is.",
    ),
)
