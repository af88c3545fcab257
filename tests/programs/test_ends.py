"""The ends of keys in the calendar, for admins, and the warnings before them."""

import re
from collections.abc import Callable

from portal import clock
from portal.alm_accounts.leaving import leave
from portal.people import memberships
from tests.alm_accounts.test_ending_warnings import NOW, Warned, letters, warned  # noqa: F401 - fixtures
from tests.programs.conftest import DAY
from tests.support.delivery_rows import delivering_account
from tests.support.person import Person
from tests.support.programs import program_key
from tests.support.world import Someone, TenantWorld


def told(person: Person, path: str) -> list[str]:
    """The keys in the calendar of a page."""
    found = person.get(path).soup.select("table tbody td")
    return [
        one for cell in found for one in re.findall(r"^Program key, ([A-Z][a-z]+)", cell.get_text(strip=True))
    ]


def test_the_calendar(tenant: TenantWorld, admin: Person, sign_in: Callable[[Someone], Person]) -> None:
    """What is to come, and what has ended and was not replaced; nothing revoked, old, or for nothing."""
    account_id, now = delivering_account(tenant), clock.now()
    coming = program_key(tenant, [account_id, delivering_account(tenant)], "Coming", ends_at=now + 20 * DAY)
    program_key(tenant, [account_id], "Ended", ends_at=now - DAY)
    program_key(tenant, [account_id], "Replaced", ends_at=now - 2 * DAY)
    program_key(tenant, [account_id], "Replaced", ends_at=now + 80 * DAY)
    program_key(tenant, [account_id], "Revoked", ends_at=now + DAY, revoked_at=now)
    program_key(tenant, [account_id], "Old", ends_at=now - 31 * DAY)
    program_key(tenant, [], "Nothing", ends_at=now + DAY)
    assert told(admin, tenant.path()) == ["Ended", "Coming", "Replaced"]
    assert admin.page.soup.select(f"a[href='{tenant.path(f'programs/{coming.id}')}']")
    assert "A program" in admin.page.text
    assert told(sign_in(tenant.member), tenant.path()) == []


def test_its_maker_is_warned_and_then_every_admin(warned: Warned) -> None:  # noqa: F811
    """30, 14, 7 and 1 days before, once each; of one that was revoked nobody is told."""
    tenant, end = warned.tenant, NOW + 40 * DAY
    memberships.change_role(tenant.work(tenant.admin), tenant.second.user_id, "admin")
    account_id = delivering_account(tenant)
    key = program_key(tenant, [account_id], made_by=tenant.second.user_id, ends_at=end)
    assert warned.days(end, 31, 30, 29, 14, 13, 7) == [0, 1, 0, 1, 0, 1]
    assert set(warned.letters.recipients) == {tenant.second.email}
    text = warned.text()
    assert "Jenkins, Program key: ends on 10 April 2031 (in 7 days)." in text
    assert f"{warned.portal.base_url}{tenant.path(f'programs/{key.id}')}" in text
    leave(tenant.work(tenant.second), tenant.second.user_id, "left")
    assert warned.on(end - DAY) == [tenant.admin.email]
    revoked = program_key(tenant, [account_id], ends_at=end)
    revoked.change(revoked_at=NOW)
    assert warned.days(end, 14, 7) == [0, 0]
