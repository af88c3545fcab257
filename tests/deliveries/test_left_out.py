"""One kind of data that Jira does not let an account send, or that is ticked no longer: it waits alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal import clock
from portal.alm_accounts import apps
from portal.alm_accounts.delivery_test import run_delivery_test
from portal.credentials import delivery_ways
from portal.deliveries import batches, sending
from portal.store.tables import DueWork
from tests.deliveries.test_sending_faults import checklist_is_asked, portal_at_work, statuses
from tests.support.checklist import Sheet
from tests.support.deliveries import PERMISSIONS, DeliveryOffice, build, delivery_office
from tests.support.person import Person
from tests.support.world import Someone

pytestmark = pytest.mark.on_both(
    "test_it_is_tried_again_by_itself",
    "test_what_was_seen_to_be_permitted_goes",
    "test_who_may_try_again",
    "test_the_checklist_says_which_kind_waits",
)

SignIn = Callable[[Someone], Person]
PAUSE = timedelta(minutes=15)


def deployment(number: int = 1) -> dict[str, Any]:
    return {
        "pipeline": "web", "environment": "Production", "number": number, "state": "successful",
        "url": "https://ci.example.org/7", "issues": ["SHOP-1"],
    }  # fmt: skip


def states(office: DeliveryOffice) -> list[tuple[str, str]]:
    return [(row.kind, row.state) for row in office.deliveries()]


def sheet(office: DeliveryOffice) -> Sheet:
    return Sheet(office.portal, office.sandbox, office.tenant, office.account_id)


def refuse(office: DeliveryOffice, *apis: str) -> None:
    office.sandbox.state(deliveries_not_permitted=list(apis))


def test_a_missing_permission_holds_up_its_own_kind_alone(office: DeliveryOffice, sign_in: SignIn) -> None:
    """From the program to the pages: builds go, deployments wait with their reason, and go once permitted."""
    refuse(office, "deployments")
    (held,) = office.accepted(deployment(), "deployments")
    office.accepted(build(1))
    office.send()
    assert states(office) == [("deployments", "waiting"), ("builds", "accepted")]
    assert (office.way.trouble, statuses(office), checklist_is_asked(office)) == (None, [403, 202], True)
    office.accepted(deployment(2), "deployments")
    office.accepted(build(2))
    office.send()
    assert statuses(office) == [403, 202, 202], "its pause is not over"

    admin, member = sign_in(office.tenant.admin), sign_in(office.tenant.member)
    page = member.get(office.tenant.path("deliveries"))
    said = page.find(".banner").get_text(" ")
    assert "Deployments of" in said and "A permission is missing in Jira" in said
    assert "2 deliveries wait" in said and "Everything else goes on" in said and "next try is at" in said
    assert "all but Deployments" in page.text and not page.has("Try again now")
    assert "Deployments of" in member.get(office.tenant.path(f"deliveries/{held}")).find(".banner").get_text()
    member.get(office.tenant.path("deliveries/why?issue=SHOP-1"))
    assert "It waits, as all deployments of" in member.page.text
    assert "A permission is missing in Jira" in member.page.text

    refuse(office)
    admin.get(office.tenant.path("deliveries"))
    admin.submit("Try again now Deployments of Jira")
    assert "It is tried again now" in admin.page.text
    office.send()
    assert {state for _, state in states(office)} == {"accepted"}
    assert office.way.left_out == {}
    assert not admin.get(office.tenant.path("deliveries")).soup.select(".banner")
    told = [(line.event, line.details) for line in office.audit("deliveries.kind_held_up")]
    told += [(line.event, line.details) for line in office.audit("deliveries.kind_going_on")]
    assert told == [
        ("deliveries.kind_held_up", {"kind": "deployments", "code": "delivery_permission_missing"}),
        ("deliveries.kind_going_on", {"kind": "deployments"}),
    ]
    assert "Deliveries of one kind held up" in admin.get(office.tenant.path("activity/")).text


def test_it_is_tried_again_by_itself(office: DeliveryOffice) -> None:
    """Not before its pause is over, whatever wakes the worker; again and again; and then all of it goes."""
    refuse(office, "deployments", "builds")
    office.accepted([deployment(1), deployment(2)], "deployments")
    office.accepted(build(1))
    office.send()
    assert (sorted(office.way.left_out), statuses(office)) == (["builds", "deployments"], [403, 403])
    sending.sweep(portal_at_work(office))
    office.send()
    assert len(statuses(office)) == 2
    with office.work.read() as session:
        wanted = select(DueWork).where(DueWork.kind == delivery_ways.DELIVER_AGAIN)
        row = session.scalars(wanted.where(DueWork.subject_id == office.account_id)).one()
    firsts = sorted(known["until"] for known in office.way.left_out.values())
    assert (row.due_at.isoformat(), row.lease) == (firsts[0], None), "asleep until the first is tried again"
    refuse(office, "deployments")
    office.make_due()
    office.send()
    assert statuses(office)[2:] in ([403, 202], [202, 403]) and list(office.way.left_out) == ["deployments"]
    assert len(office.audit("deliveries.kind_held_up")) == 2, "once each, however often it is tried"
    refuse(office)
    office.make_due()
    office.send()
    assert {state for _, state in states(office)} == {"accepted"} and office.way.left_out == {}


def test_a_kind_left_out_and_an_account_in_trouble_do_not_hide_each_other(office: DeliveryOffice) -> None:
    refuse(office, "deployments")
    office.accepted(deployment(), "deployments")
    office.send()
    office.sandbox.state(deliveries_status=503)
    office.accepted(build(1))
    office.send()
    assert (office.way.trouble, list(office.way.left_out)) == ("maintenance", ["deployments"])
    office.sandbox.state(deliveries_status=0)
    with office.work.write() as session:  # the account's pause is over, the kind's is not
        way = delivery_ways.hold_way(session, office.account_id)
        assert way is not None
        way.retry_at = clock.now()
        delivery_ways.go_on(session, way)
    office.send()
    assert (office.way.trouble, list(office.way.left_out)) == (None, ["deployments"])
    assert states(office) == [("deployments", "waiting"), ("builds", "accepted")]
    refuse(office)
    office.make_due()
    office.send()
    assert states(office)[0] == ("deployments", "accepted"), "and it was not forgotten meanwhile"


def test_what_was_seen_to_be_permitted_goes(office: DeliveryOffice) -> None:
    """By a test that passes; by one that fails for another permission; and by the checklist."""
    refuse(office, "deployments", "builds")
    for passes in ([], ["devinfo"], None):
        office.accepted(deployment(), "deployments")
        office.send()
        assert "deployments" in office.way.left_out
        refuse(office, *(passes or []))
        if passes is not None:
            result = run_delivery_test(office.work, office.registry, office.account_id)
            assert result.passed is not bool(passes)
        else:
            assert sheet(office).run(["may_send_deployments"])["may_send_deployments"].state == "proved"
        assert office.way.left_out == {}, passes
        office.send()
        assert {state for _, state in states(office)} == {"accepted"}
        refuse(office, "deployments")


def test_a_permission_that_is_ticked_no_longer(office: DeliveryOffice, sign_in: SignIn) -> None:
    """What waits of it stays, with the reason; nothing is woken for it; ticking it again sends it."""
    office.accepted(deployment(), "deployments")
    office.accepted(build(1))
    apps.set_scopes(office.work, office.account_id, ["builds"])
    office.send()
    assert states(office) == [("deployments", "waiting"), ("builds", "accepted")]
    assert [call["kind"] for call in office.sandbox.deliveries()] == ["builds"]
    assert office.post(deployment(2), "deployments").status_code == 409
    admin = sign_in(office.tenant.admin)
    page = admin.get(office.tenant.path("deliveries"))
    assert "A permission is not ticked here" in page.find(".banner").get_text(" ")
    admin.click("Open the set-up")
    assert admin.status == 200
    admin.get(office.tenant.path("deliveries/why?issue=SHOP-1"))
    assert "A permission is not ticked here" in admin.page.text
    assert not office.turn(), "nobody is kept busy by what cannot go"
    apps.set_scopes(office.work, office.account_id, PERMISSIONS)
    office.send()
    assert states(office) == [("deployments", "accepted"), ("builds", "accepted")]


def test_two_accounts_with_nothing_but_kinds_left_out_keep_nobody_busy(office: DeliveryOffice) -> None:
    """Each would wake the other without end."""
    own = delivery_office(office.portal, office.sandbox, office.tenant)
    refuse(office, "deployments")
    for one in (office, own):
        one.accepted(deployment(), "deployments")
    assert office.send() < 8
    assert batches.take(portal_at_work(office), PAUSE) is None


def test_who_may_try_again(office: DeliveryOffice, sign_in: SignIn) -> None:
    refuse(office, "builds")
    office.accepted(build(1))
    office.send()
    path = office.tenant.path(f"deliveries/accounts/{office.account_id}/try-again")
    for someone, status in ((office.tenant.member, 403), (office.tenant.stranger, 404)):
        person = sign_in(someone)
        person.get("/profile/password")
        person.post(path)
        assert person.status == status
    assert "builds" in office.way.left_out
    admin = sign_in(office.tenant.admin)
    admin.get("/profile/password")
    admin.post(office.tenant.path("deliveries/accounts/00000000-0000-0000-0000-000000000000/try-again"))
    assert admin.status == 404


def test_a_pause_that_jira_asked_for_is_not_cut_short(office: DeliveryOffice, sign_in: SignIn) -> None:
    """Neither is it offered; the page says until when."""
    office.sandbox.state(deliveries_rate_limited=30)
    office.accepted(build(1))
    office.send()
    admin = sign_in(office.tenant.admin)
    page = admin.get(office.tenant.path("deliveries"))
    assert "Jira asked for a pause until" in page.text and not page.has("Try again now")
    admin.post(office.tenant.path(f"deliveries/accounts/{office.account_id}/try-again"))
    assert office.way.trouble == "rate_limited"
    assert "Nothing is sent before; it goes by itself then" in admin.page.text
    assert "It is tried again now" not in admin.page.text


@pytest.mark.parametrize("unticked", [False, True])
def test_the_checklist_says_which_kind_waits(office: DeliveryOffice, unticked: bool) -> None:
    refuse(office, "deployments")
    office.accepted(deployment(), "deployments")
    if unticked:
        apps.set_scopes(office.work, office.account_id, ["builds"])
    office.send()
    row = sheet(office).run(["oldest_waiting"])["oldest_waiting"]
    code = "delivery_unticked" if unticked else "delivery_permission_missing"
    assert (row.state, row.trouble and row.trouble.code) == ("failed", code)
    assert row.trouble is not None and "Deployments" in row.trouble.cause
