"""Jira Server and Data Center by OAuth 1.0a with RSA keys (mission rows A1 to A9).

The Jira side follows Atlassian's application-link pages: "Create link", then the incoming side of a
*Generic application*. From Jira 9 on the first dialog asks for the kind of application, and only
*Atlassian product* leads to OAuth 1.0a; *External application* makes OAuth 2.0.
"""

from portal.kinds.jira_pages import jira_side, open_links
from portal.kinds.methods import OAUTH1
from portal.kinds.shape import Copy, Facts, JiraSide, Kind, Step

LINK_NAME = "Almoner"


def consumer_name(tenant_name: str) -> str:
    """What Jira's consent page calls the one who asks."""
    return f"{LINK_NAME} ({tenant_name})"


def _guide(facts: Facts) -> tuple[Step, ...]:
    return (open_links(facts), _create_link(facts), _name_application(), _incoming(facts))


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
            Copy("consumer-name", "Consumer Name", consumer_name(facts.tenant_name)),
            Copy("public-key", "Public Key", facts.public_pem.strip(), multiline=True),
            Copy("callback-url", "Consumer Callback URL", facts.callback_url),
        ),
    )


def _side(base_url: str, auth_url: str) -> JiraSide:
    return jira_side(base_url)


KIND = Kind(
    name="server_oauth1",
    is_cloud=False,
    title="Jira Server OAuth",
    summary="Each person presses Allow on a page of your Jira, and nobody pastes a token. For every version, "
    "also before 8.22 (an application link, OAuth 1.0a).",
    who_in_jira="You need the Jira administrators permission to make the application link. "
    "System administrator is not needed.",
    who_connects="Best connect the account as a Jira user made for it: what the account itself reads, "
    "such as the list of fields and boards, is read as that user.",
    account_by=(OAUTH1,),
    person_by=(OAUTH1,),
    guide=_guide,
    side=_side,
    converts_to=("server_oauth2",),
)
