"""A form makes one key, however often it is sent: by a reload, by the way back, twice at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from portal import clock
from portal.programs import making
from portal.programs.keys import WRITE_DELIVERIES
from portal.programs.making import MadeBefore
from portal.programs.typed_keys import Typed
from portal.store.tables import ProgramKey
from tests.support import canaries
from tests.support.delivery_rows import delivering_account
from tests.support.person import Person
from tests.support.world import TenantWorld

SOON = (clock.now() + timedelta(days=2)).date().isoformat()


def made(tenant: TenantWorld) -> list[UUID]:
    with tenant.work().read() as session:
        return list(session.scalars(select(ProgramKey.id)))


def test_a_reload_makes_no_second_key(tenant: TenantWorld, admin: Person) -> None:
    """The browser sends the same form again: nothing is made, it says so, and what was typed stands there."""
    account_id = delivering_account(tenant)
    page = admin.get(tenant.path("programs/new"))
    once = page.value("[name=once]")
    form = {"name": "Jenkins", "accounts": [str(account_id)], "operations": [WRITE_DELIVERIES]}
    form["ends_on"] = SOON
    page = admin.submit("Make the key", **form)
    text = canaries.add(page.value("#program-key"))
    canaries.add(text[-38:])
    assert admin.response.headers["Cache-Control"] == "no-store"
    admin.get(tenant.path("programs/new"))
    page = admin.post(tenant.path("programs/new"), **form, once=once)
    assert admin.status == 409 and "This form was sent before" in page.text
    assert not page.soup.select("#program-key") and made(tenant) == [UUID(once)]
    canaries.assert_none_in(admin.response.text, "the page")
    assert page.value("[name=name]") == "Jenkins" and page.value("[name=ends_on]") == SOON
    assert page.value("[name=once]") != once, "for another key"
    admin.click("Jenkins", ".banner")
    assert admin.status == 200 and admin.path.endswith(once)
    admin.post(tenant.path("programs/new"), **form, once=once)
    page = admin.submit("Make the key")
    canaries.add(page.value("#program-key"))
    assert admin.status == 200 and len(made(tenant)) == 2


def test_a_form_without_its_mark_makes_nothing(tenant: TenantWorld, admin: Person) -> None:
    form = {"name": "Jenkins", "accounts": [str(delivering_account(tenant))], "ends_on": SOON}
    form["operations"] = [WRITE_DELIVERIES]
    for once in ("", "x", "1"):
        admin.get(tenant.path("programs/new"))
        page = admin.post(tenant.path("programs/new"), **form, once=once)
        assert (admin.status, made(tenant)) == (422, []), once
        assert "press the button again" in page.text and page.value("[name=name]") == "Jenkins"
    canaries.add(admin.submit("Make the key").value("#program-key"))
    assert admin.status == 200


def test_the_same_form_twice_at_once(tenant: TenantWorld) -> None:
    """A double click: one key, and the other request is told."""
    key_id = uuid4()
    typed = Typed("Jenkins", [str(delivering_account(tenant))], [WRITE_DELIVERIES], SOON)

    def make(_: int) -> str:
        try:
            text, _view = making.make(tenant.work(tenant.admin), key_id, typed)
        except MadeBefore as before:
            assert before.key_id == key_id
            return "before"
        canaries.add(text.reveal())
        return "made"

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(make, range(4))) == ["before", "before", "before", "made"]
    assert made(tenant) == [key_id]
