"""Checklists of accounts on Jira Cloud, while switches of the practice Atlassian are on."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import update

from portal.checklist import runs
from portal.checklist.shown import RowView
from portal.sandbox.faults import Faults
from portal.store.tables import Grant
from tests.support.checklist import Sheet
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld

HEALTHY = Faults().as_json()
TOKEN_CALL = "POST token_calls.token"


class Office(Protocol):
    """What the offices of ``tests.support`` have in common."""

    @property
    def portal(self) -> Portal: ...

    @property
    def sandbox(self) -> SandboxProcess: ...

    @property
    def tenant(self) -> TenantWorld: ...

    @property
    def account_id(self) -> UUID: ...


def sheet_of(office: Office) -> Sheet:
    """The checklist of the office's account."""
    return Sheet(office.portal, office.sandbox, office.tenant, office.account_id)


def looked(
    sheet: Sheet, rows: Collection[str] | None = None, why: str = runs.PERSON, **switches: Any
) -> dict[str, RowView]:
    """Go through it with these switches on, and put them back."""
    sheet.sandbox.state(**switches)
    try:
        return sheet.run(rows, why)
    finally:
        sheet.sandbox.state(**{name: HEALTHY[name] for name in switches})


def red(rows: Mapping[str, RowView]) -> dict[str, str | None]:
    """The rows that failed, with their codes."""
    return {name: row.trouble and row.trouble.code for name, row in rows.items() if row.state == "failed"}


def told(row: RowView) -> tuple[str, str | None]:
    """State and code."""
    return row.state, row.trouble.code if row.trouble else None


def forget_pauses(sheet: Sheet) -> None:
    """What was met at the token endpoint is over and forgotten."""
    with sheet.work.write() as session:
        session.execute(update(Grant).values(trouble=None, retry_at=None, pending_since=None))


def token_calls(sheet: Sheet) -> int:
    """How often Atlassian was asked for tokens since the requests were last cleared."""
    return int(sheet.sandbox.state()["counters"]["requests"].get(TOKEN_CALL, 0))
