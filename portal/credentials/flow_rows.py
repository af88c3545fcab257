"""The row of a flow: how it is found, why it may not go on, and how it ends."""

import hashlib
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import About, record
from portal.credentials.connections import Connection, read_connection
from portal.credentials.consents import Begun
from portal.credentials.ways import consent_method
from portal.errors import NotHere
from portal.jira.answers import JiraTrouble
from portal.people.tenants import role_of
from portal.store.tables import AlmAccount, Flow
from portal.store.vault import get_secret
from portal.store.work import Work

CONNECTED = "connected"


class FlowRejected(NotHere):
    """A callback that may not end a flow here. ``code``: ``unknown`` or ``elsewhere``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def connection_of(session: Session, account_id: UUID, purpose: str) -> Connection:
    """The connection by which a flow of this purpose goes; :class:`NotHere` where there is none."""
    return read_connection(session, account_id, consent_method(session, account_id, purpose))


def get_flow(session: Session, flow_id: UUID, *, hold: bool = False) -> Flow:
    """The flow, held until the transaction ends if wanted; gone when its person left the tenant meanwhile."""
    flow = session.get(Flow, (session.info["tenant_id"], flow_id), with_for_update=hold)
    if flow is None:
        raise FlowRejected("unknown")
    return flow


def close(session: Session, work: Work, flow: Flow, code: str) -> None:
    """End the flow: what it held is erased, and how it ended is noted. The outcome is ``code``."""
    flow.used_at = flow.used_at or clock.now()
    flow.outcome = code
    flow.request_token = flow.request_secret = None
    outcome = "ok" if code == CONNECTED else "failed"
    record(session, work, "flow.ended", outcome=outcome, **about(flow), purpose=flow.purpose, code=code)


def close_open(session: Session, work: Work, account_id: UUID, *purposes: str) -> None:
    """End the flows for these purposes whose people are still on their way, since the account changes.

    One whose callback came already looks at the account itself before anything is stored.
    """
    on_their_way = Flow.used_at.is_(None) & Flow.outcome.is_(None) & (Flow.expires_at > clock.now())
    wanted = select(Flow).where(Flow.account_id == account_id, Flow.purpose.in_(purposes), on_their_way)
    for flow in session.scalars(wanted.order_by(Flow.id).with_for_update()).all():
        close(session, work, flow, "account_changed")


def end(work: Work, flow_id: UUID, code: str) -> None:
    """End the flow in a transaction of its own."""
    with work.write() as session:
        close(session, work, get_flow(session, flow_id), code)


def end_with_trouble(work: Work, flow_id: UUID, trouble: JiraTrouble) -> None:
    """End the flow with what came back from Jira."""
    with work.write() as session:
        flow = get_flow(session, flow_id)
        flow.evidence = dict(trouble.evidence)
        close(session, work, flow, str(trouble.code))


def account_trouble(session: Session, flow: Flow) -> str | None:
    """Why the account does not take what comes back: it is gone, or not what it was."""
    try:
        connection = connection_of(session, flow.account_id, flow.purpose)
    except NotHere:
        there = session.get(AlmAccount, (flow.tenant_id, flow.account_id)) is not None
        return "account_changed" if there else "account_deleted"
    same = connection.version == flow.account_version and connection.client_ref == flow.client_ref
    return None if same else "account_changed"


def membership_trouble(session: Session, work: Work, purpose: str) -> str | None:
    """Why the person at work may not connect for this purpose any more."""
    role = role_of(session, work.tenant, work.user_id)
    if role is None:
        return "membership_ended"
    return "role_ended" if purpose == "account" and role != "admin" else None


def begun_of(session: Session, flow: Flow) -> Begun:
    """What the flow began with, opened."""
    return Begun(get_secret(session, flow, "request_token"), get_secret(session, flow, "request_secret"))


def about(flow: Flow) -> About:
    """For the audit."""
    return About(account_id=flow.account_id, subject_id=flow.id)


def token_hash(token: str) -> bytes:
    """What a request token is found by; the token itself stands sealed in its flow only."""
    return hashlib.sha256(b"almoner-request-token" + token.encode()).digest()
