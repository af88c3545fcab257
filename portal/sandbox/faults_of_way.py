"""Switches of the way to the practice Jira, and of what answers there."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from portal.sandbox.switch import at_least_none, switch

LONGEST_WAIT = 120.0
DOOR = ("open", "refused", "unreachable", "hanging", "cut")
CERTIFICATES = (
    "good",
    "self_signed",
    "expired",
    "wrong_host",
    "incomplete_chain",
    "ends_soon",
    "no_tls",
)
PROXY = ("right", "wrong_scheme", "wrong_host", "wrong_port", "lost_path")
IN_FRONT = (
    "none",
    "login_page",
    "login_redirect",
    "bad_gateway",
    "gateway_timeout",
    "allow_list",
    "other_page",
)
HOSTILE_BODIES = ("none", "bomb", "deep_json", "huge_json", "latin1_garbage", "redirect")


def is_wait(value: float) -> bool:
    """Whether one may be made to wait so long."""
    return 0 <= value <= LONGEST_WAIT


def _status(value: int) -> bool:
    return value == 0 or 500 <= value <= 599


def _address(value: str) -> bool:
    return value == "" or urlsplit(value).scheme in ("http", "https")


@dataclass
class FaultsOfWay:
    """What goes wrong before Jira looks at who asks. Those of the front door are on there only."""

    door: str = switch("open", "Front door: what connections meet", "port", choices=DOOR)
    door_certificate: str = switch(
        "good", "Front door: certificate it shows over https", "tls", choices=CERTIFICATES
    )
    door_proxy: str = switch(
        "right", "Front door: what the proxy there lets Jira see of the address", "base_url", choices=PROXY
    )
    in_front: str = switch(
        "none", "Something else answers in front of Jira: login page, proxy, filter", "jira", choices=IN_FRONT
    )
    not_jira: bool = switch(False, "There is no Jira at this address (404 to everything)", "jira")
    down: bool = switch(False, "Down for maintenance (503)", "jira")
    status_5xx: int = switch(0, "Every REST and token call fails with status (500-599)", "jira", rule=_status)
    slow_seconds: float = switch(0.0, "Every answer comes later by seconds", "jira", rule=is_wait)
    hang: bool = switch(False, "Never answers (while switched on, two minutes at most)", "jira")
    drop_connection: bool = switch(False, "Drops the connection without an answer", "jira")
    rate_limited: int = switch(0, "REST is rate limited (429), seconds to wait", "jira", rule=at_least_none)
    change_drop_answer: bool = switch(False, "REST: a change takes effect, its answer is lost")
    changes_left: int = switch(-1, "REST: so many changes work, then all are rate limited (-1: none is)")
    hostile_body: str = switch("none", "REST answers with a hostile body", "jira", choices=HOSTILE_BODIES)
    seen_base_url: str = switch(
        "", "Base URL Jira believes it has (wrong proxy settings)", "base_url", rule=_address
    )
    told_base_url: str = switch(
        "",
        "Base URL in Jira's settings, which it only tells (empty: the one it has)",
        "base_url",
        rule=_address,
    )
    clock_offset_seconds: int = switch(
        0, "Jira's clock is ahead by seconds (600: ten minutes; -600: ten behind)", "clocks"
    )
    side: str = switch(
        "both", "Which side the failures are on that both have", choices=("both", "server", "cloud")
    )
