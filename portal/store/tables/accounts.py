"""ALM accounts and what hangs on them: signing keys, apps, sites, field mappings."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Base, Sealed, TenantOwned, WithId


def of_account(column: str = "account_id") -> ForeignKeyConstraint:
    """Foreign key to an ALM account of the same tenant; the row goes when the account goes."""
    return ForeignKeyConstraint(
        ["tenant_id", column], ["alm_accounts.tenant_id", "alm_accounts.id"], ondelete="CASCADE"
    )


class AlmAccount(TenantOwned, WithId, Base):
    """One connection of a tenant to one Jira. ``version`` rises with every change of how it is reached."""

    __tablename__ = "alm_accounts"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    kind: Mapped[str] = mapped_column(String(30))
    name: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)
    base_url: Mapped[str | None] = mapped_column(String(500))
    ca_pem: Mapped[str | None] = mapped_column(Text)
    read_only: Mapped[bool] = mapped_column(default=False)
    max_concurrent: Mapped[int] = mapped_column(default=4)
    made_by: Mapped[UUID]
    created_at: Mapped[datetime]
    # None while it is a draft: set-up is over when fields were mapped and *Save* was pressed.
    saved_at: Mapped[datetime | None]
    # The last proof: when, and what serverInfo said (title, version, base URL, deployment type).
    tested_at: Mapped[datetime | None]
    server_info: Mapped[dict[str, Any] | None]
    # The portal's own address when a consent last came back to it: what Jira has as callback begins with it.
    portal_url: Mapped[str | None] = mapped_column(String(500))


class SigningKey(TenantOwned, WithId, Base):
    """An RSA key pair with the consumer key it is registered under in Jira (RFC 5849, section 3.4.3).

    ``stage``: ``current`` signs; ``next`` is being put in place. After a switch the old row is deleted.
    """

    __tablename__ = "signing_keys"
    __table_args__ = (of_account(), UniqueConstraint("tenant_id", "account_id", "stage"))

    account_id: Mapped[UUID]
    stage: Mapped[str] = mapped_column(String(10))
    consumer_key: Mapped[str] = mapped_column(String(120))
    private_key: Mapped[bytes | None] = mapped_column(Sealed)
    public_pem: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(80))
    bits: Mapped[int]
    origin: Mapped[str] = mapped_column(String(10))
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]


class OauthApp(TenantOwned, WithId, Base):
    """An OAuth 2.0 app: at Atlassian the tenant's own, or the operator's shared one (no secret here then);
    in a Jira Data Center its incoming link.

    ``scopes`` is the one set asked for at every consent: a new consent overrides the scopes of the older
    one (Atlassian, "OAuth 2.0 (3LO) apps").
    """

    __tablename__ = "oauth_apps"
    __table_args__ = (UniqueConstraint("tenant_id", "client_id"),)

    is_shared: Mapped[bool] = mapped_column(default=False)
    client_id: Mapped[str | None] = mapped_column(String(120))
    client_secret: Mapped[bytes | None] = mapped_column(Sealed)
    secret_set_at: Mapped[datetime | None]
    scopes: Mapped[list[str]]


class AccountApp(TenantOwned, Base):
    """The OAuth 2.0 app an account goes by, if it goes by one."""

    __tablename__ = "account_apps"
    __table_args__ = (
        of_account(),
        ForeignKeyConstraint(["tenant_id", "app_id"], ["oauth_apps.tenant_id", "oauth_apps.id"]),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    app_id: Mapped[UUID]


class CloudSite(TenantOwned, Base):
    """What a Jira Cloud account has beside its site URL: the site's cloud id.

    ``cloud_id`` is what the address of the site leads to, until a person picked the site at a consent; from
    ``pinned_at`` on it is the only one that is ever called.
    """

    __tablename__ = "cloud_sites"
    __table_args__ = (of_account(),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    cloud_id: Mapped[str | None] = mapped_column(String(64))
    site_name: Mapped[str | None]
    pinned_at: Mapped[datetime | None]


class Conversion(TenantOwned, Base):
    """That an account is changing the way it connects.

    Until ``switched_at`` the former way serves everybody and the new one is being set up; from then on the
    account is of the new kind, and people's older credentials serve until ``old_way_until``. The row goes
    when nothing of the former way is left.
    """

    __tablename__ = "conversions"
    __table_args__ = (of_account(),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    from_kind: Mapped[str] = mapped_column(String(30))
    to_kind: Mapped[str] = mapped_column(String(30))
    begun_by: Mapped[UUID]
    begun_at: Mapped[datetime]
    switched_at: Mapped[datetime | None]
    old_way_until: Mapped[datetime | None]


class Certificate(TenantOwned, Base):
    """The TLS certificate that an account's Jira presented when it was last looked at."""

    __tablename__ = "certificates"
    __table_args__ = (of_account(),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject: Mapped[str]
    issuer: Mapped[str]
    ends_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class FieldMapping(TenantOwned, Base):
    """Which field of that Jira plays which role (epic link, sprint, ...)."""

    __tablename__ = "field_mappings"
    __table_args__ = (of_account(),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(30), primary_key=True)
    field_id: Mapped[str] = mapped_column(String(120))
    field_name: Mapped[str]
