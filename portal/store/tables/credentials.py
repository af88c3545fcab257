"""Credentials, and the flows by which they come."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Base, Sealed, TenantOwned, WithId
from portal.store.tables.accounts import of_account

SETTLED = "state <> 'pending'"


class Credential(TenantOwned, WithId, Base):
    """What proves an identity to that Jira: the account's own (``user_id`` is None) or a person's.

    ``state``: ``pending`` until an admin confirmed the identity, then ``active``; ``ended`` when it can
    serve no longer, with the reason in ``ended_why``. Who it acts as comes from the Jira itself.

    ``method`` is how it is held (``portal.kinds.methods``). One made by OAuth 2.0 rests on a :class:`Grant`,
    which holds the tokens; several may rest on the same. Of every other method ``access_token`` is what is
    sent: OAuth 1.0a's token, an API token, a personal access token, or a password; ``login`` goes with it.
    ``serves_until`` is the end of the way it was connected by, once its account was converted.
    """

    __tablename__ = "credentials"
    __table_args__ = (
        of_account(),
        Index(
            "uq_credentials_person",
            "tenant_id",
            "account_id",
            "user_id",
            unique=True,
            sqlite_where=text(f"user_id IS NOT NULL AND {SETTLED}"),
            postgresql_where=text(f"user_id IS NOT NULL AND {SETTLED}"),
        ),
        Index(
            "uq_credentials_own",
            "tenant_id",
            "account_id",
            unique=True,
            sqlite_where=text(f"user_id IS NULL AND {SETTLED}"),
            postgresql_where=text(f"user_id IS NULL AND {SETTLED}"),
        ),
        ForeignKeyConstraint(["tenant_id", "grant_id"], ["grants.tenant_id", "grants.id"]),
    )

    account_id: Mapped[UUID]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    method: Mapped[str] = mapped_column(String(12))
    login: Mapped[str] = mapped_column(String(254), default="")
    state: Mapped[str] = mapped_column(String(10))
    ended_why: Mapped[str | None] = mapped_column(String(40))
    # OAuth 1.0a: Jira binds a token to the consumer it was given to. Empty where a grant holds the tokens.
    consumer_key: Mapped[str] = mapped_column(String(120))
    grant_id: Mapped[UUID | None]
    access_token: Mapped[bytes | None] = mapped_column(Sealed)
    token_secret: Mapped[bytes | None] = mapped_column(Sealed)
    session_handle: Mapped[bytes | None] = mapped_column(Sealed)
    expires_at: Mapped[datetime | None]
    authorization_expires_at: Mapped[datetime | None]
    serves_until: Mapped[datetime | None]
    jira_key: Mapped[str]
    jira_name: Mapped[str]
    jira_display_name: Mapped[str]
    jira_email: Mapped[str]
    connected_by: Mapped[UUID]
    connected_at: Mapped[datetime]


class TokenDraft(TenantOwned, Base):
    """A token or password somebody pasted that is not connected yet: kept sealed, never sent back.

    ``holder_id`` is the person's id, or the account's own for the account's credential.
    """

    __tablename__ = "token_drafts"
    __table_args__ = (of_account(),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    holder_id: Mapped[UUID] = mapped_column(primary_key=True)
    method: Mapped[str] = mapped_column(String(12))
    login: Mapped[str] = mapped_column(String(254))
    secret: Mapped[bytes | None] = mapped_column(Sealed)
    ends_at: Mapped[datetime | None]
    kept_at: Mapped[datetime]


class Reminder(TenantOwned, Base):
    """That a person was reminded to connect to an account; goes when they do."""

    __tablename__ = "reminders"
    __table_args__ = (of_account(),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    sent_at: Mapped[datetime]


class Grant(TenantOwned, WithId, Base):
    """One consent, at Atlassian or a Jira Data Center: app and account there, with the pair that rotates.

    Atlassian keeps one grant per app and account, so here too there is one row, whoever rests on it.
    ``state`` is ``active`` or ``ended`` (with ``ended_why``). ``generation`` counts the pairs. While
    ``lease_until`` lies ahead, somebody is exchanging the refresh token of this generation;
    ``pending_since`` is when an exchange was begun whose outcome is not known. ``trouble`` is the code of
    the last exchange that failed, ``retry_at`` when the next may be tried, and ``asked_until`` until when
    the server itself asked to wait. Times of leases are the database's.
    """

    __tablename__ = "grants"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "app_id"], ["oauth_apps.tenant_id", "oauth_apps.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "app_id", "provider_account"),
    )

    app_id: Mapped[UUID]
    provider_account: Mapped[str] = mapped_column(String(128))
    state: Mapped[str] = mapped_column(String(10), default="active")
    ended_why: Mapped[str | None] = mapped_column(String(40))
    scopes: Mapped[list[str]]
    # The Jira sites it covers, as last seen: id, name, url.
    sites: Mapped[list[dict[str, str]]]
    generation: Mapped[int] = mapped_column(default=1)
    access_token: Mapped[bytes | None] = mapped_column(Sealed)
    refresh_token: Mapped[bytes | None] = mapped_column(Sealed)
    expires_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    lease: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    pending_since: Mapped[datetime | None]
    trouble: Mapped[str | None] = mapped_column(String(40))
    retry_at: Mapped[datetime | None]
    asked_until: Mapped[datetime | None]
    # Why it will have ended, should its refresh token be refused: told by what happened elsewhere.
    suspect: Mapped[str | None] = mapped_column(String(40))
    attempts: Mapped[int] = mapped_column(default=0)


class SharedGrant(Base):
    """That an Atlassian account, by keyed hash, has its grant for the operator's app in this tenant.

    Two tenants cannot hold it both: the newer consent would end or narrow the older one's tokens.
    """

    __tablename__ = "shared_grants"

    client_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    account_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), index=True)


class SharedPoints(Base):
    """How many of the shared app's hourly points a tenant has used in the hour beginning at ``hour``."""

    __tablename__ = "shared_points"

    client_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    points: Mapped[int]


class AccountToReport(Base):
    """An Atlassian account about which personal data is held by an app's consent: ids and dates only.

    ``data_at`` is when what is held was last fetched, ``reported_at`` when it was last reported. Atlassian,
    "User privacy guide": once in each cycle, which its answers name.
    """

    __tablename__ = "accounts_to_report"

    client_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    provider_account: Mapped[str] = mapped_column(String(128), primary_key=True)
    data_at: Mapped[datetime]
    reported_at: Mapped[datetime | None]
    due_at: Mapped[datetime]


class Flow(TenantOwned, WithId, Base):
    """One way through a consent page. Ends with the person, sign-in, tenant and account it began with.

    No foreign keys: the page that says how it ended must work after its account is gone.
    """

    __tablename__ = "flows"

    account_id: Mapped[UUID]
    account_version: Mapped[int]
    # What the client proved itself with when it began: its signing key, or its app.
    client_ref: Mapped[UUID]
    user_id: Mapped[UUID]
    sign_in_id: Mapped[UUID]
    # account: the account's own credential; person: the person's.
    purpose: Mapped[str] = mapped_column(String(10))
    board_id: Mapped[UUID | None]
    path: Mapped[str]
    # OAuth 1.0a: request token and its secret. OAuth 2.0: state and PKCE verifier.
    request_token: Mapped[bytes | None] = mapped_column(Sealed)
    request_secret: Mapped[bytes | None] = mapped_column(Sealed)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    # A problem's code, or ``connected``; None until it has ended.
    outcome: Mapped[str | None] = mapped_column(String(40))
    evidence: Mapped[dict[str, Any] | None]
    credential_id: Mapped[UUID | None]


class FlowLookup(Base):
    """From the hash of a request token or state to its flow: a callback does not name its tenant."""

    __tablename__ = "flow_lookups"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    flow_id: Mapped[UUID]
    expires_at: Mapped[datetime]
