"""Switches of what tools send to a site: builds, deployments, feature flags, development information.

They are on at these calls and their tokens only, so that people who consent at the same time notice nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.sandbox.switch import at_least_none, names, some, switch

GROUP = "deliveries"
ANSWERS = ("good", "lost", "broken", "one_not_named")
SITES_THERE = ("there", "renamed", "gone")


def _status(value: int) -> bool:
    return value == 0 or 500 <= value <= 599


@dataclass
class FaultsOfDeliveries:
    """What goes wrong between a tool and the site it sends to."""

    deliveries_credentials: str = switch(
        "good",
        "What became of every client ID and secret",
        "token",
        choices=("good", "secret_wrong", "deleted"),
        group=GROUP,
    )
    deliveries_not_permitted: list[str] = field(
        default_factory=list,
        metadata=names(
            "Permissions nobody has (builds, deployments, featureflags, devinfo; comma-separated)",
            "may_send_builds",
            group=GROUP,
        ),
    )
    deliveries_unauthorized: bool = switch(
        False, "Every token is refused (401), however new it is", "may_send_builds", group=GROUP
    )
    deliveries_token_seconds: int = switch(900, "A token lives seconds", rule=some, group=GROUP)
    deliveries_rate_limited: int = switch(
        0,
        "Too many calls (429) from the first one until so many seconds later; then this is off again",
        "may_send_builds",
        rule=at_least_none,
        group=GROUP,
    )
    deliveries_limited_each: int = switch(
        0,
        "Too many calls (429): every so-many-th call, and again a second later it may pass",
        rule=at_least_none,
        group=GROUP,
    )
    deliveries_status: int = switch(
        0, "Every call fails with status (500-599)", "may_send_builds", rule=_status, group=GROUP
    )
    deliveries_hang: bool = switch(
        False, "Never answers (while switched on, two minutes at most)", "may_send_builds", group=GROUP
    )
    deliveries_answer: str = switch(
        "good",
        "What was sent is taken; what becomes of the answer",
        "last_delivery",
        choices=ANSWERS,
        group=GROUP,
    )
    deliveries_most_bytes: int = switch(
        4_194_304, "The most bytes a call may have (else 413)", "last_delivery", rule=some, group=GROUP
    )
    deliveries_site: str = switch(
        "there",
        "The site that is sent to: renamed (302 to its new address), or gone (404)",
        "may_send_builds",
        choices=SITES_THERE,
        group=GROUP,
    )
    deliveries_keys_unknown: bool = switch(False, "No issue key is known", "last_delivery", group=GROUP)
