"""Grants of Jira Cloud, the apps and sites they belong to, work that is due later, and mail."""

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


TENANT_TABLES = ("cloud_sites", "grants", "oauth_apps")
PORTAL_TABLES = ("due_work", "mails", "shared_grants", "shared_points")
SETTLED = "state <> 'pending'"
ONE_EACH = {
    "uq_credentials_person": (["tenant_id", "account_id", "user_id"], f"user_id IS NOT NULL AND {SETTLED}"),
    "uq_credentials_own": (["tenant_id", "account_id"], f"user_id IS NULL AND {SETTLED}"),
}


def _walls() -> None:
    """Row level security and the portal's own role, as in 0001, for the new tables."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TENANT_TABLES:
        own = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant_only ON {table} USING ({own}) WITH CHECK ({own})")
    if role := op.get_context().config.attributes.get("app_role"):
        quoted = op.get_bind().dialect.identifier_preparer.quote(role)
        for table in (*TENANT_TABLES, *PORTAL_TABLES):
            op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {quoted}")


def _drop_one_each() -> None:
    """SQLite writes the table anew, and would forget the condition of a partial index."""
    for name in ONE_EACH:
        op.drop_index(name, table_name="credentials")


def _make_one_each() -> None:
    for name, (columns, condition) in ONE_EACH.items():
        where = sa.text(condition)
        op.create_index(name, "credentials", columns, unique=True, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("once", sa.String(length=120), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("once", name=op.f("uq_mails_once")),
    )
    op.create_table(
        "due_work",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_due_work_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_work")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_due_work_kind_subject_id")),
    )
    with op.batch_alter_table("due_work", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_due_work_due_at"), ["due_at"], unique=False)

    op.create_table(
        "oauth_apps",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("client_id", sa.String(length=120), nullable=True),
        sa.Column("client_secret", sa.LargeBinary(), nullable=True),
        sa.Column("secret_set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_oauth_apps_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_oauth_apps")),
        sa.UniqueConstraint("tenant_id", "client_id", name=op.f("uq_oauth_apps_tenant_id_client_id")),
    )
    op.create_table(
        "shared_grants",
        sa.Column("client_id", sa.String(length=120), nullable=False),
        sa.Column("account_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_shared_grants_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", "account_hash", name=op.f("pk_shared_grants")),
    )
    with op.batch_alter_table("shared_grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shared_grants_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "shared_points",
        sa.Column("client_id", sa.String(length=120), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_shared_points_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", "tenant_id", "hour", name=op.f("pk_shared_points")),
    )
    op.create_table(
        "cloud_sites",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("cloud_id", sa.String(length=64), nullable=True),
        sa.Column("site_name", sa.String(length=255), nullable=True),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["alm_accounts.tenant_id", "alm_accounts.id"],
            name=op.f("fk_cloud_sites_tenant_id_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "app_id"],
            ["oauth_apps.tenant_id", "oauth_apps.id"],
            name=op.f("fk_cloud_sites_tenant_id_app_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_cloud_sites_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", name=op.f("pk_cloud_sites")),
    )
    op.create_table(
        "grants",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("provider_account", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("ended_why", sa.String(length=40), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("sites", sa.JSON(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("access_token", sa.LargeBinary(), nullable=True),
        sa.Column("refresh_token", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pending_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(length=40), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspect", sa.String(length=40), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "app_id"],
            ["oauth_apps.tenant_id", "oauth_apps.id"],
            name=op.f("fk_grants_tenant_id_app_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_grants_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_grants")),
        sa.UniqueConstraint(
            "tenant_id",
            "app_id",
            "provider_account",
            name=op.f("uq_grants_tenant_id_app_id_provider_account"),
        ),
    )
    _drop_one_each()
    with op.batch_alter_table("credentials") as batch_op:
        batch_op.add_column(sa.Column("grant_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_credentials_tenant_id_grant_id"),
            "grants",
            ["tenant_id", "grant_id"],
            ["tenant_id", "id"],
        )
    _make_one_each()
    op.execute("ALTER TABLE flows RENAME COLUMN signing_key_id TO client_ref")
    _walls()


def _forget_cloud() -> None:
    """The version before knows no Jira Cloud: its accounts go, with what hangs on them."""
    postgres = op.get_bind().dialect.name == "postgresql"
    tables = ("alm_accounts", "credentials", "boards", "field_mappings")
    for table in tables if postgres else ():
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM credentials WHERE grant_id IS NOT NULL")
    op.execute("DELETE FROM alm_accounts WHERE kind = 'cloud_oauth'")
    for table in tables if postgres else ():
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    _forget_cloud()
    op.execute("ALTER TABLE flows RENAME COLUMN client_ref TO signing_key_id")
    _drop_one_each()
    with op.batch_alter_table("credentials") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_credentials_tenant_id_grant_id"), type_="foreignkey")
        batch_op.drop_column("grant_id")
    _make_one_each()
    for table in ("grants", "cloud_sites", "oauth_apps", *PORTAL_TABLES):
        op.drop_table(table)
