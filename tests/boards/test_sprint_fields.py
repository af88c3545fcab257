"""What is typed about a sprint, as texts and as what Jira keeps: rules without a Jira."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.boards.paging import Listing
from portal.boards.sprint_fields import plain, proposed, texts_of, values_of
from portal.boards.sprint_pages import inside_of, issues_of
from portal.errors import FieldErrors
from portal.jira.agile import Sprint
from portal.jira.issues import Issue, Page
from portal.jira.readers import paragraphs

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def sprint(start=None, end=None):
    return Sprint(7, "Seven", "future", "Line\nline", start, end)


def test_times_are_those_of_the_person_in_summer_and_winter():
    summer, winter = datetime(2026, 7, 1, 7, 0, 31, tzinfo=UTC), datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
    texts = texts_of(sprint(summer, winter), BERLIN)
    assert (texts["start"], texts["end"]) == ("2026-07-01T09:00", "2026-12-01T09:00")
    values = values_of(texts, frozenset({"start", "end"}), BERLIN)
    assert values == {"start": summer.replace(second=0), "end": winter}


def test_what_browsers_make_of_a_text_is_no_change():
    texts = texts_of(sprint(NOW, NOW + timedelta(days=1)), BERLIN)
    sent = {
        "name": " Seven ",
        "goal": "Line\r\nline\r\n",
        "start": f"{texts['start']}:00",
        "end": texts["end"],
    }
    assert plain(sent) == plain(texts)
    assert plain({"start": "2026-11-23 09:30"})["start"] == "2026-11-23T09:30"


@pytest.mark.parametrize(
    "text", ["2026-02-30T09:00", "1999-01-01T09:00", "2026-01-01T09:00+01:00", "9:00", "²"]
)
def test_what_is_no_time(text):
    with pytest.raises(FieldErrors) as caught:
        values_of(plain({"start": text}), frozenset({"start"}), BERLIN)
    assert set(caught.value.errors) == {"start"}


def test_a_name_that_was_not_changed_is_not_judged():
    assert values_of(plain({"name": "x" * 60, "goal": "New"}), frozenset({"goal"}), BERLIN) == {"goal": "New"}


def test_a_start_is_proposed_with_what_was_planned_while_it_is_ahead():
    two_weeks = proposed(sprint(), NOW)
    assert (two_weeks.start, two_weeks.end) == (NOW, NOW + timedelta(days=14))
    ahead = sprint(NOW + timedelta(days=1), NOW + timedelta(days=8))
    assert proposed(ahead, NOW) == ahead
    over = sprint(NOW - timedelta(days=30), NOW - timedelta(days=1))
    assert proposed(over, NOW).end == NOW + timedelta(days=14)


class Reader:
    """A reading of a sprint with a sub-task in it."""

    def __init__(self):
        self.agile = self

    def whole_sprint(self, sprint_id, start):
        kinds = (("A-1", False, True), ("A-2", True, False), ("A-3", False, False))
        issues = [
            Issue(key, key, key, "Task", "To Do", "1", "", is_subtask=is_sub, is_done=is_done)
            for key, is_sub, is_done in kinds
        ]
        return Page(issues, start, None, None)


def test_sub_tasks_go_with_their_issues():
    found = issues_of(Reader(), 7)
    assert [one.key for one in found.entries] == ["A-1", "A-3"]
    assert (inside_of(found).count, inside_of(found).open) == (2, 1)
    assert not inside_of(Listing(found.entries, None, True)).is_whole


def test_a_text_of_several_lines_is_cleaned_line_by_line():
    assert paragraphs({"goal": "One\r\n\u202etwo\x00\n"}, "goal") == "One\ntwo"
    assert paragraphs({"goal": 7}, "goal") == "" and len(paragraphs({"goal": "x" * 20_000}, "goal")) == 10_000
