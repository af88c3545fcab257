"""Several credentials on one grant: it lasts as long as one of them, whoever comes and goes at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from portal.alm_accounts import accounts, apps, drafts, sites
from portal.credentials import grants, keeping
from portal.credentials.acting_as import acting_as
from portal.credentials.connections import App, read_oauth2
from portal.credentials.given import Given
from portal.credentials.grants import Consent
from portal.credentials.keeping import Holder
from portal.jira.atlassian import Me, Site
from portal.jira.client import Identity
from portal.jira.oauth2_tokens import TokenPair
from portal.kinds import KINDS
from portal.secret import Secret
from portal.store.tables import AccountApp, Credential, Grant
from tests.credentials.rotation import due_of, expire, portal_at_work
from tests.support import canaries
from tests.support.accounts import delete_account
from tests.support.cloud import CloudOffice, cloud_office
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import Someone, TenantWorld

pytestmark = pytest.mark.on_both(
    "test_two_accounts_with_one_client_id_share_it",
    "test_who_comes_while_the_last_one_goes_has_a_grant",
    "test_who_goes_while_another_comes_leaves_the_grant",
    "test_the_last_two_go_at_once_and_leave_nothing",
    "test_of_two_first_consents_at_once_one_grant_comes",
)


@pytest.fixture
def office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> CloudOffice:
    return cloud_office(portal, sandbox, tenant)


def serves(office: CloudOffice, user_id: UUID | None, account_id: UUID | None = None) -> bool:
    """Whether this holder's credential still does, after the access token ended."""
    expire(office, office.grants()[0].id)
    with acting_as(office.work, office.registry, account_id or office.account_id, user_id) as acting:
        return bool(acting.jira.myself().display_name)


@pytest.mark.parametrize("first", ["person", "account"])
def test_the_grant_lasts_as_long_as_one_rests_on_it(first: str, office: CloudOffice) -> None:
    """The admin connects the account and then himself: two credentials, one grant."""
    admin = office.tenant.admin
    office.connect(admin, "admin")
    (grant,) = office.grants()
    holders = [admin.user_id, None] if first == "person" else [None, admin.user_id]
    assert keeping.disconnect(office.work, office.account_id, holders[0], "disconnected")
    assert serves(office, holders[1])
    assert keeping.disconnect(office.work, office.account_id, holders[1], "disconnected")
    assert (office.grants(), due_of(office, grant.id)) == ([], None)


def second_account(office: CloudOffice) -> UUID:
    """Another account of the tenant with the same app, as two have by the operator's."""
    account_id = drafts.create_draft(office.work, KINDS["cloud_oauth"], office.tenant.slug)
    sites.set_site(office.work, office.registry, account_id, office.sandbox.sites["acme"])
    first = office.account.app
    assert first is not None
    with office.work.write() as session:
        session.execute(update(AccountApp).where(AccountApp.account_id == account_id).values(app_id=first.id))
        apps.drop_unused_apps(session)
    callback = office.portal.base_url + accounts.account(office.work, account_id).callback_path
    office.sandbox.change_app(office.app, callback_url=callback)
    return account_id


def test_two_accounts_with_one_client_id_share_it(office: CloudOffice) -> None:
    """A second account by the same app: its consent renews the one grant, and deleting it keeps the rest."""
    (before,) = office.grants()
    second = second_account(office)
    flow = office.consent(office.tenant.admin, "account", "admin", account_id=second)
    assert flow.outcome == "connected"
    (grant,) = office.grants()
    assert (grant.id, grant.generation) == (before.id, before.generation + 1)
    delete_account(office.work, second)
    assert serves(office, None)
    delete_account(office.work, office.account_id)
    assert (office.grants(), due_of(office, grant.id)) == ([], None)


def consented(office: CloudOffice, person: Someone, app: App) -> tuple[Holder, Given]:
    """What a consent of this person as the Atlassian account ``one`` would bring, without asking."""
    whose = Holder(office.account_id, person.user_id, person.user_id)
    pair = TokenPair(Secret(canaries.new("access")), Secret(canaries.new("refresh")), 3600, None)
    site = Site(office.sandbox.cloud_ids["acme"], "acme", office.sandbox.sites["acme"])
    consent = Consent(app, pair, Me("one", "One", ""), [site], frozenset(app.scopes))
    return whose, Given(Identity("one", "", "One", "", "", True), consent=consent)


def app_of(office: CloudOffice) -> App:
    with office.work.read() as session:
        return read_oauth2(session, office.account_id).app


def keep(office: CloudOffice, person: Someone, app: App, reached: Callable[[], None] = lambda: None) -> None:
    """Store a consent; ``reached`` is called before the commit."""
    with portal_at_work(office).write() as session:
        keeping.keep(session, office.work, *consented(office, person, app))
        reached()


def drop(office: CloudOffice, person: Someone, reached: Callable[[], None] = lambda: None) -> None:
    """Disconnect; ``reached`` is called before the commit."""
    with portal_at_work(office).write() as session:
        mine = (Credential.user_id == person.user_id) & (Credential.account_id == office.account_id)
        grants.erase(session, mine)
        reached()


def at_once(first: Callable[[Callable[[], None]], None], second: Callable[[], None]) -> None:
    """Run both, the second while the first has done its work and not committed."""
    there, go_on = threading.Event(), threading.Event()

    def reached() -> None:
        there.set()
        go_on.wait(0.4)  # the second one waits for the lock meanwhile, where there is one

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(first, reached)
        assert there.wait(10)
        two = pool.submit(second)
        one.result(20)
        two.result(20)


def resting(office: CloudOffice) -> dict[str, int]:
    """How many credentials rest on each grant, by Atlassian account."""
    with office.work.read() as session:
        rows = session.execute(
            select(Grant.provider_account, func.count(Credential.id))
            .join(Credential, (Credential.tenant_id == Grant.tenant_id) & (Credential.grant_id == Grant.id))
            .group_by(Grant.provider_account)
        )
        found = dict(rows.all())
        assert session.scalar(select(func.count(Grant.id))) == len(found), "a grant on which nothing rests"
    return found


def test_who_comes_while_the_last_one_goes_has_a_grant(office: CloudOffice) -> None:
    app, member, second = app_of(office), office.tenant.member, office.tenant.second
    keep(office, member, app)
    at_once(lambda reached: drop(office, member, reached), lambda: keep(office, second, app))
    assert resting(office)["one"] == 1


def test_who_goes_while_another_comes_leaves_the_grant(office: CloudOffice) -> None:
    app, member, second = app_of(office), office.tenant.member, office.tenant.second
    keep(office, member, app)
    at_once(lambda reached: keep(office, second, app, reached), lambda: drop(office, member))
    assert resting(office)["one"] == 1


def test_the_last_two_go_at_once_and_leave_nothing(office: CloudOffice) -> None:
    app, member, second = app_of(office), office.tenant.member, office.tenant.second
    keep(office, member, app)
    keep(office, second, app)
    at_once(lambda reached: drop(office, member, reached), lambda: drop(office, second))
    assert "one" not in resting(office)


def test_of_two_first_consents_at_once_one_grant_comes(office: CloudOffice) -> None:
    app, member, second = app_of(office), office.tenant.member, office.tenant.second
    at_once(lambda reached: keep(office, member, app, reached), lambda: keep(office, second, app))
    assert resting(office)["one"] == 2
    (grant,) = [grant for grant in office.grants() if grant.provider_account == "one"]
    assert grant.generation == 2
