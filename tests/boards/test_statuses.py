"""The status of an issue changes by the ways Jira offers the person, with what Jira demands on them."""

import jira
import pytest
import requests
from sqlalchemy import select

from portal.alm_accounts import accounts
from portal.kinds.features import STATUS
from portal.store.tables import AuditEvent
from tests.boards.test_cloud_features import off
from tests.boards.test_moves import changes
from tests.support.accounts import registry_of
from tests.support.sandbox import CloudBrowser
from tests.support.variants import variants

pytestmark = pytest.mark.on_both("test_strangers_and_the_unconnected_change_nothing")
KEY = "SHOP-6"  # in progress


def held(place, key=KEY):
    where = "server" if hasattr(place, "portal") else "acme"
    return place.sandbox.content(where)["issues"][key]


def issue(place, key=KEY):
    return f"{place.board}/issues/{key}"


def offered(page):
    return [option.get_text() for option in page.soup.select("#transition option")]


def test_a_status_is_changed_by_what_jira_offers(place, person):
    place.sandbox.clear_requests()
    page = person.get(issue(place))
    calls = [entry["path"] for entry in place.sandbox.requests() if entry["path"].endswith("/transitions")]
    assert len(calls) == 1
    assert offered(page) == ["Choose", "To Do", "In Review", "Done"]
    place.sandbox.clear_requests()
    page = person.submit("Change status", transition="31")
    assert person.path == issue(place) and "The status of SHOP-6 is In Review now." in page.text
    assert held(place)["status"] == "10001" and len(changes(place)) == 1
    assert offered(page) == ["Choose", "In Progress", "Done"]
    with place.tenant.work().read() as session:
        [line] = session.scalars(select(AuditEvent).where(AuditEvent.event == "board.status_changed"))
        assert line.details == {"issue": KEY}


def test_another_client_of_jira_reads_the_status(shop, ada):
    ada.get(issue(shop))
    ada.submit("Change status", transition="31")
    reader = jira.JIRA(server=shop.sandbox.url, token_auth=shop.sandbox.make_pat("grace"), max_retries=0)
    assert reader.issue(KEY).fields.status.name == "In Review"


def test_what_jira_demands_on_the_way_is_asked_for(place, person):
    place.sandbox.state(transition_fields=["41:resolution", "41:customfield_10330"])
    page = person.get(issue(place))
    assert offered(page) == ["Choose", "To Do", "In Review"]
    assert "To Done , which asks for Customer, Resolution." in page.text
    person.click("To Done")
    page = person.submit("Change status to Done", jira_customfield_10330="Shop <b>fitters</b>")
    assert person.status == 422 and "Jira wants this: choose Resolution from the list." in page.errors()
    assert page.value("#jira_customfield_10330") == "Shop <b>fitters</b>"
    page = person.submit("Change status to Done", jira_resolution="10001")
    assert "The status of SHOP-6 is Done now." in page.text
    now = held(place)
    assert (now["status"], now["resolution"], now["customer"]) == ("10002", "Won't Do", "Shop <b>fitters</b>")


def test_what_cannot_be_asked_for_is_said_and_done_in_jira(shop, ada):
    shop.sandbox.state(transition_fields=["41:customfield_10300"])
    page = ada.get(issue(shop))
    assert "which asks for Sprint. That cannot be filled in here." in page.text
    assert page.link("To Done in Jira (opens a new tab)") == f"{shop.sandbox.url}/browse/{KEY}"
    page = ada.get(f"{issue(shop)}/status?transition=41")
    assert page.has("Change the status in Jira (opens a new tab)") and not page.soup.select("main form.form")


def test_who_was_slower_is_told_and_offered_what_is_possible_now(shop, ada):
    ada.get(issue(shop))
    header = {"Authorization": f"Bearer {shop.sandbox.make_pat('linus')}"}
    url = f"{shop.sandbox.url}/rest/api/2/issue/{KEY}/transitions"
    requests.post(url, json={"transition": {"id": "41"}}, headers=header, timeout=10)
    shop.sandbox.clear_requests()
    page = ada.submit("Change status", transition="31")
    assert ada.status == 422 and "SHOP-6 is Done already." in page.text
    assert offered(page) == ["Choose", "To Do", "In Progress"] and changes(shop) == []
    page = ada.submit("Change status", transition="21")
    assert "The status of SHOP-6 is In Progress now." in page.text


def test_two_people_of_different_rights(shop, ada, sign_in):
    shop.connect(shop.tenant.second, "linus")
    linus = sign_in(shop.tenant.second)
    shop.sandbox.state(permissions_missing=["TRANSITION_ISSUES:linus"])
    page = linus.get(issue(shop))
    assert "permission “Transition Issues”" in page.text and not page.soup.select("#transition")
    linus.post(f"{issue(shop)}/status", transition="31")
    assert linus.status == 422 and held(shop)["status"] == "3"
    ada.get(issue(shop))
    ada.submit("Change status", transition="31")
    assert held(shop)["status"] == "10001"


FAULTS = [
    ({"changes_left": 0}, "Wait 30 seconds, then try again."),
    ({"change_drop_answer": True}, "It is not known whether Jira did this"),
    ({"rate_limited": 30}, "Wait 30 seconds, then try again."),
]


@pytest.mark.parametrize(("switches", "sentence"), variants(FAULTS, ["left", "lost", "limited"]))
def test_what_stops_a_change_is_told_and_the_choice_is_kept(shop, ada, switches, sentence):
    ada.get(issue(shop))
    shop.sandbox.state(**switches)
    page = ada.submit("Change status", transition="31")
    assert ada.status == 409 and sentence in page.text
    shop.sandbox.state(changes_left=-1, change_drop_answer=False, rate_limited=0)
    again = "Try again" if "rate_limited" in switches else "Change status"
    page = ada.submit(again)
    assert held(shop)["status"] == "10001"
    assert "In Review now." in page.text or "SHOP-6 is In Review already." in page.text


def test_nothing_chosen_is_told(shop, ada):
    ada.get(issue(shop))
    page = ada.submit("Change status")
    assert ada.status == 422 and "Choose a status." in page.errors()
    ada.get(f"{shop.board}/issues/nothing/status")
    assert ada.status == 404


@pytest.mark.parametrize("scope", variants(["read:jira-work", "write:jira-work"]))
def test_on_cloud_it_is_off_without_its_scopes(cloud_shop, sign_in, scope):
    cloud_shop.connect(cloud_shop.tenant.member, "ada", without=[scope])
    member = sign_in(cloud_shop.tenant.member)
    page = member.get(issue(cloud_shop))
    assert scope in off(page)[STATUS.title] and not page.soup.select("#transition")
    cloud_shop.sandbox.clear_requests()
    member.post(f"{issue(cloud_shop)}/status", transition="31")
    assert member.status == 409 and STATUS.title in off(member.page)
    assert changes(cloud_shop) == [] and held(cloud_shop)["status"] == "3"


def test_a_read_only_account_changes_nothing(shop, ada):
    wire = registry_of(shop.portal).outbound.wire
    accounts.change(shop.tenant.work(shop.tenant.admin), wire, shop.account_id, {"read_only": True})
    page = ada.get(issue(shop))
    assert STATUS.title in off(page) and not page.soup.select("#transition")
    ada.post(f"{issue(shop)}/status", transition="31")
    assert ada.status == 409 and changes(shop) == []


def test_who_has_to_connect_comes_back_with_what_was_typed(cloud_shop, sign_in):
    cloud_shop.connect(cloud_shop.tenant.member, "grace")
    cloud_shop.sandbox.state(transition_fields=["41:customfield_10330"])
    member, other = sign_in(cloud_shop.tenant.member), sign_in(cloud_shop.tenant.member)
    member.get(f"{issue(cloud_shop)}/status?transition=41")
    other.get(cloud_shop.board)
    other.submit(f"Disconnect from {cloud_shop.office.account.name}")
    page = member.submit("Change status to Done", jira_customfield_10330="Shopfitters")
    assert member.status == 409 and "here again when you have connected" in page.text
    member.submit(f"Connect to {cloud_shop.office.account.name}")
    link = member.page.soup.select_one('main a[href^="http"]')["href"]
    page = member.get(CloudBrowser(cloud_shop.sandbox, "grace").accept(link))
    assert page.value("#jira_customfield_10330") == "Shopfitters"
    page = member.submit("Change status to Done")
    assert "The status of SHOP-6 is Done now." in page.text
    assert held(cloud_shop)["customer"] == "Shopfitters"


def test_strangers_and_the_unconnected_change_nothing(shop, ada, sign_in):
    stranger, admin = sign_in(shop.tenant.stranger), sign_in(shop.tenant.admin)
    for who, status, start in ((stranger, 404, "/profile/"), (admin, 409, "/profile/")):
        who.get(start)
        who.post(f"{issue(shop)}/status", transition="31")
        assert who.status == status
    assert changes(shop) == [] and held(shop)["status"] == "3"
