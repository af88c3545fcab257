"""Apps at Atlassian: the tenant's own with its client id, secret and scopes, or the operator's shared one.

The shared one is one row of the tenant, whichever accounts use it. One's own belongs to one account: it has
one callback URL, which is that account's.
"""

import re
from collections.abc import Iterable, Mapping
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts.accounts import end_credentials, get_account
from portal.audit.log import record
from portal.credentials import points
from portal.credentials.connections import OAuth2Connection, read_connection
from portal.credentials.grants import hold_app
from portal.credentials.registry import Registry, SharedApp
from portal.errors import FieldErrors, NotHere, Refused
from portal.kinds.scopes import BY_ID, PRESET, with_required
from portal.secret import Secret
from portal.store.tables import AlmAccount, CloudSite, Credential, Grant, OauthApp
from portal.store.vault import get_secret, put_secret
from portal.store.work import Work

TAKEN = (
    "Another ALM account uses this app already. An app has one callback URL, and each account its own: make "
    "another app in the developer console."
)
# Shapes of Atlassian's: a client id has 32 letters and digits, a secret begins with ATOA and is longer.
CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,120}")
CLIENT_SECRET = re.compile(r"[\x21-\x7e]{16,512}")
SECRET_BEGINS = "ATOA"  # noqa: S105 - only how one begins


def new_app(session: Session, work: Work) -> OauthApp:
    """An app of the tenant's own, of which nothing is known yet."""
    row = OauthApp(id=uuid4(), tenant_id=work.tenant, scopes=list(with_required(PRESET)))
    session.add(row)
    session.flush()
    return row


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


def looks_like_secret(text: str) -> bool:
    """Whether a text begins as client secrets do; it must not be shown again, wherever it was pasted."""
    return text.strip().startswith(SECRET_BEGINS)


def set_client(work: Work, account_id: UUID, client_id: str, client_secret: str, shared_id: str = "") -> None:
    """Take client id and secret of an account's own app; an empty secret keeps the one held.

    ``shared_id``: the operator's client id, which nobody can take as their own. Another client id is another
    app: what the former one gave ends, once both halves of the new one are right. Raises
    :class:`FieldErrors`; in a draft a good secret beside a bad client id is kept sealed.
    """
    client_id = client_id.strip()
    errors = _wrong(client_id, client_secret.strip("\r\n"), shared_id)
    with work.write() as session:
        account, app = _held_with_app(session, account_id)
        if app.is_shared:
            raise Refused("This account uses the operator's app; there is nothing to type.")
        is_other = app.client_id is not None and client_id != app.client_id
        errors = _untakable(session, app, client_id, client_secret, is_other=is_other) | errors
        if not (is_other and errors):
            changed = _take(session, app, client_id, client_secret.strip(), errors)
            if is_other:
                end_credentials(session, Credential.account_id == account_id, "app_changed")
            if changed:
                _changed(session, work, account, app, changed)
    if errors:
        raise FieldErrors(errors)


def _untakable(
    session: Session, app: OauthApp, client_id: str, secret: str, *, is_other: bool
) -> dict[str, str]:
    """What is wrong with a well-formed pair as things stand."""
    same = select(OauthApp.id).where(OauthApp.client_id == client_id, OauthApp.id != app.id)
    if session.scalars(same).first():
        return {"client_id": TAKEN}
    if is_other and not secret.strip():
        return {"client_secret": "Paste the secret of this app too; the one held is the former app's."}
    if app.client_secret is None and not secret.strip():
        return {"client_secret": "Paste the client secret: developer console → your app → Settings."}
    return {}


def _take(
    session: Session, app: OauthApp, client_id: str, secret: str, errors: Mapping[str, str]
) -> list[str]:
    """Store what is right and new; the names of it."""
    changed = []
    if "client_id" not in errors and client_id != app.client_id:
        app.client_id = client_id
        changed.append("client_id")
    if secret and "client_secret" not in errors and not _is_held(session, app, secret):
        put_secret(session, app, "client_secret", Secret(secret))
        app.secret_set_at = clock.now()
        changed.append("client_secret")
    return changed


def set_scopes(work: Work, account_id: UUID, scopes: Iterable[str]) -> None:
    """Which permissions are ticked in the console: asked for in full at every consent from now on."""
    wanted = list(with_required(scope for scope in scopes if scope in BY_ID))
    with work.write() as session:
        account, app = _held_with_app(session, account_id)
        if app.is_shared or app.scopes == wanted:
            return
        app.scopes = wanted
        _changed(session, work, account, app, ["scopes"])


def held(session: Session, account_id: UUID) -> tuple[CloudSite, OauthApp]:
    """Site and app of a Jira Cloud account, with the account held; :class:`NotHere` for any other."""
    get_account(session, account_id, hold=True)
    site = session.get(CloudSite, (session.info["tenant_id"], account_id))
    if site is None:
        raise NotHere
    return site, session.get_one(OauthApp, (session.info["tenant_id"], site.app_id))


def _held_with_app(session: Session, account_id: UUID) -> tuple[AlmAccount, OauthApp]:
    """The account and its app, both held, in this order."""
    _, app = held(session, account_id)
    hold_app(session, app.id)
    return get_account(session, account_id), app


def share_of(work: Work, registry: Registry, account_id: UUID) -> points.Share | None:
    """The tenant's share of the operator's points this hour; None for an account by an app of its own."""
    with work.read() as session:
        connection = read_connection(session, account_id)
    if not isinstance(connection, OAuth2Connection):
        return None
    return points.share_of(work, registry, connection.app)


def drop_unused_apps(session: Session) -> None:
    """Forget apps that no account uses any more, with their secrets and grants."""
    session.execute(delete(OauthApp).where(OauthApp.id.not_in(select(CloudSite.app_id))))


def _wrong(client_id: str, secret: str, shared_id: str) -> dict[str, str]:
    """What is wrong with either of the two, or with both together, by field."""
    told = {"client_id": _wrong_id(client_id, shared_id), "client_secret": _wrong_secret(secret)}
    errors = {name: sentence for name, sentence in told.items() if sentence}
    together = _wrong_together(client_id, secret)
    return {**errors, "client_secret": together} if together else errors


def _wrong_id(client_id: str, shared_id: str) -> str | None:
    if not client_id:
        return "Paste the client ID: developer console → your app → Settings."
    if looks_like_secret(client_id):
        return "This looks like the client secret. The client ID stands above it in Settings."
    if client_id == shared_id:
        return "This is the operator's app. Add an account that uses it, or paste your own app's."
    if not CLIENT_ID.fullmatch(client_id):
        return "A client ID has letters and digits only, about 32. Copy it with the copy button."
    return None


def _wrong_secret(secret: str) -> str | None:
    """An empty one is not wrong: one may be held."""
    if any(mark in secret for mark in "\r\n"):
        return "There is a line break inside the secret. Copy it again with the copy button."
    if any(mark.isspace() for mark in secret):
        return "There is a blank in the secret. Copy it again with the copy button."
    if secret and not CLIENT_SECRET.fullmatch(secret):
        return "This is too short for a client secret, or holds odd characters. Copy it again."
    return None


def _wrong_together(client_id: str, secret: str) -> str | None:
    if not secret:
        return None
    if looks_like_secret(client_id) and not looks_like_secret(secret):
        return "This looks like the client ID: the two are swapped. Paste each into the other's field."
    if secret == client_id and CLIENT_ID.fullmatch(client_id) and not looks_like_secret(client_id):
        return "This is the client ID once more. The client secret stands below it in Settings."
    return None


def _by_client_id(session: Session, client_id: str) -> OauthApp | None:
    return session.scalars(select(OauthApp).where(OauthApp.client_id == client_id)).first()


def _is_held(session: Session, app: OauthApp, secret: str) -> bool:
    return app.client_secret is not None and get_secret(session, app, "client_secret") == Secret(secret)


def _changed(session: Session, work: Work, account: AlmAccount, app: OauthApp, changed: list[str]) -> None:
    """A flow on its way ends as changed; a grant that waited for a right secret is tried again at once."""
    account.version += 1
    account.tested_at = None
    if "client_secret" in changed:
        waits = (Grant.app_id == app.id) & Grant.trouble.is_not(None)
        session.execute(select(Grant.id).where(waits).order_by(Grant.id).with_for_update()).all()
        session.execute(update(Grant).where(waits).values(retry_at=None, trouble=None))
    record(session, work, "app.changed", account_id=account.id, changed=sorted(changed))
