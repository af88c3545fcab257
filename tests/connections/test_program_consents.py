"""People let programs act for them: who may, with what, and every way in which that ends."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from portal import clock
from portal.alm_accounts import old_way
from portal.alm_accounts.leaving import leave
from portal.audit.log import About, record
from portal.credentials import erasing, keeping, program_consents
from portal.credentials.given import Given, TypedToken
from portal.credentials.program_consents import allow, allowing_accounts, consent, withdraw
from portal.errors import NotHere, Refused
from portal.jira.client import Identity
from portal.kinds.methods import PAT
from portal.secret import Secret
from portal.store.tables import AlmAccount, AuditEvent, Conversion, Credential, ProgramConsent
from portal.store.work import NOBODY, Work
from tests.support import canaries, samples
from tests.support.accounts import delete_account
from tests.support.variants import variants
from tests.support.world import TenantWorld


def kept(tenant: TenantWorld) -> set[tuple[UUID, UUID]]:
    """Account and person of every consent of the tenant."""
    with tenant.work().read() as session:
        return {(row.account_id, row.user_id) for row in session.scalars(select(ProgramConsent))}


def told(tenant: TenantWorld) -> list[tuple[str, UUID | None, UUID | None, UUID | None, str | None]]:
    """The audit of consents: event, who did it, account, whose, and why."""
    wanted = select(AuditEvent).where(AuditEvent.event.startswith("program_consent"))
    with tenant.work().read() as session:
        return [
            (
                one.event.partition(".")[2],
                one.actor_id,
                one.account_id,
                one.subject_id,
                one.details.get("why"),
            )
            for one in session.scalars(wanted.order_by(AuditEvent.seq))
        ]


@pytest.fixture
def account_id(tenant: TenantWorld) -> UUID:
    """Member and second member are connected to it, both let programs act, and the account has its own."""
    made = samples.account(tenant, kind="server_token")
    samples.credential(tenant, made)
    for someone in (tenant.member, tenant.second):
        samples.credential(tenant, made, someone.user_id)
        allow(tenant.work(someone), made)
    return made


def edit(tenant: TenantWorld, **values: object) -> None:
    mine = Credential.user_id == tenant.member.user_id
    with tenant.work().write() as session:
        session.execute(update(Credential).where(mine).values(**values))


def test_off_until_the_person_allows_it_and_back(tenant: TenantWorld) -> None:
    work, mel = tenant.work(tenant.member), tenant.member.user_id
    account_id, other = samples.account(tenant), samples.account(tenant)
    for one in (account_id, other):
        samples.credential(tenant, one, mel)
    assert (consent(work, account_id), allowing_accounts(work)) == (None, set())
    before = clock.now()
    allow(work, account_id)
    since = consent(work, account_id)
    assert since is not None and before <= since <= clock.now()
    allow(work, account_id)  # once more: since when stays, and nothing is told twice
    assert (consent(work, account_id), consent(work, other)) == (since, None)
    assert allowing_accounts(work) == {account_id}
    assert allowing_accounts(tenant.work(tenant.admin)) == set()
    assert [withdraw(work, account_id), withdraw(work, account_id)] == [True, False]
    assert (consent(work, account_id), kept(tenant)) == (None, set())
    about = (mel, account_id, mel)
    assert told(tenant) == [("given", *about, None), ("withdrawn", *about, "withdrawn")]


@pytest.mark.parametrize("state", variants(["none", "refused", "ended", "expired"]))
def test_only_with_a_connection_of_ones_own_that_works(tenant: TenantWorld, state: str) -> None:
    """Neither the account's own credential nor a colleague's will do."""
    account_id = samples.account(tenant)
    samples.credential(tenant, account_id)
    samples.credential(tenant, account_id, tenant.second.user_id)
    if state != "none":
        mine = samples.credential(tenant, account_id, tenant.member.user_id)
    if state == "refused":
        about = About(account_id=account_id, subject_id=mine)
        with tenant.work().write() as session:
            refused = {"outcome": "failed", "code": "token_rejected"}
            record(session, tenant.work(), "credential.refused", **about, **refused)
    elif state != "none":
        edit(tenant, **({"state": "ended"} if state == "ended" else {"expires_at": clock.now()}))
    with pytest.raises(Refused, match="Connect first"):
        allow(tenant.work(tenant.member), account_id)
    assert (kept(tenant), told(tenant)) == (set(), [])


def test_another_tenants_account_is_not_there(tenant: TenantWorld, account_id: UUID) -> None:
    strange = Work(tenant.store, tenant.other.id, tenant.stranger.actor)
    before = kept(tenant)
    with pytest.raises(NotHere):
        allow(strange, account_id)
    assert withdraw(strange, account_id) is False
    assert (consent(strange, account_id), kept(tenant)) == (None, before)


def connect_anew(tenant: TenantWorld, account_id: UUID, jira_key: str) -> None:
    """The member pastes another token, of the Jira user with this key."""
    who = Identity(jira_key, "ada", "Ada", "ada@example.com", "UTC", True)
    given = Given(who, typed=TypedToken(PAT, "", Secret(canaries.new("pat")), None))
    mel, work = tenant.member.user_id, tenant.work(tenant.member)
    with work.write() as session:
        keeping.keep(session, work, keeping.Holder(account_id, mel, mel), given)


def connect_as_another(tenant: TenantWorld, account_id: UUID) -> None:
    connect_anew(tenant, account_id, "JIRAUSER2")


def disconnect(tenant: TenantWorld, account_id: UUID) -> None:
    mel = tenant.member.user_id
    assert keeping.disconnect(tenant.work(tenant.member), account_id, mel, "disconnected")


def leave_by_oneself(tenant: TenantWorld, account_id: UUID) -> None:
    leave(tenant.work(tenant.member), tenant.member.user_id, "left", anyway=True)


def be_removed(tenant: TenantWorld, account_id: UUID) -> None:
    leave(tenant.work(tenant.admin), tenant.member.user_id, "removed", anyway=True)


def end_the_former_way(tenant: TenantWorld, account_id: UUID) -> None:
    """The second member has come by the new way already."""
    now, way = clock.now(), ("server_oauth1", "server_token")
    with tenant.work().write() as session:
        session.execute(
            update(Credential).where(Credential.user_id == tenant.second.user_id).values(method=PAT)
        )
        begun = {"begun_by": tenant.admin.user_id, "begun_at": now, "switched_at": now}
        session.add(Conversion(account_id=account_id, from_kind=way[0], to_kind=way[1], **begun))
    old_way.end_now(tenant.work(tenant.admin), account_id)


def close_at_atlassian(tenant: TenantWorld, account_id: UUID) -> None:
    """Atlassian says that the member's account there is closed."""
    edit(tenant, jira_key="closed")
    with tenant.work().write() as session:
        session.execute(update(AlmAccount).where(AlmAccount.id == account_id).values(kind="cloud_token"))
        row = session.scalars(select(Credential).where(Credential.jira_key == "closed")).one()
    erasing.erase_closed(Work(tenant.store, tenant.id, NOBODY), row.id)


ENDS: dict[str, Callable[[TenantWorld, UUID], None]] = {
    "disconnected": disconnect,
    "left": leave_by_oneself,
    "removed": be_removed,
    "way_ended_early": end_the_former_way,
    "account_closed": close_at_atlassian,
    "other_identity": connect_as_another,
}


@pytest.mark.parametrize("why", variants(ENDS))
def test_it_ends_with_what_it_is_about(tenant: TenantWorld, account_id: UUID, why: str) -> None:
    """And the colleague's goes on."""
    ENDS[why](tenant, account_id)
    assert kept(tenant) == {(account_id, tenant.second.user_id)}
    event, _, *about = told(tenant)[-1]
    assert (event, about) == ("withdrawn", [account_id, tenant.member.user_id, why])
    assert len(told(tenant)) == 3


def test_whoever_connects_anew_as_the_same_user_goes_on(tenant: TenantWorld, account_id: UUID) -> None:
    connect_anew(tenant, account_id, "JIRAUSER1")
    assert (account_id, tenant.member.user_id) in kept(tenant)


def test_with_the_account_every_consent_goes(tenant: TenantWorld, account_id: UUID) -> None:
    delete_account(tenant.work(tenant.admin), account_id)
    assert kept(tenant) == set()


def test_allowing_and_disconnecting_at_once_leave_nothing_allowed(
    tenant: TenantWorld, account_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever disconnects waits for a consent on its way, and ends it."""
    withdraw(tenant.work(tenant.member), account_id)
    there, go_on = threading.Event(), threading.Event()

    def slowly(*about: Any, **more: Any) -> None:
        there.set()
        go_on.wait(0.4)  # the other one comes meanwhile
        record(*about, **more)

    monkeypatch.setattr(program_consents, "record", slowly)
    with ThreadPoolExecutor(1) as pool:
        allowed = pool.submit(allow, tenant.work(tenant.member), account_id)
        assert there.wait(10)
        disconnect(tenant, account_id)
        allowed.result(20)
    assert kept(tenant) == {(account_id, tenant.second.user_id)}
