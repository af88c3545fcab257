"""Making, changing, starting and deleting sprints, on Jira Server and Cloud, judged by what Jira holds."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
import requests
from sqlalchemy import select

from portal.store.tables import AuditEvent
from tests.boards.conftest import Shop

pytestmark = pytest.mark.on_both("test_a_sprint_is_made_on_the_board")
NEXT, ACTIVE, CLOSED = 13, 12, 11


def held(place):
    """What that Jira holds."""
    return place.sandbox.content("server" if isinstance(place, Shop) else "acme")


def sprint(place, sprint_id=NEXT):
    return held(place)["sprints"].get(str(sprint_id))


def at(place, way, sprint_id=NEXT):
    return f"{place.board}/sprints/{sprint_id}/{way}"


def time_of(text):
    return parsedate_to_datetime(text).astimezone(UTC)


def told(place):
    """What the audit says of the board since it was added."""
    with place.tenant.work().read() as session:
        found = session.scalars(select(AuditEvent).where(AuditEvent.event.startswith("board.")))
        return [(line.event, line.details) for line in found if line.event != "board.added"]


def another(shop, method, sprint_id, **values):
    """Grace changes a sprint of Jira Server in Jira itself."""
    url = f"{shop.sandbox.url}/rest/agile/1.0/sprint/{sprint_id}"
    header = {"Authorization": f"Bearer {shop.sandbox.make_pat('grace')}"}
    requests.request(method, url, json=values or None, headers=header, timeout=10).raise_for_status()


def asked(place):
    return [(one["method"], one["path"].partition("/agile/1.0")[2]) for one in place.sandbox.requests()]


def test_a_sprint_is_made_on_the_board(place, person):
    person.get("/profile/")
    person.submit("Save", time_zone="Asia/Tokyo")
    person.get(place.board)
    person.click("New sprint")
    assert [link.get_text(strip=True) for link in person.page.soup.select("nav [aria-current]")] == ["Boards"]
    person.submit(
        "Make sprint", name="  Tidy   up ", goal="One line\r\nand another", start="2027-01-04T09:00"
    )
    assert "Sprint Tidy up made." in person.page.text and "Tidy up (planned)" in person.page.text
    [made] = [one for one in held(place)["sprints"].values() if one["name"] == "Tidy up"]
    assert (made["goal"], made["state"], made["board"], made["end"]) == (
        "One line\nand another",
        "future",
        1,
        None,
    )
    assert time_of(made["start"]) == datetime(2027, 1, 4, 0, 0, tzinfo=UTC)
    assert person.path == f"{place.board}?sprint={made['id']}"
    assert told(place) == [("board.sprint_made", {"sprint": made["id"]})]


def test_only_what_was_changed_is_sent(place, person):
    before = sprint(place)
    person.get(f"{place.board}?sprint={NEXT}")
    person.click("Edit SHOP Sprint 8")
    place.sandbox.clear_requests()
    person.submit("Save", goal="")
    assert sprint(place) == before | {"goal": ""}
    assert asked(place)[:2] == [("GET", f"/sprint/{NEXT}"), ("POST", f"/sprint/{NEXT}")]
    assert told(place) == [("board.sprint_changed", {"sprint": NEXT})]


def test_what_is_sent_unchanged_asks_jira_nothing(place, person):
    person.get(at(place, "edit", ACTIVE))
    before = sprint(place, ACTIVE)
    person.submit("Save")
    assert "You changed nothing" in person.page.text
    assert sprint(place, ACTIVE) == before and told(place) == []


def test_times_are_set_and_taken_away(place, person):
    person.get(at(place, "edit"))
    person.submit("Save", start="2027-01-04T09:00", end="2027-01-18T09:00")
    person.get(at(place, "edit"))
    assert person.page.find("input[name=start]")["value"] == "2027-01-04T09:00"
    person.submit("Save", start="", end="")
    after = sprint(place)
    assert (after["start"], after["end"]) == (None, None)
    assert (after["name"], after["goal"], after["state"]) == (
        "SHOP Sprint 8",
        "Gift cards, first part",
        "future",
    )


def test_a_sprint_that_is_over_keeps_its_times(place, person):
    before = sprint(place, CLOSED)
    person.get(at(place, "edit", CLOSED))
    assert not person.page.soup.select("input[name=start]")
    person.submit("Save", name="Sprint six", goal="Found")
    assert sprint(place, CLOSED) == before | {"name": "Sprint six", "goal": "Found"}


def test_a_sprint_is_started_for_two_weeks(place, person):
    person.get(f"{place.board}?sprint={NEXT}")
    person.click("Start SHOP Sprint 8")
    person.submit("Start sprint")
    after = sprint(place)
    assert after["state"] == "active"
    assert (time_of(after["end"]) - time_of(after["start"])).days == 14
    assert abs((datetime.now(UTC) - time_of(after["start"])).total_seconds()) < 600
    assert told(place) == [("board.sprint_started", {"sprint": NEXT})]
    assert person.page.has("Complete SHOP Sprint 8")


def test_deleting_says_first_what_will_happen(place, person):
    person.get(f"{place.board}?sprint={NEXT}")
    person.click("Delete SHOP Sprint 8")
    assert "It holds 5 issues: 0 done, 5 open. The 5 open ones go back to the backlog." in person.page.text
    assert sprint(place) is not None
    person.submit("Delete SHOP Sprint 8")
    assert sprint(place) is None
    assert held(place)["issues"]["SHOP-16"]["sprint"] == 0
    assert person.path == place.board and "Sprint SHOP Sprint 8 deleted." in person.page.text
    assert told(place) == [("board.sprint_deleted", {"sprint": NEXT})]


WRONG = [
    ({"name": " "}, "Enter a name."),
    ({"name": "x" * 31}, "at most 30 characters"),
    ({"name": "turn\u202eed"}, "cannot be seen"),
    ({"goal": "x" * 5001}, "at most 5000 characters"),
    ({"start": "soon"}, "This is no day and time."),
    ({"start": "2027-01-04"}, "This is no day and time."),
    ({"start": "2027-01-04T09:00", "end": "2027-01-04T09:00"}, "The end is not after the start."),
]


def test_what_cannot_be_is_said_and_kept(shop, ada):
    for typed, sentence in WRONG:
        ada.get(f"{shop.board}/sprints/new")
        ada.submit("Make sprint", **{"name": "Next", **typed})
        assert ada.status == 422 and sentence in ada.page.text, sentence
        for name, value in typed.items():
            node = ada.page.find(f"[name={name}]")
            seen = value.replace("\u202e", "").strip()
            assert str(node.get("value") or node.get_text()).strip() == seen
    assert {one["method"] for one in shop.sandbox.requests()} == {"GET"}


def test_a_start_needs_both_times_and_an_active_sprint_keeps_them(shop, ada):
    ada.get(at(shop, "start"))
    ada.submit("Start sprint", end="")
    assert ada.status == 422 and "Enter a day and a time." in ada.page.text
    ada.get(at(shop, "edit", ACTIVE))
    ada.submit("Save", end="")
    assert ada.status == 422 and "A sprint that is started has both." in ada.page.text
    assert held(shop)["deeds"] == []


def test_hostile_words_of_jira_are_text(place, person):
    person.get(at(place, "edit"))
    person.submit("Save", name="<b>{{7*7}}</b>", goal="<script>alert(1)</script>\n</textarea>")
    for way in ("edit", "start", "delete"):
        person.get(at(place, way))
        assert "<b>{{7*7}}</b>" in person.page.text and "<b>{{7*7}}" not in person.response.text
    person.get(at(place, "edit"))
    assert "</textarea>" in person.page.find("textarea[name=goal]").get_text()
