"""One line of the record: everything that is kept of it, with what was before and after."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.audit.changes import told
from portal.audit.log import record
from portal.store.tables import AuditEvent, User
from portal.store.work import Actor, Work
from portal.web.audit_words import Change, Said, changes, unchanged
from tests.support import samples
from tests.support.person import Person
from tests.support.world import Someone, TenantWorld

SignIn = Callable[[Someone], Person]


@pytest.fixture
def account(tenant: TenantWorld) -> UUID:
    """An account, saved by the admin; its app's secret changed; the member made an admin."""
    account_id, subject = samples.account(tenant, "Shop Jira"), tenant.member.user_id
    work = Work(tenant.store, tenant.id, Actor("person", tenant.admin.user_id, request_id="abc123"))
    with work.write() as session:
        before, after = {"scopes": ["READ"]}, {"client_id": "portal-one", "scopes": ["WRITE"]}
        changed = told(["scopes", "client_secret", "client_id"], before, after)
        record(session, work, "app.changed", outcome="failed", account_id=account_id, **changed)
        record(session, work, "member.role_changed", subject_id=subject, before="member", after="admin")
    return account_id


def facts(person: Person) -> dict[str, str]:
    """Names and values of the page, and of its table of what changed."""
    pairs = zip(person.page.soup.select("dl.facts dt"), person.page.soup.select("dl.facts dd"), strict=True)
    rows = [row.select("th, td") for row in person.page.soup.select("tbody tr")]
    words = [*pairs, *((row[0], row[1]) for row in rows)]
    found = {_words(name): _words(value) for name, value in words}
    return found | {f"{_words(row[0])}, then": _words(row[2]) for row in rows}


def _words(node: Any) -> str:
    return " ".join(node.get_text(" ").replace(" (all lines)", "").split())


def test_a_line_tells_what_was_before_and_after(tenant: TenantWorld, account: UUID, sign_in: SignIn) -> None:
    admin = sign_in(tenant.admin)
    admin.get(tenant.path("activity/"))
    admin.click("line 2")
    assert admin.page.h1 == "Role changed"
    assert f"Line 2 of the record of {tenant.name}" in admin.page.text
    seen = facts(admin)
    assert (seen["Who"], seen["About"], seen["Outcome"]) == ("Ada Admin", "Mel Member", "Went well")
    assert (seen["Role"], seen["Role, then"]) == ("member", "admin")
    with tenant.work().read() as session:
        line = session.scalars(select(AuditEvent).where(AuditEvent.seq == 2)).one()
    assert seen["Seal over this line and all before it"] == line.hash.hex()
    for label, others in (("Ada Admin", 2), ("abc123", 2)):
        admin.get(tenant.path("activity/2"))
        admin.click(f"{label} (all lines)")
        assert len(admin.page.soup.select(".timeline li")) == others


def test_what_is_open_is_told_and_of_a_secret_only_that_it_changed(
    tenant: TenantWorld, account: UUID, sign_in: SignIn
) -> None:
    admin = sign_in(tenant.admin)
    admin.get(tenant.path("activity/1"))
    seen = facts(admin)
    assert (seen["ALM account"], seen["Outcome"]) == ("Shop Jira", "Failed")
    assert (seen["Client secret"], seen["Client secret, then"]) == ("not kept", "changed")
    assert (seen["Client ID"], seen["Client ID, then"]) == ("nothing", "portal-one")
    assert (seen["Permissions"], seen["Permissions, then"]) == ("READ", "WRITE")
    assert "what is secret never stands in it" in admin.page.text
    admin.click("Shop Jira (all lines)")
    assert len(admin.page.soup.select(".timeline li")) == 1


def test_names_that_were_erased_are_gone_from_it(tenant: TenantWorld, account: UUID, sign_in: SignIn) -> None:
    with tenant.work().write() as session:
        session.delete(session.get_one(User, tenant.member.user_id))
    admin = sign_in(tenant.admin)
    admin.get(tenant.path("activity/2"))
    assert admin.status == 200 and "About" not in facts(admin) and "Mel Member" not in admin.page.html


def test_only_admins_open_it_and_only_what_is_there(
    tenant: TenantWorld, account: UUID, sign_in: SignIn
) -> None:
    assert tenant.other is not None
    for who, status in ((tenant.member, 403), (tenant.stranger, 404)):
        person = sign_in(who)
        person.get(tenant.path("activity/1"))
        assert person.status == status
    admin = sign_in(tenant.admin)
    samples.line(tenant.other)
    missing = ("activity/0", "activity/3", "activity/2147483648", f"activity/{10**30}", "activity/-1")
    for path in (*map(tenant.path, missing), tenant.other.path("activity/1")):
        admin.get(path)
        assert admin.status == 404, path


@pytest.mark.parametrize(
    ("event", "details", "changed", "rest"),
    [
        (
            "checklist.changed",
            {"row": "jira", "before": "never", "after": "failed", "code": "unreachable"},
            [("state", "not looked at", "failed")],
            ["result", "row of the checklist"],
        ),
        ("key.made", {"fingerprint": "SHA256:abc", "stage": "next"}, [], ["fingerprint", "stage"]),
        (
            "account.converted",
            {"from_kind": "cloud_token", "to_kind": "no_more", "until": "2026-03-31"},
            [("way to connect", "Jira Cloud API token", "no_more")],
            ["until"],
        ),
        ("account.changed", {"changed": ["ca_pem"]}, [("CA certificate", None, None)], []),
    ],
)
def test_what_changed_stands_apart(
    event: str, details: dict[str, Any], changed: list[tuple[str, str | None, str | None]], rest: list[str]
) -> None:
    shown = [
        (one.name, one.before and one.before.text, one.after and one.after.text)
        for one in changes(event, details)
    ]
    assert shown == changed
    assert [one.name for one in unchanged(event, details)] == rest


def test_what_was_not_there_before_is_nothing() -> None:
    (one,) = changes("key.switched", {"before": None, "after": "SHA256:abc"})
    assert one == Change("key", True, None, Said("after", "SHA256:abc…", "SHA256:abc"))
