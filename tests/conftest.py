"""What every test may ask for; each runs on SQLite and on PostgreSQL where it touches a database."""

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from portal.audit.uses import Ledger
from portal.people import passwords
from portal.start import open_store, prepare
from portal.store.generations import Generations
from portal.store.work import Store
from tests.support import canaries, compiled, key_pairs, migrating, network, rules
from tests.support.browsers import WIDTHS, Window, chromium, windows
from tests.support.databases import MAKERS, Database, name_databases
from tests.support.person import Person
from tests.support.portals import Portal, serve
from tests.support.sandbox import SandboxProcess
from tests.support.variants import put_off
from tests.support.world import CHEAP, Someone, TenantWorld, World

SHARED_APP = "PracticeSharedApp00000000000000x"

network.shut()
Generations.by_itself = False  # what is remembered is tried where several processes serve
Ledger.by_itself = False  # a test that looks at uses writes them; no thread writes into another's lines
key_pairs.hand_out()
migrating.hand_out()
compiled.hand_out()
rules.hand_out()
for name in [name for name in os.environ if name.startswith("ALMONER_")]:
    del os.environ[name]  # settings of a developer's own portal are none of the tests'
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each process that a test starts would compile all anew


@pytest.hookimpl(tryfirst=True)  # before marks are looked at
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to ``make soak`` what PostgreSQL need not run each time."""
    left = put_off(items, config.option.markexpr)
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: looking for garbage among them took a fifth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Name the databases a test runs on."""
    name_databases(metafunc)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> None:
    """Argon2 at its least."""
    passwords.HASHER = CHEAP


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database for the whole run, or for one module of it; searched for secrets at its end."""
    kind = request.param.partition(" ")[0]
    with MAKERS[kind](tmp_path_factory.mktemp(kind)) as made:
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
        links_by_rest=True,
    ) as running:
        yield running


@pytest.fixture(autouse=True)
def _log_of_the_portal(request: pytest.FixtureRequest) -> None:
    """A process has one log; whatever portal a test before made, this test's portal reads it."""
    if "portal" in request.fixturenames:
        request.getfixturevalue("portal").catch_log()


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
def new_window(browser: Browser, portal: Portal) -> Iterator[Callable[..., Window]]:
    """Opens windows: ``new_window("phone", java_script_enabled=False).sign_in(tenant.admin)``."""
    with windows(browser, portal.base_url, portal.cookie_of) as open_one:
        yield open_one


@pytest.fixture(params=sorted(WIDTHS))
def window(request: pytest.FixtureRequest, new_window: Callable[..., Window]) -> Window:
    """A window, once as wide as a desk's and once as narrow as a phone's."""
    return new_window(request.param)
