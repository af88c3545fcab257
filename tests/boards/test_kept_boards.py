"""Adding, renaming and removing boards: the pages of an admin."""

import pytest
from sqlalchemy import select

from portal.alm_accounts import drafts
from portal.audit import log
from portal.credentials import keeping
from portal.kinds import KINDS
from portal.store.tables import AuditEvent, Board
from tests.boards.conftest import PLATFORM
from tests.support import accounts, samples
from tests.support.delivery_rows import delivering_account
from tests.support.variants import variants

pytestmark = pytest.mark.on_both(
    "test_an_account_that_lost_its_credential_says_so",
    "test_an_admin_renames_a_board",
    "test_an_admin_removes_a_board_after_a_question",
    "test_before_there_is_a_board_the_first_step_is_shown",
    "test_keeping_boards_is_for_admins",
    "test_boards_go_with_their_account",
    "test_another_tenants_board_is_never_found",
)


def audit(shop):
    with shop.tenant.work().read() as session:
        assert log.verify(session)[1] is None
        wanted = select(AuditEvent.event).where(AuditEvent.event.startswith("board."))
        return list(session.scalars(wanted.order_by(AuditEvent.seq)))


def kept(shop):
    with shop.tenant.work().read() as session:
        return sorted(session.scalars(select(Board.name)))


def test_an_admin_adds_a_board(shop, sign_in):
    admin = sign_in(shop.tenant.admin)
    admin.get(shop.path())
    admin.click("Add board")
    admin.submit("Find boards", search="kanban")
    admin.click("Choose Platform kanban")
    assert admin.page.value("#name") == "Platform kanban"
    admin.submit("Add board", name="  Our   platform ")
    assert admin.page.h1 == "Our platform"
    assert kept(shop) == ["Our platform", "Web shop"]
    assert audit(shop) == ["board.added", "board.added"]


def test_boards_are_those_the_accounts_own_identity_sees(portal, sandbox, tenant, sign_in):
    accounts.connected_account(portal, sandbox, tenant, jira_user="linus")
    page = sign_in(tenant.admin).get(tenant.path("boards/new"))
    assert page.has("Choose SHOP board")
    assert "Platform kanban" not in page.text


def test_a_board_the_account_does_not_see_is_not_added(portal, sandbox, tenant, sign_in):
    account_id = accounts.connected_account(portal, sandbox, tenant, jira_user="linus")
    admin = sign_in(tenant.admin)
    admin.get(tenant.path(f"boards/new/{account_id}/{PLATFORM}"))
    page = admin.submit("Add board", name="Platform")
    assert "not for you to see" in page.text
    assert page.value("#name") == "Platform"
    assert sign_in(tenant.admin).get(tenant.path("boards")).h1 == "Boards"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Enter a name."),
        ("WEB SHOP", "already"),
        ("x" * 121, "at most 120"),
        ("a\u202eb", "turn the text"),
    ],
)
def test_a_name_that_cannot_be_is_said_at_its_field(shop, sign_in, name, sentence):
    admin = sign_in(shop.tenant.admin)
    admin.get(shop.path(f"new/{shop.account_id}/{PLATFORM}"))
    page = admin.submit("Add board", name=name)
    assert admin.status == 422
    assert sentence in page.errors()[0]
    assert page.value("#name") == name.replace("\u202e", "")
    assert kept(shop) == ["Web shop"]


@pytest.mark.parametrize(
    "switches", variants([{"status_5xx": 502}, {"rate_limited": 30}, {"drop_connection": True}])
)
def test_jiras_trouble_stands_on_the_page(shop, sandbox, sign_in, switches):
    admin = sign_in(shop.tenant.admin)
    sandbox.state(**switches)
    page = admin.get(shop.path("new"))
    assert admin.status == 200
    assert "What to do:" in page.text
    admin.get(shop.path(f"new/{shop.account_id}/{PLATFORM}"))
    assert "What to do:" in admin.page.text
    page = admin.submit("Add board", name="Mine")
    assert page.value("#name") == "Mine"
    assert kept(shop) == ["Web shop"]


def test_an_account_that_lost_its_credential_says_so(shop, sign_in):
    keeping.disconnect(shop.tenant.work(shop.tenant.admin), shop.account_id, None, "disconnected")
    page = sign_in(shop.tenant.admin).get(shop.path("new"))
    assert "is not connected" in page.text


def test_an_admin_renames_a_board(shop, sign_in):
    shop.add(PLATFORM, "Platform")
    admin = sign_in(shop.tenant.admin)
    admin.get(f"{shop.board}/edit")
    assert "already" in admin.submit("Save", name="platform").errors()[0]
    admin.submit("Save", name="web shop")
    assert kept(shop) == ["Platform", "web shop"]
    assert audit(shop)[-1] == "board.renamed"


def test_an_admin_removes_a_board_after_a_question(shop, sandbox, sign_in):
    admin = sign_in(shop.tenant.admin)
    admin.get(shop.path())
    admin.click("Remove Web shop")
    assert kept(shop) == ["Web shop"]
    admin.submit("Remove Web shop")
    assert kept(shop) == []
    assert audit(shop) == ["board.added", "board.removed"]
    assert sandbox.requests() == []


def test_before_there_is_a_board_the_first_step_is_shown(tenant, sign_in):
    """What only sends has no boards, so it is no step on the way there."""
    admin = sign_in(tenant.admin)

    def steps():
        return [
            admin.get(tenant.path(rest)).soup.select_one(".empty-state a")
            for rest in ("boards", "boards/new")
        ]

    for _ in range(2):
        assert [step["href"] for step in steps()] == [tenant.path("alm-accounts/new")] * 2
        assert "First connect your Jira" in admin.page.text
        delivering_account(tenant)
    draft = drafts.create_draft(tenant.work(tenant.admin), KINDS["server_oauth1"], tenant.slug)
    assert [step["href"] for step in steps()] == [tenant.path(f"alm-accounts/{draft}/set-up")] * 2
    samples.account(tenant)
    assert "Add board" in steps()[0].text


def test_an_empty_list_tells_a_member_whom_to_ask(tenant, sign_in):
    page = sign_in(tenant.member).get(tenant.path("boards"))
    assert "No board yet" in page.text
    assert page.has("See who is admin")


@pytest.mark.parametrize("rest", variants(["new", "new/{account}/1", "{board}/edit", "{board}/remove"]))
def test_keeping_boards_is_for_admins(shop, sign_in, rest):
    path = shop.path(rest.format(account=shop.account_id, board=shop.board_id))
    for someone, status in ((shop.tenant.member, 403), (shop.tenant.stranger, 404)):
        person = sign_in(someone)
        person.get(shop.tenant.path("boards") if status == 403 else "/")
        person.get(path)
        assert person.status == status
        if rest != "new":
            person.get("/profile/")
            person.post(path, name="Forged")
            assert person.status == status
    assert kept(shop) == ["Web shop"]


def test_boards_go_with_their_account(shop):
    work = shop.tenant.work(shop.tenant.admin)
    accounts.delete_account(work, shop.account_id)
    assert kept(shop) == []


def test_another_tenants_board_is_never_found(shop, sign_in):
    admin = sign_in(shop.tenant.stranger)
    admin.get(shop.tenant.other.path(f"boards/{shop.board_id}"))
    assert admin.status == 404
