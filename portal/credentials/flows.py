"""Flows: from *Get auth token* through Jira's consent page and back (mission rows A5, A6, B2).

A flow ends with the person, browser session, tenant and account it began with, at the path it stored
(security findings on connector platforms; RFC 9700, section 4.4). Request token and secret live sealed in
the flow row; the row is used once, by an atomic update, before any call is made with it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import About, record
from portal.credentials.keeping import KeptToken, keep_token
from portal.credentials.registry import Connection, Registry, Token, read_connection
from portal.errors import NotHere
from portal.jira.answers import Code, JiraTrouble
from portal.people.tenants import role_of
from portal.secret import Secret
from portal.store.tables import AlmAccount, Flow, FlowLookup, Tenant
from portal.store.vault import get_secret, put_secret
from portal.store.work import Work

# Jira's own lifetime of a request token (jira.md 1.2).
LIFETIME = timedelta(minutes=10)
# Longer than every deadline of the two calls that end a flow together.
STOPPED_AFTER = timedelta(minutes=3)
DENIED = "denied"  # what Jira sends as verifier when *Deny* was pressed
CONNECTED = "connected"


@dataclass(frozen=True)
class FlowRequest:
    """What a flow is for. ``purpose``: ``account`` or ``person``; ``board_id`` is where to return to."""

    account_id: UUID
    purpose: str
    path: str
    callback_url: str
    board_id: UUID | None = None


@dataclass(frozen=True)
class Callback:
    """What Jira sent back: the path it was sent to, the request token and the verifier."""

    path: str
    token: str
    verifier: str


class FlowRejected(NotHere):
    """A callback that may not end a flow here. ``code``: ``unknown`` or ``elsewhere``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def start(work: Work, registry: Registry, wanted: FlowRequest) -> UUID:
    """Begin a flow: note it, get a request token from Jira, keep it sealed. Returns the flow's id.

    Where Jira gives none, the flow has ended with the problem's code. Raises :class:`NotHere` when the
    account is gone or not yet complete.
    """
    with work.write() as session:
        connection = read_connection(session, wanted.account_id)
        flow = _new_flow(work, connection, wanted)
        session.add(flow)
        record(session, work, "flow.started", **_about(flow), purpose=flow.purpose)
        _forget_old_lookups(session)
    try:
        with registry.within_ceiling(connection):
            begun = registry.client_for(connection).create_authorization_url(wanted.callback_url)
    except JiraTrouble as trouble:
        _end_with_trouble(work, flow.id, trouble)
        return flow.id
    _keep_request_token(work, flow.id, begun["request_token"])
    return flow.id


def _keep_request_token(work: Work, flow_id: UUID, answer: Mapping[str, str]) -> None:
    """Seal the request token in its flow. One that was given out before ends the flow: it would lead a
    callback to somebody else's."""
    with work.write() as session:
        row = _get(session, flow_id)
        lookup = FlowLookup(
            token_hash=token_hash(answer["oauth_token"]),
            tenant_id=work.tenant,
            flow_id=flow_id,
            expires_at=row.expires_at,
        )
        try:
            with session.begin_nested():
                session.add(lookup)
        except IntegrityError:
            row.evidence = {"reason": "a request token that was given out before"}
            _close(session, work, row, str(Code.BROKEN_ANSWER))
            return
        put_secret(session, row, "request_token", Secret(answer["oauth_token"]))
        put_secret(session, row, "request_secret", Secret(answer.get("oauth_token_secret", "")))


def consent_url(work: Work, registry: Registry, flow_id: UUID) -> str:
    """Jira's consent page for a flow of this very person and browser; :class:`NotHere` for any other."""
    with work.read() as session:
        flow = _own(session, work, flow_id)
        if flow.used_at or flow.request_token is None or flow.expires_at <= clock.now():
            raise NotHere
        connection = read_connection(session, flow.account_id)
        token = get_secret(session, flow, "request_token")
    url: str = f"{registry.client_for(connection).authorize_url}?oauth_token={token.reveal()}"
    return url


def read_flow(work: Work, flow_id: UUID) -> Flow:
    """A flow of this person in this tenant; :class:`NotHere` for any other."""
    with work.read() as session:
        return _own(session, work, flow_id, any_browser=True)


def find_tenant(work: Work, token: str) -> tuple[UUID, UUID]:
    """Tenant and flow a request token belongs to; :class:`FlowRejected` when we never gave it out."""
    with work.within(None).read() as session:
        found = session.get(FlowLookup, token_hash(token))
        if found is None:
            raise FlowRejected("unknown")
        return found.tenant_id, found.flow_id


def slug_for(work: Work) -> str | None:
    """The slug of the tenant a flow ended in, if the person may still enter it."""
    with work.read() as session:
        tenant = session.get_one(Tenant, work.tenant)
        return tenant.slug if role_of(session, tenant.id, work.user_id) else None


def is_late(flow: Flow) -> bool:
    """Whether an answer that was being fetched will not come any more: its process was stopped."""
    return flow.expires_at <= clock.now() or (
        flow.used_at is not None and clock.now() - flow.used_at > STOPPED_AFTER
    )


def finish(work: Work, registry: Registry, flow_id: UUID, callback: Callback) -> None:
    """End a flow with what Jira sent back, once; a second arrival finds it used and changes nothing.

    ``work`` is in the flow's tenant, done by whoever is signed in. Raises :class:`FlowRejected` when that
    is not the person and browser the flow began with, or the path is not the flow's.
    """
    with work.read() as session:
        flow = session.get(Flow, (work.tenant, flow_id))
    _check_origin(work, flow, callback)
    if not callback.verifier:  # cut off on the way: the whole address may still come
        raise FlowRejected("unknown")
    claimed = _claim(work, flow_id)
    if claimed is None:
        return
    refusal = _refusal(work, claimed, callback)
    if refusal:
        _end(work, flow_id, refusal)
        return
    with work.read() as session:
        connection = read_connection(session, claimed.account_id)
        request_token = Token(
            get_secret(session, claimed, "request_token"), get_secret(session, claimed, "request_secret")
        )
    _exchange(work, registry, flow_id, connection, request_token, callback.verifier)


def _exchange(
    work: Work, registry: Registry, flow_id: UUID, connection: Connection, request: Token, verifier: str
) -> None:
    """Trade the request token for an access token, ask Jira whose it is, and keep it."""
    try:
        with registry.within_ceiling(connection):
            client = registry.client_for(connection)
            answer = client.fetch_access_token(request.as_authlib(), oauth_verifier=verifier)
        token = Token(Secret(answer["oauth_token"]), Secret(answer.get("oauth_token_secret", "")))
        with registry.jira_for(connection, token) as jira:
            identity = jira.myself()
    except JiraTrouble as trouble:
        _end_with_trouble(work, flow_id, trouble)
        return
    kept = KeptToken.from_answer(token, answer, connection.consumer_key)
    with work.write() as session:
        flow = _get(session, flow_id)
        # Held: a token must not be stored for an account that is being changed at this moment.
        session.get(AlmAccount, (work.tenant, flow.account_id), with_for_update=True)
        changed = _account_trouble(session, flow) or _membership_trouble(session, work, flow)
        if changed is None:
            flow.credential_id = keep_token(session, work, flow, kept, identity)
        _close(session, work, flow, changed or CONNECTED)


def _new_flow(work: Work, connection: Connection, wanted: FlowRequest) -> Flow:
    sign_in_id = work.actor.sign_in_id
    if sign_in_id is None:
        raise NotHere
    return Flow(
        id=uuid4(),
        tenant_id=work.tenant,
        account_id=connection.account_id,
        account_version=connection.version,
        client_ref=connection.signing_key_id,
        user_id=work.user_id,
        sign_in_id=sign_in_id,
        purpose=wanted.purpose,
        board_id=wanted.board_id,
        path=wanted.path,
        created_at=clock.now(),
        expires_at=clock.now() + LIFETIME,
    )


def _check_origin(work: Work, flow: Flow | None, callback: Callback) -> None:
    if flow is None:
        raise FlowRejected("unknown")
    same_person = flow.user_id == work.actor.user_id and flow.sign_in_id == work.actor.sign_in_id
    if same_person and flow.path == callback.path:
        return
    with work.write() as session:
        record(session, work, "flow.rejected", outcome="failed", **_about(flow), code="elsewhere")
    raise FlowRejected("elsewhere")


def _claim(work: Work, flow_id: UUID) -> Flow | None:
    """Use the flow, if nobody has: the one moment that decides between two arrivals."""
    with work.write() as session:
        once = update(Flow).where(Flow.id == flow_id, Flow.used_at.is_(None)).values(used_at=clock.now())
        if session.scalars(once.returning(Flow.id)).first() is None:
            return None
        return _get(session, flow_id)


def _refusal(work: Work, flow: Flow, callback: Callback) -> str | None:
    """Why a flow ends without a call to Jira."""
    if callback.verifier == DENIED:
        return "denied"
    if flow.expires_at <= clock.now():
        return "flow_expired"
    with work.read() as session:
        return _account_trouble(session, flow) or _membership_trouble(session, work, flow)


def _account_trouble(session: Session, flow: Flow) -> str | None:
    try:
        connection = read_connection(session, flow.account_id)
    except NotHere:
        return "account_deleted"
    same = connection.version == flow.account_version and connection.signing_key_id == flow.client_ref
    return None if same else "account_changed"


def _membership_trouble(session: Session, work: Work, flow: Flow) -> str | None:
    role = role_of(session, work.tenant, work.user_id)
    if role is None:
        return "membership_ended"
    return "role_ended" if flow.purpose == "account" and role != "admin" else None


def _end(work: Work, flow_id: UUID, code: str) -> None:
    with work.write() as session:
        _close(session, work, _get(session, flow_id), code)


def _end_with_trouble(work: Work, flow_id: UUID, trouble: JiraTrouble) -> None:
    with work.write() as session:
        flow = _get(session, flow_id)
        flow.evidence = dict(trouble.evidence)
        _close(session, work, flow, str(trouble.code))


def _close(session: Session, work: Work, flow: Flow, code: str) -> None:
    flow.used_at = flow.used_at or clock.now()
    flow.outcome = code
    flow.request_token = flow.request_secret = None
    outcome = "ok" if code == CONNECTED else "failed"
    record(session, work, "flow.ended", outcome=outcome, **_about(flow), purpose=flow.purpose, code=code)


def _own(session: Session, work: Work, flow_id: UUID, *, any_browser: bool = False) -> Flow:
    flow = session.get(Flow, (work.tenant, flow_id))
    if flow is None or flow.user_id != work.actor.user_id:
        raise NotHere
    if not any_browser and flow.sign_in_id != work.actor.sign_in_id:
        raise NotHere
    return flow


def _get(session: Session, flow_id: UUID) -> Flow:
    """The flow; gone when its person left the tenant in the meantime."""
    flow = session.get(Flow, (session.info["tenant_id"], flow_id))
    if flow is None:
        raise FlowRejected("unknown")
    return flow


def _about(flow: Flow) -> About:
    return About(account_id=flow.account_id, subject_id=flow.id)


def token_hash(token: str) -> bytes:
    """What a request token is found by; the token itself stands sealed in its flow only."""
    return hashlib.sha256(b"almoner-request-token" + token.encode()).digest()


def _forget_old_lookups(session: Session) -> None:
    """Lookups are of use for ten minutes; for a day a late callback still finds its flow's page."""
    session.execute(delete(FlowLookup).where(FlowLookup.expires_at < clock.now() - timedelta(hours=24)))
