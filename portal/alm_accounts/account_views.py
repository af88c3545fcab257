"""What pages show of an ALM account: everything but its secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.alm_accounts.former_ways import mended_by
from portal.alm_accounts.part_views import (
    AppView,
    CertificateView,
    ConversionView,
    DeliveryView,
    KeyView,
    SiteView,
    app_view,
    certificate_view,
    conversion_view,
    delivery_view,
    key_view,
    site_view,
)
from portal.alm_accounts.parts import Parts
from portal.credentials.problem import Problem
from portal.credentials.problems import problem
from portal.credentials.views import CredentialView
from portal.errors import NotHere
from portal.jira.answers import Code
from portal.jira.base_urls import BaseUrl
from portal.kinds import KINDS
from portal.kinds.methods import CONTROLS
from portal.kinds.scopes import names_of
from portal.kinds.shape import SHARED_CALLBACK, Kind
from portal.store.tables import AlmAccount

SENDING = ("name", "max_concurrent")
AT_CLOUD = (*SENDING, "read_only")
AT_SERVER = (*AT_CLOUD, "base_url", "ca_pem")


@dataclass(frozen=True)
class AccountView:
    """An ALM account. ``own`` is its own credential, ``pending`` one that waits for confirmation, ``mine``
    the credential of the person looking, ``people`` how many persons are connected."""

    id: UUID
    kind: Kind
    name: str
    version: int
    base_url: str | None
    ca_pem: str | None
    read_only: bool
    max_concurrent: int
    saved: bool
    tested_at: datetime | None
    server_info: Mapping[str, Any]
    current_key: KeyView | None
    next_key: KeyView | None
    app: AppView | None
    site: SiteView | None
    conversion: ConversionView | None
    certificate: CertificateView | None
    delivery: DeliveryView | None
    own: CredentialView | None
    pending: CredentialView | None
    mine: CredentialView | None
    people: int

    @property
    def key(self) -> KeyView:
        """The signing key of an account by application link; :class:`NotHere` for any other kind."""
        if self.current_key is None:
            raise NotHere
        return self.current_key

    @property
    def kind_in_set_up(self) -> Kind:
        """The kind its set-up is for: the one it is being made into, while it is being converted."""
        converting = self.conversion is not None and self.conversion.switched_at is None
        return self.conversion.to_kind if self.conversion and converting else self.kind

    @property
    def is_by_shared_app(self) -> bool:
        """Whether it goes by the operator's app."""
        return self.app is not None and self.app.is_shared

    @property
    def callback_path(self) -> str:
        """Path of the callback URL: the account's own, or the operator's app's."""
        return SHARED_CALLBACK if self.is_by_shared_app else self.kind.callback_path(self.id)

    @property
    def state(self) -> str:
        """One word for lists: ``draft`` until saved, then the state of its own credential."""
        if not self.saved:
            return "draft"
        return self.own.state if self.own else "not_connected"

    @property
    def changeable(self) -> tuple[str, ...]:
        """What an admin may change at any time."""
        return changeable(self.kind)

    def is_former(self, view: CredentialView | None) -> bool:
        """Whether a person's credential came by a way this account does not take any more."""
        return view is not None and view.user_id is not None and view.method not in self.kind.person_by

    def trouble_of_mine(self, code: str, evidence: Mapping[str, object] | None = None) -> Problem:
        """The problem of this code as met with the credential of the person looking."""
        known = self.trouble(code, evidence)
        return mended_by(known, self.kind.title) if self.is_former(self.mine) else known

    def trouble(self, code: str, evidence: Mapping[str, object] | None = None) -> Problem:
        """The problem of this code as met with this account: whose app it is decides who can mend it."""
        if code == Code.CLIENT_REFUSED and self.is_by_shared_app:
            code = "shared_app_refused"
        host = {"host": BaseUrl.stored(self.base_url).host} if self.base_url else {}
        whose = {"is_cloud": self.kind.is_cloud, "only_sends": self.kind.only_sends}
        return problem(code, {**host, **(evidence or {})}, **whose)

    def trouble_of(self, view: CredentialView | None) -> Problem | None:
        """What is the matter with one of the account's credentials; None where nothing is."""
        if view is None or view.code is None:
            return None
        offered = ", ".join(site["name"] for site in view.sites)
        sent = CONTROLS.get(view.method, "")
        evidence = {"scopes": names_of(view.missing), "offered": offered, "sent": sent}
        known = self.trouble(view.code, {name: piece for name, piece in evidence.items() if piece})
        return mended_by(known, self.kind.title) if self.is_former(view) else known


def changeable(kind: Kind) -> tuple[str, ...]:
    """What may be changed about an account of this kind at any time.

    A site is changed in the set-up, with its cloud id; Atlassian's certificates need no other authority. What
    only sends is nothing without being allowed to.
    """
    if kind.only_sends:
        return SENDING
    return AT_CLOUD if kind.is_cloud else AT_SERVER


def view_of_account(row: AlmAccount, parts: Parts) -> AccountView:
    """The view of one account."""
    current, following = parts.keys.get("current"), parts.keys.get("next")
    return AccountView(
        id=row.id,
        kind=KINDS[row.kind],
        name=row.name,
        version=row.version,
        base_url=row.base_url,
        ca_pem=row.ca_pem,
        read_only=row.read_only,
        max_concurrent=row.max_concurrent,
        saved=row.saved_at is not None,
        tested_at=row.tested_at,
        server_info=row.server_info or {},
        current_key=key_view(current) if current else None,
        next_key=key_view(following) if following else None,
        app=app_view(parts.app) if parts.app else None,
        site=site_view(parts.site) if parts.site else None,
        conversion=conversion_view(parts.conversion) if parts.conversion else None,
        certificate=certificate_view(parts.certificate) if parts.certificate else None,
        delivery=delivery_view(parts.way) if parts.way else None,
        own=parts.own,
        pending=parts.pending,
        mine=parts.mine,
        people=parts.people,
    )
