"""What people set for themselves, over HTTP."""

from uuid import uuid4

import pytest

from portal.store.tables import User
from tests.people.helpers import GOOD
from tests.support.person import Person


def test_name_and_time_zone(sign_in, tenant):
    person = sign_in(tenant.member)
    person.get("/profile/")
    page = person.submit("Save", name="Mel Moreno", time_zone="Asia/Tokyo")
    assert "saved" in page.text
    assert page.value("#name") == "Mel Moreno"
    assert "JST" in person.get("/profile/sign-ins").text


@pytest.mark.parametrize(
    "fields, sentence",
    [
        ({"name": " "}, "name"),
        ({"name": "x\u202ey"}, "turn the text"),
        ({"time_zone": "Moon/Base"}, "time zone"),
    ],
)
def test_mistakes(sign_in, tenant, fields, sentence):
    person = sign_in(tenant.member)
    person.get("/profile/")
    page = person.post("/profile/", **{"name": "Mel", "time_zone": "UTC", **fields})
    assert person.status == 422
    assert sentence in page.errors()[0]


def test_no_other_field_is_taken(sign_in, tenant):
    """T04."""
    person = sign_in(tenant.member)
    person.get("/profile/")
    person.post(
        "/profile/", name="Mel", time_zone="UTC", is_support="1", email="x@example.org", user_id=str(uuid4())
    )
    with tenant.work().read() as session:
        user = session.get(User, tenant.member.user_id)
        assert (user.is_support, user.email) == (False, tenant.member.email)


def test_password(sign_in, portal, tenant):
    """T19: the other browser is out at its next click."""
    elsewhere, person = sign_in(tenant.member), sign_in(tenant.member)
    person.get("/profile/password")
    page = person.submit("Change password", current=tenant.member.password, password=GOOD, repeat=GOOD)
    assert "changed" in page.text
    elsewhere.get("/profile/")
    assert elsewhere.path.startswith("/sign-in")
    Person(portal, tenant.member.email, GOOD).sign_in()


@pytest.mark.parametrize(
    "fields, sentence",
    [
        ({"current": "not mine"}, "not your password"),
        ({"password": "qwertyuiop", "repeat": "qwertyuiop"}, "easy to guess"),
        ({"repeat": "another one"}, "not the same"),
        ({"password": "x" * 300, "repeat": "x" * 300}, "at most 256"),
    ],
)
def test_password_mistakes(sign_in, tenant, fields, sentence):
    person = sign_in(tenant.member)
    person.get("/profile/password")
    given = {"current": tenant.member.password, "password": GOOD, "repeat": GOOD, **fields}
    page = person.submit("Change password", **given)
    assert person.status == 422
    assert sentence in page.errors()[0]
    assert GOOD not in page.html


def test_ending_one_sign_in(sign_in, tenant):
    elsewhere, person = sign_in(tenant.member), sign_in(tenant.member)
    page = person.get("/profile/sign-ins")
    assert "This browser" in page.text
    person.submit("End this sign-in")
    assert "You are signed in nowhere else" in person.page.text
    elsewhere.get("/profile/")
    assert elsewhere.path.startswith("/sign-in")


def test_ending_all_others(sign_in, tenant):
    others, person = [sign_in(tenant.member) for _ in range(2)], sign_in(tenant.member)
    person.get("/profile/sign-ins")
    page = person.submit("End all others")
    assert "2 other sign-ins ended" in page.text
    for other in others:
        other.get("/profile/")
        assert other.path.startswith("/sign-in")


def test_somebody_elses_sign_in(sign_in, tenant):
    """T01: the same answer as for one that never existed."""
    other, person = sign_in(tenant.member), sign_in(tenant.member)
    other.get("/profile/sign-ins")
    form = other.page.find("main td form[action]")
    stranger = sign_in(tenant.stranger)
    stranger.get("/profile/")
    stranger.post(str(form["action"]))
    answer = (stranger.status, stranger.told)
    stranger.get("/profile/")
    stranger.post(f"/profile/sign-ins/{uuid4()}/end")
    assert answer == (404, stranger.told)
    person.get("/profile/")
    assert person.path == "/profile/"
