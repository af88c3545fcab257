"""Credentials for programs, as they were read by :mod:`portal.credentials.ready_rows` (mission row E6).

What people do goes by :mod:`portal.credentials.acting_as`; programs ask thousands of times a second. A row
says whether it can be used as it is. Where it cannot, because it was refused, is about to end, or is none,
:func:`settle` asks the rules that people's uses go by: they renew, or say what is the matter.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from portal import clock
from portal.credentials.access_tokens import EARLY, access_token
from portal.credentials.acting_as import NotConnected, find_credential
from portal.credentials.registry import Registry
from portal.credentials.views import CredentialView, view_of
from portal.errors import NotHere
from portal.jira.answers import Code, JiraTrouble
from portal.kinds import KINDS
from portal.kinds.methods import OAUTH2, TWO_LEGGED
from portal.store.tables import AlmAccount
from portal.store.work import Work


class Ready(NamedTuple):
    """An ALM account and one credential for it, as they were read; secrets are sealed.

    Without a credential ``credential_id`` is None. ``refusal``: by which code Jira refused it last;
    ``told_base_url``: what that Jira itself calls its address. What stands after it not every credential has:
    a key by which it signs, a site, a grant. ``sites``: what that grant covers.
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
    credential_id: UUID | None
    holder_id: UUID | None
    method: str | None
    login: str | None
    state: str | None
    serves_until: datetime | None
    expires_at: datetime | None
    acts_as: str | None
    access_token: bytes | None
    refusal: str | None
    told_base_url: str | None
    signing_key_id: UUID | None = None
    consumer_key: str | None = None
    fingerprint: str | None = None
    private_key: bytes | None = None
    cloud_id: str | None = None
    grant_id: UUID | None = None
    grant_state: str | None = None
    grant_token: bytes | None = None
    grant_until: datetime | None = None
    grant_generation: int | None = None
    sites: list[dict[str, str]] | None = None
    is_shared: bool | None = None

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
