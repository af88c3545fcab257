"""``deploy/nginx.conf`` lets through what the portal takes, and writes down no secret of an address (T39)."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from portal.config import LONGEST_BODY, LONGEST_RELAYED, Settings
from portal.web.documents import MARK, PROBLEM_JSON
from portal.web.program_problems import TYPES
from tests.support.portals import Portal

ROOT = Path(__file__).parents[2]
CONF = re.sub(r"(?m)(^|\s)#.*$", "", (ROOT / "deploy" / "nginx.conf").read_text("utf-8"))
LOGGED = re.compile(r'^\s+"(~.+?)"\s+"(.+?)";$', re.M)


def logged(method: str, target: str) -> str:
    """What the log says was asked for, as nginx works it out."""
    for pattern, shown in LOGGED.findall(CONF):
        if found := re.search(pattern[1:].replace("(?<", "(?P<"), f"{method} {target} HTTP/2.0"):
            return re.sub(r"\$([a-z_]+\b)", lambda name: found[name[1]], shown)
    return "-"


def sizes(directive: str) -> list[int]:
    """What a directive says, in bytes."""
    units = {"k": 1024, "m": 1024 * 1024}
    found = re.findall(rf"\b{directive} (\d+)([km]);", CONF)
    return [int(number) * units[unit] for number, unit in found]


@pytest.mark.variant
def test_no_token_of_an_address_is_logged(portal: Portal) -> None:
    rules = [rule for rule in portal.app.url_map.iter_rules() if "token" in rule.arguments]
    assert len(rules) > 3
    adapter = portal.app.url_map.bind("")
    for rule in rules:
        path = adapter.build(rule.endpoint, {"token": "id.secret"})
        spelled = f"/%{ord(path[1]):x}{path[2:]}"
        assert unquote(spelled) == path
        for target in (path, f"/{path}", f"/.{path}", f"{path}?again=secret", spelled):
            assert "secret" not in logged("POST", target), rule
            assert logged("GET", target).startswith("GET /"), rule


def test_no_query_and_nothing_else_of_a_browser_is_logged() -> None:
    assert logged("GET", "/oauth/shared/callback?code=secret&state=secret") == "GET /oauth/shared/callback"
    assert logged("GET", "/t/acme/boards/") == "GET /t/acme/boards/"
    assert logged("GET", "/t/acme/%62oards/") == "GET /t/acme/..."
    assert logged("secret", "") == "-"
    written = CONF.partition("log_format almoner")[2].partition(";")[0]
    harmless = {"remote_addr", "time_iso8601", "almoner_request", "status", "body_bytes_sent", "request_time"}
    assert {name for name in re.findall(r"\$(\w+)", written) if not name.startswith("upstream_")} == harmless
    assert CONF.count("server {") == len(re.findall(r"access_log \S+ almoner;", CONF))
    assert CONF.count("server {") == len(re.findall(r"error_log \S+ crit;", CONF))


def test_what_the_portal_takes_comes_through() -> None:
    pages, programs = sizes("client_max_body_size")
    assert pages > LONGEST_BODY and programs >= LONGEST_RELAYED
    assert sizes("client_body_buffer_size") == [pages], "what is longer is written to disk"
    assert "proxy_max_temp_file_size 0;" in CONF
    [seconds] = re.findall(r"proxy_read_timeout (\d+)s;", CONF)
    assert int(seconds) > 60 > Settings.model_fields["proxy_seconds"].default
    assert (ROOT / "static" / "away.html").is_file()


def test_what_another_site_asks_for_is_not_compressed() -> None:
    """A page's length would tell it what stands in the page (T08)."""
    pages = CONF.partition("location / {")[2].partition("proxy_pass")[0]
    assert re.sub(r"\s+", " ", pages).strip() == (
        'if ($http_sec_fetch_site !~ "^(same-origin|none)$") { gzip off; }'
    )


def test_programs_are_told_that_the_portal_is_away_as_the_portal_tells_it() -> None:
    away = CONF.partition("location @away_for_programs {")[2]
    status, text = re.findall(r"return (\d+) '(.+?)';", away, re.S)[0]
    told, unavailable = json.loads(text), TYPES["unavailable"]
    assert "error_page 502 504 = @away_for_programs;" in CONF, "without = the status stays 502"
    assert int(status) == told["status"] == unavailable.status
    assert told["type"].removeprefix("https://almoner.example.org") == unavailable.path
    assert (told["title"], told["detail"]) == (unavailable.title, unavailable.detail)
    assert told["errorMessages"] == [f"{told['detail']} {told['remedy']}"]
    assert f"default_type {PROBLEM_JSON};" in away and f"add_header {MARK} almoner always;" in away
    assert "add_header Retry-After 30 always;" in away
