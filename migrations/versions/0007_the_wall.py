"""Second factors, e-mail changes, support on request, the audit's index and closed parts, and the use ledger."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op


revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NEVER_CHANGED = "refuse_use_change"


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _word(name: str, length: int, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _id(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _hash(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.LargeBinary(length=32), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=nullable)


def _flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def _of(table: str, column: str, there: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{there}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
    )


def _make(table: str, keys: tuple[str, ...], *columns: sa.schema.SchemaItem) -> None:
    op.create_table(table, *columns, sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")))


def _is_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def upgrade() -> None:
    _people()
    _support()
    _audit()
    _uses()
    _fill_index()
    _walls()
    _grants()


def _people() -> None:
    """Column by column: SQLite would make a changed table anew, and with the old one go the rows that name it."""
    op.add_column("tenants", _moment("deleted_at", nullable=True))
    always = sa.Column("support_access", sa.String(length=10), server_default="always", nullable=False)
    op.add_column("tenants", always)
    op.add_column("tenants", _flag("second_factor_required"))
    op.add_column("users", _word("new_email", 254, nullable=True))
    op.add_column("users", _hash("email_hash", nullable=True))
    op.add_column("users", _moment("email_expires_at", nullable=True))
    op.add_column("users", sa.Column("totp_secret", sa.LargeBinary(), nullable=True))
    op.add_column("users", _moment("totp_since", nullable=True))
    op.add_column("users", _number("totp_step", nullable=True))
    op.create_index(op.f("ix_users_email_hash"), "users", ["email_hash"], unique=True)
    op.add_column("sign_ins", _moment("proved_at", nullable=True))
    op.add_column("sign_ins", _flag("awaits_second"))
    op.execute("UPDATE sign_ins SET proved_at = created_at")
    with op.batch_alter_table("sign_ins") as table:  # no row names a sign-in
        table.alter_column("proved_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    _make(
        "recovery_codes",
        ("user_id", "code_hash"),
        _id("user_id"),
        _hash("code_hash"),
        _moment("made_at"),
        _moment("used_at", nullable=True),
        _of("recovery_codes", "user_id", "users"),
    )


def _support() -> None:
    _make(
        "support_requests",
        ("id",),
        _id("id"),
        _id("user_id"),
        _id("tenant_id"),
        _word("reason", 255),
        _moment("asked_at"),
        sa.Column("granted", sa.Boolean(), nullable=True),
        _moment("answered_at", nullable=True),
        _id("answered_by", nullable=True),
        _moment("holds_until", nullable=True),
        _of("support_requests", "user_id", "users"),
        _of("support_requests", "tenant_id", "tenants"),
    )
    op.create_index(op.f("ix_support_requests_user_id"), "support_requests", ["user_id"])
    op.create_index(op.f("ix_support_requests_tenant_id"), "support_requests", ["tenant_id"])


def _segment(table: str, *of_tenant: sa.schema.SchemaItem) -> None:
    _make(
        table,
        ("tenant_id", "last_seq") if of_tenant else ("last_seq",),
        *of_tenant,
        _number("last_seq"),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        _moment("last_at"),
        _hash("last_hash"),
        _word("file", 255),
        _hash("digest"),
        _moment("closed_at"),
    )


def _audit() -> None:
    _make(
        "audit_index",
        ("tenant_id", "seq"),
        _id("tenant_id"),
        _number("seq"),
        _moment("at"),
        _word("event", 60),
        _word("outcome", 10),
        _id("account_id", nullable=True),
        _word("request_id", 40, nullable=True),
        _of("audit_index", "tenant_id", "tenants"),
    )
    op.create_index("ix_audit_index_request_id", "audit_index", ["request_id"])
    op.create_index("ix_audit_index_account_id", "audit_index", ["account_id", "at"])
    op.create_index("ix_audit_index_at", "audit_index", ["at"])
    _segment("audit_segments", _id("tenant_id"), _of("audit_segments", "tenant_id", "tenants"))
    _segment("portal_audit_segments")


def _uses() -> None:
    _make(
        "uses",
        ("tenant_id", "batch_id", "position"),
        _id("tenant_id"),
        _id("batch_id"),
        _number("position"),
        _moment("at"),
        _word("actor_kind", 10),
        _id("actor_id", nullable=True),
        _id("account_id"),
        _id("credential_id"),
        _id("holder_id", nullable=True),
        sa.Column("calls", sa.Integer(), nullable=False),
        _word("code", 60, nullable=True),
        _word("request_id", 40, nullable=True),
        _of("uses", "tenant_id", "tenants"),
    )
    op.create_index("ix_uses_account", "uses", ["tenant_id", "account_id", "at"])
    op.create_index("ix_uses_credential", "uses", ["tenant_id", "credential_id", "at"])
    op.create_index("ix_uses_at", "uses", ["tenant_id", "at"])
    if _is_postgres():
        op.execute(
            f"CREATE FUNCTION {NEVER_CHANGED}() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'a use is never changed'; END $$"
        )
        op.execute(
            "CREATE TRIGGER uses_no_update BEFORE UPDATE ON uses "
            f"FOR EACH ROW EXECUTE FUNCTION {NEVER_CHANGED}()"
        )
    else:
        op.execute(
            "CREATE TRIGGER uses_no_update BEFORE UPDATE ON uses "
            "BEGIN SELECT RAISE(ABORT, 'a use is never changed'); END"
        )


def _within_each_tenant() -> Iterator[object]:
    """Tenants' ids; row level security shows the owner the rows of the one that was told last."""
    connection = op.get_bind()
    for tenant_id in connection.execute(sa.text("SELECT id FROM tenants")).scalars().all():
        if _is_postgres():
            within = sa.text("SELECT set_config('app.tenant_id', :tenant, true)")
            connection.execute(within, {"tenant": str(tenant_id)})
        yield tenant_id


def _fill_index() -> None:
    """The lines that are there already."""
    connection = op.get_bind()
    for tenant_id in _within_each_tenant():
        connection.execute(
            sa.text(
                "INSERT INTO audit_index (tenant_id, seq, at, event, outcome, account_id, request_id) SELECT "
                "tenant_id, seq, at, event, outcome, account_id, request_id FROM audit_events "
                "WHERE tenant_id = :tenant"
            ),
            {"tenant": tenant_id},
        )


def _walls() -> None:
    """Row level security, as in 0001."""
    if not _is_postgres():
        return
    own = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"
    for table in ("audit_segments", "uses"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant_only ON {table} USING ({own}) WITH CHECK ({own})")


def _grants() -> None:
    """What the portal's own role may do: it appends to index and ledger, and only reads what was closed."""
    role = op.get_context().config.attributes.get("app_role")
    if not role or not _is_postgres():
        return
    quoted = op.get_bind().dialect.identifier_preparer.quote(role)
    rights = {
        "recovery_codes": "SELECT, INSERT, UPDATE, DELETE",
        "support_requests": "SELECT, INSERT, UPDATE, DELETE",
        "audit_index": "SELECT, INSERT",
        "audit_segments": "SELECT",
        "portal_audit_segments": "SELECT",
        "uses": "SELECT, INSERT, DELETE",
    }
    for table, granted in rights.items():
        op.execute(f"GRANT {granted} ON {table} TO {quoted}")


def _refuse_closed_parts() -> None:
    """The version before knows no closed part: to it a chain that does not begin at 1 was tampered with."""
    counted = op.get_bind().execute
    closed = counted(sa.text("SELECT count(*) FROM portal_audit_segments")).scalar_one()
    for _ in _within_each_tenant():
        closed += counted(sa.text("SELECT count(*) FROM audit_segments")).scalar_one()
    if closed:
        raise RuntimeError(
            "Parts of the audit were closed into files, which the version before cannot tell from lines that "
            "were removed. To go back, restore the backup from before the upgrade, with that version."
        )


def _drop_what_came_beside() -> None:
    """Policies and rights that `almoner migrate` gives after the steps, and the version before knows not."""
    if not _is_postgres():
        return
    connection, role = op.get_bind(), op.get_context().config.attributes.get("app_role")
    quote = connection.dialect.identifier_preparer.quote
    policies = sa.text(
        "SELECT tablename FROM pg_policies WHERE policyname = 'owner_reads' AND schemaname = current_schema()"
    )
    for table in connection.execute(policies).scalars().all():
        op.execute(f"DROP POLICY owner_reads ON {quote(table)}")
    there = sa.text("SELECT count(*) FROM pg_roles WHERE rolname = :role")
    if role and connection.execute(there, {"role": f"{role}_support"}).scalar_one():
        support = connection.dialect.identifier_preparer.quote_identifier(f"{role}_support")
        schema = quote(connection.execute(sa.text("SELECT current_schema()")).scalar_one())
        op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {support}")


def downgrade() -> None:
    _refuse_closed_parts()
    _drop_what_came_beside()
    for table in ("uses", "portal_audit_segments", "audit_segments", "audit_index"):
        op.drop_table(table)
    if _is_postgres():
        op.execute(f"DROP FUNCTION {NEVER_CHANGED}()")
    op.drop_table("support_requests")
    op.drop_table("recovery_codes")
    # Whoever waited for the second factor was not signed in.
    op.execute("DELETE FROM sign_ins WHERE awaits_second")
    op.drop_column("sign_ins", "awaits_second")
    op.drop_column("sign_ins", "proved_at")
    op.drop_index(op.f("ix_users_email_hash"), "users")
    for column in (
        "totp_step",
        "totp_since",
        "totp_secret",
        "email_expires_at",
        "email_hash",
        "new_email",
    ):
        op.drop_column("users", column)
    for column in ("second_factor_required", "support_access", "deleted_at"):
        op.drop_column("tenants", column)
