"""Pages of a Jira Server or Data Center to which kinds lead people."""

from portal.kinds.shape import Facts, JiraSide, Step

LINKS_PATH = "/plugins/servlet/applinks/listApplicationLinks"
PROFILE_PATH = "/secure/ViewProfile.jspa"


def open_links(facts: Facts) -> Step:
    """The first step of every kind by application link; with a deep link once the base URL is known."""
    link = (
        (facts.base_url + LINKS_PATH, "Open the application links of your Jira") if facts.base_url else None
    )
    text = ["In Jira: Administration (the cog) → Applications → Application links."]
    if link is None and not facts.asked_by:
        text.append("Fill in the base URL under “In Almoner” and press Save: a direct link appears here.")
    return Step("Open the application links", tuple(text), link=link)


def jira_side(base_url: str, stuck: str = "") -> JiraSide:
    """Where people sign out and take consent back."""
    return JiraSide(
        name="Jira",
        sign_out=f"{base_url}/secure/Logout!default.jspa",
        consents=f"{base_url}{PROFILE_PATH}",
        consents_title="open your Jira profile",
        revoke="Authorized applications → Almoner → Revoke",
        stuck=stuck,
    )
