"""Signing keys of an account: made or pasted, and replaced by stages (mission rows A3, A4, A9).

The current key signs until the next one was tried and switched to. A switch deletes the old private half.
Jira binds tokens to the consumer key, so a switch to another consumer key ends every credential, in words.
"""

import re
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts.accounts import end_credentials, get_account, get_key
from portal.audit.changes import told
from portal.audit.log import About, record
from portal.credentials.acting_as import find_credential
from portal.credentials.connections import OAuth1Connection, read_oauth1
from portal.credentials.registry import Registry, Token
from portal.errors import FieldErrors, Refused
from portal.jira.answers import JiraTrouble
from portal.jira.key_text import KeyRefused
from portal.jira.private_keys import SigningKey as KeyPair
from portal.jira.private_keys import make_key, read_pasted_key
from portal.kinds import KINDS
from portal.kinds.methods import OAUTH1
from portal.store.tables import AlmAccount, AuditEvent, Credential, SigningKey
from portal.store.vault import get_secret, put_secret
from portal.store.work import Work

CONSUMER_KEY = re.compile(r"[!-~]{3,120}")
NO_NEXT = "There is no new key to do this with. Make one first."


def new_row(
    session: Session, work: Work, account_id: UUID, pair: KeyPair, stage: str, consumer_key: str, origin: str
) -> SigningKey:
    """A sealed row for a key pair, recorded in the audit; the caller adds it."""
    row = SigningKey(
        id=uuid4(),
        tenant_id=work.tenant,
        account_id=account_id,
        stage=stage,
        consumer_key=consumer_key,
        public_pem=pair.public_pem,
        fingerprint=pair.fingerprint,
        bits=pair.bits,
        origin=origin,
        made_by=work.user_id,
        made_at=clock.now(),
    )
    put_secret(session, row, "private_key", pair.pem)
    about = About(account_id=account_id, subject_id=row.id)
    record(session, work, "key.made", **about, fingerprint=pair.fingerprint, stage=stage, origin=origin)
    return row


def read_key(pasted: str | bytes | None, bits: int) -> tuple[KeyPair, str]:
    """The key pair wanted, and its origin: the pasted one, or one made here of ``bits``.

    Raises :class:`FieldErrors` naming what was pasted instead of an RSA private key.
    """
    if pasted is None:
        return make_key(bits), "made"
    try:
        return read_pasted_key(pasted), "pasted"
    except KeyRefused as wrong:
        raise FieldErrors({"private_key": wrong.message}) from None


def replace_in_draft(work: Work, account_id: UUID, pair: KeyPair, origin: str) -> None:
    """Put another key pair in place of a draft's. Raises :class:`Refused` once the account is saved."""
    with work.write() as session:
        account = get_account(session, account_id, hold=True)
        if _is_in_use(account):
            raise Refused("This account is in use. Replace its key by stages, so that nobody is cut off.")
        old = get_key(session, account_id, "current")
        if old is None:
            raise Refused(NO_NEXT)
        session.delete(old)
        session.flush()
        session.add(new_row(session, work, account_id, pair, "current", old.consumer_key, origin))
        account.version += 1


def _is_in_use(account: AlmAccount) -> bool:
    """Whether somebody may sign with the key: not in a draft, nor before the account is changed to keys."""
    return account.saved_at is not None and KINDS[account.kind].consent == OAUTH1


def change_consumer_key(work: Work, account_id: UUID, text: str) -> None:
    """Name the consumer key of a draft. Raises :class:`FieldErrors` for one that cannot be, or is in use."""
    with work.write() as session:
        account = get_account(session, account_id, hold=True)
        key = get_key(session, account_id, "current")
        if key is None or key.consumer_key == text.strip():
            return
        if _is_in_use(account):
            raise Refused(
                "This account is in use. Replace its consumer key together with its key, by stages."
            )
        before = key.consumer_key
        key.consumer_key = clean_consumer_key(session, account_id, text)
        account.version += 1
        _end_of_other_consumers(session, work, account_id, key.consumer_key)
        renamed = told(["consumer_key"], {"consumer_key": before}, {"consumer_key": key.consumer_key})
        record(session, work, "account.changed", account_id=account_id, **renamed)


def clean_consumer_key(session: Session, account_id: UUID, text: str) -> str:
    """The consumer key in its stored form; one per account (mission row A4)."""
    text = text.strip()
    if not CONSUMER_KEY.fullmatch(text):
        raise FieldErrors(
            {"consumer_key": "Use 3 to 120 letters, digits and signs without blanks, as in almoner-acme-1."}
        )
    others = select(func.count(SigningKey.id)).where(
        SigningKey.consumer_key == text, SigningKey.account_id != account_id
    )
    if session.scalar(others):
        raise FieldErrors(
            {"consumer_key": "Another ALM account has this consumer key. Each needs its own: choose another."}
        )
    return text


def make_next(work: Work, account_id: UUID, pair: KeyPair, origin: str, consumer_key: str) -> None:
    """Keep a next key beside the current one, in place of an earlier next key."""
    with work.write() as session:
        get_account(session, account_id, hold=True)
        consumer_key = clean_consumer_key(session, account_id, consumer_key)
        if former := get_key(session, account_id, "next"):
            session.delete(former)
            session.flush()
        session.add(new_row(session, work, account_id, pair, "next", consumer_key, origin))


def discard_next(work: Work, account_id: UUID) -> None:
    """Drop the next key; the current one goes on as if nothing had been."""
    with work.write() as session:
        get_account(session, account_id, hold=True)
        row = get_key(session, account_id, "next")
        if row is None:
            raise Refused(NO_NEXT)
        session.delete(row)
        about = About(account_id=account_id, subject_id=row.id)
        record(session, work, "key.discarded", **about, fingerprint=row.fingerprint)


def try_next(work: Work, registry: Registry, account_id: UUID, callback_url: str) -> JiraTrouble | None:
    """Ask Jira with the next key: None when Jira accepts it, else what it said.

    A request token proves consumer key and public key without anybody's consent. With the same consumer
    key the account's own token must serve under the new signature too.
    """
    with work.read() as session:
        if get_key(session, account_id, "next") is None:
            raise Refused(NO_NEXT)
        following = read_oauth1(session, account_id, "next")
        token = _own_token(session, account_id, following.consumer_key)
    trouble = _ask(registry, following, token, callback_url)
    with work.write() as session:
        outcome, code = ("failed", str(trouble.code)) if trouble else ("ok", "accepted")
        about = About(account_id=account_id, subject_id=following.client_ref)
        record(
            session,
            work,
            "key.tried",
            outcome=outcome,
            **about,
            fingerprint=following.fingerprint,
            code=code,
        )
    return trouble


def _own_token(session: Session, account_id: UUID, consumer_key: str) -> Token | None:
    row = find_credential(session, account_id, None)
    if row is None or row.state != "active" or row.consumer_key != consumer_key:
        return None
    return Token(get_secret(session, row, "access_token"), get_secret(session, row, "token_secret"))


def _ask(
    registry: Registry, key: OAuth1Connection, token: Token | None, callback_url: str
) -> JiraTrouble | None:
    try:
        with registry.within_ceiling(key):
            registry.server_client(key).create_authorization_url(callback_url)
            if token:
                registry.server_jira(key, token).myself()
    except JiraTrouble as trouble:
        return trouble
    return None


def next_was_accepted(work: Work, account_id: UUID) -> bool:
    """Whether the last try of the next key ended well."""
    with work.read() as session:
        row = get_key(session, account_id, "next")
        return row is not None and _was_accepted(session, row)


def _was_accepted(session: Session, key: SigningKey) -> bool:
    tries = select(AuditEvent.outcome).where(AuditEvent.subject_id == key.id, AuditEvent.event == "key.tried")
    return session.scalars(tries.order_by(AuditEvent.seq.desc()).limit(1)).first() == "ok"


def switch(work: Work, account_id: UUID) -> bool:
    """Let the next key sign from the next request on; whether the consumer key changed with it.

    The old private half is deleted. Credentials given to another consumer key are ended: Jira takes their
    tokens no more.
    """
    with work.write() as session:
        account = get_account(session, account_id, hold=True)
        old, new = get_key(session, account_id, "current"), get_key(session, account_id, "next")
        if old is None or new is None:
            raise Refused(NO_NEXT)
        if not _was_accepted(session, new):
            raise Refused("Try the new key first: after the switch nothing works unless Jira accepts it.")
        consumer_changed = old.consumer_key != new.consumer_key
        session.delete(old)
        session.flush()
        new.stage = "current"
        account.version += 1
        _end_of_other_consumers(session, work, account_id, new.consumer_key)
        record(
            session,
            work,
            "key.switched",
            account_id=account_id,
            subject_id=new.id,
            before=old.fingerprint,
            after=new.fingerprint,
            consumer_changed=consumer_changed,
        )
        return consumer_changed


def _end_of_other_consumers(session: Session, work: Work, account_id: UUID, consumer_key: str) -> None:
    others = (Credential.account_id == account_id) & (Credential.method == OAUTH1)
    others &= Credential.consumer_key != consumer_key
    end_credentials(session, work, others, "consumer_replaced")
