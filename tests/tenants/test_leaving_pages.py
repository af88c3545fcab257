"""Somebody goes on whose consent or token an ALM account rests: it is said before, and shown after."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from portal import clock
from portal.alm_accounts.resting import rests_on
from portal.credentials import token_drafts
from portal.people import memberships
from portal.store.tables import Credential, Reminder, TokenDraft
from tests.mail.conftest import Mailing, mail_settings
from tests.support import samples
from tests.support.accounts import connect, connected_account
from tests.support.databases import Database
from tests.support.person import Person
from tests.support.portals import Portal, serve
from tests.support.post import PostOffice, post_office
from tests.support.sandbox import SandboxProcess
from tests.support.tokens import token_office
from tests.support.world import Someone, TenantWorld, World

pytestmark = pytest.mark.on_both(
    "test_an_account_whose_connection_has_ended_is_told_and_takes_no_tick",
    "test_the_same_of_another_tenant_is_no_matter_here",
    "test_who_was_made_a_member_since_is_not_sent_where_they_may_not_go",
    "test_tokens_of_the_person_end_and_what_they_typed",
    "test_the_admins_who_stay_are_told_by_mail_of_who_left",
)

WARNING = "Reauthorise first"


def page(tenant: TenantWorld, rest: str) -> str:
    return tenant.path(f"people/{rest}")


@pytest.fixture
def chief(world: World, tenant: TenantWorld) -> Someone:
    """Another admin, who removes."""
    someone = world.person("Chris Chief")
    world.join(someone, tenant.id, "admin")
    return someone


@pytest.fixture
def account_id(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> UUID:
    """Authorised by the tenant's admin, as the Jira user ``admin``."""
    return connected_account(portal, sandbox, tenant)


def test_removing_somebody_an_account_rests_on_takes_a_tick(tenant, account_id, chief, sign_in) -> None:
    name, person = tenant.admin.name, sign_in(chief)
    person.get(page(tenant, f"{tenant.admin.user_id}/remove"))
    assert WARNING in person.page.text
    assert f"Jira acts as Avery Admin in Jira, by a consent that {name} gave." in person.page.text
    assert "nothing stops today" in person.page.text
    assert person.page.link("Reauthorise Jira") == tenant.path(f"alm-accounts/{account_id}")
    person.submit(f"Remove {name}")
    assert person.status == 422
    assert "Tick this to go on" in person.page.errors()[0]
    person.submit(f"Remove {name}", anyway=True)
    assert f"{name} belongs to this organisation no longer." in person.page.text
    assert f"authorised by {name}, who left" in person.get(tenant.path()).text
    overview = person.get(tenant.path(f"alm-accounts/{account_id}")).text
    assert f"{name} has left {tenant.name}" in overview and f"what {name} gave" in overview
    people = person.get(tenant.path(f"alm-accounts/{account_id}/people/")).text
    assert f"Authorised by {name}, who left" in people


def test_an_account_whose_connection_has_ended_is_told_and_takes_no_tick(
    tenant, account_id, chief, sign_in
) -> None:
    with tenant.work().write() as session:
        own = (Credential.account_id == account_id) & Credential.user_id.is_(None)
        session.execute(update(Credential).where(own).values(state="ended", ended_why="token_ended"))
    name, person = tenant.admin.name, sign_in(chief)
    person.get(page(tenant, f"{tenant.admin.user_id}/remove"))
    assert WARNING not in person.page.text
    assert f"what {name} gave has ended." in person.page.text
    assert person.page.link("Jira", within="main") == tenant.path(f"alm-accounts/{account_id}")
    person.submit(f"Remove {name}")
    assert f"{name} belongs to this organisation no longer." in person.page.text


def test_a_forged_removal_without_the_tick_changes_nothing(tenant, account_id, chief, sign_in) -> None:
    person = sign_in(chief)
    person.get(page(tenant, f"{tenant.admin.user_id}/remove"))
    person.post(page(tenant, f"{tenant.admin.user_id}/remove"))
    assert person.status == 422
    assert memberships.member(tenant.work(chief), tenant.admin.user_id).role == "admin"


def test_who_is_nothing_to_an_account_goes_without_a_tick(tenant, account_id, sign_in) -> None:
    admin = sign_in(tenant.admin)
    admin.get(page(tenant, f"{tenant.member.user_id}/remove"))
    assert WARNING not in admin.page.text and "Programs can act as them no longer." in admin.page.text
    admin.submit(f"Remove {tenant.member.name}")
    assert admin.status == 200


def test_whose_jira_user_it_is_counts_too(portal, sandbox, tenant, account_id, sign_in) -> None:
    """The admin pressed Allow, but in a browser where somebody else was signed in to Jira."""
    connect(portal, sandbox, tenant, tenant.member, account_id, "admin")
    admin = sign_in(tenant.admin)
    admin.get(page(tenant, f"{tenant.member.user_id}/remove"))
    assert "Jira acts as Avery Admin in Jira, by a consent of their Jira user." in admin.page.text
    connect(portal, sandbox, tenant, tenant.member, account_id, "ada")
    assert WARNING not in admin.get(page(tenant, f"{tenant.member.user_id}/remove")).text


def test_a_token_is_told_as_one(portal, sandbox, tenant, chief, sign_in) -> None:
    token_office(portal, sandbox, tenant)
    told = sign_in(chief).get(page(tenant, f"{tenant.admin.user_id}/remove")).text
    assert f"by a token or password that {tenant.admin.name} gave." in told


def test_an_account_that_acts_no_longer_rests_on_nobody(tenant) -> None:
    account_id = samples.account(tenant)
    credential_id = samples.credential(tenant, account_id)
    work = tenant.work(tenant.admin)
    assert [one.account_id for one in rests_on(work, tenant.admin.user_id)] == [account_id]
    assert rests_on(work, tenant.member.user_id) == []
    with work.write() as session:
        session.get_one(Credential, (tenant.id, credential_id)).state = "ended"
    assert rests_on(work, tenant.admin.user_id) == []


def test_the_same_of_another_tenant_is_no_matter_here(tenant, world, sign_in, chief) -> None:
    """T01."""
    world.join(tenant.admin, tenant.other.id)
    theirs = samples.account(tenant.other)
    credential_id = samples.credential(tenant.other, theirs)
    with tenant.other.work().write() as session:
        session.get_one(Credential, (tenant.other.id, credential_id)).connected_by = tenant.admin.user_id
    assert rests_on(tenant.work(tenant.admin), tenant.admin.user_id) == []
    assert len(rests_on(tenant.other.work(tenant.admin), tenant.admin.user_id)) == 1


def test_leaving_oneself_takes_the_tick_too(tenant, account_id, chief, sign_in) -> None:
    admin = sign_in(tenant.admin)
    admin.get(page(tenant, "leave"))
    assert "by a consent that you gave." in admin.page.text
    others = f"Or let another admin do that: {chief.name}. They see it on the page of the account."
    assert others in admin.page.text
    admin.submit(f"Leave {tenant.name}")
    assert admin.status == 422
    admin.submit(f"Leave {tenant.name}", anyway=True)
    assert "You have left" in admin.page.text
    assert (
        f"{tenant.admin.name} has left" in sign_in(chief).get(tenant.path(f"alm-accounts/{account_id}")).text
    )


def test_who_was_made_a_member_since_is_not_sent_where_they_may_not_go(tenant, account_id, chief, sign_in):
    memberships.change_role(tenant.work(chief), tenant.admin.user_id, "member")
    person = sign_in(tenant.admin)
    told = person.get(page(tenant, "leave"))
    assert f"Let an admin do that: {chief.name}." in told.text
    assert not told.has("Reauthorise Jira")


def test_the_last_admin_is_refused_before_any_tick(tenant, account_id, sign_in) -> None:
    admin = sign_in(tenant.admin)
    admin.get(page(tenant, "leave"))
    admin.submit(f"Leave {tenant.name}", anyway=True)
    assert admin.status == 409
    assert "only admin" in admin.page.text


def test_tokens_of_the_person_end_and_what_they_typed(portal, sandbox, tenant, sign_in) -> None:
    """T06. Another person's and the account's own stay."""
    office = token_office(portal, sandbox, tenant)
    office.connect(tenant.member, "ada")
    office.connect(tenant.second, "grace")
    for someone in (tenant.member, tenant.second):
        work, typed = tenant.work(someone), office.typed("linus")
        token_drafts.keep_draft(work, office.account_id, someone.user_id, typed)
    reminder = Reminder(account_id=office.account_id, user_id=tenant.member.user_id, sent_at=clock.now())
    with tenant.work().write() as session:
        session.add(reminder)
    admin = sign_in(tenant.admin)
    admin.get(page(tenant, f"{tenant.member.user_id}/remove"))
    admin.submit(f"Remove {tenant.member.name}")
    with tenant.work().read() as session:
        assert set(session.scalars(select(Credential.user_id))) == {None, tenant.second.user_id}
        assert list(session.scalars(select(TokenDraft.holder_id))) == [tenant.second.user_id]
        assert session.scalar(select(func.count()).select_from(Reminder)) == 0


@pytest.fixture
def letters() -> Iterator[PostOffice]:
    with post_office() as running:
        yield running


@pytest.fixture
def mailing(empty_database: Database, letters: PostOffice) -> Iterator[Portal]:
    with serve(empty_database, **mail_settings(letters)) as running:
        yield running


@pytest.fixture
def enter(mailing: Portal) -> Callable[[Someone], Person]:
    return lambda someone: Person.of(mailing, someone)


@pytest.mark.parametrize("how", ["left", "removed"])
def test_the_admins_who_stay_are_told_by_mail_of_who_left(how, mailing, sandbox, enter, letters) -> None:
    """Who was removed was removed by an admin, who has seen the page."""
    tenant = mailing.world.tenant()
    account_id = connected_account(mailing, sandbox, tenant)
    mailing.world.join(tenant.stranger, tenant.id, "admin")
    if how == "left":
        person = enter(tenant.admin)
        person.get(page(tenant, "leave"))
        assert f"{tenant.stranger.name} is told by mail when you leave." in person.page.text
        person.submit(f"Leave {tenant.name}", anyway=True)
    else:
        person = enter(tenant.stranger)
        person.get(page(tenant, f"{tenant.admin.user_id}/remove"))
        person.submit(f"Remove {tenant.admin.name}", anyway=True)
    Mailing(mailing.settings, mailing.store).work_off()
    assert letters.recipients == ([tenant.stranger.email] if how == "left" else [])
    if how == "left":
        [text] = letters.texts(tenant.stranger.email)
        assert mailing.base_url + tenant.path(f"alm-accounts/{account_id}") in text
        assert f"{tenant.admin.name} has left {tenant.name}." in text
