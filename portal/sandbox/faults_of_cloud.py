"""Switches of the Cloud side: apps, grants, scopes, sites, API tokens, reports."""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.sandbox.switch import at_least_none, names, some, switch

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
REFRESH_ERRORS = ("none", "invalid_grant", "unauthorized_client", "access_denied")


def _cycle(value: str) -> bool:
    return value.isascii() and (value == "" or value.isprintable())


@dataclass
class FaultsOfCloud:
    """What goes wrong at Atlassian."""

    app_private: bool = switch(False, "Cloud: apps are not shared; only their owner gets in", "callback")
    app_blocked: bool = switch(
        False, "Cloud: the organisation blocks apps of users (on the consent page)", "callback"
    )
    token_body: str = switch(
        "none", "Cloud: a token exchange is answered with a spoilt body", "signature", choices=TOKEN_BODIES
    )
    refresh_error: str = switch(
        "none",
        "Cloud: every refresh is refused with this error (invalid_grant: the token is spent)",
        "consent",
        choices=REFRESH_ERRORS,
    )
    api_tokens_expired: bool = switch(False, "Cloud: every API token has expired", "consent")
    cloud_captcha: list[str] = field(
        default_factory=list,
        metadata=names("Cloud: users whose API tokens the sites do not look at (comma-separated)", "consent"),
    )
    points_spent: bool = switch(
        False, "Cloud: the app's points of this hour are spent (429 until the full hour)", "points"
    )
    sites_removed: list[str] = field(
        default_factory=list, metadata=names("Cloud: sites that are gone (acme, comma-separated)", "site")
    )
    sites_renamed: list[str] = field(
        default_factory=list,
        metadata=names("Cloud: sites that have another address now (acme, comma-separated)", "site"),
    )
    other_site: bool = switch(False, "Cloud: a grant covers the site that was not chosen", "site")
    not_on_site: list[str] = field(
        default_factory=list,
        metadata=names("Cloud: people who are not on a site (linus:globex, comma-separated)", "site"),
    )
    tenant_info: str = switch(
        "shown",
        "Cloud: what the sites answer when asked for their cloud id",
        "site",
        choices=("shown", "forbidden", "not_found"),
    )
    account_level_grants: bool = switch(
        False, "Cloud: a consent adds its site to those of the former consent", "site"
    )
    scopes_missing: list[str] = field(
        default_factory=list,
        metadata=names("Cloud: scopes that no token has, whatever was granted (comma-separated)", "scopes"),
    )
    scopes_extra: list[str] = field(
        default_factory=list,
        metadata=names(
            "Cloud: scopes that every token has beside those granted (comma-separated)", "superfluous"
        ),
    )
    narrow_scopes: list[str] = field(
        default_factory=list,
        metadata=names("Cloud: scopes the next consents do not give (comma-separated)", "scopes"),
    )
    report_rate_limited: int = switch(
        0,
        "Cloud: reports of accounts are rate limited (429), seconds to wait",
        "reporting",
        rule=at_least_none,
    )
    report_cycle: str = switch(
        "P7D", "Cloud: Cycle-Period of reports (P7D, or seconds; empty: not told)", rule=_cycle
    )
    access_token_seconds: int = switch(3600, "Cloud: an access token lives seconds", rule=some)
    refresh_leeway_seconds: int = switch(
        600, "Cloud: a used refresh token may be used again for seconds", rule=at_least_none
    )
    team_managed: bool = switch(
        False, "Cloud: projects are team-managed: epics are parents, and no board lists them"
    )
    new_grant_ends_older: bool = switch(False, "Cloud: a consent ends the tokens of the former one")

    def scopes_now(self, scopes: list[str]) -> list[str]:
        """What of these scopes a token has now."""
        kept = [scope for scope in scopes if scope not in self.scopes_missing]
        return kept + [scope for scope in self.scopes_extra if scope not in kept]
