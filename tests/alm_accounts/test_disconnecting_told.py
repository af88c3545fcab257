"""Who was disconnected by an admin learns of it, by mail and on their own pages; so does the record."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from portal import clock
from portal.alm_accounts import accounts, disconnecting
from portal.alm_accounts.leaving import leave
from portal.audit.log import record
from portal.store.tables import AuditEvent, Mail
from tests.alm_accounts.test_connected_people import path, row
from tests.alm_accounts.test_disconnecting import account_id, end, mine, page_of
from tests.alm_accounts.test_reminders import deliver, enter, letters, mailing, staff
from tests.people.helpers import at_once, events, set_user
from tests.support import samples
from tests.support.accounts import connect, connected_account

__all__ = ["account_id", "enter", "letters", "mailing", "staff"]

pytestmark = pytest.mark.on_both(
    "test_the_story_of_who_was_connected_as_the_wrong_user",
    "test_two_admins_at_once_disconnect_and_tell_once",
    "test_the_notice_goes_by_the_newest_that_happened",
)


def test_the_story_of_who_was_connected_as_the_wrong_user(mailing, sandbox, staff, enter, letters) -> None:
    """The admin sees whom, ends it, and the person reads it by mail and on their pages until they connect."""
    account_id = connected_account(mailing, sandbox, staff)
    connect(mailing, sandbox, staff, staff.member, account_id, "grace")
    admin = enter(staff.admin)
    admin.get(path(staff, account_id))
    page = admin.click(f"Disconnect {staff.member.name}")
    assert "Acts in Jira as Grace Okafor, grace@example.com" in page.text
    assert "A mail tells them that you did it." in page.text
    assert "Who signs in there as Grace Okafor can revoke it: Authorized applications" in page.text
    page = admin.submit(f"Disconnect {staff.member.name}")
    name = accounts.account(staff.work(staff.admin), account_id).name
    assert f"{staff.member.name} is disconnected from {name}. A mail tells them." in page.text
    assert row(page, staff.member)["State"] == "Not connected"
    assert not page.has(f"Disconnect {staff.member.name}")

    deliver(mailing)
    assert letters.recipients == [staff.member.email]
    (text,) = letters.texts(staff.member.email)
    assert f"{staff.admin.name}, an admin of {staff.name}, has disconnected your Jira identity" in text
    assert mailing.base_url + mine(staff, account_id) in text and "nothing at Jira" in text

    told = f"{staff.admin.name} has disconnected you"
    member = enter(staff.member)
    assert told in member.get(staff.path("profile/alm-credentials/")).text
    page = member.get(mine(staff, account_id))
    assert told in page.text and page.has("Get OAuth token")
    assert "Authorized applications" in page.text, "and how a former token is revoked"
    connect(mailing, sandbox, staff, staff.member, account_id, "ada")
    for rest in (staff.path("profile/alm-credentials/"), mine(staff, account_id)):
        assert told not in member.get(rest).text


def test_the_record_names_who_did_it_to_whom(account_id, sign_in, tenant) -> None:
    admin = sign_in(tenant.admin)
    admin.get(page_of(tenant, account_id, tenant.member))
    admin.submit(f"Disconnect {tenant.member.name}")
    assert events(tenant.work(), tenant.member.user_id) == ["credential.ended"]
    with tenant.work().read() as session:
        line = session.scalars(select(AuditEvent).where(AuditEvent.event == "credential.ended")).one()
    assert (line.actor_id, line.account_id) == (tenant.admin.user_id, account_id)
    assert line.details == {"why": disconnecting.BY_ADMIN}
    shown = admin.get(tenant.path("activity/")).text
    assert f"{tenant.admin.name} Disconnected {tenant.member.name}" in " ".join(shown.split())
    assert "by an admin, on Connected people" in shown
    timeline = admin.get(tenant.path(f"alm-accounts/{account_id}/timeline?whose={tenant.member.user_id}"))
    assert "by an admin, on Connected people" in timeline.text


def test_two_admins_at_once_disconnect_and_tell_once(mailing, staff, letters) -> None:
    account_id = samples.account(staff)
    seen = samples.credential(staff, account_id, staff.member.user_id)
    mailing.world.join(staff.stranger, staff.id, "admin")
    admins = [staff.admin, staff.stranger] * 2
    ended = []
    ends = at_once([lambda by=by: ended.append(end(staff, account_id, seen, by)) for by in admins])
    assert ends == {"ok": 4}
    assert sorted(one.was_connected for one in ended) == [False, False, False, True]
    deliver(mailing)
    assert letters.recipients == [staff.member.email]
    assert events(staff.work(), staff.member.user_id) == ["credential.ended"]


def test_the_notice_goes_by_the_newest_that_happened(mailing, sandbox, staff, enter) -> None:
    """The second time another admin did it, who is named. What others connect, what the person does for the
    account itself, or elsewhere, ends no notice; who connected again and ended that themselves has none."""
    account_id = connected_account(mailing, sandbox, staff)
    other = mailing.world.person("Odette Other")
    mailing.world.join(other, staff.id, "admin")
    work, member = staff.work(staff.member), enter(staff.member)
    for by in (staff.admin, other):
        end(staff, account_id, connect(mailing, sandbox, staff, staff.member, account_id, "ada"), by)
        for who, account, purpose in (
            (staff.member, account_id, "account"),
            (staff.member, uuid4(), "person"),
            (staff.second, account_id, "person"),
        ):
            about = {"account_id": account, "subject_id": uuid4()}
            with work.write() as session:
                record(session, staff.work(who), "credential.connected", **about, purpose=purpose)
        assert f"{by.name} has disconnected you" in member.get(mine(staff, account_id)).text
    assert f"{staff.admin.name} has" not in member.page.text
    connect(mailing, sandbox, staff, staff.member, account_id, "ada")
    member.get(mine(staff, account_id) + "/disconnect")
    member.submit("Disconnect")
    assert "has disconnected you" not in member.get(mine(staff, account_id)).text


def test_who_was_removed_and_came_back_is_told_of_no_disconnecting(tenant, account_id, world) -> None:
    leave(tenant.work(tenant.admin), tenant.member.user_id, "removed", anyway=True)
    world.join(tenant.member, tenant.id)
    assert events(tenant.work(), tenant.member.user_id) == ["member.left", "credential.ended"]
    assert disconnecting.notices(tenant.work(tenant.member)) == {}


@pytest.mark.parametrize("state", [{"disabled_at": clock.now()}, {"password_hash": None}], ids=["off", "new"])
def test_who_cannot_sign_in_gets_no_mail(state, mailing, staff, enter) -> None:
    """The page says so before, and what is done says the same."""
    account_id = samples.account(staff)
    samples.credential(staff, account_id, staff.member.user_id)
    set_user(staff.work(), staff.member.user_id, **state)
    admin = enter(staff.admin)
    page = admin.get(page_of(staff, account_id, staff.member))
    assert "No mail is sent." in page.text
    page = admin.submit(f"Disconnect {staff.member.name}")
    assert "No mail is sent: their own page tells them." in page.text
    with staff.work().read() as session:
        assert session.scalars(select(Mail)).all() == []
