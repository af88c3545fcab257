"""Every kind of account and every way it is held, with everything one does with it (CONTRIBUTING).

A new kind, or a new method of one, gets a row in ``ways.py``. What only sends acts as nobody: for it there is
``tests/deliveries``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from portal.alm_accounts import accounts, field_maps, lifecycle, testing
from portal.alm_accounts.account_views import AccountView
from portal.boards import boards
from portal.credentials.keeping import disconnect
from portal.kinds import KINDS
from portal.sandbox.people import USERS
from portal.store.tables import (
    AccountApp,
    Board,
    CloudSite,
    Credential,
    Grant,
    OauthApp,
    SigningKey,
    TokenDraft,
)
from tests.kinds.ways import WAYS, Bench, Way
from tests.support.accounts import registry_of
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.variants import variants
from tests.support.world import Someone, TenantWorld

pytestmark = pytest.mark.own_database

_NAMES = [way.name for way in WAYS]
by_way = pytest.mark.parametrize("way", variants(WAYS, _NAMES))
# What goes with an account lies in other tables for another way.
by_way_on_both = pytest.mark.parametrize("way", WAYS, ids=_NAMES)


@dataclass(frozen=True)
class Desk:
    """A saved account of one way, its member connected as Ada, and a board."""

    way: Way
    portal: Portal
    bench: Bench

    @property
    def tenant(self) -> TenantWorld:
        return self.bench.tenant

    @property
    def account(self) -> AccountView:
        """As the member sees it."""
        return accounts.account(self.tenant.work(self.tenant.member), self.bench.account_id)

    def test(self, someone: Someone | None = None) -> testing.TestResult:
        work = self.tenant.work(someone or self.tenant.admin)
        user_id = someone.user_id if someone else None
        return testing.run_test(work, registry_of(self.portal), self.bench.account_id, user_id)

    def refuse(self) -> None:
        """Jira refuses the member from now on."""
        self.way.refuse(self.bench, self.tenant.member.user_id, "ada")
        self.bench.sandbox.end_access_tokens()
        self.bench.sandbox.end_access_tokens_of_server()

    def repair(self) -> None:
        """What was the matter at Jira is over, and the member connects again."""
        self.bench.sandbox.enable_user("ada")
        self.bench.sandbox.set_password("ada", USERS["ada"].password)
        self.bench.connect(self.tenant.member, "ada")


def open_desk(way: Way, portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Desk:
    bench = way.draft(portal, sandbox, tenant)
    bench.authorise("admin")
    work = tenant.work(tenant.admin)
    field_maps.save(work, bench.account_id, [], {})
    bench.connect(tenant.member, "ada")
    return Desk(way, portal, bench)


@pytest.fixture
def desk(way: Way, portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Desk:
    return open_desk(way, portal, sandbox, tenant)


SignIn = Callable[[Someone], Person]


def board_of(desk: Desk) -> str:
    work, registry = desk.tenant.work(desk.tenant.admin), registry_of(desk.portal)
    return desk.tenant.path(
        f"boards/{boards.add_board(work, registry, desk.bench.account_id, 1, 'Web shop')}"
    )


def test_every_kind_and_every_method_of_one_has_its_row() -> None:
    rows = {(way.kind, way.method) for way in WAYS}
    acting = [kind for kind in KINDS.values() if not kind.only_sends]
    ways = {(kind.name, method) for kind in acting for method in (*kind.account_by, *kind.person_by)}
    assert rows == ways and len(WAYS) == len(rows)


@by_way
def test_the_account_is_connected_tested_and_confirmed(desk: Desk) -> None:
    own = desk.account.own
    assert own is not None
    assert (own.state, own.method, own.display_name) == ("connected", desk.way.method, "Avery Admin")
    result = desk.test()
    assert result.passed and result.control, "a made-up credential is refused"


@by_way
def test_a_person_acts_as_themselves(desk: Desk) -> None:
    mine = desk.account.mine
    assert mine is not None
    assert (mine.state, mine.method, mine.display_name) == ("connected", desk.way.method, "Ada Lindqvist")
    assert desk.account.people == 1
    result = desk.test(desk.tenant.member)
    assert result.passed and result.identity is not None


@by_way
def test_the_board_is_shown_as_the_person_and_nobody_else(desk: Desk, sign_in: SignIn) -> None:
    board = board_of(desk)
    desk.bench.sandbox.clear_requests()
    member = sign_in(desk.tenant.member)
    page = member.get(board)
    assert "Acting as Ada Lindqvist" in page.text and page.soup.select(".issue")
    asked = [entry for entry in desk.bench.sandbox.requests() if "/rest/agile/" in entry["path"]]
    assert asked and {entry["token_user"] for entry in asked} == {"ada"}
    other = sign_in(desk.tenant.second)
    assert not other.get(board).soup.select(".issue"), "who is not connected sees nobody else's board"


@by_way
def test_a_refusal_is_noticed_told_and_repaired(desk: Desk, sign_in: SignIn) -> None:
    board = board_of(desk)
    member = sign_in(desk.tenant.member)
    desk.refuse()
    page = member.get(board)
    assert not page.soup.select(".issue") and "What to do:" in page.text
    mine = desk.account.mine
    assert mine is not None and mine.state in ("refused", "ended") and mine.code
    assert desk.account.trouble_of(mine) is not None
    assert desk.test().passed, "the account itself goes on"
    desk.repair()
    assert member.get(board).soup.select(".issue")
    mine = desk.account.mine
    assert mine is not None and mine.state == "connected"


@by_way_on_both
def test_disconnecting_erases_ones_own_and_nothing_else(desk: Desk) -> None:
    member = desk.tenant.member
    assert disconnect(desk.tenant.work(member), desk.bench.account_id, member.user_id, "disconnected")
    assert (desk.account.mine, desk.account.people) == (None, 0)
    assert desk.test(member).code == "person_not_connected"
    assert desk.test().passed
    disconnect(desk.tenant.work(desk.tenant.admin), desk.bench.account_id, None, "disconnected")
    assert desk.account.state == "not_connected" and desk.test().code == "not_connected"
    with desk.tenant.work(desk.tenant.admin).read() as session:
        assert [session.scalar(select(func.count()).select_from(table)) for table in (Credential, Grant)] == [
            0,
            0,
        ]


@by_way_on_both
def test_an_admin_disconnects_one_person_and_nobody_else(desk: Desk, sign_in: SignIn) -> None:
    desk.bench.connect(desk.tenant.second, "grace")
    people = desk.tenant.path(f"alm-accounts/{desk.bench.account_id}/people/")
    desk.bench.sandbox.clear_requests()
    admin = sign_in(desk.tenant.admin)
    admin.get(people)
    page = admin.click(f"Disconnect {desk.tenant.member.name}")
    assert "Acts in Jira as Ada Lindqvist" in page.text and "so nothing is revoked there" in page.text
    page = admin.submit(f"Disconnect {desk.tenant.member.name}")
    assert (admin.path, admin.status) == (people, 200)
    assert "1 of 3 people are connected, no connections are broken, 2 are not connected." in page.text
    assert desk.bench.sandbox.requests() == [], "there is nothing Jira could be asked"
    assert desk.account.mine is None and desk.test(desk.tenant.member).code == "person_not_connected"
    assert desk.test(desk.tenant.second).passed and desk.test().passed
    with desk.tenant.work(desk.tenant.admin).read() as session:
        grants = set(session.scalars(select(Grant.id)))
        assert grants == {one for one in session.scalars(select(Credential.grant_id)) if one}
    desk.bench.connect(desk.tenant.member, "ada")
    assert desk.test(desk.tenant.member).passed, "who was disconnected may connect again"


HANGING_ON = (AccountApp, Board, CloudSite, Credential, Grant, OauthApp, SigningKey, TokenDraft)


@by_way_on_both
def test_deleting_takes_everything_along(desk: Desk) -> None:
    board_of(desk)
    work = desk.tenant.work(desk.tenant.admin)
    lifecycle.delete(work, desk.bench.account_id, desk.account.name)
    assert accounts.accounts(work) == []
    with work.read() as session:
        left = {table.__name__ for table in HANGING_ON if session.scalars(select(table)).first() is not None}
    assert left == set()


@by_way
def test_a_member_comes_to_no_page_of_the_admins_and_a_stranger_to_none(desk: Desk, sign_in: SignIn) -> None:
    path = desk.tenant.path(f"alm-accounts/{desk.bench.account_id}")
    for someone, status in ((desk.tenant.member, 403), (desk.tenant.stranger, 404)):
        person = sign_in(someone)
        for page in ("", "/set-up", "/settings", "/delete"):
            person.get(path + page)
            assert person.status == status
    admin = sign_in(desk.tenant.admin)
    for page in ("", "/set-up", "/settings", "/disconnect", "/delete"):
        admin.get(path + page)
        assert admin.status == 200


def test_what_happens_to_one_account_leaves_all_others_as_they_are(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    """One tenant with an account of every way: each in turn is refused, then deleted."""
    desks = [open_desk(way, portal, sandbox, tenant) for way in WAYS]
    for number, desk in enumerate(desks):
        if desk.way.refuse.__name__ not in (
            "_deactivated",
            "_changed_password",
        ):  # those are of the Jira user
            desk.refuse()
        lifecycle.delete(tenant.work(tenant.admin), desk.bench.account_id, desk.account.name)
        for other in desks[number + 1 :]:
            assert other.test().passed, f"{other.way.name} after {desk.way.name}"
            assert other.test(tenant.member).passed, f"{other.way.name} after {desk.way.name}"
