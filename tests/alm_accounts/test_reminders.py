"""Reminding people to connect: whom, once, by mail; and what stands on the page where mail is off."""

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.alm_accounts import accounts, reminding
from portal.alm_accounts.testing import run_test
from portal.credentials.keeping import disconnect
from portal.store.tables import AuditEvent, Reminder
from tests.alm_accounts.test_connected_people import path, row
from tests.mail.conftest import Mailing, mail_settings
from tests.people.helpers import at_once, set_user
from tests.support import samples
from tests.support.accounts import connect, connected_account, registry_of
from tests.support.databases import Database
from tests.support.person import Person
from tests.support.portals import Portal, serve
from tests.support.post import PostOffice, post_office
from tests.support.sandbox import SandboxProcess
from tests.support.world import Someone, TenantWorld

pytestmark = pytest.mark.on_both(
    "test_everybody_who_has_to_connect_is_reminded_once",
    "test_two_admins_at_once_send_one_mail_each_to_nobody_twice",
    "test_one_that_reached_nobody_may_be_sent_again",
    "test_somebody_of_elsewhere_is_as_if_they_never_were",
)


@pytest.fixture
def letters() -> Iterator[PostOffice]:
    with post_office() as running:
        yield running


@pytest.fixture
def mailing(empty_database: Database, letters: PostOffice) -> Iterator[Portal]:
    """A portal of the test's own that sends mail."""
    with serve(empty_database, **mail_settings(letters)) as running:
        yield running


@pytest.fixture
def staff(mailing: Portal) -> TenantWorld:
    return mailing.world.tenant()


@pytest.fixture
def enter(mailing: Portal) -> Callable[[Someone], Person]:
    return lambda someone: Person.of(mailing, someone)


@pytest.fixture
def account_id(mailing: Portal, sandbox: SandboxProcess, staff: TenantWorld) -> UUID:
    """Authorised; the admin is connected as Grace, the member was as Ada and is refused."""
    made = connected_account(mailing, sandbox, staff)
    connect(mailing, sandbox, staff, staff.admin, made, "grace")
    connect(mailing, sandbox, staff, staff.member, made, "ada")
    sandbox.disable_user("ada")
    run_test(staff.work(staff.admin), registry_of(mailing), made, staff.member.user_id)
    return made


def deliver(mailing: Portal) -> None:
    Mailing(mailing.settings, mailing.store).work_off()


def page_of(mailing: Portal, staff: TenantWorld, account_id: UUID) -> str:
    return mailing.base_url + staff.path(f"profile/alm-credentials/{account_id}")


def remind(tenant: TenantWorld, account_id: UUID, user_id: UUID | None = None, by: Someone | None = None):
    work = tenant.work(by or tenant.admin)
    return reminding.remind(work, accounts.account(work, account_id), user_id)


def test_everybody_who_has_to_connect_is_reminded_once(mailing, staff, account_id, enter, letters) -> None:
    """Who is connected and who cannot sign in are left alone; the page says who was reminded when."""
    off = mailing.world.person("Olga Off")
    mailing.world.join(off, staff.id)
    set_user(staff.work(), off.user_id, disabled_at=clock.now())
    admin = enter(staff.admin)
    admin.get(path(staff, account_id))
    page = admin.submit("Remind all 2 who have to connect")
    assert "2 reminders are on their way. 1 person was left out: they cannot sign in here." in page.text
    assert row(page, staff.second)["Reminder"].startswith(f"Reminded {clock.now().day} ")
    assert row(page, off)["Reminder"] == "cannot sign in"
    assert row(page, staff.admin)["Reminder"] == "not needed"
    assert not page.has("Remind all 2 who have to connect")
    deliver(mailing)
    assert sorted(letters.recipients) == sorted([staff.member.email, staff.second.email])
    (never,), (broken,) = letters.texts(staff.second.email), letters.texts(staff.member.email)
    for text in (never, broken):
        assert page_of(mailing, staff, account_id) in text and f"{staff.admin.name}, an admin of" in text
    assert "You are not connected to it yet." in never
    assert "works no longer: The Jira user is gone." in broken
    admin.post(path(staff, account_id, "remind"))
    assert "No reminder was sent. 2 people were reminded before, and nobody is twice." in admin.page.text
    deliver(mailing)
    assert len(letters.mails) == 2


def test_one_person_is_reminded_and_the_link_leads_to_their_page(mailing, staff, account_id, enter, letters):
    admin = enter(staff.admin)
    admin.get(path(staff, account_id))
    page = admin.submit(f"Remind {staff.second.name}")
    assert f"To {staff.second.name}: 1 reminder is on its way." in page.text
    deliver(mailing)
    assert letters.recipients == [staff.second.email]
    second = enter(staff.second)
    second.get(page_of(mailing, staff, account_id))
    assert second.page.has("Get OAuth token")
    assert admin.get(path(staff, account_id)).has("Remind the one who has to connect")


def test_what_was_done_stands_in_the_record(staff, account_id) -> None:
    remind(staff, account_id)
    with staff.work().read() as session:
        wanted = select(AuditEvent).where(AuditEvent.event == "person.reminded")
        lines = {(line.subject_id, line.account_id, str(line.details)) for line in session.scalars(wanted)}
    assert lines == {(one.user_id, account_id, "{}") for one in (staff.member, staff.second)}


def test_who_connected_and_left_again_may_be_reminded_again(mailing, sandbox, staff, account_id, letters):
    work = staff.work(staff.second)
    for count in (1, 2):
        assert remind(staff, account_id, staff.second.user_id).sent == 1
        assert remind(staff, account_id, staff.second.user_id).before == 1
        deliver(mailing)
        assert len(letters.texts(staff.second.email)) == count
        connect(mailing, sandbox, staff, staff.second, account_id, "linus")
        assert remind(staff, account_id, staff.second.user_id) == reminding.Reminded(0, 0, 0)
        disconnect(work, account_id, staff.second.user_id, "disconnected")


def test_two_admins_at_once_send_one_mail_each_to_nobody_twice(mailing, staff, account_id, letters) -> None:
    mailing.world.join(staff.stranger, staff.id, "admin")
    admins = [staff.admin, staff.stranger] * 2
    ends = at_once([lambda by=by: remind(staff, account_id, by=by) for by in admins])
    assert ends == {"ok": 4}
    deliver(mailing)
    assert sorted(letters.recipients) == sorted(
        [staff.member.email, staff.second.email, staff.stranger.email]
    )
    with staff.work().read() as session:
        assert session.scalar(select(func.count()).select_from(Reminder)) == 3


def test_one_that_reached_nobody_may_be_sent_again(mailing, staff, account_id, enter, letters) -> None:
    letters.recipient = lambda address: "550 no such mailbox"
    remind(staff, account_id, staff.second.user_id)
    deliver(mailing)
    admin = enter(staff.admin)
    page = admin.get(path(staff, account_id))
    assert row(page, staff.second)["Reminder"].startswith("Could not be delivered")
    letters.recipient = lambda address: None
    admin.submit(f"Remind again {staff.second.name}")
    deliver(mailing)
    assert letters.recipients == [staff.second.email]
    assert row(admin.get(path(staff, account_id)), staff.second)["Reminder"].startswith("Reminded ")


def test_another_account_has_reminders_of_its_own(mailing, staff, account_id, letters) -> None:
    other = samples.account(staff)
    remind(staff, account_id)
    assert remind(staff, other).sent == 3


def test_whose_connection_they_cannot_mend_is_not_reminded(mailing, staff, letters) -> None:
    """Where connecting anew does not help, a mail that asks for it would only be wrong."""
    account_id = samples.account(staff)
    credential_id = samples.credential(staff, account_id, staff.member.user_id)
    work = staff.work(staff.admin)
    with work.write() as session:
        details = {"outcome": "failed", "subject_id": credential_id, "code": "client_refused"}
        reminding.record(session, work, "credential.refused", **details)
    assert remind(staff, account_id, staff.member.user_id) == reminding.Reminded(0, 0, 0)


def test_somebody_of_elsewhere_is_as_if_they_never_were(mailing, staff, account_id, enter, letters) -> None:
    """T01."""
    admin, answers = enter(staff.admin), set()
    admin.get(path(staff, account_id))
    for user_id in (staff.stranger.user_id, uuid4()):
        admin.get(path(staff, account_id))
        admin.post(path(staff, account_id, f"{user_id}/remind"))
        assert admin.status == 404
        answers.add(admin.told)
    assert len(answers) == 1
    deliver(mailing)
    assert letters.mails == []


def test_where_mail_is_off_the_page_shows_the_link_to_send(portal, sandbox, tenant, sign_in) -> None:
    account_id = connected_account(portal, sandbox, tenant)
    admin = sign_in(tenant.admin)
    page = admin.get(path(tenant, account_id))
    assert page.value("#profile-link") == portal.base_url + tenant.path(
        f"profile/alm-credentials/{account_id}"
    )
    assert "This portal sends no mail. Send this link yourself" in page.text
    assert not page.has(f"Remind {tenant.second.name}")
    for rest in ("remind", f"{tenant.second.user_id}/remind"):
        admin.get("/profile/")
        admin.post(path(tenant, account_id, rest))
        assert admin.status == 404
    with tenant.work().read() as session:
        assert session.scalar(select(func.count()).select_from(Reminder)) == 0
