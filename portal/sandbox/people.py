"""The people of the practice Jira. Their passwords are printed on its front page."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class User:
    """One user. ``name`` is what one signs in with on Server, ``key`` never changes there (Jira 8.4+).

    ``account_id`` is who the person is on every site of the Cloud side; both shapes of it exist in life.
    """

    name: str
    key: str
    display_name: str
    account_id: str
    is_admin: bool = False
    time_zone: str = "Europe/Berlin"

    @property
    def email(self) -> str:
        """E-mail address, at a domain nobody can own (RFC 2606)."""
        return f"{self.name}@example.com"

    @property
    def password(self) -> str:
        """The practice password, printed on the front page."""
        return f"{self.name}-practice"


USERS: dict[str, User] = {
    user.name: user
    for user in (
        User("admin", "JIRAUSER10000", "Avery Admin", "5b10a2844c20165700ede21a", is_admin=True),
        User("ada", "JIRAUSER10100", "Ada Lindqvist", "5b10ac8d82e05b22cc7d4ef5"),
        User("grace", "JIRAUSER10101", "Grace Okafor", "557058:2c9f61d4-8b3e-4a70-b5f2-d0e7139a6c48"),
        User("linus", "JIRAUSER10102", "Linus Bergmann", "5be24ad8b1653240376955d2"),
    )
}


def find_user(name: str) -> User | None:
    """The user with this name or e-mail address."""
    return USERS.get(name.strip().lower().removesuffix("@example.com"))


def check_password(name: str, password: str) -> User | None:
    """Return the user when name (or e-mail address) and password of the Cloud side fit, else ``None``."""
    user = find_user(name)
    if user and hmac.compare_digest(user.password.encode(), password.encode()):
        return user
    return None


def user_json(user: User, base_url: str, active: bool = True) -> dict[str, object]:
    """A user as ``/rest/api/2`` shows it on Server and Data Center."""
    return {
        "self": f"{base_url}/rest/api/2/user?username={user.name}",
        "key": user.key,
        "name": user.name,
        "emailAddress": user.email,
        "avatarUrls": {"48x48": f"{base_url}/secure/useravatar?avatarId=10122"},
        "displayName": user.display_name,
        "active": active,
        "timeZone": user.time_zone,
    }


def account_json(user: User, base_url: str, active: bool = True) -> dict[str, object]:
    """A user as ``/rest/api/3`` shows it on Cloud: by account, without name and key."""
    return {
        "self": f"{base_url}/rest/api/3/user?accountId={quote(user.account_id)}",
        "accountId": user.account_id,
        "accountType": "atlassian",
        "emailAddress": user.email,
        "avatarUrls": {"48x48": f"{base_url}/secure/useravatar?avatarId=10122"},
        "displayName": user.display_name,
        "active": active,
        "timeZone": user.time_zone,
        "locale": "en_US",
    }
