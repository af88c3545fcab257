"""Rows made for tests without their pages, and one id for every kind of parameter a route takes.

A new parameter name needs an entry in ``SAMPLES``; the route tests say so.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from hashlib import sha256
from secrets import token_hex
from uuid import UUID, uuid4

from portal import clock
from portal.audit.log import record
from portal.kinds.methods import OAUTH1
from portal.secret import Secret
from portal.store.base import Base
from portal.store.tables import (
    AlmAccount,
    Board,
    Credential,
    Flow,
    GuideLink,
    Idea,
    Invitation,
    SignIn,
    SigningKey,
    SupportRequest,
)
from portal.store.vault import put_secret
from portal.store.work import OPERATOR, Work
from tests.support import canaries
from tests.support.delivery_rows import delivering_account, delivery
from tests.support.programs import program_key
from tests.support.world import TenantWorld, World


def account(tenant: TenantWorld, name: str = "", kind: str = "server_oauth1") -> UUID:
    """A saved account; at the address of its Jira nobody answers."""
    row = AlmAccount(
        id=uuid4(),
        kind=kind,
        name=name or f"Jira {token_hex(4)}",
        base_url="https://127.0.0.1:9",
        made_by=tenant.admin.user_id,
        created_at=clock.now(),
        saved_at=clock.now(),
    )
    return _added(tenant, row)


def board(tenant: TenantWorld, account_id: UUID | None = None) -> UUID:
    """A board on an account."""
    row = Board(
        id=uuid4(),
        account_id=account_id or account(tenant),
        name=f"Board {token_hex(4)}",
        jira_board_id=2**53 - 1,  # the largest that is read from a Jira
        jira_board_name="Shop",
        made_by=tenant.admin.user_id,
        created_at=clock.now(),
    )
    return _added(tenant, row)


def idea(tenant: TenantWorld, board_id: UUID | None = None, **more: object) -> UUID:
    """An idea of the tenant's member; ``more``: other columns."""
    row = Idea(
        id=uuid4(),
        board_id=board_id or board(tenant),
        title="Gift wrapping",
        description="For those who send presents.",
        made_by=tenant.member.user_id,
        created_at=clock.now(),
        changed_at=clock.now(),
        **more,
    )
    return _added(tenant, row)


def board_of(tenant: TenantWorld, idea_id: UUID) -> UUID:
    """The board an idea is kept on: on another it is not to be found."""
    with tenant.work().read() as session:
        return session.get_one(Idea, (tenant.id, idea_id)).board_id


def signing_key(tenant: TenantWorld, account_id: UUID, stage: str = "current") -> UUID:
    """A key row whose private half is no key, but a secret all the same."""
    row = SigningKey(
        id=uuid4(),
        tenant_id=tenant.id,
        account_id=account_id,
        stage=stage,
        consumer_key="almoner",
        public_pem="",
        fingerprint=token_hex(16),
        bits=2048,
        origin="made",
        made_by=tenant.admin.user_id,
        made_at=clock.now(),
    )
    return _sealed(tenant, row, "private_key")


def credential(tenant: TenantWorld, account_id: UUID, user_id: UUID | None = None) -> UUID:
    """A connected credential of a person, or the account's own."""
    row = Credential(
        id=uuid4(),
        tenant_id=tenant.id,
        account_id=account_id,
        user_id=user_id,
        method=OAUTH1,
        state="active",
        consumer_key="almoner",
        jira_key="JIRAUSER1",
        jira_name="ada",
        jira_display_name="Ada",
        jira_email="ada@example.com",
        connected_by=user_id or tenant.admin.user_id,
        connected_at=clock.now(),
    )
    return _sealed(tenant, row, "access_token", "token_secret")


def flow(tenant: TenantWorld) -> UUID:
    """A member's way to a consent page that is not over."""
    row = Flow(
        id=uuid4(),
        account_id=account(tenant),
        account_version=1,
        client_ref=uuid4(),
        user_id=tenant.member.user_id,
        sign_in_id=uuid4(),
        purpose="person",
        path="/",
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(minutes=10),
    )
    return _added(tenant, row)


def invitation(tenant: TenantWorld) -> UUID:
    """An open invitation."""
    row = Invitation(
        id=uuid4(),
        email="new@example.org",
        email_key="new@example.org",
        role="member",
        token_hash=sha256(token_hex(8).encode()).digest(),
        made_by=tenant.admin.user_id,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(days=7),
    )
    return _added(tenant, row)


def sign_in(tenant: TenantWorld) -> UUID:
    """Another browser of the tenant's member."""
    row = SignIn(
        id=uuid4(),
        user_id=tenant.member.user_id,
        token_hash=sha256(token_hex(8).encode()).digest(),
        created_at=clock.now(),
        last_seen_at=clock.now(),
        proved_at=clock.now(),
        user_agent="A browser",
        address="127.0.0.1",
    )
    return _added(tenant, row)


def guide_link(tenant: TenantWorld) -> UUID:
    """A link to the guide of an account."""
    row = GuideLink(
        id=uuid4(),
        account_id=account(tenant),
        token_hash=sha256(token_hex(8).encode()).digest(),
        made_by=tenant.admin.user_id,
        made_at=clock.now(),
        expires_at=clock.now() + timedelta(days=7),
    )
    return _added(tenant, row)


def support_request(tenant: TenantWorld) -> UUID:
    """That one of the staff asks to look into the tenant."""
    user_id = World(tenant.store).support().user_id
    asked = {"tenant_id": tenant.id, "reason": "A ticket", "asked_at": clock.now()}
    return _added(tenant, SupportRequest(id=uuid4(), user_id=user_id, **asked))


def line(tenant: TenantWorld) -> int:
    """The number of a line of the audit, the only one of a new tenant."""
    work = Work(tenant.store, tenant.id, tenant.admin.actor)
    with work.write() as session:
        record(session, work, "account.saved", account_id=uuid4())
    return 1


# An account to which one connects by what one pastes.
TOKEN_ACCOUNT = partial(account, kind="server_token")
SAMPLES: dict[str, Callable[[TenantWorld], object]] = {
    "slug": lambda tenant: tenant.slug,
    "tenant_id": lambda tenant: tenant.id,
    "user_id": lambda tenant: tenant.second.user_id,
    "account_id": account,
    "board_id": board,
    "idea_id": idea,
    "flow_id": flow,
    "invitation_id": invitation,
    "sign_in_id": sign_in,
    "credential_id": lambda tenant: credential(tenant, account(tenant)),
    "jira_path": lambda tenant: "rest/api/2/issue/ALPHA-1",
    "jira_board_id": lambda tenant: 987654321,
    "issue_key": lambda tenant: "SHOP-5",
    "sprint_id": lambda tenant: 12,
    "reason": lambda tenant: "state",
    "token": lambda tenant: f"{tenant.id.hex}.{token_hex(16)}",
    "filename": lambda tenant: "no-such-file.css",
    "link_id": guide_link,
    "row": lambda tenant: "jira",
    "delivery_id": delivery,
    "data": lambda tenant: "builds",
    "seq": line,
    "request_id": support_request,
    "key_id": lambda tenant: program_key(tenant, [delivering_account(tenant)]).id,
}


def _added(tenant: TenantWorld, row: Base) -> UUID:
    row_id: UUID = row.id  # type: ignore[attr-defined]
    with Work(tenant.store, tenant.id, OPERATOR).write() as session:
        session.add(row)
    return row_id


def _sealed(tenant: TenantWorld, row: Base, *columns: str) -> UUID:
    row_id: UUID = row.id  # type: ignore[attr-defined]
    with Work(tenant.store, tenant.id, OPERATOR).write() as session:
        session.add(row)
        for column in columns:
            put_secret(session, row, column, Secret(canaries.new(column.replace("_", "-"))))
    return row_id
