"""Switches of Jira's own: clients, credentials, permissions, boards, fields. Many are on at both sides."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from portal.sandbox.faults_of_way import is_wait
from portal.sandbox.switch import at_least_none, names, some, switch


def _version(value: str) -> bool:
    return re.fullmatch(r"\d{1,2}(\.\d{1,3}){1,2}", value) is not None


def _token_status(value: int) -> bool:
    return value in (0, 429) or 500 <= value <= 599


@dataclass
class FaultsOfServer:
    """What goes wrong with clients, credentials and rights."""

    login_in_front: bool = switch(False, "Token calls are sent to the sign-in page (302)", "client")
    html_instead_of_oauth: bool = switch(False, "Token calls get a sign-in page (200)", "client")
    client_unknown: bool = switch(False, "The consumer key or client ID is unknown", "client")
    key_mismatch: bool = switch(
        False, "OAuth 1.0a: the public key in Jira is another one (signature_invalid)", "signature"
    )
    client_secret_wrong: bool = switch(False, "OAuth 2.0: the client secret is another one", "signature")
    token_status: int = switch(
        0,
        "OAuth 2.0: the token endpoint fails with status (429, 500-599)",
        "client",
        rule=_token_status,
    )
    callback_mismatch: bool = switch(False, "The callback or redirect URL in Jira is another one", "callback")
    server_tokens: str = switch(
        "good",
        "Server: what became of every access token and personal access token",
        "consent",
        choices=("good", "expired", "revoked", "used"),
    )
    server_refresh_spent: bool = switch(
        False, "Server: every OAuth 2.0 refresh token is spent (invalid_grant)", "consent"
    )
    link_reads_only: bool = switch(
        False, "Server: incoming links have the permission Read and no more (OAuth 2.0)", "consent"
    )
    user_disabled: list[str] = field(
        default_factory=list, metadata=names("Disabled users (comma-separated)", "identity")
    )
    captcha: list[str] = field(
        default_factory=list,
        metadata=names("Server: users who have to solve a CAPTCHA first (comma-separated)", "consent"),
    )
    password_changed: list[str] = field(
        default_factory=list,
        metadata=names("Server: users whose password is another one now (comma-separated)", "consent"),
    )
    basic_off: bool = switch(False, "Server: Basic authentication is disabled (403)", "consent")
    anonymous_myself: bool = switch(
        False, "Server: 'myself' answers anonymous callers with a body (200)", "consent"
    )
    checks_nothing: bool = switch(
        False, "Whoever calls is taken for the administrator, whatever is shown", "control"
    )
    permissions_missing: list[str] = field(
        default_factory=list,
        metadata=names(
            "Permissions nobody has, or one user lacks (EDIT_ISSUES, EDIT_ISSUES:ada, comma-separated)",
            "permissions",
        ),
    )
    permissions_unknown: list[str] = field(
        default_factory=list,
        metadata=names("Permissions this Jira does not know: asking for one is refused (comma-separated)"),
    )
    new_issue_fields: list[str] = field(
        default_factory=list,
        metadata=names("Fields a new issue must have, by id (customfield_10330, comma-separated)"),
    )
    new_issue_without: list[str] = field(
        default_factory=list,
        metadata=names("Fields that are not on the form of new issues, by id (labels, comma-separated)"),
    )
    transition_fields: list[str] = field(
        default_factory=list,
        metadata=names(
            "Transitions whose screen demands a field (41:resolution, 31:customfield_10330, comma-separated)"
        ),
    )
    board_gone: bool = switch(False, "Every board is gone (404)", "boards")
    board_forbidden: bool = switch(False, "Every board is forbidden (403)", "boards")
    fields_gone: list[str] = field(
        default_factory=list,
        metadata=names("Fields that are gone, by id (customfield_10310, comma-separated)", "fields"),
    )
    fields_changed: list[str] = field(
        default_factory=list,
        metadata=names("Fields that are of another type now, by id (comma-separated)", "fields"),
    )
    jira_version: str = switch(
        "9.12.15", "Jira version (before 9 the link dialogs are other ones)", rule=_version
    )
    language: str = switch(
        "en", "Language of error messages and field names", choices=("en", "de", "fr", "ja")
    )
    sso: bool = switch(False, "Single sign-on in front of every page")
    pat_interface: str = switch(
        "open",
        "Server: what /rest/pat answers when it is not open",
        choices=("open", "forbidden", "not_found"),
    )
    links_interface: str = switch(
        "open",
        "Server: what the REST of application links answers when it is not open",
        choices=("open", "forbidden", "not_found"),
    )
    server_code_seconds: int = switch(
        10, "Server: an OAuth 2.0 authorization code lives seconds", rule=at_least_none
    )
    server_token_seconds: int = switch(7200, "Server: an OAuth 2.0 access token lives seconds", rule=some)
    token_slow_before: float = switch(
        0.0, "OAuth 2.0: a token exchange takes effect later by seconds", rule=is_wait
    )
    token_slow_after: float = switch(
        0.0, "OAuth 2.0: a token exchange is answered later by seconds", rule=is_wait
    )
    token_drop_answer: bool = switch(
        False, "OAuth 2.0: a token exchange takes effect, its answer is lost", "signature"
    )
