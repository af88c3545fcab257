"""A tenant is suspended, or going to be deleted: what its people, strangers and programs find, over HTTP."""

import json
import re
from collections.abc import Callable

import pytest

from portal.people import tenant_ends, tenant_erasing
from portal.store.work import OPERATOR, Work
from tests.people.helpers import events
from tests.support.deliveries import DeliveryOffice, build, delivery_office
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import Someone, TenantWorld, World


@pytest.fixture
def chief(world: World, tenant: TenantWorld) -> Someone:
    """Another admin."""
    someone = world.person("Chris Chief")
    world.join(someone, tenant.id, "admin")
    return someone


@pytest.fixture
def operator(tenant: TenantWorld) -> Work:
    return Work(tenant.store, None, OPERATOR)


@pytest.fixture
def office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> DeliveryOffice:
    return delivery_office(portal, sandbox, tenant)


def never(tenant: TenantWorld, person: Person) -> str:
    """What the person gets of a tenant that never was."""
    person.get("/t/never-existed/boards")
    return without_ids(person)


def without_ids(person: Person) -> str:
    assert person.status == 404
    return re.sub(r"[0-9a-f]{32}", "", person.page.html)


def test_a_suspended_tenant(
    tenant: TenantWorld, operator: Work, office: DeliveryOffice, sign_in: Callable[[Someone], Person]
) -> None:
    """Its people are told, strangers see nothing, programs are refused, and what waited is sent when it goes
    on."""
    admin, member, stranger = (sign_in(one) for one in (tenant.admin, tenant.member, tenant.stranger))
    (waiting,) = office.accepted(build())
    tenant_ends.suspend(operator, tenant.slug)
    for person, ask in ((admin, "the operator of this portal"), (member, "an admin of your organisation")):
        for rest in ("", "boards", "people/leave", "settings/"):
            person.get(tenant.path(rest))
            assert person.status == 403 and person.page.h1 == f"{tenant.name} is suspended"
            assert f"Ask {ask} when it goes on" in person.page.text
        assert "Boards" not in person.page.html and not person.page.has(f"Keep {tenant.name}")
        person.post("/sign-out")
    before = never(tenant, stranger)
    stranger.get(tenant.path("boards"))
    assert without_ids(stranger) == before
    answer = office.post(build(2))
    assert answer.status_code == 403 and "suspended" in answer.json()["title"]

    assert office.turn() and office.sandbox.deliveries("builds") == []
    assert not office.turn(), "it is not looked at again at once"
    tenant_ends.resume(operator, tenant.slug)
    office.send()
    assert [row.state for row in office.deliveries()] == ["accepted"]
    assert office.get(waiting).json()["state"] == "accepted"
    assert sign_in(tenant.member).get(tenant.path("boards")).h1 == "Boards"
    told = ["tenant.suspended", "tenant.resumed"]
    assert [one for one in events(tenant.work()) if one.startswith("tenant.")] == told
    assert events(operator, tenant.id) == told


def test_who_belongs_to_two_goes_on_in_the_other(
    tenant: TenantWorld, operator: Work, world: World, sign_in: Callable[[Someone], Person]
) -> None:
    assert tenant.other
    world.join(tenant.member, tenant.other.id)
    tenant_ends.suspend(operator, tenant.slug)
    person = sign_in(tenant.member)
    home = person.get("/")
    assert home.h1 == "Your organisations" and "Suspended" in home.text
    assert tenant.name not in person.click(tenant.other.name).html, "the menu leads to where one can work"
    person.get("/profile/")
    assert person.page.has("ALM credentials")


def test_deletion_is_asked_for_and_taken_back(
    tenant: TenantWorld,
    chief: Someone,
    operator: Work,
    office: DeliveryOffice,
    sign_in: Callable[[Someone], Person],
) -> None:
    """From the settings to the closed page and back, with everything still there."""
    admin, member = sign_in(tenant.admin), sign_in(tenant.member)
    office.accepted(build())
    admin.get(tenant.path())
    admin.click("Settings", "nav")
    admin.click("Delete…")
    text = admin.page.text
    for said in ("1 ALM account with every key", "1 program key", "1 delivery that waits", "All 4 people"):
        assert said in text, said
    assert "in a backup they can be read until" in text and "Take application links" in text
    admin.submit(f"Delete {tenant.name}", typed_slug=tenant.name)
    assert admin.status == 422 and tenant.slug in admin.page.errors()[0]
    assert member.get(tenant.path()).h1 != f"{tenant.name} is going to be deleted"
    admin.submit(f"Delete {tenant.name}", typed_slug=tenant.slug)
    assert (admin.status, admin.path) == (403, tenant.path())
    assert admin.page.h1 == f"{tenant.name} is going to be deleted"
    assert office.post(build(2)).status_code == 403
    assert office.turn() and office.sandbox.deliveries("builds") == []

    member.get(tenant.path())
    assert member.page.h1 == admin.page.h1 and not member.page.has(f"Keep {tenant.name}")
    member.post(tenant.path("settings/take-back"))
    assert member.status == 403
    stranger = sign_in(tenant.stranger)
    stranger.get("/profile/")
    stranger.post(tenant.path("settings/take-back"))
    assert stranger.status == 404
    other = sign_in(chief)
    other.get(tenant.path("boards"))
    closed = other.page.text
    other.submit("Download the ALM accounts")
    assert json.loads(other.response.text)["alm_accounts"]
    other.get(tenant.path("boards"))
    other.submit("Download the activity")
    assert "tenant.deletion_asked" in other.response.text
    for way in ("settings/export-accounts", "activity/export"):
        for person, status in ((member, 403), (stranger, 404)):
            person.get("/profile/")
            person.post(tenant.path(way))
            assert person.status == status
    assert "No secret is in either" in closed and "take along" not in member.get(tenant.path("boards")).text
    tenant_ends.suspend(operator, tenant.slug)
    other.get(tenant.path("boards"))
    other.submit(f"Keep {tenant.name}")
    assert "is not deleted. It stays suspended by the operator" in other.page.text
    tenant_ends.resume(operator, tenant.slug)
    office.send()
    assert [row.state for row in office.deliveries()] == ["accepted"]
    other.post(tenant.path("settings/take-back"))
    assert other.status == 409
    told = [one for one in events(tenant.work()) if one.startswith("tenant.")]
    suspended = ["tenant.suspended", "tenant.deletion_taken_back", "tenant.resumed"]
    assert told == ["tenant.deletion_asked", *suspended]


def test_what_can_be_taken_along(
    tenant: TenantWorld, office: DeliveryOffice, sign_in: Callable[[Someone], Person]
) -> None:
    admin = sign_in(tenant.admin)
    admin.get(tenant.path("settings/delete"))
    page = admin.page
    admin.submit("Download the ALM accounts")
    [account] = json.loads(admin.response.text)["alm_accounts"]
    assert account["id"] == str(office.account_id)
    assert account["client_id"] == office.at_site.client_id
    assert office.at_site.client_secret not in admin.response.text
    assert ".json" in admin.response.headers["Content-Disposition"]
    assert admin.response.headers["Cache-Control"] == "no-store"
    admin.get(tenant.path("settings/delete"))
    assert admin.page.text == page.text
    admin.submit("Download the activity")
    lines = [json.loads(line) for line in admin.response.text.splitlines()]
    assert "accounts.exported" in [line["event"] for line in lines]


def test_a_deleted_tenant_is_as_if_it_never_was(
    tenant: TenantWorld, operator: Work, office: DeliveryOffice, sign_in: Callable[[Someone], Person]
) -> None:
    """For its people, its programs, its callbacks, and whoever is asked in by an older link."""
    admin = sign_in(tenant.admin)
    admin.get(tenant.path("people/invite"))
    admin.submit("Make the link", email="late@example.org", role="member")
    invitation = admin.page.value("#invitation-link")
    missing = never(tenant, admin)
    tenant_erasing.erase_now(operator, tenant.slug)
    for path in (tenant.path("boards"), f"/t/deleted-{tenant.id.hex[:12]}/boards"):
        admin.get(path)
        assert without_ids(admin) == missing
    assert "You belong to no organisation" in admin.get("/").text
    assert office.post(build()).status_code == 401
    late = Person(office.portal)
    late.get(invitation)
    assert late.status == 409 and tenant.name not in late.page.text
    callback = f"/oauth/{office.account_id}/callback?state=x&code=y"
    unknown = callback.replace(str(office.account_id), str(tenant.admin.user_id))
    pages = []
    for path in (callback, unknown):
        admin.get(path)
        pages.append((admin.status, admin.page.text))
    assert pages[0] == pages[1]


def test_settings_give_the_tenant_another_name(
    tenant: TenantWorld, sign_in: Callable[[Someone], Person]
) -> None:
    admin, member = sign_in(tenant.admin), sign_in(tenant.member)
    admin.get(tenant.path("settings/"))
    admin.submit("Save", name=" ")
    assert admin.status == 422
    admin.submit("Save", name="x" * 121)
    assert "at most 120" in admin.page.errors()[0]
    admin.submit("Save", name="Acme & Sons")
    assert "The settings are saved" in admin.page.text
    assert "Acme & Sons" in member.get(tenant.path("people/")).h1
    assert not member.page.has("Settings")
    member.get(tenant.path("settings/"))
    assert member.status == 403
    assert events(tenant.work()) == ["tenant.changed"]
