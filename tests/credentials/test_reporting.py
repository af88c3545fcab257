"""Personal data reporting, with the practice Atlassian: what is reported when, and what an answer does."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from portal.alm_accounts import drafts, sites
from portal.alm_accounts.testing import run_test
from portal.credentials import erasing, reporting, token_drafts, tokens
from portal.credentials.acting_as import NotConnected, acting_as
from portal.credentials.grants import erase
from portal.credentials.held_data import CYCLE
from portal.credentials.keeping import disconnect
from portal.credentials.reporting import report_due, spread, subject_of
from portal.handlers import HANDLERS, ONLY_ONE, Tools
from portal.jira.answers import Code
from portal.kinds import KINDS
from portal.kinds.methods import SCOPED_TOKEN
from portal.kinds.scopes import REPORT
from portal.sandbox.people import USERS
from portal.secret import Secret
from portal.store import due
from portal.store.tables import (
    AccountToReport,
    AuditEvent,
    Credential,
    DueWork,
    Flow,
    Grant,
    SharedGrant,
    TokenDraft,
)
from portal.store.work import NOBODY, Store, Work, now_of
from tests.support import canaries
from tests.support.accounts import at_browser, registry_of
from tests.support.api_tokens import EVERY_SCOPE
from tests.support.cloud import ALL_SCOPES, CloudOffice, cloud_draft, cloud_office
from tests.support.cloud_people import shared_app
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import CloudApp, SandboxProcess
from tests.support.world import Someone, TenantWorld, World

pytestmark = [
    pytest.mark.own_database,
    pytest.mark.on_both(
        "test_a_consent_puts_its_account_on_the_list_and_the_last_credential_takes_it_off",
        "test_two_workers_at_once_report_nobody_twice",
        "test_a_closed_account_is_erased_and_its_person_told",
        "test_a_changed_account_whose_token_will_not_do_loses_its_name",
        "test_a_test_with_a_token_fetches_the_identity_of_all_it_is_kept_by",
        "test_the_operators_app_reports_for_all_tenants_and_erases_in_the_one_that_holds_it",
        "test_what_one_tenant_fetched_does_not_make_fresh_what_another_keeps",
        "test_a_changed_account_is_fetched_again",
        "test_a_changed_account_that_nobody_can_ask_loses_its_name",
        "test_where_all_are_refused_it_is_noted_and_waits_for_the_next_day",
        "test_the_daily_run_holds_the_list_to_what_is_held",
    ),
]

ADMIN, GRACE, ADA = (USERS[name].account_id for name in ("admin", "grace", "ada"))
DAY = timedelta(days=1)


class Reporting:
    """An authorised account, a member connected as Grace, and the list of accounts to report."""

    def __init__(self, office: CloudOffice) -> None:
        self.office = office
        self.client_id = office.app.client_id
        self.mine = office.connect(office.tenant.member, "grace")
        office.sandbox.clear_requests()

    @property
    def everywhere(self) -> Work:
        """The portal at work in no tenant."""
        return Work(self.office.portal.store, None, NOBODY)

    def rows(self) -> dict[str, AccountToReport]:
        with self.everywhere.read() as session:
            wanted = select(AccountToReport).where(AccountToReport.client_id == self.client_id)
            return {row.provider_account: row for row in session.scalars(wanted)}

    def edit(self, **values: object) -> None:
        with self.everywhere.write() as session:
            same = AccountToReport.client_id == self.client_id
            session.execute(update(AccountToReport).where(same).values(**values))

    def make_due(self, days_old: int = 8) -> None:
        """So much time passed since all data was fetched."""
        with self.everywhere.read() as session:
            now = now_of(session)
        self.edit(due_at=now - timedelta(minutes=1), data_at=now - days_old * DAY)

    def report(self) -> None:
        """What the worker does about this app."""
        report_due(self.everywhere, self.office.registry, subject_of(self.client_id))

    def reports(self) -> list[list[str]]:
        """The accounts of each call Atlassian took from this app."""
        told = [one for one in self.office.sandbox.reports() if one["client_id"] == self.client_id]
        assert not any(one["too_soon"] for one in told), "reported twice within a cycle"
        return [[account["accountId"] for account in one["accounts"]] for one in told]

    def due_work(self, *kinds: str) -> list[DueWork]:
        with self.everywhere.read() as session:
            return list(session.scalars(select(DueWork).where(DueWork.kind.in_(kinds))))

    def follow_up(self) -> None:
        """Do what the answer asked for in any tenant, as the worker does."""
        tools = Tools(self.office.portal.settings, self.office.portal.store, self.office.registry, None)
        for row in self.due_work(erasing.CLOSED, erasing.CHANGED):
            with self.everywhere.write() as session:
                session.execute(delete(DueWork).where(DueWork.id == row.id))
            HANDLERS[row.kind](tools, self.everywhere.within(row.tenant_id), row)  # type: ignore[arg-type]

    def credential(self, credential_id: UUID | None = None) -> Credential | None:
        with self.office.work.read() as session:
            return session.get(Credential, (self.office.tenant.id, credential_id or self.mine))

    def audit(self, event: str) -> list[tuple[str, dict[str, object]]]:
        with self.office.work.read() as session:
            wanted = select(AuditEvent).where(AuditEvent.event == event).order_by(AuditEvent.seq)
            return [(line.outcome, line.details) for line in session.scalars(wanted)]


@pytest.fixture
def reporting_(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Iterator[Reporting]:
    made = Reporting(cloud_office(portal, sandbox, tenant))
    yield made
    clear(made)


@pytest.fixture(autouse=True)
def nothing_left(store: Store) -> None:
    """What other tests left of the operator's app, which is everybody's, is none of these tests'."""
    everywhere = Work(store, None, NOBODY)
    _clear(everywhere)
    with everywhere.read() as session:
        tenants = session.scalars(select(SharedGrant.tenant_id).distinct()).all()
    for tenant_id in tenants:
        with everywhere.within(tenant_id).write() as session:
            session.execute(update(Grant).values(state="ended", ended_why="left by another test"))


def clear(made: Reporting) -> None:
    """No other test finds anything to do."""
    _clear(made.everywhere)


def _clear(everywhere: Work) -> None:
    with everywhere.write() as session:
        kinds = (erasing.CLOSED, erasing.CHANGED, reporting.KIND)
        session.execute(delete(DueWork).where(DueWork.kind.in_(kinds)))
        session.execute(delete(AccountToReport))


def test_a_consent_puts_its_account_on_the_list_and_the_last_credential_takes_it_off(
    reporting_: Reporting,
) -> None:
    rows = reporting_.rows()
    assert set(rows) == {ADMIN, GRACE}
    assert all(row.due_at - row.data_at - CYCLE < timedelta(minutes=2) for row in rows.values())
    office = reporting_.office
    assert disconnect(
        office.tenant.work(office.tenant.member),
        office.account_id,
        office.tenant.member.user_id,
        "disconnected",
    )
    assert set(reporting_.rows()) == {ADMIN}


def test_nothing_but_ids_and_dates_stands_in_the_list() -> None:
    assert {column.name for column in AccountToReport.__table__.columns} == {
        "client_id", "provider_account", "data_at", "reported_at", "due_at"
    }  # fmt: skip


def test_a_test_fetches_the_identity_anew(reporting_: Reporting) -> None:
    reporting_.make_due()
    before = reporting_.rows()[ADMIN].data_at
    office = reporting_.office
    assert run_test(office.work, office.registry, office.account_id, None).passed
    rows = reporting_.rows()
    assert rows[ADMIN].data_at > before + 7 * DAY
    assert rows[GRACE].data_at == before


def test_what_is_due_is_reported_with_its_date_and_not_again_within_the_cycle(reporting_: Reporting) -> None:
    reporting_.report()
    assert reporting_.reports() == [], "fresh"
    reporting_.make_due()
    old = reporting_.rows()[GRACE].data_at
    for _ in range(2):
        reporting_.report()
    (accounts,) = reporting_.reports()
    assert sorted(accounts) == sorted([ADMIN, GRACE])
    (told,) = (one for one in reporting_.office.sandbox.reports() if one["client_id"] == reporting_.client_id)
    at = {one["accountId"]: datetime.fromisoformat(one["updatedAt"]) for one in told["accounts"]}
    assert abs(at[GRACE] - old) < timedelta(milliseconds=2)
    row = reporting_.rows()[GRACE]
    assert row.reported_at is not None and row.due_at - row.reported_at == CYCLE
    assert reporting_.audit("accounts.reported") == [("ok", {"code": "reported"})]


@pytest.mark.parametrize(("said", "cycle"), [("P1D", DAY), ("172800", 2 * DAY), ("soon", CYCLE)])
def test_the_cycle_is_what_atlassian_names(reporting_: Reporting, said: str, cycle: timedelta) -> None:
    reporting_.office.sandbox.set_cycle(said)
    reporting_.make_due()
    reporting_.report()
    for row in reporting_.rows().values():
        assert row.reported_at is not None and row.due_at - row.reported_at == cycle
    reporting_.office.connect(reporting_.office.tenant.second, "ada")
    fresh = reporting_.rows()[ADA]
    assert abs(fresh.due_at - fresh.data_at - cycle) < timedelta(minutes=2)


def add_accounts(made: Reporting, count: int) -> None:
    with made.everywhere.write() as session:
        now = now_of(session)
        for number in range(count):
            row = {"data_at": now - 8 * DAY, "due_at": now - timedelta(minutes=1)}
            account = f"712020:{number:04}"
            session.add(AccountToReport(client_id=made.client_id, provider_account=account, **row))


def test_more_than_ninety_take_several_calls(reporting_: Reporting) -> None:
    add_accounts(reporting_, 200)
    reporting_.report()
    calls = reporting_.reports()
    assert sorted(map(len, calls), reverse=True) == [90, 90, 20]
    assert len({account for call in calls for account in call}) == 200


def test_a_long_list_goes_on_in_a_row_of_its_own(
    reporting_: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "MOST_CALLS", 1)
    add_accounts(reporting_, 100)
    reporting_.report()
    assert [len(call) for call in reporting_.reports()] == [90]
    assert [row.subject_id for row in reporting_.due_work("report")] == [subject_of(reporting_.client_id)]
    reporting_.report()
    assert sorted(len(call) for call in reporting_.reports()) == [10, 90]


def test_two_workers_at_once_report_nobody_twice(reporting_: Reporting) -> None:
    add_accounts(reporting_, 200)
    threads = [threading.Thread(target=reporting_.report) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [account for call in reporting_.reports() for account in call]
    assert len(told) == len(set(told)) == 200


def test_a_closed_account_is_erased_and_its_person_told(
    reporting_: Reporting, sign_in: Callable[[Someone], Person]
) -> None:
    office, tenant = reporting_.office, reporting_.office.tenant
    token, _ = paste_token(office, tenant.second, "grace")
    with office.work.write() as session:
        flow = session.scalars(select(Flow).where(Flow.user_id == tenant.member.user_id)).one()
        flow.evidence = {"former": "Somebody Else", "now": "Grace Okafor"}
        draft = {"method": SCOPED_TOKEN, "login": "Grace@example.com", "kept_at": now_of(session)}
        session.add(TokenDraft(account_id=office.account_id, holder_id=tenant.second.user_id, **draft))
    office.sandbox.close_account(GRACE)
    reporting_.make_due()
    reporting_.report()
    reporting_.follow_up()
    for credential_id in (reporting_.mine, token):
        row = reporting_.credential(credential_id)
        assert row is not None
        assert (row.state, row.ended_why, row.access_token, row.grant_id) == (
            "ended",
            "account_closed",
            None,
            None,
        )
        kept = " ".join([row.jira_key, row.jira_name, row.jira_display_name, row.jira_email, row.login])
        assert not {"grace", "okafor", GRACE} & set(kept.lower().split())
    with office.work.read() as session:
        assert session.scalars(select(Grant.provider_account)).all() == [ADMIN]
        assert session.scalars(select(Flow.evidence).where(Flow.id == flow.id)).one() is None
        assert session.scalars(select(TokenDraft)).all() == []
    assert set(reporting_.rows()) == {ADMIN}
    assert len(reporting_.audit("person.erased")) == 2
    member = sign_in(tenant.member)
    text = member.get(tenant.path(f"profile/alm-credentials/{office.account_id}")).text
    assert "The Atlassian account was closed" in text
    assert "Grace" not in text and "grace@" not in text
    with (
        pytest.raises(NotConnected),
        acting_as(office.work, office.registry, office.account_id, tenant.member.user_id),
    ):
        pass
    assert office.account.own is not None and office.account.own.state == "connected", "others go on"
    office.connect(tenant.member, "ada")
    assert "You act as Ada" in member.get(tenant.path(f"profile/alm-credentials/{office.account_id}")).text


def paste_token(office: CloudOffice, someone: Someone, jira_user: str) -> tuple[UUID, str]:
    """A token with scopes that somebody makes at Atlassian and pastes: the credential's id, and the token."""
    token = canaries.add(office.sandbox.make_api_token(jira_user, scopes=EVERY_SCOPE))
    typed = token_drafts.Typed(SCOPED_TOKEN, USERS[jira_user].email, Secret(token), None)
    work = at_browser(office.tenant, someone)
    token_drafts.keep_draft(work, office.account_id, someone.user_id, typed)
    outcome = tokens.connect(work, office.registry, office.account_id, someone.user_id)
    assert outcome.credential_id is not None, outcome.code
    return outcome.credential_id, token


def test_who_pasted_a_token_is_reported_too_and_asked_by_it_when_changed(reporting_: Reporting) -> None:
    """By whoever's consent can: a token cannot report. And closed, what is kept of it is erased."""
    office = reporting_.office
    pasted, _ = paste_token(office, office.tenant.second, "ada")
    assert set(reporting_.rows()) == {ADMIN, GRACE, ADA}
    office.sandbox.change_account(ADA, name="Ada Byron")
    reporting_.make_due()
    reporting_.report()
    (told,) = reporting_.reports()
    assert ADA in told
    reporting_.follow_up()
    row = reporting_.credential(pasted)
    assert row is not None and (row.jira_display_name, row.jira_email) == ("Ada Byron", USERS["ada"].email)
    listed = reporting_.rows()[ADA]
    assert listed.reported_at is not None and listed.data_at > listed.reported_at - timedelta(minutes=2)
    office.sandbox.close_account(ADA)
    reporting_.make_due()
    office.sandbox.set_cycle("0")
    reporting_.report()
    reporting_.follow_up()
    row = reporting_.credential(pasted)
    assert row is not None and (row.ended_why, row.jira_key, row.login) == ("account_closed", "", "")
    assert row.access_token is None and set(reporting_.rows()) == {ADMIN, GRACE}


@pytest.mark.parametrize("is_past_its_end", [False, True], ids=["revoked", "past its end"])
def test_a_changed_account_whose_token_will_not_do_loses_its_name(
    reporting_: Reporting, is_past_its_end: bool
) -> None:
    office = reporting_.office
    pasted, token = paste_token(office, office.tenant.second, "ada")
    office.sandbox.change_account(ADA, name="Ada Byron")
    reporting_.make_due()
    reporting_.report()
    if is_past_its_end:
        with office.work.write() as session:
            same = Credential.id == pasted
            session.execute(update(Credential).where(same).values(expires_at=now_of(session) - DAY))
    else:
        office.sandbox.end_api_token(token)
    reporting_.follow_up()
    row = reporting_.credential(pasted)
    assert row is not None and (row.jira_display_name, row.jira_email) == (erasing.UNKNOWN, "")


def test_a_test_with_a_token_fetches_the_identity_of_all_it_is_kept_by(reporting_: Reporting) -> None:
    office = reporting_.office
    pasted, _ = paste_token(office, office.tenant.second, "grace")
    reporting_.make_due()
    before = reporting_.rows()[GRACE].data_at
    office.sandbox.change_account(GRACE, name="Grace Hopper")
    assert run_test(office.work, office.registry, office.account_id, office.tenant.second.user_id).passed
    assert reporting_.rows()[GRACE].data_at > before + 7 * DAY
    row = reporting_.credential()
    assert row is not None and row.jira_display_name == "Grace Hopper", "the one by consent"
    office.sandbox.change_account(GRACE, name="Grace Murray")
    assert run_test(office.work, office.registry, office.account_id, office.tenant.member.user_id).passed
    row = reporting_.credential(pasted)
    assert row is not None and row.jira_display_name == "Grace Murray", "and the other way round"
    with office.work.write() as session:
        erase(session, Credential.id == reporting_.mine)
    assert GRACE in reporting_.rows(), "her name is kept by her token"


def by_the_shared_app(
    portal: Portal, app: CloudApp, sandbox: SandboxProcess, tenant: TenantWorld, user: str
) -> CloudOffice:
    """A tenant with an account by the operator's app, authorised as this Jira user."""
    work, registry = at_browser(tenant, tenant.admin), registry_of(portal)
    account_id = drafts.create_draft(work, KINDS["cloud_oauth"], tenant.slug, registry.cloud.shared_app)
    sites.set_site(work, registry, account_id, sandbox.sites["acme"])
    office = CloudOffice(portal, sandbox, tenant, account_id, app)
    office.authorise(user)
    office.save()
    return office


def test_the_operators_app_reports_for_all_tenants_and_erases_in_the_one_that_holds_it(
    portal: Portal, sandbox: SandboxProcess, world: World
) -> None:
    """And in a third tenant, by an app of its own, the same Atlassian account is that app's to report."""
    first, second, stranger = world.tenant(), world.tenant(), world.tenant()
    app = shared_app(portal, sandbox)
    here = by_the_shared_app(portal, app, sandbox, first, "admin")
    there = by_the_shared_app(portal, app, sandbox, second, "ada")
    apart = Reporting(cloud_office(portal, sandbox, stranger))
    made = Reporting(here)
    assert set(made.rows()) == {ADMIN, ADA, GRACE}
    sandbox.close_account(ADA)
    sandbox.close_account(GRACE)
    made.make_due()
    made.report()
    (told,) = made.reports()
    assert sorted(told) == sorted([ADMIN, ADA, GRACE])
    made.follow_up()
    own = there.account.own
    assert own is not None and (own.state, own.code) == ("ended", "account_closed")
    assert here.account.own is not None and here.account.own.state == "connected"
    assert set(made.rows()) == {ADMIN}
    row = apart.credential()
    assert row is not None and (row.state, row.jira_display_name) == ("active", "Grace Okafor")
    clear(made)


def test_what_one_tenant_fetched_does_not_make_fresh_what_another_keeps(
    portal: Portal, sandbox: SandboxProcess, world: World
) -> None:
    """By the operator's app both: a consent in one tenant, a pasted token in the other."""
    first, second = world.tenant(), world.tenant()
    app = shared_app(portal, sandbox)
    made = Reporting(by_the_shared_app(portal, app, sandbox, first, "admin"))
    there = by_the_shared_app(portal, app, sandbox, second, "ada")
    paste_token(there, second.member, "grace")
    made.make_due()
    before, here = made.rows()[GRACE].data_at, made.office
    assert run_test(here.work, here.registry, here.account_id, first.member.user_id).passed
    assert made.rows()[GRACE].data_at == before
    clear(made)


def test_erasing_twice_changes_nothing_more(reporting_: Reporting) -> None:
    work = reporting_.everywhere.within(reporting_.office.tenant.id)
    for _ in range(2):
        erasing.erase_closed(work, reporting_.mine)
    assert len(reporting_.audit("person.erased")) == 1


def test_a_changed_account_is_fetched_again(reporting_: Reporting) -> None:
    reporting_.office.sandbox.change_account(GRACE, name="Grace Hopper")
    reporting_.make_due()
    reporting_.report()
    reporting_.follow_up()
    row = reporting_.credential()
    assert row is not None
    assert (row.state, row.jira_display_name) == ("active", "Grace Hopper")
    assert reporting_.audit("person.fetched") == [("ok", {})]
    listed = reporting_.rows()[GRACE]
    assert listed.reported_at is not None and listed.data_at > listed.reported_at
    reporting_.edit(due_at=listed.reported_at)
    reporting_.office.sandbox.set_cycle("0")
    reporting_.report()
    assert reporting_.due_work(erasing.CHANGED) == [], "Atlassian finds it fresh"


def test_a_changed_account_that_nobody_can_ask_loses_its_name(reporting_: Reporting) -> None:
    office = reporting_.office
    office.sandbox.change_account(GRACE, name="Grace Hopper")
    reporting_.make_due()
    reporting_.report()
    office.sandbox.end_grant(office.app, "grace")
    with office.work.write() as session:
        same = Grant.provider_account == GRACE
        session.execute(update(Grant).where(same).values(expires_at=now_of(session) - DAY))
    reporting_.follow_up()
    row = reporting_.credential()
    assert row is not None
    assert (row.jira_display_name, row.jira_email) == (erasing.UNKNOWN, "")
    assert reporting_.audit("person.erased") == [("ok", {})]


def test_a_fault_that_passes_erases_no_name_and_is_tried_again(reporting_: Reporting) -> None:
    office = reporting_.office
    office.sandbox.change_account(GRACE, name="Grace Hopper")
    reporting_.make_due()
    reporting_.report()
    office.sandbox.state(down=True)
    reporting_.follow_up()
    office.sandbox.state(down=False)
    row = reporting_.credential()
    assert row is not None and row.jira_display_name == "Grace Okafor"
    (again,) = reporting_.due_work(erasing.CHANGED)
    assert again.subject_id == reporting_.mine


@pytest.mark.parametrize("switch", [{"report_rate_limited": 120}, {"down": True}], ids=str)
def test_what_passes_loses_nothing_and_is_tried_again(
    reporting_: Reporting, switch: dict[str, object]
) -> None:
    reporting_.make_due()
    before = {name: row.due_at for name, row in reporting_.rows().items()}
    reporting_.office.sandbox.state(**switch)
    reporting_.report()
    assert {name: row.due_at for name, row in reporting_.rows().items()} == before
    assert all(row.reported_at is None for row in reporting_.rows().values())
    (row,) = reporting_.due_work("report")
    with reporting_.everywhere.read() as session:
        pause = row.due_at - now_of(session)
    wanted = timedelta(seconds=120) if "report_rate_limited" in switch else timedelta(hours=1)
    assert wanted - timedelta(minutes=1) < pause <= wanted
    spread(reporting_.everywhere)
    assert [one.due_at for one in reporting_.due_work("report") if one.id == row.id] == [row.due_at], (
        "the pause holds"
    )
    reporting_.office.sandbox.state(report_rate_limited=0, down=False)
    reporting_.report()
    assert len(reporting_.reports()) == 1


def test_without_the_permission_nothing_is_sent_and_nothing_lost(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    office = cloud_draft(portal, sandbox, tenant, tuple(one for one in ALL_SCOPES if one != REPORT))
    office.authorise()
    office.save()
    made = Reporting(office)
    made.make_due()
    made.report()
    assert made.reports() == []
    assert all(row.reported_at is None for row in made.rows().values())


def test_where_one_consent_is_refused_another_one_reports(reporting_: Reporting) -> None:
    office = reporting_.office
    office.sandbox.end_grant(office.app, "admin")
    with office.work.write() as session:
        same = Grant.provider_account == ADMIN
        session.execute(update(Grant).where(same).values(expires_at=now_of(session) - DAY))
    reporting_.make_due()
    reporting_.report()
    assert len(reporting_.reports()) == 1


def test_where_all_are_refused_it_is_noted_and_waits_for_the_next_day(reporting_: Reporting) -> None:
    office = reporting_.office
    for user in ("admin", "grace"):
        office.sandbox.end_grant(office.app, user)
    with office.work.write() as session:
        session.execute(update(Grant).values(expires_at=now_of(session) - DAY))
    reporting_.make_due()
    reporting_.report()
    assert reporting_.audit("accounts.reported") == [("failed", {"code": Code.GRANT_ENDED})]
    assert all(row.reported_at is None for row in reporting_.rows().values())
    assert reporting_.due_work("report") == []


def test_the_daily_run_holds_the_list_to_what_is_held(reporting_: Reporting) -> None:
    """What came before there was a list is added; what nobody holds goes."""
    add_accounts(reporting_, 1)
    with reporting_.everywhere.write() as session:
        session.execute(delete(AccountToReport).where(AccountToReport.provider_account == GRACE))
    spread(reporting_.everywhere)
    assert set(reporting_.rows()) == {ADMIN, GRACE}
    with reporting_.everywhere.write() as session:
        session.execute(delete(DueWork).where(DueWork.kind == reporting.KIND))
    spread(reporting_.everywhere)
    assert subject_of(reporting_.client_id) not in {row.subject_id for row in reporting_.due_work("report")}
    reporting_.make_due()
    spread(reporting_.everywhere)
    assert subject_of(reporting_.client_id) in {row.subject_id for row in reporting_.due_work("report")}


def test_the_names_of_an_account_are_kept_together(reporting_: Reporting) -> None:
    """The account's own and a person's are of one Atlassian account: the last name fetched counts."""
    office = reporting_.office
    own = office.account.own
    assert own is not None
    office.connect(office.tenant.admin, "admin")
    office.sandbox.change_account(ADMIN, name="Avery Boss")
    assert run_test(office.work, office.registry, office.account_id, office.tenant.admin.user_id).passed
    row = reporting_.credential(own.id)
    assert row is not None and row.jira_display_name == "Avery Boss"


def test_the_worker_knows_all_of_it(reporting_: Reporting) -> None:
    assert {reporting.KIND, erasing.CLOSED, erasing.CHANGED} <= set(HANDLERS)
    tools = Tools(
        reporting_.office.portal.settings, reporting_.office.portal.store, reporting_.office.registry, None
    )
    with reporting_.everywhere.write() as session:
        due.put(session, reporting.KIND, ONLY_ONE, now_of(session), None)
    (row,) = (one for one in reporting_.due_work(reporting.KIND) if one.subject_id == ONLY_ONE)
    HANDLERS[reporting.KIND](tools, reporting_.everywhere, row)  # type: ignore[arg-type]
    (row,) = (one for one in reporting_.due_work(reporting.KIND) if one.subject_id == ONLY_ONE)
    with reporting_.everywhere.read() as session:
        assert row.due_at - now_of(session) > DAY - timedelta(minutes=5)
