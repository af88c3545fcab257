"""*Confirm that it is you*: before secrets, keys, roles, removals, exports and deletions, over HTTP."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal import clock
from portal.people import invitations
from portal.store.tables import SignIn
from portal.store.work import NOBODY, Work
from portal.web.access import Access, access_of
from tests.people.helpers import events
from tests.signin.test_next import HOSTILE
from tests.support import factors

# What asks for a recent proof. A new view that takes a secret, makes a key, gives a role, removes somebody,
# exports or deletes carries the mark and stands here.
PROVED = {
    "alm_accounts.delete",
    "alm_credentials.allow_programs",
    "audit.export",
    "emails.change",
    "keys.make_next",
    "keys.show",
    "keys.switch",
    "link_script.run",
    "programs.confirm_revoke",
    "programs.new",
    "programs.replace",
    "programs.revoke",
    "second_factor.begin",
    "second_factor.make_codes",
    "second_factor.set_up",
    "second_factor.switch_off",
    "second_factors.show",
    "set_up.make_key",
    "set_up.save",
    "set_up.show",
    "support_access.allow",
    "support_access.change",
    "tenant_settings.delete",
    "tenant_settings.export_accounts",
    "tenants.change_role",
    "tenants.confirm_remove",
    "tenants.invite",
    "tenants.person",
    "tenants.remove",
    "tenants.reset_link",
    "tenants.send_again",
    "tokens.connect",
    "tokens.show",
}
HOURS = timedelta(hours=1)


def proved_ago(tenant, someone, ago):
    """Let every sign-in of the person have been proved so long ago."""
    with tenant.work().within(None).write() as session:
        of = SignIn.user_id == someone.user_id
        session.execute(update(SignIn).where(of).values(proved_at=clock.now() - ago))


def open_invitations(tenant):
    return [one.email for one in invitations.list_open(tenant.work(tenant.admin))]


def test_which_routes_ask(portal):
    views = portal.app.view_functions
    marked = {name for name, view in views.items() if getattr(view, "recently_proved", False)}
    assert marked == PROVED
    may_not = {Access.PUBLIC, Access.PROGRAM, None}
    assert {access_of(portal.app, name) for name in marked}.isdisjoint(may_not), "nobody could prove it there"


def test_story(sign_in, portal, tenant):
    ada, elsewhere = sign_in(tenant.admin), sign_in(tenant.admin)
    ada.get(tenant.path("people/invite"))
    assert ada.path == tenant.path("people/invite"), "signing in is a proof"
    proved_ago(tenant, tenant.admin, 1.1 * HOURS)
    ada.get(tenant.path("people/"))
    assert ada.path == tenant.path("people/"), "looking needs none"
    page = ada.click("Invite somebody")
    assert page.h1 == "Confirm that it is you" and ada.path == f"/confirm?next={tenant.path('people/invite')}"
    assert "not your password" in ada.submit("Confirm", password="not it at all").errors()[0]
    ada.submit("Confirm", password=tenant.admin.password)
    assert ada.path == tenant.path("people/invite")
    elsewhere.get(tenant.path("people/invite"))
    assert elsewhere.path.startswith("/confirm"), "each browser proves it for itself"
    lines = events(Work(portal.store, None, NOBODY), tenant.admin.user_id)
    assert lines[-2:] == ["sign_in.proof_failed", "sign_in.proved"]
    ada.get("/confirm?next=/profile/")
    assert ada.path == "/profile/", "nobody is asked twice"


def test_what_was_typed_in_time_is_not_lost(sign_in, tenant):
    ada = sign_in(tenant.admin)
    ada.get(tenant.path("people/invite"))
    proved_ago(tenant, tenant.admin, 2.9 * HOURS)
    ada.submit("Make the link", email="in.time@example.org")
    assert "The invitation is made" in ada.page.text and open_invitations(tenant) == ["in.time@example.org"]
    proved_ago(tenant, tenant.admin, timedelta(0))
    ada.get(tenant.path("people/invite"))
    proved_ago(tenant, tenant.admin, 3.1 * HOURS)
    page = ada.submit("Make the link", email="late@example.org")
    assert page.h1 == "Confirm that it is you" and "Nothing was sent and nothing was changed" in page.text
    assert open_invitations(tenant) == ["in.time@example.org"]
    ada.submit("Confirm", password=tenant.admin.password)
    assert ada.path == tenant.path("people/invite"), "back to the form"


def test_late_forms_of_other_pages_lead_back_to_theirs(sign_in, tenant):
    ada = sign_in(tenant.admin)
    ada.get(tenant.path(f"people/{tenant.second.user_id}"))
    proved_ago(tenant, tenant.admin, 4 * HOURS)
    ada.submit("Save role", role="admin")
    ada.submit("Confirm", password=tenant.admin.password)
    assert ada.path == tenant.path(f"people/{tenant.second.user_id}")
    assert ada.page.find("#role-0").has_attr("checked"), "still a member"


def test_with_a_second_factor_a_code_is_asked(sign_in, portal, tenant, world):
    admin = world.with_factor(tenant.admin)
    ada = sign_in(admin)
    proved_ago(tenant, admin, 2 * HOURS)
    page = ada.get(tenant.path("programs/new"))
    assert page.h1 == "Confirm that it is you" and not page.soup.select("input[type=password]")
    ada.post(ada.path, password=admin.password)
    assert ada.status == 422, "the password is not enough"
    ada.submit("Confirm", code="123")
    assert ada.status == 422
    code = factors.next_code(admin.totp)
    ada.submit("Confirm", code=code)
    assert ada.path == tenant.path("programs/new")
    ada.get("/profile/second-factor")
    [*codes] = ada.submit("Make new recovery codes").value("#recovery-codes").split()
    proved_ago(tenant, admin, 2 * HOURS)
    ada.get(tenant.path("programs/new"))
    assert "used already" in ada.submit("Confirm", code=code).errors()[0]
    ada.click("No phone at hand? Use a recovery code")
    page = ada.submit("Confirm", code=codes[0])
    assert ada.path == tenant.path("programs/new") and "9 recovery codes are left" in page.text


def test_guesses_are_counted(sign_in, tenant, world):
    admin = world.with_factor(tenant.admin)
    ada = sign_in(admin)
    proved_ago(tenant, admin, 2 * HOURS)
    ada.get("/confirm")
    for _ in range(11):
        if ada.status != 429:
            ada.submit("Confirm", code="000000")
    assert ada.status == 429 and "then go back and try again" in ada.page.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_it_leads_nowhere_else(sign_in, portal, tenant):
    """T15."""
    ada = sign_in(tenant.admin)
    for payload in HOSTILE[::3]:
        answer = ada.session.get(
            f"{portal.base_url}/confirm", params={"next": payload}, allow_redirects=False, timeout=10
        )
        assert answer.headers["Location"] == "/", payload
    proved_ago(tenant, tenant.admin, 4 * HOURS)
    ada.get("/profile/")
    fields = {"csrf_token": ada.csrf_token()}
    headers = {"Referer": "https://evil.example/profile/", "Sec-Fetch-Site": "same-origin"}
    answer = ada.session.post(
        f"{portal.base_url}/profile/second-factor/begin",
        data=fields,
        headers=headers,
        allow_redirects=False,
        timeout=10,
    )
    assert answer.headers["Location"] == "/confirm"


def test_who_has_gone_meanwhile_proves_nothing(sign_in, tenant):
    ada = sign_in(tenant.admin)
    proved_ago(tenant, tenant.admin, 2 * HOURS)
    ada.get("/confirm")
    with tenant.work().within(None).write() as session:
        for row in session.scalars(select(SignIn).where(SignIn.user_id == tenant.admin.user_id)):
            row.ended_at = clock.now()
    ada.submit("Confirm", password=tenant.admin.password)
    assert ada.status == 400 or ada.path.startswith("/sign-in")
