"""The token of an account that only sends: by the OAuth credential of its site, and for nobody in particular.

"Integrate Jira Software Cloud with on-premises tools": a token lives for a quarter of an hour and is not
renewed; one asks for another. Any number of them live side by side, so nobody waits for anybody here.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import About, record
from portal.credentials.acting_as import NotConnected, find_credential, holder, noting_refusals
from portal.credentials.connections import SendingConnection, read_sending
from portal.credentials.registry import Registry
from portal.credentials.views import CredentialView, view_of
from portal.errors import NotHere
from portal.jira.answers import Code, JiraTrouble
from portal.jira.oauth2_tokens import TokenPair
from portal.kinds.methods import TWO_LEGGED
from portal.secret import Secret
from portal.store.tables import AlmAccount, Credential
from portal.store.vault import get_secret, put_secret
from portal.store.work import Work, now_of

# A token that ends sooner is not sent any more: it could end on its way.
LEAST_LIFE = timedelta(seconds=60)
# What Atlassian says of an ID or secret it does not take, and of a token that was just got.
REFUSALS = frozenset({Code.CLIENT_REFUSED, Code.UNAUTHORIZED})


@dataclass(frozen=True)
class Bearer:
    """An access token, the one site it is for, and the credential it was got by."""

    token: Secret
    cloud_id: str
    credential_id: UUID


def bearer(work: Work, registry: Registry, account_id: UUID, refused: Secret | None = None) -> Bearer:
    """A token that can be sent now: the one that is held, or a new one where it ends or is ``refused``.

    Call it with no transaction open, within the account's ceiling of calls. Raises :class:`NotHere` for an
    account that is gone, :class:`NotConnected` where its credential was never tried well or has ended, and
    JiraTrouble for what Atlassian answers. That it refuses ID and secret is noted in the audit, and that it
    takes them again.
    """
    connection, view, held = _read(work, account_id)
    if held is not None and held != refused:
        return Bearer(held, site_of(connection), view.id)
    with noting_refusals(work, connection, view, REFUSALS):
        pair = ask(registry, connection)
    with work.write() as session:
        row = session.get(Credential, (work.tenant, view.id), with_for_update=True)
        if row is not None and row.state == "active":
            _put(session, row, pair)
    return Bearer(pair.access_token, site_of(connection), view.id)


def _read(work: Work, account_id: UUID) -> tuple[SendingConnection, CredentialView, Secret | None]:
    """The way, its credential, and the token where one is held that lives on for a while."""
    with work.read() as session:
        if session.get(AlmAccount, (work.tenant, account_id)) is None:
            raise NotHere
        row = find_credential(session, account_id, None)
        view = view_of(session, row) if row else None
        if row is None or view is None or not view.serves or row.method != TWO_LEGGED:
            raise NotConnected(account_id, view)
        try:
            connection = read_sending(session, account_id)
        except NotHere:
            raise NotConnected(account_id, view) from None
        lives = row.expires_at is not None and row.expires_at - now_of(session) >= LEAST_LIFE
        return connection, view, get_secret(session, row, "access_token") if lives else None


def site_of(connection: SendingConnection) -> str:
    """The cloud id of its site. JiraTrouble ``site_not_covered`` where none is known."""
    if connection.cloud_id is None:
        raise JiraTrouble(Code.SITE_NOT_COVERED, host=connection.base_url.host)
    return connection.cloud_id


def ask(registry: Registry, connection: SendingConnection) -> TokenPair:
    """A new token. JiraTrouble ``client_refused`` also for ID and secret of an app that cannot have one."""
    try:
        return registry.token_for_itself(connection.app)
    except JiraTrouble as trouble:
        if trouble.code is not Code.GRANT_REFUSED:
            raise
        other = JiraTrouble(Code.CLIENT_REFUSED)
        other.evidence.update(trouble.evidence)
        raise other from None


def ask_to_test(
    work: Work, registry: Registry, connection: SendingConnection, own: CredentialView | None
) -> TokenPair:
    """A new one beside what is held, to see whether ID and secret are taken; for the own credential,
    where the account has one, a refusal is noted."""
    if own is None:
        return ask(registry, connection)
    with noting_refusals(work, connection, own, REFUSALS):
        return ask(registry, connection)


def keep(session: Session, work: Work, account_id: UUID, pair: TokenPair) -> UUID:
    """Take ID and secret of an account as its own credential, because ``pair`` was just got by them.

    One that serves goes on with the new token; one that has ended goes. Returns its id. The account is held.
    """
    own = (Credential.account_id == account_id) & holder(None)
    row = find_credential(session, account_id, None)
    if row is not None and row.state == "active":
        _put(session, row, pair)
        return row.id
    session.execute(delete(Credential).where(own))
    row = Credential(
        id=uuid4(),
        tenant_id=work.tenant,
        account_id=account_id,
        method=TWO_LEGGED,
        state="active",
        consumer_key="",
        jira_key="",
        jira_name="",
        jira_display_name="",
        jira_email="",
        connected_by=work.user_id,
        connected_at=clock.now(),
    )
    _put(session, row, pair)
    session.add(row)
    session.flush()
    about = About(account_id=account_id, subject_id=row.id)
    record(session, work, "credential.connected", **about, purpose="account")
    return row.id


def _put(session: Session, row: Credential, pair: TokenPair) -> None:
    put_secret(session, row, "access_token", pair.access_token)
    row.expires_at = now_of(session) + timedelta(seconds=pair.expires_in)
