"""Support's search across tenants: by the index alone, written down first; who has to be asked tells nothing
(T05, T07)."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import event, select, update

from portal import clock
from portal.audit import searching
from portal.audit.filtering import NO_REQUEST
from portal.audit.log import record
from portal.audit.permits import ON_REQUEST
from portal.audit.searching import ALONE, EVENT, NO_ACCOUNT, NO_TENANT, OPEN_FOR, SAY_WHAT
from portal.days import NO_DAY
from portal.people.support_access import access_of, allow, ask, set_access
from portal.store.tables import PortalAuditEvent, User
from portal.store.work import OPERATOR, Actor, Work
from tests.audit.support_desk import REASON, work_of
from tests.support.person import Person
from tests.support.world import Someone, TenantWorld, World

pytestmark = pytest.mark.own_database

SignIn = Callable[[Someone], Person]
UTC = ZoneInfo("UTC")
NONE_OF_IT = "No organisation has this request in its record"


@pytest.fixture
def sue(world: World) -> Someone:
    """One of the support staff."""
    return world.support()


@pytest.fixture
def support(sue: Someone, sign_in: SignIn) -> Person:
    """Her, signed in."""
    return sign_in(sue)


def happened(tenant: TenantWorld, request_id: str, what: str = "account.saved", **about: object) -> UUID:
    """A line of the tenant's record, about an account."""
    account_id = uuid4()
    work = Work(tenant.store, tenant.id, Actor("person", tenant.admin.user_id, request_id=request_id))
    with work.write() as session:
        record(session, work, what, account_id=account_id, **about)  # type: ignore[arg-type]
    return account_id


def search(support: Person, **typed: str) -> Person:
    support.get("/support/search")
    support.submit("Search", **typed)
    return support


def searches_of(sue: Someone, tenant: TenantWorld) -> list[PortalAuditEvent]:
    mine = (PortalAuditEvent.actor_id == sue.user_id) & (PortalAuditEvent.event == EVENT)
    with Work(tenant.store, None, OPERATOR).read() as session:
        return list(session.scalars(select(PortalAuditEvent).where(mine).order_by(PortalAuditEvent.seq)))


def rows(support: Person) -> list[str]:
    """What the lists of the page say, a row each, without names of columns."""
    return [row.get_text(" ", strip=True) for row in support.page.soup.select("main tbody tr")]


def test_from_a_request_id_to_the_line(support: Person, sue: Someone, tenant: TenantWorld) -> None:
    request_id = uuid4().hex
    account_id = happened(tenant, request_id, "credential.refused", outcome="failed", code="refused")
    support.get("/support/")
    support.click("Search all organisations")
    support.submit("Search", request_id=f" {request_id} ")
    (found,) = rows(support)
    assert found.startswith("Jira refused the credential Failed") and tenant.name in found
    assert str(account_id)[:8] in found and "Ada" not in support.page.text
    support.click(f"Visit to read it (line 1 of {tenant.name})")
    assert support.page.find("textarea[name=reason]").get_text().strip() == f"Request {request_id}"
    support.submit("Open the visit")
    assert support.path == f"/support/tenants/{tenant.id}/audit/1"
    assert "Ada Admin" in support.page.text
    (line,) = searches_of(sue, tenant)
    assert line.details == {"searched": {"request_id": request_id, "zone": "UTC"}}
    support.get(f"/support/searches/{line.seq}")
    support.click(f"Read the line 1 of {tenant.name}")
    assert support.path == f"/support/tenants/{tenant.id}/audit/1"


def test_who_has_to_be_asked_shows_that_something_fits_and_no_more(
    support: Person, sue: Someone, tenant: TenantWorld, world: World
) -> None:
    other, request_id = world.tenant("Zeta"), uuid4().hex
    for one in (tenant, other):
        account_id = happened(one, request_id)
    happened(other, request_id)
    set_access(other.work(other.admin), ON_REQUEST)
    open_line, closed = rows(search(support, request_id=request_id))
    assert open_line.startswith("ALM account saved") and tenant.name in open_line
    assert (
        closed == f"{other.name} One match or more Lets support in on request. Ask to visit to {other.name}"
    )
    assert str(account_id)[:8] not in support.page.text, "of which account is not told"
    support.click(f"Ask to visit to {other.name}")
    assert support.page.find("textarea[name=reason]").get_text().strip() == f"Request {request_id}"
    support.submit("Ask its admins")
    (question,) = access_of(other.work(other.admin)).asking
    allow(other.work(other.admin), question.id, "1")
    assert len(rows(search(support, request_id=request_id))) == 3
    # The other one does not fit what is looked for: nothing is told of it at all.
    assert rows(search(support, request_id=uuid4().hex)) == [] and NONE_OF_IT in support.page.text


def test_each_field_narrows(support: Person, sue: Someone, tenant: TenantWorld) -> None:
    happened(tenant, "first-one", "credential.refused", outcome="failed", code="refused")
    with time_machine.travel(clock.now() - timedelta(days=3)):
        account_id = happened(tenant, "second-one", "account.saved")
    today, tomorrow = (f"{clock.now() + timedelta(days=days):%Y-%m-%d}" for days in (0, 1))
    failed, saved = "Jira refused the credential", "ALM account saved"
    for typed, told in (
        ({}, [failed, saved]),
        ({"outcome": "failed"}, [failed]),
        ({"event": "account.saved"}, [saved]),
        ({"account": str(account_id)}, [saved]),
        ({"account": account_id.hex.upper()}, [saved]),
        ({"since": today, "until": tomorrow}, [failed]),
        ({"until": f"{clock.now() - timedelta(days=2):%Y-%m-%d}"}, [saved]),
    ):
        found = rows(search(support, tenant=tenant.slug, **typed))
        assert [one.split(" Failed")[0].split(f" {tenant.name}")[0] for one in found] == told, typed
        assert ("Organisation" in support.page.text) and tenant.name in support.page.text
    assert len(searches_of(sue, tenant)) == 7
    assert searches_of(sue, tenant)[0].details["searched"]["tenant"] == str(tenant.id)


def test_what_cannot_be_read_is_told_and_kept(support: Person, sue: Someone, tenant: TenantWorld) -> None:
    for typed, told in (
        ({"request_id": "two words"}, NO_REQUEST),
        ({"request_id": "é"}, NO_REQUEST),
        ({"request_id": "x" * 41}, NO_REQUEST),
        ({"account": "4711"}, NO_ACCOUNT),
        ({"account": "٣" * 32}, NO_ACCOUNT),
        ({"tenant": "never-there"}, NO_TENANT),
        ({"tenant": "ü\0"}, NO_TENANT),
        ({"since": "soon"}, NO_DAY),
        ({"event": ""}, SAY_WHAT),
        ({"event": "account.saved"}, ALONE),
        ({"outcome": "failed"}, ALONE),
        ({"outcome": "failed", "until": "2026-01-01"}, ALONE),
    ):
        search(support, **typed)
        assert support.status == 422 and support.page.errors() == [told], typed
        for name, value in typed.items():
            if value.isprintable():
                assert value in str(support.page.find(f"[name={name}]")), "what was typed is kept"
    for forged in ({"event": "no.event"}, {"outcome": "odd"}, {"zone": "Mars/Base"}):
        support.get("/support/search")
        support.post("/support/search", **forged)
        assert support.status == 422, forged
    assert searches_of(sue, tenant) == []


def test_pages_by_key_show_each_line_once(
    support: Person, tenant: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines of one moment too: the tenant and the number tell them apart."""
    monkeypatch.setattr(searching, "HITS_A_PAGE", 2)
    request_id = uuid4().hex
    assert tenant.other
    with time_machine.travel(clock.now(), tick=False):
        for one in (tenant, tenant.other, tenant, tenant.other, tenant):
            happened(one, request_id)
    search(support, request_id=request_id)
    pages = [links(support)]
    while support.page.has("Older lines"):
        support.click("Older lines")
        pages.append(links(support))
    assert [len(page) for page in pages] == [2, 2, 1]
    assert len({link for page in pages for link in page}) == 5
    support.click("Back to the newest")
    assert links(support) == pages[0]
    for odd in ("x", "2026-01-01_x_1", "2026-01-01T00:00:00+00:00_" + uuid4().hex + "_" + "9" * 30, "\0"):
        support.get(support.path.partition("?")[0], params={"before": odd})
        assert support.status == 200 and links(support) == pages[0]


def links(support: Person) -> list[str]:
    return [str(one["href"]) for one in support.page.soup.select("main td a")]


def test_results_are_ones_own_and_for_an_hour(
    support: Person, sue: Someone, tenant: TenantWorld, sign_in: SignIn, world: World
) -> None:
    search(support, tenant=tenant.slug)
    path = support.path
    line = searches_of(sue, tenant)[-1]
    colleague = sign_in(world.support())
    for person, odd in ((colleague, path), (support, f"/support/searches/{line.seq - 1}")):
        person.get(odd)
        assert person.status == 404, "nobody else's, and no other line"
    for never in ("0", "999999", "9" * 30):
        support.get(f"/support/searches/{never}")
        assert support.status == 404
    for someone in (tenant.admin, tenant.member):
        person = sign_in(someone)
        for page in (path, "/support/search"):
            person.get(page)
            assert person.status == 404
    work = work_of(sue, tenant)
    with time_machine.travel(clock.now() + OPEN_FOR + timedelta(seconds=1)):
        assert searching.results(work, line.seq) is None
    with Work(tenant.store, None, OPERATOR).write() as session:
        session.execute(update(User).where(User.id == sue.user_id).values(is_support=False))
    support.get(path)
    assert support.status == 404


def test_only_the_index_is_asked(sue: Someone, tenant: TenantWorld) -> None:
    """No statement of a search names a table with a person or a detail of the tenant's in it."""
    happened(tenant, "r-1")
    work, seen = work_of(sue, tenant), []
    seq = searching.search(work, {"request_id": "r-1"}, UTC)
    event.listen(tenant.store.engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
    found = searching.results(work, seq)
    assert found and found.hits
    text = " ".join(seen)
    assert "audit_index" in text
    for table in ("audit_events", "memberships", "alm_accounts", "credentials", "invitations"):
        assert f"FROM {table}" not in text.replace("portal_audit_events", "") and f"JOIN {table}" not in text


def test_asking_and_searching_write_what_is_listed(sue: Someone, tenant: TenantWorld) -> None:
    """All that support does goes through the wall that refuses any other table."""
    set_access(tenant.work(tenant.admin), ON_REQUEST)
    ask(work_of(sue, tenant), tenant.id, REASON)
    searching.search(work_of(sue, tenant), {"tenant": tenant.slug}, UTC)
    assert len(searches_of(sue, tenant)) == 1
