"""The switches that make the practice Jira misbehave. Everything is off to begin with."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

HOSTILE_BODIES = ("none", "bomb", "deep_json", "huge_json", "latin1_garbage", "redirect")
TOKEN_BODIES = (
    "none",
    "html",
    "no_access_token",
    "no_refresh_token",
    "list_scope",
    "negative_expires",
    "huge",
    "newline_token",
    "mac_type",
    "garbage",
    "redirect",
)
CHOICES: dict[str, tuple[str, ...]] = {
    "hostile_body": HOSTILE_BODIES,
    "side": ("both", "server", "cloud"),
    "refresh_error": ("none", "invalid_grant", "unauthorized_client", "access_denied"),
    "token_body": TOKEN_BODIES,
    "tenant_info": ("shown", "forbidden", "not_found"),
}
"""Switches that take one of a few words."""
LONGEST_WAIT = 120.0


class SwitchError(ValueError):
    """A switch that does not exist, or a value it cannot take. The text says which and what it takes."""


@dataclass
class Faults:
    """One attribute per switch; the metadata's ``label`` is what the page of switches says."""

    jira_version: str = field(
        default="9.12.15", metadata={"label": "Jira version (before 9 the link dialogs are other ones)"}
    )
    sso: bool = field(default=False, metadata={"label": "Single sign-on in front of every page"})
    login_in_front: bool = field(
        default=False, metadata={"label": "Token calls are sent to the sign-in page (302)"}
    )
    html_instead_of_oauth: bool = field(
        default=False, metadata={"label": "Token calls get a sign-in page (200)"}
    )
    seen_base_url: str = field(
        default="", metadata={"label": "Base URL Jira believes it has (wrong proxy settings)"}
    )
    clock_offset_seconds: int = field(default=0, metadata={"label": "Jira's clock is ahead by seconds"})
    user_disabled: list[str] = field(
        default_factory=list, metadata={"label": "Disabled users (comma-separated)"}
    )
    board_gone: bool = field(default=False, metadata={"label": "Every board is gone (404)"})
    board_forbidden: bool = field(default=False, metadata={"label": "Every board is forbidden (403)"})
    rate_limited: int = field(default=0, metadata={"label": "REST is rate limited (429), seconds to wait"})
    hostile_body: str = field(default="none", metadata={"label": "REST answers with a hostile body"})
    status_5xx: int = field(
        default=0, metadata={"label": "Every REST and token call fails with status (500-599)"}
    )
    slow_seconds: float = field(default=0.0, metadata={"label": "Every answer comes later by seconds"})
    down: bool = field(default=False, metadata={"label": "Down for maintenance (503)"})
    hang: bool = field(
        default=False, metadata={"label": "Never answers (while switched on, two minutes at most)"}
    )
    drop_connection: bool = field(default=False, metadata={"label": "Drops the connection without an answer"})
    side: str = field(default="both", metadata={"label": "Which side the failures above are on"})
    access_token_seconds: int = field(
        default=3600, metadata={"label": "Cloud: an access token lives seconds"}
    )
    refresh_leeway_seconds: int = field(
        default=600, metadata={"label": "Cloud: a used refresh token may be used again for seconds"}
    )
    refresh_error: str = field(
        default="none", metadata={"label": "Cloud: every refresh is refused with this error"}
    )
    token_status: int = field(
        default=0, metadata={"label": "Cloud: the token endpoint fails with status (429, 500-599)"}
    )
    token_slow_before: float = field(
        default=0.0, metadata={"label": "Cloud: a token exchange takes effect later by seconds"}
    )
    token_slow_after: float = field(
        default=0.0, metadata={"label": "Cloud: a token exchange is answered later by seconds"}
    )
    token_drop_answer: bool = field(
        default=False, metadata={"label": "Cloud: a token exchange takes effect, its answer is lost"}
    )
    token_body: str = field(
        default="none", metadata={"label": "Cloud: a token exchange is answered with a spoilt body"}
    )
    account_level_grants: bool = field(
        default=False, metadata={"label": "Cloud: a consent adds its site to those of the former consent"}
    )
    new_grant_ends_older: bool = field(
        default=False, metadata={"label": "Cloud: a consent ends the tokens of the former one"}
    )
    narrow_scopes: list[str] = field(
        default_factory=list,
        metadata={"label": "Cloud: scopes the next consents do not give (comma-separated)"},
    )
    tenant_info: str = field(
        default="shown", metadata={"label": "Cloud: what the sites answer when asked for their cloud id"}
    )

    @property
    def major_version(self) -> int:
        """The first number of the Jira version."""
        return int(self.jira_version.split(".", 1)[0])

    def concern(self, side: str) -> bool:
        """Whether the failures of REST, token calls and connection are on for ``server`` or ``cloud``."""
        return self.side in ("both", side)

    def as_json(self) -> dict[str, Any]:
        """Every switch with its value."""
        return asdict(self)

    def set(self, changes: dict[str, Any]) -> None:
        """Set several switches, all or none. Raises ``SwitchError``."""
        known = {item.name: item for item in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise SwitchError(f"There is no switch '{name}'. Switches: {', '.join(known)}.")
            _check(name, value, getattr(self, name))
        for name, value in changes.items():
            kept = float(value) if isinstance(getattr(self, name), float) else value
            setattr(self, name, kept)

    def read_form(self, form: dict[str, str]) -> dict[str, Any]:
        """Turn the fields of the HTML page into values for ``set``. Raises ``SwitchError``."""
        return {
            item.name: _from_text(item.name, form.get(item.name, ""), getattr(self, item.name))
            for item in fields(self)
        }


def _from_text(name: str, text: str, current: Any) -> Any:
    if isinstance(current, bool):
        return text == "on"
    if isinstance(current, list):
        return [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(current, int | float):
        try:
            return type(current)(text or 0)
        except ValueError:
            raise SwitchError(f"'{name}' takes a number.") from None
    return text.strip()


def _is_wait(value: float) -> bool:
    return 0 <= value <= LONGEST_WAIT


def _check(name: str, value: Any, current: Any) -> None:
    kinds: tuple[type, ...] = (int, float) if isinstance(current, float) else (type(current),)
    if type(value) not in kinds:  # a bool is an int to isinstance, and would stay one
        raise SwitchError(f"'{name}' takes a {kinds[-1].__name__}, not {value!r}.")
    if name in CHOICES and value not in CHOICES[name]:
        raise SwitchError(f"'{name}' takes one of {', '.join(CHOICES[name])}, not {value!r}.")
    rules: dict[str, Callable[[Any], object]] = {
        "jira_version": lambda value: re.fullmatch(r"\d{1,2}(\.\d{1,3}){1,2}", value),
        "status_5xx": lambda value: value == 0 or 500 <= value <= 599,
        "slow_seconds": _is_wait,
        "token_slow_before": _is_wait,
        "token_slow_after": _is_wait,
        "token_status": lambda value: value in (0, 429) or 500 <= value <= 599,
        "access_token_seconds": lambda value: value > 0,
        "refresh_leeway_seconds": lambda value: value >= 0,
        "narrow_scopes": lambda value: all(isinstance(part, str) for part in value),
        "rate_limited": lambda value: value >= 0,
        "seen_base_url": lambda value: value == "" or urlsplit(value).scheme in ("http", "https"),
        "user_disabled": lambda value: all(isinstance(part, str) for part in value),
    }
    if name in rules and not rules[name](value):
        raise SwitchError(f"'{name}' cannot be {value!r}.")
