"""The application link by a script: run against the practice Jira, whatever a tenant is called."""

import html
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from portal.alm_accounts import accounts
from portal.alm_accounts.link_script import shell_script, wanted_link
from portal.errors import NotHere
from portal.jira.base_urls import BaseUrl
from portal.sandbox.people import USERS
from tests.checklist.guides import GuideDesk, draft_desk
from tests.support import canaries
from tests.support.sandbox import JiraBrowser
from tests.support.variants import variants

LISTED = "/plugins/servlet/applinks/listApplicationLinks"
NAMES = [
    "O'Brien & Söhne",
    "$(touch pwned) `touch pwned`",
    '"; touch pwned; "',
    "@VALUES@ @HEADERS@ \\' \\\\ !!",
    "日本 %s %n",
]


@pytest.fixture
def desk(portal, sandbox, tenant) -> GuideDesk:
    """An account by application link that Jira knows nothing of."""
    return draft_desk(portal, sandbox, tenant)


def script_of(desk: GuideDesk, tenant_name: str = "Acme", base_url: str = "") -> str:
    account = accounts.account(desk.work, desk.account_id)
    link = wanted_link(account, desk.portal.base_url, tenant_name)
    return shell_script(BaseUrl.stored(base_url or desk.sandbox.url), link)


def run(folder: Path, script: str, *typed: str) -> subprocess.CompletedProcess[str]:
    """Run it with what is typed in; a curl that writes down how it was called stands before the real one."""
    curl = shutil.which("curl")
    assert curl
    spy = folder / "curl"
    spy.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{folder}/arguments"\nexec "{curl}" "$@"\n')
    spy.chmod(spy.stat().st_mode | stat.S_IXUSR)
    (folder / "almoner-link.sh").write_text(script, "utf-8")
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        ["bash", "almoner-link.sh"],
        input="".join(f"{line}\n" for line in typed),
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def incoming_side(desk: GuideDesk) -> str:
    """The page of Jira where the incoming side of the one link can be edited."""
    jira = JiraBrowser(desk.sandbox, "admin")
    [edit] = re.findall(r'href="([^"]+/incoming)"', jira.open(LISTED).text)
    return html.unescape(jira.open(edit).text)


@pytest.mark.parametrize("name", variants(NAMES))
def test_it_makes_the_link_with_a_token_that_stands_nowhere(desk, tmp_path, name):
    pat = canaries.add(desk.sandbox.make_pat("admin"))
    done = run(tmp_path, script_of(desk, name), "", pat)
    assert done.returncode == 0, done.stderr
    assert "The application link is made" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"curl", "arguments", "almoner-link.sh"}
    for text in (done.stdout, done.stderr, (tmp_path / "arguments").read_text("utf-8")):
        canaries.assert_none_in(text, "what others on that machine may see")
    assert f'value="Almoner ({name})"' in incoming_side(desk)


def test_the_checklist_proves_what_it_made(desk, tmp_path):
    run(tmp_path, script_of(desk), "", desk.sandbox.make_pat("admin"))
    rows = desk.run(["address", "name", "port", "jira", "clocks", "client", "signature"])
    assert rows["client"].state == rows["signature"].state == "proved", rows["signature"]


def test_a_user_name_and_password_serve_too(desk, tmp_path):
    desk.sandbox.set_password("admin", 'pa"ss: \\word$(x)')
    done = run(tmp_path, script_of(desk), "admin", 'pa"ss: \\word$(x)')
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("switches", "user", "told"),
    [
        ({"links_interface": "not_found"}, "admin", "404: it has no such interface"),
        ({}, "ada", "403: this user may not"),
        ({}, None, "401: it does not take"),
        ({"status_5xx": 502}, "admin", "502: it failed"),
    ],
)
def test_each_refusal_is_told(desk, tmp_path, switches, user, told):
    token = desk.sandbox.make_pat(user) if user else "bm90LWEtdG9rZW4="
    desk.sandbox.state(**switches)
    done = run(tmp_path, script_of(desk), "", token)
    assert done.returncode == 1 and told in done.stderr, done.stderr
    assert "is made" not in done.stdout


def test_a_second_one_and_one_whose_consumer_key_is_taken_are_told(desk, tmp_path):
    pat, script = desk.sandbox.make_pat("admin"), script_of(desk)
    run(tmp_path, script, "", pat)
    again = run(tmp_path, script, "", pat)
    assert again.returncode == 1 and "409: there is such a link" in again.stderr
    other_address = script.replace(desk.portal.base_url, "https://elsewhere.example")
    half = run(tmp_path, other_address, "", pat)
    assert half.returncode == 1 and "its incoming side is not" in half.stderr, half.stderr


@pytest.mark.parametrize("token", variants(["", 'x"\nurl = "http://127.0.0.1:9', "a b", "$(touch pwned)"]))
def test_what_is_no_token_is_sent_nowhere(desk, tmp_path, token):
    desk.sandbox.clear_requests()
    done = run(tmp_path, script_of(desk), "", token.replace("\n", ""))
    assert done.returncode == 2 and "That is no token" in done.stderr
    assert not desk.sandbox.requests() and not (tmp_path / "pwned").exists()


def test_a_jira_that_does_not_answer_ends_it(desk, tmp_path):
    done = run(tmp_path, script_of(desk, base_url="http://127.0.0.1:9/jira"), "", "YWJj")
    assert done.returncode != 0 and "is made" not in done.stdout


def test_only_an_account_by_application_link_has_one(portal, sandbox, tenant):
    desk = draft_desk(portal, sandbox, tenant, "server_oauth2")
    with pytest.raises(NotHere):
        script_of(desk)


def test_the_admin_copies_or_downloads_it(desk, sign_in):
    admin = sign_in(desk.tenant.admin)
    admin.get(desk.tenant.path(f"alm-accounts/{desk.account_id}/set-up"))
    admin.click("make the link by a script")
    assert "JRASERVER-71779" in admin.page.text and "they are not confirmed." in admin.page.text
    shown = admin.page.value("#link-script").strip()
    admin.click("Download the script")
    assert admin.response.headers["Content-Disposition"] == 'attachment; filename="almoner-link.sh"'
    assert admin.response.text.strip() == shown == script_of(desk, desk.tenant.name).strip()
    assert "PRIVATE KEY" not in shown and USERS["admin"].password not in shown
    admin.get(desk.tenant.path(f"alm-accounts/{desk.account_id}/link-script"))
    shown = admin.page.value("#link-script-windows").strip()
    admin.click("Download the script for PowerShell")
    assert admin.response.headers["Content-Disposition"] == 'attachment; filename="almoner-link.ps1"'
    assert admin.response.text.strip() == shown and "PRIVATE KEY" not in shown


@pytest.mark.parametrize("other", ["member", "stranger"])
def test_nobody_else_has_it(desk, sign_in, other):
    person = sign_in(getattr(desk.tenant, other))
    for rest in ("", "/shell", "/power-shell"):
        person.get(desk.tenant.path(f"alm-accounts/{desk.account_id}/link-script{rest}"))
        assert person.status == (403 if other == "member" else 404)
