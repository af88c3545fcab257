"""Callbacks: what Jira or Atlassian sent a browser back with ends the flow it belongs to, once.

The flow ends with the person, browser session, tenant and account it began with, at the path it stored
(draft-ietf-oauth-security-topics-update; RFC 9700, section 4.4). Its row is used by an atomic update before
any call is made with it.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import update

from portal import clock
from portal.audit.log import record
from portal.credentials import doubt, elsewhere
from portal.credentials.connections import Connection
from portal.credentials.consents import Begun, protocol_of
from portal.credentials.flow_rows import (
    CONNECTED,
    FlowRejected,
    about,
    account_trouble,
    begun_of,
    close,
    connection_of,
    end,
    end_with_trouble,
    get_flow,
    membership_trouble,
    token_hash,
)
from portal.credentials.given import Given
from portal.credentials.keeping import Holder, acted_as, keep, note_refused, refusal_of
from portal.credentials.registry import Registry
from portal.credentials.shared_grants import AccountElsewhere
from portal.errors import PortalBusy
from portal.jira.answers import Code, JiraTrouble
from portal.people.tenants import hold_membership
from portal.store.patience import patiently
from portal.store.tables import AlmAccount, Flow, FlowLookup
from portal.store.work import Work

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


def find_tenant(work: Work, token: str) -> tuple[UUID, UUID]:
    """Tenant and flow of a request token or state; :class:`FlowRejected` when we never gave it out."""
    with work.within(None).read() as session:
        found = session.get(FlowLookup, token_hash(token))
        if found is None:
            raise FlowRejected("unknown")
        return found.tenant_id, found.flow_id


def finish(work: Work, registry: Registry, flow_id: UUID, callback: Callback) -> None:
    """End a flow with what Jira sent back, once; a second arrival finds it used and changes nothing.

    ``work`` is in the flow's tenant, done by whoever is signed in. Raises :class:`FlowRejected` when that
    is not the person and browser the flow began with, or the path is not the flow's, and
    :class:`PortalBusy` while there is no thread for it.
    """
    with work.read() as session:
        flow = session.get(Flow, (work.tenant, flow_id))
    _check_origin(work, registry, flow, callback)
    if not callback.proof and not callback.refusal:  # cut off on the way: the whole address may still come
        raise FlowRejected("unknown")
    # Before the flow is used: the page may be loaded again.
    registry.outbound.slots.refuse_when_busy(work.tenant)
    claimed = _claim(work, flow_id)
    if claimed is None:
        return
    refusal = _refusal(work, claimed, callback)
    if refusal:
        end(work, flow_id, refusal)
        return
    with work.read() as session:
        connection = connection_of(session, claimed.account_id, claimed.purpose)
        begun = begun_of(session, claimed)
    _exchange(work, registry, claimed, connection, begun, callback.proof)


def _exchange(
    work: Work, registry: Registry, flow: Flow, connection: Connection, begun: Begun, proof: str
) -> None:
    """Trade what came back for a token, ask whose it is, and keep it."""
    callback_url = registry.portal_url + flow.path
    try:
        with registry.within_ceiling(connection):
            given = protocol_of(connection).exchange(registry, connection, begun, proof, callback_url)
    except (JiraTrouble, PortalBusy) as trouble:
        if isinstance(trouble, JiraTrouble):
            end_with_trouble(work, flow.id, trouble)
        else:
            end(work, flow.id, trouble.code)
        if connection.is_cloud:
            doubt.after_a_failed_consent(work, registry, flow)
        return
    try:
        # The code is spent: a database that is away for a moment must not cost what it gave (T49).
        refused = patiently(lambda: _keep(work, flow, connection, given, registry.portal_url))
    except AccountElsewhere:
        refused = str(Code.GRANT_ELSEWHERE)
        end(work, flow.id, refused)
    if refused and given.consent and connection.is_cloud:
        elsewhere.look_after(work, registry, given.consent)
        if given.consent.pair.refresh_token is None:  # what came could not be kept in the place of what stood
            doubt.after_a_failed_consent(work, registry, flow)


def _keep(work: Work, claimed: Flow, connection: Connection, given: Given, portal_url: str) -> str | None:
    """Store what was given and end the flow with it; returns why it was not stored.

    That Jira led somebody back to ``portal_url`` is stored with it.

    Account, membership and flow are held in this order: nothing is stored for an account that is being
    changed at this moment, nor for a person who is leaving.
    """
    with work.write() as session:
        account = session.get(AlmAccount, (work.tenant, claimed.account_id), with_for_update=True)
        hold_membership(session, work.tenant, work.user_id)
        flow = get_flow(session, claimed.id, hold=True)
        if flow.outcome is not None:  # stored before, and the word of it was lost
            return flow.outcome if flow.outcome != CONNECTED else None
        refused = account_trouble(session, flow) or membership_trouble(session, work, flow.purpose)
        if refused is None and (trouble := refusal_of(session, connection, flow, given)):
            refused, flow.evidence = str(trouble.code), dict(trouble.evidence)
        if refused is None:
            holder = Holder(flow.account_id, flow.user_id if flow.purpose == "person" else None, work.user_id)
            if former := acted_as(session, holder, given.identity):
                flow.evidence = {"former": former, "now": given.identity.display_name}
            flow.credential_id = keep(session, work, holder, given)
            if account is not None:
                account.portal_url = portal_url
        else:
            note_refused(session, work, given)
        close(session, work, flow, refused or CONNECTED)
        return refused


def _check_origin(work: Work, registry: Registry, flow: Flow | None, callback: Callback) -> None:
    if flow is None:
        raise FlowRejected("unknown")
    same_person = flow.user_id == work.actor.user_id and flow.sign_in_id == work.actor.sign_in_id
    same_issuer = callback.issuer in ("", registry.cloud.atlassian.auth.text)
    if same_person and same_issuer and flow.path == callback.path:
        return
    with work.write() as session:
        record(session, work, "flow.rejected", outcome="failed", **about(flow), code="elsewhere")
    raise FlowRejected("elsewhere")


def _claim(work: Work, flow_id: UUID) -> Flow | None:
    """Use the flow, if nobody has: the one moment that decides between two arrivals."""
    with work.write() as session:
        once = update(Flow).where(Flow.id == flow_id, Flow.used_at.is_(None)).values(used_at=clock.now())
        if session.scalars(once.returning(Flow.id)).first() is None:
            return None
        return get_flow(session, flow_id)


def _refusal(work: Work, flow: Flow, callback: Callback) -> str | None:
    """Why a flow ends without a call to Jira."""
    if callback.refusal:
        return REFUSALS.get(callback.refusal, "consent_refused")
    if flow.expires_at <= clock.now():
        return "flow_expired"
    with work.read() as session:
        return account_trouble(session, flow) or membership_trouble(session, work, flow.purpose)
