"""Rows stand under headings: on the page, and in the versions to print and to send."""

import pytest

from portal.checklist.layers import ANSWERS, APPLICATION, LATER, MAY, OTHERS, WAY, WHO, layers, title_of
from portal.checklist.rows import BY_NAME, ROWS

OF_A_LINK = [WAY, ANSWERS, APPLICATION, WHO, MAY, OTHERS, LATER]


def test_every_row_has_a_heading():
    assert all(title_of(name) for name in BY_NAME)
    assert list(dict.fromkeys(title_of(row.name) for row in ROWS)) == OF_A_LINK


def test_what_stands_elsewhere_comes_to_its_heading():
    found = layers(["jira", "identity", "clocks"], str)
    assert [(layer.title, layer.below) for layer in found] == [
        (ANSWERS, ("jira", "clocks")),
        (WHO, ("identity",)),
    ]


def headings(page, within):
    return [(one.name, one.get_text().strip()) for one in page.soup.select(f"{within} :is(h1, h2, h3, h4)")]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_page_and_what_is_sent_have_them_in_order(sheet, admin):
    rows = sheet.run()
    admin.get(sheet.path())
    found = headings(admin.page, "#checklist")
    assert [text for name, text in found if name == "h3"] == OF_A_LINK
    below = [text for name, text in found if name == "h4"]
    assert sorted(below) == sorted(row.title for row in rows.values())
    assert found.index(("h4", "Address")) == found.index(("h3", WAY)) + 1
    for heading in admin.page.soup.select("#checklist h3"):
        assert heading.find_next_sibling("ol")["aria-labelledby"] == heading["id"]
    admin.get(sheet.path("report"))
    found = headings(admin.page, "main")
    assert [text for name, text in found if name == "h2"] == [*OF_A_LINK, "Copy as text"]
    assert [text for name, text in found if name == "h3"][:2] == ["1. Address", "2. The name resolves"]
    text = admin.page.find("#as-text").get_text()
    assert text.index(f"\n{WHO}\n{'-' * len(WHO)}\n") < text.index(". Identity: PROVED")
