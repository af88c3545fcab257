"""What a tenant takes along before it is deleted: what it had here, in a file without a secret."""

import json
from collections import defaultdict
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from portal import clock
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.accounts import accounts
from portal.audit.log import record
from portal.store.tables import (
    AlmAccount,
    Board,
    Credential,
    Delivery,
    FieldMapping,
    Membership,
    ProgramKey,
    Tenant,
)
from portal.store.work import Work


class Losses(NamedTuple):
    """How many of each go with a tenant. ``waiting``: deliveries that were not sent yet."""

    accounts: int
    connections: int
    boards: int
    program_keys: int
    waiting: int
    people: int


def what_goes(work: Work) -> Losses:
    """What goes with the tenant."""
    is_live = ProgramKey.revoked_at.is_(None) & (ProgramKey.ends_at > clock.now())
    with work.read() as session:
        wanted = (
            select(func.count(AlmAccount.id)),
            select(func.count(Credential.id)).where(Credential.user_id.is_not(None)),
            select(func.count(Board.id)),
            select(func.count(ProgramKey.id)).where(is_live),
            select(func.count(Delivery.id)).where(Delivery.state == "waiting"),
            select(func.count()).select_from(Membership).where(Membership.tenant_id == work.tenant),
        )
        return Losses(*(session.scalar(one) or 0 for one in wanted))


def accounts_file(work: Work) -> str:
    """Every ALM account as JSON: how it connects, its boards and mapped fields. Noted in the audit."""
    found = accounts(work)
    boards: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    fields: dict[UUID, dict[str, str]] = defaultdict(dict)
    with work.write() as session:
        tenant = session.get_one(Tenant, work.tenant).name
        for board in session.scalars(select(Board).order_by(Board.name)):
            shown = {"name": board.name, "jira_board_id": board.jira_board_id}
            boards[board.account_id].append({**shown, "jira_board_name": board.jira_board_name})
        for field in session.scalars(select(FieldMapping).order_by(FieldMapping.role)):
            fields[field.account_id][field.role] = field.field_id
        record(session, work, "accounts.exported", count=len(found))
    told = [{**_facts(one), "fields": fields[one.id], "boards": boards[one.id]} for one in found]
    return json.dumps({"tenant": tenant, "alm_accounts": told}, indent=2, ensure_ascii=False) + "\n"


def _facts(account: AccountView) -> dict[str, Any]:
    return {
        "id": str(account.id),
        "name": account.name,
        "kind": account.kind.title,
        "state": account.state,
        "base_url": account.base_url,
        "read_only": account.read_only,
        "max_concurrent": account.max_concurrent,
        "client_id": account.app.client_id if account.app else None,
        "consumer_key": account.current_key.consumer_key if account.current_key else None,
        "permissions": sorted(account.app.scopes) if account.app else [],
        "people_connected": account.people,
    }
