"""Long lists are bounded in number; in time by the session of their calls, see tests/jira/test_wire.py."""

from portal.boards.paging import read_pages
from portal.jira.issues import Page


def numbers(start, size=50, total=1000):
    following = start + size
    return Page(list(range(start, following)), start, following if following < total else None, total)


def test_reads_no_more_pages_than_needed():
    starts = []
    listing = read_pages(lambda start: starts.append(start) or numbers(start), 120)
    assert starts == [0, 50, 100]
    assert listing.entries == tuple(range(120))
    assert listing.cut
    assert listing.total == 1000


def test_a_list_that_fits_is_whole():
    listing = read_pages(lambda start: numbers(start, total=100), 100)
    assert len(listing.entries) == 100
    assert not listing.cut
