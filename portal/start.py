"""Opening what a process needs: the store behind its walls and the guarded way out.

Everything is checked before anything is written; a check that fails raises
:class:`~portal.errors.StartRefused` with a sentence for the operator.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import make_url
from sqlalchemy.exc import DatabaseError

from portal import __version__
from portal.config import Settings
from portal.credentials.registry import Cloud, Outbound, Registry, SharedApp
from portal.credentials.slots import Slots
from portal.credentials.slow_calls import Threads, calling
from portal.errors import StartRefused
from portal.jira import wire
from portal.jira.addresses import AddressPolicy
from portal.jira.atlassian import Atlassian
from portal.jira.oauth1 import rsa_sha1_available
from portal.kinds.scopes import OWN_USE, with_required
from portal.secret import Secret, read_secret_file
from portal.store import schema
from portal.store.engine import make_engine
from portal.store.ring import create_ring_file, read_ring
from portal.store.vault import Vault
from portal.store.work import OPERATOR, Store, Work, refuse_open_transaction


def prepare(settings: Settings) -> None:
    """Make the instance folder, the root key (never over a database that needs another) and the tables."""
    _make_folder(settings)
    if not settings.root_key_command and not settings.root_key_path.exists():
        _refuse_without_key(settings)
        create_ring_file(settings.root_key_path)
    store = _open(settings)
    _private_file(settings)
    schema.migrate(settings.owner_database, settings.database)
    with Work(store, None, OPERATOR).write() as session:
        store.vault.leave_canary(session)
    store.engine.dispose()


def upgrade(settings: Settings) -> None:
    """Bring the database to the portal's version, unless the root keys are not its own."""
    _open(settings).engine.dispose()
    schema.migrate(settings.owner_database, settings.database)


def open_store(settings: Settings) -> Store:
    """The store, after schema, roles and root keys were found to be right."""
    store = _open(settings)
    schema.check_ready(store.engine)
    return store


def open_registry(settings: Settings) -> Registry:
    """The registry over the one guarded way out of this process.

    Raises :class:`StartRefused` where the machine's crypto policy forbids the signature Jira asks for, and
    where the secret of the shared app is not to be had.
    """
    if not rsa_sha1_available():
        raise StartRefused(
            "This machine forbids RSA-SHA1 signatures, which Jira's OAuth 1.0a needs. On RHEL run: "
            "update-crypto-policies --set DEFAULT:SHA1"
        )
    if refuse_open_transaction not in wire.before_send:
        wire.before_send.append(refuse_open_transaction)
    way_out = wire.Wire(
        policy=AddressPolicy(settings.outbound_networks),
        plain_http_hosts=frozenset(settings.plain_http_hosts),
        user_agent=user_agent(settings),
        proxy=settings.outbound_proxy or None,
        deadline=settings.outbound_deadline,
    )
    way_out.calling = calling
    cloud = Cloud(
        atlassian=Atlassian.at(settings.cloud_auth_url, settings.cloud_api_url),
        shared_app=_shared_app(settings),
        practice_sites=frozenset(settings.practice_sites),
        lease=settings.refresh_lease_seconds,
    )
    slots = Slots(settings.instance / "slots", Threads(settings.threads))
    return Registry(Outbound(way_out, slots), cloud, settings.base_url)


def _shared_app(settings: Settings) -> SharedApp | None:
    if settings.shared_app_secret_file is None:
        return None
    secret = read_secret_file(settings.shared_app_secret_file, "ALMONER_SHARED_APP_SECRET_FILE")
    scopes = settings.shared_app_scopes or OWN_USE
    return SharedApp(settings.shared_app_client_id, secret, with_required(scopes), settings.shared_app_points)


def metrics_token(settings: Settings) -> Secret | None:
    """What `/metrics` asks for; None where there is no such page. Raises :class:`StartRefused`."""
    if settings.metrics_token_file is None:
        return None
    return read_secret_file(settings.metrics_token_file, "ALMONER_METRICS_TOKEN_FILE")


def user_agent(settings: Settings) -> str:
    """How this portal names itself to Jira, so that its admins know whom they let in."""
    return f"Almoner/{__version__} (+{settings.base_url})"


def _make_folder(settings: Settings) -> None:
    try:
        settings.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StartRefused(
            f"The folder of ALMONER_INSTANCE, {settings.instance}, cannot be made: {error.strerror}. "
            "Name a folder that this user may write in."
        ) from None


@contextmanager
def _database_answers(url: str) -> Iterator[None]:
    """A database that does not answer is told as a sentence. The URL is not shown: it holds a password."""
    try:
        yield
    except DatabaseError as error:
        place = make_url(url)
        if place.get_backend_name() == "sqlite":
            raise StartRefused(
                f"The file {place.database} cannot be used as a database of this portal: {error.orig}. "
                "Put it back from your backup, or move it away to begin with an empty one."
            ) from None
        raise StartRefused(
            "The database of ALMONER_DATABASE_URL does not answer, or is no database of this portal. "
            "Look whether it runs, and whether the address, user and password are right."
        ) from None


def _open(settings: Settings) -> Store:
    mail_links = settings.base_url if settings.sends_mail else None
    store = Store(make_engine(settings.database), _vault(settings), mail_links)
    with _database_answers(settings.database):
        if not schema.is_empty(store.engine):
            with store.engine.connect() as connection:
                schema.refuse_newer(connection)
            with Work(store, None, OPERATOR).read() as session:
                store.vault.check_canaries(session)
    return store


def _vault(settings: Settings) -> Vault:
    return Vault(read_ring(settings), partial(read_ring, settings))


def _refuse_without_key(settings: Settings) -> None:
    """A new key over a database that was sealed with another would hide the loss instead of telling it."""
    engine = make_engine(settings.owner_database)
    try:
        with _database_answers(settings.owner_database):
            is_empty = schema.is_empty(engine)
    finally:
        engine.dispose()
    if not is_empty:
        read_ring(settings)  # says that the file is missing and what that means


def _private_file(settings: Settings) -> None:
    """SQLite makes its file readable as the umask says; ours holds what others must not read."""
    path = settings.instance / "almoner.db"
    if not settings.database_url and path.exists():
        path.chmod(0o600)
