"""Signing in and out, over HTTP."""

from datetime import timedelta

import pytest
import requests
import time_machine

from portal import clock
from portal.store.tables import SignIn, Tenant
from tests.people.helpers import set_user
from tests.support.person import Person


def cookie_of(person: Person) -> str:
    return person.session.cookies["almoner"]


def with_cookie(portal, value: str) -> Person:
    someone = Person(portal)
    someone.session.cookies.set("almoner", value, domain="127.0.0.1")
    return someone


def is_in(person: Person) -> bool:
    person.get("/profile/")
    return person.path == "/profile/"


def test_story(portal, tenant):
    person = Person(portal)
    person.get("/")
    assert person.path == "/sign-in"
    page = person.submit("Sign in", email=tenant.member.email, password="not this one")
    assert person.status == 422
    assert "not right" in page.text
    person.submit("Sign in", email=tenant.member.email, password=tenant.member.password)
    assert person.path == f"/t/{tenant.slug}/"
    person.get("/profile/")
    page = person.submit("Sign out")
    assert person.path == "/sign-in"
    assert "You are signed out" in page.text
    assert not is_in(person)


def test_wanted_page_comes_after_sign_in(portal, tenant):
    person = Person(portal)
    person.get(tenant.path("people/"))
    assert person.path.startswith("/sign-in?next=")
    person.submit("Sign in", email=tenant.member.email, password=tenant.member.password)
    assert person.path == tenant.path("people/")


def test_wanted_page_survives_a_wrong_password(portal, tenant):
    person = Person(portal)
    person.get(tenant.path("people/"))
    person.submit("Sign in", email=tenant.member.email, password="not this one")
    person.submit("Sign in", email=tenant.member.email, password=tenant.member.password)
    assert person.path == tenant.path("people/")


def test_one_answer_for_unknown_wrong_and_disabled(portal, tenant):
    """T20."""
    set_user(tenant.work(), tenant.second.user_id, disabled_at=clock.now())
    answers = set()
    for email, password in (
        ("nobody-at-all@example.org", "a password of theirs"),
        (tenant.member.email, "a password of theirs"),
        (tenant.second.email, tenant.second.password),
    ):
        person = Person(portal)
        person.get("/sign-in")
        html = person.submit("Sign in", email=email, password=password).html
        for changing in (email, person.csrf_token(), person.response.headers["X-Request-Id"]):
            html = html.replace(changing, "")
        answers.add((person.status, html))
    assert len(answers) == 1


def test_typed_password_is_not_sent_back(portal, tenant):
    person = Person(portal)
    person.get("/sign-in")
    assert (
        "my secret typing"
        not in person.submit("Sign in", email="x@example.org", password="my secret typing").html
    )


@pytest.mark.parametrize("missing", ["email", "password"])
def test_empty_fields(portal, missing):
    person = Person(portal)
    person.get("/sign-in")
    page = person.submit("Sign in", **{"email": "a@example.org", "password": "some", missing: ""})
    assert person.status == 422
    assert len(page.errors()) == 1


def test_new_session_at_sign_in(portal, tenant):
    """T19: a planted cookie is worth nothing afterwards, and neither is its form token."""
    person = Person(portal)
    person.get("/sign-in")
    planted, token = cookie_of(person), person.csrf_token()
    person.submit("Sign in", email=tenant.member.email, password=tenant.member.password)
    assert cookie_of(person) != planted
    assert not is_in(with_cookie(portal, planted))
    person.get("/profile/")
    assert person.csrf_token() != token
    person.session.post(portal.base_url + "/sign-out", data={"csrf_token": token}, timeout=10)
    assert is_in(person)


def test_cookie_is_worth_nothing_after_sign_out(sign_in, portal, tenant):
    """T19."""
    person = sign_in(tenant.member)
    stolen = cookie_of(person)
    assert is_in(with_cookie(portal, stolen))
    person.get("/profile/")
    person.submit("Sign out")
    assert not is_in(with_cookie(portal, stolen))


def test_cookie_flags(portal):
    """T19."""
    answer = requests.get(portal.base_url + "/sign-in", timeout=10)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert "Domain" not in cookie
    assert answer.headers["Cache-Control"] == "no-store"


def test_changed_cookie(sign_in, portal, tenant):
    good = cookie_of(sign_in(tenant.member))
    for bad in (good[:-2] + "xx", "x" + good, "", "null", "a.b.c", good.replace(".", "", 1)):
        assert not is_in(with_cookie(portal, bad))


def test_idle_and_absolute_limits(sign_in, portal, tenant):
    """T19."""
    person, began = sign_in(tenant.member), clock.now()
    with time_machine.travel(began + timedelta(minutes=100)):
        assert is_in(person)
    with time_machine.travel(began + timedelta(minutes=100 + 121)):
        assert not is_in(person)


def test_sign_out_is_a_post_with_a_token(sign_in, portal, tenant):
    """T08."""
    person = sign_in(tenant.member)
    person.get("/sign-out")
    assert person.status == 405
    answer = person.session.post(portal.base_url + "/sign-out", timeout=10)
    assert answer.status_code == 400
    assert is_in(person)


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_sign_in_from_another_site(portal, tenant, headers):
    """T08."""
    person = Person(portal)
    person.get("/sign-in")
    fields = {
        "csrf_token": person.csrf_token(),
        "email": tenant.member.email,
        "password": tenant.member.password,
    }
    answer = person.session.post(portal.base_url + "/sign-in", data=fields, headers=headers, timeout=10)
    assert answer.status_code == 400
    assert not is_in(person)


def test_disabled_person_is_out_at_the_next_click(sign_in, tenant):
    """T06."""
    person = sign_in(tenant.member)
    set_user(tenant.work(), tenant.member.user_id, disabled_at=clock.now())
    assert not is_in(person)


def test_ended_sign_in_is_out_at_the_next_click(sign_in, tenant):
    person = sign_in(tenant.member)
    with tenant.work().within(None).write() as session:
        for row in session.query(SignIn).filter(SignIn.user_id == tenant.member.user_id):
            row.ended_at = clock.now()
    assert not is_in(person)


def test_several_tenants_are_offered(sign_in, world, tenant):
    world.join(tenant.member, tenant.other.id)
    person = sign_in(tenant.member)
    assert person.path == "/"
    assert person.page.link(tenant.name, "main") == f"/t/{tenant.slug}/"
    assert person.page.link(tenant.other.name, "main") == f"/t/{tenant.other.slug}/"


def test_no_tenant(sign_in, world):
    person = sign_in(world.person())
    assert person.path == "/"
    assert "You belong to no organisation" in person.page.text


def test_suspended_tenant(sign_in, tenant):
    with tenant.work().write() as session:
        session.get(Tenant, tenant.id).suspended_at = clock.now()
    person = sign_in(tenant.member)
    assert (person.status, person.path) == (403, tenant.path())
    assert f"{tenant.name} is suspended" in person.page.text


def test_support_goes_to_its_own_page(sign_in, world):
    person = sign_in(world.support())
    assert person.path.startswith("/support")


def test_who_is_in_does_not_sign_in_again(sign_in, tenant):
    person = sign_in(tenant.member)
    person.get("/sign-in?next=/profile/")
    assert person.path == "/profile/"


def test_neither_password_nor_token_is_logged(sign_in, portal, tenant):
    person = sign_in(tenant.member)
    log = portal.log_text()
    assert tenant.member.password not in log
    assert cookie_of(person) not in log
