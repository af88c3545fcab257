"""Jira Server and Data Center by OAuth 1.0a with RSA keys (mission rows A1 to A9).

The Jira side follows Atlassian's application-link pages: "Create link", then the incoming side of a
*Generic application*. From Jira 9 on the first dialog asks for the kind of application, and only
*Atlassian product* leads to OAuth 1.0a; *External application* makes OAuth 2.0.
"""

from portal.kinds.shape import OAUTH1, Copy, Facts, JiraSide, Kind, Step

LINKS_PATH = "/plugins/servlet/applinks/listApplicationLinks"
LINK_NAME = "Almoner"


def _guide(facts: Facts) -> tuple[Step, ...]:
    return (_open_links(facts), _create_link(facts), _name_application(), _incoming(facts))


def _open_links(facts: Facts) -> Step:
    link = (
        (facts.base_url + LINKS_PATH, "Open the application links of your Jira") if facts.base_url else None
    )
    text = ["In Jira: Administration (the cog) → Applications → Application links."]
    if link is None:
        text.append("Fill in the base URL under “In Almoner” and press Save: a direct link appears here.")
    return Step("Open the application links", tuple(text), link=link)


def _create_link(facts: Facts) -> Step:
    return Step(
        "Create the link",
        (
            "Before Jira 9: paste the address below into the field and press Create new link.",
            "Jira 9 and later: press Create link, choose Atlassian product (not External application: that "
            "would make OAuth 2.0), paste the address below as the application URL, and press Continue.",
            "Jira may say that it got no response from the address. That is expected: press Continue.",
        ),
        (Copy("link-url", "Application URL", facts.portal_url),),
    )


def _name_application() -> Step:
    return Step(
        "Name the application",
        (
            "Application name: the value below. Application type: Generic application.",
            "Leave the service provider and outgoing fields empty; where your Jira insists, type any word.",
            "Tick Create incoming link and press Continue.",
        ),
        (Copy("link-name", "Application name", LINK_NAME),),
    )


def _incoming(facts: Facts) -> Step:
    return Step(
        "Fill in the incoming authentication",
        (
            "If the dialog does not appear, edit the new link (the pencil) and open Incoming authentication.",
            "Leave Allow 2-legged OAuth off: nobody but the people who consent is ever acted for.",
        ),
        (
            Copy("consumer-key", "Consumer Key", facts.consumer_key),
            Copy("consumer-name", "Consumer Name", f"{LINK_NAME} ({facts.tenant_name})"),
            Copy("public-key", "Public Key", facts.public_pem.strip(), multiline=True),
            Copy("callback-url", "Consumer Callback URL", facts.callback_url),
        ),
    )


def _side(base_url: str, auth_url: str) -> JiraSide:
    return JiraSide(
        name="Jira",
        sign_out=f"{base_url}/secure/Logout!default.jspa",
        consents=f"{base_url}/secure/ViewProfile.jspa",
        consents_title="open your Jira profile",
        revoke="Authorized applications → Almoner → Revoke",
    )


KIND = Kind(
    name="server_oauth1",
    protocol=OAUTH1,
    control="a spoiled signature",
    title="Jira Server OAuth",
    summary="Jira Server or Data Center of your own, by an application link (OAuth 1.0a, RSA keys).",
    who_in_jira="You need the Jira administrators permission to make the application link. "
    "System administrator is not needed.",
    who_connects="Best connect the account as a Jira user made for it: what the account itself reads, "
    "such as the list of fields and boards, is read as that user.",
    account_by=("consent",),
    person_by=("consent",),
    guide=_guide,
    side=_side,
)
