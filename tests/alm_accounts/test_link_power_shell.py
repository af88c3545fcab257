"""The script for PowerShell: the same values and the same words as the one for a shell.

No PowerShell runs here, so what is tested is what decides whether it does the same thing there: that it
parses, that every value comes out of its quotes as it went in, and that nothing in it depends on a code page.
"""

import json
import re

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from portal.alm_accounts.link_power_shell import power_shell_script
from portal.alm_accounts.link_script import TOLD, shell_script, values_of
from portal.jira.applinks import HEADERS, NewLink
from portal.jira.base_urls import BaseUrl

BASE_URL = BaseUrl.stored("https://jira.example.org/it's-here")
NAMES = [
    "O'Brien & S\u00f6hne",
    "\u2018; Remove-Item x; \u2019\u201a\u201b",
    "'; Remove-Item x; '",
    "$(Remove-Item x) `$env:PATH",
    "@VALUES@ @HEADERS@ @TOLD@ \\' {0} %s",
    "\u65e5\u672c",
]


def link_of(name: str) -> NewLink:
    pem = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"
    return NewLink("Almoner", "https://portal.example.org", "almoner-acme", f"Almoner ({name})", pem)


def parsed(script: str) -> Node:
    return Parser(Language(tree_sitter_powershell.language())).parse(script.encode()).root_node


def assigned(script: str) -> dict[str, str]:
    """What the variables hold that are set to a string in which nothing is replaced."""
    found = re.findall(r"^\$([a-z_]+) = '((?:[^']|'')*)'$", script, re.MULTILINE)
    return {name: value.replace("''", "'") for name, value in found}


@pytest.mark.parametrize("name", NAMES)
def test_every_value_comes_out_as_it_went_in(name):
    link = link_of(name)
    script = power_shell_script(BASE_URL, link)
    assert assigned(script) == values_of(BASE_URL, link)
    assert json.loads(assigned(script)["consumer_body"])["name"] == f"Almoner ({name})"
    assert script.isascii() and not parsed(script).has_error


def test_the_parser_would_tell():
    script = power_shell_script(BASE_URL, link_of("Acme"))
    assert parsed(script.replace("''s-here", "'s-here")).has_error


def test_both_scripts_say_the_same_of_each_refusal():
    windows, shell = power_shell_script(BASE_URL, link_of("Acme")), shell_script(BASE_URL, link_of("Acme"))
    for statuses, text in TOLD.items():
        assert f"'{statuses}' {{ \"{text.format('${status}')}\"; break }}" in windows
        assert f'{statuses}) say "{text.format("$1")}" ;;' in shell
    for name, value in HEADERS.items():
        assert f"Add('{name}', '{value}')" in windows and f"'{name}: {value}'" in shell


def test_no_name_of_a_variable_runs_into_what_follows():
    """A colon behind one would make it a drive's, and the script end before it begins."""
    assert not re.search(r'"[^"\n]*\$\w+:[^"\n]*"', power_shell_script(BASE_URL, link_of("Acme")))


def test_the_token_is_read_hidden_and_sent_nowhere_but_to_that_jira():
    script = power_shell_script(BASE_URL, link_of("Acme"))
    assert script.count("-AsSecureString") == 1 and "AllowAutoRedirect = $false" in script
    assert re.findall(r"Send-Put \S+", script) == ["Send-Put $link_url", "Send-Put ($consumer_url_before"]
    assert not re.search(r"Invoke-|Start-Process|Out-File|Set-Content|-ArgumentList", script)
