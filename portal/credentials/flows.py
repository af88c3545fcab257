"""Flows: from *Get auth token* through Jira's consent page and back (mission rows A5, A6, B2).

Request token and secret, or state and PKCE verifier, live sealed in the flow's row. What comes back ends it
in :mod:`portal.credentials.callbacks`.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import record
from portal.credentials import elsewhere
from portal.credentials.connections import Connection, OAuth2Connection
from portal.credentials.consents import Begun, protocol_of
from portal.credentials.flow_rows import (
    about,
    begun_of,
    close,
    connection_of,
    end,
    end_with_trouble,
    get_flow,
    token_hash,
)
from portal.credentials.registry import Registry
from portal.errors import NotHere, PortalBusy
from portal.jira.answers import Code, JiraTrouble
from portal.people.tenants import role_of
from portal.store.tables import Flow, FlowLookup, Tenant
from portal.store.vault import put_secret
from portal.store.work import Work

# Jira's own lifetime of a request token (jira.md 1.2).
LIFETIME = timedelta(minutes=10)
# Longer than every deadline of the two calls that end a flow together.
STOPPED_AFTER = timedelta(minutes=3)


@dataclass(frozen=True)
class FlowRequest:
    """What a flow is for. ``purpose``: ``account`` or ``person``; ``board_id`` is where to return to."""

    account_id: UUID
    purpose: str
    path: str
    board_id: UUID | None = None


def start(work: Work, registry: Registry, wanted: FlowRequest) -> UUID:
    """Begin a flow: note it, get a request token from Jira, keep it sealed. Returns the flow's id.

    Where Jira gives none, the flow has ended with the problem's code. Raises :class:`NotHere` when the
    account is gone or not yet complete, and :class:`PortalBusy`.
    """
    with work.write() as session:
        connection = connection_of(session, wanted.account_id, wanted.purpose)
        flow = _new_flow(work, connection, wanted)
        session.add(flow)
        record(session, work, "flow.started", **about(flow), purpose=flow.purpose)
        _forget_old_lookups(session)
    if isinstance(connection, OAuth2Connection) and elsewhere.has_grant(work, connection.app):
        end(work, flow.id, str(Code.GRANT_ELSEWHERE))
        return flow.id
    try:
        with registry.within_ceiling(connection):
            begun = protocol_of(connection).begin(registry, connection, registry.portal_url + wanted.path)
    except JiraTrouble as trouble:
        end_with_trouble(work, flow.id, trouble)
        return flow.id
    except PortalBusy as busy:
        end(work, flow.id, busy.code)
        raise
    _keep_request_token(work, flow.id, begun)
    return flow.id


def _keep_request_token(work: Work, flow_id: UUID, begun: Begun) -> None:
    """Seal the request token in its flow. One that was given out before ends the flow: it would lead a
    callback to somebody else's."""
    with work.write() as session:
        row = get_flow(session, flow_id)
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
            close(session, work, row, str(Code.BROKEN_ANSWER))
            return
        put_secret(session, row, "request_token", begun.token)
        put_secret(session, row, "request_secret", begun.secret)


def consent_url(work: Work, registry: Registry, flow_id: UUID) -> str:
    """Jira's consent page for a flow of this very person and browser; :class:`NotHere` for any other."""
    with work.read() as session:
        flow = _own(session, work, flow_id)
        if flow.used_at or flow.request_token is None or flow.expires_at <= clock.now():
            raise NotHere
        connection = connection_of(session, flow.account_id, flow.purpose)
        begun = begun_of(session, flow)
    return protocol_of(connection).page(registry, connection, begun, registry.portal_url + flow.path)


def read_flow(work: Work, flow_id: UUID) -> Flow:
    """A flow of this person in this tenant; :class:`NotHere` for any other."""
    with work.read() as session:
        return _own(session, work, flow_id, any_browser=True)


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


def _own(session: Session, work: Work, flow_id: UUID, *, any_browser: bool = False) -> Flow:
    flow = session.get(Flow, (work.tenant, flow_id))
    if flow is None or flow.user_id != work.actor.user_id:
        raise NotHere
    if not any_browser and flow.sign_in_id != work.actor.sign_in_id:
        raise NotHere
    return flow


def _forget_old_lookups(session: Session) -> None:
    """Lookups are of use for ten minutes; for a day a late callback still finds its flow's page."""
    session.execute(delete(FlowLookup).where(FlowLookup.expires_at < clock.now() - timedelta(hours=24)))
