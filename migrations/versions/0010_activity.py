"""Activity leaves out the lines of the use ledger without reading them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEX = "ix_audit_events_activity"
TOLD = sa.text("event <> 'uses.batch'")


def upgrade() -> None:
    op.create_index(INDEX, "audit_events", ["tenant_id", "seq"], sqlite_where=TOLD, postgresql_where=TOLD)


def downgrade() -> None:
    op.drop_index(INDEX, "audit_events")
