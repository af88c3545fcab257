"""Reading what programs use, in one statement, and remembering it sealed (mission row E6).

Each table that is joined takes the database as long as a read by itself. So an account is read narrowly until
it turns out to need more: many a credential is pasted, and has no site, no grant and no key.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, case, or_, select

from portal.credentials.ready import Ready
from portal.credentials.states import TELLING_EVENTS
from portal.kinds import KINDS
from portal.kinds.methods import OAUTH1, PASTED
from portal.store.generations import Generations, Remembered
from portal.store.hot import HotRead
from portal.store.tables import (
    AlmAccount,
    AuditEvent,
    CloudSite,
    Credential,
    Grant,
    Membership,
    OauthApp,
    ProgramConsent,
    SigningKey,
    User,
)
from portal.store.work import Store

# How much of a row is read, each with all before it.
PASTED_ONE, SIGNED, WHOLE = range(3)
_PLACES = 1 << 20  # of what was read last time: a byte each, which several accounts may share


def _refusal() -> ColumnElement[Any]:
    """The code of the newest telling line about the credential, none where that was a success."""
    code = AuditEvent.details["code"].as_string()
    tells = or_(*(AuditEvent.event == event for event in TELLING_EVENTS)) & or_(
        AuditEvent.event != "credential.tested", AuditEvent.outcome == "ok", code == "control_failed"
    )
    about = (AuditEvent.tenant_id == Credential.tenant_id) & (AuditEvent.subject_id == Credential.id)
    last = select(case((AuditEvent.outcome == "ok", None), else_=code)).where(about, tells)
    return last.order_by(AuditEvent.seq.desc()).limit(1).correlate(Credential).scalar_subquery()


_COLUMNS = {
    PASTED_ONE: (
        AlmAccount.tenant_id,
        AlmAccount.id,
        AlmAccount.kind,
        AlmAccount.base_url,
        AlmAccount.ca_pem,
        AlmAccount.read_only,
        AlmAccount.max_concurrent,
        AlmAccount.version,
        AlmAccount.saved_at,
        Credential.id.label("credential"),
        Credential.user_id,
        Credential.method,
        Credential.login,
        Credential.state,
        Credential.serves_until,
        Credential.expires_at,
        Credential.jira_display_name,
        Credential.access_token,
        _refusal().label("refusal"),
        AlmAccount.server_info["base_url"].as_string().label("told"),
    ),
    SIGNED: (
        SigningKey.id.label("signing_key"),
        SigningKey.consumer_key,
        SigningKey.fingerprint,
        SigningKey.private_key,
    ),
    WHOLE: (
        CloudSite.cloud_id,
        Grant.id.label("grant_id"),
        Grant.state.label("grant_state"),
        Grant.access_token.label("grant_token"),
        Grant.expires_at.label("grant_until"),
        Grant.generation,
        Grant.sites,
        OauthApp.is_shared,
    ),
}


def _of_account(tenant: ColumnElement[UUID], holder: ColumnElement[bool], width: int) -> Any:
    """Each row is found by its whole key, so that nothing is read but what is asked for."""
    mine = (Credential.tenant_id == tenant) & (Credential.account_id == AlmAccount.id)
    in_site = (CloudSite.tenant_id == tenant) & (CloudSite.account_id == AlmAccount.id)
    by_grant = (Grant.tenant_id == tenant) & (Grant.id == Credential.grant_id)
    by_app = (OauthApp.tenant_id == tenant) & (OauthApp.id == Grant.app_id)
    by_key = (SigningKey.tenant_id == tenant) & (SigningKey.account_id == AlmAccount.id)
    signs = by_key & (SigningKey.stage == "current") & (Credential.method == OAUTH1)
    columns = [column for part in range(width + 1) for column in _COLUMNS[part]]
    found = select(*columns).select_from(AlmAccount)
    found = found.outerjoin(Credential, mine & holder & (Credential.state != "pending"))
    if width >= SIGNED:
        found = found.outerjoin(SigningKey, signs)
    if width >= WHOLE:
        found = found.outerjoin(CloudSite, in_site).outerjoin(Grant, by_grant).outerjoin(OauthApp, by_app)
    return found.where(
        AlmAccount.tenant_id == tenant, AlmAccount.id == bindparam("account", type_=AlmAccount.id.type)
    )


def _own(width: int) -> HotRead:
    return HotRead(lambda tenant: _of_account(tenant, Credential.user_id.is_(None), width))


def _persons(tenant: ColumnElement[UUID]) -> Select[Any]:
    """Of a member who lets programs act for them on this account, by the key of their e-mail address."""
    person = select(User.id).join(
        Membership, (Membership.user_id == User.id) & (Membership.tenant_id == tenant)
    )
    allows = (ProgramConsent.tenant_id == tenant) & (ProgramConsent.user_id == User.id)
    person = person.join(ProgramConsent, allows & (ProgramConsent.account_id == AlmAccount.id))
    person = person.where(User.email_key == bindparam("email"), User.disabled_at.is_(None))
    found = person.correlate(AlmAccount).scalar_subquery()
    row: Select[Any] = _of_account(tenant, Credential.user_id == found, WHOLE).where(found.is_not(None))
    return row


_OWN, _PERSONS = [_own(width) for width in (PASTED_ONE, SIGNED, WHOLE)], HotRead(_persons)


class ReadyRows:
    """What a process reads of credentials for programs, and remembers: at most ``size`` of accounts' own.

    What a person allows is never remembered.
    """

    def __init__(self, store: Store, generations: Generations, size: int) -> None:
        self._store = store
        self._rows: Remembered[Ready | None] = Remembered(generations, size)
        self._widths = bytearray(_PLACES)

    def own(self, tenant_id: UUID, account_id: UUID) -> Ready | None:
        """The account with its own credential; None where there is no such account."""
        return self._rows.get(tenant_id, account_id, lambda: self.own_now(tenant_id, account_id))

    def own_now(self, tenant_id: UUID, account_id: UUID) -> Ready | None:
        """The same as it stands now: read once more where there turns out to be more of it than was read."""
        place = account_id.int % _PLACES
        width = self._widths[place]
        while True:
            row = _first(_OWN[width].rows(self._store.hot, tenant_id, account=account_id))
            if row is None or _width(row) <= width:
                return row
            width = self._widths[place] = _width(row)

    def persons(self, tenant_id: UUID, account_id: UUID, email: str) -> Ready | None:
        """The account with the credential of this person (the key of an e-mail address); None where there is
        none who lets programs act for them."""
        return _first(_PERSONS.rows(self._store.hot, tenant_id, account=account_id, email=email))


def _width(row: Ready) -> int:
    """How much there is of it."""
    if KINDS[row.kind].is_cloud:
        return WHOLE
    if row.method is None or row.method in PASTED:
        return PASTED_ONE
    return SIGNED if row.method == OAUTH1 else WHOLE


def _first(rows: list[tuple[Any, ...]]) -> Ready | None:
    return Ready(*rows[0]) if rows else None
