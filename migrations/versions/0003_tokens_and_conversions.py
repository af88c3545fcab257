"""Tokens beside consents, conversions of accounts, what ends when, and personal data to report."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


TENANT_TABLES = ("account_apps", "certificates", "conversions", "reminders", "token_drafts")
PORTAL_TABLES = ("accounts_to_report",)
MOVED = ("account_apps", "alm_accounts", "cloud_sites", "credentials", "flows", "grants", "oauth_apps")
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


@contextmanager
def _over_all_tenants() -> Iterator[None]:
    """On PostgreSQL the owner too sees the rows of one tenant only, but for this while."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in MOVED if postgres else ():
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    for table in MOVED if postgres else ():
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _drop_one_each() -> None:
    """SQLite writes the table anew, and would forget the condition of a partial index."""
    for name in ONE_EACH:
        op.drop_index(name, table_name="credentials")


def _make_one_each() -> None:
    for name, (columns, condition) in ONE_EACH.items():
        where = sa.text(condition)
        op.create_index(name, "credentials", columns, unique=True, sqlite_where=where, postgresql_where=where)


def _make_tables() -> None:
    op.create_table('accounts_to_report',
    sa.Column('client_id', sa.String(length=120), nullable=False),
    sa.Column('provider_account', sa.String(length=128), nullable=False),
    sa.Column('data_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('client_id', 'provider_account', name=op.f('pk_accounts_to_report'))
    )
    op.create_table('account_apps',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('app_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'account_id'], ['alm_accounts.tenant_id', 'alm_accounts.id'], name=op.f('fk_account_apps_tenant_id_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id', 'app_id'], ['oauth_apps.tenant_id', 'oauth_apps.id'], name=op.f('fk_account_apps_tenant_id_app_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_account_apps_tenant_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'account_id', name=op.f('pk_account_apps'))
    )
    op.create_table('certificates',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('issuer', sa.String(length=255), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'account_id'], ['alm_accounts.tenant_id', 'alm_accounts.id'], name=op.f('fk_certificates_tenant_id_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_certificates_tenant_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'account_id', name=op.f('pk_certificates'))
    )
    op.create_table('conversions',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('from_kind', sa.String(length=30), nullable=False),
    sa.Column('to_kind', sa.String(length=30), nullable=False),
    sa.Column('begun_by', sa.Uuid(), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('switched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('old_way_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'account_id'], ['alm_accounts.tenant_id', 'alm_accounts.id'], name=op.f('fk_conversions_tenant_id_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_conversions_tenant_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'account_id', name=op.f('pk_conversions'))
    )
    op.create_table('reminders',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'account_id'], ['alm_accounts.tenant_id', 'alm_accounts.id'], name=op.f('fk_reminders_tenant_id_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_reminders_tenant_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_reminders_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'account_id', 'user_id', name=op.f('pk_reminders'))
    )
    op.create_table('token_drafts',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('holder_id', sa.Uuid(), nullable=False),
    sa.Column('method', sa.String(length=12), nullable=False),
    sa.Column('login', sa.String(length=254), nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=True),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'account_id'], ['alm_accounts.tenant_id', 'alm_accounts.id'], name=op.f('fk_token_drafts_tenant_id_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_token_drafts_tenant_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'account_id', 'holder_id', name=op.f('pk_token_drafts'))
    )

def upgrade() -> None:
    _make_tables()
    _walls()
    with _over_all_tenants():
        op.execute(
            "INSERT INTO account_apps (tenant_id, account_id, app_id) "
            "SELECT tenant_id, account_id, app_id FROM cloud_sites"
        )
    with op.batch_alter_table("cloud_sites") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_cloud_sites_tenant_id_app_id"), type_="foreignkey")
        batch_op.drop_column("app_id")
    _drop_one_each()
    with op.batch_alter_table("credentials") as batch_op:
        batch_op.add_column(sa.Column("method", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("login", sa.String(length=254), nullable=True))
        batch_op.add_column(sa.Column("serves_until", sa.DateTime(timezone=True), nullable=True))
    with _over_all_tenants():
        op.execute("UPDATE credentials SET login = '', method = 'oauth1'")
        op.execute("UPDATE credentials SET method = 'oauth2' WHERE account_id IN "
                   "(SELECT account_id FROM account_apps)")
    with op.batch_alter_table("credentials") as batch_op:
        batch_op.alter_column("method", existing_type=sa.String(length=12), nullable=False)
        batch_op.alter_column("login", existing_type=sa.String(length=254), nullable=False)
    _make_one_each()


# What the version before 0003 may not find: it renews every grant at Atlassian, takes every credential of a
# link for OAuth 1.0a, and knows two kinds of account. An Atlassian account's place with the operator's app is
# kept by a hash that SQL cannot make, so it is given up where the tenant has no grant of that app any more.
FORGOTTEN = (
    "DELETE FROM credentials WHERE NOT EXISTS (SELECT 1 FROM alm_accounts "
    "WHERE alm_accounts.id = credentials.account_id AND alm_accounts.tenant_id = credentials.tenant_id AND "
    "(kind = 'server_oauth1' AND method = 'oauth1' OR kind = 'cloud_oauth' AND method = 'oauth2'))",
    "DELETE FROM alm_accounts WHERE kind NOT IN ('server_oauth1', 'cloud_oauth')",
    "DELETE FROM account_apps WHERE account_id NOT IN "
    "(SELECT id FROM alm_accounts WHERE kind = 'cloud_oauth')",
    "DELETE FROM grants WHERE id NOT IN (SELECT grant_id FROM credentials WHERE grant_id IS NOT NULL)",
    "DELETE FROM due_work WHERE kind = 'refresh' AND subject_id NOT IN (SELECT id FROM grants)",
    "DELETE FROM shared_grants WHERE NOT EXISTS (SELECT 1 FROM grants JOIN oauth_apps "
    "ON oauth_apps.tenant_id = grants.tenant_id AND oauth_apps.id = grants.app_id "
    "WHERE grants.tenant_id = shared_grants.tenant_id AND oauth_apps.is_shared "
    "AND oauth_apps.client_id = shared_grants.client_id)",
    "DELETE FROM flow_lookups WHERE flow_id IN (SELECT flows.id FROM flows JOIN oauth_apps "
    "ON oauth_apps.id = flows.client_ref WHERE oauth_apps.id NOT IN (SELECT app_id FROM account_apps))",
    "DELETE FROM flows WHERE client_ref IN "
    "(SELECT id FROM oauth_apps WHERE id NOT IN (SELECT app_id FROM account_apps))",
    "DELETE FROM oauth_apps WHERE id NOT IN (SELECT app_id FROM account_apps)",
)


def _forget_later_ways() -> None:
    """Delete what only this version knows, then tell each site of Jira Cloud its app again."""
    for statement in FORGOTTEN:
        op.execute(statement)
    op.execute(
        "UPDATE cloud_sites SET app_id = (SELECT app_id FROM account_apps WHERE "
        "account_apps.tenant_id = cloud_sites.tenant_id AND account_apps.account_id = cloud_sites.account_id)"
    )


def downgrade() -> None:
    with op.batch_alter_table("cloud_sites") as batch_op:
        batch_op.add_column(sa.Column("app_id", sa.Uuid(), nullable=True))
    with _over_all_tenants():
        _forget_later_ways()
    with op.batch_alter_table("cloud_sites") as batch_op:
        batch_op.alter_column("app_id", existing_type=sa.Uuid(), nullable=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_cloud_sites_tenant_id_app_id"),
            "oauth_apps",
            ["tenant_id", "app_id"],
            ["tenant_id", "id"],
        )
    _drop_one_each()
    with op.batch_alter_table("credentials") as batch_op:
        for name in ("method", "login", "serves_until"):
            batch_op.drop_column(name)
    _make_one_each()
    for table in (*TENANT_TABLES, *PORTAL_TABLES):
        op.drop_table(table)
