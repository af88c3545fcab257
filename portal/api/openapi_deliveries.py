"""Deliveries, as the description of the interface shows them.

What may be sent is described by the models that judge it (``portal.deliveries``), so the two cannot differ.
"""

from pydantic.json_schema import models_json_schema

from portal.api.openapi_parts import (
    OF_ANYBODY,
    OF_ONE,
    SCHEMAS,
    TEXTS,
    TIME,
    UUID,
    Json,
    all_required,
    answer,
    by_key,
    in_path,
    ref,
    refusals,
)
from portal.config import LONGEST_IDEMPOTENCY_KEY
from portal.deliveries.data_kinds import DATA_KINDS, DataKind
from portal.deliveries.items import FULL_FORMS, MOST_AT_ONCE
from portal.deliveries.outcomes import OUTCOMES
from portal.deliveries.short_forms import SHORT_FORMS
from portal.programs.keys import WRITE_DELIVERIES

_OF_A_BODY = (
    "idempotency-key-unusable",
    "wrong-content-type",
    "body-too-large",
    "body-missing",
    "body-broken",
    "items-invalid",
    "idempotency-key-reused",
    "account-not-ready",
    "changed-meanwhile",
    "portal-busy",
    "portal-full",
)
_EXAMPLES: dict[str, Json] = {
    "builds": {
        "pipeline": "web",
        "number": 42,
        "state": "successful",
        "url": "https://ci.example.com/web/42",
        "branch": "feature/ABC-12-login",
    },
    "deployments": {
        "pipeline": "web",
        "environment": "Production",
        "number": 7,
        "state": "successful",
        "url": "https://ci.example.com/web/deployments/7",
        "issues": ["ABC-12"],
    },
    "feature-flags": {
        "key": "new-login",
        "enabled": True,
        "environment": "Production",
        "url": "https://flags.example.com/new-login",
        "issues": ["ABC-12"],
    },
    "development": {
        "repository": "https://git.example.com/acme/web",
        "commit": "8f3c2ab90d51",
        "url": "https://git.example.com/acme/web/commit/8f3c2ab90d51",
        "author": "dev@example.com",
        "message": "ABC-12 Ask for the password once",
    },
}


def paths() -> Json:
    """Each address, with what it takes and answers."""
    sending = {
        f"/api/v1/alm-accounts/{{account_id}}/{kind.name}": _accepting(kind) for kind in DATA_KINDS.values()
    }
    return sending | {"/api/v1/deliveries/{delivery_id}": _showing()}


def schemas() -> Json:
    """What is sent and answered there, by name."""
    forms = [*FULL_FORMS.values(), *SHORT_FORMS.values()]
    _, sent = models_json_schema([(form, "validation") for form in forms], ref_template=SCHEMAS + "{model}")
    forms_sent: Json = sent["$defs"]
    return forms_sent | {"Accepted": _ACCEPTED, "Delivery": _DELIVERY}


def _accepting(kind: DataKind) -> Json:
    untried = "" if kind.data.is_tried else " Not yet tried with a Jira of Atlassian's own."
    content = {"schema": _body(kind), "example": _EXAMPLES[kind.name]}
    operation = {
        "operationId": f"send_{kind.list_name}",
        "summary": f"Report {kind.title.lower()}",
        "description": f"All items are taken, or none.{untried}",
        "security": by_key(WRITE_DELIVERIES),
        "parameters": [in_path("account_id", "The ALM account to deliver by."), _IDEMPOTENCY_KEY],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {"202": answer("Accepted; it is sent to Jira soon.", "Accepted")}
        | refusals(*OF_ANYBODY, *OF_ONE, *_OF_A_BODY),
    }
    return {"post": operation}


_IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A name of this one request: sent again with it, it is taken once and answered alike.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_IDEMPOTENCY_KEY,
        "pattern": "^[ -~]+$",
    },
}


def _body(kind: DataKind) -> Json:
    """One item, a list, or Atlassian's envelope; an item in Atlassian's JSON or in short."""
    forms = (FULL_FORMS[kind.name], SHORT_FORMS[kind.name])
    item: Json = {"anyOf": [ref(form.__name__) for form in forms]}
    several = {"type": "array", "items": item, "minItems": 1, "maxItems": MOST_AT_ONCE}
    envelope = {
        "type": "object",
        "properties": {kind.list_name: several, "providerMetadata": True},
        "required": [kind.list_name],
        "additionalProperties": False,
    }
    return {"anyOf": [*item["anyOf"], several, envelope]}


def _showing() -> Json:
    operation = {
        "operationId": "show_delivery",
        "summary": "See what became of a delivery",
        "security": by_key(WRITE_DELIVERIES),
        "parameters": [in_path("delivery_id", "As it was answered when the item was accepted.")],
        "responses": {"200": answer("How it stands.", "Delivery")} | refusals(*OF_ANYBODY, *OF_ONE),
    }
    return {"get": operation}


_ACCEPTED = all_required({
    "deliveries": {
        "type": "array",
        "description": "One for each item, in the order in which they were sent.",
        "items": all_required({"id": UUID, "sequence_number": {"type": "integer", "format": "int64"}}),
    },
})  # fmt: skip
_MEANINGS = "What became of it. " + " ".join(f"{word}: {meaning}." for word, meaning in OUTCOMES.items())
_DELIVERY = all_required({
    "id": UUID,
    "account_id": UUID,
    "type": {"type": "string", "enum": list(DATA_KINDS)},
    "label": {"type": "string"},
    "sequence_number": {"type": "integer", "format": "int64"},
    "state": {"type": "string", "enum": ["waiting", "accepted", "rejected", "failed", "unanswered"]},
    "outcome": {"type": "string", "enum": list(OUTCOMES), "description": _MEANINGS},
    "reasons": TEXTS | {"description": "Why Jira did not take it, in its words."},
    "issue_keys": TEXTS,
    "unknown_issue_keys": TEXTS | {"description": "Those of issue_keys that Jira does not know."},
    "attempts": {"type": "integer", "minimum": 0},
    "accepted_at": TIME | {"description": "When the portal accepted it."},
    "finished_at": {"type": ["string", "null"], "format": "date-time"},
})  # fmt: skip
