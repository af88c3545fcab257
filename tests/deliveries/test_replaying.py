"""Sending again: by the pages, with a practice Jira that judges; then the rules, then what goes wrong."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.deliveries import pausing, replaying
from portal.deliveries.reading import get_delivery
from portal.deliveries.superseding import latest_of
from portal.deliveries.ways import standing
from portal.errors import NotHere, Refused
from portal.store.tables import AuditEvent, Delivery, DeliveryWay, DueWork
from tests.support.deliveries import DeliveryOffice, build
from tests.support.delivery_rows import deliveries, delivering_account, delivery
from tests.support.person import Person
from tests.support.world import Someone, TenantWorld

SignIn = Callable[[Someone], Person]
UTC = ZoneInfo("UTC")


def row(tenant: TenantWorld, delivery_id: UUID) -> Delivery:
    with tenant.work().read() as session:
        return session.get_one(Delivery, (tenant.id, delivery_id))


def of(*ids: UUID) -> list[Any]:
    return [Delivery.id.in_(ids)]


def test_an_issue_that_was_made_later_gets_its_build(office: DeliveryOffice, sign_in: SignIn) -> None:
    """Jira knew no such issue; it was made; the build is replayed with the number it had, and accepted."""
    office.sandbox.state(deliveries_keys_unknown=True)
    (sent,) = office.accepted(build(1, key="SHOP-1"))
    office.send()
    assert office.get(sent).json()["state"] == "rejected"
    office.sandbox.state(deliveries_keys_unknown=False)
    admin = sign_in(office.tenant.admin)
    admin.get(office.tenant.path(f"deliveries/{sent}"))
    assert "it knows none of its issues" in admin.page.find(".banner").get_text()
    admin.click("Replay")
    assert admin.page.h1 == "Replay 1 delivery?"
    assert "Jira will ignore" not in admin.page.text
    with office.work.write() as session:
        get_delivery(session, sent).received_at -= timedelta(days=3)
    admin.submit("Replay it")
    assert "1 delivery is replayed: it waits to be sent." in admin.page.text
    (way,) = standing(office.work).ways
    assert way.oldest is not None and clock.now() - way.oldest < timedelta(minutes=5), "since it waits anew"
    office.send()
    told = office.get(sent).json()
    assert (told["state"], told["reasons"]) == ("accepted", [])
    (stored,) = office.sandbox.stored("builds")
    assert stored["sequence"] == told["sequence_number"], "with the number it had"
    admin.get(office.tenant.path(f"deliveries/{sent}"))
    way = [item.get_text(" ", strip=True) for item in admin.page.soup.select(".timeline li")]
    assert len(way) == 4 and "took it from the program with the key Jenkins" in way[0]
    assert "Jira rejected it" in way[1] and "Rejected" in way[1]
    assert "Ada Admin replayed it, with the same number" in way[2]
    assert "Jira accepted it" in way[3]


def test_the_latest_state_goes_again_with_a_new_number(office: DeliveryOffice, sign_in: SignIn) -> None:
    """A replay of the older state Jira would ignore, as the page says; this it takes."""
    older, newer = office.accepted([build(1, "failed"), build(1, "successful")])
    office.send()
    admin = sign_in(office.tenant.admin)
    page = admin.get(office.tenant.path(f"deliveries/{older}"))
    assert "Jira has accepted a newer number of the same" in page.text
    assert "Jira will ignore it: it has accepted this number or a higher one before." in page.text
    admin.submit("Send the latest state again")
    assert "waits to be sent, with a new number" in admin.page.text
    made = UUID(admin.path.rpartition("/")[2])
    assert made not in (older, newer)
    assert admin.page.link("an earlier delivery").endswith(str(newer))
    office.send()
    (stored,) = office.sandbox.stored("builds")
    copy = row(office.tenant, made)
    assert (stored["sequence"], copy.state, copy.reported) == (copy.number, "accepted", "successful")
    assert copy.number > row(office.tenant, newer).number
    (line,) = office.audit("deliveries.sent_again")
    assert (line.subject_id, line.actor_id, line.details) == (made, office.tenant.admin.user_id, {})


def test_a_pause_holds_back_and_loses_nothing(office: DeliveryOffice, sign_in: SignIn) -> None:
    admin = sign_in(office.tenant.admin)
    (before,) = office.accepted(build(1))
    admin.get(office.tenant.path("deliveries"))
    name = str(admin.page.soup.select("main tbody th")[0].find(string=True))
    admin.submit(f"Pause {name}")
    (after,) = office.accepted(build(2))
    office.send()
    assert office.sandbox.deliveries("builds") == []
    page = admin.get(office.tenant.path(f"deliveries/{after}"))
    assert "was paused by Ada Admin. It goes when somebody resumes it." in page.text
    admin.get(office.tenant.path("deliveries"))
    admin.submit(f"Resume {name}")
    office.send()
    assert {office.get(one).json()["state"] for one in (before, after)} == {"accepted"}


def test_ticked_ones_go_and_those_that_wait_are_left(tenant: TenantWorld, sign_in: SignIn) -> None:
    made = deliveries(
        tenant,
        [
            {"build": 1, "state": "rejected"},
            {"build": 2},
            {"build": 3, "state": "waiting"},
            {"build": 4, "state": "failed"},
            {"build": 1, "number": 9999},
        ],
    )
    admin = sign_in(tenant.admin)
    page = admin.get(tenant.path("deliveries?words=web"))
    boxes = [str(box["value"]) for box in page.soup.select("input[name=id]")]
    assert set(boxes) == {str(one) for one in made} - {str(made[2])}, "what waits goes anyway"
    admin.submit("Replay the ticked")
    assert "tick a delivery" in admin.page.text
    admin.get(tenant.path("deliveries?words=web"))
    form = admin.page.find("form[action$='/replay']")
    assert form["method"] == "get"
    query = "&".join(f"id={made[place]}" for place in (0, 1, 2))
    page = admin.get(tenant.path(f"deliveries/replay?chosen=ticked&words=web&{query}"))
    assert page.h1 == "Replay 2 deliveries?"
    assert "Jira will ignore all of them" in page.text, "it has build 2, and a newer state of build 1"
    assert "1 more waits to be sent already" in page.text
    admin.submit("Replay 2 deliveries")
    assert admin.path == tenant.path("deliveries?words=web")
    assert "2 deliveries are replayed: they wait to be sent." in admin.page.text
    assert [row(tenant, one).state for one in made] == ["waiting", "waiting", "waiting", "failed", "accepted"]


def test_all_that_match_go_in_their_order_behind_what_waits(tenant: TenantWorld, sign_in: SignIn) -> None:
    account_id = delivering_account(tenant)
    others = deliveries(tenant, [{"build": 9}], delivering_account(tenant))
    states = ["rejected", "waiting", "rejected", "accepted"]
    made = deliveries(
        tenant, [{"build": place, "state": state} for place, state in enumerate(states)], account_id
    )
    admin = sign_in(tenant.admin)
    admin.get(tenant.path("deliveries?state=rejected"))
    admin.click("Replay all that match the filter")
    assert admin.page.h1 == "Replay 2 deliveries?"
    admin.submit("Replay 2 deliveries")
    found = [row(tenant, one) for one in made]
    assert [one.state for one in found] == ["waiting", "waiting", "waiting", "accepted"]
    assert found[1].position < found[0].position < found[2].position
    assert [one.number for one in found] == [1001, 1002, 1003, 1004], "each keeps its number"
    assert row(tenant, others[0]).state == "accepted"
    with tenant.work().read() as session:
        lines = session.scalars(select(AuditEvent).where(AuditEvent.event == "deliveries.replayed")).all()
        due = session.scalars(select(DueWork.kind).where(DueWork.tenant_id == tenant.id)).all()
    assert [(line.account_id, line.details) for line in lines] == [(account_id, {"count": 2})]
    assert due == ["deliver"]


def test_no_more_than_so_many_go_at_once(
    tenant: TenantWorld, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "MOST", 2)
    now = clock.now()
    made = deliveries(tenant, [{"build": n, "received_at": now - timedelta(hours=n)} for n in range(3)])
    admin = sign_in(tenant.admin)
    page = admin.get(tenant.path("deliveries/replay?chosen=all"))
    assert "More than 2 fit. At most 2 go at once: these are the newest." in page.text
    admin.submit("Replay 2 deliveries")
    assert [row(tenant, one).state for one in made] == ["waiting", "waiting", "accepted"]


def test_the_latest_state_is_read_once_its_account_is_held(tenant: TenantWorld) -> None:
    """Somebody may have replayed it while we waited for that."""
    one = delivery(tenant)
    with tenant.work().write() as session:
        asked = get_delivery(session, one)
        told = {"state": "waiting"}
        session.connection().execute(update(Delivery.__table__).where(Delivery.id == one).values(told))
        assert (asked.state, latest_of(session, asked).state) == ("accepted", "waiting")


def test_a_filter_that_cannot_be_read_replays_nothing(tenant: TenantWorld, sign_in: SignIn) -> None:
    one = delivery(tenant)
    admin = sign_in(tenant.admin)
    for query in ("chosen=all&since=soon", "chosen=ticked&id=x", "", f"chosen=ticked&id={uuid4()}"):
        admin.get(tenant.path(f"deliveries/replay?{query}"))
        assert "Nothing" in admin.page.text
        admin.post(
            tenant.path("deliveries/replay"), **dict(part.split("=") for part in query.split("&") if part)
        )
        assert "Nothing is replayed" in admin.page.text
    assert row(tenant, one).state == "accepted"


def test_another_tenants_deliveries_are_not_reached(tenant: TenantWorld, sign_in: SignIn) -> None:
    other = tenant.other
    assert other
    theirs = delivery(other)
    assert replaying.replay(tenant.work(tenant.admin), of(theirs)) == 0
    with pytest.raises(NotHere):
        replaying.send_latest(tenant.work(tenant.admin), theirs)
    with pytest.raises(NotHere):
        pausing.pause(tenant.work(tenant.admin), row(other, theirs).account_id)
    assert row(other, theirs).state == "accepted"


@pytest.mark.parametrize(
    ("number", "state", "ignored"),
    [(5, "accepted", 1), (6, "accepted", 1), (4, "accepted", 0), (6, "rejected", 0), (6, "waiting", 0)],
)
def test_jira_ignores_what_is_not_newer_than_what_it_accepted(
    tenant: TenantWorld, number: int, state: str, ignored: int
) -> None:
    account_id = delivering_account(tenant)
    one, _ = deliveries(
        tenant, [{"number": 5, "state": "failed"}, {"number": number, "state": state}], account_id
    )
    deliveries(tenant, [{"number": 99}], delivering_account(tenant))
    deliveries(tenant, [{"number": 99, "build": 43}], account_id)
    assert replaying.chosen(tenant.work(), of(one)) == replaying.Chosen(1, ignored, 0, is_cut=False)


def test_the_new_number_is_above_every_other(tenant: TenantWorld) -> None:
    """By one, whoever numbered the others: a program that goes on with numbers of its own is heard."""
    work = tenant.work(tenant.admin)
    one = delivery(tenant)
    before = row(tenant, one).number
    first = row(tenant, replaying.send_latest(work, one))
    assert first.number == before + 1
    with pytest.raises(Refused, match="waits to be sent already"):
        replaying.send_latest(work, one)
    high = delivery(tenant, number=9_000_000_000_000_000)
    assert row(tenant, replaying.send_latest(work, high)).number == 9_000_000_000_000_001
    highest = delivery(tenant, number=replaying.LARGEST_NUMBER)
    with pytest.raises(Refused, match="highest number there is"):
        replaying.send_latest(work, highest)
    assert first.body["updateSequenceNumber"] == first.number
    assert (first.again_of, first.sender, first.issue_keys) == (one, None, " ABC-12 ")


def repository(commit: str) -> dict[str, Any]:
    own = {"issueKeys": ["ABC-12"], "updateSequenceId": 7, "displayId": commit, "message": "ABC-12"}
    branch = {"id": "b", "name": "b", "issueKeys": ["ABC-12"], "lastCommit": {"id": commit, **own}}
    parts = {"commits": [{"id": commit, **own}], "branches": [branch]}
    return {"id": "web", "name": "web", "url": "https://git.example.org/web", **parts}


def test_of_a_repository_only_the_newest_goes_again(tenant: TenantWorld, sign_in: SignIn) -> None:
    """Its parts have numbers of their own: an older one would put an old state over a newer one.

    What goes gets the new number in every part.
    """
    account_id = delivering_account(tenant)
    states = {"a": "rejected", "b": "accepted"}
    facts = [
        {"kind": "development", "body": repository(commit), "state": state, "number": ord(commit)}
        for commit, state in states.items()
    ]
    older, newer = deliveries(tenant, facts, account_id)
    work, admin = tenant.work(tenant.admin), sign_in(tenant.admin)
    ignored = [replaying.chosen(work, of(one)).ignored for one in (older, newer)]
    assert ignored == [0, 1], "only what Jira has: the other's commits are others"
    page = admin.get(tenant.path(f"deliveries/{older}"))
    assert "newer number of the same" not in page.text, "it took the place of nothing"
    assert "this is not offered" in page.text and not page.has("Send the latest state again")
    with pytest.raises(Refused, match="older state of a branch"):
        replaying.send_latest(work, older)
    made = row(tenant, replaying.send_latest(work, newer))
    parts = (
        made.body,
        made.body["commits"][0],
        made.body["branches"][0],
        made.body["branches"][0]["lastCommit"],
    )
    assert {part["updateSequenceId"] for part in parts} == {made.number}


def test_replaying_twice_at_once_sends_once(tenant: TenantWorld) -> None:
    """The second finds what the first has put back, and leaves it."""
    one = delivery(tenant, state="rejected", reasons=["No"], unknown_keys=["ABC-12"])
    work = tenant.work(tenant.admin)
    assert [replaying.replay(work, of(one)), replaying.replay(work, of(one))] == [1, 0]
    found = row(tenant, one)
    assert (found.reasons, found.unknown_keys, found.finished_at, found.attempts) == ([], [], None, 0)
    assert [step["what"] for step in found.steps] == ["received", "sent", "replayed"]


def test_pausing_twice_is_one_line(tenant: TenantWorld) -> None:
    account_id, work = delivering_account(tenant), tenant.work(tenant.admin)
    for change in (pausing.pause, pausing.pause, pausing.resume, pausing.resume):
        change(work, account_id)
    with work.read() as session:
        events = session.scalars(select(AuditEvent.event).order_by(AuditEvent.seq)).all()
    assert events == ["deliveries.paused", "deliveries.resumed"]
    for change in (pausing.pause, pausing.resume):
        with pytest.raises(NotHere):
            change(work, uuid4())


def test_two_who_replay_at_once_send_once(tenant: TenantWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between finding what to replay and holding the account, somebody else replays it."""
    if not tenant.store.is_postgres:
        pytest.skip("on SQLite one waits for the other from the beginning")
    one, work, hold = delivery(tenant), tenant.work(tenant.admin), replaying._held
    counts: list[int] = []

    def meanwhile(session: Session, account_id: UUID) -> DeliveryWay:
        monkeypatch.setattr(replaying, "_held", hold)
        counts.append(replaying.replay(work, of(one)))
        return hold(session, account_id)

    monkeypatch.setattr(replaying, "_held", meanwhile)
    counts.append(replaying.replay(work, of(one)))
    assert counts == [1, 0]
    assert [step["what"] for step in row(tenant, one).steps].count("replayed") == 1
