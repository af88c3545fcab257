"""The checklist: what its rows said, runs, changes, links to the guide, and where callbacks came back to."""

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


TABLES = ("checks", "check_runs", "check_changes", "guide_links")


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _word(name: str, length: int, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _make(table: str, *columns: sa.Column, key: str) -> None:
    """A table of a tenant's, whose rows go with their ALM account."""
    account = sa.Column("account_id", sa.Uuid(), nullable=False)
    first = [account] if key == "row" else [sa.Column("id", sa.Uuid(), nullable=False), account]
    keys = ["tenant_id", "account_id", "row"] if key == "row" else ["tenant_id", "id"]
    op.create_table(
        table,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        *first,
        *columns,
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["alm_accounts.tenant_id", "alm_accounts.id"],
            name=op.f(f"fk_{table}_tenant_id_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
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
        "checks",
        _word("row", 40),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        _word("state", 12),
        _word("code", 60, nullable=True),
        _word("waits_for", 40, nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("tried", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        _moment("looked_at"),
        _moment("since"),
        _moment("proved_at", nullable=True),
        _moment("broken_since", nullable=True),
        _moment("told_at", nullable=True),
        key="row",
    )
    _make(
        "check_runs",
        _word("why", 10),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("rows", sa.JSON(), nullable=True),
        _moment("started_at"),
        _moment("lease_until"),
        _moment("ended_at", nullable=True),
        sa.Column("counts", sa.JSON(), nullable=True),
        key="id",
    )
    op.create_index("ix_check_runs_account", "check_runs", ["tenant_id", "account_id", "started_at"])
    _make(
        "check_changes",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        _word("row", 40),
        _moment("at"),
        _word("was", 12, nullable=True),
        _word("was_code", 60, nullable=True),
        _word("now", 12),
        _word("now_code", 60, nullable=True),
        key="id",
    )
    op.create_index("ix_check_changes_account", "check_changes", ["tenant_id", "account_id", "at"])
    _make(
        "guide_links",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        _moment("made_at"),
        _moment("expires_at"),
        _moment("ended_at", nullable=True),
        _moment("seen_at", nullable=True),
        key="id",
    )
    op.create_index("uq_guide_links_tenant_id_token_hash", "guide_links", ["tenant_id", "token_hash"], unique=True)
    op.add_column("alm_accounts", _word("portal_url", 500, nullable=True))
    op.add_column("grants", _moment("asked_until", nullable=True))
    op.create_index("ix_audit_events_account", "audit_events", ["tenant_id", "account_id", "seq"])
    _walls()


def downgrade() -> None:
    op.drop_index("ix_audit_events_account", "audit_events")
    # Not in batch: SQLite would write the table anew, and what hangs on its rows would go with the old ones.
    op.drop_column("grants", "asked_until")
    op.drop_column("alm_accounts", "portal_url")
    for table in reversed(TABLES):
        op.drop_table(table)
