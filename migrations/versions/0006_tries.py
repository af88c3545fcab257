"""How much of what can be guessed was tried of late."""

import sqlalchemy as sa
from alembic import op


revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tries",
        sa.Column("about_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("empty_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slowed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("about_hash", name=op.f("pk_tries")),
    )
    op.create_index(op.f("ix_tries_empty_at"), "tries", ["empty_at"])
    role = op.get_context().config.attributes.get("app_role")
    if role and op.get_bind().dialect.name == "postgresql":
        quote = op.get_bind().dialect.identifier_preparer.quote
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON tries TO {quote(role)}")


def downgrade() -> None:
    op.drop_index(op.f("ix_tries_empty_at"), "tries")
    op.drop_table("tries")
