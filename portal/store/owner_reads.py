"""What the owner of the tables may see of tenants' rows on PostgreSQL: everything, to read it only.

A dump is made by the owner, and row level security is forced on the owner too. A policy of its own lets the
owner read what it could read anyway by lifting the wall; for the portal's role the wall is as before.
"""

from sqlalchemy import Connection, text

POLICY = "owner_reads"
WITHOUT_QUERY = text(
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND c.relkind = 'r' AND c.relrowsecurity"
    " AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = :policy"
    " AND current_user::regrole::oid = ANY (p.polroles)) ORDER BY 1"
)


def without(connection: Connection) -> list[str]:
    """The walled tables whose rows the owner, who is connected, cannot read."""
    return list(connection.scalars(WITHOUT_QUERY, {"policy": POLICY}))


def grant(connection: Connection) -> None:
    """Let the owner, who is connected, read every walled table. Doing it again changes nothing."""
    quote = connection.dialect.identifier_preparer.quote
    for table in without(connection):
        connection.execute(text(f"DROP POLICY IF EXISTS {POLICY} ON {quote(table)}"))
        connection.execute(
            text(f"CREATE POLICY {POLICY} ON {quote(table)} FOR SELECT TO current_user USING (true)")
        )
