"""Keeping a token that was just given: as a person's credential, or as the account's own until confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import About, record
from portal.credentials.acting_as import holder
from portal.credentials.registry import Token
from portal.errors import NotHere
from portal.jira.client import Identity
from portal.secret import Secret
from portal.store.tables import Credential, Flow
from portal.store.vault import put_secret
from portal.store.work import Work


@dataclass(frozen=True)
class KeptToken:
    """An access token with what Jira said about its life (jira.md 1.1: always what the answer says)."""

    token: Token
    session_handle: Secret | None
    expires_at: datetime | None
    authorization_expires_at: datetime | None
    consumer_key: str

    @classmethod
    def from_answer(cls, token: Token, answer: Mapping[str, Any], consumer_key: str) -> "KeptToken":
        """From the access-token endpoint's answer."""
        handle = answer.get("oauth_session_handle")
        return cls(
            token=token,
            session_handle=Secret(handle) if handle else None,
            expires_at=_after(answer.get("oauth_expires_in")),
            authorization_expires_at=_after(answer.get("oauth_authorization_expires_in")),
            consumer_key=consumer_key,
        )


def _after(seconds: str | None) -> datetime | None:
    return clock.now() + timedelta(seconds=int(seconds)) if seconds else None


def keep_token(session: Session, work: Work, flow: Flow, kept: KeptToken, identity: Identity) -> UUID:
    """Store the credential of a flow that ended well; returns its id.

    A person's replaces the person's former one at once. The account's own waits as ``pending`` for an
    admin to say that this is the identity that was meant; the former one serves until then.
    """
    is_person = flow.purpose == "person"
    user_id = flow.user_id if is_person else None
    former = delete(Credential).where(Credential.account_id == flow.account_id, holder(user_id))
    if not is_person:
        former = former.where(Credential.state == "pending")
    session.execute(former)
    row = Credential(
        id=uuid4(),
        tenant_id=work.tenant,
        account_id=flow.account_id,
        user_id=user_id,
        state="active" if is_person else "pending",
        consumer_key=kept.consumer_key,
        expires_at=kept.expires_at,
        authorization_expires_at=kept.authorization_expires_at,
        jira_key=identity.key,
        jira_name=identity.name,
        jira_display_name=identity.display_name,
        jira_email=identity.email,
        connected_by=flow.user_id,
        connected_at=clock.now(),
    )
    put_secret(session, row, "access_token", kept.token.token)
    put_secret(session, row, "token_secret", kept.token.secret)
    if kept.session_handle:
        put_secret(session, row, "session_handle", kept.session_handle)
    session.add(row)
    session.flush()
    about = About(account_id=flow.account_id, subject_id=row.id)
    record(session, work, "credential.connected", **about, purpose=flow.purpose)
    return row.id


def confirm(work: Work, account_id: UUID, credential_id: UUID) -> None:
    """Take a pending credential as the account's own, in place of the former one.

    Raises :class:`NotHere` when it is not pending for this account (answered already, or replaced).
    """
    with work.write() as session:
        row = session.get(Credential, (work.tenant, credential_id))
        if row is None or row.account_id != account_id or row.user_id is not None or row.state != "pending":
            raise NotHere
        settled = Credential.state != "pending"
        session.execute(delete(Credential).where(Credential.account_id == account_id, holder(None), settled))
        row.state = "active"
        session.flush()
        record(session, work, "credential.confirmed", account_id=account_id, subject_id=credential_id)


def disconnect(
    work: Work, account_id: UUID, user_id: UUID | None, why: str, *, only_pending: bool = False
) -> bool:
    """Erase the credential of this holder (or only one that waits for confirmation); whether there was one.

    Jira has no call by which a program gives an OAuth 1.0a token back; the pages say where a person can.
    """
    gone = delete(Credential).where(Credential.account_id == account_id, holder(user_id))
    if only_pending:
        gone = gone.where(Credential.state == "pending")
    with work.write() as session:
        ids = session.scalars(gone.returning(Credential.id)).all()
        for credential_id in ids:
            about = About(account_id=account_id, subject_id=credential_id)
            record(session, work, "credential.ended", **about, why=why)
        return bool(ids)
