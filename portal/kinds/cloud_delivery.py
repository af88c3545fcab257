"""Jira Cloud by OAuth credentials (2LO) that only send: builds, deployments and more (mission rows D1 to D6).

Clicks and names are those of "Integrate with self-hosted tools using OAuth" at support.atlassian.com. A
credential belongs to a site and to no person, and Jira gives it nothing to read.
"""

from portal.kinds.atlassian_pages import apps_page
from portal.kinds.methods import TWO_LEGGED
from portal.kinds.sent_data import SENT_DATA, SentData
from portal.kinds.shape import Copy, Facts, JiraSide, Kind, Permission, Step

APP_NAME = "Almoner"
PATH = "Settings (the gear) → Apps → OAuth credentials"
ADMIN = "A site admin of that Jira site."


def _guide(facts: Facts) -> tuple[Step, ...]:
    return (_open(facts), _create(facts), _permissions(), _carry_over(facts))


def _open(facts: Facts) -> Step:
    text = [
        f"In Jira: {PATH}. Newer sites call the entry Marketplace apps instead of Apps; OAuth credentials "
        "stands at the side there.",
        "If OAuth credentials is not in the list, you are not a site admin, or the site has no Jira.",
    ]
    if facts.apps_url is None and not facts.asked_by:
        text.append("Fill in the site URL under “In Almoner” and press Save: a direct link appears here.")
    link = (facts.apps_url, "Open your Jira site") if facts.apps_url else None
    return Step("Open the OAuth credentials", tuple(text), link=link, who=ADMIN)


def _create(facts: Facts) -> Step:
    tool = facts.tool
    copies = (
        Copy("app-name", "App name", tool.app_name),
        Copy("server-url", "Server base URL", tool.server_url),
        Copy("logo-url", "Logo URL", tool.logo_url),
    )
    return Step(
        "Create credentials",
        (
            "Press Create credentials and enter the three values below. They are what Jira shows in its "
            "list; none of them is called to send something.",
        ),
        tuple(copy for copy in copies if copy.value),
        who=ADMIN,
    )


def _permissions() -> Step:
    return Step(
        "Tick the permissions",
        (
            "Tick Builds and Deployments, then press Create. Permissions cannot be changed afterwards: who "
            "wants others makes another credential and deletes this one.",
            "Feature flags and Development information can be ticked too. Sending them was not tried against "
            "a live Jira yet: tick them only to find out, and look at what arrives.",
        ),
        who=ADMIN,
        permissions=(
            ("Permissions to tick", _rows(is_tried=True)),
            ("Only to try: not tried against a live Jira", _rows(is_tried=False)),
        ),
    )


def _rows(*, is_tried: bool) -> tuple[Permission, ...]:
    return tuple(_row(data) for data in SENT_DATA if data.is_tried is is_tried)


def _row(data: SentData) -> Permission:
    return Permission(data.permission, "", data.use)


def _carry_over(facts: Facts) -> Step:
    return Step(
        "Carry over client ID and client secret",
        (f"Jira shows Client ID and Client secret of what you created: {facts.carry_over}",),
        who=ADMIN,
    )


def _side(base_url: str, auth_url: str) -> JiraSide:
    page = apps_page(auth_url, base_url)
    return JiraSide(
        name="Jira",
        sign_out=base_url,
        consents=page,
        consents_title="open your Jira site",
        revoke=f"{PATH} → … → Delete",
    )


KIND = Kind(
    name="cloud_delivery",
    is_cloud=True,
    title="Jira Cloud builds and deployments",
    summary="Your build tools report to Jira what they built and deployed. It only sends: it has no boards, "
    "and nobody connects to it. Take it beside one of the others.",
    who_in_jira="You need a site admin of the Jira Cloud site: only they see OAuth credentials in Jira. That "
    "may be somebody else, who needs no account here.",
    who_connects="The credential belongs to the site and to no person: it goes on working whoever comes or "
    "goes. It can send the data ticked above and read nothing.",
    account_by=(TWO_LEGGED,),
    person_by=(),
    guide=_guide,
    side=_side,
)
