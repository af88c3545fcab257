"""Who is written to when a grant ends: those who can connect it again, once, with the page to do it on."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from portal.alm_accounts.leaving import leave
from portal.credentials import access_tokens
from portal.credentials.acting_as import NotConnected, acting_as
from portal.credentials.problems import problem
from portal.jira.answers import JiraTrouble
from portal.store.tables import Mail
from tests.credentials.rotation import expire, portal_at_work, sweep
from tests.mail.conftest import mail_settings
from tests.support.cloud import CloudOffice, cloud_office
from tests.support.databases import Database
from tests.support.portals import Portal, serve
from tests.support.post import PostOffice, post_office
from tests.support.sandbox import SandboxProcess
from tests.support.world import Someone, TenantWorld

pytestmark = pytest.mark.on_both(
    "test_it_is_told_once_and_again_after_the_next",
    "test_without_a_mail_server_nothing_waits",
)


@pytest.fixture
def letters() -> Iterator[PostOffice]:
    with post_office() as running:
        yield running


@pytest.fixture
def office(empty_database: Database, letters: PostOffice, sandbox: SandboxProcess) -> Iterator[CloudOffice]:
    """An authorised account of a portal that sends mail."""
    cloud = {"cloud_auth_url": sandbox.cloud_url, "cloud_api_url": sandbox.cloud_url}
    sites = " ".join(sandbox.sites.values())
    with serve(empty_database, practice_sites=sites, **cloud, **mail_settings(letters)) as portal:
        yield cloud_office(portal, sandbox, portal.world.tenant())


def end(office: CloudOffice, jira_user: str) -> None:
    """The app is removed at Atlassian, which shows when the grant is renewed; and mail goes out."""
    office.sandbox.end_grant(office.app, jira_user)
    for grant in office.grants():
        expire(office, grant.id)
        try:
            access_tokens.access_token(portal_at_work(office), office.registry, grant.id)
        except JiraTrouble:
            continue
    sweep(office)


def only_letter(letters: PostOffice, someone: Someone) -> str:
    (text,) = letters.texts(someone.email)
    return text.replace("\r\n", "\n")


def test_a_person_is_told_of_their_own(office: CloudOffice, letters: PostOffice) -> None:
    member = office.tenant.member
    office.connect(member, "grace")
    end(office, "grace")
    text = only_letter(letters, member)
    assert problem("grant_refused").cause in text
    account = office.account
    page = f"{office.portal.base_url}{office.tenant.path(f'profile/alm-credentials/{account.id}')}"
    assert f"{account.name}, your own connection:\n{page}" in text
    assert letters.recipients == [member.email]
    with (
        pytest.raises(NotConnected) as caught,
        acting_as(office.work, office.registry, office.account_id, member.user_id),
    ):
        pass
    assert caught.value.view is not None
    assert (caught.value.view.state, caught.value.view.code) == ("ended", "grant_refused")


def test_it_is_told_once_and_again_after_the_next(office: CloudOffice, letters: PostOffice) -> None:
    member = office.tenant.member
    for count in (1, 2):
        office.connect(member, "grace")
        for _ in range(2):
            end(office, "grace")
        assert len(letters.texts(member.email)) == count


def test_one_letter_names_all_that_rested_on_it(office: CloudOffice, letters: PostOffice) -> None:
    admin = office.tenant.admin
    office.connect(admin, "admin")
    assert len(office.grants()) == 1
    end(office, "admin")
    text = only_letter(letters, admin)
    assert "your own connection:" in text
    page = office.tenant.path(f"alm-accounts/{office.account_id}/set-up")
    assert f"the connection of the account itself:\n{office.portal.base_url}{page}" in text


def another_admin(office: CloudOffice) -> Someone:
    made = office.portal.world.person("Ann Another")
    office.portal.world.join(made, office.tenant.id, "admin")
    return made


@pytest.mark.parametrize("has_left", [False, True], ids=["is there", "has left"])
def test_of_the_account_the_one_who_authorised_it_is_told(
    has_left: bool, office: CloudOffice, letters: PostOffice
) -> None:
    """Where that one has left, every admin of the tenant; nobody else in any case."""
    other = another_admin(office)
    if has_left:
        leave(office.work, office.tenant.admin.user_id, "removed", anyway=True)
    end(office, "admin")
    assert letters.recipients == [(other if has_left else office.tenant.admin).email]


def test_without_a_mail_server_nothing_waits(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    office = cloud_office(portal, sandbox, tenant)
    end(office, "admin")
    assert office.account.state == "ended"
    with portal_at_work(office).read() as session:
        assert session.scalar(select(func.count(Mail.id)).where(Mail.once.like("grant %"))) == 0
