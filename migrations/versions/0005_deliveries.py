"""Deliveries, their ways to Jira, and the keys of programs."""

import sqlalchemy as sa
from alembic import op


revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


TABLES = ("program_keys", "program_key_accounts", "delivery_ways", "deliveries", "delivery_requests")


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _word(name: str, length: int, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _id(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _json(name: str) -> sa.Column:
    return sa.Column(name, sa.JSON(), nullable=False)


def _number(name: str, kind: type[sa.Integer] = sa.Integer) -> sa.Column:
    return sa.Column(name, kind(), nullable=False)


def _foreign(table: str, column: str, there: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_id_{column}")
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{there}.tenant_id", f"{there}.id"], name=name, ondelete="CASCADE"
    )


def _make(table: str, keys: tuple[str, ...], *columns: sa.schema.SchemaItem) -> None:
    """A table of a tenant's; the rows that name an ALM account go with it."""
    of_account = [] if table == "program_keys" else [_foreign(table, "account_id", "alm_accounts")]
    op.create_table(
        table,
        _id("tenant_id"),
        *columns,
        *of_account,
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", *keys, name=op.f(f"pk_{table}")),
    )


def _walls() -> None:
    """Row level security and the portal's own role, as in 0001, for the new tables."""
    if op.get_bind().dialect.name != "postgresql":
        return
    own = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"
    role = op.get_context().config.attributes.get("app_role")
    quote = op.get_bind().dialect.identifier_preparer.quote
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant_only ON {table} USING ({own}) WITH CHECK ({own})")
        if role:
            op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {quote(role)}")


def upgrade() -> None:
    _make(
        "program_keys",
        ("id",),
        _id("id"),
        _word("name", 120),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        _json("operations"),
        _id("made_by"),
        _moment("made_at"),
        _moment("ends_at"),
        _moment("revoked_at", nullable=True),
        _moment("last_used_at", nullable=True),
    )
    _make(
        "program_key_accounts",
        ("key_id", "account_id"),
        _id("key_id"),
        _id("account_id"),
        _foreign("program_key_accounts", "key_id", "program_keys"),
    )
    _ways()
    _deliveries()
    _make(
        "delivery_requests",
        ("id",),
        _id("id"),
        _id("account_id"),
        _id("key_id"),
        _word("idempotency_key", 200),
        sa.Column("body_hash", sa.LargeBinary(length=32), nullable=False),
        _json("deliveries"),
        _moment("received_at"),
        sa.UniqueConstraint(
            "tenant_id",
            "account_id",
            "key_id",
            "idempotency_key",
            name=op.f("uq_delivery_requests_tenant_id_account_id_key_id_idempotency_key"),
        ),
    )
    op.create_index("ix_delivery_requests_received", "delivery_requests", ["tenant_id", "received_at"])
    _walls()


def _ways() -> None:
    _make(
        "delivery_ways",
        ("account_id",),
        _id("account_id"),
        _word("app_name", 120),
        _word("server_url", 500),
        _word("logo_url", 500),
        _json("granted"),
        _number("last_position", sa.BigInteger),
        _id("lease", nullable=True),
        _moment("lease_until", nullable=True),
        _moment("served_at", nullable=True),
        _moment("answered_at", nullable=True),
        _moment("paused_at", nullable=True),
        _id("paused_by", nullable=True),
        _word("trouble", 60, nullable=True),
        _json("evidence"),
        _moment("troubled_since", nullable=True),
        _moment("retry_at", nullable=True),
        _number("attempts"),
        _number("batch_size"),
    )


def _deliveries() -> None:
    _make(
        "deliveries",
        ("id",),
        _id("id"),
        _id("account_id"),
        _word("kind", 20),
        _word("subject", 64),
        _word("lane", 64),
        _number("number", sa.BigInteger),
        _number("position", sa.BigInteger),
        sa.Column("label", sa.Text(), nullable=False),
        _word("reported", 20),
        sa.Column("issue_keys", sa.Text(), nullable=False),
        _json("body"),
        _id("sender", nullable=True),
        _id("again_of", nullable=True),
        _word("state", 12),
        _word("outcome", 12),
        _json("reasons"),
        _json("unknown_keys"),
        _json("steps"),
        _number("attempts"),
        _moment("received_at"),
        _moment("finished_at", nullable=True),
    )
    for name, columns in {
        "ix_deliveries_waiting": ["tenant_id", "account_id", "state", "position"],
        "ix_deliveries_subject": ["tenant_id", "account_id", "subject", "number"],
        "ix_deliveries_received": [
            "tenant_id",
            "received_at",
            "position",
            "account_id",
            "kind",
            "sender",
        ],
        "ix_deliveries_outcome": ["tenant_id", "outcome", "received_at", "position"],
    }.items():
        op.create_index(name, "deliveries", columns)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
