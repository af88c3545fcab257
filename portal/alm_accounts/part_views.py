"""What pages show of what belongs to an ALM account: its key, app, site and the like, without any secret."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from portal.kinds import KINDS
from portal.kinds.shape import Kind
from portal.store.tables import Certificate, CloudSite, Conversion, DeliveryWay, OauthApp, SigningKey


@dataclass(frozen=True)
class KeyView:
    """The public side of a signing key."""

    id: UUID
    consumer_key: str
    public_pem: str
    fingerprint: str
    bits: int
    origin: str
    made_at: datetime


@dataclass(frozen=True)
class AppView:
    """The app of a Jira Cloud account, without its secret."""

    id: UUID
    client_id: str | None
    is_shared: bool
    has_secret: bool
    secret_set_at: datetime | None
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class SiteView:
    """The site of a Jira Cloud account: ``is_pinned`` once a person picked it at a consent."""

    cloud_id: str | None
    name: str | None
    is_pinned: bool


@dataclass(frozen=True)
class ConversionView:
    """That the account is changing the way it connects: ``to_kind`` is set up until ``switched_at``; from
    then on older credentials serve until ``old_way_until``."""

    from_kind: Kind
    to_kind: Kind
    switched_at: datetime | None
    old_way_until: datetime | None

    @property
    def last_day(self) -> date | None:
        """The day at whose end older credentials end, once it was chosen."""
        return self.old_way_until.date() if self.old_way_until else None


@dataclass(frozen=True)
class DeliveryView:
    """The way of an account that only sends: what Jira shows of the tool, "" until it was entered, and what
    the last test found of each permission, by name."""

    app_name: str
    server_url: str
    logo_url: str
    granted: Mapping[str, str]


@dataclass(frozen=True)
class CertificateView:
    """The TLS certificate its Jira presented when it was last looked at."""

    subject: str
    issuer: str
    ends_at: datetime


def key_view(row: SigningKey) -> KeyView:
    """The public side of a key."""
    return KeyView(
        row.id, row.consumer_key, row.public_pem, row.fingerprint, row.bits, row.origin, row.made_at
    )


def app_view(row: OauthApp) -> AppView:
    """An app, without its secret."""
    return AppView(
        id=row.id,
        client_id=row.client_id,
        is_shared=row.is_shared,
        has_secret=row.client_secret is not None,
        secret_set_at=row.secret_set_at,
        scopes=tuple(row.scopes),
    )


def site_view(row: CloudSite) -> SiteView:
    """A site on Jira Cloud."""
    return SiteView(row.cloud_id, row.site_name, row.pinned_at is not None)


def conversion_view(row: Conversion) -> ConversionView:
    """How far a change of the kind is."""
    kinds = KINDS[row.from_kind], KINDS[row.to_kind]
    return ConversionView(*kinds, row.switched_at, row.old_way_until)


def delivery_view(row: DeliveryWay) -> DeliveryView:
    """What only sends."""
    return DeliveryView(row.app_name, row.server_url, row.logo_url, row.granted)


def certificate_view(row: Certificate) -> CertificateView:
    """What was presented last."""
    return CertificateView(row.subject, row.issuer, row.ends_at)
