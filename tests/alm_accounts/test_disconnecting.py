"""An admin disconnects one person: what ends, and who may; twice, too late, and in two tenants."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from portal.alm_accounts import accounts, disconnecting
from portal.credentials.program_consents import allow
from portal.errors import NotHere
from portal.store.tables import AuditEvent, Credential, ProgramConsent
from tests.alm_accounts.test_connected_people import path
from tests.people.helpers import events
from tests.support import samples
from tests.support.cloud import cloud_office
from tests.support.delivery_rows import delivering_account
from tests.support.person import Person
from tests.support.world import Someone, TenantWorld

pytestmark = pytest.mark.on_both(
    "test_what_was_allowed_to_programs_ends_with_it",
    "test_who_has_connected_anew_since_stays_connected",
    "test_who_may",
    "test_somebody_of_elsewhere_is_as_if_they_never_were",
    "test_another_tenants_connection_of_the_same_person_stays",
)


@pytest.fixture
def account_id(tenant: TenantWorld) -> UUID:
    """The account itself, the member and the second member are connected to it."""
    made = samples.account(tenant)
    for user_id in (None, tenant.member.user_id, tenant.second.user_id):
        samples.credential(tenant, made, user_id)
    return made


def page_of(tenant: TenantWorld, account_id: UUID, someone: Someone) -> str:
    return path(tenant, account_id, f"{someone.user_id}/disconnect")


def mine(tenant: TenantWorld, account_id: UUID) -> str:
    return tenant.path(f"profile/alm-credentials/{account_id}")


def holders(tenant: TenantWorld, account_id: UUID) -> set[UUID | None]:
    """Who has a credential of the account; None: itself."""
    with tenant.work().read() as session:
        return set(session.scalars(select(Credential.user_id).where(Credential.account_id == account_id)))


def held(tenant: TenantWorld, account_id: UUID, someone: Someone) -> UUID:
    """The person's credential."""
    wanted = select(Credential.id).where(Credential.account_id == account_id)
    with tenant.work().read() as session:
        return session.scalars(wanted.where(Credential.user_id == someone.user_id)).one()


def end(
    tenant: TenantWorld, account_id: UUID, seen: UUID | None, by: Someone | None = None
) -> disconnecting.Disconnected:
    """Disconnect the member by the rule."""
    work = tenant.work(by or tenant.admin)
    account = accounts.account(work, account_id)
    return disconnecting.disconnect_person(work, account, tenant.member.user_id, seen)


def test_what_was_allowed_to_programs_ends_with_it(account_id, sign_in, tenant) -> None:
    """The member's, and nobody else's; the page says it before, where there is something to say."""
    word = "No program can act as them any more"
    admin = sign_in(tenant.admin)
    assert word not in admin.get(page_of(tenant, account_id, tenant.member)).text
    for someone in (tenant.member, tenant.second):
        allow(tenant.work(someone), account_id)
    assert word in admin.get(page_of(tenant, account_id, tenant.member)).text
    admin.submit(f"Disconnect {tenant.member.name}")
    with tenant.work().read() as session:
        assert set(session.scalars(select(ProgramConsent.user_id))) == {tenant.second.user_id}
        ended = select(AuditEvent).where(AuditEvent.event == "program_consent.withdrawn")
        line = session.scalars(ended).one()
    assert (line.actor_id, line.subject_id) == (tenant.admin.user_id, tenant.member.user_id)
    assert line.details == {"why": disconnecting.BY_ADMIN}
    assert holders(tenant, account_id) == {None, tenant.second.user_id}


def test_pressing_twice_says_that_it_was_done(account_id, sign_in, tenant) -> None:
    """Two pages that were open: one line, and the second is told what is."""
    first, second = sign_in(tenant.admin), sign_in(tenant.admin)
    for one in (first, second):
        one.get(page_of(tenant, account_id, tenant.member))
    for one, said in ((first, "is disconnected from"), (second, "is not connected to")):
        page = one.submit(f"Disconnect {tenant.member.name}")
        assert one.status == 200 and f"{tenant.member.name} {said}" in page.text
    assert events(tenant.work(), tenant.member.user_id) == ["credential.ended"]


def test_who_is_not_connected_has_nothing_to_end(account_id, sign_in, tenant) -> None:
    end(tenant, account_id, held(tenant, account_id, tenant.member))
    admin = sign_in(tenant.admin)
    page = admin.get(page_of(tenant, account_id, tenant.member))
    assert f"{tenant.member.name} is not connected" in page.text
    assert not page.soup.select("main form")
    admin.click("Connected people", "main .empty-state")
    assert admin.path == path(tenant, account_id)


def test_who_has_connected_anew_since_stays_connected(account_id, sign_in, tenant) -> None:
    """What the admin saw is not there any more: what came after it was not meant."""
    admin = sign_in(tenant.admin)
    admin.get(page_of(tenant, account_id, tenant.member))
    with tenant.work().write() as session:
        session.delete(session.get_one(Credential, (tenant.id, held(tenant, account_id, tenant.member))))
    anew = samples.credential(tenant, account_id, tenant.member.user_id)
    page = admin.submit(f"Disconnect {tenant.member.name}")
    assert admin.path == page_of(tenant, account_id, tenant.member)
    assert "They have connected anew since that page was opened, so nothing was done." in page.text
    assert held(tenant, account_id, tenant.member) == anew
    assert events(tenant.work(), tenant.member.user_id) == []
    admin.submit(f"Disconnect {tenant.member.name}")
    assert holders(tenant, account_id) == {None, tenant.second.user_id}


@pytest.mark.parametrize("sent", ["", "odd", "theirs", "the account's"])
def test_a_made_up_connection_ends_nothing(sent, account_id, sign_in, tenant) -> None:
    """Another person's, the account's own, nothing at all: only the one that was shown is ended."""
    others = {"theirs": held(tenant, account_id, tenant.second), "the account's": own(tenant, account_id)}
    admin = sign_in(tenant.admin)
    admin.get(page_of(tenant, account_id, tenant.member))
    admin.post(page_of(tenant, account_id, tenant.member), credential_id=str(others.get(sent, sent)))
    assert "it was not said which connection was meant" in admin.page.text
    assert "connected anew" not in admin.page.text
    assert holders(tenant, account_id) == {None, tenant.member.user_id, tenant.second.user_id}


def own(tenant: TenantWorld, account_id: UUID) -> UUID:
    """The account's own credential."""
    wanted = select(Credential.id).where(Credential.account_id == account_id)
    with tenant.work().read() as session:
        return session.scalars(wanted.where(Credential.user_id.is_(None))).one()


def test_who_may(account_id, portal, sign_in, tenant) -> None:
    """T01, T04: a member is refused, also for themselves; a stranger and support find nothing."""
    where = page_of(tenant, account_id, tenant.member)
    everybody = holders(tenant, account_id)
    seen = str(held(tenant, account_id, tenant.member))
    shut_out = [
        (sign_in(tenant.member), 403),
        (sign_in(tenant.second), 403),
        (sign_in(tenant.stranger), 404),
        (sign_in(portal.world.support()), 404),
    ]
    for who, status in shut_out:
        who.get(where)
        assert who.status == status
        who.get("/profile/")
        who.post(where, credential_id=seen)
        assert who.status == status
    nobody = Person(portal)
    nobody.get(where)
    assert nobody.path.startswith("/sign-in")
    assert holders(tenant, account_id) == everybody
    assert events(tenant.work(), tenant.member.user_id) == []


def test_looking_ends_nothing(account_id, sign_in, tenant) -> None:
    sign_in(tenant.admin).get(page_of(tenant, account_id, tenant.member) + "?credential_id=x")
    assert tenant.member.user_id in holders(tenant, account_id)


def test_somebody_of_elsewhere_is_as_if_they_never_were(account_id, sign_in, tenant) -> None:
    """T01: people and accounts of another tenant, and ids that never were, in every place of the address."""
    theirs = samples.account(tenant.other)
    samples.credential(tenant.other, theirs, tenant.stranger.user_id)
    admin, answers = sign_in(tenant.admin), set()
    places = [(account_id, tenant.stranger.user_id), (account_id, uuid4())]
    places += [(theirs, tenant.stranger.user_id), (theirs, tenant.member.user_id)]
    for account, user_id in (*places, (uuid4(), tenant.member.user_id)):
        admin.get(path(tenant, account, f"{user_id}/disconnect"))
        assert admin.status == 404
        admin.get(path(tenant, account_id))
        admin.get("/profile/")
        admin.post(path(tenant, account, f"{user_id}/disconnect"), credential_id=str(uuid4()))
        assert admin.status == 404
        answers.add(admin.told)
    assert len(answers) == 1
    account = accounts.account(tenant.work(tenant.admin), account_id)
    with pytest.raises(NotHere):
        disconnecting.disconnect_person(tenant.work(tenant.admin), account, tenant.stranger.user_id, uuid4())
    assert holders(tenant.other, theirs) == {tenant.stranger.user_id}


def test_another_tenants_connection_of_the_same_person_stays(account_id, sign_in, tenant, world) -> None:
    """Also its notice: what an admin of one did says nothing in the other."""
    world.join(tenant.member, tenant.other.id)
    theirs = samples.account(tenant.other)
    there = samples.credential(tenant.other, theirs, tenant.member.user_id)
    admin = sign_in(tenant.admin)
    admin.get(page_of(tenant, account_id, tenant.member))
    admin.post(page_of(tenant, account_id, tenant.member), credential_id=str(there))
    assert "nothing was done" in admin.page.text
    admin.submit(f"Disconnect {tenant.member.name}")
    assert held(tenant.other, theirs, tenant.member) == there
    assert list(disconnecting.notices(tenant.work(tenant.member))) == [account_id]
    assert disconnecting.notices(tenant.other.work(tenant.member)) == {}


def test_ones_own_goes_by_ones_own_page(account_id, sign_in, tenant) -> None:
    """Nobody is told by mail, or on their page, what they did themselves."""
    seen = samples.credential(tenant, account_id, tenant.admin.user_id)
    admin = sign_in(tenant.admin)
    admin.get(path(tenant, account_id))
    admin.click(f"Disconnect {tenant.admin.name}")
    assert admin.path == mine(tenant, account_id) + "/disconnect"
    admin.post(page_of(tenant, account_id, tenant.admin), credential_id=str(seen))
    assert admin.path == mine(tenant, account_id) + "/disconnect"
    assert tenant.admin.user_id in holders(tenant, account_id)


def test_what_else_rests_on_the_consent_is_told_and_stays(portal, sandbox, sign_in, tenant) -> None:
    """The account itself and the member twice, by one Atlassian account: the grant goes on for the others."""
    office = cloud_office(portal, sandbox, tenant)
    grant_id = office.grant_of(office.connect(tenant.member, "admin")).id
    other = samples.account(tenant, "Another", kind="cloud_oauth")
    beside = samples.credential(tenant, other, tenant.member.user_id)
    with tenant.work().write() as session:
        session.get_one(Credential, (tenant.id, beside)).grant_id = grant_id
    admin = sign_in(tenant.admin)
    page = admin.get(page_of(tenant, office.account_id, tenant.member))
    assert "their own connection to Another" in page.text and "is erased in this portal" not in page.text
    assert f"the connection of {office.account.name} itself" in page.text
    page = admin.submit(f"Disconnect {tenant.member.name}")
    assert "The tokens stay, because" in page.text
    assert holders(tenant, office.account_id) == {None} and len(office.grants()) == 1
    assert holders(tenant, other) == {tenant.member.user_id}


def test_a_draft_and_what_only_sends_have_nobody_to_disconnect(sign_in, tenant) -> None:
    draft = samples.account(tenant)
    with tenant.work().write() as session:
        session.get_one(accounts.AlmAccount, (tenant.id, draft)).saved_at = None
    admin = sign_in(tenant.admin)
    for account_id in (draft, delivering_account(tenant)):
        admin.get(page_of(tenant, account_id, tenant.member))
        assert admin.status == 404
