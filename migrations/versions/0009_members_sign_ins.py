"""The portal's chain is read by who a line is about: the sign-ins of a tenant's members."""

from alembic import op


revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INDEX = "ix_portal_audit_events_subject"


def upgrade() -> None:
    op.create_index(INDEX, "portal_audit_events", ["subject_id", "seq"])


def downgrade() -> None:
    op.drop_index(INDEX, "portal_audit_events")
