"""Pages of Atlassian's own to which we lead people, and those of a practice Atlassian."""

from dataclasses import dataclass

AUTH_URL = "https://auth.atlassian.com"


@dataclass(frozen=True)
class AtlassianPages:
    """The developer console, the apps one has allowed, and the end of a browser's session."""

    console: str
    connected_apps: str
    sign_out: str


def atlassian_pages(auth_url: str) -> AtlassianPages:
    """The pages that go with an authorisation server: Atlassian's, or a practice one's own."""
    if auth_url == AUTH_URL:
        return AtlassianPages(
            console="https://developer.atlassian.com/console/myapps/",
            connected_apps="https://id.atlassian.com/manage-profile/apps",
            sign_out="https://id.atlassian.com/logout",
        )
    return AtlassianPages(
        console=f"{auth_url}/console/myapps",
        connected_apps=f"{auth_url}/connected-apps",
        sign_out=f"{auth_url}/logout",
    )
