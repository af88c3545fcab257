"""The pages of Jira's and of Atlassian's own that a remedy speaks of, by what its sentences call them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from portal.alm_accounts.account_views import AccountView
from portal.kinds.jira_pages import LINKS_PATH, PROFILE_PATH
from portal.kinds.methods import CONSENTS
from portal.kinds.shape import Facts, JiraSide

# Pages of Jira's administration, by their addresses in Jira Server and Data Center.
GENERAL_PATH = "/secure/admin/ViewApplicationProperties.jspa"
USERS_PATH = "/secure/admin/user/UserBrowser.jspa"
SCHEMES_PATH = "/secure/admin/ViewPermissionSchemes.jspa"
APPS_PATH = "/plugins/servlet/upm"
LICENSES_PATH = "/plugins/servlet/applications/versions-licenses"
STATUS_URL = "https://status.atlassian.com/"
ADMIN_URL = "https://admin.atlassian.com/"

Link = tuple[str, str]
Page = Callable[["Grounds"], Link | None]


@dataclass(frozen=True)
class Grounds:
    """Whose steps they are: an account, what its guide is filled in with, and Jira's own pages."""

    account: AccountView
    facts: Facts
    side: JiraSide


def links(grounds: Grounds, text: str) -> Iterator[Link]:
    """The pages that a sentence names, as address and text, as far as the account has them."""
    named = CLOUD_PAGES if grounds.account.kind.is_cloud else SERVER_PAGES
    for phrase, page in named:
        if phrase in text and (link := page(grounds)) is not None:
            yield link


def _at_jira(path: str, text: str) -> Page:
    def page(grounds: Grounds) -> Link | None:
        base = grounds.account.base_url
        return (base + path, text) if base else None

    return page


def _console(grounds: Grounds) -> Link | None:
    """The console is for those who have an app of their own there."""
    is_own = grounds.account.app is not None and not grounds.account.is_by_shared_app
    return (grounds.facts.console_url, "Open the developer console") if is_own else None


def _tokens(grounds: Grounds) -> Link:
    return grounds.facts.tokens_url, "Open the API tokens of your Atlassian account"


def _allowed_apps(grounds: Grounds) -> Link | None:
    """Who goes by tokens only has allowed no app."""
    by_consent = set(grounds.account.kind.person_by) & set(CONSENTS)
    return (grounds.side.consents, _as_title(grounds.side.consents_title)) if by_consent else None


def _as_title(words: str) -> str:
    return words[:1].upper() + words[1:]


def _credentials(grounds: Grounds) -> Link | None:
    """The list of OAuth credentials is for accounts that go by one of them."""
    is_of_site = grounds.account.kind.only_sends and grounds.account.base_url
    return (grounds.side.consents, _as_title(grounds.side.consents_title)) if is_of_site else None


_APPLICATION_LINKS = _at_jira(LINKS_PATH, "Open the application links of your Jira")
_GENERAL = _at_jira(GENERAL_PATH, "Open the general configuration of your Jira")
_USERS = _at_jira(USERS_PATH, "Open the users of your Jira")
_PROFILE = _at_jira(PROFILE_PATH, "Open your Jira profile")
# What a sentence calls a page of Jira's or of Atlassian's.
SERVER_PAGES: tuple[tuple[str, Page], ...] = (
    ("pplication link", _APPLICATION_LINKS),
    ("ncoming link", _APPLICATION_LINKS),
    ("ublic key", _APPLICATION_LINKS),
    ("allback URL in Jira", _APPLICATION_LINKS),
    ("General configuration", _GENERAL),
    ("Permission schemes", _at_jira(SCHEMES_PATH, "Open the permission schemes of your Jira")),
    ("Manage apps", _at_jira(APPS_PATH, "Open the apps of your Jira")),
    ("installed and licensed", _at_jira(LICENSES_PATH, "Open versions and licences of your Jira")),
    ("activate the user", _USERS),
    ("activate it", _USERS),
    ("Personal Access Tokens", _PROFILE),
    ("in the Jira profile", _PROFILE),
    ("Sign in to Jira", _at_jira("/", "Open your Jira")),
    ("pen it in a browser", _at_jira("/", "Open the address")),
)
CLOUD_PAGES: tuple[tuple[str, Page], ...] = (
    ("developer console", _console),
    ("developer.atlassian.com", _console),
    ("admin.atlassian.com", lambda grounds: (ADMIN_URL, "Open admin.atlassian.com")),
    ("OAuth credentials", _credentials),
    ("API tokens", _tokens),
    ("onnected apps", _allowed_apps),
    ("status.atlassian.com", lambda grounds: (STATUS_URL, "Open status.atlassian.com")),
    ("open the site in a browser", _at_jira("/", "Open the site")),
    ("Open the site that stands in the set-up", _at_jira("/", "Open the site")),
    ("ccess to this site", _at_jira("/", "Open the site")),
)
