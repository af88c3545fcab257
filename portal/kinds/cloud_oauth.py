"""Jira Cloud by OAuth 2.0 with a consent page (3LO), *Using Scope API* (mission rows C1 to C6)."""

from portal.kinds.shape import OAUTH2, Facts, Kind, Step


def _guide(facts: Facts) -> tuple[Step, ...]:
    return ()


KIND = Kind(
    name="cloud_oauth",
    protocol=OAUTH2,
    control="a made-up token",
    title="Jira Cloud OAuth",
    summary="A Jira Cloud site at atlassian.net, by an app of your own in Atlassian's developer console.",
    who_in_jira="You need an Atlassian account that may make apps in the developer console and belongs to "
    "your site.",
    who_connects="Best connect the account as a Jira user made for it: what the account itself reads, "
    "such as the list of fields and boards, is read as that user.",
    account_by=("consent",),
    person_by=("consent",),
    guide=_guide,
)
