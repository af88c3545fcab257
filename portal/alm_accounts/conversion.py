"""Changing the way an account connects: same account, boards, field map and people, by another kind.

Begun, the new way is set up beside the former one, which serves everybody. Once the new one was consented and
tested the account switches, in one transaction with the confirmation of the identity (``confirming``). From
then on nobody connects the former way anew; how long what they have goes on serving stands in ``old_way``.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts.accounts import get_account
from portal.alm_accounts.apps import app_id_of
from portal.alm_accounts.drafts import add_client, new_pair, propose_consumer_key
from portal.alm_accounts.old_way import (
    count_older,
    drop_client,
    finish,
    older_ones,
    preset_day,
)
from portal.audit.log import About, record
from portal.credentials.flow_rows import close_open
from portal.credentials.grants import erase, hold_app
from portal.credentials.old_ways import put_end
from portal.credentials.registry import SharedApp
from portal.errors import Refused
from portal.kinds import KINDS
from portal.store.tables import AlmAccount, CloudSite, Conversion, Credential, Reminder, TokenDraft
from portal.store.work import Work

NOTHING_TO_CANCEL = "This account is not about to change the way it connects; there is nothing to cancel."


def begin(work: Work, account_id: UUID, to_kind: str, slug: str, shared: SharedApp | None = None) -> None:
    """Make ready what an account of ``to_kind`` proves itself with, beside what serves now.

    ``shared``: by the operator's app. Raises :class:`Refused` for a draft, for a kind this one cannot become,
    while another change is under way, and while an identity waits to be confirmed.
    """
    pair = new_pair(KINDS[to_kind]) if to_kind in KINDS else None
    with work.write() as session:
        account = get_account(session, account_id, hold=True)
        _refuse_beginning(session, account, to_kind, shared)
        close_open(session, work, account_id, "account")
        conversion = Conversion(
            tenant_id=work.tenant,
            account_id=account_id,
            from_kind=account.kind,
            to_kind=to_kind,
            begun_by=work.user_id,
            begun_at=clock.now(),
        )
        session.add(conversion)
        _pin(session, account)
        consumer_key = propose_consumer_key(slug)
        add_client(session, work, account_id, KINDS[to_kind], pair, consumer_key, shared)
        _record(session, work, "account.conversion_begun", conversion)


def _refuse_beginning(session: Session, account: AlmAccount, to_kind: str, shared: SharedApp | None) -> None:
    if account.saved_at is None:
        raise Refused("Finish the set-up of this account first. A draft can be deleted and made anew.")
    if to_kind not in KINDS[account.kind].converts_to or (shared and not KINDS[to_kind].is_cloud):
        raise Refused("This account cannot change to that way. Choose one that is offered.")
    if session.get(Conversion, (account.tenant_id, account.id)):
        raise Refused("This account is changing the way it connects already. Finish that change first.")
    waits = (Credential.account_id == account.id) & (Credential.state == "pending")
    if session.scalar(select(func.count(Credential.id)).where(waits)):
        raise Refused("A token waits for your word. Confirm it or erase it on the set-up page first.")


def _pin(session: Session, account: AlmAccount) -> None:
    """Boards and people stay, so the site does: no consent for another one is taken."""
    site = session.get(CloudSite, (account.tenant_id, account.id))
    if site is not None and site.pinned_at is None:
        site.pinned_at = clock.now()


def _record(session: Session, work: Work, event: str, conversion: Conversion, **more: str) -> None:
    told: dict[str, Any] = {"from_kind": conversion.from_kind, "to_kind": conversion.to_kind, **more}
    record(session, work, event, account_id=conversion.account_id, **told)


def cancel(work: Work, account_id: UUID) -> None:
    """Erase everything of the new way; the former one goes on. :class:`Refused` once it has switched."""
    with work.write() as session:
        account = get_account(session, account_id, hold=True)
        conversion = under_way(session, account)
        if conversion is None:
            raise Refused(NOTHING_TO_CANCEL)
        close_open(session, work, account_id, "account")
        if app_id := app_id_of(session, account_id):
            hold_app(session, app_id)
        waits = (Credential.account_id == account_id) & (Credential.state == "pending")
        for _, gone in erase(session, waits):
            about = About(account_id=account_id, subject_id=gone)
            record(session, work, "credential.ended", **about, why="conversion_cancelled")
        own = (TokenDraft.account_id == account_id) & (TokenDraft.holder_id == account_id)
        session.execute(delete(TokenDraft).where(own))
        drop_client(session, account_id, KINDS[conversion.to_kind])
        session.delete(conversion)
        _record(session, work, "account.conversion_cancelled", conversion)


def under_way(session: Session, account: AlmAccount) -> Conversion | None:
    """The change of a held account that has not switched yet."""
    conversion = session.get(Conversion, (account.tenant_id, account.id))
    return conversion if conversion and conversion.switched_at is None else None


def switch(session: Session, work: Work, account: AlmAccount, conversion: Conversion) -> None:
    """Let a held account be of the new kind, in the transaction that confirms its own new credential."""
    kind, until = KINDS[conversion.to_kind], conversion.old_way_until
    if until is None or until <= clock.now():  # never chosen, or long ago
        until = clock.end_of_day(preset_day())
    close_open(session, work, account.id, "account", "person")
    account.kind = kind.name
    account.version += 1
    conversion.switched_at, conversion.old_way_until = clock.now(), until
    older = older_ones(account)
    session.execute(update(Credential).where(older).values(serves_until=until))
    # Whoever was reminded of something else before may be reminded of this once.
    theirs = Reminder.user_id.in_(select(Credential.user_id).where(older))
    session.execute(delete(Reminder).where(Reminder.account_id == account.id, theirs))
    of_account = TokenDraft.account_id == account.id
    session.execute(delete(TokenDraft).where(of_account, TokenDraft.method.not_in(kind.tokens)))
    _record(session, work, "account.converted", conversion, until=until.date().isoformat())
    if count_older(session, account):
        put_end(session, account.id, until)
    else:
        finish(session, work, account, conversion)
