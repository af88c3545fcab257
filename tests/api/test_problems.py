"""What errors mean: each type of problem leads to its place on a page for everybody."""

import re

from portal.api.problems import PLACES, WHOSE
from portal.programs.entering import Why
from portal.web.program_problems import OF_STATUS, TYPES, code_of
from tests.api.conftest import Door
from tests.support.page import Page
from tests.support.portals import Portal
from tests.support.programs import assert_problem, program_key
from tests.support.world import TenantWorld


def test_the_type_of_an_answer_leads_to_its_words(portal: Portal, door: Door, tenant: TenantWorld) -> None:
    """With no sign-in; whoever reads it finds what happened and what to do, and nothing of anybody."""
    told = door.call("nothing").json
    address, _, code = told["type"].partition("#")
    assert address == f"{portal.base_url}/problems"
    pages = [portal.client(), portal.client()]
    for name, value in portal.cookies_of(tenant.admin).items():
        pages[1].set_cookie(name, value, domain="127.0.0.1")
    answers = [client.get("/problems") for client in pages]
    page = Page(answers[0].text)
    (section,) = page.soup.select(f"#{code}")
    for words in (code, "404", told["title"], told["detail"], told["remedy"]):
        assert words in section.get_text()
    texts = [Page(answer.text).soup.select("main")[0].get_text() for answer in answers]
    assert texts[0] == texts[1] and tenant.admin.email not in answers[1].text


def test_every_problem_stands_there_once_and_whole(portal: Portal) -> None:
    page = Page(portal.client().get("/problems").text)
    assert [str(one["id"]) for one in page.soup.select("section[id]")] == list(TYPES)
    for code, one in TYPES.items():
        assert re.fullmatch("[a-z]+(-[a-z]+)*", code)
        assert 400 <= one.status < 600
        for text in (one.title, one.detail, one.remedy):
            assert text and not set("{}") & set(text), "what holds for all names nothing of one"
    assert len({one.title for one in TYPES.values()}) == len(TYPES)


def test_everything_that_is_told_has_a_code() -> None:
    """Each reason to refuse a key, each status; one that nobody names is told as its hundred is."""
    assert {f"key-{why}" for why in Why} <= set(TYPES)
    assert set(PLACES) == {"address", "body"}
    assert {status: TYPES[code].status for status, code in OF_STATUS.items()} == {
        status: status for status in OF_STATUS
    }
    assert (code_of(418), code_of(502)) == ("request-unreadable", "unexpected")


def test_a_limit_says_whose_it_is_and_when_to_come_again(door: Door, tenant: TenantWorld) -> None:
    """And every limit has words."""
    key = program_key(tenant)
    told = {}
    for whose, wait in (("key", "1"), ("tenant", "3"), ("account", "60")):
        answer = door.call(f"errors/{whose}-limit", key)
        told[whose] = assert_problem(answer, 429, "Too many requests in a short time")["detail"]
        assert answer.headers["Retry-After"] == wait
    assert set(told) == set(WHOSE) and len(set(told.values())) == 3


def test_an_answer_may_know_a_better_remedy(door: Door, tenant: TenantWorld) -> None:
    answer = door.call("errors/known", program_key(tenant))
    told = assert_problem(answer, 409, "There is no credential that Jira takes")
    assert (told["detail"], told["remedy"]) == ("It has ended.", "Connect again.")
