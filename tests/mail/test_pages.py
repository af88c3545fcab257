"""Coming in by links that were sent, over HTTP: invitations and new passwords."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import requests
from sqlalchemy import select

from portal.mail.outbox import GIVE_UP_AFTER
from portal.people import invitations, resets
from portal.people.invitations import AGAIN_AFTER
from portal.store.tables import DueWork, Invitation, Mail, User
from portal.store.work import NOBODY, Store, Work
from tests.mail.conftest import Mailing
from tests.people.helpers import GOOD, set_user
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.post import PostOffice
from tests.support.world import Someone, TenantWorld

pytestmark = pytest.mark.on_both(
    "test_an_invitation_is_sent_again_and_the_former_link_ends",
    "test_an_admin_is_told_of_an_invitation_the_mail_server_refused",
    "test_an_admin_sends_a_reset_link_and_does_not_see_it",
    "test_who_lost_the_password_comes_back_alone",
    "test_nobody_finds_out_who_is_known",
    "test_what_cannot_be_an_address",
    "test_without_mail_the_page_says_whom_to_ask",
    "test_without_mail_nothing_is_sent_again",
)

NIA = "nia@example.org"
SENT = "on its way"
NOT_DELIVERED = "Could not be delivered"


@pytest.fixture
def tenant(mail_portal: Portal) -> TenantWorld:
    return mail_portal.world.tenant()


@pytest.fixture
def enter(mail_portal: Portal) -> Callable[[Someone], Person]:
    return lambda someone: Person.of(mail_portal, someone)


def work(portal: Portal) -> Work:
    return Work(portal.store, None, NOBODY)


def links(office: PostOffice, portal: Portal, recipient: str) -> list[str]:
    """The links somebody was sent, in order; every one leads to the portal."""
    found = [link for text in office.texts(recipient) for link in re.findall(r"https?://\S+", text)]
    assert all(link.startswith(f"{portal.base_url}/") for link in found)
    return found


def ask(portal: Portal, email: str) -> requests.Response:
    person = Person(portal)
    person.get("/sign-in")
    person.click("Forgot your password?")
    person.submit("Send the link", email=email)
    return person.response


def test_an_invitation_goes_by_mail_and_is_shown_to_nobody(
    mail_portal: Portal,
    tenant: TenantWorld,
    enter: Callable[[Someone], Person],
    office: PostOffice,
    deliver_mail: Callable[[], None],
) -> None:
    admin = enter(tenant.admin)
    admin.get(tenant.path("people/invite"))
    page = admin.submit("Send the invitation", email=NIA, role="member")
    assert f"{SENT} to {NIA}" in page.text
    deliver_mail()
    [link] = links(office, mail_portal, NIA)
    assert link not in page.html and link.rpartition("/")[2] not in mail_portal.log_text()
    [text] = office.texts(NIA)
    assert tenant.admin.name in text and tenant.name in text
    nia = Person(mail_portal)
    nia.get(link)
    nia.submit(f"Join {tenant.name}", name="Nia New", password=GOOD, repeat=GOOD)
    assert nia.path == tenant.path()


def test_an_invitation_is_sent_again_and_the_former_link_ends(
    mail_portal: Portal,
    tenant: TenantWorld,
    enter: Callable[[Someone], Person],
    office: PostOffice,
    deliver_mail: Callable[[], None],
) -> None:
    admin = enter(tenant.admin)
    admin.get(tenant.path("people/invite"))
    admin.submit("Send the invitation", email=NIA, role="admin")
    admin.submit(f"Send again the invitation of {NIA}")
    assert (admin.status, "five minutes" in admin.page.text) == (409, True)
    with tenant.work().write() as session:
        for row in session.scalars(select(Invitation)):
            row.created_at -= AGAIN_AFTER
    admin.get(tenant.path("people/"))
    assert SENT in admin.submit(f"Send again the invitation of {NIA}").text
    deliver_mail()
    former, latter = links(office, mail_portal, NIA)
    assert "does not work" in Person(mail_portal).get(former).text
    assert "Admin" in Person(mail_portal).get(latter).text


def test_an_admin_is_told_of_an_invitation_the_mail_server_refused(
    mail_portal: Portal,
    tenant: TenantWorld,
    enter: Callable[[Someone], Person],
    office: PostOffice,
    deliver_mail: Callable[[], None],
) -> None:
    """It reached nobody, so it may be sent again at once."""
    office.recipient = lambda address: "550 no such user"
    admin = enter(tenant.admin)
    admin.get(tenant.path("people/invite"))
    admin.submit("Send the invitation", email=NIA, role="member")
    assert NOT_DELIVERED not in admin.page.text
    deliver_mail()
    page = admin.get(tenant.path("people/"))
    assert f"{NOT_DELIVERED} to {NIA}" in page.text
    assert "Check how it is written" in page.text and "no such user" not in page.text
    assert NOT_DELIVERED not in enter(tenant.member).get(tenant.path("people/")).text
    office.recipient = lambda address: None
    admin.submit(f"Send again the invitation of {NIA}")
    assert NOT_DELIVERED not in admin.page.text
    deliver_mail()
    assert NOT_DELIVERED not in admin.get(tenant.path("people/")).text
    assert office.recipients == [NIA]


def test_an_admin_is_told_of_an_invitation_that_was_given_up(
    mail_portal: Portal, tenant: TenantWorld, enter: Callable[[Someone], Person]
) -> None:
    admin = enter(tenant.admin)
    admin.get(tenant.path("people/invite"))
    admin.submit("Send the invitation", email=NIA, role="member")
    with work(mail_portal).write() as session:
        for row in session.scalars(select(Mail)):
            row.created_at -= GIVE_UP_AFTER
    Mailing(mail_portal.settings, mail_portal.store).work_off(smtp_url="smtp://127.0.0.1:9")
    page = admin.get(tenant.path("people/"))
    assert f"{NOT_DELIVERED} to {NIA}" in page.text
    assert "Send it again" in page.text and f"almoner mail-test {NIA}" in page.text
    without_mail = Work(Store(mail_portal.store.engine, mail_portal.store.vault), tenant.id, NOBODY)
    [listed] = invitations.list_open(without_mail)
    assert "sends no mail. Withdraw the invitation" in listed.not_delivered


def test_an_admin_sends_a_reset_link_and_does_not_see_it(
    mail_portal: Portal,
    tenant: TenantWorld,
    enter: Callable[[Someone], Person],
    office: PostOffice,
    deliver_mail: Callable[[], None],
) -> None:
    admin = enter(tenant.admin)
    admin.get(tenant.path(f"people/{tenant.member.user_id}"))
    page = admin.submit("Send a reset link")
    deliver_mail()
    [link] = links(office, mail_portal, tenant.member.email)
    assert SENT in page.text and "/reset/" not in page.html
    assert tenant.admin.name in office.texts(tenant.member.email)[0]
    assert_sets_password(mail_portal, link, tenant.member)


def assert_sets_password(portal: Portal, link: str, someone: Someone) -> None:
    person = Person(portal)
    person.get(link)
    person.submit("Set password", password=GOOD, repeat=GOOD)
    person.submit("Sign in", email=someone.email, password=GOOD)
    assert person.path.startswith("/t/")


def test_who_lost_the_password_comes_back_alone(
    mail_portal: Portal, tenant: TenantWorld, office: PostOffice, deliver_mail: Callable[[], None]
) -> None:
    answer = ask(mail_portal, tenant.member.email.upper())
    assert SENT in answer.text
    deliver_mail()
    [link] = links(office, mail_portal, tenant.member.email)
    assert "Somebody, probably you" in office.texts(tenant.member.email)[0]
    assert link.rpartition("/")[2] not in mail_portal.log_text()
    assert tenant.member.email not in mail_portal.log_text()
    assert_sets_password(mail_portal, link, tenant.member)


def test_nobody_finds_out_who_is_known(
    mail_portal: Portal, tenant: TenantWorld, office: PostOffice, deliver_mail: Callable[[], None]
) -> None:
    """T20: one answer, and the same rows written, for known, unknown and disabled."""
    set_user(work(mail_portal), tenant.second.user_id, disabled_at=tenant_start(mail_portal))
    answers, written = set(), []
    asked = [tenant.member.email, "nobody-at-all@example.org", tenant.second.email, "nor-me@example.org"]
    for email in asked:
        answer = ask(mail_portal, email)
        answers.add((answer.status_code, re.sub(r'(csrf_token"[^>]*value=")[^"]+', r"\1", answer.text)))
        with work(mail_portal).read() as session:
            written.append(
                (len(session.scalars(select(DueWork)).all()), len(session.scalars(select(Mail)).all()))
            )
    assert len({(status, re.sub(r"[0-9a-f]{32}", "", text)) for status, text in answers}) == 1
    assert written == [(1, 0), (2, 0), (3, 0), (3, 0)], "all unknown addresses share a row"
    deliver_mail()
    assert office.recipients == [tenant.member.email]
    with work(mail_portal).read() as session:
        assert session.scalars(select(DueWork)).all() == []


def tenant_start(portal: Portal) -> object:
    with work(portal).read() as session:
        return session.scalars(select(User.created_at).limit(1)).one()


def test_one_mail_in_ten_minutes_however_often_somebody_asks(
    mail_portal: Portal,
    tenant: TenantWorld,
    office: PostOffice,
    deliver_mail: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resets, "ONE_IN", timedelta(days=3650))  # no slot ends while this runs
    for _ in range(3):
        ask(mail_portal, tenant.member.email)
        deliver_mail()
    [link] = links(office, mail_portal, tenant.member.email)
    assert tenant.member.email in Person(mail_portal).get(link).text, "the link that was sent still works"
    monkeypatch.setattr(resets, "ONE_IN", timedelta(seconds=1000))
    ask(mail_portal, tenant.member.email)
    deliver_mail()
    assert len(office.mails) == 2


@pytest.mark.parametrize("email", ["", "x" * 300])
def test_what_cannot_be_an_address(email: str, mail_portal: Portal) -> None:
    assert ask(mail_portal, email).status_code == 422


def test_without_mail_the_page_says_whom_to_ask(portal: Portal) -> None:
    person = Person(portal)
    person.get("/sign-in")
    page = person.click("Forgot your password?")
    assert "Ask an admin of your organisation" in page.text
    person.get("/sign-in")
    person.post("/forgotten-password", email="ada@example.org")
    with work(portal).read() as session:
        assert session.scalars(select(DueWork).where(DueWork.kind == "reset")).all() == []


def test_without_mail_nothing_is_sent_again(portal: Portal, sign_in: Callable[[Someone], Person]) -> None:
    tenant = portal.world.tenant()
    admin = sign_in(tenant.admin)
    admin.get(tenant.path("people/invite"))
    admin.submit("Make the link", email=NIA)
    page = admin.get(tenant.path("people/"))
    assert not page.has("Send again")
    with tenant.work().read() as session:
        [invitation] = session.scalars(select(Invitation))
    admin.post(tenant.path(f"people/invitations/{invitation.id}/send-again"))
    assert admin.status == 404
