"""Ideas whose issues are gone or whose link back is lost: what is told is what is known."""

import pytest

from portal.jira import found_issues
from portal.jira.client import JiraClient
from portal.jira.found_issues import issues_of
from portal.jira.new_issues import words_as_written
from portal.jira.trouble import Code, JiraTrouble
from tests.boards.test_epic_changes import held
from tests.boards.test_idea_pushes import NEW, choose, issues, new_idea, row

pytestmark = pytest.mark.on_both("test_a_page_left_open_unlinks_no_later_issue")
GONE, HERE = [f"GONE-{number}" for number in range(1, 11)], ("SHOP-5", "SHOP-6", "SHOP-7")
HIDDEN, NOT_ASKED = "Jira does not show it to you", "Not looked up"


def test_many_deleted_issues_hide_no_other(shop, ada, monkeypatch):
    for key in (*HERE, *GONE):
        new_idea(shop, issue_key=key)
    page = ada.get(f"{shop.board}/ideas")
    assert page.text.count(HIDDEN) == len(GONE) and NOT_ASKED not in page.text
    assert len(page.soup.select("tbody .issue-status")) == len(HERE)
    monkeypatch.setattr(found_issues, "MOST_CALLS", 2)
    page = ada.get(f"{shop.board}/ideas")
    assert page.text.count(NOT_ASKED) == 11 and page.text.count(HIDDEN) == 2  # those that Jira named


class Unnaming:
    """A Jira that refuses unknown keys without naming one."""

    is_cloud, api = False, ("rest", "api", "2")

    def __init__(self, *there):
        self.there, self.calls = there, 0

    def get(self, path, query):
        """The search."""
        self.calls += 1
        asked = [key for key in (*GONE, *HERE) if f'"{key}"' in query["jql"]]
        if set(asked) - set(self.there):
            raise JiraTrouble(Code.BAD_REQUEST, message="There are unknown issues.")
        return {"issues": [{"key": key, "fields": {}} for key in asked]}


def test_halves_are_asked_for_where_none_is_named():
    jira = Unnaming(*HERE)
    known = issues_of(jira, [*HERE, *GONE[:3]])
    assert set(known.issues) == set(HERE) and not known.unasked
    assert jira.calls <= found_issues.MOST_CALLS


def test_a_lost_answer_to_the_link_is_not_told_as_a_failure(place, person):
    idea_id = new_idea(place)
    person.get(f"{place.board}/ideas/{idea_id}/link")
    place.sandbox.state(change_drop_answer=True)
    page = person.submit("Link issue", key="SHOP-5")
    place.sandbox.state(change_drop_answer=False)
    assert "It is not known whether SHOP-5 got its link back" in page.text
    assert "could not be added" not in page.text and len(held(place, "SHOP-5")["links"]) == 1
    person.click("Unlink")
    assert "no longer linked to SHOP-5" in person.submit("Unlink").text
    assert held(place, "SHOP-5")["links"] == [] and row(place, idea_id).issue_key is None


def test_a_page_left_open_unlinks_no_later_issue(shop, ada, sign_in):
    idea_id = new_idea(shop, issue_key="SHOP-5")
    ada.get(f"{shop.board}/ideas/{idea_id}/unlink")
    other = sign_in(shop.tenant.member)
    other.get(f"{shop.board}/ideas/{idea_id}/unlink")
    other.submit("Unlink")
    assert "not linked any more" in ada.submit("Unlink here only").text
    old = new_idea(shop, issue_key="SHOP-6")
    ada.get(f"{shop.board}/ideas/{old}")
    page = ada.post(f"{shop.board}/ideas/{old}/unlink", key="SHOP-5", only_here="yes")
    assert row(shop, old).issue_key == "SHOP-6" and "is linked to SHOP-6 by now" in page.text
    page = ada.post(f"{shop.board}/ideas/{idea_id}/link-back")
    assert "is not linked to an issue any more" in page.text


def test_a_description_that_jira_wants_is_asked_for_where_the_idea_has_none(place, person):
    place.sandbox.state(new_issue_fields=["description"])
    person.get(f"{place.board}/ideas/new")
    person.submit("Add idea", title="Gift wrapping", description="")
    choose(place, person, person.path.rpartition("/")[2])
    assert person.submit("Push to Jira").errors() == ["Jira wants this: enter Description."]
    person.submit("Push to Jira", jira_description="For presents.")
    assert issues(place)[NEW]["description"] == "For presents."


def test_what_was_chosen_and_is_gone_is_named(shop, ada):
    path = f"{shop.board}/ideas/{new_idea(shop)}/push"
    assert "Jira shows you no project GONE. Choose another." in ada.get(f"{path}?project=GONE").text
    page = ada.get(f"{path}?project=SHOP&type=99")
    assert "In SHOP Jira offers you that type of issue no longer." in page.text and page.has("Go on")
    ada.post(path)
    assert ada.status == 422


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("[~ada] {code} Great! Yes", "\\[~ada] \\{code} Great! Yes"),
        ("!http://example.org/a.png!", "\\!http://example.org/a.png!"),
        ("\\[~ada]", "&#92;\\[~ada]"),
        ("C:\\temp *bold*", "C:\\temp *bold*"),
    ],
)
def test_what_others_wrote_acts_not_in_wiki_markup(written, sent):
    jira = JiraClient.__new__(JiraClient)
    jira.is_cloud = False
    assert words_as_written(jira, written) == sent
