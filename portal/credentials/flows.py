"""Flows: from *Get auth token* through Jira's consent page and back (mission rows A5, A6, B2).

A flow ends with the person, browser session, tenant and account it began with, at the path it stored
(security findings on connector platforms; RFC 9700, section 4.4). Request token and secret live sealed in
the flow row; the row is used once, by an atomic update, before any call is made with it.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import About, record
from portal.credentials import elsewhere
from portal.credentials.connections import Connection, OAuth2Connection, read_connection
from portal.credentials.consents import Begun, protocol_of
from portal.credentials.given import Given
from portal.credentials.grants import AccountElsewhere
from portal.credentials.keeping import keep_token, note_refused, refusal_of
from portal.credentials.registry import Registry
from portal.errors import NotHere
from portal.jira.answers import Code, JiraTrouble
from portal.people.tenants import role_of
from portal.store.tables import AlmAccount, Flow, FlowLookup, Tenant
from portal.store.vault import get_secret, put_secret
from portal.store.work import Work

# Jira's own lifetime of a request token (jira.md 1.2).
LIFETIME = timedelta(minutes=10)
# Longer than every deadline of the two calls that end a flow together.
STOPPED_AFTER = timedelta(minutes=3)
# Why a callback brings no proof → the problem. ``denied`` is Jira Server's verifier after *Deny*; the others
# are of RFC 6749, section 4.1.2.1.
REFUSALS = {
    "denied": "denied",
    "access_denied": "denied",
    "invalid_scope": "consent_scope_refused",
    "unauthorized_client": "consent_app_refused",
    "server_error": "consent_server_error",
    "temporarily_unavailable": "consent_server_error",
}
CONNECTED = "connected"


@dataclass(frozen=True)
class FlowRequest:
    """What a flow is for. ``purpose``: ``account`` or ``person``; ``board_id`` is where to return to."""

    account_id: UUID
    purpose: str
    path: str
    board_id: UUID | None = None


@dataclass(frozen=True)
class Callback:
    """What Jira sent back to ``path``: the request token and its verifier, or the state and a code.

    ``refusal`` is why there is no code, in the protocol's own word; ``issuer`` who says so (RFC 9207).
    """

    path: str
    token: str
    proof: str
    refusal: str = ""
    issuer: str = ""


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
    if isinstance(connection, OAuth2Connection) and elsewhere.has_grant(work, connection.app):
        _end(work, flow.id, str(Code.GRANT_ELSEWHERE))
        return flow.id
    try:
        with registry.within_ceiling(connection):
            begun = protocol_of(connection).begin(registry, connection, registry.portal_url + wanted.path)
    except JiraTrouble as trouble:
        _end_with_trouble(work, flow.id, trouble)
        return flow.id
    _keep_request_token(work, flow.id, begun)
    return flow.id


def _keep_request_token(work: Work, flow_id: UUID, begun: Begun) -> None:
    """Seal the request token in its flow. One that was given out before ends the flow: it would lead a
    callback to somebody else's."""
    with work.write() as session:
        row = _get(session, flow_id)
        lookup = FlowLookup(
            token_hash=token_hash(begun.token.reveal()),
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
        put_secret(session, row, "request_token", begun.token)
        put_secret(session, row, "request_secret", begun.secret)


def consent_url(work: Work, registry: Registry, flow_id: UUID) -> str:
    """Jira's consent page for a flow of this very person and browser; :class:`NotHere` for any other."""
    with work.read() as session:
        flow = _own(session, work, flow_id)
        if flow.used_at or flow.request_token is None or flow.expires_at <= clock.now():
            raise NotHere
        connection = read_connection(session, flow.account_id)
        begun = _begun(session, flow)
    return protocol_of(connection).page(registry, connection, begun, registry.portal_url + flow.path)


def _begun(session: Session, flow: Flow) -> Begun:
    return Begun(get_secret(session, flow, "request_token"), get_secret(session, flow, "request_secret"))


def read_flow(work: Work, flow_id: UUID) -> Flow:
    """A flow of this person in this tenant; :class:`NotHere` for any other."""
    with work.read() as session:
        return _own(session, work, flow_id, any_browser=True)


def find_tenant(work: Work, token: str) -> tuple[UUID, UUID]:
    """Tenant and flow of a request token or state; :class:`FlowRejected` when we never gave it out."""
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
    _check_origin(work, registry, flow, callback)
    if not callback.proof and not callback.refusal:  # cut off on the way: the whole address may still come
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
        begun = _begun(session, claimed)
    _exchange(work, registry, claimed, connection, begun, callback.proof)


def _exchange(
    work: Work, registry: Registry, flow: Flow, connection: Connection, begun: Begun, proof: str
) -> None:
    """Trade what came back for a token, ask whose it is, and keep it."""
    callback_url = registry.portal_url + flow.path
    try:
        with registry.within_ceiling(connection):
            given = protocol_of(connection).exchange(registry, connection, begun, proof, callback_url)
    except JiraTrouble as trouble:
        _end_with_trouble(work, flow.id, trouble)
        return
    try:
        refused = _keep(work, flow.id, connection, given)
    except AccountElsewhere:
        refused = Code.GRANT_ELSEWHERE
        _end(work, flow.id, str(refused))
    if refused is Code.GRANT_ELSEWHERE and given.consent:
        elsewhere.look_after(work, registry, given.consent)


def _keep(work: Work, flow_id: UUID, connection: Connection, given: Given) -> str | None:
    """Store what was given and end the flow with it; returns why it was not stored."""
    with work.write() as session:
        flow = _get(session, flow_id)
        # Held: a token must not be stored for an account that is being changed at this moment.
        session.get(AlmAccount, (work.tenant, flow.account_id), with_for_update=True)
        refused = _account_trouble(session, flow) or _membership_trouble(session, work, flow)
        refused = refused or refusal_of(session, connection, flow, given)
        if refused is None:
            flow.credential_id = keep_token(session, work, flow, given)
        else:
            note_refused(session, work, given)
        if refused is Code.SITE_NOT_COVERED and given.consent:
            flow.evidence = {
                "host": connection.base_url.host,
                "offered": ", ".join(site.name for site in given.consent.sites) or "none",
            }
        _close(session, work, flow, str(refused or CONNECTED))
        return refused


def _new_flow(work: Work, connection: Connection, wanted: FlowRequest) -> Flow:
    sign_in_id = work.actor.sign_in_id
    if sign_in_id is None:
        raise NotHere
    return Flow(
        id=uuid4(),
        tenant_id=work.tenant,
        account_id=connection.account_id,
        account_version=connection.version,
        client_ref=connection.client_ref,
        user_id=work.user_id,
        sign_in_id=sign_in_id,
        purpose=wanted.purpose,
        board_id=wanted.board_id,
        path=wanted.path,
        created_at=clock.now(),
        expires_at=clock.now() + LIFETIME,
    )


def _check_origin(work: Work, registry: Registry, flow: Flow | None, callback: Callback) -> None:
    if flow is None:
        raise FlowRejected("unknown")
    same_person = flow.user_id == work.actor.user_id and flow.sign_in_id == work.actor.sign_in_id
    same_issuer = callback.issuer in ("", registry.cloud.atlassian.auth.text)
    if same_person and same_issuer and flow.path == callback.path:
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
    if callback.refusal:
        return REFUSALS.get(callback.refusal, "consent_refused")
    if flow.expires_at <= clock.now():
        return "flow_expired"
    with work.read() as session:
        return _account_trouble(session, flow) or _membership_trouble(session, work, flow)


def _account_trouble(session: Session, flow: Flow) -> str | None:
    try:
        connection = read_connection(session, flow.account_id)
    except NotHere:
        return "account_deleted"
    same = connection.version == flow.account_version and connection.client_ref == flow.client_ref
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
