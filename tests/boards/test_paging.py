"""Long lists are bounded in number and in time."""

import pytest

from portal.boards.paging import Pace, read_pages
from portal.jira.agile import Page
from portal.jira.answers import JiraTrouble


def numbers(start, size=50, total=1000):
    following = start + size
    return Page(list(range(start, following)), start, following if following < total else None, total)


def test_reads_no_more_pages_than_needed():
    starts = []
    listing = read_pages(lambda start: starts.append(start) or numbers(start), 120, Pace(5))
    assert starts == [0, 50, 100]
    assert listing.entries == tuple(range(120))
    assert listing.cut
    assert listing.total == 1000


def test_a_list_that_fits_is_whole():
    listing = read_pages(lambda start: numbers(start, total=100), 100, Pace(5))
    assert len(listing.entries) == 100
    assert not listing.cut


def test_no_call_begins_when_the_time_is_over():
    with pytest.raises(JiraTrouble) as caught:
        read_pages(numbers, 100, Pace(-1))
    assert caught.value.code == "deadline"
