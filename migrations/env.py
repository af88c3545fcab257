"""Alembic's environment: the connection and the metadata come from ``portal.store.schema``."""

from alembic import context


def render_plainly(kind, item, autogen_context):
    """Write our column types as plain SQLAlchemy ones: a migration must not change when the portal does."""
    if kind == "type" and type(item).__name__ == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    if kind == "type" and type(item).__name__ == "Sealed":
        return "sa.LargeBinary()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    render_as_batch=True,
    compare_type=True,
    compare_server_default=True,
    render_item=render_plainly,
)
with context.begin_transaction():
    context.run_migrations()
