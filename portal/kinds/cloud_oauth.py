"""Jira Cloud by OAuth 2.0 with a consent page (3LO), *Using Scope API* (mission rows C1 to C6).

The Jira side follows the developer console as Atlassian's page "OAuth 2.0 (3LO) apps" describes it. An app is
private when it is new: until it is shared, only its owner can connect.
"""

from portal.kinds.atlassian_pages import atlassian_pages
from portal.kinds.cloud_token import token_guide
from portal.kinds.methods import OAUTH2, SCOPED_TOKEN
from portal.kinds.scopes import BY_ID, GRANULAR, REPORT, SCOPES, Scope
from portal.kinds.shape import Copy, Facts, JiraSide, Kind, Permission, Step

APP_NAME = "Almoner"
OWNER = "The person who will own the app. Only they see it in the console; best a user made for it."


def _guide(facts: Facts) -> tuple[Step, ...]:
    return (_create(facts), _add_apis(), _permissions(), _callback(facts), _share(), _settings(facts))


def _create(facts: Facts) -> Step:
    return Step(
        "Create the OAuth 2.0 integration",
        (
            "In the developer console: Create → OAuth 2.0 integration. Enter the name below, accept the "
            "terms and press Create.",
            "If the console asks for the type of grant: one that covers several sites and one that covers a "
            "single site both work; here every account is bound to one site.",
        ),
        (Copy("app-name", "Name of the app", APP_NAME),),
        (facts.console_url, "Open the developer console"),
        who=OWNER,
    )


def _add_apis() -> Step:
    return Step(
        "Add the three APIs",
        ("Permissions → press Add beside Personal Data Reporting API, User Identity API and Jira API.",),
        who="The owner of the app.",
    )


def _permissions() -> Step:
    reporting = BY_ID[REPORT]
    first = [scope for scope in SCOPES if scope.is_preset and not scope.is_required and scope != reporting]
    required = [scope for scope in SCOPES if scope.is_required]
    further = [scope for scope in SCOPES if not scope.is_preset and not scope.for_programs]
    for_programs = [scope for scope in SCOPES if scope.for_programs]
    return Step(
        "Tick the permissions",
        (
            "Permissions → Configure beside an API → Edit Scopes, tick, Save. Where the names in the console "
            "differ, the id decides.",
            "The permission to stay connected (offline_access) stands in no list; this portal asks for it.",
        ),
        who="The owner of the app.",
        permissions=(
            ("Jira API → Granular scopes", _rows(first)),
            ("Needed to prove who somebody is", _rows(required)),
            (reporting.api, _rows([reporting])),
            ("Jira API: more, each with what is off without it", _rows(further)),
            ("Jira API: only where programs send through this portal to Jira", _rows(for_programs)),
        ),
    )


def _rows(scopes: list[Scope]) -> tuple[Permission, ...]:
    """What a list of the guide shows; for a required one also where the console lists it."""
    return tuple(Permission(scope.name, scope.id, _use(scope)) for scope in scopes)


def _use(scope: Scope) -> str:
    is_elsewhere = scope.is_required or scope.for_programs or scope.api != GRANULAR
    return f"{scope.use}: {scope.api}" if is_elsewhere else scope.use


def _callback(facts: Facts) -> Step:
    return Step(
        "Enter the callback URL",
        (
            "Authorization → Add (or Configure) beside OAuth 2.0 (3LO), paste the address below, Save "
            "changes.",
            "An app has one callback URL, and it must be this one to the letter. Otherwise Atlassian shows "
            "“Callback URL mismatch” and never leads back here.",
        ),
        (Copy("callback-url", "Callback URL", facts.callback_url),),
        who="The owner of the app.",
    )


def _share() -> Step:
    return Step(
        "Share the app",
        (
            "Distribution → Edit → Sharing. Atlassian asks for a vendor name and the address of a privacy "
            "policy: your organisation's.",
            "Until it is shared, only the owner of the app can connect, on any site; everybody else sees an "
            "error page of Atlassian's.",
        ),
        who="The owner of the app. Where your organisation blocks apps, an organisation admin has to allow "
        "it.",
    )


def _settings(facts: Facts) -> Step:
    return Step(
        "Carry over client ID and secret",
        (f"Settings → Authentication details shows Client ID and Secret: {facts.carry_over}",),
        who="The owner of the app. To consent afterwards one must belong to your site and see its projects.",
    )


def _side(base_url: str, auth_url: str) -> JiraSide:
    pages = atlassian_pages(auth_url)
    return JiraSide(
        name="Atlassian",
        sign_out=pages.sign_out,
        consents=pages.connected_apps,
        tokens=pages.api_tokens,
        consents_title="open the connected apps of your Atlassian account",
        revoke="Almoner → Remove access",
        stuck="Atlassian shows some errors on a page of its own and does not lead back. “You don't have "
        "access to this app”: the app is not shared yet (Distribution in the developer console). “Callback "
        "URL mismatch”: the callback URL of the app differs from the one on the set-up page. A permission "
        "the app does not have: tick it in the console, or untick it on the set-up page. The owner of the "
        "app can mend all three. Then come back here and start again.",
    )


KIND = Kind(
    name="cloud_oauth",
    is_cloud=True,
    title="Jira Cloud OAuth",
    summary="Each person presses Accept on a page of Atlassian, and nobody pastes a token (OAuth 2.0, “Using "
    "Scope API”).",
    who_in_jira="You need an Atlassian account that may make apps in the developer console, and one that "
    "belongs to your site to consent with. A Jira administrator is not needed.",
    who_connects="Best connect the account as a Jira user made for it: what the account itself reads, "
    "such as the list of fields and boards, is read as that user.",
    account_by=(SCOPED_TOKEN, OAUTH2),
    person_by=(OAUTH2, SCOPED_TOKEN),
    guide=_guide,
    side=_side,
    token_guide=token_guide,
    rule="Atlassian's rules do not allow a product to ask every customer for an app of their own or to "
    "collect API tokens: use an app of your own only where your own organisation runs this portal, or ask "
    "the operator for an app that all share.",
    is_recommended=True,
)
