"""Jira Server and Data Center by a personal access token, or by user name and password (mission row B5).

"Using Personal Access Tokens": Jira 8.14 and later; a token has all rights of its user and cannot have fewer.
Nothing is set up in Jira's administration.
"""

from dataclasses import replace

from portal.kinds.jira_pages import PROFILE_PATH, jira_side
from portal.kinds.methods import PASSWORD, PAT
from portal.kinds.shape import Copy, Facts, JiraSide, Kind, Step

LABEL = "Almoner"


def _guide(facts: Facts) -> tuple[Step, ...]:
    return (*token_guide(facts), _or_password())


def token_guide(facts: Facts) -> tuple[Step, ...]:
    """How one makes a personal access token in Jira."""
    return (_open_profile(facts), _create_token(), _carry_over())


def _open_profile(facts: Facts) -> Step:
    link = (facts.base_url + PROFILE_PATH, "Open your Jira profile") if facts.base_url else None
    text = ["In Jira: your picture at the top right → Profile → Personal Access Tokens."]
    if link is None:
        text.append("Fill in the base URL under “In Almoner” and press Save: a direct link appears here.")
    text.append(
        "If it is not there, that Jira is older than 8.14, or its administrator has switched personal access "
        "tokens off."
    )
    return Step("Open your personal access tokens", tuple(text), link=link)


def _create_token() -> Step:
    return Step(
        "Create the token",
        (
            "Press Create token, enter the name below, and choose when it is to end: the sooner the safer, "
            "but somebody has to enter a new one here by then.",
            "A token can do all that its user can do in Jira, and cannot be given less.",
        ),
        (Copy("token-name", "Token name", LABEL),),
    )


def _carry_over() -> Step:
    return Step(
        "Carry it over",
        (
            "Press Create, copy the token and paste it under “In Almoner”: Jira shows it once. The end date "
            "need not be typed where Jira tells it.",
        ),
    )


def _or_password() -> Step:
    return Step(
        "Or a user name and a password",
        (
            "Only where there are no personal access tokens. The user name is the one in the Jira profile, "
            "often not the e-mail. Where people sign in through a single sign-on, Jira may know no password.",
            "Many a Jira takes no passwords from programs (Jira 11 by default): then the test says so, and a "
            "personal access token is the way.",
        ),
    )


def _side(base_url: str, auth_url: str) -> JiraSide:
    return replace(
        jira_side(base_url),
        revoke="Personal Access Tokens → Almoner → Revoke; where a password was entered, change it",
    )


KIND = Kind(
    name="server_token",
    is_cloud=False,
    title="Jira Server token",
    summary="Each person pastes a personal access token of their own (Jira 8.14 and later), or their user "
    "name and password.",
    who_in_jira="Nothing is set up in Jira's administration: you need no more than the Jira user the account "
    "is to act as.",
    who_connects="Best connect the account as a Jira user made for it, with no more rights than it needs: a "
    "personal access token or a password can do everything its user can do.",
    account_by=(PAT, PASSWORD),
    person_by=(PAT, PASSWORD),
    since={PAT: (8, 14)},
    guide=_guide,
    side=_side,
    token_guide=token_guide,
    converts_to=("server_oauth2", "server_oauth1"),
)
