"""One key takes the place of another: a second of the same name that may do the same."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from portal import clock
from portal.errors import FieldErrors
from portal.programs import making
from portal.programs.keys import WRITE_DELIVERIES
from portal.programs.typed_keys import Typed
from portal.store.tables import AlmAccount, AuditEvent, ProgramKey
from tests.programs.conftest import DAY, make, shown_key
from tests.support import canaries
from tests.support.delivery_rows import delivering_account
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.programs import program_key, send
from tests.support.samples import account
from tests.support.world import Someone, TenantWorld

pytestmark = pytest.mark.on_both(
    "test_story", "test_two_requests_at_once_make_no_third", "test_what_cannot_be"
)

THIRD = "Two keys of this name are live."


def day(days: int) -> str:
    """A day from today."""
    return (clock.now() + days * DAY).date().isoformat()


def replaced(admin: Person, key_page: str, ends_on: str = "") -> str:
    """The text of the key that was made in the place of the one with this page."""
    admin.get(key_page)
    admin.click("Replace this key …")
    admin.submit("Make the second key", **({"ends_on": ends_on} if ends_on else {}))
    return shown_key(admin)


def test_story(portal: Portal, tenant: TenantWorld, admin: Person) -> None:
    """Make the second, as the first but for its end, use it, see so on the page, revoke the first."""
    accounts = delivering_account(tenant, "Acme Cloud"), account(tenant, "Acme Server")
    limits = {"paths": ["rest/api/2/issue"], "networks": ["127.0.0.0/8"]}
    older = program_key(tenant, accounts, operations=["proxy:read", WRITE_DELIVERIES], **limits)
    key_page = tenant.path(f"programs/{older.id}")
    admin.get(key_page)
    page = admin.click("Replace this key …")
    for told in ("Acme Cloud, Acme Server", "rest/api/2/issue", "127.0.0.0/8", "proxy:read"):
        assert told in page.text, told
    text = replaced(admin, key_page, day(7))
    with tenant.work().read() as session:
        newer = session.scalars(select(ProgramKey).where(ProgramKey.id != older.id)).one()
    assert (newer.name, newer.paths, newer.networks) == ("Jenkins", *limits.values())
    assert newer.operations == ["proxy:read", WRITE_DELIVERIES]
    assert newer.ends_at == clock.end_of_day((clock.now() + 7 * DAY).date())
    page = admin.get(key_page)
    assert "Put the newer one in the place of the older" in page.text
    assert not page.has("Replace this key …") and not page.has("Revoke the older key …")
    header = {"Authorization": f"Bearer {text}"}
    for key_header in (older.header, header):
        answer = send(portal, "POST", f"alm-accounts/{accounts[0]}/builds", headers=key_header, json={})
        assert answer.status_code == 422
    older.change(last_used_at=clock.now() + DAY)
    assert "something may use it still" in admin.get(key_page).text
    older.change(last_used_at=clock.now() - DAY)
    page = admin.get(tenant.path(f"programs/{newer.id}"))
    assert "The newer one was used last." in page.text
    assert admin.click("Revoke the older key …") and str(older.id) in admin.path
    admin.submit("Revoke the key")
    assert "Two keys of this name" not in admin.get(tenant.path(f"programs/{newer.id}")).text
    assert "may do the same" in admin.get(key_page).text, "also one that is over can be replaced"
    with tenant.work().read() as session:
        lines = session.scalars(select(AuditEvent).where(AuditEvent.subject_id == newer.id)).all()
    assert [(line.event, line.details["ends"]) for line in lines] == [("program_key.made", day(7))] * 2


def test_capitals_make_no_other_name(tenant: TenantWorld, admin: Person) -> None:
    """Nor do those of other alphabets; each of the two shows the other."""
    account_id = delivering_account(tenant)
    key_ids = [program_key(tenant, [account_id], name).id for name in ("Straße Ä", "STRASSE ä")]
    admin.get(tenant.path("programs/new"))
    chosen = {"accounts": [str(account_id)], "operations": [WRITE_DELIVERIES]}
    page = admin.submit("Make the key", name="strasse Ä", **chosen)
    assert admin.status == 422 and THIRD in page.errors()[0]
    for key_id in key_ids:
        assert "Two keys of this name" in admin.get(tenant.path(f"programs/{key_id}")).text


def test_a_name_has_two_live_keys_at_most(tenant: TenantWorld, admin: Person) -> None:
    """A third is refused at the name, or above the form that has none; one that is over does not count."""
    account_id = delivering_account(tenant)
    first = program_key(tenant, [account_id])
    program_key(tenant, [account_id], ends_at=clock.now() - DAY)
    program_key(tenant, [account_id], revoked_at=clock.now())
    assert tenant.other
    program_key(tenant.other, [delivering_account(tenant.other)])
    make(admin, tenant, "Jenkins", account_id)
    for path, button in (("new", "Make the key"), (f"{first.id}/replace", "Make the second key")):
        admin.get(tenant.path(f"programs/{path}"))
        typed = {"name": "Jenkins", "operations": [WRITE_DELIVERIES]} if path == "new" else {}
        page = admin.submit(button, **typed)
        assert admin.status == 422 and THIRD in page.find(".error-summary").get_text(), path
    make(admin, tenant, "GitLab", account_id)
    assert len(live(tenant)) == 3


def live(tenant: TenantWorld) -> list[UUID]:
    """The keys that work."""
    works = ProgramKey.revoked_at.is_(None), ProgramKey.ends_at > clock.now()
    with tenant.work().read() as session:
        return list(session.scalars(select(ProgramKey.id).where(*works)))


def test_two_requests_at_once_make_no_third(tenant: TenantWorld) -> None:
    """Several replace a key in the same moment, some of them by a new key of its name: two are live."""
    account_id = delivering_account(tenant)
    key = program_key(tenant, [account_id])
    typed = Typed("Jenkins", [str(account_id)], [WRITE_DELIVERIES], day(1))

    def make_another(number: int) -> str:
        work = tenant.work(tenant.admin)
        try:
            if number % 2:
                text, _ = making.make(work, uuid4(), typed)
            else:
                text, _ = making.replace(work, uuid4(), key.id, day(1))
        except FieldErrors as error:
            return error.errors["name"][: len(THIRD)]
        canaries.add(text.reveal())
        return "made"

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(make_another, range(6))) == [THIRD] * 5 + ["made"]
    assert len(live(tenant)) == 2


def test_what_cannot_be(tenant: TenantWorld, admin: Person, sign_in: Callable[[Someone], Person]) -> None:
    """An end that is none; a form sent twice; a key without accounts; a key of others."""
    gone, stays = delivering_account(tenant, "Acme Cloud"), delivering_account(tenant, "Acme Labs")
    both, one = program_key(tenant, [gone, stays], "Both"), program_key(tenant, [gone], "One")
    path = tenant.path(f"programs/{both.id}/replace")
    with tenant.work().write() as session:
        session.delete(session.get_one(AlmAccount, (tenant.id, gone)))
    admin.get(path)
    page = admin.submit("Make the second key", ends_on=day(366))
    assert admin.status == 422 and page.value("[name=ends_on]") == day(366)
    once = page.value("[name=once]")
    admin.submit("Make the second key", ends_on=day(1))
    canaries.add(shown_key(admin))
    admin.get(path)
    page = admin.post(path, ends_on=day(1), once=once)
    assert admin.status == 409 and "This form was sent before" in page.text
    assert admin.get(tenant.path(f"programs/{once}")).text.count("Acme Labs") and len(live(tenant)) == 3
    assert not admin.get(tenant.path(f"programs/{one.id}")).has("Replace this key …")
    admin.get(tenant.path(f"programs/{one.id}/replace"))
    page = admin.submit("Make the second key", ends_on=day(1))
    assert admin.status == 409 and "Make a new key for the accounts there are" in page.text
    for someone, status in ((tenant.member, 403), (tenant.stranger, 404)):
        person = sign_in(someone)
        person.get(path)
        assert person.status == status
    assert tenant.other
    stranger = sign_in(tenant.stranger)
    for answer_path in (path, tenant.other.path(f"programs/{both.id}/replace")):
        stranger.get("/profile")
        stranger.post(answer_path, ends_on=day(1), once=str(uuid4()))
        assert stranger.status == 404
    assert len(live(tenant)) == 3
