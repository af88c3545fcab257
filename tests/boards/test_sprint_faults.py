"""What stops a change of a sprint: rights, scopes, other people, limits, lost answers and connections."""

import jira
import pytest

from portal.alm_accounts import accounts
from tests.boards.test_cloud_features import off
from tests.boards.test_members_way import consent_link
from tests.boards.test_sprints import ACTIVE, NEXT, another, at, held, sprint, told
from tests.support.accounts import registry_of
from tests.support.sandbox import CloudBrowser, JiraBrowser
from tests.support.variants import variants

pytestmark = pytest.mark.on_both(
    "test_who_lost_the_connection_comes_back_to_what_was_typed",
    "test_who_may_not_manage_sprints_is_told_whom_to_ask",
)
WAYS = ("sprints/new", *(f"sprints/{ACTIVE}/{way}" for way in ("edit", "start", "complete", "delete")))
READ = "read:sprint:jira-software"
WRITE, DELETE = "write:sprint:jira-software", "delete:sprint:jira-software"


def rename(person, place, name="Mine"):
    person.get(at(place, "edit"))
    return person.submit("Save", name=name)


def changes(place):
    return [one for one in place.sandbox.requests() if one["method"] not in ("GET", "HEAD")]


def test_who_may_not_manage_sprints_is_told_whom_to_ask(shop, ada, sign_in):
    """Two people on one board, of whom Jira lets one change sprints."""
    shop.connect(shop.tenant.second, "linus")
    linus = sign_in(shop.tenant.second)
    linus.get(at(shop, "edit"))
    shop.sandbox.state(permissions_missing=["MANAGE_SPRINTS_PERMISSION:linus"])
    page = linus.submit("Save", name="Mine")
    assert linus.status == 409 and "the permission “Manage sprints” in this project" in page.text
    assert page.find("input[name=name]")["value"] == "Mine"
    assert sprint(shop)["name"] == "SHOP Sprint 8" and told(shop) == []
    rename(ada, shop)
    assert sprint(shop)["name"] == "Mine" and len(told(shop)) == 1


def test_what_was_changed_meanwhile_is_not_overwritten_unasked(shop, ada):
    ada.get(at(shop, "edit"))
    another(shop, "POST", NEXT, name="Theirs", goal="Theirs too")
    ada.submit("Save", name="Mine")
    assert ada.status == 422 and "Meanwhile this is “Theirs” in Jira." in ada.page.text
    assert sprint(shop)["name"] == "Theirs"
    ada.submit("Save")
    assert (sprint(shop)["name"], sprint(shop)["goal"]) == ("Mine", "Theirs too")


def test_what_others_changed_elsewhere_stays(shop, ada):
    ada.get(at(shop, "edit"))
    another(shop, "POST", NEXT, name="Theirs")
    ada.submit("Save", goal="Mine")
    assert (sprint(shop)["name"], sprint(shop)["goal"]) == ("Theirs", "Mine")


@pytest.mark.parametrize("way, button", [("start", "Start sprint"), ("delete", "Delete SHOP Sprint 8")])
def test_what_others_started_or_renamed_is_told_first(shop, ada, way, button):
    ada.get(at(shop, way))
    another(shop, "POST", NEXT, name="Theirs")
    ada.submit(button)
    assert ada.status == 422 and "Meanwhile this sprint is called “Theirs”" in ada.page.text
    ada.get(at(shop, way))
    times = {"startDate": "2026-01-05T00:00:00Z", "endDate": "2026-01-19T00:00:00Z"}
    another(shop, "POST", NEXT, state="active", **times)
    ada.submit(button.replace("SHOP Sprint 8", "Theirs"))
    assert ada.status == 422 and "“Theirs” was started meanwhile." in ada.page.text
    assert sprint(shop)["state"] == "active" and told(shop) == []


def test_times_of_what_was_completed_meanwhile_stay(shop, ada):
    ada.get(at(shop, "edit", ACTIVE))
    another(shop, "POST", ACTIVE, state="closed")
    before = sprint(shop, ACTIVE)
    ada.submit("Save", end="2030-01-01T00:00")
    assert ada.status == 422 and "Jira keeps its times" in ada.page.text
    assert sprint(shop, ACTIVE) == before


def test_a_limit_says_how_long_to_wait(place, person):
    person.get(at(place, "edit"))
    place.sandbox.state(rate_limited=40)
    person.submit("Save", name="Mine")
    assert person.status == 409 and "Wait 40 seconds, then try again." in person.page.text
    place.sandbox.state(rate_limited=0)
    person.submit("Save")
    assert sprint(place)["name"] == "Mine"


def test_whether_a_lost_change_was_made_is_not_known(place, person):
    person.get(f"{place.board}/sprints/new")
    place.sandbox.state(change_drop_answer=True)
    person.submit("Make sprint", name="Perhaps")
    assert person.status == 409 and "It is not known whether Jira did this" in person.page.text
    assert "Perhaps" in {one["name"] for one in held(place)["sprints"].values()}
    place.sandbox.state(change_drop_answer=False)
    person.submit("Make sprint")
    assert person.status == 422 and "The board has a sprint of this name." in person.page.text
    assert [one["name"] for one in held(place)["sprints"].values()].count("Perhaps") == 1


def test_what_failed_before_anything_was_sent_is_no_doubt(shop, ada):
    ada.get(at(shop, "edit"))
    shop.sandbox.state(drop_connection=True)
    page = ada.submit("Save", name="Mine")
    assert ada.status == 409 and "not known whether" not in page.text


def test_what_jira_says_against_it_is_told(shop, ada):
    new = shop.path(str(shop.add(2, "Platform"))) + "/sprints/new"
    page = ada.get(new)
    assert "This board has no sprints" in page.text and not page.has("Make sprint")
    page = ada.post(new, name="No sprints here")
    assert ada.status == 409 and "Jira says: The board does not support sprints" in page.text


def test_who_lost_the_connection_comes_back_to_what_was_typed(shop, ada):
    ada.get(at(shop, "edit"))
    shop.sandbox.state(user_disabled=["ada"])
    ada.submit("Save", name="Mine", goal="Two\nlines")
    assert ada.status == 409 and "What you typed is kept" in ada.page.text
    ada.submit("Connect again to Jira")
    ada.get(JiraBrowser(shop.sandbox, "linus").allow(consent_link(ada)))
    assert ada.path.startswith(at(shop, "edit"))
    ada.submit("Save")
    assert (sprint(shop)["name"], sprint(shop)["goal"]) == ("Mine", "Two\nlines")


def test_who_was_never_connected_sees_nothing_of_jira(shop, ada, sign_in):
    other = sign_in(shop.tenant.second)
    for way in WAYS:
        page = other.get(f"{shop.board}/{way}")
        assert page.has("Connect to Jira") and "SHOP Sprint" not in page.text
    ada.get(at(shop, "edit"))
    typed = dict.fromkeys(("name", "goal", "was_name", "was_state"), "x")
    other.post(at(shop, "edit"), **typed)
    assert other.status == 409 and "What you typed is kept" in other.page.text
    assert changes(shop) == []


def test_a_read_only_account_changes_nothing(shop, ada):
    ada.get(at(shop, "edit"))
    wire = registry_of(shop.portal).outbound.wire
    accounts.change(shop.tenant.work(shop.tenant.admin), wire, shop.account_id, {"read_only": True})
    ada.submit("Save", name="Mine")
    assert ada.status == 409 and "is set to read only" in ada.page.text
    for way in WAYS:
        page = ada.get(f"{shop.board}/{way}")
        assert "is set to read only" in page.text and not page.soup.select("main .panel form"), way
    page = ada.get(shop.board)
    assert not page.has("New sprint") and not page.has("Delete SHOP Sprint 7")
    assert changes(shop) == []


@pytest.mark.parametrize("scope", variants([WRITE, DELETE]))
def test_a_scope_that_lacks_switches_off_its_part_only(cloud_shop, sign_in, scope):
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=[scope])
    person = sign_in(cloud_shop.tenant.member)
    page = person.get(cloud_shop.board)
    offered = {"New sprint", "Edit SHOP Sprint 7", "Complete SHOP Sprint 7", "Delete SHOP Sprint 7"}
    off = {"Delete SHOP Sprint 7"} if scope == DELETE else offered - {"Delete SHOP Sprint 7"}
    assert {name for name in offered if page.has(name)} == offered - off
    for way in WAYS:
        page = person.get(f"{cloud_shop.board}/{way}")
        assert (scope in page.text) == (way.endswith("delete") == (scope == DELETE)), way
    typed = {"name": "x", "was_name": "SHOP Sprint 8", "was_state": "future"}
    person.get(at(cloud_shop, "delete" if scope == WRITE else "edit"))
    person.post(at(cloud_shop, "edit" if scope == WRITE else "delete"), **typed)
    assert person.status == 409 and scope in person.page.text
    assert sprint(cloud_shop)["name"] == "SHOP Sprint 8" and changes(cloud_shop) == []


def test_who_consented_to_less_meanwhile_comes_back_to_what_was_typed(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "ada")
    person = sign_in(cloud_shop.tenant.member)
    person.get(at(cloud_shop, "edit"))
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=[WRITE])
    page = person.submit("Save", name="Mine")
    assert person.status == 409 and off(page) == {"Changing sprints": {WRITE}}
    assert "What you typed is kept, and here again when you have connected." in page.text
    person.submit(f"Connect again to {cloud_shop.office.account.name}")
    link = person.page.soup.select_one('main a[href^="http"]')["href"]
    person.get(CloudBrowser(cloud_shop.sandbox, "ada").accept(link))
    assert person.path.startswith(at(cloud_shop, "edit"))
    person.submit("Save")
    assert sprint(cloud_shop)["name"] == "Mine"


def test_who_may_not_read_sprints_makes_none_by_the_address(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=[READ])
    person = sign_in(cloud_shop.tenant.member)
    page = person.get(f"{cloud_shop.board}/sprints/new")
    assert off(page) == {"Sprints": {READ}} and not page.soup.select("main .panel form")
    page = person.post(f"{cloud_shop.board}/sprints/new", name="Unseen")
    assert person.status == 409 and off(page) == {"Sprints": {READ}}
    assert page.find("input[name=name]")["value"] == "Unseen" and changes(cloud_shop) == []


def test_what_was_written_is_read_by_others(shop, ada):
    rename(ada, shop, "Caf\u00e9 & <b>more</b>")
    reader = jira.JIRA(server=shop.sandbox.url, token_auth=shop.sandbox.make_pat("grace"), max_retries=0)
    assert reader.sprint(NEXT).name == "Caf\u00e9 & <b>more</b>"


def test_a_stranger_finds_none_of_it(shop, ada, sign_in):
    ada.get(at(shop, "edit"))
    stranger = sign_in(shop.tenant.stranger)
    for way in WAYS:
        stranger.get(f"{shop.board}/{way}")
        assert stranger.status == 404
    assert changes(shop) == []
