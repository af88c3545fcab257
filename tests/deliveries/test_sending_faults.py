"""What goes wrong between the portal and Jira: nothing accepted is given up but what Jira itself refuses
(T33, T50, T51)."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.credentials import failures_in_use
from portal.credentials.delivery_ways import DELIVER_AGAIN
from portal.deliveries import pausing, replaying, sending
from portal.jira import bulk
from portal.jira.answers import Code, JiraTrouble
from portal.store import due
from portal.store.tables import Delivery, DueWork
from portal.store.work import NOBODY, Work, now_of
from portal.worker import do_one
from tests.support.deliveries import DeliveryOffice, build
from tests.support.person import Person
from tests.support.world import Someone

pytestmark = pytest.mark.on_both(
    "test_a_client_secret_that_is_refused_holds_everything_up",
    "test_who_is_woken_within_a_pause_goes_to_sleep_until_its_end",
    "test_an_older_number_is_ignored_by_jira",
    "test_only_a_complaint_about_the_body_fails_an_item",
)

SignIn = Callable[[Someone], Person]
SHORT = timedelta(seconds=4.5)  # a lease; a call gets a third of it


def portal_at_work(office: DeliveryOffice) -> Work:
    """The portal itself in the office's tenant, as the worker is."""
    return Work(office.portal.store, office.tenant.id, NOBODY)


def states(office: DeliveryOffice) -> list[str]:
    return [row.state for row in office.deliveries()]


def statuses(office: DeliveryOffice) -> list[int]:
    """Of the calls that reached the practice site."""
    return [call["status"] for call in office.sandbox.deliveries()]


def checklist_is_asked(office: DeliveryOffice) -> bool:
    """Whether the checklist of the account is to be gone through; forgets that it was."""
    with portal_at_work(office).write() as session:
        wanted = select(DueWork).where(DueWork.kind == failures_in_use.KIND)
        rows = session.scalars(wanted.where(DueWork.subject_id == office.account_id)).all()
        for row in rows:
            session.delete(row)
        return bool(rows)


PASSING = {
    "status 500": ({"deliveries_status": 500}, "server_error"),
    "status 502": ({"deliveries_status": 502}, "proxy_page"),
    "status 503": ({"deliveries_status": 503}, "maintenance"),
    "too many": ({"deliveries_rate_limited": 30}, "rate_limited"),
    "no answer": ({"deliveries_hang": True}, "deadline"),
    "answer lost": ({"deliveries_answer": "lost"}, "unreachable"),
    "answer broken": ({"deliveries_answer": "broken"}, "broken_answer"),
}
WELL = {
    "deliveries_status": 0,
    "deliveries_rate_limited": 0,
    "deliveries_hang": False,
    "deliveries_answer": "good",
}


def test_what_passes_costs_time_and_nothing_else(office: DeliveryOffice) -> None:
    """One fault after the other: the build waits, goes again with its number, and is accepted."""
    for number, (fault, (switches, code)) in enumerate(PASSING.items()):
        (sent,) = office.accepted(build(number))
        office.sandbox.state(**switches)
        if code == "deadline":
            sending.take_turn(portal_at_work(office), office.registry, SHORT)
        else:
            office.turn()
        way = office.way
        assert (way.trouble, way.lease, office.get(sent).json()["state"]) == (code, None, "waiting"), fault
        assert way.retry_at is not None
        office.sandbox.state(**WELL)
        office.turn()
        assert (office.way.attempts, states(office)[-1]) == (1, "waiting"), f"{fault}: its pause is not over"
        office.make_due()
        office.send()
        told = office.get(sent).json()
        assert (told["state"], told["attempts"]) == ("accepted", 2), fault
    assert office.way.trouble is None
    for number in range(len(PASSING)):
        calls = [call for call in office.sandbox.deliveries() if is_about(call, number)]
        assert len({item["sequence"] for call in calls for item in call["items"]}) == 1
    assert outcomes(office, 5) == ["accepted", "ignored"], "its answer was lost: Jira had it already"
    assert outcomes(office, 6) == ["accepted", "ignored"]


def is_about(call: dict[str, Any], number: int) -> bool:
    return any(item["key"].get("buildNumber") == number for item in call["items"])


def outcomes(office: DeliveryOffice, number: int) -> list[str]:
    """What became of a build at the practice site, call by call."""
    calls = [call for call in office.sandbox.deliveries() if is_about(call, number)]
    return [item["outcome"] for call in calls for item in call["items"]]


LASTING = {
    "site gone": ({"deliveries_site": "gone"}, "not_found", 404),
    "site renamed": ({"deliveries_site": "renamed"}, "redirected", 302),
}


def test_what_somebody_has_to_mend_is_told_and_waited_for(office: DeliveryOffice) -> None:
    """Jira is asked once, no redirect is followed, the checklist is gone through; then all goes on."""
    for number, (fault, (switches, code, status)) in enumerate(LASTING.items()):
        (sent,) = office.accepted(build(number))
        office.sandbox.clear_requests()
        before = len(statuses(office))
        office.sandbox.state(**switches)
        office.send()
        assert statuses(office)[before:] == [status], fault
        assert [r["status"] for r in office.sandbox.requests() if "/bulk" in r["path"]] == [status], fault
        assert (office.way.trouble, office.get(sent).json()["state"]) == (code, "waiting"), fault
        assert checklist_is_asked(office), fault
        office.sandbox.state(deliveries_site="there")
        office.make_due()
        office.send()
        assert office.get(sent).json()["state"] == "accepted", fault


def test_a_token_that_ended_is_replaced_within_the_same_turn(office: DeliveryOffice) -> None:
    first = office.accepted(build(1))
    office.send()
    office.sandbox.end_2lo_tokens()
    second = office.accepted(build(2))
    office.send()
    assert statuses(office) == [202, 401, 202]
    assert [office.get(one).json()["attempts"] for one in (*first, *second)] == [1, 1]
    office.sandbox.state(deliveries_unauthorized=True)
    office.accepted(build(3))
    office.send()
    assert statuses(office)[3:] == [401, 401], "sent once more with a new token, and no more"
    assert (office.way.trouble, states(office)[-1]) == ("unauthorized", "waiting")
    assert checklist_is_asked(office)


def test_a_client_secret_that_is_refused_holds_everything_up(office: DeliveryOffice) -> None:
    office.sandbox.state(deliveries_credentials="secret_wrong")
    office.accepted([build(1), build(2)])
    office.send()
    assert (office.way.trouble, statuses(office), states(office)) == ("client_refused", [], ["waiting"] * 2)
    assert checklist_is_asked(office)
    office.make_due()
    office.send()
    assert len(office.audit("deliveries.held_up")) == 1, "once, however often it is tried"
    office.sandbox.state(deliveries_credentials="good")
    office.make_due()
    office.send()
    assert states(office) == ["accepted"] * 2


def test_nobody_calls_within_a_pause_that_jira_asked_for(office: DeliveryOffice) -> None:
    """T33: neither another worker, nor for what came since, nor because somebody let the account go on."""
    office.sandbox.state(deliveries_rate_limited=2)
    office.accepted(build(1))
    office.send()
    office.accepted(build(2))
    sending.sweep(portal_at_work(office))
    pausing.pause(office.work, office.account_id)
    pausing.resume(office.work, office.account_id)
    assert office.way.trouble == "rate_limited"
    end = time.monotonic() + 20

    def work_on(_: int) -> None:
        while "waiting" in states(office) and time.monotonic() < end:
            do_one(office.tools, ("deliver", "deliver_again"))
            time.sleep(0.02)

    with ThreadPoolExecutor(3) as workers:
        for one in [workers.submit(work_on, number) for number in range(3)]:
            one.result()
    refused, *taken = statuses(office)
    assert (refused, set(taken)) == (429, {202}), "one call met the limit; none came back too soon"
    assert states(office) == ["accepted"] * 2


def test_who_is_woken_within_a_pause_goes_to_sleep_until_its_end(office: DeliveryOffice) -> None:
    """A row of due work alone is no leave to call; and the pause of a trouble that passes counts as well."""
    office.sandbox.state(deliveries_status=503)
    office.accepted(build(1))
    office.send()
    work, way = portal_at_work(office), office.way
    with work.write() as session:
        due.put(session, DELIVER_AGAIN, office.account_id, now_of(session), office.tenant.id)
    office.send()
    assert len(statuses(office)) == 1
    with work.read() as session:
        row = session.scalars(select(DueWork).where(DueWork.subject_id == office.account_id)).one()
    assert (row.due_at, row.lease) == (way.retry_at, None)


def test_an_item_jira_says_nothing_of_is_unanswered(office: DeliveryOffice) -> None:
    office.sandbox.state(deliveries_answer="one_not_named")
    office.accepted([build(1), build(2)])
    office.send()
    assert states(office) == ["accepted", "unanswered"]


def test_an_older_number_is_ignored_by_jira(office: DeliveryOffice, sign_in: SignIn) -> None:
    """Jira does not tell: it took the call, and the newer state stays. The program, the list and its own page
    say so in one word; of the one that stays, nothing of the kind is said, also when it was replayed."""
    newer, older = (with_number(sequence) for sequence in (20, 10))
    first, second = office.accepted([newer, older])
    office.send()
    assert (states(office), outcomes(office, 1)) == (["accepted"] * 2, ["accepted", "ignored"])
    assert [row["sequence"] for row in office.sandbox.stored("builds")] == [20]
    replaying.replay(office.work, [Delivery.id == first])
    office.send()
    assert [office.get(one).json()["outcome"] for one in (first, second)] == ["accepted", "ignored"]
    member = sign_in(office.tenant.member)
    page = member.get(office.tenant.path("deliveries?state=ignored"))
    assert [link.get_text() for link in page.soup.select("tbody th a")][-1:] == ["web #1"]
    assert "Ignored Jira had a newer number of the same" in page.text
    page = member.get(office.tenant.path(f"deliveries/{second}"))
    assert "Jira ignored it: it has accepted a newer number of the same" in page.text
    assert "took it and ignored it" in page.find(".timeline").get_text()
    assert "gnored it" not in member.get(office.tenant.path(f"deliveries/{first}")).text
    (third,) = office.accepted(with_number(30))
    office.send()
    told = [office.get(one).json()["outcome"] for one in (first, second, third)]
    assert told == ["accepted", "ignored", "accepted"], "what is replaced later was not ignored"


def with_number(sequence: int, **more: Any) -> dict[str, Any]:
    """A build in Atlassian's JSON."""
    times = {"lastUpdated": "2026-11-20T10:00:00Z", "updateSequenceNumber": sequence}
    told = {
        "displayName": "web",
        "url": "https://ci.example.org/1",
        "state": "failed",
        "issueKeys": ["SHOP-1"],
    }
    return {"pipelineId": "web", "buildNumber": 1, **told, **times, **more}


def poison(number: int) -> dict[str, Any]:
    """A build that is too large for the practice site once its limit is low."""
    reference = {"ref": {"name": "main", "uri": f"https://git.example.org/{'x' * 1900}"}}
    return with_number(1, buildNumber=number, references=[reference] * 4)


def test_one_that_is_too_large_does_not_hold_up_the_others(office: DeliveryOffice) -> None:
    """T51: calls get smaller until it goes alone; it fails with Jira's reason, and calls grow again."""
    office.sandbox.state(deliveries_most_bytes=6000)
    sent = office.accepted([*(build(number) for number in range(59)), poison(59), build(60)])
    office.send(most=60)
    assert states(office) == ["accepted"] * 59 + ["failed", "accepted"]
    told = office.get(sent[59]).json()
    assert "too large" in told["reasons"][0]
    assert [step["what"] for step in office.delivery(sent[59]).steps] == [
        "received",
        "refused_together",
        "sent",
    ]
    assert office.way.batch_size > 1
    assert office.way.trouble is None, "the account itself is well"
    assert len(statuses(office)) < 30


@pytest.mark.parametrize(("status", "state"), [(400, "failed"), (408, "waiting"), (409, "waiting")])
def test_only_a_complaint_about_the_body_fails_an_item(
    office: DeliveryOffice, monkeypatch: pytest.MonkeyPatch, status: int, state: str
) -> None:
    """Any other refusal may be of something on the way: nothing is given up for it."""
    real: Callable[..., Any] = bulk.send

    def send(session: Any, atlassian: Any, path: Any, body: dict[str, Any]) -> object:
        if any(one["buildNumber"] == 3 for one in body["builds"]):
            raise JiraTrouble(Code.BAD_REQUEST, status=status, message="Something is wrong with it")
        return real(session, atlassian, path, body)

    monkeypatch.setattr(bulk, "send", send)
    office.accepted([build(number) for number in range(1, 5)])
    office.send()
    expected = ["accepted", "accepted", state, "accepted"] if status == 400 else ["waiting"] * 4
    assert states(office) == expected
    if status == 400:
        assert office.deliveries()[2].reasons == ["Something is wrong with it"]


def test_a_trouble_of_the_token_is_never_taken_for_one_of_an_item(
    office: DeliveryOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of another server, with the same status."""

    def refuse(*_: object, **__: object) -> object:
        raise JiraTrouble(Code.BAD_REQUEST, status=400, message="no")

    monkeypatch.setattr(sending, "bearer", refuse)
    office.accepted(build(1))
    office.send()
    assert (states(office), office.way.trouble) == (["waiting"], "bad_request")


def test_steps_that_repeat_are_one_step(office: DeliveryOffice) -> None:
    """An outage of hours does not fill the page of a delivery."""
    office.sandbox.state(deliveries_status=500)
    (sent,) = office.accepted(build(1))
    for _ in range(4):
        office.make_due()
        office.send()
    assert [(step["what"], step.get("times", 1)) for step in office.delivery(sent).steps] == [
        ("received", 1), ("not_sent", 4)
    ]  # fmt: skip
