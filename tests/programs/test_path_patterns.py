"""Paths as an admin types them into the form of a key."""

import pytest

from portal.programs.paths import PRESETS, read_patterns

FORGIVEN = {
    "rest/api\nrest/agile": list(PRESETS),
    "": [],
    " \r\n\t\n": [],
    "/rest/api/2/issue/\r\n\r\n  rest/pat  ": ["rest/api/2/issue", "rest/pat"],
    "rest/api\n/rest/api/": ["rest/api"],
    "https://jira.example.com/rest/api/2": ["rest/api/2"],
    "HTTPS://jira.example.com:8443//jira/rest/api/2/": ["rest/api/2"],
    "https://api.atlassian.com/ex/jira/1-2/rest/api/3/user": ["rest/api/3/user"],
    "http://jira.example.com/plugins/servlet/x": ["plugins/servlet/x"],
    "rest/api/*/issue/*/comment": ["rest/api/*/issue/*/comment"],
    "rest/x/a.b_c~d@e:f+g,h=i-j": ["rest/x/a.b_c~d@e:f+g,h=i-j"],
    "rest/" + "a" * 195: ["rest/" + "a" * 195],
    "\n".join(f"rest/{n}" for n in range(50)): [f"rest/{n}" for n in range(50)],
}
# What is wrong, and the beginning of the sentence.
WRONG = {
    "rest/api\n*": "Line 2 names no path",
    "\n\n/": "Line 3 names no path",
    "https://jira.example.com/": "Line 1 names no path",
    "*/api": "Line 1 names no path",
    "https://jira.example.com": "Line 1 is no path",
    "rest//api": "Line 1 is no path",
    "rest/../secure": "Line 1 is no path",
    "rest/./api": "Line 1 is no path",
    "rest/api/iss*": "Line 1 is no path",
    "rest/api/**": "Line 1 is no path",
    "rest/%61pi": "Line 1 is no path",
    "rest/api?x=1": "Line 1 is no path",
    "rest/api/2/issue/{key}": "Line 1 is no path",
    "rest\\api": "Line 1 is no path",
    "rest/api;x": "Line 1 is no path",
    "rest api": "Line 1 is no path",
    "rest/m\u00fcller": "Line 1 is no path",
    "rest/a\x00b": "Line 1 is no path",
    "rest/" + "a" * 196: "Line 1 has more than 200 characters",
    "\n".join(f"rest/{n}" for n in range(51)): "Enter at most 50 paths; these are 51.",
}


def test_what_is_forgiven() -> None:
    assert {text: read_patterns(text) for text in FORGIVEN} == FORGIVEN
    for patterns in FORGIVEN.values():
        assert read_patterns("\n".join(patterns)) == patterns


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_what_is_no_path(text: str) -> None:
    with pytest.raises(ValueError) as error:
        read_patterns(text)
    assert str(error.value).startswith(WRONG[text])
