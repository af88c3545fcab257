"""Faults that mask each other, and connections with nothing wrong; beside ``tests.checklist.faults``."""

from dataclasses import dataclass, field

from portal.kinds.sent_data import SENT_DATA
from tests.checklist.fault import Act, Switches, ask_for
from tests.checklist.sending import have_trouble_beside, leave_waiting, send_a_build, send_by_id


@dataclass(frozen=True)
class Pair:
    """Two faults at once, of which the ``first`` is told; ``both``: the second one too."""

    first: str
    second: str
    both: bool = False


EXPIRED, REVOKED = "The personal access token has expired", "The access token was revoked"
PAIRS = (
    Pair("The port refuses connections", EXPIRED),
    Pair("The connection is cut during the TLS handshake", "Jira is down for maintenance"),
    Pair("A self-signed certificate", "A sign-in page in front"),
    Pair("An expired certificate", "Jira's clock is ten minutes ahead"),
    Pair("A certificate for another host", "Jira tells the name of its own server"),
    Pair("A certificate by an authority nobody entered", EXPIRED),
    Pair("https typed where plain http is spoken", "There is no Jira at that address"),
    Pair("Jira is down for maintenance", EXPIRED),
    Pair("A sign-in page in front", "The Jira user of a token is disabled"),
    Pair("A proxy whose Jira is gone (502)", "Jira's clock is ten minutes ahead"),
    Pair("There is no Jira at that address", EXPIRED),
    Pair("A filter of addresses in front", EXPIRED),
    Pair("Calls are rate limited", EXPIRED),
    Pair("The consumer key is unknown", REVOKED),
    Pair("The consumer key is unknown", "The public key in Jira is another one"),
    Pair("The public key in Jira is another one", "The access token has expired"),
    Pair("A proxy has Jira verify another scheme", "The public key in Jira is another one"),
    Pair("A proxy has Jira verify another path", REVOKED),
    Pair("The access token has expired", "The Jira user is disabled"),
    Pair("The Jira user is disabled", "A board is gone"),
    Pair("The public key in Jira is another one", "A mapped field is gone"),
    Pair("Jira's clock is ten minutes behind", REVOKED, both=True),
    Pair("The base URL in Jira's settings is an old one", "The public key in Jira is another one", both=True),
    Pair("A board is gone", "A mapped field is gone", both=True),
    Pair("Passwords are switched off for calls", "A CAPTCHA stands before the password"),
    Pair("The API token has expired", "A permission of the token is missing"),
    Pair("A CAPTCHA stands before the API token", "The API token without scopes has expired"),
    Pair("The site is gone", "A permission of the app is missing"),
    Pair("The grant covers another site", "A board is forbidden"),
    Pair("The client secret is another one at Atlassian", "A permission of the app is missing"),
    Pair("The refresh token is spent at Atlassian", "The grant covers another site"),
    Pair("The site's port refuses connections", "The client secret is not that of the credential"),
    Pair("The credential was deleted in Jira", "The token is refused at once"),
    Pair(
        "The credential is of another site (404)", "The credential was created without the permission: Builds"
    ),
    Pair("Jira knows none of the issues a build names", "Deliveries are paused", both=True),
)
"""What masks what. ``test_faults.py`` brings each about."""


@dataclass(frozen=True)
class Healthy:
    """A way to connect at an address of a Jira that is as it may be; nothing of it is red.

    ``act``: what somebody did before, which cannot be undone. ``proves``: rows that are green then.
    """

    name: str
    way: str
    at: str = ""
    switches: Switches = field(default_factory=dict)
    act: Act | None = None
    proves: tuple[str, ...] = ("identity", "control")


MAY_SEND_ALL = ("token", *(f"may_send_{data.api}" for data in SENT_DATA))
HEALTHY = (
    Healthy("OAuth 1.0a", "link"),
    Healthy("Data Center OAuth 2.0", "incoming"),
    Healthy("A personal access token", "pat"),
    Healthy("User name and password", "password"),
    Healthy("An app at Atlassian", "app"),
    Healthy("The operator's app at Atlassian", "shared"),
    Healthy("An API token with scopes", "scoped"),
    Healthy("An API token without scopes", "classic"),
    Healthy("Jira 8.20", "link", switches={"jira_version": "8.20.30"}),
    Healthy("Jira 8.14, the first with personal access tokens", "pat", switches={"jira_version": "8.14.0"}),
    Healthy("Jira 8.22, the first with OAuth 2.0", "incoming", switches={"jira_version": "8.22.0"}),
    Healthy("Jira 9.4", "password", switches={"jira_version": "9.4.9"}),
    Healthy("Jira 9.17", "link", switches={"jira_version": "9.17.5"}),
    Healthy("Jira 10.3", "incoming", switches={"jira_version": "10.3.12"}),
    Healthy("Jira 11", "link", switches={"jira_version": "11.0.1"}),
    Healthy("A proxy done right", "link", "http"),
    Healthy("A context path behind a proxy", "link", "http/jira"),
    Healthy("https by an authority of one's own", "link", "https+"),
    Healthy("https, an authority of one's own and a context path", "incoming", "https+/jira"),
    Healthy("A token over https by an authority of one's own", "pat", "https+"),
    Healthy("A password below a context path", "password", "https+/jira"),
    Healthy("German", "link", switches={"language": "de"}),
    Healthy("French", "pat", switches={"language": "fr"}),
    Healthy("Japanese", "incoming", switches={"language": "ja"}),
    Healthy("German at Atlassian", "app", switches={"language": "de"}),
    Healthy("Japanese, by an API token", "scoped", switches={"language": "ja"}),
    Healthy("Single sign-on before the pages of Jira", "link", switches={"sso": True}),
    Healthy("Jira does not open the list of tokens", "pat", switches={"pat_interface": "not_found"}),
    Healthy("A site that does not tell its cloud ID", "app", switches={"tenant_info": "forbidden"}),
    Healthy("A clock that is off by half a minute", "link", switches={"clock_offset_seconds": 30}),
    Healthy("A Jira that takes its time", "pat", switches={"slow_seconds": 0.2, "side": "server"}),
    Healthy(
        "An account that has sent nothing yet", "delivery", proves=(*MAY_SEND_ALL, "site", "oldest_waiting")
    ),
    Healthy(
        "Feature flags and development information not ticked, and not permitted",
        "delivery",
        switches={"deliveries_not_permitted": ["featureflags", "devinfo"]},
        act=ask_for("feature-flags", "development"),
        proves=("token", "may_send_builds", "may_send_deployments"),
    ),
    Healthy("A build that is on its issue", "delivery", act=send_a_build, proves=("last_delivery",)),
    Healthy(
        "A deployment that names its issue by the id", "delivery", act=send_by_id, proves=("last_delivery",)
    ),
    Healthy("A build that came a moment ago", "delivery", act=leave_waiting, proves=("oldest_waiting",)),
    Healthy(
        "Another account that sends beside it, and is in trouble",
        "delivery",
        act=have_trouble_beside,
        proves=(*MAY_SEND_ALL, "oldest_waiting"),
    ),
    Healthy(
        "An app beside it whose points of this hour are spent",
        "delivery",
        switches={"points_spent": True},
        proves=MAY_SEND_ALL,
    ),
)
"""What is nothing to worry about."""
RIGHTLY_RED = {"address": "plain_http", "superfluous": "classic_token_wide"}
"""What healthy accounts are told too: plain http is spoken here, a classic token can do everything."""
