"""What the board's page says when Jira does not simply answer, and the way on from there."""

import pytest

from portal.boards.troubles import board_trouble
from portal.credentials.problems import problem
from portal.jira.answers import Code, JiraTrouble
from tests.support.accounts import registry_of
from tests.support.variants import variants


@pytest.mark.parametrize(
    ("switches", "sentence", "way_on"),
    variants(
        [
            ({"board_gone": True}, "Gone, or not for you to see", "Back to the boards"),
            ({"board_forbidden": True}, "Gone, or not for you to see", "Back to the boards"),
            ({"rate_limited": 30}, "Wait 30 seconds, then try again.", "Try again"),
            ({"rate_limited": 9223372036854775807}, "Wait 24 hours, then try again.", "Try again"),
            ({"down": True}, "maintenance", "Try again"),
            ({"status_5xx": 500}, "Jira has an error of its own", "Try again"),
            ({"drop_connection": True}, "could not be reached", "Try again"),
            ({"hostile_body": "deep_json"}, "could not be read", "Try again"),
            ({"hostile_body": "latin1_garbage"}, "could not be read", "Try again"),
            ({"hostile_body": "redirect"}, "sign-in page stands before Jira", "Try again"),
            ({"user_disabled": ["ada"]}, "What to do:", "Connect again to Jira"),
        ]
    ),
)
def test_trouble_is_told_with_a_way_on(shop, ada, sandbox, switches, sentence, way_on):
    sandbox.state(**switches)
    page = ada.get(shop.board)
    assert ada.status == 200
    assert sentence in page.text
    assert page.has(way_on)
    assert not page.soup.select(".issue")


def test_the_board_is_back_when_jira_is(shop, ada, sandbox):
    sandbox.state(down=True)
    ada.get(shop.board)
    sandbox.state(down=False)
    assert ada.click("Try again").soup.select(".issue")


def test_slow_is_told_with_the_seconds(shop, ada, sandbox, monkeypatch):
    wire = registry_of(shop.portal).outbound.wire
    monkeypatch.setattr(wire, "deadline", 0.5)
    sandbox.state(hang=True)
    page = ada.get(shop.board)
    sandbox.state(hang=False)
    seconds = shop.portal.settings.outbound_deadline
    assert f"Jira did not answer in {seconds:g} seconds. " in page.text
    assert page.has("Try again")


def test_a_refused_credential_shows_in_the_list(shop, ada, sandbox):
    sandbox.state(user_disabled=["ada"])
    ada.get(shop.board)
    assert "Refused" in ada.get(shop.path()).text


def test_connecting_again_mends_a_refused_credential(shop, ada, sandbox):
    sandbox.state(user_disabled=["ada"])
    ada.get(shop.board)
    sandbox.state(user_disabled=[])
    assert ada.get(shop.board).soup.select(".issue")


@pytest.mark.parametrize("code", [Code.RATE_LIMITED, Code.MAINTENANCE, Code.POINTS_USED, Code.RENEWING])
@pytest.mark.parametrize(("seconds", "words"), [(1, "1 second,"), (119, "119 seconds"), (121, "3 minutes")])
def test_a_pause_is_never_told_too_short(code, seconds, words):
    told = board_trouble(JiraTrouble(code, retry_after=seconds), problem, 20)
    assert words in told.problem.fix


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_words(code):
    told = board_trouble(JiraTrouble(code), problem, 20).problem
    assert told.code == str(code)
    assert told.title and told.cause and told.fix and told.owner
