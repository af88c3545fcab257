"""The people of the practice Jira. Their passwords are printed on its front page."""

from __future__ import annotations

import hmac
from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """One user. ``name`` is what one signs in with, ``key`` never changes (Jira 8.4+)."""

    name: str
    key: str
    display_name: str
    is_admin: bool = False

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
        User("admin", "JIRAUSER10000", "Avery Admin", is_admin=True),
        User("ada", "JIRAUSER10100", "Ada Lindqvist"),
        User("grace", "JIRAUSER10101", "Grace Okafor"),
        User("linus", "JIRAUSER10102", "Linus Bergmann"),
    )
}


def check_password(name: str, password: str) -> User | None:
    """Return the user when name and password fit, else ``None``."""
    user = USERS.get(name.strip().lower())
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
        "timeZone": "Europe/Berlin",
    }
