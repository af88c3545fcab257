"""From an invitation to a second factor, to a board, and in again, in a browser; how every page looks."""

from datetime import timedelta
from secrets import token_hex

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from portal import clock
from portal.people import invitations
from portal.store.tables import SignIn, Tenant
from tests.browser.looking import look_at
from tests.browser.ways import Jira, clean
from tests.people.helpers import GOOD
from tests.support import factors

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
EMAIL = f"nia-{token_hex(4)}@example.org"


def press(page, name):
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def no_longer_proved(tenant):
    with tenant.work().within(None).write() as session:
        session.execute(update(SignIn).values(proved_at=clock.now() - timedelta(hours=2)))


def come_in_again(portal, tenant, page, secret):
    """In another browser, with the app's code; what is wrong with its pages."""
    wrong = []
    page.goto(tenant.path("people/"))
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(GOOD)
    press(page, "Sign in")
    wrong += look_at(page, "sign in code")
    page.get_by_label("Code", exact=True).fill("000000")
    press(page, "Sign in")
    wrong += look_at(page, "sign in code wrong")
    page.get_by_role("link", name="No phone at hand?").click()
    wrong += look_at(page, "sign in recovery")
    page.get_by_role("link", name="Use the code of your app").click()
    page.get_by_label("Code", exact=True).fill(factors.next_code(secret))
    press(page, "Sign in")
    expect(page).to_have_url(f"{portal.base_url}{tenant.path('people/')}")
    return wrong


def connect(page, shop):
    """From Home to a board, through Jira's consent, and back to the board."""
    page.get_by_text("Menu").click()  # pages were looked at on a phone last
    page.get_by_role("link", name="Boards", exact=True).click()
    page.get_by_role("link", name="Web shop", exact=True).click()
    press(page, "Connect to Jira")
    jira = Jira(page, "grace")
    jira.sign_in()
    jira.answer("Allow")
    clean(page, shop.board)
    expect(page.get_by_text("Acting as Grace Okafor. Not you?")).to_be_visible()
    expect(page.get_by_role("link", name="SHOP-5")).to_be_visible()


def test_story(portal, shop, new_window):
    """Invited to a tenant that requires one: accept, set it up, connect, see a board; sign in again."""
    tenant = shop.tenant
    with tenant.work().write() as session:
        session.get_one(Tenant, tenant.id).second_factor_required = True
    token, _ = invitations.make(tenant.work(tenant.admin), EMAIL, "admin")
    page, wrong = new_window().page, []
    page.goto(f"/invitation/{token.reveal()}")
    page.get_by_label("Your name").fill("Nia New")
    page.get_by_label("New password", exact=True).fill(GOOD)
    page.get_by_label("New password again").fill(GOOD)
    press(page, f"Join {tenant.name}")
    expect(page.get_by_text(f"{tenant.name} requires a second factor")).to_be_visible()
    wrong += look_at(page, "factor required")
    press(page, "Set up the second factor")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    wrong += look_at(page, "factor set up")
    page.get_by_text("Type it instead").click()
    secret = page.get_by_label("Secret", exact=True).input_value().replace(" ", "")
    page.get_by_label("Code", exact=True).fill("000000")
    press(page, "Switch it on")
    wrong += look_at(page, "factor set up wrong")
    page.get_by_label("Code", exact=True).fill(factors.next_code(secret))
    press(page, "Switch it on")
    codes = page.get_by_label("Recovery codes", exact=True).input_value().split()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    wrong += look_at(page, "factor codes")
    page.get_by_role("link", name="I have kept them, go on").click()
    expect(page).to_have_url(f"{portal.base_url}{tenant.path()}")
    connect(page, shop)
    for path in ("/profile/second-factor", "/profile/second-factor/off", tenant.path("people/second-factor")):
        page.goto(path)
        wrong += look_at(page, f"factor holds {path[-12:]}")
    no_longer_proved(tenant)
    page.goto(tenant.path("people/invite"))
    wrong += look_at(page, "confirm by code")
    page.get_by_role("link", name="No phone at hand?").click()
    page.get_by_label("Recovery code", exact=True).fill(codes[0])
    press(page, "Confirm")
    expect(page.get_by_text("9 recovery codes are left")).to_be_visible()
    expect(page).to_have_url(f"{portal.base_url}{tenant.path('people/invite')}")

    wrong += come_in_again(portal, tenant, new_window().page, secret)
    assert not wrong, "\n".join(wrong)


def test_pages_of_who_has_none(tenant, new_window):
    page, wrong = new_window().sign_in(tenant.admin), []
    for path in ("/profile/second-factor", tenant.path("people/second-factor")):
        page.goto(path)
        wrong += look_at(page, f"none {path[-12:]}")
    page.get_by_label("Everybody in this organisation").check()
    press(page, "Save")
    wrong += look_at(page, "none refused")
    no_longer_proved(tenant)
    page.goto(tenant.path("people/invite"))
    press(page, "Confirm")
    wrong += look_at(page, "confirm by password")
    assert not wrong, "\n".join(wrong)
