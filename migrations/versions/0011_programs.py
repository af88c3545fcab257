"""Keys that may do more, people who let programs act for them, what the ledger knows of a program's calls,
and generations of what processes remember."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

USES = {
    "method": sa.String(length=10),
    "template": sa.String(length=200),
    "status": sa.Integer(),
    "millis": sa.Integer(),
}
CONSENTS = "program_consents"


def upgrade() -> None:
    """Column by column, with a default: row level security hides tenants' rows from an UPDATE of the owner."""
    paths = sa.Column("paths", sa.Text(), server_default="rest/api rest/agile", nullable=False)
    op.add_column("program_keys", paths)
    op.add_column("program_keys", sa.Column("networks", sa.Text(), nullable=True))
    for name, kind in USES.items():
        op.add_column("uses", sa.Column(name, kind, nullable=True))
    op.create_index("ix_uses_actor", "uses", ["tenant_id", "actor_id", "at"])
    _consents()
    _generations()
    _rights()


def _consents() -> None:
    op.create_table(
        CONSENTS,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("allowed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{CONSENTS}_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["alm_accounts.tenant_id", "alm_accounts.id"],
            name=op.f(f"fk_{CONSENTS}_tenant_id_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f(f"fk_{CONSENTS}_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", "user_id", name=op.f(f"pk_{CONSENTS}")),
    )


def _generations() -> None:
    op.create_table(
        "generations",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_generations")),
    )
    op.execute("INSERT INTO generations (tenant_id, generation) SELECT id, 1 FROM tenants")


def _rights() -> None:
    """Row level security and rights, as in 0001."""
    if op.get_bind().dialect.name != "postgresql":
        return
    own = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"
    op.execute(f"ALTER TABLE {CONSENTS} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {CONSENTS} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant_only ON {CONSENTS} USING ({own}) WITH CHECK ({own})")
    if role := op.get_context().config.attributes.get("app_role"):
        quoted = op.get_bind().dialect.identifier_preparer.quote(role)
        for table in (CONSENTS, "generations"):
            op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {quoted}")


def downgrade() -> None:
    op.drop_table("generations")
    op.drop_table(CONSENTS)
    op.drop_index("ix_uses_actor", "uses")
    for name in USES:
        op.drop_column("uses", name)
    op.drop_column("program_keys", "networks")
    op.drop_column("program_keys", "paths")
