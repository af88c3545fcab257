"""Pages of Atlassian's own to which we lead people, and those of a practice Atlassian."""

from dataclasses import dataclass

AUTH_URL = "https://auth.atlassian.com"


@dataclass(frozen=True)
class AtlassianPages:
    """The developer console, the apps one has allowed, one's API tokens, and the end of a session."""

    console: str
    connected_apps: str
    api_tokens: str
    sign_out: str


def atlassian_pages(auth_url: str) -> AtlassianPages:
    """The pages that go with an authorisation server: Atlassian's, or a practice one's own."""
    if auth_url == AUTH_URL:
        return AtlassianPages(
            console="https://developer.atlassian.com/console/myapps/",
            connected_apps="https://id.atlassian.com/manage-profile/apps",
            api_tokens="https://id.atlassian.com/manage-profile/security/api-tokens",
            sign_out="https://id.atlassian.com/logout",
        )
    return AtlassianPages(
        console=f"{auth_url}/console/myapps",
        connected_apps=f"{auth_url}/connected-apps",
        api_tokens=f"{auth_url}/manage-profile/security/api-tokens",
        sign_out=f"{auth_url}/logout",
    )


def apps_page(auth_url: str, site_url: str) -> str:
    """Where one comes to the apps of a site: at Atlassian the site itself, since no page of theirs gives the
    address; at a practice site that very page."""
    return site_url if auth_url == AUTH_URL else f"{site_url}/jira/settings/apps"
