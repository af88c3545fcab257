"""Invitation and reset links, over HTTP."""

from secrets import token_hex

import pytest

from portal.people import invitations, resets
from portal.people.texts import HAS_HIDDEN
from tests.people.helpers import GOOD
from tests.support.person import Person


@pytest.fixture
def invite(tenant):
    """Makes an invitation; the path of its link."""

    def make(email: str, role: str = "member") -> str:
        token, _ = invitations.make(tenant.work(tenant.admin), email, role)
        return f"/invitation/{token.reveal()}"

    return make


@pytest.fixture
def reset_path(tenant):
    token = resets.make_for_member(tenant.work(tenant.admin), tenant.member.user_id)
    return f"/reset/{token.reveal()}"


def new_email() -> str:
    return f"new-{token_hex(4)}@example.org"


def test_somebody_new_joins_and_is_in(portal, tenant, invite):
    email, person = new_email(), Person(portal)
    path = invite(email)
    page = person.get(path)
    assert tenant.name in page.h1 and email in page.text
    person.submit(f"Join {tenant.name}", name="Nia New", password=GOOD, repeat=GOOD)
    assert person.path == f"/t/{tenant.slug}/"
    person.get(tenant.path("people/"))
    assert "Nia New" in person.page.text


def test_somebody_known_signs_in_and_comes_back(portal, tenant, invite, world):
    someone = world.person()
    person = Person(portal, someone.email, someone.password)
    path = invite(someone.email)
    person.get(path)
    person.click("Sign in to join")
    person.submit("Sign in", email=someone.email, password=someone.password)
    assert person.path == path
    person.submit(f"Join {tenant.name}")
    assert person.path == f"/t/{tenant.slug}/"


def test_another_person_is_told_and_can_sign_out(sign_in, portal, tenant, invite, world):
    person, email = sign_in(world.person()), new_email()
    path = invite(email)
    page = person.get(path)
    assert "You are signed in as" in page.text
    assert not page.has(f"Join {tenant.name}")
    person.submit("Sign out", within_="main")
    assert person.path == path
    assert person.page.has(f"Join {tenant.name}")


def test_another_person_cannot_force_it(sign_in, portal, tenant, invite, world):
    """T04: the link alone is not enough."""
    someone, other = world.person(), world.person()
    person = sign_in(other)
    path = invite(someone.email)
    person.get(path)
    person.post(path, name="Mallory", password=GOOD, repeat=GOOD)
    assert person.status == 409
    person.get(tenant.path("people/"))
    assert person.status == 404


def test_role_in_the_form_changes_nothing(portal, tenant, invite):
    """T04."""
    person, path = Person(portal), invite(new_email())
    person.get(path)
    person.post(
        path, name="Nia New", password=GOOD, repeat=GOOD, role="admin", tenant_id=str(tenant.other.id)
    )
    person.get(tenant.path("people/invite"))
    assert person.status == 403
    person.get(tenant.other.path("people/"))
    assert person.status == 404


def test_dead_links_say_what_to_do(portal, tenant, invite):
    person, path = Person(portal), invite(new_email())
    person.get(path)
    person.submit(f"Join {tenant.name}", name="Nia New", password=GOOD, repeat=GOOD)
    for dead in (path, "/invitation/nonsense", "/reset/nonsense"):
        page = Person(portal).get(dead)
        assert "does not work" in page.text
        assert "new" in page.text


@pytest.mark.parametrize(
    "fields, sentence",
    [
        ({"password": "password123", "repeat": "password123"}, "easy to guess"),
        ({"password": "short", "repeat": "short"}, "at least 10"),
        ({"password": GOOD, "repeat": "another"}, "not the same"),
        ({"name": "\u202eevil"}, "turn the text around"),
        ({"name": ""}, "Enter your name"),
    ],
)
def test_mistakes_are_named_and_the_link_still_works(portal, tenant, invite, fields, sentence):
    person, path = Person(portal), invite(new_email())
    good = {"name": "Nia New", "password": GOOD, "repeat": GOOD}
    person.get(path)
    page = person.submit(f"Join {tenant.name}", **{**good, **fields})
    assert person.status == 422
    assert any(sentence in error for error in page.errors())
    person.submit(f"Join {tenant.name}", **good)
    assert person.path == f"/t/{tenant.slug}/"


def test_what_nobody_can_see_is_taken_out_of_the_field(portal, tenant, invite):
    """Whoever pasted it could not find it; the next press of the button is enough."""
    person, passwords = Person(portal), {"password": GOOD, "repeat": GOOD}
    person.get(invite(new_email()))
    page = person.submit(f"Join {tenant.name}", name="Ni\0a\u200b N\ufeffew\u202e", **passwords)
    assert (person.status, page.errors()) == (422, [HAS_HIDDEN])
    assert page.value("#name") == "Nia New"
    person.submit(f"Join {tenant.name}", **passwords)
    assert person.path == f"/t/{tenant.slug}/"


def test_what_is_too_long_or_was_lost_stays_in_the_field(portal, tenant, invite):
    person = Person(portal)
    person.get(invite(new_email()))
    for typed, sentence in (("x" * 100_000, "at most 120 characters"), ("Zo\ufffd", "lost on its way")):
        page = person.submit(f"Join {tenant.name}", name=typed, password=GOOD, repeat=GOOD)
        assert (person.status, len(page.errors())) == (422, 1)
        assert sentence in page.errors()[0] and page.value("#name") == typed


def test_an_address_with_what_nobody_can_see_signs_in(portal, tenant):
    person = Person(portal)
    person.get("/sign-in")
    page = person.submit("Sign in", email=f"\0{tenant.member.email}\u200b", password="not the one")
    assert person.status == 422 and page.value("#email") == tenant.member.email


def test_member_opening_a_link_again(sign_in, tenant, invite, world):
    someone = world.person()
    path = invite(someone.email)
    world.join(someone, tenant.id)
    page = sign_in(someone).get(path)
    assert "already" in page.text
    assert page.link(f"Go to {tenant.name}") == f"/t/{tenant.slug}/"


def test_reset(sign_in, portal, tenant, reset_path):
    elsewhere, person = sign_in(tenant.admin), Person(portal)
    page = person.get(reset_path)
    assert tenant.member.email in page.text
    person.submit("Set password", password=GOOD, repeat=GOOD)
    assert person.path == "/sign-in"
    person.submit("Sign in", email=tenant.member.email, password=GOOD)
    assert person.path == f"/t/{tenant.slug}/"
    elsewhere.get("/profile/")
    assert elsewhere.path == "/profile/"


def test_reset_ends_every_sign_in(sign_in, portal, tenant, reset_path):
    """T19, T22."""
    person = Person(portal)
    person.get(reset_path)
    before = sign_in(tenant.second)
    token = resets.make_for_member(tenant.work(tenant.admin), tenant.second.user_id)
    person.get(f"/reset/{token.reveal()}")
    person.submit("Set password", password=GOOD, repeat=GOOD)
    before.get("/profile/")
    assert before.path.startswith("/sign-in")


def test_tokens_are_logged_nowhere(portal, tenant, invite, reset_path):
    """T22, T39."""
    path = invite(new_email())
    for link in (path, reset_path):
        Person(portal).get(link)
        person = Person(portal)
        person.get(link)
        person.session.post(portal.base_url + link, data={"x": "y"}, timeout=10)
        assert link.rpartition("/")[2] not in portal.log_text()


def test_pages_of_links_are_kept_nowhere_and_tell_no_other_site(portal, invite, reset_path):
    """T22: no cache, and no Referer to another site."""
    for link in (invite(new_email()), reset_path):
        person = Person(portal)
        person.get(link)
        assert person.response.headers["Cache-Control"] == "no-store"
        assert person.response.headers["Referrer-Policy"] == "same-origin"
