"""Credentials for programs, read in one statement and remembered sealed (mission row E6).

What people do goes by :mod:`portal.credentials.acting_as`; programs ask thousands of times a second. A row
says whether it can be used as it is. Where it cannot, because it was refused, is about to end, or is none,
:func:`settle` asks the rules that people's uses go by: they renew, or say what is the matter.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, case, or_, select

from portal import clock
from portal.credentials.access_tokens import EARLY, access_token
from portal.credentials.acting_as import NotConnected, find_credential
from portal.credentials.registry import Registry
from portal.credentials.states import TELLING_EVENTS
from portal.credentials.views import CredentialView, view_of
from portal.errors import NotHere
from portal.jira.answers import Code, JiraTrouble
from portal.kinds import KINDS
from portal.kinds.methods import OAUTH1, OAUTH2, TWO_LEGGED
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
from portal.store.work import Store, Work


@dataclass(frozen=True, slots=True)
class Ready:
    """An ALM account and one credential for it, as they were read; secrets are sealed.

    Without a credential ``credential_id`` is None. ``refusal``: by which code Jira refused it last;
    ``sites``: what its grant covers; ``told_base_url``: what that Jira itself calls its address.
    """

    tenant_id: UUID
    account_id: UUID
    kind: str
    base_url: str | None
    ca_pem: str | None
    read_only: bool
    max_concurrent: int
    version: int
    saved_at: datetime | None
    cloud_id: str | None
    credential_id: UUID | None
    holder_id: UUID | None
    method: str | None
    login: str | None
    state: str | None
    serves_until: datetime | None
    expires_at: datetime | None
    acts_as: str | None
    access_token: bytes | None
    token_secret: bytes | None
    grant_id: UUID | None
    grant_state: str | None
    grant_token: bytes | None
    grant_until: datetime | None
    grant_generation: int | None
    is_shared: bool | None
    signing_key_id: UUID | None
    consumer_key: str | None
    fingerprint: str | None
    private_key: bytes | None
    refusal: str | None
    sites: list[dict[str, str]] | None
    told_base_url: str | None

    @property
    def used_id(self) -> UUID:
        """The credential that is used; :class:`NotConnected` where there is none."""
        if self.credential_id is None:
            raise NotConnected(self.account_id, None)
        return self.credential_id

    @property
    def ends_at(self) -> datetime | None:
        """When what is sent ends; None where nobody knows of an end."""
        ends = self.grant_until if self.grant_id else self.expires_at
        return min(filter(None, (ends, self.serves_until)), default=None)

    def serves(self, at_least: timedelta) -> bool:
        """Whether it can be sent as it is, and for so long."""
        if self.state != "active" or self.refusal or self.method == TWO_LEGGED:
            return False
        if self.method == OAUTH2 and (self.grant_state != "active" or self.grant_token is None):
            return False
        if self.grant_id and self.cloud_id and self.cloud_id not in [site["id"] for site in self.sites or ()]:
            return False
        ends, spare = self.ends_at, EARLY if self.grant_id else timedelta()
        return ends is None or ends - clock.now() > max(at_least, spare)


def _refusal() -> ColumnElement[Any]:
    """The code of the newest telling line about the credential, none where that was a success."""
    code = AuditEvent.details["code"].as_string()
    tells = or_(*(AuditEvent.event == event for event in TELLING_EVENTS)) & or_(
        AuditEvent.event != "credential.tested", AuditEvent.outcome == "ok", code == "control_failed"
    )
    about = (AuditEvent.tenant_id == Credential.tenant_id) & (AuditEvent.subject_id == Credential.id)
    last = select(case((AuditEvent.outcome == "ok", None), else_=code)).where(about, tells)
    return last.order_by(AuditEvent.seq.desc()).limit(1).correlate(Credential).scalar_subquery()


_COLUMNS = (
    AlmAccount.tenant_id,
    AlmAccount.id,
    AlmAccount.kind,
    AlmAccount.base_url,
    AlmAccount.ca_pem,
    AlmAccount.read_only,
    AlmAccount.max_concurrent,
    AlmAccount.version,
    AlmAccount.saved_at,
    CloudSite.cloud_id,
    Credential.id.label("credential"),
    Credential.user_id,
    Credential.method,
    Credential.login,
    Credential.state,
    Credential.serves_until,
    Credential.expires_at,
    Credential.jira_display_name,
    Credential.access_token,
    Credential.token_secret,
    Grant.id.label("grant_id"),
    Grant.state.label("grant_state"),
    Grant.access_token.label("grant_token"),
    Grant.expires_at.label("grant_until"),
    Grant.generation,
    OauthApp.is_shared,
    SigningKey.id.label("signing_key"),
    SigningKey.consumer_key,
    SigningKey.fingerprint,
    SigningKey.private_key,
)


def _of_account(tenant: ColumnElement[UUID], holder: ColumnElement[bool]) -> Any:
    """Each row is found by its whole key, so that nothing is read but what is asked for."""
    mine = (Credential.tenant_id == tenant) & (Credential.account_id == AlmAccount.id)
    in_site = (CloudSite.tenant_id == tenant) & (CloudSite.account_id == AlmAccount.id)
    by_grant = (Grant.tenant_id == tenant) & (Grant.id == Credential.grant_id)
    by_app = (OauthApp.tenant_id == tenant) & (OauthApp.id == Grant.app_id)
    by_key = (SigningKey.tenant_id == tenant) & (SigningKey.account_id == AlmAccount.id)
    told = AlmAccount.server_info["base_url"].as_string().label("told")
    signs = by_key & (SigningKey.stage == "current") & (Credential.method == OAUTH1)
    return (
        select(*_COLUMNS, _refusal().label("refusal"), Grant.sites, told)
        .select_from(AlmAccount)
        .outerjoin(Credential, mine & holder & (Credential.state != "pending"))
        .outerjoin(CloudSite, in_site)
        .outerjoin(Grant, by_grant)
        .outerjoin(OauthApp, by_app)
        .outerjoin(SigningKey, signs)
        .where(
            AlmAccount.tenant_id == tenant, AlmAccount.id == bindparam("account", type_=AlmAccount.id.type)
        )
    )


def _own(tenant: ColumnElement[UUID]) -> Select[Any]:
    found: Select[Any] = _of_account(tenant, Credential.user_id.is_(None))
    return found


def _persons(tenant: ColumnElement[UUID]) -> Select[Any]:
    """Of a member who lets programs act for them on this account, by the key of their e-mail address."""
    person = select(User.id).join(
        Membership, (Membership.user_id == User.id) & (Membership.tenant_id == tenant)
    )
    allows = (ProgramConsent.tenant_id == tenant) & (ProgramConsent.user_id == User.id)
    person = person.join(ProgramConsent, allows & (ProgramConsent.account_id == AlmAccount.id))
    person = person.where(User.email_key == bindparam("email"), User.disabled_at.is_(None))
    found = person.correlate(AlmAccount).scalar_subquery()
    row: Select[Any] = _of_account(tenant, Credential.user_id == found).where(found.is_not(None))
    return row


_OWN, _PERSONS = HotRead(_own), HotRead(_persons)


class ReadyRows:
    """What a process reads of credentials for programs, and remembers: at most ``size`` of accounts' own.

    What a person allows is never remembered.
    """

    def __init__(self, store: Store, generations: Generations, size: int) -> None:
        self._store = store
        self._rows: Remembered[Ready | None] = Remembered(generations, size)

    def own(self, tenant_id: UUID, account_id: UUID) -> Ready | None:
        """The account with its own credential; None where there is no such account."""
        return self._rows.get(tenant_id, account_id, lambda: self.own_now(tenant_id, account_id))

    def own_now(self, tenant_id: UUID, account_id: UUID) -> Ready | None:
        """The same as it stands now."""
        return _first(_OWN.rows(self._store.hot, tenant_id, account=account_id))

    def persons(self, tenant_id: UUID, account_id: UUID, email: str) -> Ready | None:
        """The account with the credential of this person (the key of an e-mail address); None where there is
        none who lets programs act for them."""
        return _first(_PERSONS.rows(self._store.hot, tenant_id, account=account_id, email=email))


def _first(rows: list[tuple[Any, ...]]) -> Ready | None:
    return Ready(*rows[0]) if rows else None


def settle(work: Work, registry: Registry, row: Ready, at_least: timedelta) -> CredentialView:
    """Do what is to be done before the credential of this row can be sent: renew its grant, if that is all.
    What it is now; one that Jira refused may be tried again, as people's are.

    Raises :class:`NotConnected` where it cannot serve, :class:`NotHere` where the account is gone, and
    JiraTrouble where a renewal failed.
    """
    if row.credential_id is None:  # whose it would be is not in the row either
        raise NotConnected(row.account_id, None)
    view = _as_it_stands(work, row)
    if view.grant_id:
        try:
            access_token(work, registry, view.grant_id, at_least=at_least)
        except JiraTrouble as trouble:
            if trouble.code is not Code.GRANT_ENDED:
                raise
            raise NotConnected(row.account_id, view) from None
    if view.code == Code.SITE_NOT_COVERED:  # as last seen: a renewal notes which sites its grant covers
        view = _as_it_stands(work, row)
        if view.code == Code.SITE_NOT_COVERED:
            raise NotConnected(row.account_id, view)
    return view


def _as_it_stands(work: Work, row: Ready) -> CredentialView:
    """The row's credential, if it serves."""
    with work.read() as session:
        if session.get(AlmAccount, (work.tenant, row.account_id)) is None:
            raise NotHere
        credential = find_credential(session, row.account_id, row.holder_id)
        view = view_of(session, credential) if credential else None
    if view is None or not view.serves:
        raise NotConnected(row.account_id, view)
    return view


def is_for_sending_only(row: Ready) -> bool:
    """Whether nothing can be read by the account."""
    return KINDS[row.kind].only_sends
