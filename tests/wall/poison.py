"""Scripts in every text that a person, a program or a Jira can have stored, past every rule about it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import JSON, String, create_engine, select, update

from portal.audit.log import record
from portal.store.base import Base
from portal.store.work import Work
from tests.support.databases import Database
from tests.support.world import TenantWorld
from tests.wall.hostile import SCRIPTS

ALL = " ".join(SCRIPTS)
# Columns somebody else decides the text of, by table.
WRITTEN = {
    "alm_accounts": {"name", "server_info"},
    "boards": {"name", "jira_board_name"},
    "certificates": {"subject", "issuer"},
    "checks": {"said", "tried", "evidence"},
    "cloud_sites": {"site_name"},
    "credentials": {"login", "jira_name", "jira_display_name", "jira_email"},
    "deliveries": {"label", "issue_keys", "body", "reasons", "unknown_keys"},
    "delivery_ways": {"app_name", "evidence"},
    "field_mappings": {"field_name"},
    "flows": {"evidence"},
    "ideas": {"title", "description", "issue_key"},
    "invitations": {"email"},
    "kept_forms": {"fields"},
    "program_keys": {"name"},
    "sign_ins": {"user_agent"},
    "support_requests": {"reason"},
    "support_visits": {"reason"},
    "tenants": {"name"},
    "token_drafts": {"login"},
    "users": {"name", "new_email"},
}
# Names of columns with codes, ids, addresses that are checked letter by letter, or what nobody is shown.
CODES = frozenset(
    [
        "actor_kind",
        "address",
        "base_url",
        "ca_pem",
        "chosen",
        "client_id",
        "cloud_id",
        "code",
        "consumer_key",
        "counts",
        "deliveries",
        "details",
        "email",
        "email_key",
        "ended_why",
        "event",
        "field_id",
        "file",
        "fingerprint",
        "from_kind",
        "granted",
        "idempotency_key",
        "jira_key",
        "key_id",
        "kind",
        "lane",
        "marker",
        "marker_in",
        "left_out",
        "logo_url",
        "message_id",
        "method",
        "now",
        "now_code",
        "once",
        "operations",
        "origin",
        "outcome",
        "password_hash",
        "path",
        "place",
        "portal_url",
        "provider_account",
        "public_pem",
        "purpose",
        "recipient",
        "reported",
        "request_id",
        "role",
        "root_key_id",
        "row",
        "rows",
        "scopes",
        "server_url",
        "sites",
        "slug",
        "stage",
        "state",
        "steps",
        "subject",
        "support_access",
        "suspect",
        "template",
        "time_zone",
        "to_kind",
        "trouble",
        "waits_for",
        "was",
        "was_code",
        "why",
    ]
)


def undecided() -> list[str]:
    """Columns with text that are in neither list."""
    return [
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.c
        if isinstance(column.type, (String, JSON))
        and column.name not in WRITTEN.get(table.name, set())
        and column.name not in CODES
    ]


def poison(database: Database, tenant: TenantWorld) -> None:
    """Put all scripts behind what stands in the tenant's rows, and in a line of its record."""
    engine = create_engine(database.all_rows)
    with engine.begin() as connection:
        for name, columns in WRITTEN.items():
            table = Base.metadata.tables[name]
            wanted = select(table)
            if "tenant_id" in table.c:
                wanted = wanted.where(table.c.tenant_id == tenant.id)
            for row in connection.execute(wanted).mappings():
                changed = {column: _poisoned(row[column]) for column in columns if row[column]}
                mine = [table.c[key.name] == row[key.name] for key in table.primary_key]
                if changed:
                    connection.execute(update(table).where(*mine).values(**changed))
    engine.dispose()
    work = Work(tenant.store, tenant.id, tenant.admin.actor)
    with work.write() as session:
        record(session, work, "support.visit_opened", reason=ALL, until="2026-11-22T12:00+00:00")


def _poisoned(value: Any) -> Any:
    return walked(value, lambda name, text: f"{text} {ALL}")


def walked(value: Any, change: Callable[[str, str], str], name: str = "") -> Any:
    """The same with each text changed; ``name`` is that of the member it stands in."""
    if isinstance(value, dict):
        return {key: walked(one, change, key) for key, one in value.items()}
    if isinstance(value, list):
        return [walked(one, change, name) for one in value]
    return change(name, value) if isinstance(value, str) else value
