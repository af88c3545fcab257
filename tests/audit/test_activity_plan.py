"""Activity is read past the lines of the use ledger by an index of its own, on both databases."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, event, insert, text

from portal import clock
from portal.audit.filtering import Wanted
from portal.audit.reading import read_lines
from portal.store.tables import AuditEvent
from tests.support.databases import Database
from tests.support.world import TenantWorld

pytestmark = pytest.mark.own_database
LINES, ONE_IN = 4_000, 500


def test_lines_of_the_use_ledger_are_not_read(tenant: TenantWorld, database: Database) -> None:
    about = {"tenant_id": tenant.id, "actor_kind": "portal", "outcome": "ok", "details": {}}
    seal = {"previous_hash": bytes(32), "hash": bytes(32), "at": clock.now()}
    names = ["uses.batch" if number % ONE_IN else "account.saved" for number in range(LINES)]
    rows = [{**about, **seal, "seq": 1_000 + number, "event": name} for number, name in enumerate(names)]
    owner = create_engine(database.all_rows)
    with owner.begin() as connection:
        connection.execute(insert(AuditEvent), rows)
        connection.execute(text("ANALYZE audit_events"))
    owner.dispose()
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    event.listen(tenant.store.engine, "before_cursor_execute", note)
    read_lines(tenant.work(), Wanted(), ZoneInfo("UTC"))
    event.remove(tenant.store.engine, "before_cursor_execute", note)
    (statement, parameters) = next(one for one in asked if "audit_events.previous_hash" in one[0])
    explain = "EXPLAIN " if database.kind == "postgres" else "EXPLAIN QUERY PLAN "
    with tenant.work().read() as session:
        plan = session.connection().exec_driver_sql(explain + statement, parameters).all()
    assert "ix_audit_events_activity" in str(plan)
