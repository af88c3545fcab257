"""Who is written to before something ends: who can act, 30, 14, 7 and 1 days before, each time once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select, update

from portal import clock
from portal.alm_accounts.ending_warnings import KIND, warn
from portal.alm_accounts.endings import KEY_YEARS
from portal.alm_accounts.leaving import leave
from portal.handlers import ONLY_ONE, Tools
from portal.kinds.methods import OAUTH1, PAT
from portal.mail import outbox
from portal.mail.smtp import server_of
from portal.store import due
from portal.store.tables import AuditEvent, Certificate, Credential, DueWork, Grant, SigningKey, Tenant, User
from portal.store.work import NOBODY, Work, now_of
from portal.worker import do_one
from tests.alm_accounts.test_endings import certify, change, hold
from tests.mail.conftest import mail_settings
from tests.support import samples
from tests.support.accounts import registry_of
from tests.support.cloud import cloud_office
from tests.support.databases import Database
from tests.support.person import Person
from tests.support.portals import Portal, serve
from tests.support.post import PostOffice, post_office
from tests.support.sandbox import SandboxProcess
from tests.support.world import Someone, TenantWorld

pytestmark = pytest.mark.on_both(
    "test_the_last_day_of_a_former_way_is_one_for_everybody",
    "test_of_a_certificate_every_admin_is_told_until_it_is_renewed",
    "test_an_old_signing_key_is_advised_about_once",
    "test_what_renews_itself_is_not_warned_about_until_it_cannot",
    "test_nobody_is_told_of_what_is_not_theirs_to_mend",
    "test_the_worker_does_it_once_a_day_for_every_tenant_alone",
)

DAY = timedelta(days=1)
NOW = datetime(2031, 3, 1, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Warned:
    """A portal that sends mail, a tenant in it with one account, and what was written."""

    portal: Portal
    letters: PostOffice
    tenant: TenantWorld
    account_id: UUID

    @property
    def work(self) -> Work:
        """The portal itself at work, as the worker is."""
        return Work(self.portal.store, self.tenant.id, NOBODY)

    def on(self, when: datetime) -> list[str]:
        """To whom this day's run writes."""
        before = len(self.letters.recipients)
        with time_machine.travel(when, tick=True):
            warn(self.work)
            work_off(self.portal, outbox.KIND)
        return self.letters.recipients[before:]

    def days(self, end: datetime, *days: float) -> list[int]:
        """How many letters each of these days before an end brings."""
        return [len(self.on(end - timedelta(days=left))) for left in days]

    def text(self) -> str:
        """The newest letter."""
        return str(self.letters.mails[-1].get_content()).replace("\r\n", "\n")


def work_off(portal: Portal, *kinds: str) -> None:
    """Do what is due, all of it or of these kinds, as the worker does."""
    tools = Tools(portal.settings, portal.store, registry_of(portal), server_of(portal.settings))
    for _ in range(50):
        if not do_one(tools, kinds):
            return
    raise AssertionError("there is no end of what is due")


@pytest.fixture
def letters() -> Iterator[PostOffice]:
    with post_office() as running:
        yield running


@pytest.fixture
def warned(empty_database: Database, letters: PostOffice, sandbox: SandboxProcess) -> Iterator[Warned]:
    cloud = {"cloud_auth_url": sandbox.cloud_url, "cloud_api_url": sandbox.cloud_url}
    sites = " ".join(sandbox.sites.values())
    with serve(empty_database, practice_sites=sites, **cloud, **mail_settings(letters)) as portal:
        tenant = portal.world.tenant()
        yield Warned(portal, letters, tenant, samples.account(tenant, "Shop Jira"))


def another_admin(warned: Warned) -> Someone:
    made = warned.portal.world.person("Ann Another")
    warned.portal.world.join(made, warned.tenant.id, "admin")
    return made


def test_a_token_from_its_first_warning_to_its_repair(warned: Warned) -> None:
    member, end = warned.tenant.member, NOW + 31 * DAY
    former = hold(warned.tenant, warned.account_id, member, method=PAT, expires_at=end)
    assert warned.days(end, 31, 30, 29, 14, 14, 13, 7, 6, 1, 0.5, 0, -1) == [
        0,
        1,
        0,
        1,
        0,
        0,
        1,
        0,
        1,
        0,
        0,
        0,
    ]
    assert set(warned.letters.recipients) == {member.email}
    change(warned.tenant, Credential, former, expires_at=end + 90 * DAY)
    assert warned.days(end, 0, -1) == [0, 0]
    assert warned.days(end + 90 * DAY, 30) == [1]


def test_the_letter_says_what_when_and_where(warned: Warned) -> None:
    member, end = warned.tenant.member, NOW + 7 * DAY + timedelta(hours=14)
    change(warned.tenant, User, member.user_id, time_zone="Pacific/Auckland")
    hold(warned.tenant, warned.account_id, member, method=PAT, expires_at=end)
    assert warned.on(NOW) == [member.email]
    text = warned.text()
    assert "Shop Jira, Personal access token: ends on 9 March 2031 (in 7 days)." in text
    page = warned.tenant.path(f"profile/alm-credentials/{warned.account_id}")
    assert warned.portal.base_url + page in text
    assert "Nothing renews it" in text


def test_the_last_day_of_a_former_way_is_one_for_everybody(warned: Warned) -> None:
    """As the pages name it; in Auckland its last second is the day after."""
    member, end = warned.tenant.member, clock.end_of_day((NOW + 7 * DAY).date())
    change(warned.tenant, User, member.user_id, time_zone="Pacific/Auckland")
    hold(warned.tenant, warned.account_id, member, method=PAT, serves_until=end)
    assert warned.on(end - 7 * DAY) == [member.email]
    assert "Former way of connecting: ends on 8 March 2031 (in 7 days)." in warned.text()
    assert "press Reconnect" in warned.text()


def test_several_of_one_day_come_in_one_letter(warned: Warned) -> None:
    member = warned.tenant.member
    other = samples.account(warned.tenant, "Other Jira")
    for account_id in (warned.account_id, other):
        hold(warned.tenant, account_id, member, method=PAT, expires_at=NOW + 7 * DAY)
    assert warned.on(NOW) == [member.email]
    assert "Shop Jira, " in warned.text() and "Other Jira, " in warned.text()
    third = samples.account(warned.tenant, "Third Jira")
    hold(warned.tenant, third, member, method=PAT, expires_at=NOW + 7 * DAY)
    assert warned.on(NOW + timedelta(hours=1)) == [member.email]
    assert "Third Jira, " in warned.text() and "Shop Jira, " not in warned.text()


def test_a_token_pasted_late_gets_the_nearest_warning_only(warned: Warned) -> None:
    end = NOW + 5 * DAY
    hold(warned.tenant, warned.account_id, warned.tenant.member, method=PAT, expires_at=end)
    assert warned.days(end, 5, 4, 2, 1) == [1, 0, 0, 1]


@pytest.mark.parametrize("has_left", [False, True], ids=["is there", "has left"])
def test_of_the_accounts_own_the_one_who_authorised_it_is_told(warned: Warned, has_left: bool) -> None:
    """Where that one has left, every admin; nobody else in any case."""
    other = another_admin(warned)
    hold(warned.tenant, warned.account_id, method=OAUTH1, expires_at=NOW + 7 * DAY)
    if has_left:
        leave(warned.tenant.work(other), warned.tenant.admin.user_id, "removed", anyway=True)
    assert warned.on(NOW) == [(other if has_left else warned.tenant.admin).email]
    assert f"alm-accounts/{warned.account_id}/set-up" in warned.text()


def test_of_a_certificate_every_admin_is_told_until_it_is_renewed(warned: Warned) -> None:
    admins = {warned.tenant.admin.email, another_admin(warned).email}
    certify(warned.tenant, warned.account_id, NOW + 14 * DAY)
    assert set(warned.on(NOW)) == admins
    with warned.work.write() as session:
        session.execute(update(Certificate).values(ends_at=NOW + 90 * DAY))
    assert warned.on(NOW + 7 * DAY) == []


def test_an_old_signing_key_is_advised_about_once(warned: Warned) -> None:
    key = samples.signing_key(warned.tenant, warned.account_id)
    change(warned.tenant, SigningKey, key, made_at=NOW - KEY_YEARS)
    assert warned.days(NOW, 31, 30, 14, 7, 1) == [0, 1, 0, 0, 0]
    assert "is best replaced by 1 March 2031" in warned.text()
    assert f"/alm-accounts/{warned.account_id}/key" in warned.text()


def test_what_renews_itself_is_not_warned_about_until_it_cannot(
    warned: Warned, sandbox: SandboxProcess
) -> None:
    office = cloud_office(warned.portal, sandbox, warned.tenant)
    grant, admin = office.grants()[0].id, warned.tenant.admin
    assert warned.on(clock.now() + 70 * DAY) == []
    end = clock.now() + 90 * DAY
    assert warned.on(end - 14 * DAY) == [admin.email]
    assert "Press Test connection" in warned.text()
    change(warned.tenant, Grant, grant, trouble="client_refused")
    assert warned.on(clock.now()) == [admin.email]
    assert "Copy client ID and secret again" in warned.text()
    assert warned.on(clock.now() + DAY) == []


def test_nobody_is_told_of_what_is_not_theirs_to_mend(warned: Warned) -> None:
    """Who cannot sign in, whose tenant is closed, and who only looks on."""
    hold(warned.tenant, warned.account_id, warned.tenant.member, method=PAT, expires_at=NOW + 7 * DAY)
    change(warned.tenant, User, warned.tenant.member.user_id, disabled_at=NOW)
    assert warned.on(NOW) == []
    change(warned.tenant, User, warned.tenant.member.user_id, disabled_at=None)
    change(warned.tenant, Tenant, warned.tenant.id, suspended_at=NOW)
    assert warned.on(NOW) == []
    change(warned.tenant, Tenant, warned.tenant.id, suspended_at=None)
    assert warned.on(NOW) == [warned.tenant.member.email]


def test_it_stands_in_the_activity_without_a_name(warned: Warned) -> None:
    hold(warned.tenant, warned.account_id, warned.tenant.member, method=PAT, expires_at=NOW + 7 * DAY)
    warned.on(NOW)
    with warned.work.read() as session:
        (line,) = session.scalars(select(AuditEvent).where(AuditEvent.event == "ending.warned"))
    assert line.details == {"what": PAT, "ends": "2031-03-08", "days": 7}
    text = Person.of(warned.portal, warned.tenant.admin).get(warned.tenant.path("activity")).text
    assert "Told of a coming end" in text and "Personal access token" in text


def test_without_mail_nothing_is_noted_and_the_pages_say_it(portal: Portal, tenant: TenantWorld) -> None:
    account_id = samples.account(tenant)
    hold(tenant, account_id, tenant.member, method=PAT, expires_at=clock.now() + 7 * DAY)
    warn(Work(portal.store, tenant.id, NOBODY))
    with tenant.work().read() as session:
        assert session.scalars(select(AuditEvent).where(AuditEvent.event == "ending.warned")).all() == []
    text = Person.of(portal, tenant.member).get(tenant.path("profile/alm-credentials/")).text
    assert "Ending soon" in text


def test_the_worker_does_it_once_a_day_for_every_tenant_alone(warned: Warned) -> None:
    hold(warned.tenant, warned.account_id, warned.tenant.member, method=PAT, expires_at=clock.now() + 7 * DAY)
    elsewhere = Work(warned.portal.store, None, NOBODY)
    for _ in range(2):
        with elsewhere.write() as session:
            due.put(session, KIND, ONLY_ONE, now_of(session), None)
        work_off(warned.portal)
    assert warned.letters.recipients == [warned.tenant.member.email]
    with elsewhere.read() as session:
        (row,) = session.scalars(select(DueWork).where(DueWork.kind == KIND))
        assert (row.subject_id, row.tenant_id) == (ONLY_ONE, None)
        assert row.due_at - now_of(session) > DAY - timedelta(minutes=5)
