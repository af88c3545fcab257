"""Jira Data Center by OAuth 2.0 with a consent page (mission row A10).

The Jira side follows Atlassian's "Configure an incoming link" (Jira 8.22 and later): "Create link",
*External application*, *Incoming*. Jira wants https for itself and for the redirect URL, unless its system
properties say otherwise ("OAuth 2.0 provider system properties").
"""

from portal.kinds.jira_pages import jira_side, open_links
from portal.kinds.methods import OAUTH2
from portal.kinds.shape import Copy, Facts, JiraSide, Kind, Step

LINK_NAME = "Almoner"


def _guide(facts: Facts) -> tuple[Step, ...]:
    return (open_links(facts), _create_link(facts), _incoming(facts), _carry_over(facts))


def _create_link(facts: Facts) -> Step:
    instead = "connect it by the kind Jira Server OAuth or Jira Server token instead."
    return Step(
        "Create the link",
        (
            "Press Create link, choose External application (not Atlassian product: that would make "
            "OAuth 1.0a), then Incoming.",
            "Where there is no External application, that Jira is older than 8.22: "
            + (f"tell {facts.asked_by}, it is connected in another way then." if facts.asked_by else instead),
        ),
    )


def _incoming(facts: Facts) -> Step:
    text = [
        "Paste both values below into the fields of the same names. The redirect URL must be this one to "
        "the letter.",
        "Permission: tick Write, or Read if nothing in Jira is to be changed from here, and no other. Nobody "
        "gets more than they may do in Jira themselves. Press Save.",
    ]
    return Step(
        "Fill in the incoming link",
        (*text, _about_https(facts)),
        (
            Copy("link-name", "Name", LINK_NAME),
            Copy("callback-url", "Redirect URL", facts.callback_url),
        ),
    )


def _about_https(facts: Facts) -> str:
    """What Jira says of https; plainly, where this Jira or this portal has none."""
    rule = "Jira wants https for its own base URL and for the redirect URL"
    plain = [
        whose
        for whose, url in (("that Jira", facts.base_url), ("this portal", facts.callback_url))
        if url and url.startswith("http:")
    ]
    if not plain:
        return f"{rule}."
    return (
        f"{rule}, and {' and '.join(plain)} {'have' if len(plain) > 1 else 'has'} plain http: that works "
        "only where a Jira administrator has set the system properties "
        "atlassian.oauth2.provider.skip.base.url.https.requirement and "
        "atlassian.oauth2.provider.skip.redirect.url.https.requirement."
    )


def _carry_over(facts: Facts) -> Step:
    return Step(
        "Carry over client ID and secret",
        (
            f"Jira shows Client ID and Client secret: {facts.carry_over}",
            "They can be seen again: in the list of application links, More actions (…) beside the link → "
            "View credentials.",
        ),
    )


def _side(base_url: str, auth_url: str) -> JiraSide:
    return jira_side(
        base_url,
        stuck="Jira shows some errors on a page of its own and does not lead back. “Invalid client”: the "
        "client ID on the set-up page is not that of the incoming link. An error about the redirect URL: it "
        "differs in Jira from the one on the set-up page. “Not found”: that Jira is older than 8.22, or the "
        "base URL is wrong. A Jira admin and an admin of this portal compare both sides. Then come back here "
        "and start again.",
    )


KIND = Kind(
    name="server_oauth2",
    is_cloud=False,
    title="Jira Data Center OAuth 2.0",
    summary="Each person presses Allow on a page of your Jira, and nobody pastes a token. For Jira 8.22 and "
    "later (an incoming link, OAuth 2.0).",
    who_in_jira="You need the Jira administrators permission to make the incoming link. "
    "System administrator is not needed.",
    who_connects="Best connect the account as a Jira user made for it: what the account itself reads, "
    "such as the list of fields and boards, is read as that user.",
    account_by=(OAUTH2,),
    person_by=(OAUTH2,),
    since={OAUTH2: (8, 22)},
    guide=_guide,
    side=_side,
    is_recommended=True,
)
