"""Ideas on boards, and what people typed before they had to connect."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

IDEAS, FORMS = "ideas", "kept_forms"


def upgrade() -> None:
    op.create_table(
        IDEAS,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("board_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issue_key", sa.String(length=255), nullable=True),
        sa.Column("has_remote_link", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("marker", sa.String(length=40), nullable=True),
        sa.Column("marker_in", sa.String(length=20), nullable=True),
        sa.Column("pushed_by", sa.Uuid(), nullable=True),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("doubt_from", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{IDEAS}_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "board_id"],
            ["boards.tenant_id", "boards.id"],
            name=op.f(f"fk_{IDEAS}_tenant_id_board_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{IDEAS}")),
    )
    op.create_index(f"ix_{IDEAS}_tenant_id_board_id", IDEAS, ["tenant_id", "board_id"])
    op.create_table(
        FORMS,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=500), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{FORMS}_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f(f"fk_{FORMS}_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{FORMS}")),
    )
    _rights()


def _rights() -> None:
    """Row level security and rights, as in 0001."""
    if op.get_bind().dialect.name != "postgresql":
        return
    own = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"
    role = op.get_context().config.attributes.get("app_role")
    for table in (IDEAS, FORMS):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant_only ON {table} USING ({own}) WITH CHECK ({own})")
        if role:
            quoted = op.get_bind().dialect.identifier_preparer.quote(role)
            op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {quoted}")


def downgrade() -> None:
    op.drop_table(FORMS)
    op.drop_table(IDEAS)
