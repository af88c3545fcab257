"""Another OAuth credential for an account that only sends: until a test with it has passed, it lies sealed
beside the one that serves, which goes on sending.

It is the account's own draft (``token_drafts``), and goes after a week like any other.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts import apps
from portal.alm_accounts.accounts import get_account
from portal.credentials.acting_as import find_credential
from portal.credentials.connections import SendingConnection
from portal.credentials.token_drafts import drop_draft, read_draft
from portal.errors import FieldErrors, NotHere
from portal.kinds.methods import TWO_LEGGED
from portal.secret import Secret
from portal.store.tables import OauthApp, TokenDraft
from portal.store.vault import put_secret
from portal.store.work import Work


@dataclass(frozen=True)
class Entered:
    """Client ID of what was entered and has not passed a test, and when it was."""

    client_id: str
    at: datetime


def entered(work: Work, account_id: UUID) -> Entered | None:
    """What waits for a test that passes, if anything does."""
    with work.read() as session:
        row = _row(session, account_id)
        return Entered(row.login, row.kept_at) if row else None


def enter(work: Work, account_id: UUID, client_id: str, client_secret: str, shared_id: str = "") -> None:
    """Take client id and secret as :func:`portal.alm_accounts.apps.set_client` does: at once where nothing
    serves, else beside what serves. What serves already, entered again, drops what was entered beside it.

    Raises :class:`FieldErrors`, and then keeps nothing of what was typed beside what serves.
    """
    with work.write() as session:
        account, app = apps.held_with_app(session, account_id)
        own = find_credential(session, account_id, None)
        serves = own is not None and own.state == "active"
        errors = apps.side_of(account).wrong(client_id.strip(), client_secret.strip("\r\n"), shared_id)
        if not serves or _is_what_serves(session, app, client_id.strip(), client_secret.strip()):
            drop_draft(session, account_id, None)
        else:
            _keep(session, account_id, app, client_id.strip(), client_secret.strip(), errors)
    if not serves:
        apps.set_client(work, account_id, client_id, client_secret, shared_id)


def _is_what_serves(session: Session, app: OauthApp, client_id: str, secret: str) -> bool:
    return client_id == app.client_id and (not secret or apps.is_held(session, app, secret))


def _keep(
    session: Session, account_id: UUID, app: OauthApp, client_id: str, secret: str, errors: dict[str, str]
) -> None:
    row = _row(session, account_id)
    side = apps.side_of(get_account(session, account_id))
    if "client_id" not in errors and apps.is_taken(session, app, client_id):
        errors["client_id"] = side.taken
    if not secret and (row is None or row.login != client_id):
        errors.setdefault("client_secret", side.other_secret)
    if errors:
        raise FieldErrors(errors)
    if row is None:
        row = TokenDraft(account_id=account_id, holder_id=account_id, tenant_id=app.tenant_id)
        session.add(row)
    row.method, row.login, row.ends_at, row.kept_at = TWO_LEGGED, client_id, None, clock.now()
    if secret:
        put_secret(session, row, "secret", Secret(secret))


def forget(work: Work, account_id: UUID) -> None:
    """Stay with what serves. Raises :class:`NotHere` where nothing else was entered."""
    with work.write() as session:
        get_account(session, account_id, hold=True)
        if _row(session, account_id) is None:
            raise NotHere
        drop_draft(session, account_id, None)


def to_test(session: Session, connection: SendingConnection) -> tuple[SendingConnection, datetime | None]:
    """The way to send with what was entered, and when it was; the way as it is where nothing was."""
    row = _row(session, connection.account_id)
    if row is None:
        return connection, None
    draft = read_draft(session, connection.account_id, None)
    app = replace(connection.app, client_id=draft.login, secret=draft.secret)
    return replace(connection, app=app), row.kept_at


def is_still(session: Session, account_id: UUID, entered_at: datetime | None) -> bool:
    """Whether what was tried is what stands there: nothing, or what was entered then."""
    row = _row(session, account_id)
    return (row.kept_at if row else None) == entered_at


def take_over(session: Session, work: Work, account_id: UUID) -> None:
    """Go by what was entered from here on: it has passed its test. The account is held."""
    account, app = apps.held_with_app(session, account_id)
    draft = read_draft(session, account_id, None)
    apps.replace_client(session, work, account, app, draft.login, draft.secret.reveal())
    drop_draft(session, account_id, None)


def _row(session: Session, account_id: UUID) -> TokenDraft | None:
    row = session.get(TokenDraft, (session.info["tenant_id"], account_id, account_id))
    return row if row and row.method == TWO_LEGGED else None
