"""An epic is changed in Jira as the person, and told when it cannot be: name, summary, colour, done."""

import jira
import pytest
from sqlalchemy import select

from portal.alm_accounts import accounts
from portal.kinds.scopes import PRESET
from portal.store.tables import AuditEvent
from tests.boards.test_cloud_features import off
from tests.support.accounts import registry_of
from tests.support.sandbox import CloudBrowser

pytestmark = pytest.mark.on_both("test_an_epic_is_changed_in_jira_and_in_the_record")

WRITE = "write:epic:jira-software"
HOSTILE = "\"><script>alert(1)</script> & 'quoted' {{7*7}}"


def at(place):
    """Where the practice Jira of this place keeps its content."""
    return "server" if hasattr(place, "portal") else "acme"


def held(place, key):
    return place.sandbox.content(at(place))["issues"][key]


def deeds(place):
    return [(deed["user"], deed["what"], deed["where"]) for deed in place.sandbox.content(at(place))["deeds"]]


def by_library(place, user="grace"):
    """Jira as another program reads it, with the rights of this user."""
    if at(place) == "server":
        token = place.sandbox.make_pat(user)
        return jira.JIRA(server=place.sandbox.url, token_auth=token, max_retries=0)
    login = f"{user}@example.com"
    token = place.sandbox.make_api_token(login)
    return jira.JIRA(server=place.sandbox.sites["acme"], basic_auth=(login, token), max_retries=0)


def switches(page):
    return {link.get_text(" ", strip=True) for link in page.soup.select("main a.btn")}


def test_an_epic_is_changed_in_jira_and_in_the_record(place, person):
    person.get(f"{place.board}/epics")
    page = person.click("Edit Checkout")
    assert page.soup.select_one("input[name=color]:checked")["value"] == "color_4"
    assert "It goes through no workflow" in page.text
    page = person.submit("Save in Jira", name="Till", summary="A till that works", color="color_6", done=True)
    assert person.path == f"{place.board}/epics", page.text
    assert (
        "Epic SHOP-1 changed in Jira." in page.text and "Done" in page.soup.select_one("tbody tr").get_text()
    )
    epic = held(place, "SHOP-1")
    assert (epic["epic_name"], epic["summary"], epic["epic_color"]) == (
        "Till",
        "A till that works",
        "ghx-label-6",
    )
    assert epic["epic_done"] and epic["status"] == "3"
    assert deeds(place) == [("ada", "epic.changed", "SHOP-1")]
    assert by_library(place).issue("SHOP-1").fields.summary == "A till that works"
    with place.tenant.work().read() as session:
        lines = session.scalars(select(AuditEvent).where(AuditEvent.event == "board.epic_changed")).all()
        assert [line.details for line in lines] == [{"issue": "SHOP-1"}]


def test_only_what_was_changed_is_sent(place, person):
    person.get(f"{place.board}/issues/SHOP-1")
    person.click("Edit epic")
    page = person.submit("Save in Jira")
    assert person.path == f"{place.board}/issues/SHOP-1" and "Nothing was changed." in page.text
    assert deeds(place) == []
    person.click("Edit epic")
    by_library(place).issue("SHOP-1").update(fields={"summary": "Somebody was faster"}, notify=False)
    person.submit("Save in Jira", name="Till")
    epic = held(place, "SHOP-1")
    assert (epic["epic_name"], epic["summary"]) == ("Till", "Somebody was faster")


def test_what_somebody_changed_meanwhile_is_shown_before_it_is_replaced(place, person):
    person.get(f"{place.board}/epics/SHOP-1/edit")
    by_library(place).issue("SHOP-1").update(fields={"summary": "Somebody was faster"}, notify=False)
    page = person.submit("Save in Jira", summary="Mine")
    assert person.status == 422 and "In Jira it is now: “Somebody was faster”" in page.text
    assert held(place, "SHOP-1")["summary"] == "Somebody was faster"
    assert page.find("#summary")["value"] == "Mine"
    person.submit("Save in Jira")
    assert held(place, "SHOP-1")["summary"] == "Mine"


def test_what_jira_would_not_take_is_said_at_its_field(place, person):
    person.get(f"{place.board}/epics/SHOP-1/edit")
    page = person.submit("Save in Jira", name=" ", summary="x" * 256)
    assert person.status == 422 and deeds(place) == []
    assert "Type a name. Jira wants one." in page.text
    assert "Shorten the summary to 255 characters." in page.text


def test_hostile_names_are_text(place, person):
    person.get(f"{place.board}/epics/SHOP-2/edit")
    person.submit("Save in Jira", name=HOSTILE, summary=HOSTILE)
    for path in ("/epics", "/issues/SHOP-2", "/epics/SHOP-2/edit", "/issues/SHOP-5/epic"):
        page = person.get(place.board + path)
        assert HOSTILE in page.text or HOSTILE in [node.get("value") for node in page.soup.select("input")]
        assert "<script>alert(1)" not in person.response.text


def test_without_the_permission_in_jira_it_says_who_grants_it(place, person, sign_in):
    """Two people with different rights on one board; one had theirs when the form was opened."""
    place.connect(place.tenant.second, "linus")
    linus = sign_in(place.tenant.second)
    linus.get(f"{place.board}/epics/SHOP-1/edit")
    place.sandbox.state(permissions_missing=["EDIT_ISSUES:linus"])
    page = linus.submit("Save in Jira", summary="Linus was here")
    assert linus.status == 409 and "“Edit issues”" in page.text and "Jira admin" in page.text
    assert page.find("#summary")["value"] == "Linus was here" and deeds(place) == []
    person.get(f"{place.board}/epics/SHOP-1/edit")
    person.submit("Save in Jira", summary="Ada was here")
    assert held(place, "SHOP-1")["summary"] == "Ada was here"


def test_on_a_read_only_account_nothing_is_offered_nor_sent(shop, ada):
    ada.get(f"{shop.board}/epics/SHOP-1/edit")
    wire = registry_of(shop.portal).outbound.wire
    accounts.change(shop.tenant.work(shop.tenant.admin), wire, shop.account_id, {"read_only": True})
    page = ada.submit("Save in Jira", summary="Mine")
    assert ada.status == 409 and "is set to read only" in page.text and deeds(shop) == []
    page = ada.get(f"{shop.board}/epics")
    assert "Edit Checkout" not in switches(page) and "Changing epics" in off(page)
    page = ada.get(f"{shop.board}/epics/SHOP-1/edit")
    assert "is set to read only" in page.text and not page.has("Save in Jira")


def test_a_scope_that_is_missing_switches_off_the_changes_and_no_more(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=[WRITE])
    member = sign_in(cloud_shop.tenant.member)
    for path in ("/epics", "/issues/SHOP-1", "/issues/SHOP-5", "/epics/SHOP-1/edit", "/epics/SHOP-1/add"):
        page = member.get(cloud_shop.board + path)
        assert off(page) == {"Changing epics": {WRITE}}, path
        assert not {"Edit Checkout", "Edit epic", "Change epic"} & switches(page)
        assert not page.has("Move") and not page.soup.select("main form.form")
    assert "Issues in it" in member.get(f"{cloud_shop.board}/issues/SHOP-1").text
    assert off(member.get(cloud_shop.board)) == {}  # the board itself changes no epic


def test_the_first_six_permissions_change_an_epic(open_cloud_shop, sign_in):
    shop = open_cloud_shop(PRESET)
    shop.connect(shop.tenant.member, "ada")
    member = sign_in(shop.tenant.member)
    member.get(f"{shop.board}/epics")
    member.click("Edit Checkout")
    member.submit("Save in Jira", name="Till")
    assert held(shop, "SHOP-1")["epic_name"] == "Till"
    member.get(f"{shop.board}/epics")
    member.click("Add issues to Gift cards")
    member.submit("Add to SHOP-2", keys="SHOP-24")
    assert held(shop, "SHOP-24")["epic"] == 2


def test_what_was_typed_is_there_again_after_connecting(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "ada")
    member = sign_in(cloud_shop.tenant.member)
    member.get(f"{cloud_shop.board}/epics/SHOP-1/edit")
    cloud_shop.sandbox.end_grant(cloud_shop.office.app, "ada")
    page = member.submit("Save in Jira", summary="Typed with care", color="color_9")
    assert member.status == 409 and "What you typed is kept" in page.text
    member.submit(f"Connect again to {cloud_shop.office.account.name}")
    link = member.page.soup.select_one('main a[href^="http"]')["href"]
    page = member.get(CloudBrowser(cloud_shop.sandbox, "ada").accept(link))
    assert member.path.startswith(f"{cloud_shop.board}/epics/SHOP-1/edit")
    assert page.find("#summary")["value"] == "Typed with care"
    assert page.soup.select_one("input[name=color]:checked")["value"] == "color_9"
    member.submit("Save in Jira")
    assert held(cloud_shop, "SHOP-1")["summary"] == "Typed with care"


def test_of_a_team_managed_project_the_summary_is_changed_and_the_rest_explained(cloud_shop, sign_in):
    cloud_shop.sandbox.state(team_managed=True)
    cloud_shop.connect(cloud_shop.tenant.member, "ada")
    member = sign_in(cloud_shop.tenant.member)
    page = member.get(f"{cloud_shop.board}/epics/SHOP-1/edit")
    assert "The project is team-managed." in page.text and "done when its status is" in page.text
    assert not page.soup.select("input[name=color], input[name=done], input[name=name]")
    member.submit("Save in Jira", summary="As a team")
    assert held(cloud_shop, "SHOP-1")["summary"] == "As a team"
    assert deeds(cloud_shop) == [("ada", "issue.changed", "SHOP-1")]


def test_a_team_managed_project_wants_another_permission(cloud_shop, sign_in):
    cloud_shop.sandbox.state(team_managed=True)
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=["write:jira-work"])
    member = sign_in(cloud_shop.tenant.member)
    page = member.get(f"{cloud_shop.board}/epics")
    assert set(off(page)) == {"Changing epics", "Changing the epic of issues"}
    assert "Edit Checkout without surprises" not in switches(page)


def test_nobody_without_a_credential_changes_or_sees_anything(shop, ada, sign_in):
    """The account's and Ada's tokens stand ready, and are not used for others."""
    paths = ("/epics/SHOP-1/edit", "/epics/SHOP-1/move", "/epics/SHOP-1/add", "/issues/SHOP-5/epic")
    ada.get(shop.board + paths[0])
    for someone in (shop.tenant.second, shop.tenant.admin):
        other = sign_in(someone)
        for path in paths:
            page = other.get(shop.board + path)
            assert page.has("Connect to Jira") and "Checkout" not in page.text, path
            other.post(
                shop.board + path,
                keys="SHOP-4",
                issue="1:SHOP-4",
                to="none",
                epic="SHOP-2",
                summary="x",
                name="x",
            )
            assert other.status in (409, 422), path
    stranger = sign_in(shop.tenant.stranger)
    for path in paths:
        stranger.get("/profile/")
        stranger.post(shop.board + path, keys="SHOP-4")
        assert stranger.status == 404, path
    assert {entry["token_user"] for entry in shop.sandbox.requests()} == {"ada"} and deeds(shop) == []


def test_what_is_no_epic_and_no_key_is_told(place, person):
    page = person.get(f"{place.board}/epics/SHOP-5/edit")
    assert "This epic is gone, or not for you to see" in page.text
    assert page.link("Back to the board") == place.board
    person.get(f"{place.board}/epics/nonsense/edit")
    assert person.status == 404


def test_when_the_answer_is_lost_it_is_said_that_jira_may_have_done_it(shop, ada):
    ada.get(f"{shop.board}/epics/SHOP-1/edit")
    shop.sandbox.state(change_drop_answer=True)
    page = ada.submit("Save in Jira", summary="Mine")
    assert ada.status == 409 and "It is not known whether Jira did this" in page.text
    assert held(shop, "SHOP-1")["summary"] == "Mine"


@pytest.mark.parametrize(
    ("switches", "sentence"),
    [({"rate_limited": 30}, "Wait 30 seconds, then try again."), ({"status_5xx": 500}, "Try again in")],
)
def test_when_jira_does_not_take_it_now_nothing_typed_is_lost(shop, ada, switches, sentence):
    ada.get(f"{shop.board}/epics/SHOP-1/edit")
    shop.sandbox.state(**switches)
    page = ada.submit("Save in Jira", summary="Mine")
    assert ada.status == 409 and sentence in page.text
    assert page.find("#summary")["value"] == "Mine"
