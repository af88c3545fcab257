"""Who guesses is slowed, and whose password is guessed comes in: by the pages, from many networks (T21)."""

import re
from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.people import resets
from portal.store import due
from portal.store.work import OPERATOR, Work
from tests.people.helpers import GOOD
from tests.support.page import Page
from tests.support.portals import make_app

NETWORK, OFFICE = "203.0.113.66", "198.51.100.66"


class Guest:
    """A browser somewhere, without JavaScript."""

    def __init__(self, portal, network, app=None):
        self.client, self.network = portal.client(app), {"REMOTE_ADDR": network}

    def send(self, path, **fields):
        html = self.client.get(path, environ_overrides=self.network).text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
        fields["csrf_token"] = token.group(1)
        return self.client.post(path, data=fields, environ_overrides=self.network)

    def sign_in(self, email, password):
        return self.send("/sign-in", email=email, password=password)


@pytest.fixture
def strict(portal):
    """The portal with no more than six wrong tries from one network."""
    app = make_app(portal.settings.model_copy(update={"sign_in_tries": 6, "smtp_url": "smtp://127.0.0.1:1"}))
    portal.catch_log()
    yield app
    app.extensions["almoner"].store.engine.dispose()


def test_story(portal, tenant):
    mel, guesser = tenant.member, Guest(portal, NETWORK)
    at_home = Guest(portal, OFFICE)
    assert at_home.sign_in(mel.email, mel.password).status_code == 303
    with time_machine.travel(clock.now(), tick=False):
        for _ in range(5):
            assert guesser.sign_in(mel.email, "no idea at all").status_code == 422
        told = guesser.sign_in(mel.email, "no idea at all")
    assert (told.status_code, told.headers["Retry-After"]) == (429, "720")
    page = Page(told.text)
    assert "Try again in 12 minutes" in page.text and "Forgot your password?" in page.text
    assert page.value("#email") == mel.email and "no idea at all" not in told.text
    assert guesser.sign_in(mel.email, mel.password).status_code == 429, "right or wrong is not told"
    assert Guest(portal, "203.0.113.67").sign_in(mel.email, mel.password).status_code == 303
    at_home.network = guesser.network
    at_home.client.delete_cookie("almoner", domain="127.0.0.1")  # that sign-in is over
    assert at_home.sign_in(mel.email, mel.password).status_code == 303, "the browser is known"
    with time_machine.travel(clock.now() + timedelta(hours=1, minutes=1)):
        assert guesser.sign_in(mel.email, mel.password).status_code == 303


def test_the_cookie_of_a_known_browser(portal, tenant):
    answer = Guest(portal, OFFICE).sign_in(tenant.member.email, tenant.member.password)
    [cookie] = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("almoner-known=")]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age=15552000" in cookie
    assert tenant.member.email not in cookie and str(tenant.member.user_id) not in cookie
    wrong = Guest(portal, OFFICE).sign_in(tenant.member.email, GOOD)
    assert "almoner-known" not in str(wrong.headers)


def test_a_reset_link_lets_the_owner_in_at_once(portal, tenant):
    """However many networks guess."""
    mel, mine = tenant.member, Guest(portal, "203.0.113.80")
    for _ in range(6):
        mine.sign_in(mel.email, GOOD)
    assert mine.sign_in(mel.email, mel.password).status_code == 429
    link = resets.make_for(Work(portal.store, None, OPERATOR), mel.email).reveal()
    assert mine.send(f"/reset/{link}", password=GOOD, repeat=GOOD).status_code == 303
    assert mine.sign_in(mel.email, GOOD).status_code == 303


def test_one_network_on_many_accounts(portal, strict, tenant):
    mel, guesser = tenant.member, Guest(portal, "203.0.113.90", strict)
    ends = [guesser.sign_in(f"p{number}-{mel.email}", GOOD).status_code for number in range(9)]
    assert ends == [422] * 6 + [429] * 3
    assert guesser.sign_in(mel.email, mel.password).status_code == 429
    assert Guest(portal, "203.0.113.91", strict).sign_in(mel.email, mel.password).status_code == 303


def test_one_network_asks_for_many_links(portal, strict, tenant):
    asking = Guest(portal, "203.0.113.100", strict)
    ends = [asking.send("/forgotten-password", email=tenant.member.email) for _ in range(7)]
    assert [one.status_code for one in ends] == [303] * 6 + [429]
    assert ends[-1].headers["Retry-After"] and "Try again in" in Page(ends[-1].text).text
    with Work(portal.store, None, OPERATOR).write() as session:
        due.drop(session, resets.KIND, tenant.member.user_id)  # other tests look that nothing waits


def test_a_present_password_tried_too_often(sign_in, tenant):
    person = sign_in(tenant.member)
    for _ in range(11):
        person.get("/profile/password")
        person.submit("Change password", current="not it at all", password=GOOD, repeat=GOOD)
    assert person.status == 429 and int(person.response.headers["Retry-After"]) <= 180
    assert "then go back and try again" in person.page.text
