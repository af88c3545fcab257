"""What ends when, as admins and members read it: on home, on the account's overview, in the profile."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import update

from portal import clock
from portal.alm_accounts import accounts
from portal.alm_accounts.endings import KEY_YEARS, Calendar, calendar
from portal.alm_accounts.endless import sentences
from portal.kinds.methods import API_TOKEN, OAUTH1, PASSWORD, PAT, SCOPED_TOKEN
from portal.store.base import Base
from portal.store.tables import Certificate, Credential, Grant, SigningKey, User
from tests.support import samples
from tests.support.cloud import cloud_office
from tests.support.office import Office
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import Someone, TenantWorld

DAY = timedelta(days=1)


def test_what_two_say_of_the_same_kind_is_all_told():
    first, second = ({"key": [(name, "made today")]} for name in ("Shop", "Lab"))
    (said,) = sentences(first, second)
    assert [name for name, _ in said.accounts] == ["Shop", "Lab"]


def hold(tenant: TenantWorld, account_id: UUID, someone: Someone | None = None, **values: object) -> UUID:
    """A credential in use, a person's or the account's own; its id."""
    made = samples.credential(tenant, account_id, someone.user_id if someone else None)
    change(tenant, Credential, made, **values)
    return made


def change(tenant: TenantWorld, table: type[Base], row_id: UUID, **values: object) -> None:
    with tenant.work().write() as session:
        session.execute(update(table).where(table.id == row_id).values(**values))  # type: ignore[attr-defined]


def see(tenant: TenantWorld, someone: Someone, zone: str = "UTC", *, is_admin: bool = True) -> Calendar:
    work = tenant.work(someone)
    return calendar(work, accounts.accounts(work), ZoneInfo(zone), is_admin=is_admin)


def certify(tenant: TenantWorld, account_id: UUID, ends_at: datetime) -> None:
    with tenant.work().write() as session:
        seen = {"subject": "jira.example.org", "issuer": "R11", "seen_at": clock.now()}
        session.add(Certificate(account_id=account_id, ends_at=ends_at, **seen))


def told(found: Calendar) -> list[tuple[str, str, int]]:
    return [(one.kind, one.whose, one.people) for one in found.dated]


def test_an_admin_sees_everybodys_and_a_member_their_own(
    office: Office, admin: Person, member: Person
) -> None:
    """A token of the account, one of the admin, two of other people on one day, and the certificate."""
    tenant, now = office.tenant, clock.now()
    hold(tenant, office.account_id, None, method=PAT, expires_at=now + 3 * DAY)
    hold(tenant, office.account_id, tenant.admin, method=PAT, expires_at=now + 5 * DAY)
    for someone in (tenant.member, tenant.second):
        hold(tenant, office.account_id, someone, method=PAT, expires_at=now + 9 * DAY)
    certify(tenant, office.account_id, now + 20 * DAY)
    for page in (tenant.path(), office.path()):
        text = admin.get(page).text
        rows = [
            row.get_text(" ", strip=True) for row in admin.page.soup.select("table")[-1].select("tbody tr")
        ]
        whose = ["The account itself", "Yours", "2 people", "The account itself"]
        assert [one in row for one, row in zip(whose, rows, strict=True)] == [True] * 4, rows
        assert "in 2 days" in rows[0] and "TLS certificate" in rows[3], text
    for page in (tenant.path(), tenant.path("profile/alm-credentials/")):
        member.get(page)
        (row,) = member.page.soup.select("table")[-1].select("tbody tr")
        assert "Yours" in row.get_text() and "in 8 days" in row.get_text()
        assert f"/profile/alm-credentials/{office.account_id}" in str(row)
    assert "certificate" not in member.page.text


def test_an_admins_own_profile_tells_of_nobody_else(office: Office, admin: Person) -> None:
    hold(office.tenant, office.account_id, office.tenant.member, method=PAT, expires_at=clock.now() + DAY)
    assert (
        "No end date is known for anything in use here"
        in admin.get(office.tenant.path("profile/alm-credentials/")).text
    )


def test_where_nothing_ends_it_says_so_and_what_renews_itself_is_said_once(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, sign_in: Callable[[Someone], Person]
) -> None:
    office = cloud_office(portal, sandbox, tenant)
    office.connect(tenant.member, "grace")
    admin = sign_in(tenant.admin)
    text = " ".join(admin.get(tenant.path()).text.split())
    assert "No end date is known for anything in use here" in text
    assert "renewed by themselves, every hour while they are used" in text
    assert "only if nobody uses it for 90 days" in text
    assert "the account's own, 1 person's" in text
    assert "Client secrets of apps have no end that is known" in text
    assert "TLS certificate" not in text, "Atlassian renews its own"


def test_the_day_is_the_readers(office: Office, admin: Person) -> None:
    """In Auckland it is tomorrow already."""
    end = datetime(2031, 3, 1, 20, 30, tzinfo=UTC)
    hold(office.tenant, office.account_id, method=PAT, expires_at=end)
    assert "1 Mar 2031, 20:30 UTC" in admin.get(office.path()).text
    change(office.tenant, User, office.tenant.admin.user_id, time_zone="Pacific/Auckland")
    assert "2 Mar 2031, 09:30 NZDT" in admin.get(office.path()).text


def test_people_of_one_day_are_one_line_by_the_readers_day(tenant: TenantWorld) -> None:
    account_id = samples.account(tenant)
    for hour, someone in ((20, tenant.member), (23, tenant.second)):
        hold(tenant, account_id, someone, method=PAT, expires_at=datetime(2031, 3, 1, hour, tzinfo=UTC))
    assert told(see(tenant, tenant.admin)) == [(PAT, "people", 2)]
    apart = see(tenant, tenant.admin, "Africa/Nairobi")
    assert told(apart) == [(PAT, "people", 1)] * 2


@pytest.mark.parametrize("method", [API_TOKEN, SCOPED_TOKEN, PAT, OAUTH1])
def test_what_has_a_date_is_dated_and_what_has_none_is_not(tenant: TenantWorld, method: str) -> None:
    dated, endless = samples.account(tenant, "Dated"), samples.account(tenant, "Endless")
    hold(tenant, dated, method=method, expires_at=clock.now() + DAY)
    hold(tenant, endless, method=method)
    found = see(tenant, tenant.admin)
    assert told(found) == [(method, "own", 1)]
    lasting = {one.kind: one.accounts for one in found.no_end}
    assert lasting[OAUTH1 if method == OAUTH1 else "token"] == (("Endless", "the account's own"),)


def test_a_password_ends_with_its_change(tenant: TenantWorld) -> None:
    hold(tenant, samples.account(tenant), method=PASSWORD)
    found = see(tenant, tenant.admin)
    assert not found.dated
    assert "Passwords end when they are changed" in " ".join(one.sentence for one in found.no_end)


def test_what_has_ended_stands_first_and_says_so(office: Office, admin: Person) -> None:
    now = clock.now()
    hold(office.tenant, office.account_id, office.tenant.member, method=PAT, expires_at=now + DAY)
    hold(office.tenant, office.account_id, method=PAT, expires_at=now - DAY)
    admin.get(office.tenant.path())
    first, second = (
        row.get_text(" ", strip=True) for row in admin.page.soup.select("table")[-1].select("tbody tr")
    )
    assert "1 day ago" in first and "Ended" in first
    assert "Ended" not in second and "Ending soon" in second


def test_of_a_former_way_and_a_token_by_it_the_earlier_end_counts(tenant: TenantWorld) -> None:
    account_id, now = samples.account(tenant), clock.now()
    until = now + 14 * DAY
    hold(tenant, account_id, tenant.member, method=PAT, expires_at=now + 90 * DAY, serves_until=until)
    hold(tenant, account_id, tenant.second, method=PAT, expires_at=now + 7 * DAY, serves_until=until)
    found = see(tenant, tenant.admin)
    assert told(found) == [(PAT, "people", 1), ("old_way", "people", 1)]
    assert [one.person for one in found.dated] == [tenant.second.name, tenant.member.name]
    assert all("remind them" in one.words.todo for one in found.dated)
    mine = see(tenant, tenant.second, is_admin=False).dated
    assert [(one.kind, one.words.todo) for one in mine] == [(PAT, "Connect the new way: press Reconnect.")]
    assert {one.path for one in found.dated} == {f"alm-accounts/{account_id}/people/?show=former"}


def test_a_signing_key_gets_advice_only_when_it_is_old(office: Office) -> None:
    (key,) = office.signing_keys()
    young = see(office.tenant, office.tenant.admin)
    assert not young.dated
    assert [one.kind for one in young.no_end] == ["key", "no_certificate"]
    change(office.tenant, SigningKey, key.id, made_at=clock.now() - KEY_YEARS + 20 * DAY)
    (advice,) = see(office.tenant, office.tenant.admin).dated
    assert advice.words.is_advice
    assert advice.path == f"alm-accounts/{office.account_id}/key"


def test_a_consent_gets_a_date_when_it_was_not_renewed(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    office = cloud_office(portal, sandbox, tenant)
    change(tenant, Grant, office.grants()[0].id, refreshed_at=clock.now() - 80 * DAY)
    (idle,) = see(tenant, tenant.admin).dated
    assert (idle.kind, idle.whose) == ("idle", "own")
    assert abs(idle.ends_at - clock.now() - 10 * DAY) < timedelta(hours=1)


def test_a_refused_client_secret_gets_the_date_on_which_all_is_lost(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    office = cloud_office(portal, sandbox, tenant)
    change(tenant, Grant, office.grants()[0].id, trouble="client_refused")
    found = see(tenant, tenant.admin)
    assert told(found) == [("client_secret", "account", 1)]
    assert "consent" not in {one.kind for one in found.no_end}


def test_a_host_without_a_certificate_is_named(office: Office, tenant: TenantWorld) -> None:
    def why(is_proxied: bool = False) -> str:
        work = office.work
        found = calendar(work, [office.account], UTC, is_admin=True, is_proxied=is_proxied)
        return {one.kind: one.accounts[0][1] for one in found.no_end}.get("no_certificate", "")

    assert "plain http" in why()
    with office.work.write() as session:
        session.get_one(accounts.AlmAccount, (tenant.id, office.account_id)).base_url = "https://127.0.0.1:9"
    assert "not seen yet" in why()
    assert "proxy" in why(is_proxied=True)
    certify(tenant, office.account_id, clock.now() + 300 * DAY)
    assert not why()


def test_a_draft_and_another_tenants_account_are_not_in_it(office: Office) -> None:
    tenant = office.tenant
    assert tenant.other is not None
    hold(tenant.other, samples.account(tenant.other), method=PAT, expires_at=clock.now() + DAY)
    hold(tenant, office.account_id, method=PAT, expires_at=clock.now() + DAY)
    assert len(see(tenant, tenant.admin).dated) == 1
    office.edit(accounts.AlmAccount, saved_at=None)
    assert see(tenant, tenant.admin) == Calendar((), ())


def test_it_goes_by_the_clock(office: Office, member: Person) -> None:
    hold(
        office.tenant, office.account_id, office.tenant.member, method=PAT, expires_at=clock.now() + 31 * DAY
    )
    page = office.tenant.path("profile/alm-credentials/")
    assert "Ending soon" not in member.get(page).text
    with time_machine.travel(clock.now() + 2 * DAY, tick=True):
        fresh = Person.of(office.portal, office.tenant.member)
        assert "Ending soon" in fresh.get(page).text
