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
    assert "whole, 2 lines" in run("verify-audit", "acme")
    if empty_database.kind == "sqlite":
        folder = empty_database.instance
        assert stat.S_IMODE((folder / "almoner.db").stat().st_mode) == 0o600
        assert stat.S_IMODE((folder / "root.key").stat().st_mode) == 0o400


def test_support_and_reset_links(run):
    run("init")
    for words in (("make-support", "sue@example.org", "Sue"), ("reset-link", "SUE@example.org")):
        assert run(*words).splitlines()[-1].startswith("http://127.0.0.1:8000/reset/")
    assert "nobody" in run("reset-link", "x@example.org", code=1)


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
    assert "does not fit from line 2 on" in run("verify-audit", code=1)
