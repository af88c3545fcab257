"""OAuth 2.0 apps: the tenant's own with its client id, secret and scopes, at Atlassian, as the incoming link
of a Jira Data Center or as an OAuth credential of a site; or the operator's shared one at Atlassian.

The shared one is one row of the tenant, whichever accounts use it. One's own belongs to one account: it has
one callback URL, which is that account's.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts.accounts import end_credentials, get_account
from portal.alm_accounts.client_sides import AT_ATLASSIAN, AT_SITE, IN_JIRA, ClientSide
from portal.audit.changes import told
from portal.audit.log import record
from portal.credentials import points
from portal.credentials.connections import read_oauth2
from portal.credentials.delivery_ways import go_on, hold_way
from portal.credentials.grants import hold_app
from portal.credentials.registry import Registry, SharedApp
from portal.errors import FieldErrors, NotHere, Refused
from portal.kinds import KINDS, sent_data, server_scopes
from portal.kinds.methods import OAUTH2, TWO_LEGGED
from portal.kinds.scopes import BY_ID, PRESET, with_required
from portal.kinds.shape import Kind
from portal.secret import Secret
from portal.store.tables import AccountApp, AlmAccount, Credential, Grant, OauthApp
from portal.store.vault import get_secret, put_secret
from portal.store.work import Work

_BY_APP = (OAUTH2, TWO_LEGGED)


def new_app(session: Session, work: Work, kind: Kind) -> OauthApp:
    """An app of the tenant's own, of which nothing is known yet."""
    row = OauthApp(id=uuid4(), tenant_id=work.tenant, scopes=list(_preset(kind)))
    session.add(row)
    session.flush()
    return row


def _preset(kind: Kind) -> tuple[str, ...]:
    if kind.only_sends:
        return sent_data.PRESET
    return with_required(PRESET) if kind.is_cloud else (server_scopes.WRITE,)


def shared_app_row(session: Session, work: Work, shared: SharedApp) -> OauthApp:
    """The tenant's row of the operator's app, made when it is first used."""
    row = _by_client_id(session, shared.client_id)
    if row is None:
        row = OauthApp(id=uuid4(), tenant_id=work.tenant, is_shared=True, client_id=shared.client_id)
        row.scopes = list(shared.scopes)
        session.add(row)
        session.flush()
    if not row.is_shared:
        raise Refused(
            "An ALM account of yours uses the operator's client ID as its own app. Delete it first."
        )
    return row


def set_client(work: Work, account_id: UUID, client_id: str, client_secret: str, shared_id: str = "") -> None:
    """Take client id and secret of an account's own app; an empty secret keeps the one held.

    ``shared_id``: the operator's client id, which nobody can take as their own. Another client id is another
    app: what the former one gave ends, once both halves of the new one are right. Raises
    :class:`FieldErrors`; in a draft a good secret beside a bad client id is kept sealed.
    """
    client_id = client_id.strip()
    with work.write() as session:
        account, app = held_with_app(session, account_id)
        if app.is_shared:
            raise Refused("This account uses the operator's app; there is nothing to type.")
        side = side_of(account)
        errors = side.wrong(client_id, client_secret.strip("\r\n"), shared_id)
        is_other = app.client_id is not None and client_id != app.client_id
        if "client_id" not in errors and is_taken(session, app, client_id):
            errors["client_id"] = side.taken
        errors = _no_secret(app, side, client_secret, is_other=is_other) | errors
        if not (is_other and errors):
            replace_client(session, work, account, app, client_id, client_secret.strip(), errors)
    if errors:
        raise FieldErrors(errors)


def replace_client(
    session: Session,
    work: Work,
    account: AlmAccount,
    app: OauthApp,
    client_id: str,
    secret: str,
    errors: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Store what is new and has no error; another client id ends what the former one gave. Both are held."""
    is_other, before = app.client_id is not None and client_id != app.client_id, _open_values(app)
    changed = _take(session, app, client_id, secret, errors)
    if is_other:
        by_app = (Credential.account_id == account.id) & Credential.method.in_(_BY_APP)
        end_credentials(session, work, by_app, "app_changed")
    if changed:
        _changed(session, work, account, app, told(changed, before, _open_values(app)))


def side_of(account: AlmAccount) -> ClientSide:
    """Where the account's app was made: at Atlassian, at its site, or in its own Jira."""
    kind = KINDS[account.kind]
    if kind.only_sends:
        return AT_SITE
    return AT_ATLASSIAN if kind.is_cloud else IN_JIRA


def is_taken(session: Session, app: OauthApp, client_id: str) -> bool:
    """Whether another account of the tenant goes by the app of this client id, which is well-formed."""
    same = select(OauthApp.id).where(OauthApp.client_id == client_id, OauthApp.id != app.id)
    return session.scalars(same).first() is not None


def _no_secret(app: OauthApp, side: ClientSide, secret: str, *, is_other: bool) -> dict[str, str]:
    """What is wrong where no secret was typed and the one held, if any, is another app's."""
    if is_other and not secret.strip():
        return {"client_secret": side.other_secret}
    if app.client_secret is None and not secret.strip():
        return {"client_secret": side.no_secret}
    return {}


def _take(
    session: Session, app: OauthApp, client_id: str, secret: str, errors: Mapping[str, str]
) -> list[str]:
    """Store what is right and new; the names of it."""
    changed = []
    if "client_id" not in errors and client_id != app.client_id:
        app.client_id = client_id
        changed.append("client_id")
    if secret and "client_secret" not in errors and not is_held(session, app, secret):
        put_secret(session, app, "client_secret", Secret(secret))
        app.secret_set_at = clock.now()
        changed.append("client_secret")
    return changed


def set_scopes(work: Work, account_id: UUID, scopes: Iterable[str]) -> None:
    """Which permissions the app has: asked for in full at every consent from now on.

    At Atlassian those ticked in the console; of an incoming link one of :data:`server_scopes.SCOPES`, and
    :class:`FieldErrors` for any other. Of an OAuth credential of a site those ticked there, one at least.
    """
    chosen = list(scopes)
    with work.write() as session:
        account, app = held_with_app(session, account_id)
        wanted = _wanted(account, chosen)
        if app.is_shared or app.scopes == wanted:
            return
        before, app.scopes = _open_values(app), wanted
        _changed(session, work, account, app, told(["scopes"], before, _open_values(app)))
        if way := hold_way(session, account_id):
            go_on(session, way)  # what waited because its permission was not ticked


def _wanted(account: AlmAccount, scopes: list[str]) -> list[str]:
    if KINDS[account.kind].only_sends:
        return _wanted_to_send(scopes)
    if KINDS[account.kind].is_cloud:
        return list(with_required(scope for scope in scopes if scope in BY_ID))
    if len(scopes) != 1 or scopes[0] not in server_scopes.SCOPES:
        raise FieldErrors({"permission": "Choose the permission the incoming link has: Write or Read."})
    return scopes


def _wanted_to_send(names: list[str]) -> list[str]:
    wanted = [data.name for data in sent_data.ticked(names)]
    if not wanted:
        raise FieldErrors({"scopes": "Tick at least one permission: the ones ticked in Jira."})
    return wanted


def app_id_of(session: Session, account_id: UUID) -> UUID | None:
    """The app an account goes by, if it goes by one."""
    row = session.get(AccountApp, (session.info["tenant_id"], account_id))
    return row.app_id if row else None


def held_with_app(session: Session, account_id: UUID) -> tuple[AlmAccount, OauthApp]:
    """The account and its app, both held, in this order; :class:`NotHere` for one without an app."""
    account = get_account(session, account_id, hold=True)
    app_id = app_id_of(session, account_id)
    if app_id is None:
        raise NotHere
    hold_app(session, app_id)
    return account, session.get_one(OauthApp, (session.info["tenant_id"], app_id))


def share_of(work: Work, registry: Registry, account_id: UUID) -> points.Share | None:
    """The tenant's share of the operator's points this hour; None for an account by an app of its own.

    Raises :class:`NotHere` for an account without an app.
    """
    with work.read() as session:
        app = read_oauth2(session, account_id).app
    return points.share_of(work, registry, app)


def drop_unused_apps(session: Session) -> None:
    """Forget apps that no account uses any more, with their secrets and grants."""
    session.execute(delete(OauthApp).where(OauthApp.id.not_in(select(AccountApp.app_id))))


def _by_client_id(session: Session, client_id: str) -> OauthApp | None:
    return session.scalars(select(OauthApp).where(OauthApp.client_id == client_id)).first()


def is_held(session: Session, app: OauthApp, secret: str) -> bool:
    """Whether this is the secret that is kept of the app."""
    return app.client_secret is not None and get_secret(session, app, "client_secret") == Secret(secret)


def _open_values(app: OauthApp) -> dict[str, Any]:
    """What of the app is no secret."""
    return {"client_id": app.client_id, "scopes": list(app.scopes)}


def _changed(
    session: Session, work: Work, account: AlmAccount, app: OauthApp, changed: Mapping[str, Any]
) -> None:
    """A flow on its way ends as changed; a grant that waited for a right secret is tried again at once."""
    account.version += 1
    kind = KINDS[account.kind]
    if kind.consent == OAUTH2 or kind.only_sends:  # else it goes by another way still, and that was tested
        account.tested_at = None
    if "client_secret" in changed["changed"]:
        waits = (Grant.app_id == app.id) & Grant.trouble.is_not(None)
        session.execute(select(Grant.id).where(waits).order_by(Grant.id).with_for_update()).all()
        session.execute(update(Grant).where(waits).values(retry_at=None, asked_until=None, trouble=None))
    record(session, work, "app.changed", account_id=account.id, **changed)
