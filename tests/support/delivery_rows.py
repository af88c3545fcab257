"""Deliveries made for tests of pages without a program that sends them, or a Jira that answers."""

from collections.abc import Sequence
from secrets import token_hex
from typing import Any
from uuid import UUID, uuid4

from portal import clock
from portal.deliveries.accepting import described, new_row
from portal.deliveries.data_kinds import DATA_KINDS
from portal.deliveries.outcomes import outcome_of
from portal.store.tables import AlmAccount, Delivery, DeliveryWay
from portal.store.work import OPERATOR, Work
from tests.support.world import TenantWorld


def delivering_account(tenant: TenantWorld, name: str = "", site: str = "https://acme.atlassian.net") -> UUID:
    """A saved account that sends to a site of Jira Cloud, without anything to send with."""
    row = AlmAccount(
        id=uuid4(),
        kind="cloud_delivery",
        name=name or f"Acme Cloud {token_hex(4)}",
        base_url=site,
        made_by=tenant.admin.user_id,
        created_at=clock.now(),
        saved_at=clock.now(),
    )
    with Work(tenant.store, tenant.id, OPERATOR).write() as session:
        session.add(row)
        session.flush()
        session.add(DeliveryWay(account_id=row.id))
        return row.id


def delivery(tenant: TenantWorld, account_id: UUID | None = None, **facts: Any) -> UUID:
    """A delivery of a build that Jira accepted; ``facts`` are what is otherwise, ``keys`` its issue keys."""
    return deliveries(tenant, [facts], account_id)[0]


def deliveries(
    tenant: TenantWorld, many: Sequence[dict[str, Any]], account_id: UUID | None = None
) -> list[UUID]:
    """Several of them, as :func:`delivery` makes one."""
    account_id = account_id or delivering_account(tenant)
    with Work(tenant.store, tenant.id, OPERATOR).write() as session:
        way = session.get_one(DeliveryWay, (tenant.id, account_id))
        first = way.last_position + 1
        way.last_position += len(many)
        rows = [_delivery(account_id, first + place, dict(facts)) for place, facts in enumerate(many)]
        session.add_all(rows)
    return [row.id for row in rows]


def _delivery(account_id: UUID, position: int, facts: dict[str, Any]) -> Delivery:
    kind = DATA_KINDS[facts.pop("kind", "builds")]
    build = build_body(facts.pop("build", 42), facts.pop("keys", ("ABC-12",)))
    body = facts.pop("body", build)
    moment, state = facts.get("received_at", clock.now()), facts.get("state", "accepted")
    row = new_row(account_id, kind, moment) | described(kind, body)
    row |= {"number": facts.pop("number", 1_000 + position), "position": position, "body": body}
    if state != "waiting":
        row["steps"].append({"at": moment.isoformat(), "what": "sent", "code": state})
        row["finished_at"] = moment
    told = outcome_of(state, facts.get("unknown_keys", ()), kind.keys_of(body))
    row["outcome"] = facts.pop("outcome", told)
    return Delivery(**{**row, "id": uuid4(), "received_at": moment, "state": state, **facts})


def build_body(number: int, keys: Sequence[str], pipeline: str = "web") -> dict[str, Any]:
    """A build in Atlassian's JSON, without its number among the others of the same build."""
    return {
        "schemaVersion": "1.0",
        "pipelineId": pipeline,
        "buildNumber": number,
        "displayName": f"{pipeline} #{number}",
        "url": f"https://ci.example.org/{number}",
        "state": "successful",
        "lastUpdated": "2026-03-31T12:00:00Z",
        "issueKeys": list(keys),
    }
