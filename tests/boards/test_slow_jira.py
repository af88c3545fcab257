"""One Jira that hangs: its tenant is told so at once and asks nobody; every other tenant goes on."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from portal.alm_accounts import accounts as rules
from portal.boards import boards
from portal.credentials import callbacks, flows, slow_calls
from portal.credentials.flow_rows import CONNECTED
from portal.credentials.registry import Registry
from portal.errors import PortalBusy
from portal.kinds import KINDS
from tests.boards.conftest import SHOP, Shop
from tests.support import accounts
from tests.support.accounts import at_browser, registry_of
from tests.support.person import Person
from tests.support.sandbox import JiraBrowser, SandboxProcess, callback_values
from tests.support.world import TenantWorld

PATIENCE = 20.0
ROOMY = {"max_concurrent": 20}


@pytest.fixture
def registry(portal, monkeypatch) -> Registry:
    """The portal's, whose calls count as slow soon and end when the test lets them."""
    found = registry_of(portal)
    monkeypatch.setattr(found.outbound.wire, "deadline", PATIENCE)
    monkeypatch.setattr(slow_calls, "SLOW_SECONDS", 0.2)
    return found


@pytest.fixture
def hang(shop, ada, registry) -> Iterator[Callable[[], None]]:
    """Lets the tenant's Jira hang, with half of the portal's threads waiting for it."""
    half = shop.portal.settings.threads // 2
    rules.change(shop.tenant.work(shop.tenant.admin), registry.outbound.wire, shop.account_id, ROOMY)
    waiting: list[Future[object]] = []

    def begin() -> None:
        shop.sandbox.state(hang=True)
        waiting.extend(
            pool.submit(Person.of(shop.portal, shop.tenant.member).get, shop.board) for _ in range(half)
        )
        until = time.monotonic() + PATIENCE / 2
        while not is_busy(registry, shop.tenant):
            assert time.monotonic() < until, "nothing became slow"
            time.sleep(0.05)

    with ThreadPoolExecutor(half) as pool:
        yield begin
        shop.sandbox.state(hang=False)
        assert [page.result() is not None for page in waiting] == [True] * half


def is_busy(registry: Registry, tenant: TenantWorld) -> bool:
    try:
        registry.outbound.slots.refuse_when_busy(tenant.id)
    except PortalBusy:
        return True
    return False


def told(person: Person) -> bool:
    return (person.status, person.response.headers.get("Retry-After")) == (503, "5") and (
        "answers slowly" in person.page.text
    )


@pytest.fixture
def neighbour(portal, world) -> Iterator[Shop]:
    """Another tenant with a Jira of its own."""
    with SandboxProcess() as sandbox:
        tenant = world.tenant()
        account_id = accounts.connected_account(portal, sandbox, tenant)
        work = tenant.work(tenant.admin)
        board_id = boards.add_board(work, registry_of(portal), account_id, SHOP, "Garden shop")
        found = Shop(portal, sandbox, tenant, account_id, board_id)
        found.connect(tenant.member, "grace")
        yield found


def test_only_the_tenant_whose_jira_hangs_is_turned_away(hang, shop, ada, neighbour, sign_in) -> None:
    hang()
    ada.get(shop.board)
    assert told(ada)
    ada.get(shop.tenant.path())  # pages that need no Jira are as ever
    assert ada.status == 200
    grace = sign_in(neighbour.tenant.member)
    grace.get(neighbour.board)
    assert grace.status == 200 and "Garden shop" in grace.page.text
    shop.sandbox.state(hang=False)


def test_every_way_to_that_jira_is_told_at_once_and_keeps_what_there_is(hang, shop, sign_in) -> None:
    admin = sign_in(shop.tenant.admin)
    page = shop.tenant.path(f"alm-accounts/{shop.account_id}")
    admin.get(page)
    hang()
    for way in (f"{page}/test", f"{page}/authorise"):
        admin.get(page)
        admin.post(way)
        assert told(admin), way
    for way in (f"{page}/fields", shop.path(f"new?account={shop.account_id}")):
        admin.get(way)
        assert told(admin), way
    account = rules.account(shop.tenant.work(shop.tenant.admin), shop.account_id)
    assert account.state == "connected"


def test_a_callback_that_was_turned_away_ends_when_the_page_is_loaded_again(hang, shop, registry) -> None:
    work, path = (
        at_browser(shop.tenant, shop.tenant.admin),
        KINDS["server_oauth1"].callback_path(shop.account_id),
    )
    flow_id = flows.start(work, registry, flows.FlowRequest(shop.account_id, "person", path))
    back = callback_values(
        JiraBrowser(shop.sandbox, "admin").allow(flows.consent_url(work, registry, flow_id))
    )
    came = callbacks.Callback(path, back["oauth_token"], back["oauth_verifier"])
    hang()
    with pytest.raises(PortalBusy):
        callbacks.finish(work, registry, flow_id, came)
    shop.sandbox.state(hang=False)
    while is_busy(registry, shop.tenant):
        time.sleep(0.05)
    callbacks.finish(work, registry, flow_id, came)
    assert flows.read_flow(work, flow_id).outcome == CONNECTED
