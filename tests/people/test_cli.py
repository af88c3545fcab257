import re
import stat
import subprocess
import sys

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from portal import cli
from portal.people import sign_ins
from portal.start import open_store
from portal.store.work import NOBODY, Work


@pytest.fixture
def run(empty_database, monkeypatch):
    """Runs a command against a portal of its own."""
    monkeypatch.setattr(cli, "read_settings", lambda: empty_database.settings(demo=True))

    def command(*words: str, code: int = 0):
        done = CliRunner().invoke(cli.main, list(words))
        assert done.exit_code == code, done.output
        return done.output

    return command


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "portal.cli", "--version"], capture_output=True, text=True, timeout=30
    )
    assert done.stdout.startswith("almoner, version")


def test_from_nothing_to_a_first_admin(run, empty_database):
    run("init")
    run("init")
    output = run("make-tenant", "acme", "Acme Instruments", "--admin", "ada@acme.example")
    assert "/invitation/" in output.splitlines()[-1]
    verified = run("verify-audit", "acme")
    assert "whole, 2 lines" in verified and "cut off at the end does not show" in verified
    if empty_database.kind == "sqlite":
        folder = empty_database.instance
        assert stat.S_IMODE((folder / "almoner.db").stat().st_mode) == 0o600
        assert stat.S_IMODE((folder / "root.key").stat().st_mode) == 0o400


def test_support_and_reset_links(run):
    run("init")
    for words in (("make-support", "sue@example.org", "Sue"), ("reset-link", "SUE@example.org")):
        assert run(*words).splitlines()[-1].startswith("http://127.0.0.1:8000/reset/")
    assert "nobody" in run("reset-link", "x@example.org", code=1)
    assert "no longer" in run("end-support", "SUE@example.org")
    assert "nobody" in run("end-support", "sue@example.org", code=1)


@pytest.mark.parametrize(
    "words", [("Bad Slug", "Acme", "--admin", "ada@acme.example"), ("acme", "Acme", "--admin", "nobody")]
)
def test_bad_input_makes_nothing(run, words):
    run("init")
    assert run("make-tenant", *words, code=1).startswith("Error: ")
    assert run("verify-audit").count("lines") == 1


def test_before_init(run):
    assert "almoner init" in run("make-demo", code=78)


def test_lost_key(run, empty_database):
    """A new key over sealed data would hide the loss."""
    run("init")
    (empty_database.instance / "root.key").unlink()
    for command in ("init", "make-demo"):
        assert "root key file" in run(command, code=78)
    assert not (empty_database.instance / "root.key").exists()


def test_demo(run, empty_database):
    run("init")
    printed = run("make-demo")
    assert run("make-demo") == printed
    store = open_store(empty_database.settings())
    for line in printed.splitlines():
        _, email, password = line.split()
        assert sign_ins.start(Work(store, None, NOBODY), email, password, "", "")
    store.engine.dispose()


def test_demo_is_for_practice_only(run, empty_database, monkeypatch):
    run("init")
    monkeypatch.setattr(cli, "read_settings", empty_database.settings)
    assert "practice" in run("make-demo", code=1)


def test_changed_audit_is_named(run, empty_database):
    run("init")
    run("make-demo")
    engine = create_engine(empty_database.all_rows)
    with engine.begin() as connection:
        if empty_database.kind == "sqlite":
            connection.execute(text("DROP TRIGGER portal_audit_events_no_update"))
        else:
            connection.execute(text("DROP TRIGGER portal_audit_events_no_update ON portal_audit_events"))
        connection.execute(text("UPDATE portal_audit_events SET outcome = 'failed' WHERE seq = 2"))
    engine.dispose()
    told = run("verify-audit", code=1)
    assert "does not fit from line 2 on" in told and "cut off" not in told


def test_a_tenant_is_suspended_goes_on_and_is_deleted(run):
    run("init")
    run("make-tenant", "acme", "Acme", "--admin", "ada@acme.example")
    assert "Its grants are renewed meanwhile" in run("suspend-tenant", "acme")
    assert "suspended already" in run("suspend-tenant", "acme", code=1)
    assert run("resume-tenant", "acme") == "acme goes on.\n"
    assert "not suspended" in run("resume-tenant", "acme", code=1)
    assert "almoner keep-tenant acme" in run("delete-tenant", "acme")
    assert "going to be deleted already" in run("delete-tenant", "acme", code=1)
    run("suspend-tenant", "acme")
    assert "It stays closed: it is going to be deleted" in run("resume-tenant", "acme")
    assert run("keep-tenant", "acme") == "acme is not deleted.\n"
    assert "nothing to take back" in run("keep-tenant", "acme", code=1)
    for unsure in ((), ("--confirm", "acne")):
        told = run("delete-tenant", "acme", "--now", *unsure, code=1)
        assert "Nothing was erased" in told and "delete-tenant acme --now --confirm acme" in told
    assert "whole" in run("verify-audit", "acme")
    assert "oldest one made before today" in run("delete-tenant", "acme", "--now", "--confirm", "acme")
    verified = run("verify-audit")
    assert "deleted-" in verified and "acme" not in verified and "does not fit" not in verified
    left = re.findall("deleted-[0-9a-f]{12}", verified)[0]
    before = run("verify-audit", left)
    for slug in ("acme", left):
        for command in ("suspend-tenant", "resume-tenant", "delete-tenant", "keep-tenant"):
            assert f"no tenant {slug}" in run(command, slug, code=1)
        assert f"no tenant {slug}" in run("delete-tenant", slug, "--now", "--confirm", slug, code=1)
    assert run("verify-audit", left) == before, "no line after the last"
