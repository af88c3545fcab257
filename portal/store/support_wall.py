"""What support may write, held in every session of one of the staff; on PostgreSQL by a role as well.

Support looks, and changes nothing of a tenant's. What looking leaves behind, a search, a question, a visit,
goes into a closed list of tables. A session's ``is_support`` says that it is one.
"""

from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import ClauseElement, Connection, Table, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.sql.visitors import iterate

from portal.errors import StartRefused
from portal.store.base import Base

CHAINS = frozenset({"audit_events", "portal_audit_events", "audit_index"})
MAY_ADD = CHAINS | {"support_visits", "support_requests", "due_work"}
# To end a visit.
MAY_CHANGE = frozenset({"support_visits"})
# Of these tables, these columns only: nobody of the staff answers their own question, and a visit is ended.
ADDED = {"support_requests": frozenset({"id", "user_id", "tenant_id", "reason", "asked_at"})}
CHANGED = {"support_visits": frozenset({"ends_at"})}
# Without the data keys nothing opens that a tenant has sealed; the others are nobody's to look at.
UNSEEN = frozenset({"tenant_keys", "root_canaries", "recovery_codes", "token_drafts", "tries"})
# By these somebody signs in, or takes over an account.
SECRET = {
    "users": frozenset(
        {
            "password_hash",
            "reset_hash",
            "reset_expires_at",
            "new_email",
            "email_hash",
            "email_expires_at",
            "totp_secret",
            "totp_step",
        }
    )
}

ROLE_QUERY = text(
    "SELECT oid, rolsuper OR rolbypassrls OR rolcanlogin AS is_strong,"
    " pg_has_role(:app, oid, 'MEMBER') AS is_ours FROM pg_roles WHERE rolname = :role"
)
# Of each table: all its columns, and those that the role may read, add and change.
RIGHTS_QUERY = text(
    "SELECT c.relname, array_agg(a.attname::text),"
    " array_agg(a.attname::text) FILTER (WHERE has_column_privilege(:role, c.oid, a.attnum, 'SELECT')),"
    " array_agg(a.attname::text) FILTER (WHERE has_column_privilege(:role, c.oid, a.attnum, 'INSERT')),"
    " array_agg(a.attname::text) FILTER (WHERE has_column_privilege(:role, c.oid, a.attnum, 'UPDATE')),"
    " has_table_privilege(:role, c.oid, 'DELETE, TRUNCATE')"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " WHERE n.nspname = current_schema() AND c.relkind = 'r' GROUP BY c.oid, c.relname"
)
RIGHTS = ("SELECT", "INSERT", "UPDATE")
# A visit is an hour by the clock of whoever opens it, which may not be the database's: twice that is no slip.
HOLD_VISITS = (
    "CREATE OR REPLACE FUNCTION refuse_longer_visit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF NEW.ends_at > clock_timestamp() + interval '2 hours'"
    " OR TG_OP = 'UPDATE' AND NEW.ends_at > OLD.ends_at"
    " THEN RAISE insufficient_privilege USING MESSAGE = 'a visit of support is never lengthened';"
    " END IF; RETURN NEW; END $$",
    "CREATE OR REPLACE TRIGGER support_visits_not_longer BEFORE INSERT OR UPDATE OF ends_at ON support_visits"
    " FOR EACH ROW EXECUTE FUNCTION refuse_longer_visit()",
)
VISITS_HELD = text(
    "SELECT count(*) FROM pg_trigger WHERE tgname = 'support_visits_not_longer' AND tgenabled IN ('O', 'A')"
    " AND tgrelid = to_regclass('support_visits')"
)


class SupportWrites(RuntimeError):
    """Support was about to write, or to read, what it may not. Always a bug."""


def role_of(app_role: str) -> str:
    """The role as which a portal that works as ``app_role`` serves support."""
    return f"{app_role}_support"


def enter_role(connection: Connection, app_role: str) -> None:
    """Have the rest of the transaction done by the role for support; it ends with the transaction."""
    connection.execute(text(f"SET LOCAL ROLE {_quoted(connection, role_of(app_role))}"))


def refuse(session: Session, table: str, allowed: frozenset[str] = MAY_ADD) -> None:
    """Raise :class:`SupportWrites` where the session is support's and the table is not among ``allowed``."""
    if session.info.get("is_support") and table not in allowed:
        raise SupportWrites(f"support does not write {table}")


@event.listens_for(Session, "before_flush")
def _write_listed_only(session: Session, context: Any, instances: Any) -> None:
    for rows, allowed in (
        (session.new, MAY_ADD),
        (session.dirty, MAY_CHANGE),
        (session.deleted, frozenset[str]()),
    ):
        for row in rows:
            refuse(session, cast(type[Base], type(row)).__tablename__, allowed)


@event.listens_for(Session, "do_orm_execute")
def _execute_listed_only(state: ORMExecuteState) -> None:
    session, statement = state.session, cast(ClauseElement, state.statement)
    if not session.info.get("is_support"):
        return
    if state.is_insert:
        refuse(session, statement.table.name)  # type: ignore[attr-defined]
    elif state.is_update or state.is_delete:
        allowed = MAY_CHANGE if state.is_update else frozenset[str]()
        refuse(session, statement.table.name, allowed)  # type: ignore[attr-defined]
    tables = {getattr(one, "table", one) for one in iterate(statement)}
    if hidden := UNSEEN & {one.name for one in tables if isinstance(one, Table)}:
        raise SupportWrites(f"support does not read {', '.join(sorted(hidden))}")


def grant(connection: Connection, app_role: str) -> None:
    """Make the role where there is none, and give it its rights in this database and no others; hold visits
    to their hour, whoever writes them.

    Run as the owner of the tables. Databases may share a role. Raises :class:`StartRefused` with the
    statements to run where the owner may make no roles.
    """
    role = role_of(app_role)
    _make(connection, app_role)
    quoted = _quoted(connection, role)
    for table, there, *_ in connection.execute(RIGHTS_QUERY, {"role": role}).all():
        name = _quoted(connection, table)
        connection.execute(text(f"REVOKE ALL ON {name} FROM {quoted}"))
        for right, columns in zip(RIGHTS, _rights(table, there), strict=True):
            if columns:
                listed = ", ".join(_quoted(connection, one) for one in sorted(columns))
                connection.execute(text(f"GRANT {right} ({listed}) ON {name} TO {quoted}"))
    for statement in HOLD_VISITS:  # who may end a visit has the right to its end, and could put it off
        connection.execute(text(statement))


def _rights(table: str, there: Collection[str]) -> list[frozenset[str]]:
    """The columns, of those that are there, which the role reads, adds and changes."""
    every, none = frozenset(there), frozenset[str]()
    if table in UNSEEN or table not in Base.metadata.tables:
        return [none] * len(RIGHTS)
    adds = every & ADDED.get(table, every) if table in MAY_ADD else none
    changes = every & CHANGED.get(table, every) if table in MAY_CHANGE else none
    return [every - SECRET.get(table, none), adds, changes]


def _make(connection: Connection, app_role: str) -> None:
    found = connection.execute(ROLE_QUERY, {"role": role_of(app_role), "app": app_role}).first()
    if found is not None and found.is_ours:
        return
    making = _statements(connection, app_role)
    try:
        with connection.begin_nested():
            for statement in making[1:] if found else making:
                connection.execute(text(statement))
    except DBAPIError:
        raise StartRefused(_by_hand(making)) from None


def _statements(connection: Connection, app_role: str) -> list[str]:
    role, app = _quoted(connection, role_of(app_role)), _quoted(connection, app_role)
    return [f"CREATE ROLE {role} NOLOGIN", f"GRANT {role} TO {app}"]


def _by_hand(making: list[str]) -> str:
    return (
        "PostgreSQL needs a role as which the portal serves support, which reads and writes next to nothing. "
        f"The owner of the tables may not make it. As a superuser run: {'; '.join(making)}; "
        "then run: almoner migrate"
    )


def check(connection: Connection, app_role: str) -> None:
    """Raise :class:`StartRefused` unless the role is there and may do what is listed here, no more."""
    found = connection.execute(ROLE_QUERY, {"role": role_of(app_role), "app": app_role}).first()
    if found is None or not found.is_ours:
        raise StartRefused(_by_hand(_statements(connection, app_role)))
    if found.is_strong:
        raise StartRefused(
            f"The role {role_of(app_role)}, as which support is served, may sign in or bypass row level "
            "security. Give it NOLOGIN, NOSUPERUSER and NOBYPASSRLS."
        )
    for table, there, *held, removes in connection.execute(RIGHTS_QUERY, {"role": role_of(app_role)}):
        if removes or [frozenset(one or ()) for one in held] != _rights(table, there):
            raise StartRefused(
                f"The role {role_of(app_role)}, as which support is served, has other rights on the table "
                f"{table} than it should. Run: almoner migrate"
            )
    if not connection.scalar(VISITS_HELD):
        raise StartRefused("Nothing keeps visits of support from being lengthened. Run: almoner migrate")


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
