"""The credential of a site belongs to nobody: whoever entered it may go, and nothing is said or done (D6)."""

from collections.abc import Callable

import pytest

from portal.alm_accounts import accounts, resting
from portal.alm_accounts.ending_warnings import _endings
from portal.alm_accounts.endings import calendar
from portal.alm_accounts.leaving import leave
from portal.alm_accounts.reminding import remind
from portal.clock import now
from portal.credentials.two_legged import bearer
from portal.errors import NotHere
from portal.people import memberships
from tests.deliveries.set_ups import SetUpDesk
from tests.support.person import Person
from tests.support.world import Someone

pytestmark = pytest.mark.on_both(
    "test_nothing_ends_and_nobody_is_reminded",
)


@pytest.mark.parametrize("how", ["left", "removed"])
def test_the_one_who_made_it_goes(
    saved_desk: SetUpDesk, sign_in: Callable[[Someone], Person], how: str
) -> None:
    desk, tenant = saved_desk, saved_desk.tenant
    work = tenant.work(tenant.second)
    memberships.change_role(tenant.work(tenant.admin), tenant.second.user_id, "admin")
    assert resting.rests_on(work, tenant.admin.user_id) == []
    leave(work, tenant.admin.user_id, how)  # nobody has to say that it is known
    account = accounts.account(work, desk.account_id)
    assert account.state == "connected" and account.own is not None
    assert resting.gone_authors(work, [account.own]) == {}
    assert bearer(work, desk.registry, desk.account_id).cloud_id == desk.sandbox.cloud_ids["acme"]
    second = sign_in(tenant.second)
    for path in (tenant.path(""), desk.path):
        page = second.get(path)
        assert "who left" not in page.text and "has left" not in page.text
    second.submit("Test connection")
    assert "The credential works" in second.page.text


def test_nothing_ends_and_nobody_is_reminded(saved_desk: SetUpDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = saved_desk
    monkeypatch.setattr(desk.work.store, "mail_links", desk.portal.base_url)
    with desk.work.read() as session:
        assert _endings(session, now()) == []
    told = calendar(desk.work, [desk.account], now().tzinfo, is_admin=True)  # type: ignore[arg-type]
    assert told.dated == () and [one.kind for one in told.no_end] == ["secret"]
    with pytest.raises(NotHere):
        remind(desk.work, desk.account)
