"""What every test may ask for; each runs on SQLite and on PostgreSQL where it touches a database."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from portal.people import passwords
from portal.start import open_store, prepare
from portal.store.work import Store
from tests.support import canaries, network
from tests.support.browsers import WIDTHS, Window, chromium
from tests.support.databases import MAKERS, Database
from tests.support.person import Person
from tests.support.portals import Portal, serve
from tests.support.sandbox import SandboxProcess
from tests.support.world import CHEAP, Someone, TenantWorld, World

SHARED_APP = "PracticeSharedApp00000000000000x"

network.shut()
for name in [name for name in os.environ if name.startswith("ALMONER_")]:
    del os.environ[name]  # settings of a developer's own portal are none of the tests'


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> None:
    """Argon2 at its least."""
    passwords.HASHER = CHEAP


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database for the whole run; searched for secrets at its end."""
    with MAKERS[request.param](tmp_path_factory.mktemp(request.param)) as made:
        yield made
        made.assert_no_canaries()


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database of the test's own, with nothing in it."""
    with MAKERS[request.param](tmp_path_factory.mktemp("empty")) as made:
        yield made


@pytest.fixture(scope="session")
def store(database: Database) -> Iterator[Store]:
    """The store of ``database``, for rules that need no pages."""
    settings = database.settings()
    prepare(settings)
    opened = open_store(settings)
    yield opened
    opened.engine.dispose()


@pytest.fixture(scope="session")
def portal(database: Database, running_sandbox: SandboxProcess, shared_app_file: Path) -> Iterator[Portal]:
    """The portal on a socket, with the practice Jira as its Atlassian."""
    with serve(
        database,
        cloud_auth_url=running_sandbox.cloud_url,
        cloud_api_url=running_sandbox.cloud_url,
        practice_sites=" ".join(running_sandbox.sites.values()),
        shared_app_client_id=SHARED_APP,
        shared_app_secret_file=shared_app_file,
    ) as running:
        yield running


@pytest.fixture(scope="session")
def shared_app_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client secret of the operator's shared app, as an operator keeps it."""
    path = tmp_path_factory.mktemp("shared") / "secret"
    path.touch(0o600)
    path.write_text(f"ATOA{canaries.new('shared-secret')}\n", "ascii")
    return path


@pytest.fixture(scope="session")
def world(store: Store) -> World:
    """Makes tenants and people."""
    return World(store)


@pytest.fixture
def tenant(world: World) -> TenantWorld:
    """A new tenant with its people."""
    return world.tenant()


@pytest.fixture
def sign_in(portal: Portal) -> Callable[[Someone], Person]:
    """Signs somebody in: ``sign_in(tenant.admin).get(tenant.path("boards"))``."""
    return lambda someone: Person.of(portal, someone)


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[SandboxProcess]:
    """The practice Jira as its own process."""
    process = SandboxProcess()
    yield process
    process.stop()


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> SandboxProcess:
    """The practice Jira as it is when new."""
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as launched:
        yield launched


@pytest.fixture
def new_window(browser: Browser, portal: Portal) -> Iterator[Callable[[str], Window]]:
    """Opens windows: ``new_window("phone").sign_in(tenant.admin)``."""
    opened: list[Window] = []

    def open_one(width: str = "desktop") -> Window:
        opened.append(Window(browser, portal.base_url, width))
        return opened[-1]

    yield open_one
    for window in opened:
        window.close()


@pytest.fixture(params=sorted(WIDTHS))
def window(request: pytest.FixtureRequest, new_window: Callable[[str], Window]) -> Window:
    """A window, once as wide as a desk's and once as narrow as a phone's."""
    return new_window(request.param)
