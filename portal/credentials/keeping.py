"""Keeping what a consent gave: as a person's credential, or as the account's own until confirmed."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import About, record
from portal.credentials import program_consents
from portal.credentials.acting_as import holder
from portal.credentials.connections import Connection, OAuth2Connection
from portal.credentials.given import Given
from portal.credentials.grants import (
    Consent,
    erase,
    find_grant,
    hold_app,
    hold_grants,
    keep_grant,
    release,
)
from portal.credentials.held_data import fetched
from portal.credentials.old_ways import look_again
from portal.credentials.shared_grants import holder_elsewhere
from portal.errors import NotHere
from portal.jira.answers import Code, JiraTrouble
from portal.jira.client import Identity
from portal.kinds.scopes import REQUIRED
from portal.store.tables import Credential, Flow, Reminder
from portal.store.vault import put_secret
from portal.store.work import Work, now_of

UNCONFIRMED_FOR = timedelta(days=1)


def refusal_of(session: Session, connection: Connection, flow: Flow, given: Given) -> JiraTrouble | None:
    """Why what a consent gave may not become a credential of this account."""
    if given.consent is None or not isinstance(connection, OAuth2Connection):
        return None
    if holder_elsewhere(session, given.consent.app, given.consent.me):
        return JiraTrouble(Code.GRANT_ELSEWHERE)
    if given.consent.pair.refresh_token is None:
        return JiraTrouble(Code.NO_REFRESH_TOKEN)
    if not connection.is_cloud:
        return None
    return _scope_refusal(given.consent) or _site_refusal(connection, flow, given.consent)


def _scope_refusal(consent: Consent) -> JiraTrouble | None:
    """What was not asked for, or lacks what identity needs, is no grant (T14)."""
    if extra := consent.scopes - frozenset(consent.app.scopes):
        return JiraTrouble(Code.SCOPES_EXTRA, scopes=", ".join(sorted(extra)))
    if lacking := frozenset(REQUIRED) - consent.scopes:
        return JiraTrouble(Code.SCOPES_MISSING, scopes=", ".join(sorted(lacking)))
    return None


def _site_refusal(connection: OAuth2Connection, flow: Flow, consent: Consent) -> JiraTrouble | None:
    """Once a site is pinned it has to be among those offered; before, any will do."""
    offered = {site.id for site in consent.sites}
    is_fixed = connection.is_pinned or flow.purpose == "person"
    if connection.cloud_id in offered if is_fixed else offered:
        return None
    names = ", ".join(site.name for site in consent.sites) or "none"
    return JiraTrouble(Code.SITE_NOT_COVERED, host=connection.base_url.host, offered=names)


@dataclass(frozen=True)
class Holder:
    """Whose credential it is: a person's, or the account's own (``user_id`` None); ``by`` connects it."""

    account_id: UUID
    user_id: UUID | None
    by: UUID

    @property
    def former(self) -> ColumnElement[bool]:
        """The credentials a new one takes the place of at once."""
        former = (Credential.account_id == self.account_id) & holder(self.user_id)
        return former & (Credential.state == "pending") if self.user_id is None else former


def acted_as(session: Session, whose: Holder, now: Identity) -> str | None:
    """Whom the person acted as until now, where it is somebody else: they are told (T14)."""
    if whose.user_id is None:
        return None
    other = Credential.jira_key != now.key
    return session.scalars(select(Credential.jira_display_name).where(whose.former, other)).first() or None


def keep(session: Session, work: Work, whose: Holder, given: Given) -> UUID:
    """Store a credential that came; returns its id.

    A person's replaces the person's former one at once. The account's own waits as ``pending`` for an
    admin to say that this is the identity that was meant; the former one serves until then.
    """
    if given.consent:
        hold_app(session, given.consent.app.id)
    stale = hold_grants(session, whose.former)
    row = _new_row(work, whose, given)
    row.grant_id = keep_grant(session, work, given.consent) if given.consent else None
    _seal(session, row, given)
    gone = delete(Credential).where(whose.former).returning(Credential.jira_key)
    if set(session.scalars(gone)) - {given.identity.key}:  # allowed was to act as somebody else
        ended = program_consents.OTHER_IDENTITY
        program_consents.end_of(session, work, whose.account_id, whose.user_id, ended)
    of_person = (Reminder.account_id == whose.account_id) & (Reminder.user_id == whose.user_id)
    session.execute(delete(Reminder).where(of_person))
    session.add(row)
    session.flush()
    fetched(session, whose.account_id, given.identity)
    release(session, stale)  # after the new one rests on its grant: it may be the same
    look_again(session, [whose.account_id])
    about = About(account_id=whose.account_id, subject_id=row.id)
    purpose = "person" if whose.user_id else "account"
    record(session, work, "credential.connected", **about, purpose=purpose)
    return row.id


def _new_row(work: Work, whose: Holder, given: Given) -> Credential:
    return Credential(
        id=uuid4(),
        tenant_id=work.tenant,
        account_id=whose.account_id,
        user_id=whose.user_id,
        method=given.method,
        state="active" if whose.user_id else "pending",
        consumer_key="",
        jira_key=given.identity.key,
        jira_name=given.identity.name,
        jira_display_name=given.identity.display_name,
        jira_email=given.identity.email,
        connected_by=whose.by,
        connected_at=clock.now(),
    )


def _seal(session: Session, row: Credential, given: Given) -> None:
    """What is sent stands in the credential itself, but where a grant holds it."""
    if given.typed:
        row.login, row.expires_at = given.typed.login, given.typed.ends_at
        put_secret(session, row, "access_token", given.typed.secret)
    if given.kept is None:
        return
    row.consumer_key = given.kept.consumer_key
    row.expires_at = given.kept.expires_at
    row.authorization_expires_at = given.kept.authorization_expires_at
    put_secret(session, row, "access_token", given.kept.token.token)
    put_secret(session, row, "token_secret", given.kept.token.secret)
    if given.kept.session_handle:
        put_secret(session, row, "session_handle", given.kept.session_handle)


def note_refused(session: Session, work: Work, given: Given) -> None:
    """A consent that made no credential may still have replaced the tokens of one that stands: Atlassian
    keeps one grant per app and account, and the newest consent is what it is."""
    if given.consent is None or given.consent.pair.refresh_token is None:
        return
    hold_app(session, given.consent.app.id)
    if find_grant(session, given.consent.app.id, given.consent.me.account_id):
        keep_grant(session, work, given.consent)


def forget_unconfirmed(work: Work) -> None:
    """Erase what an admin left at "Is this the account you meant?" a day ago: nobody sees it, and with the
    operator's app it would keep the Atlassian account from every other tenant."""
    with work.write() as session:
        before = now_of(session) - UNCONFIRMED_FOR
        left = (Credential.state == "pending") & (Credential.connected_at < before)
        for account_id, credential_id in erase(session, left):
            about = About(account_id=account_id, subject_id=credential_id)
            record(session, work, "credential.ended", **about, why="not_confirmed")


def confirm(session: Session, work: Work, account_id: UUID, credential_id: UUID) -> None:
    """Take a pending credential as the account's own, in place of the former one.

    Raises :class:`NotHere` when it is not pending for this account (answered already, or replaced).
    """
    row = session.get(Credential, (work.tenant, credential_id))
    if row is None or row.account_id != account_id or row.user_id is not None or row.state != "pending":
        raise NotHere
    former = (Credential.account_id == account_id) & holder(None) & (Credential.state != "pending")
    stale = hold_grants(session, former)
    session.execute(delete(Credential).where(former))
    row.state = "active"
    session.flush()
    release(session, stale)
    record(session, work, "credential.confirmed", account_id=account_id, subject_id=credential_id)


def disconnect(
    work: Work, account_id: UUID, user_id: UUID | None, why: str, *, only_pending: bool = False
) -> bool:
    """Erase the credential of this holder (or only one that waits for confirmation); whether there was one.

    Neither Jira Server nor Atlassian has a documented call by which a program gives such a token back; the
    pages say where a person can. A grant on which another credential rests stays.
    """
    which = (Credential.account_id == account_id) & holder(user_id)
    if only_pending:
        which &= Credential.state == "pending"
    with work.write() as session:
        gone = erase(session, which)
        for account, credential_id in gone:
            about = About(account_id=account, subject_id=credential_id)
            record(session, work, "credential.ended", **about, why=why)
        program_consents.end_without_credential(session, work, [account_id], why)
        look_again(session, [account for account, _ in gone])
        return bool(gone)
