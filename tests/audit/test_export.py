"""Taking the record out of the portal: as CSV and as JSON lines, all of it or what fits the filter."""

import csv
import json
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import func, select

from portal.audit import exporting
from portal.audit.exporting import BYTE_ORDER_MARK, COLUMNS, CSV, JSON_LINES, export
from portal.audit.filtering import Wanted
from portal.audit.log import record
from portal.store.tables import AuditEvent
from portal.store.work import refuse_open_transaction
from tests.support import samples
from tests.support.person import Person
from tests.support.world import Someone, TenantWorld, World

SignIn = Callable[[Someone], Person]
UTC = ZoneInfo("UTC")
EVIL = '=HYPERLINK("https://evil.example";"look")'


@pytest.fixture
def told(tenant: TenantWorld) -> TenantWorld:
    """A tenant in which five things happened; an account has a name that a spreadsheet would work out."""
    account = samples.account(tenant, EVIL)
    work = tenant.work(tenant.admin)
    with time_machine.travel(datetime(2026, 3, 31, 12, tzinfo=UTC), tick=False), work.write() as session:
        record(session, work, "account.saved", account_id=account)
        record(session, work, "account.changed", account_id=account, changed=["name"], values={})
        about = tenant.member.user_id
        record(session, work, "member.role_changed", subject_id=about, before="member", after="admin")
        for _ in range(2):
            record(session, work, "token.tried", outcome="failed", account_id=account, code="pat_refused")
    return tenant


def rows(person: Person) -> list[dict[str, str]]:
    """The file of the last answer, as a spreadsheet reads it."""
    return list(csv.DictReader(StringIO(person.response.content.decode("utf-8-sig"))))


def objects(person: Person) -> list[dict[str, Any]]:
    return [json.loads(line) for line in person.response.text.splitlines()]


def last_line(tenant: TenantWorld) -> AuditEvent:
    with tenant.work().read() as session:
        return session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()


def test_a_file_for_a_spreadsheet(told: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(told.admin)
    admin.get(told.path("activity/"))
    admin.submit("Export as CSV")
    headers = admin.response.headers
    assert (admin.status, headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert headers["Content-Disposition"].startswith(f'attachment; filename="{told.slug}-activity-20')
    assert headers["Cache-Control"] == "no-store"
    assert admin.response.content.startswith(BYTE_ORDER_MARK.encode())
    found = rows(admin)
    assert list(found[0]) == list(COLUMNS)
    assert [row["line"] for row in found] == ["1", "2", "3", "4", "5"], "the oldest first"
    role = found[2]
    assert (role["who"], role["actor_id"], role["subject"]) == (
        "Ada Admin",
        str(told.admin.user_id),
        "Mel Member",
    )
    assert (role["action"], role["outcome"], role["account_id"]) == ("Role changed", "ok", "")
    assert role["time"] == "2026-03-31T12:00:00+00:00"
    assert json.loads(role["details"]) == {"before": "member", "after": "admin"}
    assert {row["account"] for row in found} == {f"'{EVIL}", ""}, "no formula"


def test_that_it_was_exported_is_in_the_record(told: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(told.admin)
    admin.get(told.path("activity/?outcome=failed"))
    admin.submit("Export as JSON lines")
    last = last_line(told)
    assert (last.event, last.actor_id) == ("audit.exported", told.admin.user_id)
    assert last.details == {"format": "json-lines", "count": 2}
    assert last.request_id == admin.response.headers["X-Request-Id"]
    admin.get(told.path("activity/"))
    assert "Ada Admin Activity exported count: 2 · format: JSON lines" in admin.page.text


def test_a_file_for_a_program_has_what_fits_the_filter(told: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(told.admin)
    admin.get(told.path("activity/?outcome=failed&since=2026-03-31&before=5"))
    admin.submit("Export as JSON lines")
    assert admin.response.headers["Content-Type"] == "application/jsonl"
    found = objects(admin)
    assert [one["line"] for one in found] == [4, 5], "not only from the page one looks at"
    assert list(found[0]) == list(COLUMNS)
    assert (found[0]["account"], found[0]["subject"]) == (EVIL, None)
    assert found[0]["details"] == {"code": "pat_refused"}
    with told.work().read() as session:
        assert found[1]["seal"] == session.get_one(AuditEvent, (told.id, 5)).hash.hex()
    admin.get(told.path("activity/?since=2026-04-01&until=2026-04-02"))
    assert not admin.page.has("Export as CSV")


def test_it_is_written_piece_by_piece_and_without_what_comes_meanwhile(
    told: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost where one reading ends; no transaction is open while the reader takes a piece."""
    monkeypatch.setattr(exporting, "READ_AT_ONCE", 2)
    work = told.work(told.admin)
    pieces = export(work, Wanted(), UTC, JSON_LINES)
    seen = [json.loads(next(pieces))["line"]]
    refuse_open_transaction(None)
    with work.write() as session:
        record(session, work, "account.saved")
    seen += [json.loads(piece)["line"] for piece in pieces]
    assert seen == [1, 2, 3, 4, 5]
    assert last_line(told).seq == 7
    assert "".join(export(work, Wanted(event="board.added"), UTC, CSV)).count("\n") == 1, "a head alone"


@pytest.mark.parametrize(
    "begin", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "  ="]
)
def test_no_cell_begins_as_a_formula(begin: str) -> None:
    assert exporting._cell(f"{begin}1+1") == f"'{begin}1+1"
    assert exporting._cell(f"a{begin}1") == f"a{begin}1"


def test_what_cannot_be_read_exports_nothing(told: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(told.admin)
    for fields, words in (
        ({"format": "xlsx"}, "Choose CSV or JSON lines."),
        ({}, "Choose CSV or JSON lines."),
        ({"format": "csv", "since": "soon"}, "This is no day."),
    ):
        admin.get(told.path("activity/"))
        page = admin.post(told.path("activity/export"), **fields)
        assert f"Nothing was exported. {words}" in page.text
    assert last_line(told).seq == 5


def test_only_admins_export_and_only_by_pressing_the_button(
    told: TenantWorld, world: World, sign_in: SignIn
) -> None:
    admin = sign_in(told.admin)
    admin.get(told.path("activity/export?format=csv"))
    assert admin.status == 405
    admin.get(told.path("activity/"))
    admin.post(told.path("activity/export"), format="csv", csrf_token="forged")
    assert admin.status == 400
    for who, status in ((told.member, 403), (told.stranger, 404), (world.support(), 404)):
        person = sign_in(who)
        person.get("/profile/password")
        person.post(told.path("activity/export"), format="csv")
        assert person.status == status
    with told.work().read() as session:
        assert session.scalar(select(func.count(AuditEvent.seq))) == 5


def test_another_tenants_lines_are_not_in_the_file(told: TenantWorld, sign_in: SignIn) -> None:
    stranger = sign_in(told.stranger)
    assert told.other is not None
    samples.line(told.other)
    stranger.get(told.other.path("activity/"))
    stranger.submit("Export as JSON lines")
    assert [one["event"] for one in objects(stranger)] == ["account.saved"]
