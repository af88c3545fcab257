"""ALM accounts as pages show them, and what may be changed about one."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from portal.alm_accounts.account_views import AccountView, changeable, view_of_account
from portal.alm_accounts.parts import parts_of
from portal.audit.changes import told
from portal.audit.log import record
from portal.credentials.grants import ERASED, hold_app, hold_grants, release
from portal.credentials.old_ways import look_again
from portal.credentials.program_consents import end_without_credential
from portal.credentials.ways import kind_in_set_up
from portal.errors import FieldErrors, NotHere
from portal.jira.answers import JiraTrouble
from portal.jira.base_urls import BaseUrlRefused, read_base_url, resolve_refusal
from portal.jira.tls import CaRefused, tls_context
from portal.jira.wire import Wire
from portal.kinds import KINDS
from portal.people.texts import clean_name
from portal.store.tables import (
    AccountApp,
    AlmAccount,
    Certificate,
    Credential,
    OauthApp,
    SigningKey,
    TokenDraft,
)
from portal.store.work import Work

CEILINGS = range(1, 33)


def accounts(work: Work) -> list[AccountView]:
    """All accounts of the tenant, by name."""
    with work.read() as session:
        rows = session.scalars(select(AlmAccount).order_by(AlmAccount.name)).all()
        parts = parts_of(session, [row.id for row in rows], work.actor.user_id)
        return [view_of_account(row, parts[row.id]) for row in rows]


def account(work: Work, account_id: UUID) -> AccountView:
    """One account; :class:`NotHere` when it is not this tenant's."""
    with work.read() as session:
        row = get_account(session, account_id)
        return view_of_account(row, parts_of(session, [account_id], work.actor.user_id)[account_id])


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
        if set(clean) - set(changeable(KINDS[row.kind])):
            raise NotHere
        if "name" in clean:
            refuse_taken_name(session, clean["name"], account_id)
        before = {name: getattr(row, name) for name in clean}
        changed = [name for name, value in clean.items() if before[name] != value]
        if "base_url" in changed:
            leave_address(session, work, row, Credential.account_id == account_id)
        for name in changed:
            setattr(row, name, clean[name])
        if {"base_url", "ca_pem"} & set(changed):
            row.version += 1
            row.tested_at = row.server_info = None
        if changed:
            record(session, work, "account.changed", account_id=account_id, **told(changed, before, clean))


def leave_address(session: Session, work: Work, account: AlmAccount, which: ColumnElement[bool]) -> None:
    """The account is about to have another address: what was given or typed for the former one ends.

    The secret of an incoming link goes too: it would be sent to the Jira at the new address. Raises
    :class:`FieldErrors` while a new way of connecting is being set up: what serves meanwhile would end.
    """
    _refuse_while_changing(session, account)
    if not KINDS[account.kind].is_cloud and account.base_url is not None:
        _forget_client_secret(session, account.id)
    end_credentials(session, work, which, "address_changed")
    session.execute(delete(Certificate).where(Certificate.account_id == account.id))
    if account.base_url is not None:
        session.execute(delete(TokenDraft).where(TokenDraft.account_id == account.id))


def _forget_client_secret(session: Session, account_id: UUID) -> None:
    app = session.get(AccountApp, (session.info["tenant_id"], account_id))
    if app is not None:
        hold_app(session, app.app_id)
        gone = update(OauthApp).where(OauthApp.id == app.app_id)
        session.execute(gone.values(client_secret=None, secret_set_at=None))


def _refuse_while_changing(session: Session, account: AlmAccount) -> None:
    if kind_in_set_up(session, account) != account.kind:
        field = "site_url" if KINDS[account.kind].is_cloud else "base_url"
        sentence = (
            f"This account is changing the way it connects and stays at {account.base_url} meanwhile. "
            "Finish or cancel that change first."
        )
        raise FieldErrors({field: sentence})


def end_credentials(session: Session, work: Work, which: ColumnElement[bool], why: str) -> None:
    """End the credentials that ``which`` selects, tokens erased, with the problem's code.

    One that waits for confirmation goes altogether: confirmed later, it would go to the wrong Jira.
    """
    stale = hold_grants(session, which)
    account_ids = session.scalars(select(Credential.account_id).where(which)).all()
    session.execute(delete(Credential).where(which, Credential.state == "pending"))
    ended = update(Credential).where(which, Credential.state == "active")
    session.execute(ended.values(state="ended", ended_why=why, **ERASED))
    release(session, stale)
    end_without_credential(session, work, account_ids, why)
    look_again(session, account_ids)


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
