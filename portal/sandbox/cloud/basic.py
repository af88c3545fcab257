"""Who asks with e-mail address and API token: a classic one at the sites, one with scopes at the gateway.

Which of them is at home where: support.atlassian.com, "Manage API tokens for your Atlassian account".
Whatever is wrong with what is shown gets one and the same answer, so that it cannot be told apart.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import NoReturn

from flask import g, request

from portal.sandbox.cloud.account_rows import ApiToken
from portal.sandbox.cloud.api_tokens import alive
from portal.sandbox.cloud.bearer import Holder, UnauthorizedError
from portal.sandbox.cloud.places import Site, belongs
from portal.sandbox.people import USERS, User
from portal.sandbox.rest import JiraError
from portal.sandbox.state import State

MOST_WRONG_TRIES = 10
_BASIC = re.compile(r"Basic ([A-Za-z0-9+/]+={0,2})", re.IGNORECASE)


class SiteRefusalError(Exception):
    """A site does not take what was shown. ``reason``: Seraph's, empty where nobody was named."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def is_basic() -> bool:
    """Whether the caller shows something by Basic, well-formed or not."""
    return request.headers.get("Authorization", "")[:6].lower() == "basic "


def _shown() -> tuple[str, str]:
    """E-mail address and token, or nothing (RFC 7617)."""
    found = _BASIC.fullmatch(request.headers.get("Authorization", ""))
    try:
        text = base64.b64decode(found[1], validate=True).decode() if found else ""
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    email, _, token = text.partition(":")
    return email, token


def holder_at_gateway(state: State, site: Site) -> Holder:
    """Who shows a token with scopes. Raises ``UnauthorizedError``; ``JiraError`` for strangers."""
    with state.lock:
        token = alive(state, *_shown())
        if token is None or token.scopes is None:
            raise UnauthorizedError("Unauthorized")
        return Holder(_user(state, token, site), state.faults.scopes_now(token.scopes), [site.cloud_id])


def user_at_site(state: State, site: Site) -> User:
    """Who shows a token without scopes. Raises ``SiteRefusalError``, or ``JiraError`` as at the gateway.

    Wrong tries of a known account are counted, a token with scopes among them: a site cannot tell it from a
    wrong one. After too many, nothing is looked at until the switch ``cloud_captcha`` is put back.
    """
    email, text = _shown()
    with state.lock:
        named = next((user for user in USERS.values() if user.email == email.lower()), None)
        if named and named.name in state.faults.cloud_captcha:
            # The status is that of Data Center; on Cloud only the header is documented.
            raise SiteRefusalError(403, "AUTHENTICATION_DENIED")
        token = alive(state, email, text)
        if token is None or token.scopes is not None:
            _wrong_try(state, named)
        state.cloud.wrong_tries.pop(token.user, None)
        return _user(state, token, site)


def _wrong_try(state: State, named: User | None) -> NoReturn:
    if named is None:
        raise SiteRefusalError(401, "")
    tries = state.cloud.wrong_tries
    tries[named.name] = tries.get(named.name, 0) + 1
    if tries[named.name] >= MOST_WRONG_TRIES:
        del tries[named.name]
        state.faults.cloud_captcha = [*state.faults.cloud_captcha, named.name]
    raise SiteRefusalError(401, "AUTHENTICATED_FAILED")


def _user(state: State, token: ApiToken, site: Site) -> User:
    """Its owner. The token is good: who has no access to this Jira is told so (403) in Jira's own words."""
    token.last_used = state.now()
    g.entry.token_user = token.user
    if not belongs(token.user, site, state.faults.not_on_site):
        raise JiraError(403, "Current user not permitted to use Jira")
    return USERS[token.user]
