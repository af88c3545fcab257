"""The portal makes the application link itself, with a token or password that it keeps nowhere."""

from urllib.parse import quote

import pytest
from sqlalchemy import select

from portal.sandbox.people import USERS
from portal.store.tables import AuditEvent, TokenDraft
from tests.checklist.guides import GuideDesk, draft_desk
from tests.support import canaries
from tests.support.person import Person
from tests.support.portals import make_app
from tests.support.variants import variants

SECRET = "cnry-typed-0123456789abcdef"
MAKE = "Make the link in Jira"


@pytest.fixture
def desk(portal, sandbox, tenant) -> GuideDesk:
    """An account by application link that Jira knows nothing of."""
    return draft_desk(portal, sandbox, tenant)


@pytest.fixture
def admin(desk, sign_in) -> Person:
    """At the page that makes the link."""
    person = sign_in(desk.tenant.admin)
    person.get(path_of(desk))
    person.click("make the link from here")
    return person


def path_of(desk: GuideDesk, rest: str = "") -> str:
    return desk.tenant.path(f"alm-accounts/{desk.account_id}/link-script{rest}")


def codes(desk: GuideDesk) -> list[tuple[str, str]]:
    with desk.work.read() as session:
        wanted = select(AuditEvent).where(AuditEvent.event == "link.made_by_rest")
        return [
            (line.outcome, line.details["code"]) for line in session.scalars(wanted.order_by(AuditEvent.seq))
        ]


def test_a_token_used_once_makes_it_and_the_checklist_proves_it(desk, admin):
    secret = canaries.add(desk.sandbox.make_pat("admin"))
    admin.submit(MAKE, secret=secret)
    assert "Jira made the link" in admin.page.text and admin.path == desk.path()
    desk.wait(admin)
    assert desk.rows["client"].state == desk.rows["signature"].state == "proved"
    assert codes(desk) == [("ok", "made")]
    with desk.work.read() as session:
        assert not session.scalars(select(TokenDraft)).all()


def test_a_user_name_and_password_serve_too(desk, admin):
    admin.submit(MAKE, method="password", login="admin", secret=USERS["admin"].password)
    assert "Jira made the link" in admin.page.text


@pytest.mark.parametrize(
    ("switches", "user", "code", "told"),
    variants(
        [
            ({}, "ada", "link_rest_forbidden", "Jira answered 403"),
            ({}, None, "pat_refused", "does not accept the personal access token"),
            ({"links_interface": "not_found"}, "admin", "link_rest_missing", "Jira answered 404"),
            ({"status_5xx": 502}, "admin", None, "502"),
            ({"down": True}, "admin", "maintenance", "maintenance"),
        ]
    ),
)
def test_each_answer_has_words_and_the_guide_stands_beside_it(desk, admin, switches, user, code, told):
    secret = canaries.add(desk.sandbox.make_pat(user) if user else canaries.new("pat"))
    desk.sandbox.state(**switches)
    admin.submit(MAKE, secret=secret)
    assert admin.status == 409 and told in admin.page.text, admin.page.text[:600]
    assert admin.page.value("#consumer-key") and "BEGIN PUBLIC KEY" in admin.page.value("#public-key")
    assert "JRASERVER-71779" in admin.page.text
    [(outcome, recorded)] = codes(desk)
    assert outcome == "failed" and (code is None or recorded == code)


def test_a_second_one_is_told_as_such(desk, admin):
    admin.submit(MAKE, secret=desk.sandbox.make_pat("admin"))
    admin.get(path_of(desk, "/run"))
    admin.submit(MAKE, secret=desk.sandbox.make_pat("admin"))
    assert admin.status == 409 and "There is such a link already" in admin.page.text


def test_where_only_the_incoming_side_fails_it_says_so(desk, admin):
    key = admin.page.value("#consumer-key")
    desk.sandbox.make_link(key, admin.page.value("#public-key"))
    admin.submit(MAKE, secret=desk.sandbox.make_pat("admin"))
    assert admin.status == 409 and "its incoming side is not" in admin.page.text


@pytest.mark.parametrize(
    ("typed", "field"),
    variants(
        [
            ({"secret": ""}, "Paste the personal access token."),
            ({"secret": "two words of nothing"}, "There is a blank in the token."),
            (
                {"method": "password", "login": "", "secret": SECRET},
                "Enter the user name",
            ),
            ({"method": "password", "login": "a:b", "secret": SECRET}, "with a colon"),
            ({"method": "password", "login": "admin", "secret": ""}, "Enter the password."),
        ]
    ),
)
def test_what_cannot_be_sent_is_named_and_nothing_is_sent(desk, admin, typed, field):
    desk.sandbox.clear_requests()
    admin.submit(MAKE, **typed)
    assert admin.status == 422 and field in " ".join(admin.page.errors()), admin.page.errors()
    assert typed["secret"] == "" or quote(typed["secret"]) not in quote(admin.page.html)
    assert not desk.sandbox.requests() and not codes(desk)


def test_a_token_in_the_place_of_the_name_is_not_shown_again(desk, admin):
    token = canaries.add(desk.sandbox.make_pat("admin"))
    admin.submit(MAKE, method="password", login=token, secret="")
    assert admin.status == 422 and token not in admin.page.html


def test_without_the_operator_s_word_it_is_told_and_refused(desk, portal, admin):
    app = make_app(portal.settings.model_copy(update={"links_by_rest": False}))
    portal.catch_log()
    client = portal.client(app)
    for name, value in admin.session.cookies.items():
        client.set_cookie(name, value, domain="127.0.0.1")
    assert "has not switched that on (ALMONER_LINKS_BY_REST)" in client.get(path_of(desk)).text
    assert client.get(path_of(desk, "/run")).status_code == 404
    token = admin.csrf_token()
    answer = client.post(path_of(desk, "/run"), data={"csrf_token": token, "secret": "x" * 20})
    assert answer.status_code == 404 and not codes(desk)


def test_a_member_may_not(desk, sign_in):
    member = sign_in(desk.tenant.member)
    for rest in ("", "/shell", "/run"):
        member.get(path_of(desk, rest))
        assert member.status == 403
