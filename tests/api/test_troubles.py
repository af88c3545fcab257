"""What stands in the way to a Jira is told by a type of its own, with the catalogue's sentences."""

from uuid import uuid4

import pytest

from portal.api.troubles import TYPE_OF, told
from portal.credentials.acting_as import NotConnected
from portal.credentials.problems import problem
from portal.jira.answers import Code, JiraTrouble
from portal.web.documents import Problem
from portal.web.program_problems import TYPES

STATUSES = {"jira-unreachable": 502, "jira-slow": 504, "jira-answer-broken": 502, "account-busy": 503}


def met(error: Exception, *, is_cloud: bool | None = None, for_person: bool = False) -> Problem:
    with pytest.raises(Problem) as caught, told(is_cloud=is_cloud, for_person=for_person):
        raise error
    return caught.value


def test_every_trouble_is_told_in_the_words_of_the_catalogue() -> None:
    """What is no matter of the way or of Jira is one of the credential; nothing is left without a remedy."""
    for code in Code:
        said = met(JiraTrouble(code, host="jira.example.org"), is_cloud=False)
        known = problem(str(code), {"host": "jira.example.org"}, is_cloud=False)
        assert said.type.status == STATUSES.get(said.type.code, 409), code
        assert said.type is TYPES[TYPE_OF.get(code, "not-connected")]
        assert known.cause in said.detail and known.fix in said.remedy
        assert "Who can mend it: you." not in said.remedy
        assert said.headers == ({"Retry-After": "2"} if said.type.code == "account-busy" else {})


def test_what_may_have_had_an_effect_says_so() -> None:
    """As people are told: by the rule of the trouble itself."""
    for code, changes, is_unsure in (
        (Code.DEADLINE, True, True),
        (Code.PROXY_FAILED, True, True),
        (Code.NAME_UNKNOWN, True, False),
        (Code.DEADLINE, False, False),
    ):
        said = met(JiraTrouble(code, may_have_changed=changes))
        assert ("not known whether" in said.detail) == is_unsure, code


def test_a_pause_that_is_known_is_told() -> None:
    said = met(JiraTrouble(Code.RATE_LIMITED, retry_after=17))
    assert (said.type.code, said.headers) == ("account-busy", {"Retry-After": "17"})


def test_who_mends_a_credential() -> None:
    """Whoever runs a program connects nothing; it is told who does."""
    said = met(NotConnected(uuid4(), None))
    assert said.type.code == "not-connected"
    assert said.detail.startswith(problem("not_connected").title)
    assert "Who can mend it: an admin" in said.remedy
    revoked = met(JiraTrouble(Code.TOKEN_REVOKED))
    assert revoked.remedy.endswith("Who can mend it: whoever connected it in Almoner.")
    persons = met(NotConnected(uuid4(), None), for_person=True)
    assert (persons.type, persons.detail.partition(".")[0]) == (said.type, "That person is not connected")
    assert "account itself" not in persons.detail
    assert "profile" in persons.remedy and persons.remedy.endswith("Who can mend it: that person.")
