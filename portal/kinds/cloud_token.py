"""Jira Cloud by API tokens that people make and paste (mission rows B4, C3).

Clicks and names are those of "Manage API tokens for your Atlassian account". A token with scopes goes through
Atlassian's gateway, one without goes to the site; which it is, is found out by trying.
"""

from portal.kinds.atlassian_pages import atlassian_pages
from portal.kinds.methods import API_TOKEN, SCOPED_TOKEN
from portal.kinds.scopes import BY_ID
from portal.kinds.shape import Copy, Facts, JiraSide, Kind, Permission, Step

TOKEN_NAME = "Almoner"  # noqa: S105 - what it is called, not what it is
WHO = "The person whose Jira identity the token is to carry, signed in to Atlassian as themselves."


def _guide(facts: Facts) -> tuple[Step, ...]:
    return (*token_guide(facts), _without_scopes())


def token_guide(facts: Facts) -> tuple[Step, ...]:
    """How one makes an API token with the scopes that are used here."""
    return (_open_tokens(facts), _name_it(), _scopes(facts), _copy_it())


def _open_tokens(facts: Facts) -> Step:
    return Step(
        "Open your API tokens",
        ("In Jira: profile icon → Manage account → Security → API tokens → Create and manage API tokens.",),
        link=(facts.tokens_url, "Open the API tokens of your Atlassian account"),
        who=WHO,
    )


def _name_it() -> Step:
    return Step(
        "Create an API token with scopes",
        (
            "Press Create API token with scopes. Enter the name below and the expiry date: a year at most, "
            "which is preset. Note the date, it is asked for here. Press Next.",
            "Select Jira as the app and press Next.",
        ),
        (Copy("token-name", "Name of the token", TOKEN_NAME),),
    )


def _scopes(facts: Facts) -> Step:
    rows = tuple(Permission(BY_ID[id].name, id, BY_ID[id].use) for id in facts.scopes)
    return Step(
        "Select the scopes",
        (
            "Search for each scope by its id, as it stands in Atlassian's list, and tick it. It is all that "
            "is used here; what is left out switches off the one thing named beside it.",
            "Guides of other products have you tick ten scopes that begin with delete:, among them "
            "delete:attachment:jira and delete:comment:jira. Nothing here deletes such things, and a token "
            "that cannot do it does no harm when it gets into wrong hands: leave them out.",
        ),
        (Copy("token-scopes", "Scopes to tick", "\n".join(facts.scopes), multiline=True),),
        permissions=(("The same scopes, each with the reason", rows),),
    )


def _copy_it() -> Step:
    return Step(
        "Create it and carry it over",
        (
            "Press Next, look the scopes over, press Create token, then Copy, and paste it here. Atlassian "
            "shows it this once; if it is lost, make another.",
        ),
    )


def _without_scopes() -> Step:
    return Step(
        "Or a token without scopes",
        (
            "Create API token makes one without scopes. It works here too, then Using Scope API is off; but "
            "it can do all that its owner can do in every product of Atlassian's: prefer one with scopes.",
        ),
    )


def _side(base_url: str, auth_url: str) -> JiraSide:
    pages = atlassian_pages(auth_url)
    return JiraSide(
        name="Atlassian",
        sign_out=pages.sign_out,
        consents=pages.api_tokens,
        consents_title="open the API tokens of your Atlassian account",
        revoke="the token → Revoke",
        tokens=pages.api_tokens,
    )


KIND = Kind(
    name="cloud_token",
    is_cloud=True,
    title="Jira Cloud API token",
    summary="Each person makes an API token on a page of Atlassian and pastes it here; one more is for the "
    "account itself.",
    who_in_jira="You need an Atlassian account that belongs to your site and sees its projects, and the "
    "right to make API tokens for it. A Jira administrator is not needed.",
    who_connects="Best make the token as an Atlassian account made for it: what the account itself reads, "
    "such as the list of fields and boards, is read as the one who made the token.",
    account_by=(API_TOKEN, SCOPED_TOKEN),
    person_by=(API_TOKEN, SCOPED_TOKEN),
    guide=_guide,
    side=_side,
    token_guide=token_guide,
    converts_to=("cloud_oauth",),
    rule="Atlassian's rules do not allow a product to collect its users' API tokens: use them only where "
    "your own organisation runs this portal, or else connect by consent, with Jira Cloud OAuth and an app "
    "that the operator shares.",
)
