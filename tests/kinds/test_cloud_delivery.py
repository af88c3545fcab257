"""The guide for OAuth credentials of a site: Jira's clicks in order, and what the kind is and is not (D1)."""

from dataclasses import replace

from portal.deliveries.data_kinds import DATA_KINDS
from portal.kinds import KINDS, sent_data
from portal.kinds.atlassian_pages import AUTH_URL, apps_page
from portal.kinds.methods import CONTROLS, NAMES, TWO_LEGGED
from portal.kinds.sent_data import SENT_DATA
from portal.kinds.shape import Facts, Tool
from portal.sandbox.cloud.credentials_2lo import PERMISSIONS

KIND = KINDS["cloud_delivery"]
SITE = "https://acme.atlassian.net"
TOOL = Tool("Almoner", "https://portal.example.org", "https://portal.example.org/logo.svg")
FACTS = Facts(
    portal_url="https://portal.example.org",
    callback_url="",
    base_url=SITE,
    tenant_name="Acme",
    user_agent="Almoner/1",
    apps_url=apps_page(AUTH_URL, SITE),
    tool=TOOL,
)


def text(facts=FACTS):
    return " ".join(piece for step in KIND.guide(facts) for piece in (step.title, *step.text))


def test_the_clicks_come_in_jiras_order():
    words = (
        "Settings (the gear) → Apps → OAuth credentials", "Marketplace apps", "Create credentials",
        "Tick Builds and Deployments", "press Create", "Client ID and Client secret",
    )  # fmt: skip
    places = [text().index(word) for word in words]
    assert places == sorted(places)
    assert all("site admin" in step.who for step in KIND.guide(FACTS)) and "site admin" in KIND.who_in_jira


def test_what_is_entered_there_is_to_be_copied():
    copies = {copy.label: copy.value for step in KIND.guide(FACTS) for copy in step.copies}
    assert copies == {
        "App name": TOOL.app_name,
        "Server base URL": TOOL.server_url,
        "Logo URL": TOOL.logo_url,
    }


def test_those_not_tried_are_offered_with_that_remark():
    lists = dict(KIND.guide(FACTS)[2].permissions)
    first, second = lists.values()
    assert [row.name for row in first] == ["Builds", "Deployments"]
    assert [row.name for row in second] == ["Feature flags", "Development information"]
    assert "not tried against a live Jira" in text()
    assert sent_data.PRESET == ("builds", "deployments")


def test_the_link_leads_to_the_site_itself_where_no_page_of_atlassians_names_a_better_one():
    assert KIND.guide(FACTS)[0].link == (SITE, "Open your Jira site")
    assert apps_page("http://localhost:1", "http://localhost:2").endswith("/jira/settings/apps")
    unknown = replace(FACTS, base_url=None, apps_url=None)
    assert KIND.guide(unknown)[0].link is None and "press Save: a direct link appears here" in text(unknown)


def test_the_reader_of_a_guide_link_gives_the_secret_to_who_asked():
    assert "give both to Ada" in text(replace(FACTS, asked_by="Ada"))
    assert "“In Almoner”" not in text(replace(FACTS, asked_by="Ada", apps_url=None))


def test_nobody_connects_and_nothing_is_pasted():
    assert (KIND.consent, KIND.tokens, KIND.person_by, KIND.converts_to) == (None, (), (), ())
    assert KIND.account_by == (TWO_LEGGED,) and KIND.only_sends and KIND.is_cloud
    assert [kind.name for kind in KINDS.values() if kind.only_sends] == [KIND.name]
    assert not any(KIND.name in kind.converts_to for kind in KINDS.values())
    assert TWO_LEGGED in NAMES and TWO_LEGGED not in CONTROLS, "there is no identity to prove by a control"


def test_what_is_tried_is_what_is_sent():
    """The permission is proved at the very address, and in the very list, that deliveries go by."""
    assert [kind.data for kind in DATA_KINDS.values()] == list(SENT_DATA)
    for kind in DATA_KINDS.values():
        assert kind.data.nothing.keys() <= kind.envelope([]).keys()
        assert PERMISSIONS[kind.data.api] == kind.permission
