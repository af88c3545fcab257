"""Atlassian's side of Jira Cloud: its two hosts, the sites a token reaches, and whose token it is.

The hosts are constants of the process: nothing a tenant types decides where a client secret goes (T11).
"""

import re
from dataclasses import asdict, dataclass
from typing import Self

from portal.errors import PortalError
from portal.jira.answers import Code, JiraTrouble, json_answer
from portal.jira.base_urls import BaseUrl
from portal.jira.oauth2 import JiraOAuth2Session
from portal.jira.readers import expect_object, items, text

_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_ACCOUNT = re.compile(r"[A-Za-z0-9:_-]{1,128}")
_MOST_SITES = 200


class CloudIdRefused(PortalError):
    """A text that is no cloud id."""


@dataclass(frozen=True)
class Site:
    """A Jira site as Atlassian lists it: cloud id, name, address for a browser."""

    id: str
    name: str
    url: str

    def as_json(self) -> dict[str, str]:
        """For the row of a grant."""
        return asdict(self)


@dataclass(frozen=True)
class Me:
    """The Atlassian account behind a token. A hidden ``email`` is empty."""

    account_id: str
    name: str
    email: str


@dataclass(frozen=True)
class Atlassian:
    """The authorisation server and the API gateway."""

    auth: BaseUrl
    api: BaseUrl

    @classmethod
    def at(cls, auth_url: str, api_url: str) -> Self:
        """From the two addresses of the settings."""
        return cls(BaseUrl.stored(auth_url), BaseUrl.stored(api_url))

    @property
    def authorize_url(self) -> str:
        """The consent page."""
        return self.auth.url(("authorize",))

    @property
    def token_url(self) -> str:
        """Where codes and refresh tokens are exchanged."""
        return self.auth.url(("oauth", "token"))

    @property
    def credentials_url(self) -> str:
        """Where a client gets a token for itself: on the API's host ("Integrate Jira Software Cloud with
        on-premises tools")."""
        return self.api.url(("oauth", "token"))

    def gateway(self, cloud_id: str) -> BaseUrl:
        """The base URL of calls to one site. Raises :class:`CloudIdRefused` for what is no cloud id."""
        if not _ID.fullmatch(cloud_id):
            raise CloudIdRefused(cloud_id)
        return BaseUrl(self.api.scheme, self.api.host, self.api.port, f"/ex/jira/{cloud_id}")

    def sites(self, session: JiraOAuth2Session) -> list[Site]:
        """The Jira sites the session's token reaches, each once.

        One site is listed once per product with the same id; only the entries with scopes of Jira count.
        """
        answer = json_answer(session.get(self.api.url(("oauth", "token", "accessible-resources"))))
        if not isinstance(answer, list):
            raise JiraTrouble(Code.BROKEN_ANSWER, expected="a list of sites")
        found = {site.id: site for item in items(answer)[:_MOST_SITES] if (site := _site(item))}
        return list(found.values())

    def me(self, session: JiraOAuth2Session) -> Me:
        """The Atlassian account of the session's token (needs the scope ``read:me``)."""
        answer = expect_object(json_answer(session.get(self.api.url(("me",)))), "an Atlassian account")
        account_id = text(answer, "account_id")
        if not _ACCOUNT.fullmatch(account_id):
            raise JiraTrouble(Code.BROKEN_ANSWER, expected="an Atlassian account")
        return Me(account_id, text(answer, "name"), text(answer, "email"))


def _site(item: dict[str, object]) -> Site | None:
    scopes = item.get("scopes")
    of_jira = isinstance(scopes, list) and any("jira" in scope for scope in scopes if isinstance(scope, str))
    site = Site(text(item, "id"), text(item, "name"), text(item, "url").rstrip("/"))
    good = of_jira and _ID.fullmatch(site.id) and re.match(r"https?://", site.url)
    return site if good else None
