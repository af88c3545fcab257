"""Kinds of data that wait while an account sends others; what waits is found by its kind."""

import sqlalchemy as sa
from alembic import op


revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WAITING = "ix_deliveries_waiting"
COLUMNS = ["tenant_id", "account_id", "state", "position"]


def upgrade() -> None:
    op.add_column("delivery_ways", sa.Column("left_out", sa.JSON(), server_default="{}", nullable=False))
    # Row level security hides tenants' rows from an UPDATE of the owner; a default fills them all.
    with op.batch_alter_table("delivery_ways") as table:  # no row names one of these
        table.alter_column("left_out", existing_type=sa.JSON(), existing_nullable=False, server_default=None)
    op.drop_index(WAITING, "deliveries")
    op.create_index(WAITING, "deliveries", [*COLUMNS, "kind"])


def downgrade() -> None:
    op.drop_index(WAITING, "deliveries")
    op.create_index(WAITING, "deliveries", COLUMNS)
    op.drop_column("delivery_ways", "left_out")
