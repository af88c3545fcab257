"""Another e-mail address by a link that was sent, over HTTP."""

from collections.abc import Callable

import pytest

from tests.mail.test_pages import links
from tests.people.helpers import events
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.post import PostOffice
from tests.support.world import TenantWorld

pytestmark = pytest.mark.on_both(
    "test_story",
    "test_an_address_that_is_taken_is_told_to_its_owner_alone",
)

NEW = "mel.new@example.org"


@pytest.fixture
def tenant(mail_portal: Portal) -> TenantWorld:
    return mail_portal.world.tenant()


@pytest.fixture
def mel(mail_portal: Portal, tenant: TenantWorld) -> Person:
    """The member, with the page open on which the address is changed."""
    person = Person.of(mail_portal, tenant.member)
    person.get("/profile/")
    person.click("Change your e-mail address")
    return person


def test_story(
    mail_portal: Portal,
    tenant: TenantWorld,
    mel: Person,
    office: PostOffice,
    deliver_mail: Callable[[], None],
) -> None:
    """Asked for, told to the old address, sent again, opened by the wrong one, then by the right one."""
    former = tenant.member.email
    mel.submit("Send the link", email=NEW, current="not the password")
    assert "not your password" in mel.page.errors()[0] and mel.page.value("#email") == NEW
    mel.submit("Send the link", email=NEW, current=tenant.member.password)
    assert mel.path == "/profile/" and f"A link is on its way to {NEW}" in mel.page.text
    assert f"{NEW} is not confirmed yet" in mel.page.text
    mel.submit("Send it again")
    deliver_mail()
    replaced, link = links(office, mail_portal, NEW)
    [told] = office.texts(former)
    assert NEW in told and f"{mail_portal.base_url}/profile/" in told.split()
    assert all(one.rpartition("/")[2] not in told + mel.page.html for one in (replaced, link))
    assert mel.get(replaced).h1 and mel.status == 409 and "used, replaced" in mel.page.text

    ada = Person.of(mail_portal, tenant.admin)
    ada.get(link)
    assert "This link is for somebody else" in ada.page.text
    assert NEW not in ada.page.html and former not in ada.page.html
    ada.submit("Sign out", "main")
    assert ada.path.startswith("/sign-in?next=/profile/email/")
    stranger = Person(mail_portal)
    stranger.get(link)
    assert stranger.path.startswith("/sign-in?next=/profile/email/"), "the mail alone is not enough"

    mel.get(link)
    assert former in mel.page.text and NEW in mel.page.text
    mel.submit("Use this address")
    assert mel.path == "/profile/" and f"From now on you sign in with {NEW}" in mel.page.text
    assert Person(mail_portal, NEW, tenant.member.password).sign_in().path == tenant.path()
    mel.get(link)
    assert mel.status == 409
    deliver_mail()
    assert f"you sign in to Almoner as {NEW}" in office.texts(former)[1]
    assert link.rpartition("/")[2] not in mail_portal.log_text()
    people = Person.of(mail_portal, tenant.admin).get(tenant.path("people/")).text
    assert NEW in people and former not in people


def test_the_owner_of_the_old_address_can_stop_it(
    mail_portal: Portal,
    tenant: TenantWorld,
    mel: Person,
    office: PostOffice,
    deliver_mail: Callable[[], None],
) -> None:
    mel.submit("Send the link", email=NEW, current=tenant.member.password)
    deliver_mail()
    [page] = links(office, mail_portal, tenant.member.email)
    owner = Person(mail_portal, tenant.member.email, tenant.member.password).sign_in()
    owner.get(page)
    owner.submit("Cancel the change of your e-mail address")
    assert "stays as it is" in owner.page.text and NEW not in owner.page.text
    [link] = links(office, mail_portal, NEW)
    mel.get(link)
    assert mel.status == 409
    lines = events(tenant.work().within(None), tenant.member.user_id)
    assert "person.email_cancelled" in lines


def test_an_address_that_is_taken_is_told_to_its_owner_alone(
    mail_portal: Portal,
    tenant: TenantWorld,
    mel: Person,
    office: PostOffice,
    deliver_mail: Callable[[], None],
) -> None:
    """T20: answer and profile are what they are for any other address."""
    pages = []
    for email in (NEW, tenant.admin.email):
        mel.get("/profile/email")
        mel.submit("Send the link", email=email, current=tenant.member.password)
        pages.append(mel.page.text.replace(email, "<new>"))
    assert pages[0].split("until")[0] == pages[1].split("until")[0]
    deliver_mail()
    [text] = office.texts(tenant.admin.email)
    assert "yours here already" in text and tenant.member.email not in text and "http" not in text
    [_, to_old] = office.texts(tenant.member.email)
    assert "has to be opened first" in to_old


def test_a_link_that_was_not_taken_is_told_on_the_profile(
    mel: Person, tenant: TenantWorld, office: PostOffice, deliver_mail: Callable[[], None]
) -> None:
    office.recipient = lambda address: "550 no such user" if NEW in address else None
    mel.submit("Send the link", email=NEW, current=tenant.member.password)
    assert "could not be delivered" not in mel.page.text
    deliver_mail()
    mel.get("/profile/")
    assert f"The link could not be delivered to {NEW}: the mail server does not take" in mel.page.text
    office.recipient = lambda address: None
    mel.submit("Send it again")
    assert "could not be delivered" not in mel.page.text
    deliver_mail()
    assert "Open the link that went there" in mel.get("/profile/").text
