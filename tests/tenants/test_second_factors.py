"""Who has to have a second factor is led to set one up, and comes back; nobody else notices."""

from portal.people import invitations
from portal.store.tables import Tenant
from tests.people.helpers import events
from tests.support import factors
from tests.support.person import Person
from tests.support.programs import program_key

PAGE = "people/second-factor"


def require(tenant, is_required=True):
    with tenant.work().write() as session:
        session.get_one(Tenant, tenant.id).second_factor_required = is_required


def set_up(person):
    """Set it up on the page the person was led to; the secret."""
    secret = person.submit("Set up the second factor").value("#totp-secret").replace(" ", "")
    person.submit("Switch it on", code=factors.next_code(secret))
    return secret


def test_story_of_a_tenant(portal, tenant, sign_in, world):
    """An admin sets one up, requires it, sees who has none; a member is led to it and comes back."""
    ada, mel = sign_in(tenant.admin), sign_in(tenant.member)
    ada.get(tenant.path("people/"))
    page = ada.click("Second factor", within="main")
    assert ada.path == tenant.path(PAGE) and "3 of 3 people" in page.text and tenant.member.email in page.text
    page = ada.submit("Save", required=True)
    assert ada.status == 409 and "Set up a second factor for yourself first" in page.text
    assert mel.get(tenant.path("boards")) and mel.path == tenant.path("boards"), "nothing has changed"
    ada.get("/profile/second-factor")
    set_up(ada)
    ada.get(tenant.path(PAGE))
    page = ada.submit("Save", required=True)
    assert "required from everybody now" in page.text and "2 of 3 people" in page.text

    wanted = tenant.path("boards")
    page = mel.get(wanted)
    assert mel.path == f"/profile/second-factor?next={wanted}"
    assert f"{tenant.name} requires a second factor" in page.text
    set_up(mel)
    mel.click("I have kept them, go on")
    assert mel.path == wanted
    assert "1 of 3 people" in ada.get(tenant.path(PAGE)).text
    ada.submit("Save", required=False)
    sam = sign_in(tenant.second)
    assert sam.get(wanted) and sam.path == wanted
    assert [one for one in events(tenant.work()) if "factor" in one] == ["tenant.second_factor_changed"] * 2
    page = ada.get(tenant.path("activity/2"))
    assert "Second factor required yes no" in page.text


def test_without_one_nothing_of_the_tenant_opens(portal, tenant, sign_in, world):
    require(tenant)
    mel, ada, stranger = sign_in(tenant.member), sign_in(tenant.admin), sign_in(tenant.stranger)
    for person, path in (
        (mel, "people/"),
        (ada, "activity/"),
        (ada, PAGE),
        (mel, "profile/alm-credentials/"),
    ):
        person.get(tenant.path(path))
        assert person.path == f"/profile/second-factor?next={tenant.path(path)}"
    mel.get("/profile/")
    mel.post(tenant.path("people/leave"))
    assert mel.path.startswith("/profile/second-factor"), "nor by a form"
    for path in ("people/", PAGE, "no-such"):
        stranger.get(tenant.path(path))
        assert stranger.status == 404, "a stranger does not learn that it is required"
    mel.get(tenant.path(PAGE))
    key = program_key(tenant, [])
    answer = portal.client().get("/api/v1/openapi.json", headers=key.header)
    assert answer.status_code == 200
    home = mel.get("/")
    assert mel.path.startswith("/profile/second-factor") and home.has("Set up the second factor")


def test_members_and_strangers_may_not_switch_it(tenant, sign_in):
    for person, status in ((sign_in(tenant.member), 403), (sign_in(tenant.stranger), 404)):
        person.get(tenant.path(PAGE))
        assert person.status == status
        person.get("/profile/")
        person.post(tenant.path(PAGE), required="y")
        assert person.status == status
    with tenant.work().read() as session:
        assert not session.get_one(Tenant, tenant.id).second_factor_required


def test_an_invitation_leads_to_it_and_stands_in_for_none(portal, tenant, world):
    """Somebody new sets one up after joining; somebody who has one needs it to join."""
    require(tenant)
    token, _ = invitations.make(tenant.work(tenant.admin), "new.one@example.org", "member")
    person = Person(portal)
    person.get(f"/invitation/{token.reveal()}")
    good = "violin harbour cactus meteor"
    person.submit(f"Join {tenant.name}", name="Nia New", password=good, repeat=good)
    assert person.path == f"/profile/second-factor?next={tenant.path()}"
    set_up(person)
    person.click("I have kept them, go on")
    assert person.path == tenant.path()

    known = world.with_factor(world.person())
    token, _ = invitations.make(tenant.work(tenant.admin), known.email, "member")
    path = f"/invitation/{token.reveal()}"
    person = Person(portal)
    person.get(path)
    person.click("Sign in to join")
    person.submit("Sign in", email=known.email, password=known.password)
    assert person.path == f"/sign-in/code?next={path}"
    person.get(path)
    assert not person.page.has(f"Join {tenant.name}"), "half a sign-in joins nothing"
    person.get(f"/sign-in/code?next={path}")
    person.submit("Sign in", code=factors.next_code(known.totp))
    person.submit(f"Join {tenant.name}")
    assert person.path == tenant.path()


def test_support_sees_nothing_without_one(portal, tenant, world):
    bare = world.person("Sue Support", is_support=True)
    sue = Person(portal, bare.email, bare.password)
    sue.get("/sign-in")
    page = sue.submit("Sign in", email=bare.email, password=bare.password)
    assert sue.path == "/profile/second-factor?next=/support/", "the first sign-in leads to it"
    assert "Support requires a second factor" in page.text
    for path in ("audit", "audit/1", "visit"):
        path = f"/support/tenants/{tenant.id}/{path}"
        sue.get(path)
        assert sue.path == f"/profile/second-factor?next={path}"
    sue.post(f"/support/tenants/{tenant.id}/visit", reason="A ticket about it")
    assert sue.path.startswith("/profile/second-factor")
    assert "support.visit_opened" not in events(tenant.work())
    sue.get("/support/")
    secret = set_up(sue)
    sue.click("I have kept them, go on")
    assert sue.status == 200 and sue.path == "/support/"
    sue.get("/profile/second-factor/off")
    sue.submit("Switch it off", code=factors.next_code(secret))
    sue.get("/support/")
    assert sue.path == "/profile/second-factor?next=/support/", "from the next request on"
