"""ALM accounts as pages show them, and what may be changed about one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from portal.alm_accounts.parts import Parts, parts_of
from portal.audit.log import record
from portal.credentials.grants import hold_grants, release
from portal.credentials.problem import Problem
from portal.credentials.problems import problem
from portal.credentials.views import CredentialView
from portal.errors import FieldErrors, NotHere
from portal.jira.answers import Code, JiraTrouble
from portal.jira.base_urls import BaseUrl, BaseUrlRefused, read_base_url, resolve_refusal
from portal.jira.tls import CaRefused, tls_context
from portal.jira.wire import Wire
from portal.kinds import KINDS
from portal.kinds.scopes import names_of
from portal.kinds.shape import OAUTH1, OAUTH2, SHARED_CALLBACK, Kind
from portal.people.texts import clean_name
from portal.store.tables import AlmAccount, Credential, OauthApp, SigningKey
from portal.store.work import Work

CEILINGS = range(1, 33)
_CHANGEABLE = {
    OAUTH1: ("name", "base_url", "ca_pem", "read_only", "max_concurrent"),
    # A site is changed in the set-up, with its cloud id; Atlassian's certificates need no other authority.
    OAUTH2: ("name", "read_only", "max_concurrent"),
}


@dataclass(frozen=True)
class KeyView:
    """The public side of a signing key."""

    id: UUID
    consumer_key: str
    public_pem: str
    fingerprint: str
    bits: int
    origin: str
    made_at: datetime


@dataclass(frozen=True)
class AppView:
    """The app of a Jira Cloud account, without its secret."""

    id: UUID
    client_id: str | None
    is_shared: bool
    has_secret: bool
    secret_set_at: datetime | None
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class SiteView:
    """The site of a Jira Cloud account: ``is_pinned`` once a person picked it at a consent."""

    cloud_id: str | None
    name: str | None
    is_pinned: bool


@dataclass(frozen=True)
class AccountView:
    """An ALM account. ``own`` is its own credential, ``pending`` one that waits for confirmation, ``mine``
    the credential of the person looking, ``people`` how many persons are connected."""

    id: UUID
    kind: Kind
    name: str
    version: int
    base_url: str | None
    ca_pem: str | None
    read_only: bool
    max_concurrent: int
    saved: bool
    tested_at: datetime | None
    server_info: Mapping[str, Any]
    current_key: KeyView | None
    next_key: KeyView | None
    app: AppView | None
    site: SiteView | None
    own: CredentialView | None
    pending: CredentialView | None
    mine: CredentialView | None
    people: int

    @property
    def key(self) -> KeyView:
        """The signing key of an account by application link; :class:`NotHere` for any other kind."""
        if self.current_key is None:
            raise NotHere
        return self.current_key

    @property
    def is_by_shared_app(self) -> bool:
        """Whether it goes by the operator's app."""
        return self.app is not None and self.app.is_shared

    @property
    def callback_path(self) -> str:
        """Path of the callback URL: the account's own, or the operator's app's."""
        return SHARED_CALLBACK if self.is_by_shared_app else self.kind.callback_path(self.id)

    @property
    def state(self) -> str:
        """One word for lists: ``draft`` until saved, then the state of its own credential."""
        if not self.saved:
            return "draft"
        return self.own.state if self.own else "not_connected"

    @property
    def changeable(self) -> tuple[str, ...]:
        """What :func:`change` takes for this kind of account."""
        return _CHANGEABLE[self.kind.protocol]

    def trouble(self, code: str, evidence: Mapping[str, object] | None = None) -> Problem:
        """The problem of this code as met with this account: whose app it is decides who can mend it."""
        if code == Code.CLIENT_REFUSED and self.is_by_shared_app:
            code = "shared_app_refused"
        host = {"host": BaseUrl.stored(self.base_url).host} if self.base_url else {}
        return problem(code, {**host, **(evidence or {})})

    def trouble_of(self, view: CredentialView | None) -> Problem | None:
        """What is the matter with one of the account's credentials; None where nothing is."""
        if view is None or view.code is None:
            return None
        offered = ", ".join(site["name"] for site in view.sites)
        evidence = {"scopes": names_of(view.missing), "offered": offered}
        return self.trouble(view.code, {name: piece for name, piece in evidence.items() if piece})


def accounts(work: Work) -> list[AccountView]:
    """All accounts of the tenant, by name."""
    with work.read() as session:
        rows = session.scalars(select(AlmAccount).order_by(AlmAccount.name)).all()
        parts = parts_of(session, [row.id for row in rows], work.actor.user_id)
        return [_view(row, parts[row.id]) for row in rows]


def account(work: Work, account_id: UUID) -> AccountView:
    """One account; :class:`NotHere` when it is not this tenant's."""
    with work.read() as session:
        row = get_account(session, account_id)
        return _view(row, parts_of(session, [account_id], work.actor.user_id)[account_id])


def get_account(session: Session, account_id: UUID, *, hold: bool = False) -> AlmAccount:
    """The row of an account of the session's tenant; :class:`NotHere` for any other id.

    ``hold``: nobody else changes it until the transaction ends, nor stores what its Jira gave.
    """
    row = session.get(AlmAccount, (session.info["tenant_id"], account_id), with_for_update=hold)
    if row is None:
        raise NotHere
    return row


def get_key(session: Session, account_id: UUID, stage: str) -> SigningKey | None:
    """The account's signing key at this stage."""
    wanted = select(SigningKey).where(SigningKey.account_id == account_id, SigningKey.stage == stage)
    return session.scalars(wanted).first()


def _view(row: AlmAccount, parts: Parts) -> AccountView:
    current, following = parts.keys.get("current"), parts.keys.get("next")
    site = parts.site
    return AccountView(
        id=row.id,
        kind=KINDS[row.kind],
        name=row.name,
        version=row.version,
        base_url=row.base_url,
        ca_pem=row.ca_pem,
        read_only=row.read_only,
        max_concurrent=row.max_concurrent,
        saved=row.saved_at is not None,
        tested_at=row.tested_at,
        server_info=row.server_info or {},
        current_key=_key_view(current) if current else None,
        next_key=_key_view(following) if following else None,
        app=_app_view(parts.app) if parts.app else None,
        site=SiteView(site.cloud_id, site.site_name, site.pinned_at is not None) if site else None,
        own=parts.own,
        pending=parts.pending,
        mine=parts.mine,
        people=parts.people,
    )


def _key_view(row: SigningKey) -> KeyView:
    return KeyView(
        row.id, row.consumer_key, row.public_pem, row.fingerprint, row.bits, row.origin, row.made_at
    )


def _app_view(row: OauthApp) -> AppView:
    return AppView(
        id=row.id,
        client_id=row.client_id,
        is_shared=row.is_shared,
        has_secret=row.client_secret is not None,
        secret_set_at=row.secret_set_at,
        scopes=tuple(row.scopes),
    )


def change(work: Work, wire: Wire, account_id: UUID, wanted: Mapping[str, Any]) -> None:
    """Change what an admin may change: those named by ``changeable`` of the account's kind.

    What is not in ``wanted`` stays; :class:`NotHere` for what this kind does not have. Raises
    :class:`FieldErrors` with one sentence per field, and then changes nothing. Changing how Jira is reached
    raises the version: a flow on its way ends as changed. Another address is another Jira, also on the same
    host: what the one before gave ends, and is never sent there.
    """
    clean = _cleaned(wire, wanted)
    with work.write() as session:
        row = get_account(session, account_id, hold=True)
        if set(clean) - set(_CHANGEABLE[KINDS[row.kind].protocol]):
            raise NotHere
        if "name" in clean:
            refuse_taken_name(session, clean["name"], account_id)
        changed = sorted(name for name, value in clean.items() if getattr(row, name) != value)
        if "base_url" in changed:
            end_credentials(session, Credential.account_id == account_id, "address_changed")
        for name in changed:
            setattr(row, name, clean[name])
        if {"base_url", "ca_pem"} & set(changed):
            row.version += 1
            row.tested_at = row.server_info = None
        if changed:
            record(session, work, "account.changed", account_id=account_id, changed=changed)


def end_credentials(session: Session, which: ColumnElement[bool], why: str) -> None:
    """End the credentials that ``which`` selects, tokens erased, with the problem's code.

    One that waits for confirmation goes altogether: confirmed later, it would go to the wrong Jira.
    """
    stale = hold_grants(session, which)
    session.execute(delete(Credential).where(which, Credential.state == "pending"))
    erased = {"access_token": None, "token_secret": None, "session_handle": None, "grant_id": None}
    ended = update(Credential).where(which, Credential.state == "active")
    session.execute(ended.values(state="ended", ended_why=why, **erased))
    release(session, stale)


def _cleaned(wire: Wire, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Every value checked and in its stored form; all mistakes are told at once."""
    readers: dict[str, Callable[[Any], Any]] = {
        "name": clean_name,
        "base_url": lambda text: _base_url(wire, text),
        "ca_pem": _authority,
        "max_concurrent": _ceiling,
        "read_only": bool,
    }
    clean: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, value in wanted.items():
        try:
            clean[name] = readers[name](value)
        except FieldErrors as wrong:
            errors[name] = next(iter(wrong.errors.values()))
    if errors:
        raise FieldErrors(errors)
    return clean


def _base_url(wire: Wire, text: str) -> str:
    try:
        base = read_base_url(text, wire.plain_http_hosts)
    except BaseUrlRefused as wrong:
        hint = f" Did you mean {wrong.suggestion}?" if wrong.suggestion else ""
        raise FieldErrors({"base_url": wrong.message + hint}) from None
    if wire.proxy is None:
        _refuse_unreachable(resolve_refusal(wire.policy, base.host))
    return base.text


def _refuse_unreachable(trouble: JiraTrouble | None) -> None:
    if trouble is None:
        return
    host = trouble.evidence.get("host", "this host")
    sentence = (
        f"{host} leads to a private or local address, which this portal may not call. If your Jira stands "
        "there, ask the operator to allow its network."
        if trouble.code == "address_refused"
        else f"No address was found for {host}. Check the spelling; a name known only inside your network "
        "must be known to this portal's network too."
    )
    raise FieldErrors({"base_url": sentence})


def _authority(text: str | None) -> str | None:
    if not text or not text.strip():
        return None
    try:
        tls_context(text.strip())
    except CaRefused as wrong:
        raise FieldErrors({"ca_pem": str(wrong)}) from None
    return text.strip()


def _ceiling(number: int) -> int:
    if number not in CEILINGS:
        raise FieldErrors(
            {"max_concurrent": f"Choose between {CEILINGS[0]} and {CEILINGS[-1]} calls at once."}
        )
    return number


def refuse_taken_name(session: Session, name: str, account_id: UUID | None) -> None:
    """Raise :class:`FieldErrors` when another account of the tenant has this name."""
    same = select(func.count(AlmAccount.id)).where(AlmAccount.name == name, AlmAccount.id != account_id)
    if session.scalar(same):
        raise FieldErrors({"name": f"There is an ALM account named {name} already. Choose another name."})
